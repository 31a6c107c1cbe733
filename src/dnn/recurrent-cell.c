/* GRU's and LSTM's cells in loops that compilers turn into vectors: once for any processor, once each for AVX2 and
 * AVX-512. */
#include "dnn/recurrent-internal.h"
#include <string.h>

#define CELL static inline __attribute__((always_inline))

/* Cody and Waite's reduction and a polynomial: within 2 units in the last place from -87 to 88. */
CELL float exponential(float x) {
    const float shift = 12582912.0F; /* 1.5 * 2^23: adding it rounds to a whole number */
    x = x < -87.0F ? -87.0F : x;
    x = x > 88.0F ? 88.0F : x;
    const float n = (x * 1.44269504F + shift) - shift;
    const float r = x - n * 0.693359375F + n * 2.12194440e-4F;
    float p = 1.9875691500e-4F;
    p = p * r + 1.3981999507e-3F;
    p = p * r + 8.3334519073e-3F;
    p = p * r + 4.1665795894e-2F;
    p = p * r + 1.6666665459e-1F;
    p = p * r + 5.0000001201e-1F;
    p = p * r * r + r + 1.0F;
    const uint32_t bits = (uint32_t)((int32_t)n + 127) << 23;
    float power;
    memcpy(&power, &bits, sizeof power);
    return p * power;
}

CELL float logistic(float x) {
    return 1.0F / (1.0F + exponential(-x));
}

CELL float hyperbolic(float x) {
    return 2.0F / (1.0F + exponential(-2.0F * x)) - 1.0F;
}

CELL void gru_forward(const graft_cell_step *s) {
    const size_t h = s->units;
    float *restrict kept = s->kept, *restrict state = s->state;
    const float *restrict u = s->by_state, *restrict b = s->bias, *restrict ub = s->recurrent_bias;
    const float *restrict before = s->before;
    for (size_t i = 0; i < h; i++) {
        const float r = logistic(kept[i] + b[i] + u[i] + ub[i]);
        const float z = logistic(kept[h + i] + b[h + i] + u[h + i] + ub[h + i]);
        const float product = u[2 * h + i] + ub[2 * h + i];
        const float n = hyperbolic(kept[2 * h + i] + b[2 * h + i] + r * product);
        kept[i] = r;
        kept[h + i] = z;
        kept[2 * h + i] = n;
        kept[3 * h + i] = product;
        state[i] = n + z * (before[i] - n);
    }
}

CELL void gru_backward(const graft_cell_back *s) {
    const size_t h = s->units;
    float *restrict kept = s->kept, *restrict u = s->by_state, *restrict gradient = s->gradient;
    const float *restrict before = s->before;
    for (size_t i = 0; i < h; i++) {
        const float r = kept[i], z = kept[h + i], n = kept[2 * h + i], product = kept[3 * h + i], d = gradient[i];
        const float by_n = d * (1.0F - z) * (1.0F - n * n), by_z = d * (before[i] - n) * z * (1.0F - z);
        const float by_r = by_n * product * r * (1.0F - r);
        kept[i] = u[i] = by_r;
        kept[h + i] = u[h + i] = by_z;
        kept[2 * h + i] = by_n;
        kept[3 * h + i] = u[2 * h + i] = by_n * r;
        gradient[i] = d * z;
    }
}

CELL void lstm_forward(const graft_cell_step *s) {
    const size_t h = s->units;
    float *restrict kept = s->kept, *restrict state = s->state;
    const float *restrict u = s->by_state, *restrict b = s->bias, *restrict before = s->memory_before;
    for (size_t k = 0; k < h; k++) {
        const float i = logistic(kept[k] + b[k] + u[k]);
        const float f = logistic(kept[h + k] + b[h + k] + u[h + k]);
        const float g = hyperbolic(kept[2 * h + k] + b[2 * h + k] + u[2 * h + k]);
        const float o = logistic(kept[3 * h + k] + b[3 * h + k] + u[3 * h + k]);
        const float c = f * before[k] + i * g;
        kept[k] = i;
        kept[h + k] = f;
        kept[2 * h + k] = g;
        kept[3 * h + k] = o;
        kept[4 * h + k] = c;
        state[k] = o * hyperbolic(c);
    }
}

CELL void lstm_backward(const graft_cell_back *s) {
    const size_t h = s->units;
    float *restrict kept = s->kept, *restrict u = s->by_state, *restrict gradient = s->gradient;
    float *restrict by_memory = s->memory_gradient;
    const float *restrict before = s->memory_before;
    for (size_t k = 0; k < h; k++) {
        const float i = kept[k], f = kept[h + k], g = kept[2 * h + k], o = kept[3 * h + k], d = gradient[k];
        const float t = hyperbolic(kept[4 * h + k]), by_c = by_memory[k] + d * o * (1.0F - t * t);
        kept[k] = u[k] = by_c * g * i * (1.0F - i);
        kept[h + k] = u[h + k] = by_c * before[k] * f * (1.0F - f);
        kept[2 * h + k] = u[2 * h + k] = by_c * i * (1.0F - g * g);
        kept[3 * h + k] = u[3 * h + k] = d * t * o * (1.0F - o);
        by_memory[k] = by_c * f;
        gradient[k] = 0.0F;
    }
}

#define CELLS(version, target)                                             \
    target static void gru_forward_##version(const graft_cell_step *s) {   \
        gru_forward(s);                                                    \
    }                                                                      \
    target static void gru_backward_##version(const graft_cell_back *s) {  \
        gru_backward(s);                                                   \
    }                                                                      \
    target static void lstm_forward_##version(const graft_cell_step *s) {  \
        lstm_forward(s);                                                   \
    }                                                                      \
    target static void lstm_backward_##version(const graft_cell_back *s) { \
        lstm_backward(s);                                                  \
    }
CELLS(plain, )
#define CHOICE(version)                                                    \
    (lstm ? (graft_cells){lstm_forward_##version, lstm_backward_##version} \
          : (graft_cells){gru_forward_##version, gru_backward_##version})

#if defined(__x86_64__)
CELLS(avx2, __attribute__((target("avx2,fma"))))
CELLS(avx512, __attribute__((target("avx512f,avx512dq,avx512vl,avx2,fma"))))

graft_cells graft_cells_of(bool lstm) {
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        return CHOICE(avx512);
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return CHOICE(avx2);
    return CHOICE(plain);
}
#else
graft_cells graft_cells_of(bool lstm) {
    return CHOICE(plain);
}
#endif
