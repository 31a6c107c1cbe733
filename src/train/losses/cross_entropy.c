#include "train/losses/losses.h"

typedef struct cross_entropy {
    double smoothing;
} cross_entropy;

static const graft_option attributes[] = {
    {.name = "smoothing",
     .type = GRAFT_OPTION_DOUBLE,
     .offset = offsetof(cross_entropy, smoothing),
     .fallback = "0",
     .min = 0,
     .max = 0.999,
     .help = "share of the target spread over all classes (Szegedy et al. 2016)"},
    GRAFT_OPTION_END,
};

static double one(const void *a, const float *output, const float *target, int classes, float *gradient) {
    double smoothing = ((const cross_entropy *)a)->smoothing;
    double log_sum = graft_log_sum_exp(output, classes), loss = 0, mass = 0;
    for (int c = 0; c < classes; c++) {
        double wanted = target[c] * (1 - smoothing) + smoothing / classes;
        loss += wanted * (log_sum - output[c]);
        mass += wanted;
    }
    for (int c = 0; c < classes && gradient; c++) {
        double wanted = target[c] * (1 - smoothing) + smoothing / classes;
        gradient[c] = (float)(mass * exp(output[c] - log_sum) - wanted);
    }
    return loss;
}

static void evaluate(const void *a, graft_loss_batch *batch) {
    graft_loss_each(a, batch, one);
}

const graft_loss graft_loss_cross_entropy = {
    .name = "cross_entropy",
    .help = "softmax cross-entropy, for classes that exclude each other",
    .attribute_size = sizeof(cross_entropy),
    .attributes = attributes,
    .evaluate = evaluate,
};
