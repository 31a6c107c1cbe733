/* Series models as files: safetensors, sealed like other models. The graph is not stored: it depends on the series'
 * length, and is built anew from the specification. */
#include "base/alloc.h"
#include "base/error.h"
#include "transfer/head.h"
#include "transfer/model-built.h"
#include "transfer/series-internal.h"

#include <string.h>

static const graft_built_kind series_file = {"graft-series", 1,
                                             "no model of series, expected one that `graft series` wrote"};

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

static graft_json *describe(const graft_series_model *model) {
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
    return json;
}

static graft_status gather(const graft_series_model *model, graft_tensor_list *list) {
    GRAFT_TRY(graft_tensor_list_add_graph(list, "", model->graph));
    return model->head ? graft_head_logistic.save(model->head, "@head/", list) : GRAFT_OK;
}

graft_status graft_series_model_save(const graft_series_model *model, const char *path) {
    graft_json *specification = describe(model);
    graft_tensor_list list = {0};
    graft_status status = gather(model, &list);
    if (status == GRAFT_OK) status = graft_built_write(&series_file, specification, &list, path);
    graft_tensor_list_clear(&list);
    graft_json_free(specification);
    return status;
}

/* ---- reading ---- */

static graft_status read_spec(const graft_json *json, graft_series_model *model) {
    graft_series_spec *spec = &model->spec;
    int64_t missing, length, window, stride;
    const char *arch = graft_json_text(graft_json_get(json, "arch"), "");
    GRAFT_TRY(graft_series_arch_find(arch, "", &model->arch));
    GRAFT_TRY(graft_built_whole(json, "channels", 1, GRAFT_SERIES_CHANNELS_MOST, &spec->channels));
    GRAFT_TRY(graft_built_whole(json, "steps", 1, GRAFT_SERIES_LENGTH_MOST, &spec->steps));
    GRAFT_TRY(graft_built_whole(json, "units", 1, 1024, &spec->units));
    GRAFT_TRY(graft_built_whole(json, "layers", 1, 8, &spec->layers));
    GRAFT_TRY(graft_built_whole(json, "missing", 0, GRAFT_MISSING_REFUSE, &missing));
    GRAFT_TRY(graft_built_whole(json, "length", 0, GRAFT_SERIES_LENGTH_MOST, &length));
    GRAFT_TRY(graft_built_whole(json, "window", 0, GRAFT_SERIES_LENGTH_MOST, &window));
    GRAFT_TRY(graft_built_whole(json, "stride", 0, GRAFT_SERIES_LENGTH_MOST, &stride));
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
    graft_json *specification = NULL;
    GRAFT_TRY(graft_built_read(&series_file, file, path, &specification));
    graft_status status = read_model(file, specification, model);
    graft_json_free(specification);
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
