#include "pretraining.h"

#define ROW(member) .offset = offsetof(cli_pretrain_arguments, member)
const graft_option cli_pretrain_table[] = {
    CLI_ROW_OUTPUT(output, "FILE.safetensors", "put a copy of the backbone here; --base takes it"),
    CLI_ROW_RUNS(runs),
    CLI_ROW_RESUME(resume),
    CLI_ROW_JSON(json, CLI_JSON_LINES " for each event"),
    GRAFT_OPTION_END,
};
#undef ROW

graft_status cli_pretraining_begin(cli *self, cli_pretraining *job) {
    const cli_pretrain_arguments *arguments = job->arguments;
    graft_status status = GRAFT_OK;
    self->events = arguments->json;
    job->folder = (cli_run_folder){
        .runs = arguments->runs, .resume = arguments->resume, .tables = job->tables, .table_count = job->table_count};
    if (arguments->output) status = cli_output_possible(self, arguments->output);
    if (status == GRAFT_OK) status = cli_run_folder_read(self, &job->folder, NULL);
    return status == GRAFT_OK ? cli_log_begin(self) : status;
}

graft_status cli_pretraining_check(cli *self, cli_pretraining *job, const char *data) {
    graft_check_result check = {.struct_size = sizeof check};
    graft_status status = graft_dataset_check(job->data);
    if (status == GRAFT_OK) status = cli_run_folder_make(self, &job->folder, data);
    if (status != GRAFT_OK) return status;
    cli_follow_training(self, &job->options->tune, job->folder.path, job->arguments->resume != NULL);
    graft_dataset_check_result(job->data, &check);
    if (self->events) return GRAFT_OK;
    printf("data      %s: %zu pictures", data, check.sound);
    if (graft_dataset_class_count(job->data) > 0) printf(" in %zu classes", graft_dataset_class_count(job->data));
    printf("; train %zu, validation %zu\nrun       %s\n", check.per_split[0], check.per_split[1], job->folder.path);
    fflush(stdout);
    return GRAFT_OK;
}

static graft_status finish(cli *self, const cli_pretraining *job) {
    const char *copy = job->arguments->output;
    graft_status status = graft_pretraining_write(job->run, job->folder.path);
    if (status == GRAFT_OK && copy) status = graft_run_save_backbone(job->run, copy);
    char *text = NULL;
    if (status == GRAFT_OK) status = graft_pretraining_json(job->run, job->folder.path, copy, &text);
    if (status != GRAFT_OK) return status;
    cli_event(self, text);
    graft_text_free(text);
    if (!self->events)
        printf("backbone  %s/backbone.safetensors%s%s\n", job->folder.path, copy ? " and " : "", copy ? copy : "");
    return GRAFT_OK;
}

graft_status cli_pretraining_end(cli *self, cli_pretraining *job, graft_status status) {
    if (status == GRAFT_OK) status = job->finish ? job->finish(self, job) : finish(self, job);
    if (status != GRAFT_OK) status = cli_run_folder_failed(self, &job->folder, status, "");
    cli_log_end(self);
    graft_run_free(job->run);
    graft_dataset_free(job->data);
    cli_run_folder_clear(&job->folder);
    return status;
}
