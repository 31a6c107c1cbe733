/* What each epoch brought. A history holds no clock time, so that a resumed run's equals an unbroken one's to the byte;
 * every decision of training (stop, reduce the rate, roll back, which weights are best) is a pure function of it
 * (policy.h), so that a checkpoint needs to hold nothing else. */
#ifndef GRAFT_SRC_TRAIN_HISTORY_H
#define GRAFT_SRC_TRAIN_HISTORY_H

#include "json/json.h"

typedef struct graft_epoch {
    int phase;                     /* 0: the head alone; 1, 2, ...: fine-tuning */
    uint32_t epoch;                /* from 1, over all phases */
    uint64_t steps;                /* optimizer steps done when it ended */
    double rate;                   /* base rate of its last step */
    double loss, accuracy;         /* of training, as it ran (dropout and augmentation on) */
    double val_loss, val_accuracy; /* NaN without validation data */
} graft_epoch;

typedef struct graft_history {
    graft_epoch *epochs;
    size_t count, capacity;
} graft_history;

GRAFT_MUST_CHECK graft_status graft_history_add(graft_history *history, const graft_epoch *epoch);
void graft_history_clear(graft_history *history);

/* Exact in both directions. */
graft_json *graft_history_to_json(const graft_history *history);
GRAFT_MUST_CHECK graft_status graft_history_from_json(const graft_json *json, graft_history *out);

/* The figures that can be watched. */
typedef enum graft_monitor {
    GRAFT_MONITOR_VAL_ACC,
    GRAFT_MONITOR_VAL_LOSS,
    GRAFT_MONITOR_ACC,
    GRAFT_MONITOR_LOSS
} graft_monitor;
#define GRAFT_MONITOR_CHOICES "val_acc|val_loss|acc|loss"
/* Larger is better: losses are negated. NaN: not known, or the validation loss is not finite. */
double graft_epoch_merit(const graft_epoch *epoch, graft_monitor monitor);

#endif
