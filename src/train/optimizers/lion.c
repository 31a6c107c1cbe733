#include "train/optimizer.h"

typedef struct lion {
    double beta1, beta2;
} lion;

static const graft_option attributes[] = {
    {.name = "beta1",
     .type = GRAFT_OPTION_DOUBLE,
     .offset = offsetof(lion, beta1),
     .fallback = "0.9",
     .min = 0,
     .max = 0.99999,
     .help = "share of the memory in the step"},
    {.name = "beta2",
     .type = GRAFT_OPTION_DOUBLE,
     .offset = offsetof(lion, beta2),
     .fallback = "0.99",
     .min = 0,
     .max = 0.99999,
     .help = "memory of the mean gradient"},
    GRAFT_OPTION_END,
};

/* Chen et al. 2023, algorithm 2: every weight moves by the rate, only the sign is learnt. */
static void update(const void *a, const graft_update *u) {
    const lion *o = a;
    float beta1 = (float)o->beta1, beta2 = (float)o->beta2, rest1 = (float)(1 - o->beta1),
          rest2 = (float)(1 - o->beta2);
    float rate = (float)u->rate, keep = (float)(1 - u->rate * u->decay);
    float *mean = u->slot[0];
    for (size_t i = 0; i < u->count; i++) {
        float g = u->gradient[i], direction = beta1 * mean[i] + rest1 * g;
        float sign = (float)((direction > 0) - (direction < 0));
        u->value[i] = keep * u->value[i] - rate * sign;
        mean[i] = beta2 * mean[i] + rest2 * g;
    }
}

const graft_optimizer graft_optimizer_lion = {
    .name = "lion",
    .help = "the sign of the momentum (Chen et al. 2023)",
    .attribute_size = sizeof(lion),
    .attributes = attributes,
    .slots = 1,
    .default_rate = 1e-4,
    .update = update,
};
