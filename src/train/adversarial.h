/* Adversarial training (Goodfellow et al. 2014): one step of a discriminator and one of a generator, each with a
 * training plan of its own. The gradient reaches the generator through the discriminator's, which gives it by its input
 * and leaves its own parameters alone. A step as in Radford et al. 2016 and PyTorch's DCGAN example: the discriminator
 * on real pictures, then on generated ones, each batch with its own statistics; then the generator on the same pictures
 * with the discriminator as it is now. Both by Adam. Nothing is allocated in a step. */
#ifndef GRAFT_SRC_TRAIN_ADVERSARIAL_H
#define GRAFT_SRC_TRAIN_ADVERSARIAL_H

#include "nn/train-plan.h"
#include "train/checkpoint.h"
#include "train/spectral.h"

/* Losses of both players, of rows of losses.def, and what the generator wants the discriminator to say. */
typedef enum graft_gan_loss {
    GRAFT_GAN_NON_SATURATING, /* sigmoid cross-entropy; the generator's is that of its pictures taken for real */
    GRAFT_GAN_HINGE,          /* margins of 1; the generator wants large outputs (Lim and Ye 2017) */
} graft_gan_loss;

enum { GRAFT_GENERATOR, GRAFT_DISCRIMINATOR, GRAFT_PLAYERS };

typedef struct graft_adversarial_options {
    int batch;
    graft_gan_loss loss;
    double rate[GRAFT_PLAYERS], beta1, beta2, epsilon; /* of Adam */
    double smoothing;                                  /* real pictures' target is 1 less this (Salimans et al. 2016) */
    double ema;                                        /* share of the generator's average that stays a step; 0: none */
    double momentum;                                   /* of moving statistics, as graft_train_plan_options */
    bool spectral;      /* the discriminator's kernels that learn are spectrally normalised */
    const bool *learns; /* one a node of the discriminator; NULL: all */
    uint64_t seed;      /* of power iteration */
} graft_adversarial_options;

/* Sums over the samples of some steps; divide by `samples`. */
typedef struct graft_adversarial_sums {
    double discriminator, generator; /* losses; the discriminator's of real and generated pictures added up */
    double real, generated;          /* sigmoid of the discriminator's output: D(x) and D(G(z)) of its own step */
    double samples;
} graft_adversarial_sums;

typedef struct graft_adversarial graft_adversarial;

/* Copies the graphs' values: pictures from vectors, one number from a picture. Errors: GRAFT_E_DATA (shapes that do not
 * fit each other), as of graft_train_plan_new. */
GRAFT_MUST_CHECK graft_status graft_adversarial_new(graft_context *context, const graft_graph *generator,
                                                    const graft_graph *discriminator,
                                                    const graft_adversarial_options *options, graft_adversarial **out);
void graft_adversarial_free(graft_adversarial *gan);

graft_train_plan *graft_adversarial_plan(graft_adversarial *gan, int player);
graft_spectral *graft_adversarial_spectral(graft_adversarial *gan); /* NULL: none */
/* Where the caller puts a batch of real pictures before each step, C,H,W floats each, and as many latent vectors. */
float *graft_adversarial_pictures(graft_adversarial *gan);
float *graft_adversarial_vectors(graft_adversarial *gan);
/* Latent vectors of a step: normal numbers, a pure function of seed, step and place. */
void graft_adversarial_latents(uint64_t seed, uint64_t step, size_t count, size_t size, float *out);

/* Step `step`, counted from 0. Adds to *sums. *finite false: a loss is not, and the parameters of the player whose loss
 * it is were not changed. A cancel does not break it off: what has begun ends, both players' halves. */
GRAFT_MUST_CHECK graft_status graft_adversarial_step(graft_adversarial *gan, uint64_t step,
                                                     graft_adversarial_sums *sums, bool *finite);

/* Values and moving statistics into graphs of the same structure: the generator's last ones or, `average`, their
 * average. A normalised discriminator's are what it computes with. */
GRAFT_MUST_CHECK graft_status graft_adversarial_store(const graft_adversarial *gan, int player, bool average,
                                                      graft_graph *graph);

/* Lists everything that changes as arrays of a checkpoint, at most GRAFT_ADVERSARIAL_ARRAYS; when they were read, takes
 * them over. */
enum { GRAFT_ADVERSARIAL_ARRAYS = 11 };
void graft_adversarial_state(graft_adversarial *gan, graft_checkpoint *checkpoint);
GRAFT_MUST_CHECK graft_status graft_adversarial_restore(graft_adversarial *gan);

#endif
