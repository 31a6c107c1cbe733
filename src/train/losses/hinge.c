#include "train/losses/losses.h"

static const graft_option attributes[] = {GRAFT_OPTION_END};

/* Mean over outputs of max(0, 1 - s x), s = 1 for a target of 1 and -1 for one of 0 (2 target - 1 between). */
static double one(const void *a, const float *output, const float *target, int classes, float *gradient) {
    (void)a;
    double loss = 0;
    for (int c = 0; c < classes; c++) {
        const double side = 2 * (double)target[c] - 1, missing = 1 - side * (double)output[c];
        loss += fmax(missing, 0) / classes;
        if (gradient) gradient[c] = missing > 0 ? (float)(-side / classes) : 0;
    }
    return loss;
}

static void evaluate(const void *a, graft_loss_batch *batch) {
    graft_loss_each(a, batch, one);
}

const graft_loss graft_loss_hinge = {
    .name = "hinge",
    .help = "distance to a margin of 1 on the target's side, for discriminators (Lim and Ye 2017)",
    .attribute_size = 0,
    .attributes = attributes,
    .evaluate = evaluate,
};
