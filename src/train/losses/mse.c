#include "train/losses/losses.h"

static const graft_option attributes[] = {GRAFT_OPTION_END};

/* Mean over outputs of the squared difference. */
static double one(const void *a, const float *output, const float *target, int classes, float *gradient) {
    (void)a;
    double loss = 0;
    for (int c = 0; c < classes; c++) {
        double difference = (double)output[c] - (double)target[c];
        loss += difference * difference / classes;
        if (gradient) gradient[c] = (float)(2 * difference / classes);
    }
    return loss;
}

static void evaluate(const void *a, graft_loss_batch *batch) {
    graft_loss_each(a, batch, one);
}

const graft_loss graft_loss_mse = {
    .name = "mse",
    .help = "mean squared error, for numbers and reconstructions",
    .attribute_size = 0,
    .attributes = attributes,
    .evaluate = evaluate,
};
