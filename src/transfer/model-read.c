/* Reading a model file: nothing in it is believed before its SHA-256 is right, and nothing used before the self-test.
 */
#include "transfer/model-internal.h"

#include "base/alloc.h"
#include "base/error.h"
#include "transfer/model-seal.h"
#include "transfer/precision.h"

#include <stdlib.h>
#include <string.h>

/* One of the two is enough: a file damaged in the other is refused by its hash, and not taken for weights alone. */
bool graft_model_is_graft(const graft_container *file) {
    return graft_json_get(graft_container_metadata(file), "format_version") ||
           strcmp(graft_json_text(graft_json_get(graft_container_metadata(file), "format"), ""), "graft-model") == 0;
}

/* Graft's other models are opened by verbs of their own. */
static graft_status check_kind(const graft_container *file) {
    static const char *const others[][2] = {{"graft-series", "a model of time series, for graft series"},
                                            {"graft-gan", "a generative model, for graft gan (the backbone of its "
                                                          "run is discriminator.safetensors)"}};
    const char *format = graft_json_text(graft_json_get(graft_container_metadata(file), "format"), "");
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
        if (strcmp(format, others[i][0]) == 0)
            return graft_fail(GRAFT_E_DATA, "%s: is %s: expected one that classifies pictures",
                              graft_container_path(file), others[i][1]);
    return GRAFT_OK;
}

static graft_status check_version(const graft_container *file) {
    const char *text = graft_json_text(graft_json_get(graft_container_metadata(file), "format_version"), "");
    char *end;
    long version = strtol(text, &end, 10);
    if (end == text || *end || version < 1)
        return graft_fail(GRAFT_E_DATA, "%s: format version '%.20s', expected a number", graft_container_path(file),
                          text);
    if (version > GRAFT_MODEL_FORMAT_VERSION)
        return graft_fail(GRAFT_E_DATA, "%s: format version %ld, this graft (%s) reads up to %d: update graft",
                          graft_container_path(file), version, graft_version(), GRAFT_MODEL_FORMAT_VERSION);
    return GRAFT_OK;
}

static graft_status parse_metadata(const graft_container *file, const char *key, graft_json **out) {
    const char *text = graft_json_text(graft_json_get(graft_container_metadata(file), key), "");
    char *what = graft_text_format("%s: %s", graft_container_path(file), key);
    if (!what) return graft_fail_memory("a text");
    graft_status status = graft_json_parse(text, strlen(text), what, out);
    graft_release(what);
    return status;
}

static graft_status read_parameters(graft_container *file, graft_graph *graph) {
    for (int i = 0; i < graft_graph_count(graph); i++) {
        graft_node *node = graft_graph_node(graph, i);
        for (int j = 0; j < node->param_count; j++) {
            graft_tensor *value;
            char *prefix = graft_text_format("%s/", node->name);
            if (!prefix) return graft_fail_memory("a tensor's name");
            graft_status status =
                graft_tensor_expect(file, prefix, node->params[j].name, GRAFT_F32, node->params[j].shape, &value);
            graft_release(prefix);
            GRAFT_TRY(status);
            GRAFT_TRY(graft_node_set_param(node, node->params[j].name, value));
        }
    }
    return graft_graph_complete(graph);
}

static graft_status read_cut(const graft_graph *graph, const graft_json *json, graft_cut *cut) {
    int pool = graft_pool_find(graft_json_text(graft_json_get(json, "pool"), ""));
    GRAFT_TRY(graft_cut_named(graph, graft_json_text(graft_json_get(json, "layer"), ""), pool, cut));
    int64_t width = graft_json_int(graft_json_get(json, "width"), -1);
    if (width != (int64_t)cut->width)
        return graft_fail(GRAFT_E_DATA, "the cut gives %zu features, the file says %lld", cut->width, (long long)width);
    return GRAFT_OK;
}

static graft_status read_classes(graft_model *model, const graft_json *json) {
    const graft_json *list = graft_json_get(json, "classes");
    int64_t count = graft_json_int(graft_json_get(json, "class_count"), -1);
    if (count < 2 || count > GRAFT_CLASS_LIMIT)
        return graft_fail(GRAFT_E_DATA, "%lld classes, expected 2 to %d", (long long)count, GRAFT_CLASS_LIMIT);
    model->class_count = (size_t)count;
    if (graft_json_type_of(list) == GRAFT_JSON_NULL) return GRAFT_OK;
    if (graft_json_count(list) != (size_t)count)
        return graft_fail(GRAFT_E_DATA, "%zu class names for %lld classes", graft_json_count(list), (long long)count);
    const char **names = graft_allocate((size_t)count, sizeof(*names));
    if (!names) return graft_fail_memory("class names");
    for (size_t i = 0; i < (size_t)count; i++)
        names[i] = graft_json_text(graft_json_at(list, i), "");
    graft_status status = graft_model_set_classes(model, names, (size_t)count);
    graft_release(names);
    return status;
}

static graft_status read_heads(graft_model *model, graft_container *file, const graft_json *json) {
    const char *name = graft_json_text(graft_json_get(json, "head"), "");
    model->head = graft_head_find(name);
    if (!model->head) return graft_fail(GRAFT_E_DATA, "unknown head '%.40s'", name);
    GRAFT_TRY(model->head->load(file, "@head/", model->cut.width, (int)model->class_count, &model->state));
    const graft_json *inner = graft_json_get(json, "baseline_cut");
    bool has_inner = graft_json_type_of(inner) == GRAFT_JSON_OBJECT;
    model->baseline_cut = model->cut;
    if (has_inner) GRAFT_TRY(read_cut(model->graph, inner, &model->baseline_cut));
    if (!has_inner && !graft_json_bool(graft_json_get(json, "baseline"), false)) return GRAFT_OK;
    return graft_head_knn.load(file, "@baseline/", model->baseline_cut.width, (int)model->class_count,
                               &model->baseline);
}

static graft_status check_input(const graft_model *model) {
    const graft_shape *input = &graft_graph_node(model->graph, graft_graph_input(model->graph))->output;
    const graft_preprocess *spec = &model->spec;
    graft_shape given = GRAFT_SHAPE(spec->channels, spec->height, spec->width);
    if (graft_shape_equal(input, &given)) return GRAFT_OK;
    char text[GRAFT_SHAPE_TEXT];
    return graft_fail(GRAFT_E_DATA, "the network takes %s, the preprocessing gives %dx%dx%d",
                      graft_shape_text(input, text), spec->channels, spec->height, spec->width);
}

static graft_status fill(graft_model *model, graft_container *file) {
    graft_json *json = NULL, *graph = NULL;
    graft_status status;
    GRAFT_TRY_TO(done, status, parse_metadata(file, "model", &json));
    GRAFT_TRY_TO(done, status, parse_metadata(file, "graph", &graph));
    GRAFT_TRY_TO(done, status, graft_graph_from_json(graph, &model->graph));
    GRAFT_TRY_TO(done, status, read_parameters(file, model->graph));
    GRAFT_TRY_TO(done, status, graft_preprocess_from_json(graft_json_get(json, "preprocess"), &model->spec));
    GRAFT_TRY_TO(done, status, check_input(model));
    GRAFT_TRY_TO(done, status, read_cut(model->graph, graft_json_get(json, "cut"), &model->cut));
    GRAFT_TRY_TO(done, status, read_classes(model, json));
    GRAFT_TRY_TO(done, status, read_heads(model, file, json));
    model->name = graft_text_copy(graft_json_text(graft_json_get(json, "network"), ""));
    if (!model->name) GRAFT_TRY_TO(done, status, graft_fail_memory("a model"));
    const graft_json *training = graft_json_get(json, "training");
    if (graft_json_type_of(training) == GRAFT_JSON_OBJECT) model->training = graft_json_keep(training);
    GRAFT_TRY_TO(done, status, graft_model_precision_from_json(model, graft_json_get(json, "precision")));
    status = graft_selftest_verify(model, graft_json_get(json, "self_test"));
done:
    graft_json_free(json);
    graft_json_free(graph);
    return status;
}

graft_status graft_model_read(graft_context *context, graft_container *file, graft_model **out) {
    const char *path = graft_container_path(file);
    *out = NULL;
    GRAFT_TRY(check_kind(file));
    GRAFT_TRY(check_version(file));
    GRAFT_TRY(graft_seal_verify(path));
    graft_model *model = graft_allocate_zero(1, sizeof(*model));
    if (!model) return graft_fail_memory("a model");
    model->context = context;
    graft_status status = fill(model, file);
    if (status != GRAFT_OK) {
        graft_model_free(model);
        return status == GRAFT_E_MEMORY ? status
                                        : graft_fail_in(status == GRAFT_E_USAGE ? GRAFT_E_DATA : status, "%s", path);
    }
    *out = model;
    return GRAFT_OK;
}
