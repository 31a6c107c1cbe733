/* What graft itself wrote into files of other formats: preprocessing and classes. */
#include "transfer/model-internal.h"

#include "base/alloc.h"
#include "base/error.h"
#include "import/import.h"

#include <string.h>

/* *out is NULL when the metadata has no such key. */
static graft_status parse(const graft_container *file, const char *key, graft_json **out) {
    const char *text = graft_json_text(graft_json_get(graft_container_metadata(file), key), NULL);
    *out = NULL;
    if (!text) return GRAFT_OK;
    char *what = graft_text_format("%s: %s", graft_container_path(file), key);
    if (!what) return graft_fail_memory("a text");
    graft_status status = graft_json_parse(text, strlen(text), what, out);
    graft_release(what);
    return status;
}

graft_status graft_stored_preprocess(const graft_container *file, graft_backbone_options *options, bool *found) {
    graft_json *json;
    graft_preprocess spec;
    *found = false;
    GRAFT_TRY(parse(file, GRAFT_STORED_PREPROCESS, &json));
    if (!json) return GRAFT_OK;
    graft_status status = graft_preprocess_from_json(json, &spec);
    graft_json_free(json);
    if (status != GRAFT_OK)
        return graft_fail_in(status == GRAFT_E_USAGE ? GRAFT_E_DATA : status, "%s", graft_container_path(file));
    if (options->fit == 0) options->fit = (int)spec.fit;
    if (options->filter == 0) options->filter = 1 + (int)spec.filter;
    *found = options->preprocess == GRAFT_SCALING_UNKNOWN && spec.scaling != GRAFT_SCALING_UNKNOWN;
    if (*found) options->preprocess = (int)spec.scaling;
    return GRAFT_OK;
}

graft_status graft_stored_classes(const graft_container *file, graft_model *model) {
    graft_json *json;
    GRAFT_TRY(parse(file, GRAFT_STORED_CLASSES, &json));
    if (!json) return GRAFT_OK;
    size_t count = graft_json_count(json);
    const char **names = graft_allocate(count, sizeof(*names));
    graft_status status = names ? GRAFT_OK : graft_fail_memory("class names");
    if (names && (graft_json_type_of(json) != GRAFT_JSON_ARRAY || count != model->class_count))
        status = graft_fail(GRAFT_E_DATA, "%s: %s has %zu names, the network has %zu classes",
                            graft_container_path(file), GRAFT_STORED_CLASSES, count, model->class_count);
    for (size_t i = 0; status == GRAFT_OK && i < count; i++)
        names[i] = graft_json_text(graft_json_at(json, i), "");
    if (status == GRAFT_OK) status = graft_model_set_classes(model, names, count);
    graft_release(names);
    graft_json_free(json);
    return status;
}
