#include "train/regularizer.h"

typedef struct delta {
    double alpha, beta;
} delta;

static const graft_option attributes[] = {
    {.name = "alpha",
     .type = GRAFT_OPTION_DOUBLE,
     .offset = offsetof(delta, alpha),
     .fallback = "0.5",
     .min = 0,
     .max = 1000,
     .help = "pull of the stages' maps towards those of the network as it started"},
    {.name = "beta",
     .type = GRAFT_OPTION_DOUBLE,
     .offset = offsetof(delta, beta),
     .fallback = "0.01",
     .min = 0,
     .max = 1000,
     .help = "pull of the new layers' kernels towards 0"},
    GRAFT_OPTION_END,
};

/* alpha/2 times the mean over samples of the sum over channels of |FM - FM0|^2 / (height x width): the paper's term
 * with the same attention on every channel, which its authors' program calls feature map regularisation. */
static graft_status values(const void *a, const graft_value_penalty *of, double *penalty) {
    const delta *options = a;
    const double factor = options->alpha * of->share / ((double)of->count * (double)of->area);
    double squares = 0;
    for (size_t i = 0; i < of->count * of->size; i++) {
        const float away = of->value[i] - of->reference[i];
        if (of->gradient) of->gradient[i] += (float)factor * away;
        squares += (double)away * (double)away;
    }
    *penalty += factor / 2 * squares;
    return GRAFT_OK;
}

static void weights(const void *a, const graft_weight_penalty *of, double *penalty) {
    const delta *options = a;
    double squares = 0;
    if (of->start || !of->decays || !(options->beta > 0)) return;
    for (size_t i = 0; i < of->count; i++) {
        of->gradient[i] += (float)options->beta * of->value[i];
        squares += (double)of->value[i] * (double)of->value[i];
    }
    *penalty += options->beta / 2 * squares;
}

const graft_regularizer graft_regularizer_delta = {
    .name = "delta",
    .help = "the stages' maps stay near those of the network as it started (Li et al. 2019, without attention)",
    .attribute_size = sizeof(delta),
    .attributes = attributes,
    .taps = GRAFT_TAP_STAGES,
    .reference = true,
    .weights = weights,
    .values = values,
};
