#include "train/losses/losses.h"

typedef struct binary {
    double smoothing;
} binary;

static const graft_option attributes[] = {
    {.name = "smoothing",
     .type = GRAFT_OPTION_DOUBLE,
     .offset = offsetof(binary, smoothing),
     .fallback = "0",
     .min = 0,
     .max = 0.999,
     .help = "pulls every target towards one half"},
    GRAFT_OPTION_END,
};

/* Mean over classes of the sigmoid cross-entropy, as Keras' BinaryCrossentropy. */
static double one(const void *a, const float *output, const float *target, int classes, float *gradient) {
    double smoothing = ((const binary *)a)->smoothing, loss = 0;
    for (int c = 0; c < classes; c++) {
        double x = output[c], wanted = target[c] * (1 - smoothing) + smoothing / 2;
        loss += (fmax(x, 0) - x * wanted + log1p(exp(-fabs(x)))) / classes;
        if (gradient) gradient[c] = (float)((1 / (1 + exp(-x)) - wanted) / classes);
    }
    return loss;
}

static void evaluate(const void *a, graft_loss_batch *batch) {
    graft_loss_each(a, batch, one);
}

const graft_loss graft_loss_binary = {
    .name = "binary",
    .help = "sigmoid cross-entropy, for classes that can hold together",
    .attribute_size = sizeof(binary),
    .attributes = attributes,
    .evaluate = evaluate,
};
