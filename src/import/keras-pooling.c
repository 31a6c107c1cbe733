#include "import/keras.h"

static graft_status pooling(graft_keras_call *call, const char *op) {
    graft_pool_attributes a = {0};
    GRAFT_TRY(graft_keras_pair(call, "pool_size", a.size));
    bool own = graft_json_type_of(graft_json_get(call->config, "strides")) != GRAFT_JSON_NULL;
    GRAFT_TRY(graft_keras_pair(call, own ? "strides" : "pool_size", a.strides));
    GRAFT_TRY(graft_keras_same(call, &a.same));
    return graft_keras_add(call, op, NULL, &a);
}

graft_status graft_keras_max_pooling2d(graft_keras_call *call) {
    return pooling(call, "maxpool2d");
}

graft_status graft_keras_average_pooling2d(graft_keras_call *call) {
    return pooling(call, "avgpool2d");
}

static graft_status global_pooling(graft_keras_call *call, const char *op) {
    graft_global_pool_attributes a = {.keepdims = graft_keras_flag(call, "keepdims", false)};
    return graft_keras_add(call, op, NULL, &a);
}

graft_status graft_keras_global_average_pooling2d(graft_keras_call *call) {
    return global_pooling(call, "global_avgpool");
}

graft_status graft_keras_global_max_pooling2d(graft_keras_call *call) {
    return global_pooling(call, "global_maxpool");
}
