/* The two passes of the resampler. Every implementation gives the same bytes. */
#ifndef GRAFT_SRC_DATA_RESIZE_INTERNAL_H
#define GRAFT_SRC_DATA_RESIZE_INTERNAL_H

#include "data/image.h"

enum { GRAFT_RESIZE_BITS = 22 }; /* fraction bits of a weight: 32 less 8 of the sample less 2 for overshoot */

/* The weights of consecutive output positions along one side. */
typedef struct graft_axis {
    int count;       /* output positions */
    int taps;        /* weights stored for each; those beyond `length` are unused */
    int *first;      /* first source position of each */
    int *length;     /* source positions of each */
    int32_t *weight; /* count * taps, in 1 / 2^22 */
} graft_axis;

typedef struct graft_resize_passes {
    const char *name;
    bool (*supported)(void); /* by this processor */
    /* One source row into axis->count pixels. Reads one byte after the row's last pixel and writes one after the
     * last output pixel. */
    void (*row)(const unsigned char *in, const graft_axis *axis, unsigned char *out);
    /* `bytes` columns of `taps` consecutive rows, `stride` apart, into one row. */
    void (*column)(const unsigned char *in, size_t stride, const int32_t *weight, int taps, size_t bytes,
                   unsigned char *out);
} graft_resize_passes;

/* From the fastest to the portable one, which every processor supports. */
extern const graft_resize_passes graft_resize_implementations[];
extern const size_t graft_resize_implementation_count;

/* A part of the resized picture: pixels left..left+columns-1 of rows top..top+rows-1. */
typedef struct graft_resize_window {
    int left, top, columns, rows;
} graft_resize_window;

/* graft_image_resize, giving only a window of the width x height result. out_stride: bytes from row to row of
 * `out`. passes: NULL: the fastest supported. */
GRAFT_MUST_CHECK graft_status graft_resize_part(const graft_image *in, const float *box, graft_filter filter, int width,
                                                int height, const graft_resize_window *window, unsigned char *out,
                                                size_t out_stride, graft_resize_scratch *scratch,
                                                const graft_resize_passes *passes);

#endif
