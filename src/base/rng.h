/* Counter-based random numbers: (seed, purpose, epoch, sample) names a stream, whatever thread asks.
 * Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC 2011): Philox4x32-10. */
#ifndef GRAFT_SRC_BASE_RNG_H
#define GRAFT_SRC_BASE_RNG_H

#include <graft/base.h>

typedef enum graft_rng_purpose {
    GRAFT_RNG_SPLIT = 1,
    GRAFT_RNG_FOLDS,
    GRAFT_RNG_SHUFFLE,
    GRAFT_RNG_AUGMENT,
    GRAFT_RNG_INIT,
    GRAFT_RNG_DROPOUT,
    GRAFT_RNG_BOOTSTRAP,
    GRAFT_RNG_TEST,
    GRAFT_RNG_SKETCH,
    GRAFT_RNG_LATENT, /* draws of a code */
    GRAFT_RNG_NOISE,  /* on pictures that are to be cleaned */
} graft_rng_purpose;

typedef struct graft_rng {
    uint32_t key[2];
    uint32_t counter[4];
    uint32_t block[4];
    int used; /* words of `block` handed out */
} graft_rng;

/* The generator itself: one block of four words. */
void graft_philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

graft_rng graft_rng_make(uint64_t seed, graft_rng_purpose purpose, uint32_t epoch, uint64_t sample);
uint32_t graft_rng_u32(graft_rng *rng);
uint64_t graft_rng_u64(graft_rng *rng);
double graft_rng_uniform(graft_rng *rng);                 /* [0, 1) */
double graft_rng_normal(graft_rng *rng);                  /* mean 0, variance 1 */
uint32_t graft_rng_below(graft_rng *rng, uint32_t bound); /* 0..bound-1, unbiased; bound >= 1 */
void graft_rng_shuffle(graft_rng *rng, size_t *items, size_t count);

#endif
