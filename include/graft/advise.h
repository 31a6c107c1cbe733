/* graft/advise.h: what to train on labelled pictures, by measurement: size, likeness, and what follows. */
#ifndef GRAFT_ADVISE_H
#define GRAFT_ADVISE_H

#include <graft/train.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum graft_advice_size {
    GRAFT_ADVICE_SMALL,  /* fewer than 100 training pictures a class */
    GRAFT_ADVICE_MEDIUM, /* fewer than 5000 */
    GRAFT_ADVICE_LARGE,
} graft_advice_size;

typedef enum graft_advice_likeness {
    GRAFT_ADVICE_SIMILAR,   /* frozen features come at least 70 % of the way from the largest class to always right */
    GRAFT_ADVICE_DIFFERENT, /* they do not */
    GRAFT_ADVICE_UNKNOWN,   /* no network was given, or nothing was held back to measure by */
} graft_advice_likeness;

typedef enum graft_strategy {
    GRAFT_STRATEGY_HEAD,    /* a head on the frozen network's last layer */
    GRAFT_STRATEGY_EARLIER, /* a head on an earlier layer */
    GRAFT_STRATEGY_STAGES,  /* the last stages learn too */
    GRAFT_STRATEGY_ALL,     /* everything learns */
    GRAFT_STRATEGY_COUNT
} graft_strategy;

/* One of the four; what does not apply is NULL, 0 or NaN. */
typedef struct graft_advice_strategy {
    bool possible, chosen;
    const char *fine_tune;      /* as --fine-tune takes it: "none", "stage:1", "all", ... */
    const char *layer;          /* where the head is put, or the first layer that learns */
    const char *boundary;       /* the last frozen layer, whose values are cached */
    int64_t trainable, frozen;  /* numbers, the head's among them; 0 for heads on frozen features */
    double accuracy, deviation; /* of heads: cross-validated on the training pictures */
    unsigned epochs;
    double rate;    /* of learning */
    double seconds; /* expected, of all of `train`, with features that are not cached yet; NaN: not known */
} graft_advice_strategy;

/* How far the data is from what the network learned from, by maximum mean discrepancy (Gretton et al. 2012) of
 * features, which sees where they lie, and by how they vary together: known for .graft models, which carry some of
 * their training pictures' features. */
typedef struct graft_advice_domain {
    double mmd2;    /* unbiased, Gaussian kernel, the median distance as its width; NaN: not known */
    double null95;  /* what 95 % of random divisions of the same pictures stay below */
    double p_value; /* share of random divisions that are as far apart */
    double cka; /* linear centered kernel alignment (Kornblith et al. 2019) of the features: 1 where they vary together
                   here as they do there; NaN: not known */
    double cka_null5;   /* what 95 % of random divisions stay above */
    double cka_p_value; /* share of random divisions that are as little alike */
    size_t own, source; /* pictures compared */
} graft_advice_domain;

/* Borrowed members live as long as the advice. */
typedef struct graft_advice {
    size_t train, validation, test, classes;
    size_t smallest, largest; /* training pictures of a class */
    graft_advice_size size;
    graft_advice_likeness likeness;
    double skill;                   /* 0: guessing the largest class; 1: always right; NaN: not known */
    double accuracy, interval95[2]; /* of the head on frozen features, on validation; NaN: not known */
    double knn, majority;           /* the same of nearest neighbours and of the largest class */
    double pixels;                  /* k-NN on raw pixels, cross-validated: without a network alone; else NaN */
    graft_advice_domain domain;
    double images_per_second; /* of the frozen network, measured; NaN without one */
    graft_advice_strategy strategies[GRAFT_STRATEGY_COUNT];
    graft_strategy strategy; /* the chosen one; without a network GRAFT_STRATEGY_COUNT */
    const char *reason;      /* why, in plain words */
    const graft_run *run;    /* the frozen features' run with its decisions and candidates; NULL without a network */
} graft_advice;

/* Does what graft_train does with the same options as far as frozen features go, and decides what would follow, by the
 * same rule; trains nothing. `data` is checked first if it was not. `backbone` NULL: size and raw pixels alone.
 * Errors: as of graft_train. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_advise(graft_advice **out, graft_context *context, graft_dataset *data,
                                                     const graft_backbone *backbone,
                                                     const graft_train_options *options);
GRAFT_API void graft_advice_free(graft_advice *advice);
GRAFT_API const char *graft_strategy_name(graft_strategy strategy); /* "head", "earlier", "stages", "all" */
/* What to do in a cell of the matrix of sizes and likenesses, as --fine-tune takes it. */
GRAFT_API const char *graft_advice_cell(graft_advice_size size, graft_advice_likeness likeness);
/* The object that docs/cli.md shows for `advise --json`. Release with graft_text_free. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_advice_json(const graft_advice *advice, char **json);
/* A plan.json that `train --plan` takes: the same options with what was decided in place of "auto". Errors:
 * GRAFT_E_USAGE: there was no network. Release with graft_text_free. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_advice_plan_json(const graft_advice *advice, char **json);

#ifdef __cplusplus
}
#endif
#endif
