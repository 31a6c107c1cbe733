/* Where a resumed run goes on, and with what. */
#include "transfer/tune-internal.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "train/checkpoint.h"
#include "json/json.h"

#include <string.h>

/* A checkpoint of a phase that is not among those asked for is another run's: nothing would ever look at it, and what
 * it holds would be lost. */
graft_status graft_tuning_resume(graft_tuning *tuning, const char *checkpoints, int *begin) {
    *begin = -1;
    if (!checkpoints || !tuning->options->resume) return GRAFT_OK;
    if (tuning->options->folder) graft_file_sweep(tuning->options->folder, "", 0); /* what else a kill left */
    GRAFT_TRY(graft_checkpoint_peek(tuning->context, checkpoints, begin, &tuning->history));
    for (int i = 0; i < tuning->spec_count; i++)
        if (tuning->specs[i].number == *begin) return GRAFT_OK;
    if (*begin < 0) return GRAFT_OK;
    return graft_fail(GRAFT_E_DATA,
                      "%s: phase %d belongs to a run with other data, options or network; resume with those, or begin "
                      "anew",
                      checkpoints, *begin);
}

/* ---- what was chosen ---- */

enum { SCHEDULE_BYTES = 4096 };

static graft_status schedule_path(const graft_tuning *tuning, char **path) {
    *path = graft_path_join(tuning->options->folder, "schedule.json");
    return *path ? GRAFT_OK : graft_fail_memory("a path");
}

static graft_status take(graft_tuning *tuning, const graft_json *json, const char *path, const char **choice) {
    const char *found = graft_json_text(graft_json_get(json, "fine_tune"), "");
    const int64_t epochs = graft_json_int(graft_json_get(json, "epochs"), 0);
    if (graft_json_int(graft_json_get(json, "of"), 0) != (int64_t)tuning->epochs)
        return graft_fail(GRAFT_E_DATA,
                          "%s: belongs to a run with other data, options or network; resume with those, or begin anew",
                          path);
    for (size_t i = 0; i < GRAFT_TUNE_CHOICES; i++)
        if (strcmp(graft_tune_choices[i], found) == 0) *choice = graft_tune_choices[i];
    if (!*choice || epochs < 1 || epochs > (int64_t)tuning->epochs)
        return graft_fail(GRAFT_E_DATA, "%s: %lld epochs of \"%.40s\", expected 1 to %u of a choice such as \"last:1\"",
                          path, (long long)epochs, found, tuning->epochs);
    tuning->epochs = (uint32_t)epochs;
    return GRAFT_OK;
}

graft_status graft_tune_recall(graft_tuning *tuning, const char **choice) {
    char *path, *text = NULL;
    size_t length;
    graft_json *json = NULL;
    *choice = NULL;
    if (!tuning->options->folder || !tuning->options->resume) return GRAFT_OK;
    GRAFT_TRY(schedule_path(tuning, &path));
    graft_status status = GRAFT_OK;
    if (graft_file_kind_of(path) == GRAFT_FILE_REGULAR) {
        status = graft_file_read(path, SCHEDULE_BYTES, &text, &length);
        if (status == GRAFT_OK) status = graft_json_parse(text, length, path, &json);
        if (status == GRAFT_OK) status = take(tuning, json, path, choice);
    }
    graft_json_free(json);
    graft_release(text);
    graft_release(path);
    return status;
}

graft_status graft_tune_remember(const graft_tuning *tuning, const char *choice, uint32_t asked) {
    char *path;
    if (!tuning->options->folder) return GRAFT_OK;
    GRAFT_TRY(schedule_path(tuning, &path));
    char *text =
        graft_text_format("{\"fine_tune\": \"%s\", \"epochs\": %u, \"of\": %u}\n", choice, tuning->epochs, asked);
    graft_status status = text ? graft_file_write(path, text, strlen(text)) : graft_fail_memory("a text");
    graft_release(text);
    graft_release(path);
    return status;
}
