#include "train/adversarial-internal.h"
#include "train/losses/losses.h"

static const graft_option attributes[] = {GRAFT_OPTION_END};

/* Mean over outputs of -s x, s = 1 for a target of 1 and -1 for one of 0 (2 target - 1 between). */
static double one(const void *a, const float *output, const float *target, int classes, float *gradient) {
    (void)a;
    double loss = 0;
    for (int c = 0; c < classes; c++) {
        const double side = 2 * (double)target[c] - 1;
        loss -= side * (double)output[c] / classes;
        if (gradient) gradient[c] = (float)(-side / classes);
    }
    return loss;
}

static void evaluate(const void *a, graft_loss_batch *batch) {
    graft_loss_each(a, batch, one);
}

const graft_loss graft_loss_critic = {
    .name = "critic",
    .help = "the output itself, towards the target's side (Miyato et al. 2018)",
    .attribute_size = 0,
    .attributes = attributes,
    .evaluate = evaluate,
};
