/* Features of samples at one or several cuts: computed by the context's workers in one pass, kept in the boundary
 * cache, read back row by row, so that memory does not grow with the data. */
#ifndef GRAFT_SRC_TRANSFER_FEATURES_H
#define GRAFT_SRC_TRANSFER_FEATURES_H

#include "transfer/cuts.h"
#include "transfer/picture.h"
#include "transfer/single.h"

typedef struct graft_features graft_features;

enum { GRAFT_FEATURES_CUTS = 2 * GRAFT_CUT_LIMIT }; /* that one pass can serve */

typedef struct graft_features_result {
    size_t computed, cached; /* views; identical contents are computed once and count as cached after that */
    double seconds, waiting_share;
} graft_features_result;

/* Opens the stores of `cuts`. `graph`, `spec` and `views` are borrowed; views NULL: the plain pictures alone. At most
 * GRAFT_FEATURES_CUTS cuts. Plain pictures lie in a store of their own, whatever the augmentation is. */
GRAFT_MUST_CHECK graft_status graft_features_open(graft_context *context, const graft_graph *graph,
                                                  const graft_preprocess *spec, const graft_cut *cuts, size_t cut_count,
                                                  const graft_views *views, graft_features **out);
void graft_features_close(graft_features *features);

/* Computes single pictures, where there is one cut, with `single` (borrowed; up to that cut) instead of a plan made for
 * them. */
void graft_features_lend(graft_features *features, const graft_single *single);

/* Makes sure that the features of views 0..views-1 of data's samples `sample[0..count-1]` are there. Errors:
 * GRAFT_E_DATA (a file changed since its check), GRAFT_E_CANCELLED: what was computed stays in the cache. */
GRAFT_MUST_CHECK graft_status graft_features_compute(graft_features *features, const graft_dataset *data,
                                                     const size_t *sample, size_t count, uint32_t views,
                                                     graft_features_result *result);

size_t graft_features_width(const graft_features *features, size_t cut);
/* Rows of one cut, `width` floats each, in the order of `sample`. */
GRAFT_MUST_CHECK graft_status graft_features_read(const graft_features *features, size_t cut, const graft_dataset *data,
                                                  const size_t *sample, size_t count, float *rows);
/* One row of a view. `record` is the caller's room for graft_features_record_bytes(), aligned as graft_allocate's is:
 * several threads may read at once, each with a room of its own, and nothing is allocated. */
GRAFT_MUST_CHECK graft_status graft_features_read_view(const graft_features *features, size_t cut,
                                                       const graft_dataset *data, size_t sample, uint32_t view,
                                                       void *record, float *row);
/* The room that reading a row of any of the cuts takes. */
size_t graft_features_record_bytes(const graft_features *features);
/* The same as the source of graft_rows: rows that need not be in memory. */
typedef struct graft_feature_rows {
    const graft_features *features;
    size_t cut;
    const graft_dataset *data;
    const size_t *sample;
} graft_feature_rows;
GRAFT_MUST_CHECK graft_status graft_feature_rows_read(void *source, size_t first, size_t count, float *out);

/* Room for `count` rows of any of the cuts; release with graft_release. Errors: GRAFT_E_USAGE when it would not fit
 * into half of the context's memory limit. */
GRAFT_MUST_CHECK graft_status graft_features_room(const graft_features *features, size_t count, float **out);

#endif
