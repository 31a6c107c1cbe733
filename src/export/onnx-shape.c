/* Several inputs, and the same elements in another shape. */
#include "export/onnx-builder.h"

#include "base/alloc.h"
#include "base/error.h"

static graft_status merge(graft_to_onnx_builder *self, const char *op) {
    const char *value = graft_to_onnx_input(self, 0);
    for (int k = 1; k < self->node->input_count; k++)
        GRAFT_TRY(graft_to_onnx_with(self, op, graft_to_onnx_input(self, k), &value));
    return graft_to_onnx_give(self, value);
}

graft_status graft_to_onnx_add(graft_to_onnx_builder *self) {
    return merge(self, "Add");
}

graft_status graft_to_onnx_multiply(graft_to_onnx_builder *self) {
    return merge(self, "Mul");
}

graft_status graft_to_onnx_concat(graft_to_onnx_builder *self) {
    const graft_concat_attributes *a = self->node->attributes;
    const size_t count = (size_t)self->node->input_count;
    const char *value, **inputs = graft_allocate_zero(count + 1, sizeof *inputs);
    if (!inputs) return graft_fail_memory("an ONNX graph");
    for (size_t k = 0; k < count; k++)
        inputs[k] = graft_to_onnx_input(self, (int)k);
    graft_status status = graft_to_onnx_emit(self, "Concat", inputs, graft_to_onnx_int("axis", a->axis + 1), &value);
    graft_release(inputs);
    return status == GRAFT_OK ? graft_to_onnx_give(self, value) : status;
}

/* Channels last, when there is more than one cell to put them behind. */
static graft_status channels_last(graft_to_onnx_builder *self, const graft_shape *shape, const char **value) {
    static const int64_t order[4] = {0, 2, 3, 1};
    if (shape->rank != 3 || shape->dim[1] * shape->dim[2] == 1) return GRAFT_OK;
    return graft_to_onnx_then(self, "Transpose", graft_to_onnx_list_of("perm", order, 4), value);
}

graft_status graft_to_onnx_flatten(graft_to_onnx_builder *self) {
    const graft_flatten_attributes *a = self->node->attributes;
    const graft_shape *shape = graft_to_onnx_input_shape(self, 0);
    const char *value = graft_to_onnx_input(self, 0);
    if (shape->rank == 1) return graft_to_onnx_give(self, value);
    if (a->order == 1) GRAFT_TRY(channels_last(self, shape, &value));
    GRAFT_TRY(graft_to_onnx_then(self, "Flatten", graft_to_onnx_int("axis", 1), &value));
    return graft_to_onnx_give(self, value);
}

graft_status graft_to_onnx_reshape(graft_to_onnx_builder *self) {
    static const int64_t back[4] = {0, 3, 1, 2};
    const graft_reshape_attributes *a = self->node->attributes;
    const graft_shape *out = &self->node->output;
    const bool keras = a->order == 1, turned = keras && out->rank == 3;
    const char *value = graft_to_onnx_input(self, 0), *shape;
    /* The 0 stands for the batch. */
    const int64_t map[4] = {0, out->dim[turned ? 1 : 0], out->dim[turned ? 2 : 1], out->dim[turned ? 0 : 2]};
    if (keras) GRAFT_TRY(channels_last(self, graft_to_onnx_input_shape(self, 0), &value));
    GRAFT_TRY(graft_to_onnx_ints(self, "shape", map, 1 + out->rank, &shape));
    GRAFT_TRY(graft_to_onnx_with(self, "Reshape", shape, &value));
    if (turned) GRAFT_TRY(graft_to_onnx_then(self, "Transpose", graft_to_onnx_list_of("perm", back, 4), &value));
    return graft_to_onnx_give(self, value);
}

/* Training alone knows it. */
graft_status graft_to_onnx_dropout(graft_to_onnx_builder *self) {
    return graft_to_onnx_give(self, graft_to_onnx_input(self, 0));
}
