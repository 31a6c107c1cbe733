#include "train/optimizers/moments.h"

static const graft_option attributes[] = {GRAFT_MOMENT_ROWS("0.9", "0.999", "1e-6"), GRAFT_OPTION_END};

/* The step of one weight before it is scaled to the tensor's norm. */
static float step_of(const graft_update *u, size_t i, float correction1, float root, float epsilon) {
    return u->slot[0][i] * correction1 / (sqrtf(u->slot[1][i]) * root + epsilon) + (float)u->decay * u->value[i];
}

/* You et al. 2020, algorithm 2: Adam's step, scaled to the norm of the weights it changes. */
static void update(const void *a, const graft_update *u) {
    const graft_moments_options *o = a;
    float beta1 = (float)o->beta1, beta2 = (float)o->beta2, rest1 = (float)(1 - o->beta1),
          rest2 = (float)(1 - o->beta2);
    float correction1 = (float)(1 / (1 - pow(o->beta1, (double)u->step))), epsilon = (float)o->epsilon;
    float root = (float)(1 / sqrt(1 - pow(o->beta2, (double)u->step)));
    double weights = 0, steps = 0;
    for (size_t i = 0; i < u->count; i++) {
        float g = u->gradient[i];
        u->slot[0][i] = beta1 * u->slot[0][i] + rest1 * g;
        u->slot[1][i] = beta2 * u->slot[1][i] + rest2 * g * g;
        double step = step_of(u, i, correction1, root, epsilon);
        weights += (double)u->value[i] * u->value[i];
        steps += step * step;
    }
    double trust = weights > 0 && steps > 0 ? sqrt(weights / steps) : 1;
    float rate = (float)(u->rate * trust);
    for (size_t i = 0; i < u->count; i++)
        u->value[i] -= rate * step_of(u, i, correction1, root, epsilon);
}

const graft_optimizer graft_optimizer_lamb = {
    .name = "lamb",
    .help = "Adam scaled to each tensor's norm, for large batches (You et al. 2020)",
    .attribute_size = sizeof(graft_moments_options),
    .attributes = attributes,
    .slots = 2,
    .default_rate = 1e-3,
    .default_decay = 1e-2,
    .update = update,
};
