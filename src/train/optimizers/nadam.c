#include "train/optimizers/moments.h"

static const graft_option attributes[] = {GRAFT_MOMENT_ROWS("0.9", "0.999", "1e-8"), GRAFT_OPTION_END};

/* The momentum of step t: Dozat 2016 with the schedule constant 0.004. */
static double momentum_at(double beta1, uint64_t step) {
    return beta1 * (1 - 0.5 * pow(0.96, (double)step * 0.004));
}

/* Product of the momenta up to `step`: a pure function of the step, so that no state is kept. Beyond ten thousand
 * factors below one it has long been zero. */
static double momentum_product(double beta1, uint64_t step) {
    double product = 1;
    for (uint64_t t = 1; t <= step && product > 1e-300; t++)
        product *= momentum_at(beta1, t);
    return product;
}

static void update(const void *a, const graft_update *u) {
    const graft_moments_options *o = a;
    double now = momentum_at(o->beta1, u->step), next = momentum_at(o->beta1, u->step + 1);
    double product = momentum_product(o->beta1, u->step);
    float by_gradient = (float)(u->rate * (1 - now) / (1 - product));
    float by_mean = (float)(u->rate * next / (1 - product * next));
    float root = (float)(1 / sqrt(1 - pow(o->beta2, (double)u->step))), epsilon = (float)o->epsilon;
    float beta1 = (float)o->beta1, beta2 = (float)o->beta2, rest1 = (float)(1 - o->beta1),
          rest2 = (float)(1 - o->beta2);
    float keep = (float)(1 - u->rate * u->decay);
    float *mean = u->slot[0], *square = u->slot[1];
    for (size_t i = 0; i < u->count; i++) {
        float g = u->gradient[i];
        mean[i] = beta1 * mean[i] + rest1 * g;
        square[i] = beta2 * square[i] + rest2 * g * g;
        float divisor = sqrtf(square[i]) * root + epsilon;
        u->value[i] = keep * u->value[i] - (by_gradient * g + by_mean * mean[i]) / divisor;
    }
}

const graft_optimizer graft_optimizer_nadam = {
    .name = "nadam",
    .help = "Adam with Nesterov's momentum (Dozat 2016)",
    .attribute_size = sizeof(graft_moments_options),
    .attributes = attributes,
    .slots = 2,
    .default_rate = 2e-3,
    .update = update,
};
