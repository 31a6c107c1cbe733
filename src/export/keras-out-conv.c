/* Convolutions and dense layers. */
#include "base/error.h"
#include "export/export-common.h"
#include "export/keras-out.h"

#include <string.h>

static const int conv_axes[] = {2, 3, 1, 0}, outputs_first[] = {2, 3, 0, 1}, dense_axes[] = {1, 0};

graft_status graft_keras_out_pad(graft_keras_out *out, const char *suffix, const int64_t padding[4]) {
    if (suffix && !padding[0] && !padding[1] && !padding[2] && !padding[3]) return GRAFT_OK;
    graft_json *config = graft_json_new_object(), *pairs = graft_json_new_array();
    graft_json_add(pairs, graft_keras_out_ints(padding, 2));
    graft_json_add(pairs, graft_keras_out_ints(padding + 2, 2));
    graft_json_set(config, "padding", pairs);
    graft_json_set_text(config, "data_format", "channels_last");
    return graft_keras_out_layer(out, "ZeroPadding2D", suffix, config, NULL, 0);
}

/* The activation that the layer does too. */
static void set_activation(const graft_keras_out *out, graft_json *config) {
    int fused = out->fused[out->node];
    graft_json_set_text(config, "activation",
                        fused >= 0 ? graft_keras_out_function(graft_graph_node(out->graph, fused)) : "linear");
}

static graft_json *window_config(const int64_t *kernel, const int64_t *strides, const int64_t *dilations, bool same,
                                 bool bias) {
    graft_json *config = graft_json_new_object();
    graft_json_set(config, "kernel_size", graft_keras_out_ints(kernel, 2));
    graft_json_set(config, "strides", graft_keras_out_ints(strides, 2));
    graft_json_set_text(config, "padding", same ? "same" : "valid");
    graft_json_set_text(config, "data_format", "channels_last");
    graft_json_set(config, "dilation_rate", graft_keras_out_ints(dilations, 2));
    graft_json_set_bool(config, "use_bias", bias);
    return config;
}

/* Steps of 1 whose padding is "same" at every size need no layer for it. */
static bool is_same(const graft_conv2d_attributes *a, const int64_t padding[4]) {
    for (int axis = 0; axis < 2; axis++) {
        int64_t total = (a->kernel[axis] - 1) * a->dilations[axis];
        if (a->strides[axis] != 1 || padding[2 * axis] != total / 2 || padding[2 * axis + 1] != total - total / 2)
            return false;
    }
    return true;
}

static graft_status depthwise(graft_keras_out *out, graft_json *config) {
    const graft_conv2d_attributes *a = graft_keras_out_node(out)->attributes;
    const graft_shape stored = GRAFT_SHAPE(a->kernel[0], a->kernel[1], a->groups, a->filters / a->groups);
    const graft_keras_out_weight weights[] = {
        {"depthwise_kernel", graft_keras_out_value(out, "kernel"), outputs_first, &stored},
        {"bias", graft_keras_out_value(out, "bias"), NULL, NULL}};
    graft_json_set_int(config, "depth_multiplier", a->filters / a->groups);
    return graft_keras_out_layer(out, "DepthwiseConv2D", NULL, config, weights, a->bias ? 2 : 1);
}

graft_status graft_keras_out_conv2d(graft_keras_out *out) {
    const graft_node *node = graft_keras_out_node(out);
    const graft_conv2d_attributes *a = node->attributes;
    const graft_shape *input = graft_keras_out_input(out);
    const graft_keras_out_weight weights[] = {{"kernel", graft_keras_out_value(out, "kernel"), conv_axes, NULL},
                                              {"bias", graft_keras_out_value(out, "bias"), NULL, NULL}};
    int64_t padding[4];
    bool dilated = a->dilations[0] != 1 || a->dilations[1] != 1, strided = a->strides[0] != 1 || a->strides[1] != 1;
    if (dilated && strided) return graft_export_refuse(node, "Keras", "strides beside dilations");
    graft_conv2d_padding(node, input, padding);
    bool same = a->same || is_same(a, padding);
    if (!same) GRAFT_TRY(graft_keras_out_pad(out, "pad", padding));
    graft_json *config = window_config(a->kernel, a->strides, a->dilations, same, a->bias);
    set_activation(out, config);
    if (a->groups > 1 && a->groups == input->dim[0] && a->strides[0] == a->strides[1]) return depthwise(out, config);
    graft_json_set_int(config, "filters", a->filters);
    graft_json_set_int(config, "groups", a->groups);
    return graft_keras_out_layer(out, "Conv2D", NULL, config, weights, a->bias ? 2 : 1);
}

/* What is cut off the full output; below 0: cells that only the bias reaches. */
static graft_status crop(graft_keras_out *out, const int64_t padding[4]) {
    graft_json *config = graft_json_new_object(), *pairs = graft_json_new_array();
    graft_json_add(pairs, graft_keras_out_ints(padding, 2));
    graft_json_add(pairs, graft_keras_out_ints(padding + 2, 2));
    graft_json_set(config, "cropping", pairs);
    graft_json_set_text(config, "data_format", "channels_last");
    return graft_keras_out_layer(out, "Cropping2D", NULL, config, NULL, 0);
}

graft_status graft_keras_out_conv2d_transpose(graft_keras_out *out) {
    const graft_node *node = graft_keras_out_node(out);
    const graft_conv2d_transpose_attributes *a = node->attributes;
    const graft_keras_out_weight weights[] = {{"kernel", graft_keras_out_value(out, "kernel"), outputs_first, NULL},
                                              {"bias", graft_keras_out_value(out, "bias"), NULL, NULL}};
    int64_t padding[4];
    graft_conv2d_transpose_padding(node, graft_keras_out_input(out), padding);
    if (a->groups != 1) return graft_export_refuse(node, "Keras", "groups of a transposed convolution");
    bool cropped = false;
    for (int side = 0; side < 4 && !a->same; side++) {
        /* Keras' "valid" output is never shorter than the input times the stride. */
        const int axis = side / 2;
        const int64_t short_by = a->strides[axis] - ((a->kernel[axis] - 1) * a->dilations[axis] + 1);
        if (side % 2 == 1 && short_by > 0) padding[side] += short_by;
        if (padding[side] < 0) return graft_export_refuse(node, "Keras", "this output padding");
        cropped |= padding[side] > 0;
    }
    graft_json *config = window_config(a->kernel, a->strides, a->dilations, a->same, a->bias);
    graft_json_set_int(config, "filters", a->filters);
    graft_json_set(config, "output_padding", graft_json_new_null());
    set_activation(out, config);
    GRAFT_TRY(graft_keras_out_layer(out, "Conv2DTranspose", cropped ? "full" : NULL, config, weights, a->bias ? 2 : 1));
    return cropped ? crop(out, padding) : GRAFT_OK;
}

graft_status graft_keras_out_dense(graft_keras_out *out) {
    const graft_dense_attributes *a = graft_keras_out_node(out)->attributes;
    const graft_keras_out_weight weights[] = {{"kernel", graft_keras_out_value(out, "kernel"), dense_axes, NULL},
                                              {"bias", graft_keras_out_value(out, "bias"), NULL, NULL}};
    graft_json *config = graft_json_new_object();
    graft_json_set_int(config, "units", a->units);
    set_activation(out, config);
    graft_json_set_bool(config, "use_bias", a->bias);
    return graft_keras_out_layer(out, "Dense", NULL, config, weights, a->bias ? 2 : 1);
}
