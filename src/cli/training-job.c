#include "training-job.h"

#include <stdlib.h>
#include <string.h>

#define JOB_ROW(member) .offset = offsetof(cli_job_arguments, member)
const graft_option cli_job_table[] = {
    {.name = "output",
     .letter = 'o',
     .type = GRAFT_OPTION_TEXT,
     JOB_ROW(output),
     .unit = "MODEL",
     .help = "put a copy of the trained model here"},
    {.name = "runs",
     .type = GRAFT_OPTION_TEXT,
     JOB_ROW(runs),
     .unit = "FOLDER",
     .fallback = "runs",
     .help = "where the run's own folder NAME-k is made"},
    {.name = "plan",
     .type = GRAFT_OPTION_TEXT,
     JOB_ROW(plan),
     .unit = "FILE",
     .help = "take the options of a plan.json, edited or not; options given here win"},
    {.name = "resume",
     .type = GRAFT_OPTION_TEXT,
     JOB_ROW(resume),
     .unit = "RUN",
     .help = "go on with the run in this folder where its last checkpoint stood, with its options"},
    {.name = "require",
     .type = GRAFT_OPTION_TEXT,
     JOB_ROW(require),
     .unit = "GATE",
     .help = "figures to reach, such as acc>=0.9 or val_acc>=0.9,test_loss<0.5; else exit code 4"},
    {.name = "json", .type = GRAFT_OPTION_FLAG, JOB_ROW(json), .help = "one JSON object a line for each event"},
    GRAFT_OPTION_END,
};
#undef JOB_ROW

enum { PATH_SIZE = 4096 };

static graft_status plan_path(cli *self, const char *folder, char path[PATH_SIZE]) {
    if (snprintf(path, PATH_SIZE, "%s/plan.json", folder) < PATH_SIZE) return GRAFT_OK;
    return cli_fail(self, GRAFT_E_USAGE, "%.80s...: the path is too long", folder);
}

/* Options of a plan.json: the one that was given, or that of the run to go on with. */
static graft_status read_plan(cli *self, cli_job *job) {
    const graft_plan_options_of tables[] = {{graft_train_option_table(), job->options},
                                            {graft_tune_option_table(), &job->options->tune},
                                            {graft_precision_option_table(), job->precision}};
    char path[PATH_SIZE];
    const char *plan = job->arguments->plan;
    if (job->arguments->resume) {
        if (plan) return cli_fail(self, GRAFT_E_USAGE, "--plan and --resume: a run is resumed with its own plan");
        graft_status status = plan_path(self, job->arguments->resume, path);
        if (status != GRAFT_OK) return status;
        plan = path;
    }
    return plan ? graft_plan_read(plan, tables, 3, self->given, &job->plan) : GRAFT_OK;
}

static graft_status begin_plan(cli *self, const cli_job *job) {
    const graft_plan_options_of tables[] = {{graft_train_option_table(), job->options},
                                            {graft_tune_option_table(), &job->options->tune},
                                            {graft_precision_option_table(), job->precision}};
    char path[PATH_SIZE];
    graft_status status = plan_path(self, job->folder, path);
    return status == GRAFT_OK ? graft_plan_begin(path, tables, 3) : status;
}

/* The run is called after the folder of its data. */
static graft_status make_folder(cli *self, cli_job *job, const char *data) {
    if (job->arguments->resume) {
        job->folder = job->arguments->resume;
        return cli_log_into(self, job->folder);
    }
    char *full = realpath(data, NULL);
    const char *slash = full ? strrchr(full, '/') : NULL;
    const char *name = slash && slash[1] ? slash + 1 : "data";
    graft_status status = graft_run_folder_new(job->arguments->runs, name, &job->made);
    free(full);
    job->folder = job->made;
    if (status == GRAFT_OK) status = begin_plan(self, job);
    return status == GRAFT_OK ? cli_log_into(self, job->folder) : status;
}

static void tell_data(cli *self, const cli_job *job, const char *path) {
    graft_check_result check = {.struct_size = sizeof check};
    graft_dataset_check_result(job->data, &check);
    if (self->events) return;
    printf("data      %s: %zu pictures in %zu classes; train %zu, validation %zu, test %zu\n", path, check.sound,
           graft_dataset_class_count(job->data), check.per_split[0], check.per_split[1], check.per_split[2]);
    fflush(stdout);
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
    status = make_folder(self, job, data);
    cli_follow_training(self, &job->options->tune, job->folder, job->arguments->resume != NULL);
    return status;
}

static graft_status tell_result(cli *self, const cli_job *job) {
    const char *copy = job->arguments->output;
    char *text = NULL;
    graft_status status = graft_run_json(job->run, job->folder, copy, &text);
    if (status != GRAFT_OK) return status;
    cli_event(self, text);
    graft_text_free(text);
    if (self->events) return GRAFT_OK;
    status = graft_run_text(job->run, &text);
    if (status != GRAFT_OK) return status;
    cli_print_owned(text);
    printf("model     %s/model.graft%s%s\nreport    %s/report.html\n", job->folder, copy ? " and " : "",
           copy ? copy : "", job->folder);
    return GRAFT_OK;
}

static graft_status finish(cli *self, const cli_job *job) {
    const cli_job_arguments *arguments = job->arguments;
    graft_status status = graft_run_write(self->context, job->run, job->folder);
    if (status == GRAFT_OK && arguments->output)
        status = graft_model_save(graft_run_model(job->run), arguments->output);
    if (status == GRAFT_OK) status = tell_result(self, job);
    if (status != GRAFT_OK) return status;
    const graft_evaluation *validation = graft_run_evaluation(job->run, GRAFT_SPLIT_VALIDATION);
    return cli_gate_pass(self, arguments->require, validation, graft_run_evaluation(job->run, GRAFT_SPLIT_TEST));
}

static graft_status tell_failure(cli *self, const cli_job *job, graft_status status) {
    cli_log_line(self, "error", *self->error ? self->error : graft_error_text());
    if (status != GRAFT_E_CANCELLED || !job->folder) return status;
    return cli_fail(
        self, status,
        "interrupted; %s stays marked as partial, computed features stay in the cache (--resume %s goes on)",
        job->folder, job->folder);
}

graft_status cli_job_end(cli *self, cli_job *job, graft_status status) {
    if (status == GRAFT_OK) status = finish(self, job);
    if (status != GRAFT_OK) status = tell_failure(self, job, status);
    cli_log_end(self);
    graft_run_free(job->run);
    graft_plan_file_free(job->plan);
    graft_dataset_free(job->data);
    graft_text_free(job->made);
    return status;
}
