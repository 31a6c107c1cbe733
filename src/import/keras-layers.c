/* The registry of Keras' layers, and what every layer's function builds with. */
#include "import/keras.h"

#include "base/buffer.h"

#include <string.h>

static const struct {
    const char *class_name;
    graft_keras_fn function;
} rows[] = {
#define KERAS_LAYER(class_name, function) {#class_name, function},
#include "import/keras-layers.def"
#undef KERAS_LAYER
};

enum { ROW_COUNT = sizeof(rows) / sizeof(rows[0]) };

/* Keys that change a layer's result, and the only value there is code for. Keys not listed and not read by a layer's
 * function (initialisers, regularisers, constraints, names of devices, ...) do not change what a trained layer
 * computes. */
static const struct {
    const char *key, *value;
} only_values[] = {
    {"data_format", "\"channels_last\""},
    {"dim_ordering", "\"tf\""}, /* Keras 1 */
    {"renorm", "false"},
    {"virtual_batch_size", "null"},
    {"adjustment", "null"},
    {"invert", "false"},
    {"lora_rank", "null"},
    {"quantization_mode", "null"},
    {"quantization_config", "null"},
    {"ragged", "false"},
    {"sparse", "false"},
};

static graft_status check_config(const graft_keras_call *call) {
    for (size_t i = 0; i < sizeof(only_values) / sizeof(only_values[0]); i++) {
        const graft_json *value = graft_json_get(call->config, only_values[i].key);
        if (graft_json_type_of(value) == GRAFT_JSON_NULL) continue;
        char *text;
        GRAFT_TRY(graft_json_dump(value, 0, &text, NULL));
        bool same = strcmp(text, only_values[i].value) == 0;
        graft_release(text);
        if (!same) return graft_keras_refuse(call, only_values[i].key, only_values[i].value);
    }
    return GRAFT_OK;
}

static graft_status unknown_class(void) {
    enum { LIST_LIMIT = 4096 };
    graft_buffer list;
    graft_buffer_init(&list, LIST_LIMIT);
    for (size_t i = 0; i < ROW_COUNT; i++)
        graft_buffer_format(&list, "%s%s", i ? ", " : "", rows[i].class_name);
    graft_status status = graft_buffer_status(&list);
    if (status == GRAFT_OK)
        status = graft_fail(GRAFT_E_DATA, "this Keras layer cannot be imported, expected one of %s", list.data);
    graft_buffer_clear(&list);
    return status;
}

static graft_status run_row(graft_keras_call *call) {
    GRAFT_TRY(check_config(call));
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (strcmp(rows[i].class_name, call->class_name) == 0) return rows[i].function(call);
    return unknown_class();
}

graft_status graft_keras_dispatch(graft_keras_call *call) {
    call->output = -1;
    graft_status status = run_row(call);
    if (status != GRAFT_E_DATA) return status;
    return graft_fail_in(status, "layer '%.200s' (%.100s)", call->name, call->class_name);
}

static graft_status add_node(graft_keras_call *call, const char *op, const char *suffix, const void *attributes,
                             const int *inputs, int count) {
    char *name = suffix ? graft_text_format("%s/%s", call->name, suffix) : graft_text_copy(call->name);
    if (!name) return graft_fail_memory("a layer's name");
    graft_status status = graft_graph_add(call->keras->graph, op, name, attributes, inputs, count, &call->output);
    graft_release(name);
    return status;
}

graft_status graft_keras_add(graft_keras_call *call, const char *op, const char *suffix, const void *attributes) {
    return add_node(call, op, suffix, attributes, call->inputs, call->input_count);
}

graft_status graft_keras_then(graft_keras_call *call, const char *op, const char *suffix, const void *attributes) {
    int input = call->output;
    return add_node(call, op, suffix, attributes, &input, 1);
}

graft_status graft_keras_bind(graft_keras_call *call, const char *param, const char *weight,
                              graft_keras_layout layout) {
    graft_keras *keras = call->keras;
    if (!graft_reserve(&keras->bindings, &keras->binding_capacity, keras->binding_count + 1, sizeof(*keras->bindings)))
        return graft_fail_memory("a list of weights");
    keras->bindings[keras->binding_count++] =
        (graft_keras_binding){.source = call->source,
                              .node = call->output,
                              .param = param,
                              .weight = weight,
                              .order = (int)keras->sources[call->source].weights++,
                              .layout = layout};
    return GRAFT_OK;
}

const graft_shape *graft_keras_input_shape(const graft_keras_call *call) {
    return &graft_graph_node(call->keras->graph, call->inputs[0])->output;
}
