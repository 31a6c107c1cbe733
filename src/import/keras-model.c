/* Builds a graph from the configuration of a model, nested models flattened. */
#include "import/keras-model.h"

#include <string.h>

enum { DEPTH_LIMIT = 16, CALL_LIMIT = 4 * GRAFT_MAX_NODES };

graft_status graft_keras_layer_read(const graft_json *json, graft_keras_layer *out) {
    out->class_name = graft_json_text(graft_json_get(json, "class_name"), NULL);
    out->config = graft_json_get(json, "config");
    out->inbound = graft_json_get(json, "inbound_nodes");
    out->name = graft_json_text(graft_json_get(json, "name"), NULL);
    if (!out->name) out->name = graft_json_text(graft_json_get(out->config, "name"), NULL);
    /* Sequential models of Keras before 2.2.3 have a list as configuration and no name. */
    if (!out->name && graft_json_type_of(out->config) == GRAFT_JSON_ARRAY) out->name = out->class_name;
    if (out->class_name && out->name) return GRAFT_OK;
    return graft_fail(GRAFT_E_DATA, "a layer without %s, expected \"class_name\" and a \"config\" with \"name\"",
                      out->class_name ? "name" : "class_name");
}

graft_status graft_keras_nodes_set(graft_keras_nodes *nodes, const int *node, int count) {
    *nodes = (graft_keras_nodes){0};
    if (count == 0) return GRAFT_OK;
    nodes->node = graft_allocate((size_t)count, sizeof(int));
    if (!nodes->node) return graft_fail_memory("a list of layers");
    memcpy(nodes->node, node, (size_t)count * sizeof(int));
    nodes->count = count;
    return GRAFT_OK;
}

static bool is_sequential(const graft_keras_layer *layer) {
    return strcmp(layer->class_name, "Sequential") == 0;
}

static bool is_functional(const graft_keras_layer *layer) {
    return strcmp(layer->class_name, "Functional") == 0 || strcmp(layer->class_name, "Model") == 0 ||
           (graft_json_get(layer->config, "layers") && graft_json_get(layer->config, "input_layers"));
}

static graft_status build(graft_keras *keras, const graft_keras_scope *scope, const graft_keras_layer *model,
                          const graft_keras_nodes *inputs, graft_keras_nodes *outputs) {
    if (scope->depth > DEPTH_LIMIT) return graft_fail(GRAFT_E_DATA, "models are nested more than %d deep", DEPTH_LIMIT);
    if (is_sequential(model)) return graft_keras_sequential(keras, scope, model->config, inputs, outputs);
    return graft_keras_functional(keras, scope, model->config, inputs, outputs);
}

/* "path/name", or "path/name:index" for a call after the first. */
static char *join(const char *path, const char *name, int64_t index) {
    const char *slash = path[0] ? "/" : "";
    if (index > 0) return graft_text_format("%s%s%s:%lld", path, slash, name, (long long)index);
    return graft_text_format("%s%s%s", path, slash, name);
}

static graft_status emit_model(graft_keras *keras, const graft_keras_scope *scope, const graft_keras_layer *model,
                               int64_t index, const graft_keras_nodes *inputs, graft_keras_nodes *outputs) {
    char *path = join(scope->path, model->name, 0), *label = join(scope->label, model->name, index);
    graft_keras_scope inner = {scope->depth + 1, scope->depth ? scope->outer : model->name, path, label};
    graft_status status =
        path && label ? build(keras, &inner, model, inputs, outputs) : graft_fail_memory("a layer's name");
    graft_release(path);
    graft_release(label);
    return status;
}

/* Layers keep their names; inside a nested model one that is taken gets the model's name before it, and a layer
 * called again the number of the call after it. */
static char *node_name(const graft_keras *keras, const graft_keras_scope *scope, const char *name, int64_t index) {
    size_t place;
    bool taken = scope->depth > 0 && (index > 0 || graft_strmap_get(keras->outer_names, name, &place) ||
                                      graft_graph_find(keras->graph, name) >= 0);
    return join(taken ? scope->label : "", name, index);
}

static graft_status add_source(graft_keras *keras, const graft_keras_scope *scope, const char *name, size_t *out) {
    if (!graft_reserve(&keras->sources, &keras->source_capacity, keras->source_count + 1, sizeof(*keras->sources)))
        return graft_fail_memory("a list of layers");
    char *path = join(scope->path, name, 0);
    if (!path) return graft_fail_memory("a layer's name");
    *out = keras->source_count++;
    keras->sources[*out] = (graft_keras_source){.path = path, .layer = name, .outer = scope->outer};
    return GRAFT_OK;
}

static graft_status emit_layer(graft_keras *keras, const graft_keras_scope *scope, const graft_keras_layer *layer,
                               int64_t index, const graft_keras_nodes *inputs, graft_keras_nodes *outputs) {
    graft_keras_call call = {.keras = keras,
                             .class_name = layer->class_name,
                             .config = layer->config,
                             .inputs = inputs->node,
                             .input_count = inputs->count};
    if (inputs->count == 0 && strcmp(layer->class_name, "InputLayer") != 0)
        return graft_fail(GRAFT_E_DATA, "layer '%.200s' (%.100s) has no input", layer->name, layer->class_name);
    GRAFT_TRY(add_source(keras, scope, layer->name, &call.source));
    call.name = node_name(keras, scope, layer->name, index);
    if (!call.name) return graft_fail_memory("a layer's name");
    graft_status status = graft_keras_dispatch(&call);
    graft_release(call.name);
    return status == GRAFT_OK ? graft_keras_nodes_set(outputs, &call.output, 1) : status;
}

graft_status graft_keras_emit(graft_keras *keras, const graft_keras_scope *scope, const graft_keras_layer *layer,
                              int64_t index, const graft_keras_nodes *inputs, graft_keras_nodes *outputs) {
    if (++keras->calls > CALL_LIMIT)
        return graft_fail(GRAFT_E_DATA, "more than %d calls of layers, nested models counted each time", CALL_LIMIT);
    if (is_sequential(layer) || is_functional(layer)) return emit_model(keras, scope, layer, index, inputs, outputs);
    return emit_layer(keras, scope, layer, index, inputs, outputs);
}

/* The outermost model's layers keep their names whatever its inner models hold. */
static graft_status keep_outer_names(graft_keras *keras, const graft_json *config) {
    const graft_json *layers =
        graft_json_type_of(config) == GRAFT_JSON_ARRAY ? config : graft_json_get(config, "layers");
    for (size_t i = 0; i < graft_json_count(layers); i++) {
        graft_keras_layer layer;
        GRAFT_TRY(graft_keras_layer_read(graft_json_at(layers, i), &layer));
        if (!is_sequential(&layer) && !is_functional(&layer))
            GRAFT_TRY(graft_strmap_set(keras->outer_names, layer.name, i));
    }
    return GRAFT_OK;
}

static graft_status build_outermost(graft_keras *keras, const graft_keras_layer *model) {
    GRAFT_TRY(graft_graph_new(model->name, &keras->graph));
    GRAFT_TRY(graft_strmap_new(&keras->outer_names));
    GRAFT_TRY(keep_outer_names(keras, model->config));
    graft_keras_scope outside = {0, "", "", ""};
    graft_keras_nodes nothing = {0}, outputs = {0};
    graft_status status = build(keras, &outside, model, &nothing, &outputs);
    if (status == GRAFT_OK && outputs.count != 1)
        status = graft_fail(GRAFT_E_DATA, "the model has %d outputs, expected one", outputs.count);
    if (status == GRAFT_OK) status = graft_graph_set_output(keras->graph, outputs.node[0]);
    graft_release(outputs.node);
    return status;
}

graft_status graft_keras_build(graft_keras *keras, const graft_json *config) {
    graft_keras_layer model;
    if (!config)
        return graft_fail(GRAFT_E_DATA,
                          "weights without a network, expected a whole model (Keras: model.save, not save_weights)");
    GRAFT_TRY(graft_keras_layer_read(config, &model));
    if (!is_sequential(&model) && !is_functional(&model))
        return graft_fail(GRAFT_E_DATA, "the model is of class %.100s, expected Functional, Model or Sequential",
                          model.class_name);
    return build_outermost(keras, &model);
}

void graft_keras_clear(graft_keras *keras) {
    for (size_t i = 0; i < keras->source_count; i++)
        graft_release(keras->sources[i].path);
    graft_release(keras->sources);
    graft_release(keras->bindings);
    graft_strmap_free(keras->outer_names);
    graft_graph_free(keras->graph);
    *keras = (graft_keras){0};
}
