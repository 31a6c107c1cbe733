#include "train/optimizer.h"

#include <math.h>

typedef struct rmsprop {
    double alpha, epsilon, momentum;
} rmsprop;

static const graft_option attributes[] = {
    {.name = "alpha",
     .type = GRAFT_OPTION_DOUBLE,
     .offset = offsetof(rmsprop, alpha),
     .fallback = "0.99",
     .min = 0,
     .max = 0.99999,
     .help = "memory of the squared gradient"},
    {.name = "epsilon",
     .type = GRAFT_OPTION_DOUBLE,
     .offset = offsetof(rmsprop, epsilon),
     .fallback = "1e-8",
     .min = 0,
     .max = 1,
     .help = "keeps the division finite"},
    {.name = "momentum",
     .type = GRAFT_OPTION_DOUBLE,
     .offset = offsetof(rmsprop, momentum),
     .fallback = "0",
     .min = 0,
     .max = 0.9999,
     .help = "share of the last step that goes on"},
    GRAFT_OPTION_END,
};

/* Tieleman and Hinton 2012, with epsilon outside the root as PyTorch has it. */
static void update(const void *a, const graft_update *u) {
    const rmsprop *o = a;
    float alpha = (float)o->alpha, rest = (float)(1 - o->alpha), epsilon = (float)o->epsilon;
    float momentum = (float)o->momentum, rate = (float)u->rate, keep = (float)(1 - u->rate * u->decay);
    float *square = u->slot[0], *velocity = u->slot[1];
    for (size_t i = 0; i < u->count; i++) {
        float g = u->gradient[i];
        square[i] = alpha * square[i] + rest * g * g;
        velocity[i] = momentum * velocity[i] + g / (sqrtf(square[i]) + epsilon);
        u->value[i] = keep * u->value[i] - rate * velocity[i];
    }
}

const graft_optimizer graft_optimizer_rmsprop = {
    .name = "rmsprop",
    .help = "gradients over their running root mean square (Tieleman and Hinton 2012)",
    .attribute_size = sizeof(rmsprop),
    .attributes = attributes,
    .slots = 2,
    .default_rate = 1e-3,
    .update = update,
};
