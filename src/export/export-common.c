#include "export/export-common.h"

#include "base/alloc.h"
#include "base/error.h"
#include "nn/op.h"
#include "transfer/model-internal.h"

static graft_status set_json(graft_json *metadata, const char *key, const graft_json *value) {
    char *text;
    GRAFT_TRY(graft_json_dump(value, 0, &text, NULL));
    graft_json_set_text(metadata, key, text);
    graft_release(text);
    return GRAFT_OK;
}

static graft_status set_graph(graft_json *metadata, const graft_graph *graph) {
    graft_json *json = NULL;
    GRAFT_TRY(graft_graph_to_json(graph, &json));
    graft_status status = set_json(metadata, GRAFT_STORED_GRAPH, json);
    graft_json_free(json);
    return status;
}

static graft_status set_preprocess(graft_json *metadata, const graft_preprocess *spec) {
    graft_json *json = NULL;
    GRAFT_TRY(graft_preprocess_to_json(spec, &json));
    graft_status status = set_json(metadata, GRAFT_STORED_PREPROCESS, json);
    graft_json_free(json);
    return status;
}

static graft_status set_classes(graft_json *metadata, const graft_export_source *source) {
    graft_json *list = graft_json_new_array();
    for (size_t i = 0; i < source->class_count; i++)
        graft_json_add(list, graft_json_new_text(source->classes[i]));
    graft_status status = list ? set_json(metadata, GRAFT_STORED_CLASSES, list) : graft_fail_memory("class names");
    graft_json_free(list);
    return status;
}

graft_status graft_export_metadata(const graft_export_source *source, bool graph, graft_json **out) {
    graft_json *metadata = graft_json_new_object();
    graft_status status = metadata ? GRAFT_OK : graft_fail_memory("metadata");
    *out = NULL;
    if (status == GRAFT_OK && graph) status = set_graph(metadata, source->graph);
    if (status == GRAFT_OK && source->preprocess) status = set_preprocess(metadata, source->preprocess);
    if (status == GRAFT_OK && source->classes) status = set_classes(metadata, source);
    if (status == GRAFT_OK)
        *out = metadata;
    else
        graft_json_free(metadata);
    return status;
}

graft_status graft_export_unique(graft_strmap *taken, const char *name, char **out) {
    size_t place;
    *out = graft_text_copy(name);
    for (int number = 2; *out && graft_strmap_get(taken, *out, &place); number++) {
        graft_release(*out);
        *out = graft_text_format("%s_%d", name, number);
    }
    graft_status status = *out ? graft_strmap_set(taken, *out, 1) : graft_fail_memory("a layer's name");
    if (status == GRAFT_OK) return status;
    graft_release(*out);
    *out = NULL;
    return status;
}

graft_status graft_export_refuse(const graft_node *node, const char *target, const char *why) {
    return graft_fail(GRAFT_E_USAGE, "layer '%.200s' (%s): %s cannot say it: %s", node->name, node->op->name, target,
                      why);
}
