/* Pooling, merges and changes of shape. */
#include "base/error.h"
#include "export/export-common.h"
#include "export/keras-out.h"

#include <string.h>

static graft_status plain(graft_keras_out *out, const char *class_name, graft_json *config) {
    return graft_keras_out_layer(out, class_name, NULL, config, NULL, 0);
}

graft_status graft_keras_out_input_layer(graft_keras_out *out) {
    const graft_shape *shape = &graft_keras_out_node(out)->output;
    graft_json *config = graft_json_new_object(), *dims = graft_json_new_array();
    graft_json_add(dims, graft_json_new_null());
    for (int i = 1; i < shape->rank; i++)
        graft_json_add(dims, graft_json_new_int(shape->dim[i]));
    graft_json_add(dims, graft_json_new_int(shape->dim[0]));
    graft_json_set(config, "batch_input_shape", dims);
    graft_json_set_bool(config, "sparse", false);
    graft_json_set_bool(config, "ragged", false);
    return plain(out, "InputLayer", config);
}

/* ---- pooling ---- */

/* Whether "same" pads just so, at this size. */
static bool is_same(const graft_node *node, const graft_shape *input, const int64_t padding[4]) {
    graft_pool_attributes same = *(const graft_pool_attributes *)node->attributes;
    graft_node twin = *node;
    int64_t other[4];
    memset(same.padding, 0, sizeof same.padding);
    same.same = true;
    twin.attributes = &same;
    graft_pool_padding(&twin, input, other);
    return memcmp(other, padding, sizeof other) == 0;
}

graft_status graft_keras_out_pool(graft_keras_out *out) {
    const graft_node *node = graft_keras_out_node(out);
    const graft_pool_attributes *a = node->attributes;
    const bool max = strcmp(node->op->name, "maxpool2d") == 0;
    int64_t padding[4];
    graft_pool_padding(node, graft_keras_out_input(out), padding);
    bool padded = padding[0] || padding[1] || padding[2] || padding[3], counted = !max && a->count_padding && padded;
    bool same = padded && !counted && (a->same || is_same(node, graft_keras_out_input(out), padding));
    bool zeros = counted || (max && graft_keras_out_positive(out->graph, node->inputs[0]));
    if (padded && !same && !zeros)
        return graft_export_refuse(node, "Keras",
                                   max ? "padding of values that may be negative" : "padding that does not count");
    if (padded && !same) GRAFT_TRY(graft_keras_out_pad(out, "pad", padding));
    graft_json *config = graft_json_new_object();
    graft_json_set(config, "pool_size", graft_keras_out_ints(a->size, 2));
    graft_json_set_text(config, "padding", same || (a->same && !padded) ? "same" : "valid");
    graft_json_set(config, "strides", graft_keras_out_ints(a->strides, 2));
    graft_json_set_text(config, "data_format", "channels_last");
    return plain(out, max ? "MaxPooling2D" : "AveragePooling2D", config);
}

static graft_json *target_shape(const graft_shape *shape) {
    const int64_t last[3] = {shape->dim[1], shape->dim[2], shape->dim[0]};
    graft_json *config = graft_json_new_object();
    graft_json_set(config, "target_shape",
                   shape->rank == 3 ? graft_keras_out_ints(last, 3) : graft_keras_out_ints(shape->dim, shape->rank));
    return config;
}

graft_status graft_keras_out_global_pool(graft_keras_out *out) {
    const graft_node *node = graft_keras_out_node(out);
    const graft_global_pool_attributes *a = node->attributes;
    const char *class_name =
        strcmp(node->op->name, "global_maxpool") == 0 ? "GlobalMaxPooling2D" : "GlobalAveragePooling2D";
    graft_json *config = graft_json_new_object();
    graft_json_set_text(config, "data_format", "channels_last");
    GRAFT_TRY(graft_keras_out_layer(out, class_name, a->keepdims ? "pooled" : NULL, config, NULL, 0));
    return a->keepdims ? plain(out, "Reshape", target_shape(&node->output)) : GRAFT_OK;
}

/* ---- merges ---- */

graft_status graft_keras_out_add(graft_keras_out *out) {
    return plain(out, "Add", graft_json_new_object());
}

graft_status graft_keras_out_multiply(graft_keras_out *out) {
    return plain(out, "Multiply", graft_json_new_object());
}

static graft_json *axis_config(int64_t axis) {
    graft_json *config = graft_json_new_object();
    graft_json_set_int(config, "axis", axis == 0 ? -1 : axis); /* C,H,W; Keras N,H,W,C */
    return config;
}

graft_status graft_keras_out_concat(graft_keras_out *out) {
    const graft_concat_attributes *a = graft_keras_out_node(out)->attributes;
    if (out->input_count > 1) return plain(out, "Concatenate", axis_config(a->axis));
    graft_json *config = graft_json_new_object();
    graft_json_set_text(config, "activation", "linear");
    return plain(out, "Activation", config);
}

graft_status graft_keras_out_softmax(graft_keras_out *out) {
    const graft_softmax_attributes *a = graft_keras_out_node(out)->attributes;
    if (graft_keras_out_function(graft_keras_out_node(out))) return graft_keras_out_activation(out);
    return plain(out, "Softmax", axis_config(a->axis));
}

/* ---- shapes ---- */

static graft_status permute(graft_keras_out *out, const char *suffix, int64_t first, int64_t second, int64_t third) {
    const int64_t dims[3] = {first, second, third};
    graft_json *config = graft_json_new_object();
    graft_json_set(config, "dims", graft_keras_out_ints(dims, 3));
    return graft_keras_out_layer(out, "Permute", suffix, config, NULL, 0);
}

/* Keras counts a map's elements H,W,C: where they are counted C,H,W the axes go there first. */
static graft_status channels_first(graft_keras_out *out, int order) {
    const graft_shape *shape = graft_keras_out_input(out);
    bool alike = shape->rank != 3 || shape->dim[0] == 1 || (shape->dim[1] == 1 && shape->dim[2] == 1);
    return order == 1 || alike ? GRAFT_OK : permute(out, "channels_first", 3, 1, 2);
}

graft_status graft_keras_out_flatten(graft_keras_out *out) {
    const graft_flatten_attributes *a = graft_keras_out_node(out)->attributes;
    graft_json *config = graft_json_new_object();
    graft_status status = channels_first(out, a->order);
    if (status != GRAFT_OK) {
        graft_json_free(config);
        return status;
    }
    graft_json_set_text(config, "data_format", "channels_last");
    return plain(out, "Flatten", config);
}

graft_status graft_keras_out_reshape(graft_keras_out *out) {
    const graft_node *node = graft_keras_out_node(out);
    const graft_reshape_attributes *a = node->attributes;
    GRAFT_TRY(channels_first(out, a->order));
    if (a->order == 1 || node->output.rank == 1) return plain(out, "Reshape", target_shape(&node->output));
    graft_json *config = graft_json_new_object();
    graft_json_set(config, "target_shape", graft_keras_out_ints(node->output.dim, 3));
    GRAFT_TRY(graft_keras_out_layer(out, "Reshape", "shaped", config, NULL, 0));
    return permute(out, NULL, 2, 3, 1);
}

graft_status graft_keras_out_dropout(graft_keras_out *out) {
    const graft_dropout_attributes *a = graft_keras_out_node(out)->attributes;
    graft_json *config = graft_json_new_object();
    graft_json_set_real(config, "rate", a->rate);
    return plain(out, "Dropout", config);
}

graft_status graft_keras_out_zeropad(graft_keras_out *out) {
    const graft_pad_attributes *a = graft_keras_out_node(out)->attributes;
    return graft_keras_out_pad(out, NULL, a->padding);
}

graft_status graft_keras_out_upsample(graft_keras_out *out) {
    const graft_upsample_attributes *a = graft_keras_out_node(out)->attributes;
    graft_json *config = graft_json_new_object();
    graft_json_set(config, "size", graft_keras_out_ints(a->size, 2));
    graft_json_set_text(config, "data_format", "channels_last");
    graft_json_set_text(config, "interpolation", a->interpolation == 1 ? "bilinear" : "nearest");
    return plain(out, "UpSampling2D", config);
}
