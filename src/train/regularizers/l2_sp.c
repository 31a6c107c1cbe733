#include "train/regularizer.h"

typedef struct l2_sp {
    double alpha, beta;
} l2_sp;

static const graft_option attributes[] = {
    {.name = "alpha",
     .type = GRAFT_OPTION_DOUBLE,
     .offset = offsetof(l2_sp, alpha),
     .fallback = "0.01",
     .min = 0,
     .max = 1000,
     .help = "pull of what was pretrained towards where it started"},
    {.name = "beta",
     .type = GRAFT_OPTION_DOUBLE,
     .offset = offsetof(l2_sp, beta),
     .fallback = "0.01",
     .min = 0,
     .max = 1000,
     .help = "pull of the new layers' kernels towards 0"},
    GRAFT_OPTION_END,
};

/* alpha/2 |w - w0|^2 over what was pretrained, beta/2 |w|^2 over the rest. */
static void weights(const void *a, const graft_weight_penalty *of, double *penalty) {
    const l2_sp *options = a;
    const double factor = of->start ? options->alpha : of->decays ? options->beta : 0;
    double squares = 0;
    for (size_t i = 0; i < of->count && factor > 0; i++) {
        const float away = of->value[i] - (of->start ? of->start[i] : 0.0F);
        of->gradient[i] += (float)factor * away;
        squares += (double)away * (double)away;
    }
    *penalty += factor / 2 * squares;
}

const graft_regularizer graft_regularizer_l2_sp = {
    .name = "l2-sp",
    .help = "weights stay near where they started (Li, Grandvalet and Davoine 2018)",
    .attribute_size = sizeof(l2_sp),
    .attributes = attributes,
    .weights = weights,
};
