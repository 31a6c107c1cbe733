#include "import/keras.h"

#include <math.h>

static graft_status need_channels_axis(const graft_keras_call *call) {
    int64_t axis;
    GRAFT_TRY(graft_keras_axis(call, -1, &axis));
    return axis == 0 ? GRAFT_OK : graft_keras_refuse(call, "axis", "the last one, the channels");
}

graft_status graft_keras_batch_normalization(graft_keras_call *call) {
    graft_batchnorm_attributes a = {.epsilon = graft_json_real(graft_json_get(call->config, "epsilon"), 1e-3),
                                    .scale = graft_keras_flag(call, "scale", true),
                                    .center = graft_keras_flag(call, "center", true)};
    GRAFT_TRY(need_channels_axis(call));
    GRAFT_TRY(graft_keras_add(call, "batchnorm", NULL, &a));
    if (a.scale) GRAFT_TRY(graft_keras_bind(call, "gamma", "gamma", GRAFT_KERAS_PLAIN));
    if (a.center) GRAFT_TRY(graft_keras_bind(call, "beta", "beta", GRAFT_KERAS_PLAIN));
    GRAFT_TRY(graft_keras_bind(call, "mean", "moving_mean", GRAFT_KERAS_PLAIN));
    return graft_keras_bind(call, "variance", "moving_variance", GRAFT_KERAS_PLAIN);
}

graft_status graft_keras_layer_normalization(graft_keras_call *call) {
    graft_layernorm_attributes a = {.epsilon = graft_json_real(graft_json_get(call->config, "epsilon"), 1e-3),
                                    .scale = graft_keras_flag(call, "scale", true),
                                    .center = graft_keras_flag(call, "center", true)};
    GRAFT_TRY(need_channels_axis(call));
    GRAFT_TRY(graft_keras_add(call, "layernorm", NULL, &a));
    if (a.scale) GRAFT_TRY(graft_keras_bind(call, "gamma", "gamma", GRAFT_KERAS_PLAIN));
    return a.center ? graft_keras_bind(call, "beta", "beta", GRAFT_KERAS_PLAIN) : GRAFT_OK;
}

/* A parameter whose value the configuration gives. */
static graft_status set_numbers(graft_keras_call *call, const char *param, const char *key, double fallback) {
    graft_node *node = graft_graph_node(call->keras->graph, call->output);
    graft_tensor *value;
    GRAFT_TRY(graft_tensor_new(GRAFT_F32, &graft_node_param(node, param)->shape, &value));
    graft_status status =
        graft_keras_numbers(call, key, fallback, graft_shape_count(&value->shape), graft_tensor_f32(value));
    if (status == GRAFT_OK) return graft_node_set_param(node, param, value);
    graft_tensor_free(value);
    return status;
}

graft_status graft_keras_rescaling(graft_keras_call *call) {
    GRAFT_TRY(graft_keras_add(call, "scale_shift", NULL, NULL));
    GRAFT_TRY(set_numbers(call, "scale", "scale", 1));
    return set_numbers(call, "shift", "offset", 0);
}

graft_status graft_keras_normalization(graft_keras_call *call) {
    GRAFT_TRY(need_channels_axis(call));
    GRAFT_TRY(graft_keras_add(call, "scale_shift", NULL, NULL));
    if (graft_json_type_of(graft_json_get(call->config, "mean")) == GRAFT_JSON_NULL) {
        GRAFT_TRY(graft_keras_bind(call, "shift", "mean", GRAFT_KERAS_PLAIN));
        return graft_keras_bind(call, "scale", "variance", GRAFT_KERAS_NORMALIZATION);
    }
    GRAFT_TRY(set_numbers(call, "shift", "mean", 0));
    GRAFT_TRY(set_numbers(call, "scale", "variance", 1));
    return graft_keras_finish_normalization(graft_graph_node(call->keras->graph, call->output));
}

graft_status graft_keras_finish_normalization(graft_node *node) {
    static const float smallest = 1e-7F; /* Keras' epsilon */
    graft_tensor *scale = graft_node_param(node, "scale")->value, *shift = graft_node_param(node, "shift")->value;
    if (!scale || !shift) return GRAFT_OK;
    float *variance = graft_tensor_f32(scale), *mean = graft_tensor_f32(shift);
    for (int64_t i = 0; i < graft_shape_count(&scale->shape); i++) {
        if (!(variance[i] >= 0))
            return graft_fail(GRAFT_E_DATA, "layer '%s': variance %g, expected no less than 0", node->name,
                              (double)variance[i]);
        variance[i] = 1 / fmaxf(sqrtf(variance[i]), smallest);
        mean[i] = -mean[i] * variance[i];
    }
    return GRAFT_OK;
}
