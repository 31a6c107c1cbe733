#include "train/mix.h"

#include "base/rng.h"

#include <math.h>

/* Gamma(shape, 1) by Marsaglia and Tsang 2000; shapes below one by the power of a uniform. */
static double draw_gamma(graft_rng *rng, double shape) {
    double boost = 1;
    if (shape < 1) {
        boost = pow(1 - graft_rng_uniform(rng), 1 / shape);
        shape += 1;
    }
    double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        double x = graft_rng_normal(rng), v = pow(1 + c * x, 3), u = 1 - graft_rng_uniform(rng);
        if (v > 0 && log(u) < 0.5 * x * x + d - d * v + d * log(v)) return boost * d * v;
    }
}

static double draw_share(graft_rng *rng, double alpha) {
    double a = draw_gamma(rng, alpha), b = draw_gamma(rng, alpha), share = a / (a + b);
    return isfinite(share) ? share : 0.5; /* a tiny alpha can underflow both */
}

static void blend(float *a, float *b, size_t count, float share) {
    for (size_t i = 0; i < count; i++) {
        float x = a[i], y = b[i];
        a[i] = share * x + (1 - share) * y;
        b[i] = share * y + (1 - share) * x;
    }
}

typedef struct box {
    int64_t top, left, bottom, right;
} box;

static box draw_box(graft_rng *rng, const graft_shape *shape, double share) {
    int64_t height = shape->dim[1], width = shape->dim[2];
    double side = sqrt(1 - share);
    int64_t h = (int64_t)(side * (double)height), w = (int64_t)(side * (double)width);
    int64_t y = graft_rng_below(rng, (uint32_t)height), x = graft_rng_below(rng, (uint32_t)width);
    box b = {y - h / 2, x - w / 2, y - h / 2 + h, x - w / 2 + w};
    if (b.top < 0) b.top = 0;
    if (b.left < 0) b.left = 0;
    if (b.bottom > height) b.bottom = height;
    if (b.right > width) b.right = width;
    return b;
}

static void swap_box(float *a, float *b, const graft_shape *shape, const box *cut) {
    for (int64_t c = 0; c < shape->dim[0]; c++)
        for (int64_t y = cut->top; y < cut->bottom; y++)
            for (int64_t x = cut->left; x < cut->right; x++) {
                int64_t at = (c * shape->dim[1] + y) * shape->dim[2] + x;
                float kept = a[at];
                a[at] = b[at];
                b[at] = kept;
            }
}

void graft_mix_batch(const graft_mix *mix, uint64_t seed, uint32_t epoch, uint64_t step, const graft_shape *shape,
                     int classes, size_t count, float *inputs, float *targets) {
    bool cut = mix->kind == GRAFT_MIX_CUTMIX;
    if (mix->kind == GRAFT_MIX_NONE || (cut && shape->rank != 3)) return;
    graft_rng rng = graft_rng_make(seed, GRAFT_RNG_AUGMENT, epoch, step);
    double share = draw_share(&rng, mix->alpha);
    box area = {0};
    if (cut) {
        area = draw_box(&rng, shape, share);
        double cells = (double)(shape->dim[1] * shape->dim[2]);
        share = 1 - (double)((area.bottom - area.top) * (area.right - area.left)) / cells;
    }
    size_t size = (size_t)graft_shape_count(shape), targets_size = (size_t)classes;
    for (size_t i = 0, j = count - 1; count > 1 && i < j; i++, j--) {
        if (cut)
            swap_box(inputs + i * size, inputs + j * size, shape, &area);
        else
            blend(inputs + i * size, inputs + j * size, size, (float)share);
        blend(targets + i * targets_size, targets + j * targets_size, targets_size, (float)share);
    }
}
