/* Series models as files: safetensors, sealed like other models. The graph is not stored: it depends on the series'
 * length, and is built anew from the specification. */
#include "base/alloc.h"
#include "base/error.h"
#include "transfer/head.h"
#include "transfer/model-seal.h"
#include "transfer/series-internal.h"

#include <stdio.h>
#include <string.h>

#define FORMAT "graft-series"
enum { VERSION = 1 };

graft_status graft_series_model_new(graft_series_model **out) {
    *out = graft_allocate_zero(1, sizeof **out);
    return *out ? GRAFT_OK : graft_fail_memory("a model");
}

void graft_series_model_free(graft_series_model *model) {
    if (!model) return;
    for (size_t i = 0; model->classes && i < model->class_count; i++)
        graft_release(model->classes[i]);
    graft_release(model->classes);
    graft_logistic_free(model->head);
    graft_graph_free(model->graph);
    graft_release(model->path);
    graft_release(model);
}

static graft_status take_classes(graft_series_model *model, size_t count) {
    model->classes = graft_allocate_zero(count, sizeof *model->classes);
    model->class_count = count;
    return model->classes ? GRAFT_OK : graft_fail_memory("classes");
}

graft_status graft_series_model_classes(graft_series_model *model, const graft_series_set *set) {
    GRAFT_TRY(take_classes(model, set->class_count));
    for (size_t i = 0; i < set->class_count; i++)
        if (!(model->classes[i] = graft_text_copy(set->classes[i]))) return graft_fail_memory("classes");
    return GRAFT_OK;
}

graft_status graft_series_model_network(const graft_series_model *model, const graft_series_spec *spec,
                                        graft_series_role role, graft_graph **out) {
    size_t copied, missing;
    GRAFT_TRY(graft_series_network(model->arch, spec, role, out));
    graft_status status = graft_series_copy_values(model->graph, *out, &copied, &missing);
    if (status != GRAFT_OK) graft_graph_free(*out);
    return status;
}

/* ---- writing ---- */

static graft_status describe(const graft_series_model *model, char **out) {
    graft_json *json = graft_json_new_object(), *classes = graft_json_new_array();
    const graft_series_spec *spec = &model->spec;
    graft_json_set_text(json, "arch", model->arch->name);
    graft_json_set_int(json, "channels", spec->channels);
    graft_json_set_int(json, "steps", spec->steps);
    graft_json_set_bool(json, "masked", spec->masked);
    if (spec->resampled) graft_json_set_bool(json, "resampled", true);
    graft_json_set_bool(json, "teacher", spec->teacher);
    graft_json_set_int(json, "units", spec->units);
    graft_json_set_int(json, "layers", spec->layers);
    graft_json_set_real(json, "dropout", spec->dropout);
    graft_json_set_int(json, "missing", (int64_t)model->how.missing);
    graft_json_set_bool(json, "raw", model->how.raw);
    graft_json_set_int(json, "length", (int64_t)model->how.length);
    graft_json_set_int(json, "window", (int64_t)model->how.window);
    graft_json_set_int(json, "stride", (int64_t)model->how.stride);
    graft_json_set_text(json, "head", model->head ? "logistic" : model->classes ? "network" : "none");
    for (size_t i = 0; model->classes && i < model->class_count; i++)
        graft_json_add(classes, graft_json_new_text(model->classes[i]));
    graft_json_set(json, "classes", classes);
    graft_status status = graft_json_dump(json, 0, out, NULL);
    graft_json_free(json);
    return status;
}

static graft_status gather(const graft_series_model *model, graft_tensor_list *list) {
    GRAFT_TRY(graft_tensor_list_add_graph(list, "", model->graph));
    return model->head ? graft_head_logistic.save(model->head, "@head/", list) : GRAFT_OK;
}

graft_status graft_series_model_save(const graft_series_model *model, const char *path) {
    graft_json *metadata = graft_json_new_object();
    graft_tensor_list list = {0};
    char version[16], *text = NULL;
    graft_status status = describe(model, &text);
    if (status == GRAFT_OK) status = gather(model, &list);
    snprintf(version, sizeof version, "%d", VERSION);
    graft_json_set_text(metadata, "format", FORMAT);
    graft_json_set_text(metadata, "format_version", version);
    graft_json_set_text(metadata, "model", text);
    if (status == GRAFT_OK) status = graft_tensor_list_write(&list, metadata, path);
    graft_tensor_list_clear(&list);
    graft_json_free(metadata);
    graft_release(text);
    return status;
}

/* ---- reading ---- */

static graft_status whole(const graft_json *json, const char *key, int64_t low, int64_t high, int64_t *out) {
    *out = graft_json_int(graft_json_get(json, key), -1);
    if (*out >= low && *out <= high) return GRAFT_OK;
    return graft_fail(GRAFT_E_DATA, "%s is %lld, expected %lld to %lld", key, (long long)*out, (long long)low,
                      (long long)high);
}

static graft_status read_spec(const graft_json *json, graft_series_model *model) {
    graft_series_spec *spec = &model->spec;
    int64_t missing, length, window, stride;
    const char *arch = graft_json_text(graft_json_get(json, "arch"), "");
    GRAFT_TRY(graft_series_arch_find(arch, "", &model->arch));
    GRAFT_TRY(whole(json, "channels", 1, GRAFT_SERIES_CHANNELS_MOST, &spec->channels));
    GRAFT_TRY(whole(json, "steps", 1, GRAFT_SERIES_LENGTH_MOST, &spec->steps));
    GRAFT_TRY(whole(json, "units", 1, 1024, &spec->units));
    GRAFT_TRY(whole(json, "layers", 1, 8, &spec->layers));
    GRAFT_TRY(whole(json, "missing", 0, GRAFT_MISSING_REFUSE, &missing));
    GRAFT_TRY(whole(json, "length", 0, GRAFT_SERIES_LENGTH_MOST, &length));
    GRAFT_TRY(whole(json, "window", 0, GRAFT_SERIES_LENGTH_MOST, &window));
    GRAFT_TRY(whole(json, "stride", 0, GRAFT_SERIES_LENGTH_MOST, &stride));
    spec->masked = graft_json_bool(graft_json_get(json, "masked"), false);
    spec->resampled = graft_json_bool(graft_json_get(json, "resampled"), false);
    spec->teacher = graft_json_bool(graft_json_get(json, "teacher"), false);
    spec->dropout = graft_json_real(graft_json_get(json, "dropout"), 0);
    if (!(spec->dropout >= 0 && spec->dropout < 1))
        return graft_fail(GRAFT_E_DATA, "dropout is %g, expected 0 to 1", spec->dropout);
    model->how = (graft_series_preparation){.missing = (graft_series_missing)missing,
                                            .raw = graft_json_bool(graft_json_get(json, "raw"), false),
                                            .length = (size_t)length,
                                            .window = (size_t)window,
                                            .stride = (size_t)stride};
    return GRAFT_OK;
}

static graft_status read_classes(const graft_json *json, graft_series_model *model) {
    const graft_json *list = graft_json_get(json, "classes");
    const size_t count = graft_json_count(list);
    if (count == 0) return GRAFT_OK;
    if (count < 2 || count > GRAFT_SERIES_CLASSES_MOST)
        return graft_fail(GRAFT_E_DATA, "%zu classes, expected 2 to %d", count, (int)GRAFT_SERIES_CLASSES_MOST);
    GRAFT_TRY(take_classes(model, count));
    for (size_t i = 0; i < count; i++)
        if (!(model->classes[i] = graft_text_copy(graft_json_text(graft_json_at(list, i), ""))))
            return graft_fail_memory("classes");
    model->spec.classes = (int64_t)count;
    return GRAFT_OK;
}

static graft_status read_model(graft_container *file, const graft_json *json, graft_series_model *model) {
    const char *head = graft_json_text(graft_json_get(json, "head"), "");
    void *state = NULL;
    GRAFT_TRY(read_spec(json, model));
    GRAFT_TRY(read_classes(json, model));
    const bool network = strcmp(head, "network") == 0, logistic = strcmp(head, "logistic") == 0;
    if ((network || logistic) != (model->classes != NULL))
        return graft_fail(GRAFT_E_DATA, "head \"%.20s\" for %zu classes", head, model->class_count);
    GRAFT_TRY(graft_series_network(model->arch, &model->spec, network ? GRAFT_SERIES_CLASSIFIER : GRAFT_SERIES_ENCODER,
                                   &model->graph));
    GRAFT_TRY(graft_tensor_expect_graph(file, "", model->graph));
    if (!logistic) return GRAFT_OK;
    const graft_node *code = graft_graph_node(model->graph, graft_graph_output(model->graph));
    GRAFT_TRY(graft_head_logistic.load(file, "@head/", (size_t)graft_shape_count(&code->output),
                                       (int)model->class_count, &state));
    model->head = state;
    return GRAFT_OK;
}

static graft_status open_file(graft_container *file, const char *path, graft_series_model *model) {
    const graft_json *metadata = graft_container_metadata(file);
    const char *text = graft_json_text(graft_json_get(metadata, "model"), "");
    char version[16];
    graft_json *json = NULL;
    snprintf(version, sizeof version, "%d", VERSION);
    if (strcmp(graft_json_text(graft_json_get(metadata, "format"), ""), FORMAT) != 0)
        return graft_fail(GRAFT_E_DATA, "no model of series, expected one that `graft series` wrote");
    if (strcmp(graft_json_text(graft_json_get(metadata, "format_version"), ""), version) != 0)
        return graft_fail(GRAFT_E_DATA, "format version \"%.20s\", expected %s: update graft",
                          graft_json_text(graft_json_get(metadata, "format_version"), ""), version);
    GRAFT_TRY(graft_seal_verify(path));
    GRAFT_TRY(graft_json_parse(text, strlen(text), "model", &json));
    graft_status status = read_model(file, json, model);
    graft_json_free(json);
    return status;
}

graft_status graft_series_model_open(graft_series_model **out, graft_context *context, const char *path) {
    graft_container *file;
    graft_series_model *model;
    *out = NULL;
    GRAFT_TRY(graft_container_open(context, path, &file));
    graft_status status = graft_series_model_new(&model);
    if (status == GRAFT_OK) {
        model->path = graft_text_copy(path);
        status = model->path ? open_file(file, path, model) : graft_fail_memory("a path");
        if (status == GRAFT_OK)
            *out = model;
        else
            graft_series_model_free(model);
    }
    graft_container_free(file);
    if (status == GRAFT_OK || status == GRAFT_E_MEMORY) return status;
    return graft_fail_in(GRAFT_E_DATA, "%s", path);
}
