#include "train/losses/losses.h"

enum { MSE, BINARY };

typedef struct reconstruction {
    int of;
    int64_t latent;
    double beta;
} reconstruction;
_Static_assert(sizeof(reconstruction) <= GRAFT_LOSS_ATTRIBUTES, "fits a recipe");

static const graft_option attributes[] = {
    {.name = "of",
     .type = GRAFT_OPTION_ENUM,
     .offset = offsetof(reconstruction, of),
     .fallback = "mse",
     .choices = "mse|binary",
     .help = "what measures the picture"},
    {.name = "latent",
     .type = GRAFT_OPTION_INT,
     .offset = offsetof(reconstruction, latent),
     .fallback = "0",
     .min = 0,
     .max = 1 << 20,
     .help = "numbers of the code whose means and log-variances follow the picture; 0: none do"},
    {.name = "beta",
     .type = GRAFT_OPTION_DOUBLE,
     .offset = offsetof(reconstruction, beta),
     .fallback = "1",
     .min = 0,
     .max = 1e6,
     .help = "weight of the code's divergence (Higgins et al. 2017)"},
    GRAFT_OPTION_END,
};

/* Adds weight / 2 (m^2 + exp(v) - 1 - v), the divergence of each Gaussian of the code from the standard one (Kingma and
 * Welling 2014, appendix B). */
static double divergence(const float *mean, const float *log_variance, int64_t count, double weight, float *by_mean,
                         float *by_log_variance) {
    double sum = 0;
    for (int64_t i = 0; i < count; i++) {
        const double m = (double)mean[i], v = (double)log_variance[i], variance = exp(v);
        sum += m * m + variance - 1 - v;
        if (by_mean) by_mean[i] = (float)(weight * m);
        if (by_log_variance) by_log_variance[i] = (float)(weight * 0.5 * (variance - 1));
    }
    return 0.5 * weight * sum;
}

/* The evidence bound's negative per number of the picture: both parts are divided by their count. */
static double one(const void *a, const float *output, const float *target, int classes, float *gradient) {
    static const _Alignas(16) char plain[GRAFT_LOSS_ATTRIBUTES];
    const reconstruction *r = a;
    const graft_loss *of = r->of == BINARY ? &graft_loss_binary : &graft_loss_mse;
    const int64_t latent = 2 * r->latent < classes ? r->latent : 0, values = classes - 2 * latent;
    graft_loss_batch picture = {
        .output = output, .target = target, .count = 1, .classes = (int)values, .scale = 1, .gradient = gradient};
    of->evaluate(plain, &picture);
    return picture.sum + divergence(output + values, output + values + latent, latent, r->beta / (double)values,
                                    gradient ? gradient + values : NULL, gradient ? gradient + values + latent : NULL);
}

static void evaluate(const void *a, graft_loss_batch *batch) {
    graft_loss_each(a, batch, one);
}

/* No picture is right or wrong. */
static double correct(const void *a, const float *output, const float *target, int classes) {
    (void)a, (void)output, (void)target, (void)classes;
    return (double)NAN;
}

const graft_loss graft_loss_reconstruction = {
    .name = "reconstruction",
    .help = "of autoencoders: squares or sigmoid cross-entropy of pixels, and the code's divergence",
    .attribute_size = sizeof(reconstruction),
    .attributes = attributes,
    .evaluate = evaluate,
    .correct = correct,
};
