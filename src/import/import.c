#include "import/keras.h"

void graft_load_report_clear(graft_load_report *report) {
    graft_release(report->text);
    *report = (graft_load_report){0};
}

graft_status graft_import_keras(graft_context *context, graft_container *container, graft_graph **out,
                                graft_load_report *report) {
    const char *version = graft_json_text(graft_json_get(graft_container_metadata(container), "keras_version"), "");
    graft_keras keras = {.keras3 = version[0] == '3'};
    if (report) *report = (graft_load_report){0};
    graft_status status = graft_keras_build(&keras, graft_container_config(container));
    if (status == GRAFT_OK) status = graft_keras_load(&keras, context, container, report);
    if (status == GRAFT_OK) {
        *out = keras.graph;
        keras.graph = NULL;
    }
    graft_keras_clear(&keras);
    if (status != GRAFT_E_DATA) return status;
    return graft_fail_in(status, "%s", graft_container_path(container));
}

bool graft_import_is_whole(const graft_container *container) {
    return graft_container_config(container) != NULL || graft_import_is_stored(container);
}

graft_status graft_import(graft_context *context, graft_container *container, graft_graph **out,
                          graft_load_report *report) {
    return graft_import_is_stored(container) ? graft_import_stored(context, container, out, report)
                                             : graft_import_keras(context, container, out, report);
}
