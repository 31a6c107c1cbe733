/* Normalisation, factors and offsets. */
#include "base/error.h"
#include "export/keras-out.h"

static graft_json *normalisation(double epsilon, bool center, bool scale) {
    graft_json *config = graft_json_new_object();
    graft_json_set_int(config, "axis", -1);
    graft_json_set_real(config, "epsilon", epsilon);
    graft_json_set_bool(config, "center", center);
    graft_json_set_bool(config, "scale", scale);
    return config;
}

static void add_weight(graft_keras_out *out, const char *name, const char *param, graft_keras_out_weight *weights,
                       size_t *count) {
    const graft_tensor *value = graft_keras_out_value(out, param);
    if (value) weights[(*count)++] = (graft_keras_out_weight){name, value, NULL, NULL};
}

graft_status graft_keras_out_batchnorm(graft_keras_out *out) {
    const graft_batchnorm_attributes *a = graft_keras_out_node(out)->attributes;
    graft_keras_out_weight weights[4];
    size_t count = 0;
    add_weight(out, "gamma", "gamma", weights, &count);
    add_weight(out, "beta", "beta", weights, &count);
    add_weight(out, "moving_mean", "mean", weights, &count);
    add_weight(out, "moving_variance", "variance", weights, &count);
    graft_json *config = normalisation(a->epsilon, a->center, a->scale);
    graft_json_set_real(config, "momentum", 0.99);
    return graft_keras_out_layer(out, "BatchNormalization", NULL, config, weights, count);
}

graft_status graft_keras_out_layernorm(graft_keras_out *out) {
    const graft_layernorm_attributes *a = graft_keras_out_node(out)->attributes;
    graft_keras_out_weight weights[2];
    size_t count = 0;
    add_weight(out, "gamma", "gamma", weights, &count);
    add_weight(out, "beta", "beta", weights, &count);
    return graft_keras_out_layer(out, "LayerNormalization", NULL, normalisation(a->epsilon, a->center, a->scale),
                                 weights, count);
}

static bool is_uniform(const graft_tensor *tensor) {
    const float *values = graft_tensor_f32(tensor);
    for (int64_t i = 1; i < graft_shape_count(&tensor->shape); i++)
        if (values[i] != values[0]) return false;
    return true;
}

/* A factor and an offset for each channel: a normalisation with mean 0 and variance 1 that does not learn. Its epsilon
 * is not 0, which TensorFlow would raise. */
static graft_status frozen(graft_keras_out *out, const graft_tensor *scale, const graft_tensor *shift) {
    static const double epsilon = 1e-3;
    graft_tensor *mean = NULL, *variance = NULL;
    graft_status status = graft_tensor_new(GRAFT_F32, &scale->shape, &mean);
    if (status == GRAFT_OK) status = graft_tensor_new(GRAFT_F32, &scale->shape, &variance);
    for (int64_t i = 0; status == GRAFT_OK && i < graft_shape_count(&scale->shape); i++)
        graft_tensor_f32(variance)[i] = (float)(1.0 - epsilon);
    if (status == GRAFT_OK) {
        const graft_keras_out_weight weights[] = {{"gamma", scale, NULL, NULL},
                                                  {"beta", shift, NULL, NULL},
                                                  {"moving_mean", mean, NULL, NULL},
                                                  {"moving_variance", variance, NULL, NULL}};
        graft_json *config = normalisation(epsilon, true, true);
        graft_json_set_real(config, "momentum", 0.99);
        graft_json_set_bool(config, "trainable", false);
        status = graft_keras_out_layer(out, "BatchNormalization", NULL, config, weights, 4);
    }
    graft_tensor_free(mean);
    graft_tensor_free(variance);
    return status;
}

graft_status graft_keras_out_scale_shift(graft_keras_out *out) {
    const graft_tensor *scale = graft_keras_out_value(out, "scale"), *shift = graft_keras_out_value(out, "shift");
    if (!is_uniform(scale) || !is_uniform(shift)) return frozen(out, scale, shift);
    graft_json *config = graft_json_new_object();
    graft_json_set_real(config, "scale", (double)graft_tensor_f32(scale)[0]);
    graft_json_set_real(config, "offset", (double)graft_tensor_f32(shift)[0]);
    return graft_keras_out_layer(out, "Rescaling", NULL, config, NULL, 0);
}
