/* Resampling equal to Pillow's Image.resize: a weighted mean along rows, rounded to bytes, then along columns. The
 * weights are a filter stretched by the reduction (so that every source pixel counts), normalised in double and
 * rounded to 22 fraction bits. Source: Pillow, the documentation of Image.resize and its C sources' arithmetic. */
#include "data/resize-internal.h"

#include "base/alloc.h"
#include "base/error.h"

#include <math.h>
#include <string.h>

static double bilinear(double x) {
    x = fabs(x);
    return x < 1.0 ? 1.0 - x : 0.0;
}

/* Keys' cubic with a = -0.5. */
static double bicubic(double x) {
    x = fabs(x);
    if (x < 1.0) return (1.5 * x - 2.5) * x * x + 1;
    if (x < 2.0) return (((x - 5) * x + 8) * x - 4) * -0.5;
    return 0.0;
}

static const double pi = 3.14159265358979323846;

static double sinc(double x) {
    return x == 0.0 ? 1.0 : sin(x * pi) / (x * pi);
}

static double lanczos(double x) {
    return x >= -3.0 && x < 3.0 ? sinc(x) * sinc(x / 3) : 0.0;
}

typedef struct resize_kernel {
    double (*value)(double x);
    double support; /* it is 0 beyond */
} resize_kernel;

static resize_kernel kernel_of(graft_filter filter) {
    if (filter == GRAFT_FILTER_BICUBIC) return (resize_kernel){bicubic, 2.0};
    if (filter == GRAFT_FILTER_LANCZOS) return (resize_kernel){lanczos, 3.0};
    return (resize_kernel){bilinear, 1.0};
}

/* One side of the picture: `source` pixels, of which `from`..`to` become `size`, `count` of them from `begin` on
 * being wanted. */
typedef struct resize_side {
    int source, size, begin, count;
    float from, to; /* float, as is their difference in Pillow */
} resize_side;

static double side_scale(const resize_side *side) {
    return (double)(side->to - side->from) / side->size;
}

/* How far around its centre an output pixel looks. */
static double side_support(const resize_side *side, const resize_kernel *kernel) {
    double scale = side_scale(side);
    return kernel->support * (scale < 1.0 ? 1.0 : scale);
}

typedef struct resize_span {
    double centre;
    int first, end;
} resize_span;

static resize_span source_span(const resize_side *side, double support, int index) {
    resize_span span = {.centre = side->from + (side->begin + index + 0.5) * side_scale(side)};
    span.first = (int)(span.centre - support + 0.5);
    span.end = (int)(span.centre + support + 0.5);
    if (span.first < 0) span.first = 0;
    if (span.end > side->source) span.end = side->source;
    return span;
}

static int taps_at_most(const resize_side *side, const resize_kernel *kernel) {
    double taps = ceil(side_support(side, kernel)) * 2 + 1;
    return taps < side->source ? (int)taps : side->source;
}

static void fill_weights(const resize_side *side, const resize_kernel *kernel, double *precise, graft_axis *axis) {
    double support = side_support(side, kernel), shrink = 1.0 / (support / kernel->support);
    for (int i = 0; i < side->count; i++) {
        resize_span span = source_span(side, support, i);
        axis->first[i] = span.first;
        axis->length[i] = span.end - span.first;
        double total = 0.0;
        for (int k = 0; k < axis->length[i]; k++) {
            precise[k] = kernel->value((k + span.first - span.centre + 0.5) * shrink);
            total += precise[k];
        }
        int32_t *weight = axis->weight + (size_t)i * (size_t)axis->taps;
        for (int k = 0; k < axis->length[i]; k++) {
            double part = (total != 0.0 ? precise[k] / total : precise[k]) * (1 << GRAFT_RESIZE_BITS);
            weight[k] = (int32_t)(part < 0 ? part - 0.5 : part + 0.5);
        }
    }
}

/* Everything a call needs besides the pictures, in one piece of scratch memory. */
typedef struct resize_plan {
    graft_axis across, down;
    int first_row, rows;   /* of the source, that count */
    double *precise;       /* one position's weights before rounding */
    unsigned char *last;   /* the source's last row with a byte to spare */
    unsigned char *narrow; /* the rows that count, resampled along rows, with a byte to spare each */
    size_t stride;         /* of `narrow` */
} resize_plan;

static void *take(char *memory, size_t *used, size_t count, size_t size) {
    void *piece = memory ? memory + *used : NULL;
    *used += (count * size + 63) / 64 * 64;
    return piece;
}

static void lay_out_axis(graft_axis *axis, char *memory, size_t *used) {
    axis->first = take(memory, used, (size_t)axis->count, sizeof(int));
    axis->length = take(memory, used, (size_t)axis->count, sizeof(int));
    axis->weight = take(memory, used, (size_t)axis->count * (size_t)axis->taps, sizeof(int32_t));
}

/* Returns the bytes needed; without memory only counts them. */
static size_t lay_out(resize_plan *plan, int source_width, char *memory) {
    size_t used = 0;
    lay_out_axis(&plan->across, memory, &used);
    lay_out_axis(&plan->down, memory, &used);
    int taps = plan->across.taps > plan->down.taps ? plan->across.taps : plan->down.taps;
    plan->precise = take(memory, &used, (size_t)taps, sizeof(double));
    plan->last = take(memory, &used, (size_t)source_width * 3 + 1, 1);
    plan->stride = (size_t)plan->across.count * 3 + 1;
    plan->narrow = take(memory, &used, (size_t)plan->rows, plan->stride);
    return used;
}

static graft_status reserve(graft_resize_scratch *scratch, size_t bytes) {
    if (bytes <= scratch->capacity) return GRAFT_OK;
    graft_release(scratch->memory);
    *scratch = (graft_resize_scratch){.memory = graft_allocate_aligned(bytes, 1)};
    if (!scratch->memory) return graft_fail_memory("resampling a picture");
    scratch->capacity = bytes;
    return GRAFT_OK;
}

void graft_resize_scratch_free(graft_resize_scratch *scratch) {
    graft_release(scratch->memory);
    *scratch = (graft_resize_scratch){0};
}

static void run_passes(const graft_image *in, resize_plan *plan, const graft_resize_passes *passes, unsigned char *out,
                       size_t out_stride) {
    size_t row_bytes = (size_t)in->width * 3, out_bytes = (size_t)plan->across.count * 3;
    for (int y = 0; y < plan->rows; y++) {
        const unsigned char *row = in->rgb + (size_t)(plan->first_row + y) * row_bytes;
        if (plan->first_row + y == in->height - 1) row = memcpy(plan->last, row, row_bytes);
        passes->row(row, &plan->across, plan->narrow + (size_t)y * plan->stride);
    }
    const int32_t *weight = plan->down.weight;
    for (int y = 0; y < plan->down.count; y++, weight += plan->down.taps, out += out_stride)
        passes->column(plan->narrow + (size_t)(plan->down.first[y] - plan->first_row) * plan->stride, plan->stride,
                       weight, plan->down.length[y], out_bytes, out);
}

static graft_status resample(const graft_image *in, const resize_side *across, const resize_side *down,
                             graft_filter filter, unsigned char *out, size_t out_stride, graft_resize_scratch *scratch,
                             const graft_resize_passes *passes) {
    resize_kernel kernel = kernel_of(filter);
    double support = side_support(down, &kernel);
    resize_plan plan = {.across = {.count = across->count, .taps = taps_at_most(across, &kernel)},
                        .down = {.count = down->count, .taps = taps_at_most(down, &kernel)},
                        .first_row = source_span(down, support, 0).first};
    plan.rows = source_span(down, support, down->count - 1).end - plan.first_row;
    GRAFT_TRY(reserve(scratch, lay_out(&plan, in->width, NULL)));
    lay_out(&plan, in->width, scratch->memory);
    plan.last[(size_t)in->width * 3] = 0;
    fill_weights(across, &kernel, plan.precise, &plan.across);
    fill_weights(down, &kernel, plan.precise, &plan.down);
    run_passes(in, &plan, passes, out, out_stride);
    return GRAFT_OK;
}

/* The source position of each output position; the sum is accumulated as Pillow does. */
static void nearest_positions(const resize_side *side, int *position) {
    double scale = side_scale(side), at = side->from + scale * 0.5;
    for (int i = 0; i < side->begin + side->count; i++, at += scale)
        if (i >= side->begin) position[i - side->begin] = at < side->source ? (int)at : side->source - 1;
}

static graft_status pick_nearest(const graft_image *in, const resize_side *across, const resize_side *down,
                                 unsigned char *out, size_t out_stride, graft_resize_scratch *scratch) {
    GRAFT_TRY(reserve(scratch, ((size_t)across->count + (size_t)down->count) * sizeof(int)));
    int *columns = scratch->memory, *rows = columns + across->count;
    nearest_positions(across, columns);
    nearest_positions(down, rows);
    for (int y = 0; y < down->count; y++) {
        const unsigned char *row = in->rgb + (size_t)rows[y] * (size_t)in->width * 3;
        unsigned char *to = out + (size_t)y * out_stride;
        for (int x = 0; x < across->count; x++, to += 3)
            memcpy(to, row + (size_t)columns[x] * 3, 3);
    }
    return GRAFT_OK;
}

static const graft_resize_passes *fastest_passes(void) {
    const graft_resize_passes *passes = graft_resize_implementations;
    while (!passes->supported())
        passes++;
    return passes;
}

enum { SIDE_LIMIT = 65535 }; /* of the output; as a picture's own */

graft_status graft_resize_part(const graft_image *in, const float *box, graft_filter filter, int width, int height,
                               const graft_resize_window *window, unsigned char *out, size_t out_stride,
                               graft_resize_scratch *scratch, const graft_resize_passes *passes) {
    const float whole[4] = {0, 0, (float)in->width, (float)in->height};
    if (!box) box = whole;
    resize_side across = {in->width, width, window->left, window->columns, box[0], box[2]};
    resize_side down = {in->height, height, window->top, window->rows, box[1], box[3]};
    if (filter == GRAFT_FILTER_NEAREST) return pick_nearest(in, &across, &down, out, out_stride, scratch);
    return resample(in, &across, &down, filter, out, out_stride, scratch, passes ? passes : fastest_passes());
}

graft_status graft_image_resize(const graft_image *in, const float *box, graft_filter filter, int width, int height,
                                unsigned char *out, graft_resize_scratch *scratch) {
    if (width < 1 || height < 1 || width > SIDE_LIMIT || height > SIDE_LIMIT)
        return graft_fail(GRAFT_E_USAGE, "resize to %dx%d pixels, expected sides of 1 to %d", width, height,
                          SIDE_LIMIT);
    if (box && !(box[0] >= 0 && box[1] >= 0 && box[0] < box[2] && box[1] < box[3] && box[2] <= (float)in->width &&
                 box[3] <= (float)in->height))
        return graft_fail(GRAFT_E_USAGE,
                          "resize the box %g,%g to %g,%g of a picture of %dx%d pixels, expected one inside it",
                          (double)box[0], (double)box[1], (double)box[2], (double)box[3], in->width, in->height);
    graft_resize_window window = {.columns = width, .rows = height};
    return graft_resize_part(in, box, filter, width, height, &window, out, (size_t)width * 3, scratch, NULL);
}
