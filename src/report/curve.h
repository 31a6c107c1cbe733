/* Curves over a common axis as SVG, for reports and files of their own. */
#ifndef GRAFT_SRC_REPORT_CURVE_H
#define GRAFT_SRC_REPORT_CURVE_H

#include "base/buffer.h"

typedef struct graft_curve {
    const char *name, *kind; /* text of ours; a class of page.css: "own", "other" */
    const double *y;         /* count values; NaN is a gap */
} graft_curve;

typedef struct graft_curve_chart {
    const char *label; /* what the chart shows, for those who cannot see it; text of ours */
    const double *x;
    size_t count;
    const graft_curve *curves;
    size_t curve_count;
    bool share;       /* y is a share of 1, told in percent */
    bool logarithmic; /* the x axis */
    double mark;      /* an x to draw a line at; NaN: none */
} graft_curve_chart;

/* <svg class="chart">...</svg> */
void graft_curve_svg(graft_buffer *out, const graft_curve_chart *chart);

#endif
