/* run.json: how a run was begun, so that it can be repeated: verb, data, options, and the machine it was made on. */
#include <graft/report.h>

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "base/file.h"
#include "base/threads.h"
#include "report/machine.h"
#include "report/plan-options.h"
#include "json/json.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RECORD_BYTES_MAX = 4 * 1024 * 1024 };
static const char origin_name[] = "run.json";

static graft_status describe(graft_context *context, const graft_run_begun *run, graft_json *object) {
    graft_machine machine;
    graft_json *options = NULL;
    GRAFT_TRY(graft_plan_options_json(run->tables, run->table_count, &options));
    graft_machine_read(&machine);
    char *here = getcwd(NULL, 0);
    graft_json_set_text(object, "verb", run->verb);
    if (run->model) graft_json_set_text(object, "model", run->model);
    graft_json_set_text(object, "data", run->data);
    graft_json_set_text(object, "folder", here); /* that paths begin from */
    free(here);
    graft_json_set_text(object, "graft", graft_version());
    graft_json_set_int(object, "threads", graft_context_threads(context));
    graft_json_set_text(object, "cpu", machine.cpu);
    graft_json_set_text(object, "system", machine.system);
    graft_json_set(object, "options", options);
    return GRAFT_OK;
}

graft_status graft_run_origin_write(graft_context *context, const graft_run_begun *run, const char *folder) {
    char *text = NULL, *path = graft_path_join(folder, origin_name);
    graft_json *object = graft_json_new_object();
    graft_status status = path ? describe(context, run, object) : graft_fail_memory("a path");
    if (status == GRAFT_OK) status = graft_json_dump(object, 2, &text, NULL);
    if (status == GRAFT_OK) status = graft_file_write(path, text, strlen(text));
    graft_json_free(object);
    graft_release(text);
    graft_release(path);
    return status;
}

graft_status graft_run_origin_read(const char *folder, graft_run_origin **out) {
    char *text = NULL, *path = graft_path_join(folder, origin_name);
    size_t length = 0;
    graft_json *json = NULL;
    *out = NULL;
    graft_status status = path ? graft_file_read(path, RECORD_BYTES_MAX, &text, &length) : graft_fail_memory("a path");
    if (status == GRAFT_OK) status = graft_json_parse(text, length, path, &json);
    graft_release(text);
    graft_release(path);
    *out = (graft_run_origin *)json;
    return status;
}

const char *graft_run_origin_text(const graft_run_origin *record, const char *key) {
    return graft_json_text(graft_json_get((const graft_json *)record, key), "");
}

void graft_run_origin_free(graft_run_origin *record) {
    graft_json_free((graft_json *)record);
}
