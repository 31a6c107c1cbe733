/* Integers in backbones, runs and models. */
#ifndef GRAFT_SRC_TRANSFER_PRECISION_H
#define GRAFT_SRC_TRANSFER_PRECISION_H

#include "nn/quantize.h"
#include "transfer/model-internal.h"
#include <graft/precision.h>

/* Figures of what `graph` computes on integers; agreement NaN. */
void graft_precision_of(const graft_graph *graph, graft_precision_result *out);
/* {"precision":"int8","int8_layers":..,"layers":..,...}, without what a plan needs; null: all on floats. */
graft_json *graft_precision_json(const graft_precision_result *result);
/* "53 of 53 layers on 8-bit integers, ...". Release with graft_release; NULL without memory. */
char *graft_precision_text(const graft_precision_result *result);

/* The model's calibration as it goes into a file; null: none. */
GRAFT_MUST_CHECK graft_status graft_model_precision_to_json(const graft_model *model, graft_json **out);
GRAFT_MUST_CHECK graft_status graft_model_precision_from_json(graft_model *model, const graft_json *json);

#endif
