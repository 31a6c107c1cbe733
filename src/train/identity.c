#include "train/identity.h"

#include "base/error.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const names[GRAFT_IDENTITY_PARTS] = {"data", "options", "network", "preprocessing"};

enum { HASH_TEXT = 17 }; /* 16 hexadecimal digits and the NUL */

static void hash_text(uint64_t hash, char out[HASH_TEXT]) {
    snprintf(out, HASH_TEXT, "%016" PRIx64, hash);
}

graft_status graft_identity_add(graft_identity *identity, graft_identity_part part, graft_identity_source *add,
                                const void *self) {
    graft_hasher *hasher;
    GRAFT_TRY(graft_hasher_new(&hasher));
    graft_hasher_add_u64(hasher, identity->part[part]);
    graft_status status = add(self, hasher);
    identity->part[part] = graft_hasher_value(hasher).low;
    graft_hasher_free(hasher);
    return status;
}

graft_json *graft_identity_to_json(const graft_identity *identity) {
    graft_json *object = graft_json_new_object();
    for (int i = 0; i < GRAFT_IDENTITY_PARTS; i++) {
        char text[HASH_TEXT];
        hash_text(identity->part[i], text);
        graft_json_set_text(object, names[i], text);
    }
    graft_json_set_int(object, "micro_batch", (int64_t)identity->micro_batch);
    return object;
}

/* "data", "data and options", "data, options and network"; "" when all parts agree. */
static void list_differences(const graft_identity *identity, const graft_json *written, char *out, size_t size) {
    const char *differs[GRAFT_IDENTITY_PARTS];
    int count = 0;
    for (int i = 0; i < GRAFT_IDENTITY_PARTS; i++) {
        char text[HASH_TEXT];
        hash_text(identity->part[i], text);
        if (strcmp(text, graft_json_text(graft_json_get(written, names[i]), "")) != 0) differs[count++] = names[i];
    }
    size_t at = 0;
    *out = '\0';
    for (int i = 0; i < count && at < size; i++)
        at += (size_t)snprintf(out + at, size - at, "%s%s", i == 0 ? "" : i + 1 == count ? " and " : ", ", differs[i]);
}

graft_status graft_identity_check(const graft_identity *identity, const graft_json *written, const char *path) {
    if (graft_json_type_of(written) != GRAFT_JSON_OBJECT)
        return graft_fail(GRAFT_E_DATA,
                          "%s: belongs to a run with other data, options or network, or of an older graft: begin anew",
                          path);
    char differences[64];
    list_differences(identity, written, differences, sizeof differences);
    if (*differences)
        return graft_fail(GRAFT_E_DATA, "%s: belongs to a run with other %s; resume with those, or begin anew", path,
                          differences);
    const int64_t micro_batch = graft_json_int(graft_json_get(written, "micro_batch"), -1);
    if (micro_batch == (int64_t)identity->micro_batch) return GRAFT_OK;
    return graft_fail(GRAFT_E_DATA,
                      "%s: its batches went through the network in parts of %" PRId64 ", this run's would in parts of "
                      "%" PRIu64
                      ", which gives other sums: resume with the memory limit (--memory) that it began with, "
                      "or begin anew",
                      path, micro_batch, identity->micro_batch);
}
