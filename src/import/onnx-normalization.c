/* Normalisations, and Dropout, which does nothing but in training. */
#include "import/onnx.h"

graft_status graft_onnx_batch_normalization(graft_onnx_call *call) {
    static const char *const params[] = {"gamma", "beta", "mean", "variance"};
    graft_batchnorm_attributes a = {.scale = true, .center = true};
    int input, node;
    GRAFT_TRY(graft_onnx_need_inputs(call, 5, 5));
    GRAFT_TRY(graft_onnx_real(call, "epsilon", 1e-5, &a.epsilon));
    graft_onnx_ignore(call, "momentum");
    graft_onnx_ignore(call, "consumed_inputs");
    GRAFT_TRY(graft_onnx_only(call, "training_mode", 0));
    if (call->onnx->opset < 9) GRAFT_TRY(graft_onnx_only(call, "spatial", 1));
    if (call->onnx->opset < 7) GRAFT_TRY(graft_onnx_only(call, "is_test", 1));
    GRAFT_TRY(graft_onnx_flow(call, 0, &input));
    const graft_onnx_value *value = graft_onnx_input(call, 0);
    if (value->dims.rank < 2 || value->channels_last)
        return graft_fail(GRAFT_E_DATA, "input 0 is no N,C,...: channels expected second");
    GRAFT_TRY(graft_onnx_node(call, "batchnorm", NULL, &a, &input, 1, &node));
    for (int i = 0; i < 4; i++) {
        if (!graft_onnx_is_constant(call, i + 1))
            return graft_fail(GRAFT_E_DATA, "%s depends on the network's input, expected a constant", params[i]);
        GRAFT_TRY(graft_onnx_bind(call, node, params[i], call->inputs[i + 1], GRAFT_ONNX_PLAIN, 1));
    }
    graft_onnx_result_set(call, node, &value->dims, 0, false);
    return GRAFT_OK;
}

/* Over the last axis alone: a vector, or the channels where they come last. */
graft_status graft_onnx_layer_normalization(graft_onnx_call *call) {
    graft_layernorm_attributes a = {.scale = true};
    const graft_onnx_value *value = graft_onnx_input(call, 0);
    int64_t axis;
    int at, input, node;
    GRAFT_TRY(graft_onnx_need_inputs(call, 2, 3));
    GRAFT_TRY(graft_onnx_int(call, "axis", -1, &axis));
    GRAFT_TRY(graft_onnx_real(call, "epsilon", 1e-5, &a.epsilon));
    GRAFT_TRY(graft_onnx_only(call, "stash_type", 1));
    GRAFT_TRY(graft_onnx_axis(axis, value->dims.rank, &at));
    bool last = at == value->dims.rank - 1 && (value->dims.rank == 2 || value->channels_last);
    if (!last || !graft_onnx_is_constant(call, 1) || (graft_onnx_has(call, 2) && !graft_onnx_is_constant(call, 2)))
        return graft_fail(GRAFT_E_DATA, "expected the axis of the channels, the last one, and constant weights");
    GRAFT_TRY(graft_onnx_flow(call, 0, &input));
    a.center = graft_onnx_has(call, 2);
    GRAFT_TRY(graft_onnx_node(call, "layernorm", NULL, &a, &input, 1, &node));
    GRAFT_TRY(graft_onnx_bind(call, node, "gamma", call->inputs[1], GRAFT_ONNX_PLAIN, 1));
    if (a.center) GRAFT_TRY(graft_onnx_bind(call, node, "beta", call->inputs[2], GRAFT_ONNX_PLAIN, 1));
    graft_onnx_result_set(call, node, &value->dims, 0, value->channels_last);
    return GRAFT_OK;
}

graft_status graft_onnx_lrn(graft_onnx_call *call) {
    graft_lrn_attributes a = {0};
    int input, node;
    GRAFT_TRY(graft_onnx_need_inputs(call, 1, 1));
    GRAFT_TRY(graft_onnx_int(call, "size", 0, &a.size));
    GRAFT_TRY(graft_onnx_real(call, "alpha", 1e-4, &a.alpha));
    GRAFT_TRY(graft_onnx_real(call, "beta", 0.75, &a.beta));
    GRAFT_TRY(graft_onnx_real(call, "bias", 1, &a.k));
    GRAFT_TRY(graft_onnx_picture(call, 0, &input));
    GRAFT_TRY(graft_onnx_node(call, "lrn", NULL, &a, &input, 1, &node));
    graft_onnx_result_set(call, node, &graft_onnx_input(call, 0)->dims, 0, false);
    return GRAFT_OK;
}

graft_status graft_onnx_dropout(graft_onnx_call *call) {
    graft_dropout_attributes a = {0};
    double training = 0;
    GRAFT_TRY(graft_onnx_need_inputs(call, 1, 3));
    GRAFT_TRY(graft_onnx_real(call, "ratio", 0.5, &a.rate));
    graft_onnx_ignore(call, "seed");
    if (call->onnx->opset < 7) GRAFT_TRY(graft_onnx_only(call, "is_test", 1));
    if (graft_onnx_has(call, 1)) GRAFT_TRY(graft_onnx_scalar(call, 1, &a.rate));
    if (graft_onnx_has(call, 2)) GRAFT_TRY(graft_onnx_scalar(call, 2, &training));
    if (training != 0 && a.rate != 0)
        return graft_fail(GRAFT_E_DATA, "a dropout in training mode: export for inference");
    return graft_onnx_apply(call, "dropout", &a, true);
}
