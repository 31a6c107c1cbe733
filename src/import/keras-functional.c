/* Functional models: layers with calls that name the tensors they read. */
#include "import/keras-model.h"

#include <string.h>

typedef struct entry {
    graft_keras_layer layer;
    graft_keras_nodes *calls; /* their outputs */
    size_t call_count, done;
    int input; /* place among the model's inputs, -1: none */
} entry;

typedef struct model {
    graft_keras *keras;
    const graft_keras_scope *scope;
    const graft_keras_nodes *inputs;
    graft_strmap *places; /* layer name -> entry */
    entry *entries;
    size_t count;
} model;

static void model_clear(model *m) {
    for (size_t i = 0; m->entries && i < m->count; i++) {
        for (size_t k = 0; m->entries[i].calls && k < m->entries[i].call_count; k++)
            graft_release(m->entries[i].calls[k].node);
        graft_release(m->entries[i].calls);
    }
    graft_release(m->entries);
    graft_strmap_free(m->places);
}

static graft_status read_entry(model *m, size_t index, const graft_json *json) {
    entry *e = &m->entries[index];
    size_t place;
    GRAFT_TRY(graft_keras_layer_read(json, &e->layer));
    if (graft_strmap_get(m->places, e->layer.name, &place))
        return graft_fail(GRAFT_E_DATA, "layer '%.200s' occurs twice, expected unique names", e->layer.name);
    GRAFT_TRY(graft_strmap_set(m->places, e->layer.name, index));
    e->input = -1;
    size_t calls = graft_json_count(e->layer.inbound);
    e->call_count = calls ? calls : strcmp(e->layer.class_name, "InputLayer") == 0;
    e->calls = graft_allocate_zero(e->call_count, sizeof(*e->calls));
    return e->calls ? GRAFT_OK : graft_fail_memory("a layer's calls");
}

static graft_status mark_inputs(model *m, const graft_json *config) {
    graft_keras_tensors tensors = {0};
    graft_status status = graft_keras_tensors_read(graft_json_get(config, "input_layers"), &tensors);
    for (size_t i = 0; i < tensors.count && status == GRAFT_OK; i++) {
        size_t place;
        if (graft_strmap_get(m->places, tensors.items[i].layer, &place)) m->entries[place].input = (int)i;
    }
    if (status == GRAFT_OK && m->inputs->count > 0 && (size_t)m->inputs->count != tensors.count)
        status = graft_fail(GRAFT_E_DATA, "a model with %zu inputs is called with %d", tensors.count, m->inputs->count);
    graft_release(tensors.items);
    return status;
}

static graft_status model_read(model *m, const graft_json *config) {
    const graft_json *layers = graft_json_get(config, "layers");
    if (graft_json_type_of(layers) != GRAFT_JSON_ARRAY || graft_json_count(layers) > GRAFT_MAX_NODES)
        return graft_fail(GRAFT_E_DATA, "a model without a list of at most %d \"layers\"", GRAFT_MAX_NODES);
    size_t count = graft_json_count(layers);
    GRAFT_TRY(graft_strmap_new(&m->places));
    m->entries = graft_allocate_zero(count, sizeof(*m->entries));
    if (!m->entries) return graft_fail_memory("a model's layers");
    for (; m->count < count;) {
        size_t index = m->count++;
        GRAFT_TRY(read_entry(m, index, graft_json_at(layers, index)));
    }
    return mark_inputs(m, config);
}

/* The node a reference means; -1: not made yet. */
static graft_status resolve(const model *m, const graft_keras_tensor *tensor, int *out) {
    size_t place;
    if (!graft_strmap_get(m->places, tensor->layer, &place))
        return graft_fail(GRAFT_E_DATA, "layer '%.200s' is read but not among the model's layers", tensor->layer);
    const entry *e = &m->entries[place];
    /* Older files count a nested model's own construction as its call 0. */
    size_t call = e->call_count == 1 ? 0 : (size_t)tensor->call;
    *out = -1;
    if (call >= e->call_count)
        return graft_fail(GRAFT_E_DATA, "call %zu of layer '%.200s' is read, it has %zu", call, e->layer.name,
                          e->call_count);
    if (call >= e->done) return GRAFT_OK;
    if (tensor->output >= e->calls[call].count)
        return graft_fail(GRAFT_E_DATA, "output %lld of layer '%.200s' is read, it has %d", (long long)tensor->output,
                          e->layer.name, e->calls[call].count);
    *out = e->calls[call].node[tensor->output];
    return GRAFT_OK;
}

/* *waiting gets the name of a layer that is not made yet, or NULL. */
static graft_status resolve_all(const model *m, const graft_keras_tensors *tensors, graft_keras_nodes *out,
                                const char **waiting) {
    *waiting = NULL;
    out->node = graft_allocate(tensors->count, sizeof(int));
    if (!out->node) return graft_fail_memory("a layer's inputs");
    for (size_t i = 0; i < tensors->count && !*waiting; i++) {
        GRAFT_TRY(resolve(m, &tensors->items[i], &out->node[i]));
        if (out->node[i] < 0) *waiting = tensors->items[i].layer;
    }
    out->count = (int)tensors->count;
    return GRAFT_OK;
}

static graft_status try_call(model *m, entry *e, const char **waiting) {
    const graft_json *inbound = graft_json_at(e->layer.inbound, e->done);
    graft_keras_nodes *outputs = &e->calls[e->done];
    *waiting = NULL;
    if (e->input >= 0 && m->inputs->count > 0) return graft_keras_nodes_set(outputs, &m->inputs->node[e->input], 1);
    graft_keras_tensors tensors = {0};
    graft_keras_nodes inputs = {0};
    graft_status status = graft_keras_tensors_read(inbound, &tensors);
    if (status == GRAFT_OK) status = resolve_all(m, &tensors, &inputs, waiting);
    if (status == GRAFT_E_DATA) status = graft_fail_in(status, "layer '%.200s'", e->layer.name);
    if (status == GRAFT_OK && !*waiting)
        status = graft_keras_emit(m->keras, m->scope, &e->layer, (int64_t)e->done, &inputs, outputs);
    graft_release(tensors.items);
    graft_release(inputs.node);
    return status;
}

/* Files list layers in the order of their first call; a layer called again may have to wait for later ones. */
static graft_status make_calls(model *m) {
    bool progress = true;
    const char *reader = NULL, *waiting = NULL;
    while (progress) {
        progress = false;
        reader = NULL;
        for (size_t i = 0; i < m->count; i++) {
            entry *e = &m->entries[i];
            while (e->done < e->call_count) {
                const char *missing;
                GRAFT_TRY(try_call(m, e, &missing));
                if (missing) {
                    reader = e->layer.name;
                    waiting = missing;
                    break;
                }
                e->done++;
                progress = true;
            }
        }
    }
    if (!reader) return GRAFT_OK;
    return graft_fail(GRAFT_E_DATA, "layer '%.200s' reads '%.200s', which reads it in turn or has no input", reader,
                      waiting);
}

static graft_status read_outputs(const model *m, const graft_json *config, graft_keras_nodes *outputs) {
    const char *waiting = NULL;
    graft_keras_tensors tensors = {0};
    graft_keras_nodes nodes = {0};
    graft_status status = graft_keras_tensors_read(graft_json_get(config, "output_layers"), &tensors);
    if (status == GRAFT_OK) status = resolve_all(m, &tensors, &nodes, &waiting);
    if (status == GRAFT_OK && (waiting || tensors.count == 0))
        status = graft_fail(GRAFT_E_DATA, "a model without \"output_layers\" that are made");
    graft_release(tensors.items);
    if (status == GRAFT_OK)
        *outputs = nodes;
    else
        graft_release(nodes.node);
    return status;
}

graft_status graft_keras_functional(graft_keras *keras, const graft_keras_scope *scope, const graft_json *config,
                                    const graft_keras_nodes *inputs, graft_keras_nodes *outputs) {
    model m = {.keras = keras, .scope = scope, .inputs = inputs};
    graft_status status = model_read(&m, config);
    if (status == GRAFT_OK) status = make_calls(&m);
    if (status == GRAFT_OK) status = read_outputs(&m, config, outputs);
    model_clear(&m);
    return status;
}
