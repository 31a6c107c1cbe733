#include "export/keras-out.h"

#include "base/alloc.h"
#include "base/error.h"
#include "export/export-common.h"

#include <string.h>

const graft_node *graft_keras_out_node(const graft_keras_out *out) {
    return graft_graph_node(out->graph, out->node);
}

const graft_shape *graft_keras_out_input(const graft_keras_out *out) {
    return &graft_graph_node(out->graph, graft_keras_out_node(out)->inputs[0])->output;
}

const graft_tensor *graft_keras_out_value(const graft_keras_out *out, const char *param) {
    const graft_param *found = graft_node_param(graft_keras_out_node(out), param);
    return found ? found->value : NULL;
}

graft_json *graft_keras_out_ints(const int64_t *values, int count) {
    graft_json *list = graft_json_new_array();
    for (int i = 0; i < count; i++)
        graft_json_add(list, graft_json_new_int(values[i]));
    return list;
}

/* ---- one layer ---- */

static graft_status name_layer(graft_keras_out *out, const char *suffix, char **name) {
    const char *base = out->output[out->node];
    if (!suffix) {
        *name = graft_text_copy(base);
        return *name ? GRAFT_OK : graft_fail_memory("a layer's name");
    }
    char *wanted = graft_text_format("%s_%s", base, suffix);
    if (!wanted) return graft_fail_memory("a layer's name");
    graft_status status = graft_export_unique(out->taken, wanted, name);
    graft_release(wanted);
    return status;
}

/* [[["a", 0, 0, {}], ["b", 0, 0, {}]]] */
static graft_json *inbound_nodes(const graft_keras_out *out) {
    graft_json *calls = graft_json_new_array(), *call = graft_json_new_array();
    for (int i = 0; i < out->input_count; i++) {
        graft_json *tensor = graft_json_new_array();
        graft_json_add(tensor, graft_json_new_text(out->input[i]));
        graft_json_add(tensor, graft_json_new_int(0));
        graft_json_add(tensor, graft_json_new_int(0));
        graft_json_add(tensor, graft_json_new_object());
        graft_json_add(call, tensor);
    }
    if (out->input_count > 0)
        graft_json_add(calls, call);
    else
        graft_json_free(call);
    return calls;
}

static void add_json(graft_keras_out *out, const char *class_name, const char *name, graft_json *config) {
    graft_json *layer = graft_json_new_object();
    graft_json_set_text(config, "name", name);
    graft_json_set_text(config, "dtype", "float32");
    if (!graft_json_get(config, "trainable") && strcmp(class_name, "InputLayer") != 0)
        graft_json_set_bool(config, "trainable", true);
    graft_json_set_text(layer, "class_name", class_name);
    graft_json_set(layer, "config", config);
    graft_json_set_text(layer, "name", name);
    graft_json_set(layer, "inbound_nodes", inbound_nodes(out));
    graft_json_add(out->layers, layer);
}

static graft_status turn(const graft_keras_out_weight *weight, graft_tensor **out) {
    GRAFT_TRY(graft_tensor_permute(weight->value, weight->axes, out));
    graft_status status = weight->stored ? graft_tensor_reshape(*out, weight->stored) : GRAFT_OK;
    if (status != GRAFT_OK) {
        graft_tensor_free(*out);
        *out = NULL;
    }
    return status;
}

static graft_status write_weight(graft_keras_out *out, const char *layer, const graft_keras_out_weight *weight) {
    graft_tensor *turned = NULL;
    if (weight->axes) GRAFT_TRY(turn(weight, &turned));
    char *path = graft_text_format("/model_weights/%s/%s/%s:0", layer, layer, weight->name);
    graft_status status = path ? graft_h5_write_tensor(out->file, path, turned ? turned : weight->value)
                               : graft_fail_memory("a weight's name");
    graft_release(path);
    graft_tensor_free(turned);
    return status;
}

enum { WEIGHT_LIMIT = 4 };

static graft_status write_weights(graft_keras_out *out, const char *layer, const graft_keras_out_weight *weights,
                                  size_t count) {
    char *names[WEIGHT_LIMIT] = {NULL}, *group = graft_text_format("/model_weights/%s", layer);
    graft_status status = group ? graft_h5_write_group(out->file, group) : graft_fail_memory("a layer's name");
    for (size_t i = 0; status == GRAFT_OK && i < count; i++) {
        names[i] = graft_text_format("%s/%s:0", layer, weights[i].name);
        status = names[i] ? write_weight(out, layer, &weights[i]) : graft_fail_memory("a weight's name");
    }
    if (status == GRAFT_OK)
        status = graft_h5_write_texts(out->file, group, "weight_names", (const char *const *)names, count);
    for (size_t i = 0; i < count; i++)
        graft_release(names[i]);
    graft_release(group);
    return status;
}

graft_status graft_keras_out_layer(graft_keras_out *out, const char *class_name, const char *suffix, graft_json *config,
                                   const graft_keras_out_weight *weights, size_t weight_count) {
    char *name = NULL;
    graft_status status = name_layer(out, suffix, &name);
    if (status == GRAFT_OK && !graft_reserve(&out->layer, &out->layer_capacity, out->layer_count + 1, sizeof(char *)))
        status = graft_fail_memory("the layers' names");
    if (status != GRAFT_OK || !config) {
        graft_release(name);
        graft_json_free(config);
        return status == GRAFT_OK ? graft_fail_memory("a layer's configuration") : status;
    }
    out->layer[out->layer_count++] = name;
    add_json(out, class_name, name, config);
    out->input[0] = name;
    out->input_count = 1;
    return write_weights(out, name, weights, weight_count);
}
