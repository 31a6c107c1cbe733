/* Pooling over windows and over whole pictures. */
#include "import/onnx-window.h"

#include <string.h>

/* ceil_mode makes room for a last, incomplete window. Padding by stride - 1 rounds up at every size of the input; where
 * that is more than a window, by what the present size needs. */
static void round_up(const graft_onnx_call *call, graft_onnx_window *w, int node) {
    const graft_shape *input = &graft_graph_node(call->onnx->graph, node)->output;
    for (int axis = 0; axis < w->axes; axis++) {
        int64_t *below = &w->padding[2 * axis + 1], padded = input->dim[1 + axis] + w->padding[2 * axis] + *below;
        int64_t stride = w->strides[axis], missing = (padded - w->kernel[axis]) % stride;
        if (padded < w->kernel[axis]) continue;
        bool starts_outside = (padded - w->kernel[axis]) / stride * stride + stride >= padded - *below;
        if (missing != 0 && starts_outside) continue; /* ONNX: such a window does not count */
        if (*below + stride - 1 < w->kernel[axis])
            *below += stride - 1;
        else if (missing != 0)
            *below += stride - missing;
    }
}

static graft_status pool(graft_onnx_call *call, const char *op, bool count_padding) {
    graft_onnx_window w = {0};
    int64_t ceil_mode;
    int input, node;
    GRAFT_TRY(graft_onnx_need_inputs(call, 1, 1));
    GRAFT_TRY(graft_onnx_picture(call, 0, &input));
    GRAFT_TRY(graft_onnx_window_read(call, &w));
    GRAFT_TRY(graft_onnx_int(call, "ceil_mode", 0, &ceil_mode));
    if (w.dilations[0] != 1 || w.dilations[1] != 1) return graft_onnx_refuse(call, "dilations", "1");
    graft_onnx_window_lower(call, &w, input);
    if (ceil_mode && !w.upper && !w.lower) {
        int64_t before = w.padding[1] + w.padding[3];
        round_up(call, &w, input);
        if (count_padding && w.padding[1] + w.padding[3] != before)
            return graft_onnx_refuse(call, "ceil_mode", "0 where padding counts in averages");
    }
    graft_pool_attributes a = {.same = w.upper, .count_padding = count_padding};
    memcpy(a.size, w.kernel, sizeof a.size);
    memcpy(a.strides, w.strides, sizeof a.strides);
    memcpy(a.padding, w.padding, sizeof a.padding);
    GRAFT_TRY(graft_onnx_node(call, op, NULL, &a, &input, 1, &node));
    graft_onnx_result_set(call, node, NULL, graft_onnx_input(call, 0)->dims.rank, false);
    return GRAFT_OK;
}

graft_status graft_onnx_max_pool(graft_onnx_call *call) {
    graft_onnx_ignore(call, "storage_order"); /* of the second output */
    return pool(call, "maxpool2d", false);
}

graft_status graft_onnx_average_pool(graft_onnx_call *call) {
    int64_t count;
    GRAFT_TRY(graft_onnx_int(call, "count_include_pad", 0, &count));
    return pool(call, "avgpool2d", count != 0);
}

/* Over height and width; the dims are 1 or gone. */
static graft_status pool_all(graft_onnx_call *call, const char *op, bool keep) {
    const graft_onnx_value *value = graft_onnx_input(call, 0);
    graft_global_pool_attributes a = {.keepdims = keep};
    int rank = value->dims.rank, input, node;
    char text[GRAFT_SHAPE_TEXT];
    if (rank < 3)
        return graft_fail(GRAFT_E_DATA, "input 0 is %s, expected N,C,H,W", graft_shape_text(&value->dims, text));
    GRAFT_TRY(graft_onnx_flow(call, 0, &input));
    GRAFT_TRY(graft_onnx_node(call, op, NULL, &a, &input, 1, &node));
    graft_onnx_result_set(call, node, NULL, keep ? rank : 2, keep && value->channels_last);
    return GRAFT_OK;
}

graft_status graft_onnx_global_average_pool(graft_onnx_call *call) {
    GRAFT_TRY(graft_onnx_need_inputs(call, 1, 1));
    return pool_all(call, "global_avgpool", true);
}

graft_status graft_onnx_global_max_pool(graft_onnx_call *call) {
    GRAFT_TRY(graft_onnx_need_inputs(call, 1, 1));
    return pool_all(call, "global_maxpool", true);
}

static graft_status reduce(graft_onnx_call *call, const char *op) {
    int64_t axes[GRAFT_MAX_RANK], keep;
    int count;
    GRAFT_TRY(graft_onnx_need_inputs(call, 1, 2));
    GRAFT_TRY(graft_onnx_int(call, "keepdims", 1, &keep));
    graft_onnx_ignore(call, "noop_with_empty_axes"); /* without axes it is refused anyway */
    GRAFT_TRY(graft_onnx_list_or_input(call, "axes", 1, axes, GRAFT_MAX_RANK, &count));
    bool done = false;
    if (strcmp(call->op, "ReduceMean") == 0) GRAFT_TRY(graft_onnx_mean_part(call, axes, count, keep != 0, &done));
    if (done) return GRAFT_OK;
    if (!graft_onnx_spatial(graft_onnx_input(call, 0), axes, count))
        return graft_fail(GRAFT_E_DATA, "a mean or maximum over other axes than height and width");
    return pool_all(call, op, keep != 0);
}

graft_status graft_onnx_reduce_mean(graft_onnx_call *call) {
    return reduce(call, "global_avgpool");
}

graft_status graft_onnx_reduce_max(graft_onnx_call *call) {
    return reduce(call, "global_maxpool");
}
