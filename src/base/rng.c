#include "base/rng.h"

#include <math.h>
#include <string.h>

static void multiply_wide(uint32_t a, uint32_t b, uint32_t *high, uint32_t *low) {
    uint64_t product = (uint64_t)a * b;
    *high = (uint32_t)(product >> 32);
    *low = (uint32_t)product;
}

/* Ten rounds of Philox4x32 with the constants of the paper. */
void graft_philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
    uint32_t c[4], k0 = key[0], k1 = key[1];
    memcpy(c, counter, sizeof c);
    for (int round = 0; round < 10; round++) {
        uint32_t high0, low0, high1, low1;
        multiply_wide(0xD2511F53u, c[0], &high0, &low0);
        multiply_wide(0xCD9E8D57u, c[2], &high1, &low1);
        uint32_t next[4] = {high1 ^ c[1] ^ k0, low1, high0 ^ c[3] ^ k1, low0};
        memcpy(c, next, sizeof c);
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    memcpy(out, c, sizeof c);
}

graft_rng graft_rng_make(uint64_t seed, graft_rng_purpose purpose, uint32_t epoch, uint64_t sample) {
    /* The first word counts blocks within the stream; purpose and epoch share a word each with the sample's halves
     * through one more round of the generator, so that all four names have their full range. */
    uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    uint32_t name[4] = {(uint32_t)purpose, epoch, (uint32_t)sample, (uint32_t)(sample >> 32)};
    uint32_t mixed[4];
    graft_philox4x32(name, key, mixed);
    graft_rng rng = {.key = {mixed[0], mixed[1]}, .counter = {0, 0, mixed[2], mixed[3]}, .used = 4};
    return rng;
}

uint32_t graft_rng_u32(graft_rng *rng) {
    if (rng->used == 4) {
        graft_philox4x32(rng->counter, rng->key, rng->block);
        if (++rng->counter[0] == 0) rng->counter[1]++;
        rng->used = 0;
    }
    return rng->block[rng->used++];
}

uint64_t graft_rng_u64(graft_rng *rng) {
    uint64_t high = graft_rng_u32(rng);
    return high << 32 | graft_rng_u32(rng);
}

double graft_rng_uniform(graft_rng *rng) {
    return (double)(graft_rng_u64(rng) >> 11) * 0x1p-53;
}

double graft_rng_normal(graft_rng *rng) {
    double u = 1.0 - graft_rng_uniform(rng); /* (0, 1]: the logarithm is finite */
    double v = graft_rng_uniform(rng);
    return sqrt(-2.0 * log(u)) * cos(6.283185307179586 * v); /* Box and Muller 1958 */
}

uint32_t graft_rng_below(graft_rng *rng, uint32_t bound) {
    uint32_t reject = (uint32_t)-bound % bound; /* Lemire 2019: multiply, reject the uneven rest */
    for (;;) {
        uint64_t product = (uint64_t)graft_rng_u32(rng) * bound;
        if ((uint32_t)product >= reject) return (uint32_t)(product >> 32);
    }
}

void graft_rng_shuffle(graft_rng *rng, size_t *items, size_t count) {
    for (size_t i = count; i > 1; i--) {
        size_t j = graft_rng_below(rng, (uint32_t)i);
        size_t swap = items[i - 1];
        items[i - 1] = items[j];
        items[j] = swap;
    }
}
