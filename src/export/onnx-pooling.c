/* Windows over maps: pooling, padding, enlarging. */
#include "export/onnx-builder.h"

#include "base/error.h"

static graft_status pool(graft_onnx_builder *self, const char *op, graft_json *attributes) {
    const graft_pool_attributes *a = self->node->attributes;
    const char *value = graft_onnx_input(self, 0);
    int64_t padding[4];
    graft_pool_padding(self->node, graft_onnx_input_shape(self, 0), padding);
    graft_json_set(attributes, "kernel_shape", graft_onnx_list(a->size, 2));
    graft_json_set(attributes, "strides", graft_onnx_list(a->strides, 2));
    graft_json_set(attributes, "pads", graft_onnx_pads(padding));
    GRAFT_TRY(graft_onnx_then(self, op, attributes, &value));
    return graft_onnx_give(self, value);
}

graft_status graft_onnx_maxpool2d(graft_onnx_builder *self) {
    return pool(self, "MaxPool", graft_onnx_int("ceil_mode", 0));
}

graft_status graft_onnx_avgpool2d(graft_onnx_builder *self) {
    const graft_pool_attributes *a = self->node->attributes;
    return pool(self, "AveragePool", graft_onnx_int("count_include_pad", a->count_padding));
}

static graft_status global(graft_onnx_builder *self, const char *op) {
    const graft_global_pool_attributes *a = self->node->attributes;
    const char *value = graft_onnx_input(self, 0);
    GRAFT_TRY(graft_onnx_then(self, op, NULL, &value));
    if (!a->keepdims) GRAFT_TRY(graft_onnx_then(self, "Flatten", NULL, &value));
    return graft_onnx_give(self, value);
}

graft_status graft_onnx_global_avgpool(graft_onnx_builder *self) {
    return global(self, "GlobalAveragePool");
}

graft_status graft_onnx_global_maxpool(graft_onnx_builder *self) {
    return global(self, "GlobalMaxPool");
}

graft_status graft_onnx_zeropad2d(graft_onnx_builder *self) {
    const graft_pad_attributes *a = self->node->attributes;
    const int64_t pads[8] = {0, 0, a->padding[0], a->padding[2], 0, 0, a->padding[1], a->padding[3]};
    const char *value = graft_onnx_input(self, 0), *cells;
    GRAFT_TRY(graft_onnx_ints(self, "pads", pads, 8, &cells));
    GRAFT_TRY(graft_onnx_with(self, "Pad", cells, &value));
    return graft_onnx_give(self, value);
}

graft_status graft_onnx_upsample2d(graft_onnx_builder *self) {
    const graft_upsample_attributes *a = self->node->attributes;
    const float factors[4] = {1, 1, (float)a->size[0], (float)a->size[1]};
    const graft_shape shape = GRAFT_SHAPE(4);
    const char *scales, *value;
    GRAFT_TRY(graft_onnx_floats(self, "scales", factors, &shape, &scales));
    graft_json *attributes = graft_json_new_object();
    graft_json_set_text(attributes, "mode", a->interpolation ? "linear" : "nearest");
    graft_json_set_text(attributes, "coordinate_transformation_mode", a->interpolation ? "half_pixel" : "asymmetric");
    if (!a->interpolation) graft_json_set_text(attributes, "nearest_mode", "floor");
    GRAFT_TRY(graft_onnx_emit(self, "Resize", (const char *const[]){graft_onnx_input(self, 0), "", scales, NULL},
                              attributes, &value));
    return graft_onnx_give(self, value);
}
