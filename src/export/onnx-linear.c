/* Convolutions and dense layers. */
#include "export/onnx-builder.h"

#include "base/error.h"

#include <string.h>

static graft_status kernel_of(graft_to_onnx_builder *self, const char **value) {
    return graft_to_onnx_param(self, "kernel", false, value);
}

graft_status graft_to_onnx_conv2d(graft_to_onnx_builder *self) {
    const graft_conv2d_attributes *a = self->node->attributes;
    const char *kernel, *bias, *value;
    int64_t padding[4];
    graft_conv2d_padding(self->node, graft_to_onnx_input_shape(self, 0), padding);
    if (self->first == self->node) {
        GRAFT_TRY(graft_to_onnx_first(self, &kernel, &bias));
    } else {
        GRAFT_TRY(kernel_of(self, &kernel));
        GRAFT_TRY(graft_to_onnx_param(self, "bias", false, &bias));
    }
    graft_json *attributes = graft_to_onnx_list_of("kernel_shape", a->kernel, 2);
    graft_json_set(attributes, "strides", graft_to_onnx_list(a->strides, 2));
    graft_json_set(attributes, "dilations", graft_to_onnx_list(a->dilations, 2));
    graft_json_set(attributes, "pads", graft_to_onnx_pads(padding));
    graft_json_set_int(attributes, "group", a->groups);
    GRAFT_TRY(graft_to_onnx_emit(self, "Conv", (const char *const[]){graft_to_onnx_input(self, 0), kernel, bias, NULL},
                                 attributes, &value));
    return graft_to_onnx_give(self, value);
}

/* O,I/groups,H,W -> I,O/groups,H,W: ONNX sorts by the input's channels. */
static graft_status transposed_kernel(graft_to_onnx_builder *self, const char **value) {
    const graft_conv2d_transpose_attributes *a = self->node->attributes;
    const graft_tensor *kernel = graft_node_param(self->node, "kernel")->value;
    const int64_t inputs = kernel->shape.dim[1], outputs = a->filters / a->groups;
    const int64_t cells = kernel->shape.dim[2] * kernel->shape.dim[3];
    const graft_shape shape = GRAFT_SHAPE(inputs * a->groups, outputs, kernel->shape.dim[2], kernel->shape.dim[3]);
    graft_tensor *turned;
    GRAFT_TRY(graft_tensor_new(GRAFT_F32, &shape, &turned));
    for (int64_t o = 0; o < a->filters; o++)
        for (int64_t i = 0; i < inputs; i++)
            memcpy(graft_tensor_f32(turned) + ((o / outputs * inputs + i) * outputs + o % outputs) * cells,
                   graft_tensor_f32(kernel) + (o * inputs + i) * cells, (size_t)cells * sizeof(float));
    return graft_to_onnx_own(self, "kernel", turned, value);
}

/* What would be cut off below and to the right by less than nothing is added there; more than ONNX adds (output_padding
 * stays below the stride) does not occur: the kernel has at least one cell. */
static void split_padding(const int64_t padding[4], int64_t cut[4], int64_t added[2]) {
    for (int side = 0; side < 4; side++)
        cut[side] = padding[side] > 0 ? padding[side] : 0;
    for (int axis = 0; axis < 2; axis++)
        added[axis] = padding[2 * axis + 1] < 0 ? -padding[2 * axis + 1] : 0;
}

graft_status graft_to_onnx_conv2d_transpose(graft_to_onnx_builder *self) {
    const graft_conv2d_transpose_attributes *a = self->node->attributes;
    const char *kernel, *bias, *value;
    int64_t padding[4], cut[4], added[2];
    graft_conv2d_transpose_padding(self->node, graft_to_onnx_input_shape(self, 0), padding);
    split_padding(padding, cut, added);
    GRAFT_TRY(transposed_kernel(self, &kernel));
    GRAFT_TRY(graft_to_onnx_param(self, "bias", false, &bias));
    graft_json *attributes = graft_to_onnx_list_of("kernel_shape", a->kernel, 2);
    graft_json_set(attributes, "strides", graft_to_onnx_list(a->strides, 2));
    graft_json_set(attributes, "dilations", graft_to_onnx_list(a->dilations, 2));
    graft_json_set(attributes, "pads", graft_to_onnx_pads(cut));
    graft_json_set(attributes, "output_padding", graft_to_onnx_list(added, 2));
    graft_json_set_int(attributes, "group", a->groups);
    GRAFT_TRY(graft_to_onnx_emit(self, "ConvTranspose",
                                 (const char *const[]){graft_to_onnx_input(self, 0), kernel, bias, NULL}, attributes,
                                 &value));
    return graft_to_onnx_give(self, value);
}

graft_status graft_to_onnx_dense(graft_to_onnx_builder *self) {
    const char *kernel, *bias, *value;
    GRAFT_TRY(kernel_of(self, &kernel));
    GRAFT_TRY(graft_to_onnx_param(self, "bias", false, &bias));
    GRAFT_TRY(graft_to_onnx_emit(self, "Gemm", (const char *const[]){graft_to_onnx_input(self, 0), kernel, bias, NULL},
                                 graft_to_onnx_int("transB", 1), &value));
    return graft_to_onnx_give(self, value);
}
