#include "pretraining.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROW(member) .offset = offsetof(cli_pretrain_arguments, member)
const graft_option cli_pretrain_table[] = {
    {.name = "output",
     .letter = 'o',
     .type = GRAFT_OPTION_TEXT,
     ROW(output),
     .unit = "FILE.safetensors",
     .help = "put a copy of the backbone here; --base takes it"},
    {.name = "runs",
     .type = GRAFT_OPTION_TEXT,
     ROW(runs),
     .unit = "FOLDER",
     .fallback = "runs",
     .help = "where the run's own folder NAME-k is made"},
    {.name = "resume",
     .type = GRAFT_OPTION_TEXT,
     ROW(resume),
     .unit = "RUN",
     .help = "go on with the run in this folder where its last checkpoint stood, with its options"},
    {.name = "json", .type = GRAFT_OPTION_FLAG, ROW(json), .help = "one JSON object a line for each event"},
    GRAFT_OPTION_END,
};
#undef ROW

enum { PATH_SIZE = 4096 };

static graft_status plan_path(cli *self, const char *folder, char path[PATH_SIZE]) {
    if (snprintf(path, PATH_SIZE, "%s/plan.json", folder) < PATH_SIZE) return GRAFT_OK;
    return cli_fail(self, GRAFT_E_USAGE, "%.80s...: the path is too long", folder);
}

graft_status cli_pretraining_begin(cli *self, cli_pretraining *job) {
    const cli_pretrain_arguments *arguments = job->arguments;
    char path[PATH_SIZE];
    graft_status status = GRAFT_OK;
    self->events = arguments->json;
    if (arguments->output) status = cli_output_possible(self, arguments->output);
    if (status == GRAFT_OK && arguments->resume) {
        status = plan_path(self, arguments->resume, path);
        if (status == GRAFT_OK) status = graft_plan_read(path, job->tables, job->table_count, self->given, &job->plan);
    }
    return status == GRAFT_OK ? cli_log_begin(self) : status;
}

/* The run is called after the folder of its data. */
static graft_status make_folder(cli *self, cli_pretraining *job, const char *data) {
    char path[PATH_SIZE];
    if (job->arguments->resume) {
        job->folder = job->arguments->resume;
        return cli_log_into(self, job->folder);
    }
    char *full = realpath(data, NULL);
    const char *slash = full ? strrchr(full, '/') : NULL;
    graft_status status =
        graft_run_folder_new(job->arguments->runs, slash && slash[1] ? slash + 1 : "data", &job->made);
    free(full);
    if (status != GRAFT_OK) return status;
    job->folder = job->made;
    status = plan_path(self, job->folder, path);
    if (status == GRAFT_OK) status = graft_plan_begin(path, job->tables, job->table_count);
    return status == GRAFT_OK ? cli_log_into(self, job->folder) : status;
}

graft_status cli_pretraining_check(cli *self, cli_pretraining *job, const char *data) {
    graft_check_result check = {.struct_size = sizeof check};
    graft_status status = graft_dataset_check(job->data);
    if (status == GRAFT_OK) status = make_folder(self, job, data);
    if (status != GRAFT_OK) return status;
    cli_follow_training(self, &job->options->tune, job->folder, job->arguments->resume != NULL);
    graft_dataset_check_result(job->data, &check);
    if (self->events) return GRAFT_OK;
    printf("data      %s: %zu pictures", data, check.sound);
    if (graft_dataset_class_count(job->data) > 0) printf(" in %zu classes", graft_dataset_class_count(job->data));
    printf("; train %zu, validation %zu\nrun       %s\n", check.per_split[0], check.per_split[1], job->folder);
    fflush(stdout);
    return GRAFT_OK;
}

static graft_status finish(cli *self, const cli_pretraining *job) {
    const char *copy = job->arguments->output;
    graft_status status = graft_pretraining_write(job->run, job->folder);
    if (status == GRAFT_OK && copy) status = graft_run_save_backbone(job->run, copy);
    char *text = NULL;
    if (status == GRAFT_OK) status = graft_pretraining_json(job->run, job->folder, copy, &text);
    if (status != GRAFT_OK) return status;
    cli_event(self, text);
    graft_text_free(text);
    if (!self->events)
        printf("backbone  %s/backbone.safetensors%s%s\n", job->folder, copy ? " and " : "", copy ? copy : "");
    return GRAFT_OK;
}

static graft_status tell_failure(cli *self, const cli_pretraining *job, graft_status status) {
    cli_log_line(self, "error", *self->error ? self->error : graft_error_text());
    if (status != GRAFT_E_CANCELLED || !job->folder) return status;
    return cli_fail(self, status, "interrupted; %s stays marked as partial (--resume %s goes on)", job->folder,
                    job->folder);
}

graft_status cli_pretraining_end(cli *self, cli_pretraining *job, graft_status status) {
    if (status == GRAFT_OK) status = job->finish ? job->finish(self, job) : finish(self, job);
    if (status != GRAFT_OK) status = tell_failure(self, job, status);
    cli_log_end(self);
    graft_run_free(job->run);
    graft_plan_file_free(job->plan);
    graft_dataset_free(job->data);
    graft_text_free(job->made);
    return status;
}
