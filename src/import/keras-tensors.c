/* References to tensors: Keras 2 writes ["layer", call, output, {}], Keras 3 {"class_name": "__keras_tensor__",
 * "config": {"keras_history": ["layer", call, output]}} inside "args". */
#include "import/keras.h"

#include <string.h>

enum { DEPTH_LIMIT = 16 };

static graft_status append(graft_keras_tensors *out, const graft_json *reference) {
    if (out->count >= GRAFT_MAX_NODES)
        return graft_fail(GRAFT_E_DATA, "more than %d tensors in one call", GRAFT_MAX_NODES);
    if (!graft_reserve(&out->items, &out->capacity, out->count + 1, sizeof(*out->items)))
        return graft_fail_memory("references to layers");
    graft_keras_tensor tensor = {.layer = graft_json_text(graft_json_at(reference, 0), NULL),
                                 .call = graft_json_int(graft_json_at(reference, 1), -1),
                                 .output = graft_json_int(graft_json_at(reference, 2), -1)};
    if (!tensor.layer || tensor.call < 0 || tensor.output < 0)
        return graft_fail(GRAFT_E_DATA, "a reference to a layer has another form, expected [\"name\", 0, 0]");
    out->items[out->count++] = tensor;
    return GRAFT_OK;
}

static graft_status collect(const graft_json *json, graft_keras_tensors *out, int depth) {
    if (depth > DEPTH_LIMIT) return graft_fail(GRAFT_E_DATA, "references to layers are nested too deeply");
    if (graft_json_type_of(json) == GRAFT_JSON_OBJECT) {
        const char *class_name = graft_json_text(graft_json_get(json, "class_name"), "");
        if (strcmp(class_name, "__keras_tensor__") == 0)
            return append(out, graft_json_get(graft_json_get(json, "config"), "keras_history"));
        if (!graft_json_get(json, "args"))
            return graft_fail(GRAFT_E_DATA, "inputs given by keyword, expected them by position");
        return collect(graft_json_get(json, "args"), out, depth + 1);
    }
    if (graft_json_type_of(json) != GRAFT_JSON_ARRAY) return GRAFT_OK; /* an argument that is no tensor */
    bool is_reference =
        graft_json_text(graft_json_at(json, 0), NULL) && graft_json_type_of(graft_json_at(json, 1)) == GRAFT_JSON_INT;
    if (is_reference) return append(out, json);
    for (size_t i = 0; i < graft_json_count(json); i++)
        GRAFT_TRY(collect(graft_json_at(json, i), out, depth + 1));
    return GRAFT_OK;
}

graft_status graft_keras_tensors_read(const graft_json *json, graft_keras_tensors *out) {
    return collect(json, out, 0);
}
