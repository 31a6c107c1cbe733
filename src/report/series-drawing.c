#include "report/series-drawing.h"

#include "base/alloc.h"
#include "base/error.h"
#include "report/html.h"
#include "stats/metrics.h"

#include <math.h>
#include <stdlib.h>

/* Of the drawing, which is stretched to its place; a column is a unit wide. */
enum { WIDTH = 200, HEIGHT = 80, MARGIN = 4 };

/* ---- lines ---- */

typedef struct pen {
    graft_buffer *out;
    size_t longest;
    double low, high;
    bool down, alone; /* alone: the line has but one point */
} pen;

static void lift(pen *self) {
    /* A line without length is a dot. */
    if (self->down && self->alone) graft_buffer_text(self->out, "h0");
    self->down = false;
}

static void go(pen *self, const float *values, size_t step) {
    const double last = self->longest > 1 ? (double)(self->longest - 1) : 1, span = self->high - self->low;
    const double x = MARGIN + (WIDTH - 2 * MARGIN) * (double)step / last;
    const double share = span > 0 ? ((double)values[step] - self->low) / span : 0.5;
    const double y = HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * fmin(1, fmax(0, share));
    graft_buffer_format(self->out, "%c%.1f %.1f", self->down ? 'L' : 'M', x, y);
    self->alone = !self->down;
    self->down = true;
}

/* The least and the greatest number of some steps; false: all are missing. *gap: some are. */
static bool extremes(const float *values, size_t begin, size_t end, size_t *low, size_t *high, bool *gap) {
    bool found = false;
    *gap = false;
    for (size_t i = begin; i < end; i++) {
        if (isnan(values[i])) {
            *gap = true;
            continue;
        }
        if (!found || values[i] < values[*low]) *low = i;
        if (!found || values[i] > values[*high]) *high = i;
        found = true;
    }
    return found;
}

static void add_line(pen *self, const float *values, size_t length) {
    const double share = (double)length / (double)self->longest;
    size_t columns = (size_t)ceil(share * WIDTH);
    if (columns > length) columns = length;
    for (size_t k = 0; k < columns; k++) {
        const size_t begin = k * length / columns, end = (k + 1) * length / columns;
        size_t low = begin, high = begin;
        bool gap;
        const bool any = extremes(values, begin, end, &low, &high, &gap);
        if (gap) lift(self);
        if (any) go(self, values, low < high ? low : high);
        if (any && low != high) go(self, values, low < high ? high : low);
        if (gap) lift(self);
    }
    lift(self);
}

void graft_series_range(const graft_series *series, size_t channel, double range[2], size_t *missing) {
    const float *values = series->values + channel * series->length;
    range[0] = range[1] = (double)NAN;
    for (size_t i = 0; i < series->length; i++) {
        *missing += isnan(values[i]);
        range[0] = fmin(range[0], (double)values[i]);
        range[1] = fmax(range[1], (double)values[i]);
    }
}

void graft_series_drawing(graft_buffer *out, const graft_series *series, size_t channels, size_t longest,
                          const double *range, bool missed, const char *label) {
    graft_buffer_format(out,
                        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"drawing%s\" viewBox=\"0 0 %d %d\" "
                        "preserveAspectRatio=\"none\" role=\"img\" aria-label=\"",
                        missed && channels == 1 ? " missed" : "", WIDTH, HEIGHT);
    graft_html_text(out, label);
    graft_buffer_text(out, "\">");
    for (size_t c = 0; c < channels && c < GRAFT_DRAWING_CHANNELS; c++) {
        double own[2];
        size_t missing = 0;
        graft_series_range(series, c, own, &missing);
        const double *scale = range ? range : own;
        pen line = {.out = out, .longest = longest, .low = scale[0], .high = scale[1]};
        if (channels > 1)
            graft_buffer_format(out, "<path class=\"c%zu\" d=\"", c);
        else
            graft_buffer_text(out, "<path d=\"");
        add_line(&line, series->values + c * series->length, series->length);
        graft_buffer_text(out, "\"/>");
    }
    graft_buffer_text(out, "</svg>");
}

/* ---- which ones ---- */

enum { MISTAKES = 36, UNSURE = 9 };

typedef struct candidate {
    graft_drawing_choice choice;
    size_t cell, rank; /* rank: within the cell of the matrix */
} candidate;

static int by_row(const candidate *a, const candidate *b) {
    return a->choice.row < b->choice.row ? -1 : a->choice.row > b->choice.row;
}

/* The surest first. */
static int by_probability(const candidate *a, const candidate *b) {
    if (a->choice.probability != b->choice.probability) return a->choice.probability > b->choice.probability ? -1 : 1;
    return by_row(a, b);
}

static int by_cell(const void *left, const void *right) {
    const candidate *a = left, *b = right;
    if (a->cell != b->cell) return a->cell < b->cell ? -1 : 1;
    return by_probability(a, b);
}

static int by_kind(const void *left, const void *right) {
    const candidate *a = left, *b = right;
    if (a->choice.kind != b->choice.kind) return a->choice.kind < b->choice.kind ? -1 : 1;
    if (a->choice.kind == GRAFT_DRAWING_UNSURE) return -by_probability(a, b);
    if (a->rank != b->rank) return a->rank < b->rank ? -1 : 1;
    if (a->choice.kind == GRAFT_DRAWING_MISTAKE) return by_probability(a, b);
    return by_cell(a, b);
}

static int least_sure(const void *left, const void *right) {
    const candidate *a = left, *b = right;
    if (a->choice.kind != b->choice.kind) return a->choice.kind < b->choice.kind ? -1 : 1;
    return -by_probability(a, b);
}

static size_t gather(const graft_predictions *predictions, candidate *out) {
    const size_t classes = graft_predictions_class_count(predictions);
    size_t count = 0;
    for (size_t row = 0; row < graft_predictions_count(predictions); row++) {
        const float *probability = graft_predictions_row(predictions, row);
        const int label = graft_predictions_label(predictions, row), best = graft_argmax(probability, (int)classes);
        if (label < 0 || best < 0) continue;
        out[count++] = (candidate){
            .choice = {row, label, best, (double)probability[best],
                       label == best ? GRAFT_DRAWING_RIGHT : GRAFT_DRAWING_MISTAKE},
            .cell = (size_t)label * classes + (size_t)best,
        };
    }
    return count;
}

/* The first of the right ones in that order become the unsure ones; the others get their ranks. */
static void divide(candidate *list, size_t count) {
    size_t right = 0;
    qsort(list, count, sizeof *list, least_sure);
    while (right < count && list[right].choice.kind != GRAFT_DRAWING_RIGHT)
        right++;
    for (size_t i = right; i < count && i < right + UNSURE; i++)
        list[i].choice.kind = GRAFT_DRAWING_UNSURE;
    qsort(list, count, sizeof *list, by_cell);
    for (size_t i = 1; i < count; i++)
        if (list[i].cell == list[i - 1].cell) list[i].rank = list[i - 1].rank + 1;
    qsort(list, count, sizeof *list, by_kind);
}

graft_status graft_drawings_choose(const graft_predictions *predictions, graft_drawing_choice out[GRAFT_DRAWINGS_MOST],
                                   size_t *count) {
    candidate *list = graft_allocate(graft_predictions_count(predictions), sizeof *list);
    *count = 0;
    if (!list) return graft_fail_memory("drawings");
    const size_t found = gather(predictions, list);
    size_t mistakes = 0;
    divide(list, found);
    for (size_t i = 0; i < found && *count < GRAFT_DRAWINGS_MOST; i++) {
        if (list[i].choice.kind == GRAFT_DRAWING_MISTAKE && mistakes++ >= MISTAKES) continue;
        out[(*count)++] = list[i].choice;
    }
    graft_release(list);
    return GRAFT_OK;
}
