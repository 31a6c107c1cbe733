/* Sequential models: each layer reads the one before it. */
#include "import/keras-model.h"

#include <string.h>

/* Without an InputLayer the shape stands in the first layer's configuration, or in "build_input_shape". */
static graft_status add_input(graft_keras *keras, const graft_keras_scope *scope, const graft_json *model,
                              const graft_keras_layer *first, graft_keras_nodes *out) {
    const graft_json *built = graft_json_get(model, "build_input_shape");
    bool own = graft_json_get(first->config, "batch_input_shape") || graft_json_get(first->config, "batch_shape");
    if (!own && !built)
        return graft_fail(GRAFT_E_DATA, "layer '%.200s' (%.100s) comes first and has no \"batch_input_shape\"",
                          first->name, first->class_name);
    graft_json *config = own ? graft_json_keep(first->config) : graft_json_new_object();
    if (!own) graft_json_set(config, "batch_input_shape", graft_json_keep(built));
    char *name = graft_text_format("%s_input", first->name);
    graft_keras_layer input = {.class_name = "InputLayer", .name = name, .config = config};
    graft_keras_nodes nothing = {0};
    graft_status status =
        config && name ? graft_keras_emit(keras, scope, &input, 0, &nothing, out) : graft_fail_memory("an input");
    graft_json_free(config);
    graft_release(name);
    return status;
}

static bool brings_input(const graft_keras_layer *layer) {
    return strcmp(layer->class_name, "InputLayer") == 0 || graft_json_get(layer->config, "layers") ||
           graft_json_type_of(layer->config) == GRAFT_JSON_ARRAY;
}

/* `current` holds what the layer reads and gets what it makes. */
static graft_status append(graft_keras *keras, const graft_keras_scope *scope, const graft_json *model,
                           const graft_json *json, graft_keras_nodes *current) {
    graft_keras_layer layer;
    GRAFT_TRY(graft_keras_layer_read(json, &layer));
    if (current->count > 0 && strcmp(layer.class_name, "InputLayer") == 0) return GRAFT_OK;
    if (current->count == 0 && !brings_input(&layer)) GRAFT_TRY(add_input(keras, scope, model, &layer, current));
    graft_keras_nodes next = {0};
    GRAFT_TRY(graft_keras_emit(keras, scope, &layer, 0, current, &next));
    graft_release(current->node);
    *current = next;
    return GRAFT_OK;
}

graft_status graft_keras_sequential(graft_keras *keras, const graft_keras_scope *scope, const graft_json *config,
                                    const graft_keras_nodes *inputs, graft_keras_nodes *outputs) {
    bool bare = graft_json_type_of(config) == GRAFT_JSON_ARRAY;
    const graft_json *layers = bare ? config : graft_json_get(config, "layers");
    if (graft_json_type_of(layers) != GRAFT_JSON_ARRAY)
        return graft_fail(GRAFT_E_DATA, "a Sequential model without a list of \"layers\"");
    graft_keras_nodes current = {0};
    GRAFT_TRY(graft_keras_nodes_set(&current, inputs->node, inputs->count));
    graft_status status = GRAFT_OK;
    for (size_t i = 0; i < graft_json_count(layers) && status == GRAFT_OK; i++)
        status = append(keras, scope, config, graft_json_at(layers, i), &current);
    if (status == GRAFT_OK)
        *outputs = current;
    else
        graft_release(current.node);
    return status;
}
