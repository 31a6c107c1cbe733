#include "cli.h"

#include <stdlib.h>
#include <string.h>

typedef struct train_arguments {
    const char *base, *output, *runs, *plan, *require, *resume;
    bool json;
    graft_data_options data;
    graft_backbone_options backbone;
    graft_train_options train;
    cli_common common;
} train_arguments;

#define ROW(member) .offset = offsetof(train_arguments, member)
static const graft_option own_table[] = {
    {.name = "base",
     .letter = 'b',
     .type = GRAFT_OPTION_TEXT,
     ROW(base),
     .unit = "FILE",
     .help = "pretrained network: Keras .h5, TF.js model.json, or .graft"},
    {.name = "output",
     .letter = 'o',
     .type = GRAFT_OPTION_TEXT,
     ROW(output),
     .unit = "MODEL",
     .help = "put a copy of the trained model here"},
    {.name = "runs",
     .type = GRAFT_OPTION_TEXT,
     ROW(runs),
     .unit = "FOLDER",
     .fallback = "runs",
     .help = "where the run's own folder NAME-k is made"},
    {.name = "plan",
     .type = GRAFT_OPTION_TEXT,
     ROW(plan),
     .unit = "FILE",
     .help = "take the options of a plan.json, edited or not; options given here win"},
    {.name = "resume",
     .type = GRAFT_OPTION_TEXT,
     ROW(resume),
     .unit = "RUN",
     .help = "go on with the run in this folder where its last checkpoint stood, with its options"},
    {.name = "require",
     .type = GRAFT_OPTION_TEXT,
     ROW(require),
     .unit = "GATE",
     .help = "figures to reach, such as acc>=0.9 or val_acc>=0.9,test_loss<0.5; else exit code 4"},
    {.name = "json", .type = GRAFT_OPTION_FLAG, ROW(json), .help = "one JSON object a line for each event"},
    GRAFT_OPTION_END,
};
#undef ROW

bool cli_train_options(cli_tables *tables) {
    train_arguments *arguments = cli_tables_start(tables, sizeof *arguments);
    if (!arguments) return false;
    arguments->data = (graft_data_options)GRAFT_DATA_OPTIONS_INIT;
    arguments->backbone = (graft_backbone_options)GRAFT_BACKBONE_OPTIONS_INIT;
    arguments->train = (graft_train_options)GRAFT_TRAIN_OPTIONS_INIT;
    cli_tables_add(tables, "Run", own_table, arguments);
    cli_tables_add(tables, "Head", graft_train_option_table(), &arguments->train);
    cli_tables_add(tables, "Fine-tuning", graft_tune_option_table(), &arguments->train.tune);
    cli_tables_add(tables, "Data", graft_data_option_table(), &arguments->data);
    cli_tables_add(tables, "Network", graft_backbone_option_table(), &arguments->backbone);
    cli_tables_add(tables, "General", cli_common_table, &arguments->common);
    return true;
}

/* What a run holds while it is made. */
typedef struct train_job {
    graft_dataset *data;
    graft_backbone *backbone;
    graft_run *run;
    graft_plan_file *plan;
    char *folder;
} train_job;

static graft_status begin_plan(cli *self, const train_arguments *arguments, const char *folder) {
    char path[4096];
    if (snprintf(path, sizeof path, "%s/plan.json", folder) >= (int)sizeof path)
        return cli_fail(self, GRAFT_E_USAGE, "%.80s...: the path is too long", folder);
    /* Nothing is written to through these. */
    const graft_plan_options_of tables[] = {{graft_train_option_table(), (void *)(uintptr_t)&arguments->train},
                                            {graft_tune_option_table(), (void *)(uintptr_t)&arguments->train.tune}};
    return graft_plan_begin(path, tables, 2);
}

/* The run is called after the folder of its data. */
static graft_status make_folder(cli *self, const train_arguments *arguments, train_job *job) {
    if (arguments->resume) {
        job->folder = strdup(arguments->resume);
        if (!job->folder) return cli_fail(self, GRAFT_E_MEMORY, "no memory");
        return cli_log_into(self, job->folder);
    }
    char *full = realpath(self->operand[0], NULL);
    const char *slash = full ? strrchr(full, '/') : NULL;
    const char *name = slash && slash[1] ? slash + 1 : "data";
    graft_status status = graft_run_folder_new(arguments->runs, name, &job->folder);
    free(full);
    if (status == GRAFT_OK) status = begin_plan(self, arguments, job->folder);
    return status == GRAFT_OK ? cli_log_into(self, job->folder) : status;
}

/* Options of a plan.json: the one that was given, or that of the run to go on with. */
static graft_status read_plan(cli *self, train_arguments *arguments, train_job *job) {
    const graft_plan_options_of tables[] = {{graft_train_option_table(), &arguments->train},
                                            {graft_tune_option_table(), &arguments->train.tune}};
    char path[4096];
    const char *plan = arguments->plan;
    if (arguments->resume) {
        if (plan) return cli_fail(self, GRAFT_E_USAGE, "--plan and --resume: a run is resumed with its own plan");
        if (snprintf(path, sizeof path, "%s/plan.json", arguments->resume) >= (int)sizeof path)
            return cli_fail(self, GRAFT_E_USAGE, "--resume: the path is too long");
        plan = path;
    }
    return plan ? graft_plan_read(plan, tables, 2, self->given, &job->plan) : GRAFT_OK;
}

static void tell_data(cli *self, const train_job *job) {
    graft_check_result check = {.struct_size = sizeof check};
    graft_dataset_check_result(job->data, &check);
    if (self->events) return;
    printf("data      %s: %zu pictures in %zu classes; train %zu, validation %zu, test %zu\n", self->operand[0],
           check.sound, graft_dataset_class_count(job->data), check.per_split[0], check.per_split[1],
           check.per_split[2]);
    fflush(stdout);
}

static graft_status prepare(cli *self, train_arguments *arguments, train_job *job) {
    if (!arguments->base)
        return cli_fail(self, GRAFT_E_USAGE,
                        "--base FILE is needed: the pretrained network to build on (.h5, model.json, .graft)");
    graft_status status = cli_gate_check(self, arguments->require, true);
    if (status == GRAFT_OK && arguments->output) status = cli_output_possible(self, arguments->output);
    if (status == GRAFT_OK) status = read_plan(self, arguments, job);
    if (status == GRAFT_OK) status = cli_log_begin(self);
    if (status == GRAFT_OK) status = cli_context_open(self, &arguments->common);
    if (status == GRAFT_OK) status = graft_dataset_open(&job->data, self->context, self->operand[0], &arguments->data);
    if (status == GRAFT_OK)
        status = graft_backbone_open(&job->backbone, self->context, arguments->base, &arguments->backbone);
    if (status == GRAFT_OK && *graft_backbone_load_report(job->backbone))
        cli_warn(self, "%s: %s", arguments->base, graft_backbone_load_report(job->backbone));
    if (status == GRAFT_OK) status = graft_dataset_check(job->data);
    return status;
}

static graft_status tell_result(cli *self, const train_arguments *arguments, const train_job *job) {
    char model[4096], *text = NULL;
    snprintf(model, sizeof model, "%s/model.graft", job->folder);
    graft_status status = graft_run_json(job->run, job->folder, arguments->output, &text);
    if (status != GRAFT_OK) return status;
    cli_event(self, text);
    graft_text_free(text);
    if (self->events) return GRAFT_OK;
    status = graft_run_text(job->run, &text);
    if (status != GRAFT_OK) return status;
    cli_print_owned(text);
    printf("model     %s%s%s\nreport    %s/report.html\n", model, arguments->output ? " and " : "",
           arguments->output ? arguments->output : "", job->folder);
    return GRAFT_OK;
}

static graft_status train(cli *self, train_arguments *arguments, train_job *job) {
    graft_status status = prepare(self, arguments, job);
    if (status != GRAFT_OK) return status;
    tell_data(self, job);
    status = make_folder(self, arguments, job);
    cli_follow_training(self, &arguments->train.tune, job->folder, arguments->resume != NULL);
    if (status == GRAFT_OK) status = graft_train(&job->run, self->context, job->data, job->backbone, &arguments->train);
    if (status == GRAFT_OK) status = graft_run_write(self->context, job->run, job->folder);
    if (status == GRAFT_OK && arguments->output)
        status = graft_model_save(graft_run_model(job->run), arguments->output);
    if (status == GRAFT_OK) status = tell_result(self, arguments, job);
    if (status != GRAFT_OK) return status;
    const graft_evaluation *validation = graft_run_evaluation(job->run, GRAFT_SPLIT_VALIDATION);
    return cli_gate_pass(self, arguments->require, validation, graft_run_evaluation(job->run, GRAFT_SPLIT_TEST));
}

graft_status cli_train_run(cli *self, void *opaque) {
    train_arguments *arguments = opaque;
    train_job job = {0};
    self->events = arguments->json;
    graft_status status = train(self, arguments, &job);
    if (status != GRAFT_OK) {
        const char *text = *self->error ? self->error : graft_error_text();
        cli_log_line(self, "error", text);
        if (status == GRAFT_E_CANCELLED && job.folder)
            status =
                cli_fail(self, status, "interrupted; %s stays marked as partial, computed features stay in the cache",
                         job.folder);
    }
    cli_log_end(self);
    graft_run_free(job.run);
    graft_plan_file_free(job.plan);
    graft_backbone_free(job.backbone);
    graft_dataset_free(job.data);
    graft_text_free(job.folder);
    return status;
}
