/* Conv and ConvTranspose, and the windows that pooling shares with them. */
#include "import/onnx-window.h"

#include <string.h>

/* Lists of one number (series) or two; `fallback` where there is none. */
static graft_status read_pair(graft_onnx_call *call, const char *name, int axes, int64_t fallback, int64_t out[2]) {
    int count;
    GRAFT_TRY(graft_onnx_list(call, name, out, 2, &count));
    if (count != 0 && count != axes) return graft_onnx_refuse(call, name, "one integer for each axis of the picture");
    for (int i = count; i < 2; i++)
        out[i] = count == 0 && i < axes ? fallback : 1;
    bool sane = out[0] >= 1 && out[1] >= 1 && out[0] <= GRAFT_MAX_DIMENSION && out[1] <= GRAFT_MAX_DIMENSION;
    return sane ? GRAFT_OK : graft_onnx_refuse(call, name, "integers above 0");
}

/* All above, then all below, as ONNX has them; graft's order is top, bottom, left, right. */
static graft_status read_pads(graft_onnx_call *call, graft_onnx_window *w) {
    int64_t pads[4] = {0};
    int count;
    GRAFT_TRY(graft_onnx_list(call, "pads", pads, 4, &count));
    if (count != 0 && count != 2 * w->axes) return graft_onnx_refuse(call, "pads", "two integers for each axis");
    for (int axis = 0; axis < w->axes; axis++) {
        w->padding[2 * axis] = pads[axis];
        w->padding[2 * axis + 1] = pads[axis + w->axes];
    }
    for (int i = 0; i < 4; i++)
        if (w->padding[i] < 0 || w->padding[i] > GRAFT_MAX_DIMENSION)
            return graft_onnx_refuse(call, "pads", "integers from 0 up");
    return GRAFT_OK;
}

graft_status graft_onnx_window_read(graft_onnx_call *call, graft_onnx_window *w) {
    const char *pad;
    w->axes = graft_onnx_input(call, 0)->dims.rank - 2;
    if (!w->kernel[0] || graft_json_get(call->attributes, "kernel_shape"))
        GRAFT_TRY(read_pair(call, "kernel_shape", w->axes, 0, w->kernel));
    GRAFT_TRY(read_pair(call, "strides", w->axes, 1, w->strides));
    GRAFT_TRY(read_pair(call, "dilations", w->axes, 1, w->dilations));
    GRAFT_TRY(graft_onnx_word(call, "auto_pad", "NOTSET", &pad));
    w->upper = strcmp(pad, "SAME_UPPER") == 0;
    w->lower = strcmp(pad, "SAME_LOWER") == 0;
    if (w->upper || w->lower || strcmp(pad, "VALID") == 0) {
        graft_onnx_ignore(call, "pads"); /* ONNX: not together */
        return GRAFT_OK;
    }
    if (strcmp(pad, "NOTSET") != 0 && pad[0] != '\0')
        return graft_onnx_refuse(call, "auto_pad", "NOTSET, VALID, SAME_UPPER or SAME_LOWER");
    return read_pads(call, w);
}

/* SAME_LOWER puts the odd cell above; the numbers hold for the present size of the input. */
void graft_onnx_window_lower(const graft_onnx_call *call, graft_onnx_window *w, int node) {
    const graft_shape *input = &graft_graph_node(call->onnx->graph, node)->output;
    for (int axis = 0; axis < 2 && w->lower; axis++) {
        int64_t in = input->dim[1 + axis], stride = w->strides[axis];
        int64_t reach = (w->kernel[axis] - 1) * w->dilations[axis] + 1;
        int64_t total = ((in + stride - 1) / stride - 1) * stride + reach - in;
        w->padding[2 * axis + 1] = total > 0 ? total / 2 : 0;
        w->padding[2 * axis] = total > 0 ? total - total / 2 : 0;
    }
}

/* The kernel's dims; those of a series get a width of 1. */
static graft_status read_kernel(graft_onnx_call *call, graft_shape *kernel) {
    char text[GRAFT_SHAPE_TEXT];
    int rank = graft_onnx_input(call, 0)->dims.rank;
    GRAFT_TRY(graft_onnx_need_inputs(call, 2, 3));
    if (!graft_onnx_is_constant(call, 1) || (graft_onnx_has(call, 2) && !graft_onnx_is_constant(call, 2)))
        return graft_fail(GRAFT_E_DATA, "weights that depend on the network's input, expected constants");
    *kernel = graft_onnx_input(call, 1)->dims;
    if (kernel->rank != rank)
        return graft_fail(GRAFT_E_DATA, "weights of %s, expected %d dimensions", graft_shape_text(kernel, text), rank);
    if (rank == 3) {
        kernel->dim[3] = 1;
        kernel->rank = 4;
    }
    for (int i = 0; i < 4; i++)
        if (kernel->dim[i] < 1 || kernel->dim[i] > GRAFT_MAX_DIMENSION)
            return graft_fail(GRAFT_E_DATA, "weights of %s", graft_shape_text(kernel, text));
    return GRAFT_OK;
}

static graft_status check_kernel(const graft_onnx_call *call, const graft_onnx_window *w, const graft_shape *kernel,
                                 int64_t groups, int64_t ins, int64_t channels) {
    char text[GRAFT_SHAPE_TEXT];
    if (groups < 1 || groups > GRAFT_MAX_DIMENSION) return graft_onnx_refuse(call, "group", "an integer above 0");
    if (w->kernel[0] == kernel->dim[2] && w->kernel[1] == kernel->dim[3] && ins == channels) return GRAFT_OK;
    return graft_fail(GRAFT_E_DATA, "weights of %s for %lld channels in %lld groups and a window of %lldx%lld",
                      graft_shape_text(kernel, text), (long long)channels, (long long)groups, (long long)w->kernel[0],
                      (long long)w->kernel[1]);
}

static graft_status bind_both(graft_onnx_call *call, int node, bool bias, graft_onnx_layout layout) {
    GRAFT_TRY(graft_onnx_bind(call, node, "kernel", call->inputs[1], layout, 1));
    if (bias) GRAFT_TRY(graft_onnx_bind(call, node, "bias", call->inputs[2], GRAFT_ONNX_PLAIN, 1));
    graft_onnx_result_set(call, node, NULL, graft_onnx_input(call, 0)->dims.rank, false);
    return GRAFT_OK;
}

graft_status graft_onnx_conv(graft_onnx_call *call) {
    int input, node;
    graft_shape kernel;
    graft_onnx_window w = {0};
    int64_t groups;
    GRAFT_TRY(graft_onnx_picture(call, 0, &input));
    GRAFT_TRY(read_kernel(call, &kernel));
    memcpy(w.kernel, &kernel.dim[2], sizeof w.kernel);
    GRAFT_TRY(graft_onnx_window_read(call, &w));
    GRAFT_TRY(graft_onnx_int(call, "group", 1, &groups));
    int64_t channels = graft_graph_node(call->onnx->graph, input)->output.dim[0];
    GRAFT_TRY(check_kernel(call, &w, &kernel, groups, kernel.dim[1] * groups, channels));
    graft_onnx_window_lower(call, &w, input);
    graft_conv2d_attributes a = {
        .filters = kernel.dim[0], .groups = groups, .bias = graft_onnx_has(call, 2), .same = w.upper};
    memcpy(a.kernel, w.kernel, sizeof a.kernel);
    memcpy(a.strides, w.strides, sizeof a.strides);
    memcpy(a.dilations, w.dilations, sizeof a.dilations);
    memcpy(a.padding, w.padding, sizeof a.padding);
    GRAFT_TRY(graft_onnx_node(call, "conv2d", NULL, &a, &input, 1, &node));
    return bind_both(call, node, a.bias, GRAFT_ONNX_PLAIN);
}

/* What output_shape or "same" leave to be cut off: `total` cells, the odd one below unless SAME_LOWER asks for it above
 * (ONNX, ConvTranspose). */
static void cut(graft_conv2d_transpose_attributes *a, const graft_onnx_window *w, int axis, int64_t total) {
    if (total < 0) { /* more is asked for than there is: empty rows below */
        a->output_padding[axis] += -total;
        total = 0;
    }
    a->padding[2 * axis] = w->upper ? total / 2 : total - total / 2;
    a->padding[2 * axis + 1] = total - a->padding[2 * axis];
}

static graft_status read_output(graft_onnx_call *call, const graft_onnx_window *w, const graft_shape *input,
                                graft_conv2d_transpose_attributes *a) {
    int64_t extra[2] = {0}, shape[4] = {0};
    int extras, count;
    GRAFT_TRY(graft_onnx_list(call, "output_padding", extra, 2, &extras));
    GRAFT_TRY(graft_onnx_list(call, "output_shape", shape, 4, &count));
    if (count != 0 && count < w->axes) return graft_onnx_refuse(call, "output_shape", "a size for each axis");
    for (int axis = 0; axis < w->axes; axis++) {
        int64_t reach = (w->kernel[axis] - 1) * w->dilations[axis] + 1, in = input->dim[1 + axis];
        if (extra[axis] < 0 || extra[axis] > GRAFT_MAX_DIMENSION)
            return graft_onnx_refuse(call, "output_padding", "integers from 0 up");
        a->output_padding[axis] = extra[axis];
        if (count == 0 && !w->upper && !w->lower) continue;
        int64_t wanted = count > 0 ? shape[count - w->axes + axis] : in * w->strides[axis];
        if (wanted < 1 || wanted > GRAFT_MAX_DIMENSION) return graft_onnx_refuse(call, "output_shape", "sizes above 0");
        cut(a, w, axis, w->strides[axis] * (in - 1) + extra[axis] + reach - wanted);
    }
    return GRAFT_OK;
}

graft_status graft_onnx_conv_transpose(graft_onnx_call *call) {
    int input, node;
    graft_shape kernel;
    graft_onnx_window w = {0};
    graft_conv2d_transpose_attributes a = {.groups = 1};
    GRAFT_TRY(graft_onnx_picture(call, 0, &input));
    GRAFT_TRY(read_kernel(call, &kernel));
    memcpy(w.kernel, &kernel.dim[2], sizeof w.kernel);
    GRAFT_TRY(graft_onnx_window_read(call, &w));
    GRAFT_TRY(graft_onnx_int(call, "group", 1, &a.groups));
    const graft_shape *shape = &graft_graph_node(call->onnx->graph, input)->output;
    GRAFT_TRY(check_kernel(call, &w, &kernel, a.groups, kernel.dim[0], shape->dim[0]));
    memcpy(a.kernel, w.kernel, sizeof a.kernel);
    memcpy(a.strides, w.strides, sizeof a.strides);
    memcpy(a.dilations, w.dilations, sizeof a.dilations);
    memcpy(a.padding, w.padding, sizeof a.padding);
    GRAFT_TRY(read_output(call, &w, shape, &a));
    a.filters = kernel.dim[1] * a.groups;
    a.bias = graft_onnx_has(call, 2);
    GRAFT_TRY(graft_onnx_node(call, "conv2d_transpose", NULL, &a, &input, 1, &node));
    return bind_both(call, node, a.bias, GRAFT_ONNX_TRANSPOSED);
}
