/* IEEE 754 binary16, round to nearest even, finite values beyond the range saturate. The portable path and the
 * F16C path give the same bytes. */
#include "tensor/tensor.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

static const float largest_half = 65504.0f;

static float clamp(float value) {
    return value > largest_half ? largest_half : value < -largest_half ? -largest_half : value; /* NaN stays */
}

static uint16_t to_half(float value) {
    uint32_t bits;
    value = clamp(value);
    memcpy(&bits, &value, sizeof bits);
    uint32_t sign = bits >> 16 & 0x8000u, magnitude = bits & 0x7fffffffu;
    if (magnitude > 0x7f800000u) return (uint16_t)(sign | 0x7e00u | (magnitude >> 13 & 0x3ffu));
    if (magnitude < 0x33000001u) return (uint16_t)sign; /* at most half of the smallest subnormal */
    uint32_t exponent = magnitude >> 23;
    uint32_t shift = exponent < 113 ? 126 - exponent : 13;
    uint32_t mantissa = exponent < 113 ? (magnitude & 0x7fffffu) | 0x800000u : magnitude - (112u << 23);
    uint32_t half = mantissa >> shift, rest = mantissa & ((1u << shift) - 1), middle = 1u << (shift - 1);
    if (rest > middle || (rest == middle && (half & 1))) half++;
    return (uint16_t)(sign | half);
}

static float from_half(uint16_t half) {
    uint32_t sign = (uint32_t)(half & 0x8000u) << 16, exponent = half >> 10 & 31, mantissa = half & 0x3ffu, bits;
    if (exponent == 31) {
        bits = sign | 0x7f800000u | mantissa << 13 | (mantissa ? 0x400000u : 0);
    } else if (exponent > 0) {
        bits = sign | (exponent + 112) << 23 | mantissa << 13;
    } else {
        float value = (float)mantissa * 0x1p-24f;
        memcpy(&bits, &value, sizeof bits);
        bits |= sign;
    }
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

#if defined(__x86_64__)
__attribute__((target("avx,f16c"))) static size_t to_half_f16c(const float *in, uint16_t *out, size_t count) {
    __m256 high = _mm256_set1_ps(largest_half), low = _mm256_set1_ps(-largest_half);
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        __m256 value = _mm256_loadu_ps(in + i);
        value = _mm256_max_ps(low, _mm256_min_ps(high, value)); /* the second operand wins when one is NaN */
        _mm_storeu_si128((__m128i *)(void *)(out + i), _mm256_cvtps_ph(value, _MM_FROUND_TO_NEAREST_INT));
    }
    return i;
}

__attribute__((target("avx,f16c"))) static size_t from_half_f16c(const uint16_t *in, float *out, size_t count) {
    size_t i = 0;
    for (; i + 8 <= count; i += 8)
        _mm256_storeu_ps(out + i, _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)(in + i))));
    return i;
}

/* Every CPU with AVX2 has F16C, and clang 14 cannot ask for F16C by name. */
static bool has_f16c(void) {
    return __builtin_cpu_supports("avx2");
}
#endif

void graft_f32_to_f16(const float *in, uint16_t *out, size_t count) {
    size_t i = 0;
#if defined(__x86_64__)
    if (has_f16c()) i = to_half_f16c(in, out, count);
#endif
    for (; i < count; i++)
        out[i] = to_half(in[i]);
}

void graft_f16_to_f32(const uint16_t *in, float *out, size_t count) {
    size_t i = 0;
#if defined(__x86_64__)
    if (has_f16c()) i = from_half_f16c(in, out, count);
#endif
    for (; i < count; i++)
        out[i] = from_half(in[i]);
}
