/* A network becoming ONNX's operators (onnx.ai/onnx/operators, operator set 13). A layer of ours is one row of
 * onnx-layers.def and one function, which emits the operators that compute it and says which value they put out. */
#ifndef GRAFT_SRC_EXPORT_ONNX_BUILDER_H
#define GRAFT_SRC_EXPORT_ONNX_BUILDER_H

#include "base/strmap.h"
#include "export/export.h"
#include "nn/op.h"

#define GRAFT_ONNX_OPSET 13
#define GRAFT_ONNX_IR 7

typedef struct graft_to_onnx_builder {
    const graft_graph *graph;
    graft_json *nodes;   /* as formats/onnx.h lays them out */
    const char **values; /* a node of the graph: the name of what it puts out; NULL: not yet */
    graft_strmap *taken; /* names in use, and the places of texts */
    char **texts;        /* owned names */
    size_t text_count, text_capacity;
    const char **tensor_names;
    const graft_tensor **tensors;
    graft_tensor **owned; /* the same where we made it, else NULL */
    size_t tensor_count, tensor_capacity, name_capacity, owned_capacity;
    const graft_node *node;                  /* whose operators are being emitted; NULL: the preprocessing's */
    int index;                               /* of that node */
    const graft_node *first;                 /* the convolution that the preprocessing went into; NULL: none */
    graft_tensor *first_kernel, *first_bias; /* what it uses instead of its own; owned */
} graft_to_onnx_builder;

typedef graft_status (*graft_to_onnx_layer)(graft_to_onnx_builder *builder);

#define GRAFT_TO_ONNX(op, function) graft_status function(graft_to_onnx_builder *builder);
#include "export/onnx-layers.def"
#undef GRAFT_TO_ONNX

GRAFT_MUST_CHECK graft_status graft_to_onnx_begin(graft_to_onnx_builder *builder, const graft_graph *graph);
void graft_to_onnx_clear(graft_to_onnx_builder *builder);

/* The node's k-th input: the value's name, and its shape without the batch. */
const char *graft_to_onnx_input(const graft_to_onnx_builder *builder, int k);
const graft_shape *graft_to_onnx_input_shape(const graft_to_onnx_builder *builder, int k);

/* Emits an operator; "" in `inputs` is an input left out, NULL ends them. `attributes` may be NULL and is taken over,
 * also on failure. *value gets the name of what it puts out. */
GRAFT_MUST_CHECK graft_status graft_to_onnx_emit(graft_to_onnx_builder *builder, const char *op,
                                                 const char *const *inputs, graft_json *attributes, const char **value);
/* The same with one input that the last operator put out: *value goes in and comes out. */
GRAFT_MUST_CHECK graft_status graft_to_onnx_then(graft_to_onnx_builder *builder, const char *op, graft_json *attributes,
                                                 const char **value);
/* value = op(value, other). */
GRAFT_MUST_CHECK graft_status graft_to_onnx_with(graft_to_onnx_builder *builder, const char *op, const char *other,
                                                 const char **value);
/* Says what the node puts out. */
graft_status graft_to_onnx_give(graft_to_onnx_builder *builder, const char *value);

/* Constants. The parameter called `name`, or NULL when the layer has none; its shape spread over a map's channels where
 * `spread` and the layer's output is a map (C,1,1). */
GRAFT_MUST_CHECK graft_status graft_to_onnx_param(graft_to_onnx_builder *builder, const char *name, bool spread,
                                                  const char **value);
/* `tensor` under the name NODE/what; taken over, also on failure. */
GRAFT_MUST_CHECK graft_status graft_to_onnx_own(graft_to_onnx_builder *builder, const char *what, graft_tensor *tensor,
                                                const char **value);
GRAFT_MUST_CHECK graft_status graft_to_onnx_floats(graft_to_onnx_builder *builder, const char *what,
                                                   const float *numbers, const graft_shape *shape, const char **value);
GRAFT_MUST_CHECK graft_status graft_to_onnx_ints(graft_to_onnx_builder *builder, const char *what,
                                                 const int64_t *numbers, int64_t count, const char **value);
/* One number, shared by all that need it. */
GRAFT_MUST_CHECK graft_status graft_to_onnx_scalar(graft_to_onnx_builder *builder, double number, const char **value);

/* Attributes, NULL without memory: a list, */
graft_json *graft_to_onnx_list(const int64_t *numbers, int count);
/* and {name: number} or {name: [numbers]}, to which more may be set. */
graft_json *graft_to_onnx_int(const char *name, int64_t number);
graft_json *graft_to_onnx_real(const char *name, double number);
graft_json *graft_to_onnx_list_of(const char *name, const int64_t *numbers, int count);
/* ONNX counts padding as top, left, bottom, right. */
graft_json *graft_to_onnx_pads(const int64_t padding[4]);

/* The input of the graph is pixels 0..255, RGB; what the network takes is made of them, inside its first convolution
 * where that is exact. */
GRAFT_MUST_CHECK graft_status graft_to_onnx_preprocess(graft_to_onnx_builder *builder, const graft_preprocess *spec,
                                                       const bool *needed);
/* Kernel and bias of builder->first. */
GRAFT_MUST_CHECK graft_status graft_to_onnx_first(graft_to_onnx_builder *builder, const char **kernel,
                                                  const char **bias);

#endif
