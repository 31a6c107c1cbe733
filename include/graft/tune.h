/* graft/tune.h: training layers of the network itself. What is frozen is computed once; the rest learns. */
#ifndef GRAFT_TUNE_H
#define GRAFT_TUNE_H

#include <graft/option.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What an epoch brought; NaN where there is nothing to say. */
typedef struct graft_run_epoch {
    int phase;             /* 0: the head alone; 1, 2, ...: fine-tuning */
    unsigned epoch;        /* from 1, over all phases; 0: before fine-tuning, val_ figures alone */
    uint64_t steps;        /* optimizer steps of the phase when it ended */
    double rate;           /* of its last step */
    double loss, accuracy; /* of training, as it ran: dropout and augmentation on */
    double val_loss, val_accuracy;
    double seconds; /* 0 in a resumed run's earlier epochs */
} graft_run_epoch;

/* One phase of training: what learns in it. */
typedef struct graft_run_phase {
    int phase;
    const char *first;         /* the first layer that learns */
    const char *boundary;      /* the layer whose values are cached; the input's name when nothing is frozen */
    int64_t trainable, frozen; /* numbers; moving statistics count as frozen */
    unsigned epochs;           /* planned */
    size_t batch, micro_batch; /* samples of an optimizer step, and of one pass through the plan */
    uint64_t bytes;            /* peak that the plan computed before it began */
    double cache_seconds;      /* filling the boundary cache */
    double seconds;            /* training */
    const char *stop;          /* why it ended: "finished", "early", "nan", "negative", "time"; NULL before */
    unsigned best_epoch;       /* 0: none */
} graft_run_phase;

typedef struct graft_tune_options {
    size_t struct_size;
    const char *fine_tune;   /* none|auto|last:N|stage:K|LAYER|all; NULL: auto with `time`, else none */
    const char *freeze;      /* all|none|until:LAYER|first:N, the other way to say it; NULL: not given */
    const char *unfreeze_at; /* EPOCH:WHAT[,EPOCH:WHAT...], WHAT as for fine_tune; NULL: no later phases */
    int64_t epochs;          /* of fine-tuning, all phases together; 0: 8 */
    int64_t warmup_epochs;   /* of the head alone before fine-tuning, for heads with more than one layer; 0: 5 */
    int64_t batch;           /* samples of an optimizer step; 0: 32 */
    double lr;               /* 0: a tenth of the optimizer's default; the default for a head alone */
    const char *optimizer, *schedule, *loss; /* words such as "sgd:momentum=0.9"; NULL: adam, cosine, cross_entropy */
    const char *class_weight;                /* none (NULL), auto, or a number a class in the classes' order: 1,2.5,1 */
    const char *weight_decay;                /* a number; NULL or "auto": the optimizer's own */
    double clip;                             /* largest norm of the gradient; 0: none */
    double ema;               /* share of the averaged weights that stays a step, such as 0.999; 0: none */
    double warmup;            /* epochs in which the rate rises; 0: none */
    const char *augment;      /* words such as "flip rotate:10"; NULL: none */
    int64_t views;            /* numbered views of each training picture, the plain one among them; 0: 4, without
                                 augment 1 */
    double mixup, cutmix;     /* alpha; 0: off */
    int64_t patience;         /* epochs without improvement; 0: never stop early */
    int monitor;              /* place in GRAFT_TUNE_MONITOR_CHOICES */
    double layer_decay;       /* each layer learns at this share of the next one's rate; 0: 1 */
    int batchnorm;            /* place in GRAFT_TUNE_BATCHNORM_CHOICES */
    bool balanced;            /* draw classes evenly */
    const char *time;         /* budget of the whole run such as 90s, 10m or 1h; NULL: none */
    int64_t checkpoint_steps; /* optimizer steps between two checkpoints; 0: an epoch */
    /* Not in the table: */
    const char *folder; /* of the run: checkpoints and TensorBoard events go there; NULL: neither */
    bool resume;        /* go on from the checkpoints in `folder` */
    void *user;
    void (*on_phase)(void *user, const graft_run_phase *phase); /* as each begins, and as it ends (stop is set) */
    void (*on_epoch)(void *user, const graft_run_epoch *epoch);
    /* In the table: */
    const char *regularize; /* words such as "l2-sp:0.01 bss" (graft list regularizers); NULL: none */
} graft_tune_options;
#define GRAFT_TUNE_OPTIONS_INIT \
    { .struct_size = sizeof(graft_tune_options) }
#define GRAFT_TUNE_MONITOR_CHOICES "val_acc|val_loss|acc|loss"
#define GRAFT_TUNE_BATCHNORM_CHOICES "frozen|stats|train"
/* The rows that describe the members above: parsing, defaults, help and documentation come from them. */
GRAFT_API const graft_option *graft_tune_option_table(void);

#ifdef __cplusplus
}
#endif
#endif
