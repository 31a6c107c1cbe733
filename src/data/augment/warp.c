#include "data/augment/warp.h"

#include "base/alloc.h"
#include "base/error.h"
#include "data/resize-internal.h"

#include <math.h>
#include <string.h>

enum { FRACTION_BITS = 11 }; /* of a weight: two of them and a sample fit 32 bits */

/* The position that a sample outside of 0..size-1 stands for; -1: none, it has the border's colour. */
static int64_t fold(int64_t position, int64_t size, graft_fill fill) {
    if (position >= 0 && position < size) return position;
    if (fill == GRAFT_FILL_CONSTANT) return -1;
    if (fill == GRAFT_FILL_EDGE) return position < 0 ? 0 : size - 1;
    position %= 2 * size;
    if (position < 0) position += 2 * size;
    return position < size ? position : 2 * size - 1 - position;
}

static const unsigned char *sample_at(const graft_image *in, const graft_border *border, int64_t x, int64_t y) {
    x = fold(x, in->width, border->fill);
    y = fold(y, in->height, border->fill);
    return x < 0 || y < 0 ? border->colour : in->rgb + ((size_t)y * (size_t)in->width + (size_t)x) * 3;
}

static uint32_t share(double fraction) {
    return (uint32_t)(int)(fraction * (1 << FRACTION_BITS));
}

/* A position between two samples: the first, and the second's share. */
typedef struct between {
    int64_t first;
    uint32_t second;
} between;

static between split(double position) {
    const double far = 1e12; /* keeps what lies beyond any picture inside an integer */
    position = position < -far ? -far : position > far ? far : position;
    double first = floor(position);
    return (between){(int64_t)first, share(position - first)};
}

static void blend(const unsigned char *const corner[4], uint32_t right, uint32_t down, unsigned char *out) {
    const uint32_t one = 1 << FRACTION_BITS, half = 1u << (2 * FRACTION_BITS - 1);
    for (int c = 0; c < 3; c++) {
        uint32_t above = corner[0][c] * (one - right) + corner[1][c] * right;
        uint32_t below = corner[2][c] * (one - right) + corner[3][c] * right;
        out[c] = (unsigned char)((above * (one - down) + below * down + half) >> (2 * FRACTION_BITS));
    }
}

static void sample_outside(const graft_image *in, const graft_border *border, between x, between y,
                           unsigned char *out) {
    const unsigned char *corner[4] = {
        sample_at(in, border, x.first, y.first), sample_at(in, border, x.first + 1, y.first),
        sample_at(in, border, x.first, y.first + 1), sample_at(in, border, x.first + 1, y.first + 1)};
    blend(corner, x.second, y.second, out);
}

void graft_warp_bilinear(const graft_image *in, const graft_affine *map, const graft_border *border, int width,
                         int height, unsigned char *out) {
    const double *m = map->m;
    size_t stride = (size_t)in->width * 3;
    for (int row = 0; row < height; row++) {
        double from_x, from_y;
        graft_affine_apply(map, 0.5, row + 0.5, &from_x, &from_y);
        for (int column = 0; column < width; column++, out += 3) {
            double x = from_x + column * m[0] - 0.5, y = from_y + column * m[3] - 0.5;
            if (!(x >= 0 && y >= 0 && x < in->width - 1 && y < in->height - 1)) {
                sample_outside(in, border, split(x), split(y), out);
                continue;
            }
            int first_x = (int)x, first_y = (int)y;
            const unsigned char *at = in->rgb + (size_t)first_y * stride + (size_t)first_x * 3;
            const unsigned char *corner[4] = {at, at + 3, at + stride, at + stride + 3};
            blend(corner, share(x - first_x), share(y - first_y), out);
        }
    }
}

/* One side of the picture: `size` pixels, of which first..end are needed, as `samples`. */
typedef struct warp_side {
    int size, first, end, samples;
} warp_side;

/* Two triangles of 1/sqrt(2), one of the resize and one of the bilinear sampling, have together the variance of the
 * triangle that a plain resize weighs with: views are neither sharper nor softer than plain pictures. */
static const double density = 1.4142135623730951;

/* `row`: the map's row for this side. */
static warp_side look_at(const double *row, int size, int width, int height) {
    double low = INFINITY, high = -INFINITY, step = hypot(row[0], row[1]);
    for (int corner = 0; corner < 4; corner++) {
        double at = row[0] * (corner & 1 ? width : 0) + row[1] * (corner & 2 ? height : 0) + row[2];
        low = fmin(low, at);
        high = fmax(high, at);
    }
    double margin = 2 + step;
    warp_side side = {.size = size, .end = size};
    if (low >= 0 && high <= size) { /* beyond a border anything may be reflected */
        side.first = (int)fmax(0, floor(low - margin));
        side.end = (int)fmin(size, ceil(high + margin));
    }
    int length = side.end - side.first;
    side.samples = step > density ? (int)ceil(length * (density / step)) : length;
    return side;
}

/* The map into the resized part. */
static graft_affine into_part(const graft_affine *map, const warp_side *across, const warp_side *down) {
    double x = (double)across->samples / (across->end - across->first);
    double y = (double)down->samples / (down->end - down->first);
    graft_affine part = {{x, 0, -across->first * x, 0, y, -down->first * y}};
    return graft_affine_compose(&part, map);
}

graft_status graft_warp(const graft_image *in, const graft_affine *map, const graft_border *border, graft_filter filter,
                        int width, int height, unsigned char *out, graft_resize_scratch *scratch) {
    warp_side across = look_at(map->m, in->width, width, height);
    warp_side down = look_at(map->m + 3, in->height, width, height);
    if (across.samples == across.end - across.first && down.samples == down.end - down.first) {
        graft_warp_bilinear(in, map, border, width, height, out);
        return GRAFT_OK;
    }
    graft_image part = {.width = across.samples, .height = down.samples};
    part.rgb = graft_allocate((size_t)part.width * (size_t)part.height, 3);
    if (!part.rgb) return graft_fail_memory("a view of a picture");
    const float box[4] = {(float)across.first, (float)down.first, (float)across.end, (float)down.end};
    graft_status status = graft_image_resize(in, box, filter, part.width, part.height, part.rgb, scratch);
    graft_affine inside = into_part(map, &across, &down);
    if (status == GRAFT_OK) graft_warp_bilinear(&part, &inside, border, width, height, out);
    graft_release(part.rgb);
    return status;
}
