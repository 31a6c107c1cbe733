#include "train/losses/losses.h"

typedef struct focal {
    double gamma;
} focal;

static const graft_option attributes[] = {
    {.name = "gamma",
     .type = GRAFT_OPTION_DOUBLE,
     .offset = offsetof(focal, gamma),
     .fallback = "2",
     .min = 0,
     .max = 10,
     .help = "how strongly easy samples are discounted"},
    GRAFT_OPTION_END,
};

/* Sum over classes of target * -(1 - p)^gamma * log p: Lin et al. 2017, equation 5, over softmax probabilities. */
static double one(const void *a, const float *output, const float *target, int classes, float *gradient) {
    double gamma = ((const focal *)a)->gamma, log_sum = graft_log_sum_exp(output, classes), loss = 0;
    double by_log_p_sum = 0; /* sum over classes of d loss / d log p */
    for (int c = 0; c < classes; c++) {
        if (target[c] == 0) continue;
        double log_p = output[c] - log_sum, p = exp(log_p), rest = fmax(-expm1(log_p), 1e-12);
        loss -= target[c] * pow(rest, gamma) * log_p;
        double by_log_p = target[c] * (gamma * pow(rest, gamma - 1) * p * log_p - pow(rest, gamma));
        by_log_p_sum += by_log_p;
        if (gradient) gradient[c] = (float)by_log_p;
    }
    for (int c = 0; c < classes && gradient; c++) {
        double own = target[c] == 0 ? 0 : (double)gradient[c];
        gradient[c] = (float)(own - by_log_p_sum * exp(output[c] - log_sum));
    }
    return loss;
}

static void evaluate(const void *a, graft_loss_batch *batch) {
    graft_loss_each(a, batch, one);
}

const graft_loss graft_loss_focal = {
    .name = "focal",
    .help = "cross-entropy that discounts what is already right (Lin et al. 2017)",
    .attribute_size = sizeof(focal),
    .attributes = attributes,
    .evaluate = evaluate,
};
