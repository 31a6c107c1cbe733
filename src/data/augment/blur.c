#include "data/augment/op.h"

#include "base/alloc.h"
#include "base/error.h"

#include <math.h>
#include <string.h>

enum { RADIUS_LIMIT = 30 };

/* Weights of -radius..radius, three standard deviations wide. */
static int make_kernel(double sigma, float *weight) {
    int radius = (int)fmin(fmax(ceil(3 * sigma), 1), RADIUS_LIMIT);
    double total = 0;
    for (int i = -radius; i <= radius; i++)
        total += exp(-0.5 * i * i / (sigma * sigma));
    for (int i = -radius; i <= radius; i++)
        weight[i + radius] = (float)(exp(-0.5 * i * i / (sigma * sigma)) / total);
    return radius;
}

/* dcb abcd cba, however far outside. */
static size_t mirror(int position, int size) {
    if (size == 1) return 0;
    int period = 2 * (size - 1);
    position = ((position % period) + period) % period;
    return (size_t)(position < size ? position : period - position);
}

/* Row `y` blurred downwards, with `radius` mirrored pixels on either side. */
static void blur_column(const graft_picture *old, int y, const float *weight, int radius, float *line) {
    size_t stride = (size_t)old->width * 3, margin = (size_t)radius * 3;
    memset(line + margin, 0, stride * sizeof *line);
    for (int k = -radius; k <= radius; k++) {
        const unsigned char *row = old->rgb + mirror(y + k, old->height) * stride;
        float factor = weight[k + radius];
        for (size_t i = 0; i < stride; i++)
            line[margin + i] += factor * (float)row[i];
    }
    for (int k = 1; k <= radius; k++) {
        memcpy(line + (size_t)(radius - k) * 3, line + margin + mirror(-k, old->width) * 3, 3 * sizeof *line);
        int right = old->width - 1 + k;
        memcpy(line + margin + (size_t)right * 3, line + margin + mirror(right, old->width) * 3, 3 * sizeof *line);
    }
}

/* Blurs `line` along itself. */
static void blur_row(const float *line, size_t samples, const float *weight, int radius, float *sum,
                     unsigned char *out) {
    memset(sum, 0, samples * sizeof *sum);
    for (int k = 0; k <= 2 * radius; k++)
        for (size_t i = 0; i < samples; i++)
            sum[i] += weight[k] * line[i + (size_t)k * 3];
    for (size_t i = 0; i < samples; i++)
        out[i] = (unsigned char)(sum[i] >= 255 ? 255 : sum[i] + 0.5f);
}

graft_status graft_paint_blur(graft_picture *picture, double sigma) {
    float weight[2 * RADIUS_LIMIT + 1] = {0};
    int radius = make_kernel(sigma, weight);
    size_t stride = (size_t)picture->width * 3, bytes = stride * (size_t)picture->height;
    graft_picture old = {.rgb = graft_allocate(bytes, 1), .width = picture->width, .height = picture->height};
    float *line = graft_allocate(2 * stride + 6 * (size_t)radius, sizeof *line);
    if (old.rgb && line) {
        memcpy(old.rgb, picture->rgb, bytes);
        for (int y = 0; y < picture->height; y++) {
            blur_column(&old, y, weight, radius, line);
            blur_row(line, stride, weight, radius, line + stride + 6 * (size_t)radius,
                     picture->rgb + (size_t)y * stride);
        }
    }
    graft_status status = old.rgb && line ? GRAFT_OK : graft_fail_memory("blurring a picture");
    graft_release(old.rgb);
    graft_release(line);
    return status;
}

typedef struct blur {
    double sigma[2];
} blur;

static const graft_option attributes[] = {
    {.name = "sigma",
     .type = GRAFT_OPTION_DOUBLES,
     .offset = offsetof(blur, sigma),
     .fallback = "0.1,2",
     .unit = "px",
     .min = 0.01,
     .max = 10,
     .count = 2,
     .help = "standard deviation, from and to"},
    GRAFT_OPTION_END,
};

static graft_status paint(const void *a, graft_rng *rng, graft_picture *picture) {
    const double *sigma = ((const blur *)a)->sigma;
    return graft_paint_blur(picture, graft_draw(rng, sigma[0], sigma[1]));
}

const graft_augmentation graft_augmentation_blur = {
    .name = "blur",
    .help = "Gaussian blur, some of the time: blur:0.1,2 (standard deviation in px)",
    .attribute_size = sizeof(blur),
    .attributes = attributes,
    .p = 0.5,
    .paint = paint,
};
