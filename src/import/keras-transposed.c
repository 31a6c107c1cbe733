/* Larger and smaller maps: transposed convolutions, repeated cells, borders cut off, axes that change places. */
#include "import/keras.h"

#include <string.h>

#define LARGEST_CROP (INT64_C(1) << 24) /* numbers of the window that stands for a crop */

graft_status graft_keras_conv2d_transpose(graft_keras_call *call) {
    graft_conv2d_transpose_attributes a = {.strides = {1, 1}, .dilations = {1, 1}, .groups = 1};
    GRAFT_TRY(graft_keras_int(call, "filters", &a.filters));
    GRAFT_TRY(graft_keras_pair(call, "kernel_size", a.kernel));
    GRAFT_TRY(graft_keras_pair(call, "strides", a.strides));
    if (graft_json_get(call->config, "dilation_rate")) GRAFT_TRY(graft_keras_pair(call, "dilation_rate", a.dilations));
    if (graft_json_type_of(graft_json_get(call->config, "output_padding")) != GRAFT_JSON_NULL)
        return graft_keras_refuse(call, "output_padding", "null");
    a.bias = graft_keras_flag(call, "use_bias", true);
    GRAFT_TRY(graft_keras_same(call, &a.same));
    /* A "valid" output is never shorter than the input times the stride. */
    for (int axis = 0; axis < 2 && !a.same; axis++) {
        const bool sane = a.kernel[axis] > 0 && a.kernel[axis] < GRAFT_MAX_DIMENSION && a.dilations[axis] > 0 &&
                          a.dilations[axis] < GRAFT_MAX_DIMENSION && a.strides[axis] < GRAFT_MAX_DIMENSION;
        const int64_t reach = sane ? (a.kernel[axis] - 1) * a.dilations[axis] + 1 : 1;
        if (sane && a.strides[axis] > reach) a.output_padding[axis] = a.strides[axis] - reach;
    }
    GRAFT_TRY(graft_keras_add(call, "conv2d_transpose", graft_keras_before_activation(call), &a));
    GRAFT_TRY(graft_keras_bind(call, "kernel", "kernel", GRAFT_KERAS_CONV_TRANSPOSE));
    if (a.bias) GRAFT_TRY(graft_keras_bind(call, "bias", "bias", GRAFT_KERAS_PLAIN));
    return graft_keras_then_activation(call);
}

graft_status graft_keras_upsampling2d(graft_keras_call *call) {
    const char *text = graft_json_text(graft_json_get(call->config, "interpolation"), "nearest");
    graft_upsample_attributes a = {.interpolation = strcmp(text, "bilinear") == 0};
    if (!a.interpolation && strcmp(text, "nearest") != 0)
        return graft_keras_refuse(call, "interpolation", "\"nearest\" or \"bilinear\"");
    GRAFT_TRY(graft_keras_pair(call, "size", a.size));
    return graft_keras_add(call, "upsample2d", NULL, &a);
}

/* [[top, bottom], [left, right]], [rows, columns], or one number. */
static graft_status read_cropping(const graft_keras_call *call, int64_t out[4]) {
    const graft_json *value = graft_json_get(call->config, "cropping");
    if (graft_json_type_of(graft_json_at(value, 0)) != GRAFT_JSON_ARRAY) {
        int64_t pair[2];
        GRAFT_TRY(graft_keras_pair(call, "cropping", pair));
        out[0] = out[1] = pair[0];
        out[2] = out[3] = pair[1];
    }
    for (size_t i = 0; graft_json_type_of(graft_json_at(value, 0)) == GRAFT_JSON_ARRAY && i < 4; i++)
        out[i] = graft_json_int(graft_json_at(graft_json_at(value, i / 2), i % 2), -1);
    for (size_t i = 0; i < 4; i++)
        if (out[i] < 0 || out[i] > 1000) return graft_keras_refuse(call, "cropping", "up to 1000 cells a side");
    return GRAFT_OK;
}

/* A window as large as what is cut off and one cell more, of which it passes on the one. */
graft_status graft_keras_cropping2d(graft_keras_call *call) {
    int64_t cut[4] = {0};
    const graft_shape *input = graft_keras_input_shape(call);
    GRAFT_TRY(read_cropping(call, cut));
    if (input->rank != 3) return graft_fail(GRAFT_E_DATA, "a vector as input, expected height x width x channels");
    if (input->dim[0] > LARGEST_CROP / ((cut[0] + cut[1] + 1) * (cut[2] + cut[3] + 1)))
        return graft_keras_refuse(call, "cropping", "fewer cells for so many channels");
    graft_conv2d_attributes a = {.filters = input->dim[0],
                                 .kernel = {cut[0] + cut[1] + 1, cut[2] + cut[3] + 1},
                                 .strides = {1, 1},
                                 .dilations = {1, 1},
                                 .groups = input->dim[0]};
    GRAFT_TRY(graft_keras_add(call, "conv2d", NULL, &a));
    graft_node *node = graft_graph_node(call->keras->graph, call->output);
    graft_tensor *kernel;
    GRAFT_TRY(graft_tensor_new(GRAFT_F32, &node->params[0].shape, &kernel));
    const int64_t area = a.kernel[0] * a.kernel[1];
    for (int64_t c = 0; c < a.filters; c++)
        graft_tensor_f32(kernel)[c * area + cut[0] * a.kernel[1] + cut[2]] = 1;
    return graft_node_set_param(node, "kernel", kernel);
}

/* Of H,W,C: to C,H,W and back are counting the elements in one order and laying them out in the other. */
graft_status graft_keras_permute(graft_keras_call *call) {
    static const int channels_first[] = {3, 1, 2}, channels_last[] = {2, 3, 1};
    const graft_json *dims = graft_json_get(call->config, "dims");
    const graft_shape *input = graft_keras_input_shape(call);
    int64_t axes[3] = {0};
    for (size_t i = 0; i < 3; i++)
        axes[i] = graft_json_int(graft_json_at(dims, i), 0);
    bool first = true, last = true, same = true;
    for (int i = 0; i < 3; i++) {
        first &= axes[i] == channels_first[i];
        last &= axes[i] == channels_last[i];
        same &= axes[i] == i + 1;
    }
    const graft_activation_attributes nothing = {.kind = GRAFT_ACT_LINEAR};
    if (input->rank == 3 && same) return graft_keras_add(call, "activation", NULL, &nothing);
    if (input->rank != 3 || graft_json_count(dims) != 3 || (!first && !last))
        return graft_keras_refuse(call, "dims", "[3, 1, 2] or [2, 3, 1] of height x width x channels");
    const int64_t c = input->dim[0], h = input->dim[1], w = input->dim[2];
    const graft_flatten_attributes flat = {.order = first ? 0 : 1};
    const graft_reshape_attributes shape = {
        .rank = 3, .order = first ? 1 : 0, .shape = {first ? c : h, first ? h : w, first ? w : c}};
    GRAFT_TRY(graft_keras_add(call, "flatten", "flat", &flat));
    return graft_keras_then(call, "reshape", NULL, &shape);
}
