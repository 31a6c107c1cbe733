#include "import/keras.h"

static graft_status read_window(const graft_keras_call *call, graft_conv2d_attributes *out) {
    out->strides[0] = out->strides[1] = out->dilations[0] = out->dilations[1] = out->groups = 1;
    GRAFT_TRY(graft_keras_pair(call, "kernel_size", out->kernel));
    GRAFT_TRY(graft_keras_pair(call, "strides", out->strides));
    if (graft_json_get(call->config, "dilation_rate"))
        GRAFT_TRY(graft_keras_pair(call, "dilation_rate", out->dilations));
    bool dilated = out->dilations[0] != 1 || out->dilations[1] != 1;
    if (dilated && (out->strides[0] != 1 || out->strides[1] != 1))
        return graft_keras_refuse(call, "dilation_rate", "1 where strides are above 1");
    out->bias = graft_keras_flag(call, "use_bias", true);
    return graft_keras_same(call, &out->same);
}

static graft_status bind_bias(graft_keras_call *call, bool bias) {
    return bias ? graft_keras_bind(call, "bias", "bias", GRAFT_KERAS_PLAIN) : GRAFT_OK;
}

graft_status graft_keras_conv2d(graft_keras_call *call) {
    graft_conv2d_attributes a = {0};
    GRAFT_TRY(read_window(call, &a));
    GRAFT_TRY(graft_keras_int(call, "filters", &a.filters));
    if (graft_json_get(call->config, "groups")) GRAFT_TRY(graft_keras_int(call, "groups", &a.groups));
    GRAFT_TRY(graft_keras_add(call, "conv2d", graft_keras_before_activation(call), &a));
    GRAFT_TRY(graft_keras_bind(call, "kernel", "kernel", GRAFT_KERAS_CONV));
    GRAFT_TRY(bind_bias(call, a.bias));
    return graft_keras_then_activation(call);
}

/* Every input channel has depth_multiplier filters of its own. */
static graft_status set_depthwise(const graft_keras_call *call, graft_conv2d_attributes *a) {
    int64_t multiplier = 1;
    const graft_shape *input = graft_keras_input_shape(call);
    if (input->rank != 3) return graft_fail(GRAFT_E_DATA, "a vector as input, expected height x width x channels");
    if (graft_json_get(call->config, "depth_multiplier"))
        GRAFT_TRY(graft_keras_int(call, "depth_multiplier", &multiplier));
    if (multiplier < 1 || multiplier > GRAFT_MAX_DIMENSION)
        return graft_keras_refuse(call, "depth_multiplier", "a number above 0");
    a->groups = input->dim[0];
    a->filters = input->dim[0] * multiplier;
    return GRAFT_OK;
}

graft_status graft_keras_depthwise_conv2d(graft_keras_call *call) {
    graft_conv2d_attributes a = {0};
    GRAFT_TRY(read_window(call, &a));
    GRAFT_TRY(set_depthwise(call, &a));
    GRAFT_TRY(graft_keras_add(call, "conv2d", graft_keras_before_activation(call), &a));
    GRAFT_TRY(graft_keras_bind(call, "kernel", "depthwise_kernel|kernel", GRAFT_KERAS_DEPTHWISE));
    GRAFT_TRY(bind_bias(call, a.bias));
    return graft_keras_then_activation(call);
}

graft_status graft_keras_separable_conv2d(graft_keras_call *call) {
    graft_conv2d_attributes depthwise = {0};
    graft_conv2d_attributes pointwise = {.kernel = {1, 1}, .strides = {1, 1}, .dilations = {1, 1}, .groups = 1};
    GRAFT_TRY(read_window(call, &depthwise));
    GRAFT_TRY(set_depthwise(call, &depthwise));
    GRAFT_TRY(graft_keras_int(call, "filters", &pointwise.filters));
    pointwise.bias = depthwise.bias;
    depthwise.bias = false;
    GRAFT_TRY(graft_keras_add(call, "conv2d", "depthwise", &depthwise));
    GRAFT_TRY(graft_keras_bind(call, "kernel", "depthwise_kernel", GRAFT_KERAS_DEPTHWISE));
    GRAFT_TRY(graft_keras_then(call, "conv2d", graft_keras_before_activation(call), &pointwise));
    GRAFT_TRY(graft_keras_bind(call, "kernel", "pointwise_kernel", GRAFT_KERAS_CONV));
    GRAFT_TRY(bind_bias(call, pointwise.bias));
    return graft_keras_then_activation(call);
}

/* Keras multiplies along the last axis: over a picture that is a convolution of 1x1. */
static graft_status dense_over_picture(graft_keras_call *call, int64_t units, bool bias) {
    graft_conv2d_attributes a = {
        .filters = units, .kernel = {1, 1}, .strides = {1, 1}, .dilations = {1, 1}, .groups = 1};
    a.bias = bias;
    GRAFT_TRY(graft_keras_add(call, "conv2d", graft_keras_before_activation(call), &a));
    return graft_keras_bind(call, "kernel", "kernel", GRAFT_KERAS_DENSE_AS_CONV);
}

static graft_status dense_over_vector(graft_keras_call *call, int64_t units, bool bias) {
    graft_dense_attributes a = {.units = units, .bias = bias};
    GRAFT_TRY(graft_keras_add(call, "dense", graft_keras_before_activation(call), &a));
    return graft_keras_bind(call, "kernel", "kernel", GRAFT_KERAS_DENSE);
}

graft_status graft_keras_dense(graft_keras_call *call) {
    int64_t units;
    bool bias = graft_keras_flag(call, "use_bias", true);
    GRAFT_TRY(graft_keras_int(call, "units", &units));
    if (graft_keras_input_shape(call)->rank == 3)
        GRAFT_TRY(dense_over_picture(call, units, bias));
    else
        GRAFT_TRY(dense_over_vector(call, units, bias));
    GRAFT_TRY(bind_bias(call, bias));
    return graft_keras_then_activation(call);
}
