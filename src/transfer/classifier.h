/* A model or a backbone as one graph, for what leaves graft. */
#ifndef GRAFT_SRC_TRANSFER_CLASSIFIER_H
#define GRAFT_SRC_TRANSFER_CLASSIFIER_H

#include "nn/graph.h"
#include <graft/model.h>

/* The network up to the cut, pooling, the head's scaling folded into its dense layer, softmax: its output is what
 * graft_model_predict gives, rounding apart. The new graph shares no memory. Errors: GRAFT_E_USAGE (a head that is no
 * network, such as knn). */
GRAFT_MUST_CHECK graft_status graft_model_graph(const graft_model *model, graft_graph **out);
/* The backbone's graph, borrowed. */
const graft_graph *graft_backbone_graph(const graft_backbone *backbone);

#endif
