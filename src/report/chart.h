/* A chart of a report: its figures as a table, which is all that a page without a script shows, and as JSON, from which
 * charts.js draws it with Chart.js. This is the one place where charts are made; sections only hand figures over:
 *
 *   const graft_chart_series arms[] = {{.name = "frozen", .x = epochs, .y = accuracy, .count = n}, ...};
 *   graft_chart_add(&page->sheet.out, &(graft_chart){.kind = GRAFT_CHART_LINES, .title = "Accuracy by epoch",
 *       .x_name = "epoch", .y_name = "accuracy", .percent = true, .series = arms, .series_count = 2});
 *
 * Texts may come from outside: they are escaped. NaN is a gap. */
#ifndef GRAFT_SRC_REPORT_CHART_H
#define GRAFT_SRC_REPORT_CHART_H

#include "base/buffer.h"

typedef enum graft_chart_kind {
    GRAFT_CHART_LINES,  /* y over x; low and high are a band */
    GRAFT_CHART_BARS,   /* y a category, from 0, lying; low and high are whiskers */
    GRAFT_CHART_DOTS,   /* the same without a bar, on an axis that fits the values */
    GRAFT_CHART_POINTS, /* a cloud of x, y */
} graft_chart_kind;

/* A picture of a point, shown when the point is visited: JPEG bytes, borrowed; NULL: none. */
typedef struct graft_chart_picture {
    const unsigned char *jpeg;
    size_t length;
} graft_chart_picture;

typedef struct graft_chart_series {
    const char *name;
    const char *tone;                   /* "own" or "other": what the page is about, and what stands beside; NULL: the
                                           next colour of the palette */
    const double *x;                    /* lines and points */
    const double *y, *low, *high;       /* low, high: NULL, or the ends of an interval around each y */
    const char *const *note;            /* what each value is called; NULL: nothing */
    const graft_chart_picture *picture; /* one a value; NULL: none */
    size_t count;                       /* of bars and dots: the number of categories */
} graft_chart_series;

typedef struct graft_chart {
    graft_chart_kind kind;
    const char *title;           /* what the chart shows: heading, and the name for those who cannot see it */
    const char *x_name, *y_name; /* of bars and dots y_name alone: the values' */
    const char *const *category; /* bars and dots: names, from top to bottom */
    size_t category_count;
    const graft_chart_series *series;
    size_t series_count;
    bool percent;           /* y are shares of 1, told in percent */
    bool percent_x;         /* so are x */
    bool logarithmic;       /* the x axis */
    bool diagonal;          /* the line y = x, for comparison */
    const double *mark;     /* an x to draw a line at; NULL: none */
    double lowest, highest; /* of the y axis; both 0: what fits */
    size_t marked;          /* 1 + the category that stands out; 0: none */
    size_t table_rows;      /* of the table at most; 0: 400 */
} graft_chart;

/* <figure class="plot">...</figure>; nothing without series. */
void graft_chart_add(graft_buffer *out, const graft_chart *chart);

#endif
