#include "training-job.h"

#define ROW(member) .offset = offsetof(cli_job_arguments, member)
const graft_option cli_job_table[] = {
    CLI_ROW_OUTPUT(output, "MODEL", "put a copy of the trained model here"),
    CLI_ROW_RUNS(runs),
    {.name = "plan",
     .type = GRAFT_OPTION_TEXT,
     ROW(plan),
     .unit = "FILE",
     .help = "take the options of a plan.json, edited or not; options given here win"},
    CLI_ROW_RESUME(resume),
    CLI_ROW_REQUIRE(require, "acc>=0.9 or val_acc>=0.9,test_loss<0.5"),
    CLI_ROW_JSON(json, CLI_JSON_LINES " for each event"),
    GRAFT_OPTION_END,
};
#undef ROW

static void tell_data(cli *self, const cli_job *job, const char *path) {
    graft_check_result check = {.struct_size = sizeof check};
    graft_dataset_check_result(job->data, &check);
    if (self->events) return;
    printf("data      %s: %zu pictures in %zu classes; train %zu, validation %zu, test %zu\n", path, check.sound,
           graft_dataset_class_count(job->data), check.per_split[0], check.per_split[1], check.per_split[2]);
    fflush(stdout);
}

/* What learns is said in three ways: one that is given here wins over all that a plan has. */
static void keep_what_learns(cli *self) {
    static const char *const names[] = {"fine-tune", "freeze", "unfreeze"};
    bool given = false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        given = given || cli_is_given(self, names[i]);
    for (size_t i = 0; given && i < sizeof names / sizeof *names; i++)
        cli_remember(self, names[i]);
}

/* The folder's part of the arguments, and the options of a plan.json: the one that was given, or that of the run to go
 * on with. */
static graft_status read_plan(cli *self, cli_job *job) {
    const cli_job_arguments *arguments = job->arguments;
    if (arguments->plan && arguments->resume)
        return cli_fail(self, GRAFT_E_USAGE, "--plan and --resume: a run is resumed with its own plan");
    job->tables[0] = (graft_plan_options_of){graft_train_option_table(), job->options};
    job->tables[1] = (graft_plan_options_of){graft_tune_option_table(), &job->options->tune};
    job->tables[2] = (graft_plan_options_of){graft_precision_option_table(), job->precision};
    job->folder = (cli_run_folder){
        .runs = arguments->runs, .resume = arguments->resume, .tables = job->tables, .table_count = 3 + job->own_count};
    keep_what_learns(self);
    const graft_status status = cli_run_folder_read(self, &job->folder, arguments->plan);
    if (status != GRAFT_OK) return status;
    if (arguments->resume && !graft_run_folder_is_partial(arguments->resume))
        return cli_fail(self, GRAFT_E_USAGE,
                        "--resume %s: no run that was interrupted (--plan %s/plan.json repeats one)", arguments->resume,
                        arguments->resume);
    return GRAFT_OK;
}

graft_status cli_job_begin(cli *self, cli_job *job) {
    const cli_job_arguments *arguments = job->arguments;
    self->events = arguments->json;
    graft_status status = cli_gate_check(self, arguments->require, true);
    if (status == GRAFT_OK && arguments->output) status = cli_output_possible(self, arguments->output);
    if (status == GRAFT_OK) status = read_plan(self, job);
    return status == GRAFT_OK ? cli_log_begin(self) : status;
}

graft_status cli_job_check(cli *self, cli_job *job, const char *data) {
    graft_status status = graft_dataset_check(job->data);
    if (status != GRAFT_OK) return status;
    tell_data(self, job, data);
    status = cli_run_folder_make(self, &job->folder, data);
    if (status == GRAFT_OK && !job->folder.resume) {
        const graft_run_begun begun = {job->verb, data, job->model, job->tables, job->folder.table_count};
        status = graft_run_origin_write(self->context, &begun, job->folder.path);
    }
    cli_follow_training(self, &job->options->tune, job->folder.path, job->arguments->resume != NULL);
    return status;
}

static graft_status tell_result(cli *self, const cli_job *job) {
    const char *copy = job->arguments->output;
    char *text = NULL;
    graft_status status = graft_run_json(job->run, job->folder.path, copy, &text);
    if (status != GRAFT_OK) return status;
    cli_event(self, text);
    graft_text_free(text);
    if (self->events) return GRAFT_OK;
    status = graft_run_text(job->run, &text);
    if (status != GRAFT_OK) return status;
    cli_print_owned(text);
    printf("model     %s/model.graft%s%s\nreport    %s/report.html\n", job->folder.path, copy ? " and " : "",
           copy ? copy : "", job->folder.path);
    return GRAFT_OK;
}

static graft_status finish(cli *self, const cli_job *job) {
    const cli_job_arguments *arguments = job->arguments;
    graft_status status = graft_run_write(self->context, job->run, job->folder.path);
    if (status == GRAFT_OK && arguments->output)
        status = graft_model_save(graft_run_model(job->run), arguments->output);
    if (status == GRAFT_OK) status = tell_result(self, job);
    if (status != GRAFT_OK) return status;
    const graft_evaluation *validation = graft_run_evaluation(job->run, GRAFT_SPLIT_VALIDATION);
    return cli_gate_pass(self, arguments->require, validation, graft_run_evaluation(job->run, GRAFT_SPLIT_TEST));
}

graft_status cli_job_end(cli *self, cli_job *job, graft_status status) {
    if (status == GRAFT_OK) status = finish(self, job);
    if (status != GRAFT_OK)
        status = cli_run_folder_failed(self, &job->folder, status,
                                       self->no_cache ? "" : ", computed features stay in the cache");
    cli_log_end(self);
    graft_run_free(job->run);
    graft_dataset_free(job->data);
    cli_run_folder_clear(&job->folder);
    return status;
}
