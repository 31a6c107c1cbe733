#include "train/optimizers/moments.h"

static const graft_option attributes[] = {GRAFT_MOMENT_ROWS("0.9", "0.999", "1e-8"), GRAFT_OPTION_END};

/* Kingma and Ba 2015, algorithm 2: the largest gradient in place of the mean square. */
static void update(const void *a, const graft_update *u) {
    const graft_moments_options *o = a;
    float beta1 = (float)o->beta1, beta2 = (float)o->beta2, rest1 = (float)(1 - o->beta1), epsilon = (float)o->epsilon;
    float step = (float)(u->rate / (1 - pow(o->beta1, (double)u->step))), keep = (float)(1 - u->rate * u->decay);
    float *mean = u->slot[0], *largest = u->slot[1];
    for (size_t i = 0; i < u->count; i++) {
        float g = u->gradient[i];
        mean[i] = beta1 * mean[i] + rest1 * g;
        largest[i] = fmaxf(beta2 * largest[i], fabsf(g) + epsilon);
        u->value[i] = keep * u->value[i] - step * mean[i] / largest[i];
    }
}

const graft_optimizer graft_optimizer_adamax = {
    .name = "adamax",
    .help = "Adam by the largest gradient (Kingma and Ba 2015)",
    .attribute_size = sizeof(graft_moments_options),
    .attributes = attributes,
    .slots = 2,
    .default_rate = 2e-3,
    .update = update,
};
