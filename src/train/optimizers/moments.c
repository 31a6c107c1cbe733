#include "train/optimizers/moments.h"

void graft_adam_update(const void *attributes, const graft_update *u) {
    const graft_moments_options *o = attributes;
    double correction1 = 1 - pow(o->beta1, (double)u->step), correction2 = 1 - pow(o->beta2, (double)u->step);
    float beta1 = (float)o->beta1, beta2 = (float)o->beta2, rest1 = (float)(1 - o->beta1),
          rest2 = (float)(1 - o->beta2);
    float step = (float)(u->rate / correction1), root = (float)(1 / sqrt(correction2)), epsilon = (float)o->epsilon;
    float keep = (float)(1 - u->rate * u->decay);
    float *mean = u->slot[0], *square = u->slot[1];
    for (size_t i = 0; i < u->count; i++) {
        float g = u->gradient[i];
        mean[i] = beta1 * mean[i] + rest1 * g;
        square[i] = beta2 * square[i] + rest2 * g * g;
        u->value[i] = keep * u->value[i] - step * mean[i] / (sqrtf(square[i]) * root + epsilon);
    }
}
