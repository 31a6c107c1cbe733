#include "run-folder.h"

#include <stdlib.h>
#include <string.h>

enum { PATH_SIZE = 4096 };

static graft_status plan_path(cli *self, const char *folder, char path[PATH_SIZE]) {
    if (snprintf(path, PATH_SIZE, "%s/plan.json", folder) < PATH_SIZE) return GRAFT_OK;
    return cli_fail(self, GRAFT_E_USAGE, "%.80s...: the path is too long", folder);
}

graft_status cli_run_folder_read(cli *self, cli_run_folder *folder, const char *plan) {
    char path[PATH_SIZE];
    if (folder->resume) {
        graft_status status = plan_path(self, folder->resume, path);
        if (status != GRAFT_OK) return status;
        plan = path;
    }
    return plan ? graft_plan_read(plan, folder->tables, folder->table_count, self->given, &folder->plan) : GRAFT_OK;
}

graft_status cli_run_folder_make(cli *self, cli_run_folder *folder, const char *data) {
    char path[PATH_SIZE];
    if (folder->resume) {
        folder->path = folder->resume;
        return cli_log_into(self, folder->path);
    }
    char *full = realpath(data, NULL);
    const char *slash = full ? strrchr(full, '/') : NULL;
    const char *name = slash && slash[1] ? slash + 1 : "data";
    graft_status status = graft_run_folder_new(folder->runs, name, &folder->made);
    free(full);
    if (status != GRAFT_OK) return status;
    folder->path = folder->made;
    status = plan_path(self, folder->path, path);
    if (status == GRAFT_OK) status = graft_plan_begin(path, folder->tables, folder->table_count);
    return status == GRAFT_OK ? cli_log_into(self, folder->path) : status;
}

graft_status cli_run_folder_failed(cli *self, const cli_run_folder *folder, graft_status status, const char *kept) {
    cli_log_line(self, "error", *self->error ? self->error : graft_error_text());
    if (status != GRAFT_E_CANCELLED || !folder->path) return status;
    return cli_fail(self, status, "interrupted; %s stays marked as partial%s (--resume %s goes on)", folder->path, kept,
                    folder->path);
}

void cli_run_folder_clear(cli_run_folder *folder) {
    graft_plan_file_free(folder->plan);
    graft_text_free(folder->made);
}
