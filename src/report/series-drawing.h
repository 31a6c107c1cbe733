/* Small drawings of series as inline SVG, and which series are worth one. */
#ifndef GRAFT_SRC_REPORT_SERIES_DRAWING_H
#define GRAFT_SRC_REPORT_SERIES_DRAWING_H

#include "base/buffer.h"
#include "data/series.h"
#include <graft/model.h>

enum { GRAFT_DRAWING_CHANNELS = 8 }; /* more are not drawn */

/* <svg class="drawing">...</svg>. Steps stand at the same place in all drawings of one `longest`, so that a short
 * series ends early. A long one is thinned: each column keeps its least and its greatest number. Missing numbers are
 * gaps. `range`: the least and the greatest number of the height; NULL: each channel's own. `label` says what is drawn;
 * it may come from outside. */
void graft_series_drawing(graft_buffer *out, const graft_series *series, size_t channels, size_t longest,
                          const double *range, bool missed, const char *label);
/* The least and the greatest number of a series' channel; NaN where it has none. *missing counts the gaps. */
void graft_series_range(const graft_series *series, size_t channel, double range[2], size_t *missing);

typedef enum graft_drawing_kind { GRAFT_DRAWING_MISTAKE, GRAFT_DRAWING_UNSURE, GRAFT_DRAWING_RIGHT } graft_drawing_kind;
typedef struct graft_drawing_choice {
    size_t row; /* of the predictions */
    int label, predicted;
    double probability; /* of the predicted class */
    graft_drawing_kind kind;
} graft_drawing_choice;
enum { GRAFT_DRAWINGS_MOST = 60 };
/* Mistakes first, the most confident of every cell of the matrix before the second ones; then the right answers that
 * are the least sure; then the surest ones of each class in turn. Rows without a label are left out. */
GRAFT_MUST_CHECK graft_status graft_drawings_choose(const graft_predictions *predictions,
                                                    graft_drawing_choice out[GRAFT_DRAWINGS_MOST], size_t *count);

#endif
