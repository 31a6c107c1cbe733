#include "transfer/model-built.h"

#include "base/alloc.h"
#include "base/error.h"
#include "transfer/model-seal.h"

#include <stdio.h>
#include <string.h>

graft_status graft_built_write(const graft_built_kind *kind, const graft_json *specification,
                               const graft_tensor_list *list, const char *path) {
    char version[16], *text = NULL;
    graft_json *metadata = graft_json_new_object();
    graft_status status = graft_json_dump(specification, 0, &text, NULL);
    snprintf(version, sizeof version, "%d", kind->version);
    graft_json_set_text(metadata, "format", kind->format);
    graft_json_set_text(metadata, "format_version", version);
    graft_json_set_text(metadata, "model", text);
    if (status == GRAFT_OK) status = graft_tensor_list_write(list, metadata, path);
    graft_json_free(metadata);
    graft_release(text);
    return status;
}

graft_status graft_built_read(const graft_built_kind *kind, const graft_container *file, const char *path,
                              graft_json **specification) {
    const graft_json *metadata = graft_container_metadata(file);
    const char *text = graft_json_text(graft_json_get(metadata, "model"), "");
    const char *found = graft_json_text(graft_json_get(metadata, "format_version"), "");
    char version[16];
    snprintf(version, sizeof version, "%d", kind->version);
    if (strcmp(graft_json_text(graft_json_get(metadata, "format"), ""), kind->format) != 0)
        return graft_fail(GRAFT_E_DATA, "%s", kind->expected);
    if (strcmp(found, version) != 0)
        return graft_fail(GRAFT_E_DATA, "format version \"%.20s\", expected %s: update graft", found, version);
    GRAFT_TRY(graft_seal_verify(path));
    return graft_json_parse(text, strlen(text), "model", specification);
}

graft_status graft_built_whole(const graft_json *specification, const char *key, int64_t low, int64_t high,
                               int64_t *out) {
    *out = graft_json_int(graft_json_get(specification, key), -1);
    if (*out >= low && *out <= high) return GRAFT_OK;
    return graft_fail(GRAFT_E_DATA, "%s is %lld, expected %lld to %lld", key, (long long)*out, (long long)low,
                      (long long)high);
}
