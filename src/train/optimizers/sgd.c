#include "train/optimizer.h"

typedef struct sgd {
    double momentum;
    bool nesterov;
} sgd;

static const graft_option attributes[] = {
    {.name = "momentum",
     .type = GRAFT_OPTION_DOUBLE,
     .offset = offsetof(sgd, momentum),
     .fallback = "0.9",
     .min = 0,
     .max = 0.9999,
     .help = "share of the last step that goes on"},
    {.name = "nesterov",
     .type = GRAFT_OPTION_FLAG,
     .offset = offsetof(sgd, nesterov),
     .help = "look ahead (Sutskever et al. 2013)"},
    GRAFT_OPTION_END,
};

/* PyTorch's form: the rate multiplies the velocity, not what enters it. */
static void update(const void *a, const graft_update *u) {
    const sgd *options = a;
    float momentum = (float)options->momentum, rate = (float)u->rate, keep = (float)(1 - u->rate * u->decay);
    float *velocity = u->slot[0];
    for (size_t i = 0; i < u->count; i++) {
        float g = u->gradient[i];
        velocity[i] = momentum * velocity[i] + g;
        float step = options->nesterov ? g + momentum * velocity[i] : velocity[i];
        u->value[i] = keep * u->value[i] - rate * step;
    }
}

const graft_optimizer graft_optimizer_sgd = {
    .name = "sgd",
    .help = "stochastic gradient descent with momentum",
    .attribute_size = sizeof(sgd),
    .attributes = attributes,
    .slots = 1,
    .default_rate = 1e-2,
    .update = update,
};
