#include "train/history.h"

#include "base/alloc.h"
#include "base/error.h"

#include <math.h>

graft_status graft_history_add(graft_history *history, const graft_epoch *epoch) {
    if (!graft_reserve(&history->epochs, &history->capacity, history->count + 1, sizeof *epoch))
        return graft_fail_memory("the training history");
    history->epochs[history->count++] = *epoch;
    return GRAFT_OK;
}

void graft_history_clear(graft_history *history) {
    graft_release(history->epochs);
    *history = (graft_history){0};
}

graft_json *graft_history_to_json(const graft_history *history) {
    graft_json *list = graft_json_new_array();
    for (size_t i = 0; i < history->count; i++) {
        const graft_epoch *e = &history->epochs[i];
        graft_json *row = graft_json_new_object();
        graft_json_set_int(row, "epoch", e->epoch);
        graft_json_set_int(row, "phase", e->phase);
        graft_json_set_int(row, "steps", (int64_t)e->steps);
        graft_json_set_real(row, "rate", e->rate);
        graft_json_set_real(row, "loss", e->loss);
        graft_json_set_real(row, "acc", e->accuracy);
        graft_json_set_real(row, "val_loss", e->val_loss);
        graft_json_set_real(row, "val_acc", e->val_accuracy);
        graft_json_add(list, row);
    }
    return list;
}

graft_status graft_history_from_json(const graft_json *json, graft_history *out) {
    *out = (graft_history){0};
    for (size_t i = 0; i < graft_json_count(json); i++) {
        const graft_json *row = graft_json_at(json, i);
        graft_epoch epoch = {
            .phase = (int)graft_json_int(graft_json_get(row, "phase"), 0),
            .epoch = (uint32_t)graft_json_int(graft_json_get(row, "epoch"), 0),
            .steps = (uint64_t)graft_json_int(graft_json_get(row, "steps"), 0),
            .rate = graft_json_real(graft_json_get(row, "rate"), NAN),
            .loss = graft_json_real(graft_json_get(row, "loss"), NAN),
            .accuracy = graft_json_real(graft_json_get(row, "acc"), NAN),
            .val_loss = graft_json_real(graft_json_get(row, "val_loss"), NAN),
            .val_accuracy = graft_json_real(graft_json_get(row, "val_acc"), NAN),
        };
        graft_status status = graft_history_add(out, &epoch);
        if (status != GRAFT_OK) {
            graft_history_clear(out);
            return status;
        }
    }
    return GRAFT_OK;
}

double graft_epoch_merit(const graft_epoch *epoch, graft_monitor monitor) {
    switch (monitor) {
    case GRAFT_MONITOR_VAL_ACC: /* of outputs that are no numbers it is nobody's merit */
        return isfinite(epoch->val_loss) ? epoch->val_accuracy : NAN;
    case GRAFT_MONITOR_VAL_LOSS:
        return -epoch->val_loss;
    case GRAFT_MONITOR_ACC:
        return epoch->accuracy;
    case GRAFT_MONITOR_LOSS:
        return -epoch->loss;
    }
    return NAN;
}
