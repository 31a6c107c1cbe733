/* Normalisations. */
#include "export/onnx-builder.h"

#include "base/alloc.h"
#include "base/error.h"

/* The parameter, or so many times `constant` in its place. */
static graft_status param_or(graft_to_onnx_builder *self, const char *name, float constant, const char **value) {
    const graft_shape shape = GRAFT_SHAPE(self->node->output.dim[0]);
    graft_tensor *tensor;
    if (graft_node_param(self->node, name)) return graft_to_onnx_param(self, name, false, value);
    GRAFT_TRY(graft_tensor_new(GRAFT_F32, &shape, &tensor));
    for (int64_t i = 0; i < shape.dim[0]; i++)
        graft_tensor_f32(tensor)[i] = constant;
    return graft_to_onnx_own(self, name, tensor, value);
}

graft_status graft_to_onnx_batchnorm(graft_to_onnx_builder *self) {
    const graft_batchnorm_attributes *a = self->node->attributes;
    const char *gamma, *beta, *mean, *variance, *value;
    GRAFT_TRY(param_or(self, "gamma", 1, &gamma));
    GRAFT_TRY(param_or(self, "beta", 0, &beta));
    GRAFT_TRY(param_or(self, "mean", 0, &mean));
    GRAFT_TRY(param_or(self, "variance", 1, &variance));
    GRAFT_TRY(graft_to_onnx_emit(self, "BatchNormalization",
                                 (const char *const[]){graft_to_onnx_input(self, 0), gamma, beta, mean, variance, NULL},
                                 graft_to_onnx_real("epsilon", a->epsilon), &value));
    return graft_to_onnx_give(self, value);
}

/* value * scale + shift, each where the layer has it. */
static graft_status affine(graft_to_onnx_builder *self, const char *scale, const char *shift, const char **value) {
    const char *factor, *term;
    GRAFT_TRY(graft_to_onnx_param(self, scale, true, &factor));
    GRAFT_TRY(graft_to_onnx_param(self, shift, true, &term));
    if (factor) GRAFT_TRY(graft_to_onnx_with(self, "Mul", factor, value));
    return term ? graft_to_onnx_with(self, "Add", term, value) : GRAFT_OK;
}

graft_status graft_to_onnx_scale_shift(graft_to_onnx_builder *self) {
    const char *value = graft_to_onnx_input(self, 0);
    GRAFT_TRY(affine(self, "scale", "shift", &value));
    return graft_to_onnx_give(self, value);
}

/* The operator of that name came with set 17. */
graft_status graft_to_onnx_layernorm(graft_to_onnx_builder *self) {
    const graft_layernorm_attributes *a = self->node->attributes;
    const int64_t channels = 1;
    const char *centred = graft_to_onnx_input(self, 0), *mean = centred, *deviation, *epsilon;
    GRAFT_TRY(graft_to_onnx_then(self, "ReduceMean", graft_to_onnx_list_of("axes", &channels, 1), &mean));
    GRAFT_TRY(graft_to_onnx_with(self, "Sub", mean, &centred));
    deviation = centred;
    GRAFT_TRY(graft_to_onnx_with(self, "Mul", centred, &deviation));
    GRAFT_TRY(graft_to_onnx_then(self, "ReduceMean", graft_to_onnx_list_of("axes", &channels, 1), &deviation));
    GRAFT_TRY(graft_to_onnx_scalar(self, a->epsilon, &epsilon));
    GRAFT_TRY(graft_to_onnx_with(self, "Add", epsilon, &deviation));
    GRAFT_TRY(graft_to_onnx_then(self, "Sqrt", NULL, &deviation));
    GRAFT_TRY(graft_to_onnx_with(self, "Div", deviation, &centred));
    GRAFT_TRY(affine(self, "gamma", "beta", &centred));
    return graft_to_onnx_give(self, centred);
}

/* As ours: alpha is divided by the size. */
graft_status graft_to_onnx_lrn(graft_to_onnx_builder *self) {
    const graft_lrn_attributes *a = self->node->attributes;
    const char *value = graft_to_onnx_input(self, 0);
    graft_json *attributes = graft_to_onnx_int("size", a->size);
    graft_json_set_real(attributes, "alpha", a->alpha);
    graft_json_set_real(attributes, "beta", a->beta);
    graft_json_set_real(attributes, "bias", a->k);
    GRAFT_TRY(graft_to_onnx_then(self, "LRN", attributes, &value));
    return graft_to_onnx_give(self, value);
}

graft_status graft_to_onnx_softmax(graft_to_onnx_builder *self) {
    const graft_softmax_attributes *a = self->node->attributes;
    const char *value = graft_to_onnx_input(self, 0);
    GRAFT_TRY(graft_to_onnx_then(self, "Softmax", graft_to_onnx_int("axis", a->axis + 1), &value));
    return graft_to_onnx_give(self, value);
}
