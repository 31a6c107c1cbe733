#include "data/resize-internal.h"

#include <string.h>

static unsigned char clip(uint32_t sum) {
    int32_t value = (int32_t)sum >> GRAFT_RESIZE_BITS;
    return (unsigned char)(value < 0 ? 0 : value > 255 ? 255 : value);
}

static const uint32_t half = (uint32_t)1 << (GRAFT_RESIZE_BITS - 1);

static void row_portable(const unsigned char *in, const graft_axis *axis, unsigned char *out) {
    const int32_t *weight = axis->weight;
    for (int x = 0; x < axis->count; x++, weight += axis->taps, out += 3) {
        const unsigned char *from = in + (size_t)axis->first[x] * 3;
        uint32_t red = half, green = half, blue = half;
        for (int k = 0; k < axis->length[x]; k++, from += 3) {
            red += from[0] * (uint32_t)weight[k];
            green += from[1] * (uint32_t)weight[k];
            blue += from[2] * (uint32_t)weight[k];
        }
        out[0] = clip(red);
        out[1] = clip(green);
        out[2] = clip(blue);
    }
}

static void column_portable(const unsigned char *in, size_t stride, const int32_t *weight, int taps, size_t bytes,
                            unsigned char *out) {
    for (size_t i = 0; i < bytes; i++) {
        uint32_t sum = half;
        for (int k = 0; k < taps; k++)
            sum += in[(size_t)k * stride + i] * (uint32_t)weight[k];
        out[i] = clip(sum);
    }
}

static bool always(void) {
    return true;
}

#if defined(__x86_64__)
#include <immintrin.h>

static bool has_sse41(void) {
    return __builtin_cpu_supports("sse4.1");
}

static bool has_avx2(void) {
    return __builtin_cpu_supports("avx2");
}

static int load_32(const unsigned char *from) {
    int word;
    memcpy(&word, from, sizeof word);
    return word;
}

/* One pixel at a time: a lane a channel, the fourth lane is not used. */
__attribute__((target("sse4.1"))) static void row_sse41(const unsigned char *in, const graft_axis *axis,
                                                        unsigned char *out) {
    const int32_t *weight = axis->weight;
    for (int x = 0; x < axis->count; x++, weight += axis->taps, out += 3) {
        const unsigned char *from = in + (size_t)axis->first[x] * 3;
        __m128i sum = _mm_set1_epi32((int)half);
        for (int k = 0; k < axis->length[x]; k++, from += 3) {
            __m128i pixel = _mm_cvtepu8_epi32(_mm_cvtsi32_si128(load_32(from)));
            sum = _mm_add_epi32(sum, _mm_mullo_epi32(pixel, _mm_set1_epi32(weight[k])));
        }
        sum = _mm_srai_epi32(sum, GRAFT_RESIZE_BITS);
        sum = _mm_packus_epi16(_mm_packs_epi32(sum, sum), sum);
        int word = _mm_cvtsi128_si32(sum);
        memcpy(out, &word, sizeof word);
    }
}

__attribute__((target("sse4.1"))) static void column_sse41(const unsigned char *in, size_t stride,
                                                           const int32_t *weight, int taps, size_t bytes,
                                                           unsigned char *out) {
    size_t i = 0;
    for (; i + 8 <= bytes; i += 8) {
        __m128i low = _mm_set1_epi32((int)half), high = low;
        for (int k = 0; k < taps; k++) {
            __m128i samples = _mm_loadl_epi64((const void *)(in + (size_t)k * stride + i));
            __m128i factor = _mm_set1_epi32(weight[k]);
            low = _mm_add_epi32(low, _mm_mullo_epi32(_mm_cvtepu8_epi32(samples), factor));
            high = _mm_add_epi32(high, _mm_mullo_epi32(_mm_cvtepu8_epi32(_mm_srli_si128(samples, 4)), factor));
        }
        low = _mm_packs_epi32(_mm_srai_epi32(low, GRAFT_RESIZE_BITS), _mm_srai_epi32(high, GRAFT_RESIZE_BITS));
        _mm_storel_epi64((void *)(out + i), _mm_packus_epi16(low, low));
    }
    column_portable(in + i, stride, weight, taps, bytes - i, out + i);
}

/* Two taps at a time: the first in the low four lanes, the second in the high ones. */
__attribute__((target("avx2"))) static void row_avx2(const unsigned char *in, const graft_axis *axis,
                                                     unsigned char *out) {
    const int32_t *weight = axis->weight;
    const __m256i spread = _mm256_setr_epi32(0, 0, 0, 0, 1, 1, 1, 1);
    for (int x = 0; x < axis->count; x++, weight += axis->taps, out += 3) {
        const unsigned char *from = in + (size_t)axis->first[x] * 3;
        __m256i sums = _mm256_setzero_si256();
        int k = 0;
        for (; k + 2 <= axis->length[x]; k += 2, from += 6) {
            __m128i pair = _mm_insert_epi32(_mm_cvtsi32_si128(load_32(from)), load_32(from + 3), 1);
            __m256i factors = _mm256_castsi128_si256(_mm_loadl_epi64((const void *)(weight + k)));
            factors = _mm256_permutevar8x32_epi32(factors, spread);
            sums = _mm256_add_epi32(sums, _mm256_mullo_epi32(_mm256_cvtepu8_epi32(pair), factors));
        }
        __m128i sum = _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
        if (k < axis->length[x]) {
            __m128i pixel = _mm_cvtepu8_epi32(_mm_cvtsi32_si128(load_32(from)));
            sum = _mm_add_epi32(sum, _mm_mullo_epi32(pixel, _mm_set1_epi32(weight[k])));
        }
        sum = _mm_srai_epi32(_mm_add_epi32(sum, _mm_set1_epi32((int)half)), GRAFT_RESIZE_BITS);
        sum = _mm_packus_epi16(_mm_packs_epi32(sum, sum), sum);
        int word = _mm_cvtsi128_si32(sum);
        memcpy(out, &word, sizeof word);
    }
}

__attribute__((target("avx2"))) static void column_avx2(const unsigned char *in, size_t stride, const int32_t *weight,
                                                        int taps, size_t bytes, unsigned char *out) {
    size_t i = 0;
    for (; i + 16 <= bytes; i += 16) {
        __m256i low = _mm256_set1_epi32((int)half), high = low;
        for (int k = 0; k < taps; k++) {
            __m128i samples = _mm_loadu_si128((const void *)(in + (size_t)k * stride + i));
            __m256i factor = _mm256_set1_epi32(weight[k]);
            low = _mm256_add_epi32(low, _mm256_mullo_epi32(_mm256_cvtepu8_epi32(samples), factor));
            samples = _mm_srli_si128(samples, 8);
            high = _mm256_add_epi32(high, _mm256_mullo_epi32(_mm256_cvtepu8_epi32(samples), factor));
        }
        low = _mm256_srai_epi32(low, GRAFT_RESIZE_BITS);
        high = _mm256_srai_epi32(high, GRAFT_RESIZE_BITS);
        /* packs works within halves: 0 2 1 3 puts them in order again */
        __m256i words = _mm256_permute4x64_epi64(_mm256_packs_epi32(low, high), 0xd8);
        __m128i packed = _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
        _mm_storeu_si128((void *)(out + i), packed);
    }
    column_portable(in + i, stride, weight, taps, bytes - i, out + i);
}
#endif

const graft_resize_passes graft_resize_implementations[] = {
#if defined(__x86_64__)
    {"avx2", has_avx2, row_avx2, column_avx2},
    {"sse4.1", has_sse41, row_sse41, column_sse41},
#endif
    {"portable", always, row_portable, column_portable},
};
const size_t graft_resize_implementation_count =
    sizeof graft_resize_implementations / sizeof *graft_resize_implementations;
