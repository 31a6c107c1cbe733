/* Weights alone into an architecture of the table, by the names of zoo/names.h: Keras' weights files (.h5,
 * .weights.h5), .npz, safetensors, PyTorch's state_dicts. */
#ifndef GRAFT_SRC_ZOO_LOAD_H
#define GRAFT_SRC_ZOO_LOAD_H

#include "import/import.h"
#include "zoo/arch.h"

/* Loads the file into `graph`, which graft_arch_build made of `arch`: by name, else, for Keras' files, by order among
 * layers of equal shapes, all of them. A classifier that differs in shape, or is in one of both alone, is left out:
 * its parameters stay unset and are missing in the report. `report` may be NULL.
 * Errors: GRAFT_E_DATA: a weight before the classifier that is missing or has another shape; the text names the
 * network whose file it is, when the table has it. */
GRAFT_MUST_CHECK graft_status graft_weights_load(graft_context *context, graft_container *container, const char *arch,
                                                 graft_graph *graph, graft_load_report *report);

typedef struct graft_weights_options {
    const char *arch; /* NULL: found out from names and shapes */
    bool any_classes; /* keep a classifier of another number of classes than the published one */
} graft_weights_options;

/* Where weights went. Texts are static, or those of the options. */
typedef struct graft_weights_origin {
    const char *arch;
    const graft_arch *row; /* NULL: a network's own text */
    const char *dialect;   /* "keras", "torch", "graft" */
    const char *how;       /* "by name", "by order" */
    double multiplier;     /* of the channels */
    int64_t classes;       /* of the file's classifier; 0: it has none */
    bool head_left_out;    /* the file has a classifier that the graph has not */
} graft_weights_origin;

/* Builds the architecture for a file and loads it. Without `arch` the network of the table that needs every tensor
 * before the classifier, and leaves fewest, is taken. The width multiplier follows from shapes.
 * Errors: GRAFT_E_USAGE: no such `arch`; several fit (listed); GRAFT_E_DATA: none fits, and as for graft_weights_load.
 */
GRAFT_MUST_CHECK graft_status graft_weights_open(graft_context *context, graft_container *container,
                                                 const graft_weights_options *options, graft_graph **out,
                                                 graft_weights_origin *origin, graft_load_report *report);

#endif
