/* The folder of a run: one that nobody else has, marked until it is whole. */
#include <graft/pretrain.h>
#include <graft/report.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "report/candidates-csv.h"
#include "report/gan-page.h"
#include "report/history-csv.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char mark_name[] = "PARTIAL";
static const char mark_text[] = "This run has not ended: what lies here may be incomplete.\n";

enum { RUNS_MAX = 1000000 };

/* A folder's name from that of the data: no separators, no control bytes, no leading dot. */
static char *safe_name(const char *name) {
    char *copy = graft_text_copy_n(name, strnlen(name, 100));
    for (char *c = copy; c && *c; c++)
        if (*c == '/' || (unsigned char)*c < ' ' || *c == 127 || (c == copy && *c == '.')) *c = '_';
    return copy;
}

static graft_status mark(const char *folder) {
    char *path = graft_path_join(folder, mark_name);
    if (!path) return graft_fail_memory("a path");
    graft_status status = graft_file_write(path, mark_text, sizeof mark_text - 1);
    graft_release(path);
    return status;
}

bool graft_run_folder_is_partial(const char *folder) {
    char *path = graft_path_join(folder, mark_name);
    const bool partial = path && access(path, F_OK) == 0;
    graft_release(path);
    return partial;
}

graft_status graft_run_folder_new(const char *parent, const char *name, char **out) {
    GRAFT_TRY(graft_folder_make(parent));
    char *safe = safe_name(name);
    if (!safe) return graft_fail_memory("a run's name");
    graft_status status = GRAFT_OK;
    char *folder = NULL;
    /* mkdir is the lock: of two runs that start together only one gets a number. */
    for (int k = 1; k <= RUNS_MAX; k++) {
        folder = graft_text_format("%s/%s-%d", parent, safe, k);
        if (!folder) {
            status = graft_fail_memory("a run's path");
            break;
        }
        if (mkdir(folder, 0777) == 0) break;
        if (errno != EEXIST || k == RUNS_MAX)
            status = graft_fail(GRAFT_E_DATA, "%s: the run's folder cannot be made: %s", folder, strerror(errno));
        graft_release(folder);
        folder = NULL;
        if (status != GRAFT_OK) break;
    }
    graft_release(safe);
    if (status == GRAFT_OK) status = mark(folder);
    if (status != GRAFT_OK) {
        graft_release(folder);
        return status;
    }
    *out = folder;
    return GRAFT_OK;
}

/* Writes `text`, when it was `made`, and releases it. */
static graft_status write_owned(const char *folder, const char *name, graft_status made, char *text) {
    if (made != GRAFT_OK) return made;
    char *path = graft_path_join(folder, name);
    graft_status status = path ? graft_file_write(path, text, strlen(text)) : graft_fail_memory("a path");
    graft_release(path);
    graft_text_free(text);
    return status;
}

static graft_status write_model(const graft_run *run, const char *folder) {
    char *path = graft_path_join(folder, "model.graft");
    graft_status status = path ? graft_model_save(graft_run_model(run), path) : graft_fail_memory("a path");
    graft_release(path);
    return status;
}

static graft_status write_page(graft_context *context, const graft_run *run, const char *folder) {
    char *path = graft_path_join(folder, "report.html");
    graft_status status = path ? graft_report_write(context, run, path) : graft_fail_memory("a path");
    graft_release(path);
    return status;
}

static graft_status unmark(const char *folder) {
    char *path = graft_path_join(folder, mark_name);
    if (!path) return graft_fail_memory("a path");
    graft_status status = GRAFT_OK;
    if (unlink(path) != 0 && errno != ENOENT) status = graft_fail(GRAFT_E_DATA, "%s: %s", path, strerror(errno));
    graft_release(path);
    return status;
}

graft_status graft_run_write(graft_context *context, const graft_run *run, const char *folder) {
    char *text = NULL;
    GRAFT_TRY(write_model(run, folder));
    graft_status made = graft_dataset_manifest(graft_run_dataset(run), &text);
    GRAFT_TRY(write_owned(folder, "manifest.json", made, text));
    made = graft_run_plan_json(run, &text);
    GRAFT_TRY(write_owned(folder, "plan.json", made, text));
    made = graft_candidates_csv(run, &text);
    GRAFT_TRY(write_owned(folder, "layers.csv", made, text));
    made = graft_history_csv(run, &text);
    GRAFT_TRY(write_owned(folder, "history.csv", made, text));
    GRAFT_TRY(write_page(context, run, folder));
    return unmark(folder);
}

graft_status graft_pretraining_write(const graft_run *run, const char *folder) {
    char *text = NULL, *path;
    graft_status made = graft_history_csv(run, &text);
    GRAFT_TRY(write_owned(folder, "history.csv", made, text));
    path = graft_path_join(folder, "backbone.safetensors");
    graft_status status = path ? graft_run_save_backbone(run, path) : graft_fail_memory("a path");
    graft_release(path);
    return status == GRAFT_OK ? unmark(folder) : status;
}

graft_status graft_gan_write(const graft_gan_result *result, const char *folder) {
    char *text = NULL;
    graft_status made = graft_gan_history_csv(result, &text);
    GRAFT_TRY(write_owned(folder, "history.csv", made, text));
    GRAFT_TRY(graft_gan_page(result, folder));
    return unmark(folder);
}

static graft_status write_autoencoder(const graft_run *run, const char *folder) {
    char *path = graft_path_join(folder, "autoencoder.graft");
    graft_status status = path ? graft_autoencoder_save(graft_run_autoencoder(run), path) : graft_fail_memory("a path");
    graft_release(path);
    return status;
}

graft_status graft_autoencoder_write(graft_context *context, const graft_run *run, const char *folder) {
    if (!graft_run_autoencoder(run)) return graft_fail(GRAFT_E_USAGE, "%s: the run has no autoencoder", folder);
    GRAFT_TRY(write_autoencoder(run, folder));
    char *path = graft_path_join(folder, "report.html");
    graft_status status = path ? graft_autoencoder_report_write(context, run, path) : graft_fail_memory("a path");
    graft_release(path);
    return status == GRAFT_OK ? graft_pretraining_write(run, folder) : status;
}
