/* A network as data for those who show it: what `graft summary --json` prints and `graft plot` draws. */
#ifndef GRAFT_SRC_TRANSFER_DESCRIBE_H
#define GRAFT_SRC_TRANSFER_DESCRIBE_H

#include "nn/graph.h"
#include "json/json.h"
#include <graft/model.h>
#include <graft/precision.h>

typedef struct graft_description {
    graft_graph *graph;
    graft_model *model; /* without its graph; NULL: not a trained model */
    char *name;
} graft_description;

/* `path` and `arch` (or NULL) as graft_summary takes them. */
GRAFT_MUST_CHECK graft_status graft_description_open(graft_context *context, const char *path, const char *arch,
                                                     graft_description *out);
void graft_description_clear(graft_description *description);

/* What of it computes on integers. */
void graft_description_precision(const graft_description *description, graft_precision_result *out);

/* {"name":..,"parameters":..,"trainable":..,"multiply_adds":..,"activations":..,"input":[C,H,W],"layers":[{"name":..,
 * "op":..,"output":[..],"parameters":..,"multiply_adds":..,"inputs":[names],"attributes":{..},"stage":n},...]}; of a
 * trained model also "classes" (a count), "cut":{"layer":..,"pool":..,"width":..}, "head", and "learned":{"from":..,
 * "boundary":..} or null: which layers its training changed. "stage" counts the reductions of the resolution. */
GRAFT_MUST_CHECK graft_status graft_description_json(const graft_description *description, graft_json **out);

/* Both at once, for those who need nothing else. */
GRAFT_MUST_CHECK graft_status graft_describe(graft_context *context, const char *path, const char *arch,
                                             graft_json **out);

#endif
