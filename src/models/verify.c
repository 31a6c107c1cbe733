/* Do the files still have the bytes that their records tell? */
#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "models/list.h"

#include <stdio.h>
#include <string.h>

/* GRAFT_E_DATA says what is wrong with it. */
static graft_status verify(graft_context *context, const char *folder, graft_record *record, graft_phase *phase) {
    graft_file_digests now;
    GRAFT_TRY(graft_store_check(folder, record));
    char *path = graft_store_path(folder, record->file, "");
    if (!path) return graft_fail_memory("a model's name");
    graft_status status = graft_store_digest(context, path, phase, &now);
    if (status == GRAFT_OK && strcmp(now.sha256, record->sha256) != 0)
        status = graft_fail(GRAFT_E_DATA,
                            "%s: its SHA-256 is %s, its record says %s: graft models remove %s, then pull or add it "
                            "again",
                            path, now.sha256, record->sha256, record->name);
    graft_release(path);
    GRAFT_TRY(status);
    graft_record_now(record->verified);
    return graft_store_keep(folder, record);
}

static graft_status verify_into(graft_model_list *list, graft_context *context, const char *folder,
                                graft_record *record, graft_phase *phase) {
    graft_status status = verify(context, folder, record, phase);
    if (status != GRAFT_OK && status != GRAFT_E_DATA) return status;
    return graft_model_list_add(list, folder, record, status == GRAFT_OK ? NULL : graft_error_text());
}

/* A network that comes with graft has no record: the registry says what its bytes are. */
static graft_status verify_shipped(graft_model_list *list, graft_context *context, const char *name,
                                   graft_phase *phase) {
    const graft_pretrained *row = graft_published_find(name);
    graft_file_digests now = {0};
    char *path = NULL;
    if (!row) return GRAFT_OK;
    GRAFT_TRY(graft_shipped_find(context, row, &path));
    if (!path) return GRAFT_OK;
    graft_status status = graft_shipped_verify(context, row, path, phase, &now);
    if (status == GRAFT_OK || status == GRAFT_E_DATA)
        status =
            graft_model_list_add_shipped(list, row, path, now.sha256, status == GRAFT_OK ? NULL : graft_error_text());
    graft_release(path);
    return status;
}

static graft_status verify_one(graft_model_list *list, graft_context *context, const char *folder, const char *name) {
    graft_record record;
    graft_phase *phase = NULL;
    char *path = NULL;
    bool found = false;
    GRAFT_TRY(graft_store_find(folder, name, &record, &found));
    if (!found) {
        GRAFT_TRY(graft_store_resolve(context, name, &record, &path, &found));
        graft_release(path);
    }
    if (!found) return graft_published_unknown(name);
    GRAFT_TRY(graft_phase_begin(context, "verify", record.bytes, &phase));
    graft_status status = record.file[0] ? verify_into(list, context, folder, &record, phase)
                                         : verify_shipped(list, context, record.name, phase);
    graft_phase_end(phase);
    return status;
}

static bool is_whole(const graft_stored_model *model) {
    return model->state == GRAFT_STORED_PRESENT || model->state == GRAFT_STORED_SHIPPED;
}

static graft_status verify_all(graft_model_list *list, graft_context *context, const char *folder) {
    graft_model_list *all = NULL;
    graft_phase *phase = NULL;
    graft_record record;
    uint64_t total = 0;
    GRAFT_TRY(graft_models_list(&all, context));
    for (size_t i = 0; i < graft_model_list_count(all); i++)
        if (is_whole(graft_model_list_at(all, i))) total += graft_model_list_at(all, i)->bytes;
    graft_status status = graft_phase_begin(context, "verify", total, &phase);
    for (size_t i = 0; status == GRAFT_OK && i < graft_model_list_count(all); i++) {
        const graft_stored_model *one = graft_model_list_at(all, i);
        bool found = false;
        if (one->state == GRAFT_STORED_ABSENT || one->state == GRAFT_STORED_PARTIAL) continue;
        if (one->state == GRAFT_STORED_SHIPPED) {
            status = verify_shipped(list, context, one->name, phase);
            continue;
        }
        status = graft_store_find(folder, one->name, &record, &found);
        if (status == GRAFT_OK && found) {
            status = verify_into(list, context, folder, &record, phase);
        } else if (status == GRAFT_E_DATA) {
            record = (graft_record){0};
            snprintf(record.name, sizeof record.name, "%s", one->name);
            status = graft_model_list_add(list, folder, &record, one->problem);
        }
    }
    graft_phase_end(phase);
    graft_model_list_free(all);
    return status;
}

graft_status graft_models_verify(graft_model_list **out, graft_context *context, const char *name) {
    const char *folder;
    *out = NULL;
    GRAFT_TRY(graft_store_folder(context, &folder));
    GRAFT_TRY(graft_model_list_new(out));
    graft_status status = name ? verify_one(*out, context, folder, name) : verify_all(*out, context, folder);
    if (status == GRAFT_OK) return status;
    graft_model_list_free(*out);
    *out = NULL;
    return status;
}
