/* Inputs, merges and changes of shape. */
#include "import/keras.h"

/* The side of pictures for networks whose file leaves it open; it can be changed at will afterwards. */
enum { OPEN_SIZE = 224 };

graft_status graft_keras_input(graft_keras_call *call) {
    const char *key =
        graft_json_get(call->config, "batch_shape") ? "batch_shape" : "batch_input_shape"; /* Keras 3 | 2 */
    const graft_json *shape = graft_json_get(call->config, key);
    size_t rank = graft_json_count(shape);
    if (graft_json_type_of(shape) != GRAFT_JSON_ARRAY || (rank != 2 && rank != 4))
        return graft_keras_refuse(call, key, "[null, height, width, channels] or [null, length]");
    graft_input_attributes a = {.rank = (int64_t)rank - 1};
    for (size_t i = 1; i < rank; i++) {
        const graft_json *dim = graft_json_at(shape, i);
        bool open = graft_json_type_of(dim) == GRAFT_JSON_NULL && i < rank - 1;
        a.shape[i == rank - 1 ? 0 : i] = open ? OPEN_SIZE : graft_json_int(dim, -1);
    }
    for (int64_t i = 0; i < a.rank; i++)
        if (a.shape[i] < 1) return graft_keras_refuse(call, key, "sizes above 0 and a number of channels");
    return graft_keras_add(call, "input", NULL, &a);
}

graft_status graft_keras_sum(graft_keras_call *call) {
    return graft_keras_add(call, "add", NULL, NULL);
}

graft_status graft_keras_multiply(graft_keras_call *call) {
    return graft_keras_add(call, "multiply", NULL, NULL);
}

graft_status graft_keras_concatenate(graft_keras_call *call) {
    graft_concat_attributes a = {0};
    GRAFT_TRY(graft_keras_axis(call, -1, &a.axis));
    return graft_keras_add(call, "concat", NULL, &a);
}

static const int keras_order = 1; /* "hwc" of GRAFT_FLATTEN_CHOICES */

graft_status graft_keras_flatten(graft_keras_call *call) {
    graft_flatten_attributes a = {.order = keras_order};
    return graft_keras_add(call, "flatten", NULL, &a);
}

graft_status graft_keras_reshape(graft_keras_call *call) {
    const graft_json *shape = graft_json_get(call->config, "target_shape");
    graft_reshape_attributes a = {.rank = (int64_t)graft_json_count(shape), .order = keras_order};
    if (graft_json_type_of(shape) != GRAFT_JSON_ARRAY || (a.rank != 1 && a.rank != 3))
        return graft_keras_refuse(call, "target_shape", "[length] or [height, width, channels]");
    for (int64_t i = 0; i < a.rank; i++)
        a.shape[i] = graft_json_int(graft_json_at(shape, (size_t)i), -1);
    return graft_keras_add(call, "reshape", NULL, &a);
}

graft_status graft_keras_dropout(graft_keras_call *call) {
    graft_dropout_attributes a = {.rate = graft_json_real(graft_json_get(call->config, "rate"), 0)};
    return graft_keras_add(call, "dropout", NULL, &a);
}

graft_status graft_keras_zero_padding2d(graft_keras_call *call) {
    const graft_json *value = graft_json_get(call->config, "padding");
    graft_pad_attributes a = {0};
    if (graft_json_type_of(graft_json_at(value, 0)) != GRAFT_JSON_ARRAY) {
        int64_t pair[2];
        GRAFT_TRY(graft_keras_pair(call, "padding", pair));
        a = (graft_pad_attributes){{pair[0], pair[0], pair[1], pair[1]}};
        return graft_keras_add(call, "zeropad2d", NULL, &a);
    }
    bool four = graft_json_count(value) == 2;
    for (size_t i = 0; i < 4; i++)
        a.padding[i] = graft_json_int(graft_json_at(graft_json_at(value, i / 2), i % 2), -1);
    if (!four) return graft_keras_refuse(call, "padding", "[[top, bottom], [left, right]]");
    return graft_keras_add(call, "zeropad2d", NULL, &a);
}
