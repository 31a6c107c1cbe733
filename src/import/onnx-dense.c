/* Gemm and MatMul: fully connected layers. */
#include "import/onnx.h"

static graft_status read_matrix(const graft_onnx_call *call, bool turned, int64_t *ins, int64_t *outs) {
    char text[GRAFT_SHAPE_TEXT];
    if (!graft_onnx_is_constant(call, 1))
        return graft_fail(GRAFT_E_DATA, "weights that depend on the network's input, expected constants");
    const graft_shape *shape = &graft_onnx_input(call, 1)->dims;
    if (shape->rank != 2)
        return graft_fail(GRAFT_E_DATA, "weights of %s, expected a matrix", graft_shape_text(shape, text));
    *ins = shape->dim[turned ? 1 : 0];
    *outs = shape->dim[turned ? 0 : 1];
    return GRAFT_OK;
}

/* beta * C, spread over the outputs. */
static graft_status set_bias(graft_onnx_call *call, int node, double beta) {
    const graft_tensor *bias = NULL;
    double *numbers = NULL;
    size_t count;
    const graft_onnx_value like = {.dims = graft_onnx_dims_of(call->onnx, node, 2, false)};
    GRAFT_TRY(graft_onnx_tensor(call, 2, &bias));
    GRAFT_TRY(graft_onnx_by_channel(bias, &like, &numbers, &count));
    for (size_t i = 0; i < count; i++)
        numbers[i] *= beta;
    graft_status status = graft_onnx_set_param(call->onnx, node, "bias", numbers, count);
    graft_release(numbers);
    return status;
}

static graft_status check_length(int64_t ins, const graft_shape *input) {
    char text[GRAFT_SHAPE_TEXT];
    if (input->dim[0] == ins) return GRAFT_OK;
    return graft_fail(GRAFT_E_DATA, "weights for %lld inputs after %s", (long long)ins, graft_shape_text(input, text));
}

graft_status graft_onnx_gemm(graft_onnx_call *call) {
    double alpha, beta;
    int64_t turned, ins, outs;
    int input, node;
    GRAFT_TRY(graft_onnx_need_inputs(call, 2, 3));
    GRAFT_TRY(graft_onnx_real(call, "alpha", 1, &alpha));
    GRAFT_TRY(graft_onnx_real(call, "beta", 1, &beta));
    GRAFT_TRY(graft_onnx_only(call, "transA", 0));
    GRAFT_TRY(graft_onnx_int(call, "transB", 0, &turned));
    if (call->onnx->opset < 7) graft_onnx_ignore(call, "broadcast");
    GRAFT_TRY(read_matrix(call, turned != 0, &ins, &outs));
    GRAFT_TRY(graft_onnx_flow(call, 0, &input));
    const graft_onnx_value *value = graft_onnx_input(call, 0);
    if (value->dims.rank != 2) return graft_fail(GRAFT_E_DATA, "%d dimensions, expected N,F", value->dims.rank);
    GRAFT_TRY(check_length(ins, &graft_graph_node(call->onnx->graph, input)->output));
    graft_dense_attributes a = {.units = outs, .bias = graft_onnx_has(call, 2)};
    GRAFT_TRY(graft_onnx_node(call, "dense", NULL, &a, &input, 1, &node));
    GRAFT_TRY(
        graft_onnx_bind(call, node, "kernel", call->inputs[1], turned ? GRAFT_ONNX_PLAIN : GRAFT_ONNX_TURNED, alpha));
    if (a.bias) GRAFT_TRY(set_bias(call, node, beta));
    graft_onnx_result_set(call, node, NULL, 2, false);
    return GRAFT_OK;
}

/* Along the last axis: of a vector, or of the channels where they come last, as a convolution of 1x1. */
graft_status graft_onnx_matmul(graft_onnx_call *call) {
    int64_t ins, outs;
    int input, node;
    GRAFT_TRY(graft_onnx_need_inputs(call, 2, 2));
    GRAFT_TRY(read_matrix(call, false, &ins, &outs));
    GRAFT_TRY(graft_onnx_flow(call, 0, &input));
    const graft_onnx_value *value = graft_onnx_input(call, 0);
    if (value->dims.rank != 2 && !value->channels_last) {
        char text[GRAFT_SHAPE_TEXT];
        return graft_fail(GRAFT_E_DATA, "input 0 is %s, expected N,F or channels that come last",
                          graft_shape_text(&value->dims, text));
    }
    GRAFT_TRY(check_length(ins, &graft_graph_node(call->onnx->graph, input)->output));
    if (value->dims.rank == 2) {
        graft_dense_attributes a = {.units = outs};
        GRAFT_TRY(graft_onnx_node(call, "dense", NULL, &a, &input, 1, &node));
    } else {
        graft_conv2d_attributes a = {
            .filters = outs, .kernel = {1, 1}, .strides = {1, 1}, .dilations = {1, 1}, .groups = 1};
        GRAFT_TRY(graft_onnx_node(call, "conv2d", NULL, &a, &input, 1, &node));
    }
    GRAFT_TRY(graft_onnx_bind(call, node, "kernel", call->inputs[1], GRAFT_ONNX_TURNED, 1));
    graft_onnx_result_set(call, node, NULL, value->dims.rank, value->channels_last);
    return GRAFT_OK;
}
