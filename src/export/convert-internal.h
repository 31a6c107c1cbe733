/* What the files of graft_convert share. */
#ifndef GRAFT_SRC_EXPORT_CONVERT_INTERNAL_H
#define GRAFT_SRC_EXPORT_CONVERT_INTERNAL_H

#include "export/export.h"
#include <graft/model.h>

/* A file opened as what it holds: a classifier, or a network without one. */
typedef struct graft_convert_network {
    const char *format; /* static */
    graft_model *model; /* one of the two */
    graft_backbone *backbone;
    graft_graph *graph; /* whole: up to probabilities, or up to features */
    bool prepared;      /* its preprocessing is known */
    const char **classes;
    graft_export_source source; /* of all this, borrowed */
} graft_convert_network;

/* `network` is cleared by graft_convert_network_clear, also after a failure. */
GRAFT_MUST_CHECK graft_status graft_convert_network_open(graft_context *context, const char *path,
                                                         const graft_convert_options *options,
                                                         graft_convert_network *network);
void graft_convert_network_clear(graft_convert_network *network);

/* Both on the same few pseudo-random pictures. *difference: the largest absolute difference of the outputs, as a share
 * of the largest output. Errors: GRAFT_E_DATA (inputs or outputs of different sizes, values that are no numbers). */
GRAFT_MUST_CHECK graft_status graft_convert_compare(graft_context *context, const graft_graph *before,
                                                    const graft_graph *after, const graft_preprocess *preprocess,
                                                    double *difference);

#endif
