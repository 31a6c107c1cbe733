/* Small pictures for the report: every mistake and a few right answers of each class, within a budget. */
#ifndef GRAFT_SRC_REPORT_THUMBNAILS_H
#define GRAFT_SRC_REPORT_THUMBNAILS_H

#include <graft/model.h>

typedef struct graft_thumbnail {
    const graft_sample *sample; /* borrowed from the dataset */
    size_t index;               /* of the sample in its dataset */
    int true_class, predicted;
    float probability, true_probability; /* of the predicted and of the true class */
    unsigned char *jpeg;                 /* NULL when the picture could not be read again, or the budget is spent */
    size_t length;
    unsigned char *why; /* the picture under its Grad-CAM for the predicted class; NULL: none */
    size_t why_length;
} graft_thumbnail;

/* The most probable first. */
typedef struct graft_thumbnails {
    graft_thumbnail *item;
    size_t count;
} graft_thumbnails;

enum { GRAFT_THUMBNAIL_SIDE = 112 };

/* Chooses rows and makes their pictures on the context's workers. */
GRAFT_MUST_CHECK graft_status graft_thumbnails_make(graft_context *context, const graft_predictions *predictions,
                                                    const graft_dataset *data, graft_thumbnails *out);
/* Small pictures of the samples listed, in their order, `side` pixels at most, together at most `bytes_most`: those
 * beyond stay without. Classes and probabilities are not set. */
GRAFT_MUST_CHECK graft_status graft_thumbnails_of(graft_context *context, const graft_dataset *data,
                                                  const size_t *sample, size_t count, int side, size_t bytes_most,
                                                  graft_thumbnails *out);
void graft_thumbnails_clear(graft_thumbnails *thumbnails);

#endif
