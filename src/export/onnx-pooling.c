/* Windows over maps: pooling, padding, enlarging. */
#include "export/onnx-builder.h"

#include "base/error.h"

#include <float.h>
#include <string.h>

static graft_status pool(graft_to_onnx_builder *self, const char *op, graft_json *attributes) {
    const graft_pool_attributes *a = self->node->attributes;
    const char *value = graft_to_onnx_input(self, 0);
    int64_t padding[4];
    graft_pool_padding(self->node, graft_to_onnx_input_shape(self, 0), padding);
    graft_json_set(attributes, "kernel_shape", graft_to_onnx_list(a->size, 2));
    graft_json_set(attributes, "strides", graft_to_onnx_list(a->strides, 2));
    graft_json_set(attributes, "pads", graft_to_onnx_pads(padding));
    GRAFT_TRY(graft_to_onnx_then(self, op, attributes, &value));
    return graft_to_onnx_give(self, value);
}

graft_status graft_to_onnx_maxpool2d(graft_to_onnx_builder *self) {
    return pool(self, "MaxPool", graft_to_onnx_int("ceil_mode", 0));
}

graft_status graft_to_onnx_avgpool2d(graft_to_onnx_builder *self) {
    const graft_pool_attributes *a = self->node->attributes;
    return pool(self, "AveragePool", graft_to_onnx_int("count_include_pad", a->count_padding));
}

static graft_status global(graft_to_onnx_builder *self, const char *op) {
    const graft_global_pool_attributes *a = self->node->attributes;
    const char *value = graft_to_onnx_input(self, 0);
    GRAFT_TRY(graft_to_onnx_then(self, op, NULL, &value));
    if (!a->keepdims) GRAFT_TRY(graft_to_onnx_then(self, "Flatten", NULL, &value));
    return graft_to_onnx_give(self, value);
}

graft_status graft_to_onnx_global_avgpool(graft_to_onnx_builder *self) {
    return global(self, "GlobalAveragePool");
}

graft_status graft_to_onnx_global_maxpool(graft_to_onnx_builder *self) {
    return global(self, "GlobalMaxPool");
}

/* The largest of a window is taken next. */
static bool feeds_maximum(const graft_to_onnx_builder *self) {
    for (int i = self->index + 1; i < graft_graph_count(self->graph); i++) {
        const graft_node *reader = graft_graph_node(self->graph, i);
        for (int k = 0; k < reader->input_count; k++)
            if (reader->inputs[k] == self->index && strcmp(reader->op->name, "maxpool2d") == 0) return true;
    }
    return false;
}

/* Nothing in the input is below 0, as far as the layer that made it tells. */
static bool is_never_negative(const graft_node *node) {
    const graft_activation_attributes *a = node->attributes;
    if (strcmp(node->op->name, "activation") != 0) return false;
    return (a->kind == GRAFT_ACT_RELU && a->alpha == 0 && a->threshold >= 0) || a->kind == GRAFT_ACT_RELU6 ||
           a->kind == GRAFT_ACT_SIGMOID;
}

/* Optimizers merge a padding with zeros into the MaxPool behind it, whose own padding is below everything
 * (onnxruntime's PadFusion, onnxoptimizer's fuse_pad_into_pool). That is wrong where all of a window is negative, so
 * that such a padding is made with the smallest normal number instead. */
graft_status graft_to_onnx_zeropad2d(graft_to_onnx_builder *self) {
    const graft_pad_attributes *a = self->node->attributes;
    const int64_t pads[8] = {0, 0, a->padding[0], a->padding[2], 0, 0, a->padding[1], a->padding[3]};
    const char *value = graft_to_onnx_input(self, 0), *cells, *zero = NULL;
    GRAFT_TRY(graft_to_onnx_ints(self, "pads", pads, 8, &cells));
    if (feeds_maximum(self) && !is_never_negative(graft_graph_node(self->graph, self->node->inputs[0])))
        GRAFT_TRY(graft_to_onnx_scalar(self, FLT_MIN, &zero));
    GRAFT_TRY(graft_to_onnx_emit(self, "Pad", (const char *const[]){value, cells, zero, NULL}, NULL, &value));
    return graft_to_onnx_give(self, value);
}

graft_status graft_to_onnx_upsample2d(graft_to_onnx_builder *self) {
    const graft_upsample_attributes *a = self->node->attributes;
    const float factors[4] = {1, 1, (float)a->size[0], (float)a->size[1]};
    const graft_shape shape = GRAFT_SHAPE(4);
    const char *scales, *value;
    GRAFT_TRY(graft_to_onnx_floats(self, "scales", factors, &shape, &scales));
    graft_json *attributes = graft_json_new_object();
    graft_json_set_text(attributes, "mode", a->interpolation ? "linear" : "nearest");
    graft_json_set_text(attributes, "coordinate_transformation_mode", a->interpolation ? "half_pixel" : "asymmetric");
    if (!a->interpolation) graft_json_set_text(attributes, "nearest_mode", "floor");
    GRAFT_TRY(graft_to_onnx_emit(self, "Resize", (const char *const[]){graft_to_onnx_input(self, 0), "", scales, NULL},
                                 attributes, &value));
    return graft_to_onnx_give(self, value);
}
