#include "pretraining.h"

#include <math.h>
#include <string.h>

typedef struct autoencoder_arguments {
    cli_pretrain_arguments job; /* output: of every action */
    int64_t count, columns;
    double threshold;
    graft_autoencoder_options autoencoder;
    graft_data_options data;
    cli_common common;
} autoencoder_arguments;

#define ROW(member) .offset = offsetof(autoencoder_arguments, member)
static const graft_option own_table[] = {
    {.name = "output",
     .letter = 'o',
     .type = GRAFT_OPTION_TEXT,
     ROW(job.output),
     .unit = "FILE",
     .help = "train: put a copy of the model (.graft) here; reconstruct: the sheet, a .png"},
    {.name = "threshold",
     .type = GRAFT_OPTION_DOUBLE,
     ROW(threshold),
     .fallback = "-1",
     .min = -1,
     .max = 1e9,
     .help = "score: what lies above it is anomalous; -1 is the model's own"},
    {.name = "count",
     .type = GRAFT_OPTION_INT,
     ROW(count),
     .fallback = "32",
     .min = 1,
     .max = 4096,
     .help = "reconstruct: how many pictures are shown"},
    {.name = "columns",
     .type = GRAFT_OPTION_INT,
     ROW(columns),
     .fallback = "8",
     .min = 1,
     .max = 4096,
     .help = "reconstruct: how many in a row"},
    GRAFT_OPTION_END,
};
#undef ROW

bool cli_autoencoder_options(cli_tables *tables) {
    autoencoder_arguments *arguments = cli_tables_start(tables, sizeof *arguments);
    if (!arguments) return false;
    graft_pretrain_options *pretrain = &arguments->autoencoder.pretrain;
    arguments->data = (graft_data_options)GRAFT_DATA_OPTIONS_INIT;
    arguments->autoencoder = (graft_autoencoder_options)GRAFT_AUTOENCODER_OPTIONS_INIT;
    cli_tables_add(tables, "Result", own_table, arguments);
    cli_tables_add(tables, "Network (train)", graft_autoencoder_option_table(), &arguments->autoencoder);
    cli_tables_add(tables, "Training", graft_pretrain_training_option_table(), pretrain);
    cli_tables_add(tables, "Run", cli_pretrain_table + 1, &arguments->job);
    cli_tables_add(tables, "Data", graft_data_option_table(), &arguments->data);
    cli_tables_add(tables, "General", cli_common_table, &arguments->common);
    return true;
}

/* ---- train ---- */

static graft_status finish(cli *self, const cli_pretraining *job) {
    const graft_autoencoder *model = graft_run_autoencoder(job->run);
    const char *copy = job->arguments->output;
    char *text = NULL;
    graft_autoencoder_about about;
    graft_autoencoder_tell(model, &about);
    graft_status status = graft_autoencoder_write(self->context, job->run, job->folder.path);
    if (status == GRAFT_OK && copy) status = graft_autoencoder_save(model, copy);
    if (status == GRAFT_OK) status = graft_autoencoder_json(job->run, job->folder.path, copy, &text);
    if (status != GRAFT_OK) return status;
    cli_event(self, text);
    graft_text_free(text);
    if (self->events) return GRAFT_OK;
    printf("threshold %.7g: %.4g %% of %zu training pictures lie below it\n", about.threshold, 100 * about.quantile,
           about.pictures);
    printf("model     %s/autoencoder.graft%s%s\nencoder   %s/backbone.safetensors\nreport    %s/report.html\n",
           job->folder.path, copy ? " and " : "", copy ? copy : "", job->folder.path, job->folder.path);
    return GRAFT_OK;
}

static graft_status train(cli *self, autoencoder_arguments *arguments) {
    const char *path = self->operand[1];
    graft_pretrain_options *pretrain = &arguments->autoencoder.pretrain;
    cli_pretraining job = {.arguments = &arguments->job,
                           .options = pretrain,
                           .tables = {{graft_autoencoder_option_table(), &arguments->autoencoder},
                                      {graft_pretrain_training_option_table(), pretrain},
                                      {graft_data_option_table(), &arguments->data}},
                           .table_count = 3,
                           .finish = finish};
    arguments->data.unlabelled = true;
    graft_status status = cli_pretraining_begin(self, &job);
    if (status == GRAFT_OK) status = cli_context_open(self, &arguments->common);
    if (status == GRAFT_OK) status = graft_dataset_open(&job.data, self->context, path, &arguments->data);
    if (status == GRAFT_OK) status = cli_pretraining_check(self, &job, path);
    if (status == GRAFT_OK)
        status = graft_autoencoder_train(&job.run, self->context, job.data, &arguments->autoencoder);
    return cli_pretraining_end(self, &job, status);
}

/* ---- score and reconstruct ---- */

/* One path is any source; several are pictures and folders of pictures. What cannot be read is told. */
static graft_status open_pictures(cli *self, const autoencoder_arguments *arguments, graft_dataset **out) {
    const char *const *paths = (const char *const *)self->operand + 2;
    const size_t count = (size_t)self->operand_count - 2;
    graft_data_options options = arguments->data;
    options.unlabelled = true;
    graft_status status = count == 1 ? graft_dataset_open(out, self->context, paths[0], &options)
                                     : graft_dataset_open_files(out, self->context, paths, count);
    if (status == GRAFT_OK) status = graft_dataset_check(*out);
    if (status != GRAFT_OK) return status;
    const graft_sample *faulty = NULL;
    size_t sound = 0;
    for (size_t i = 0; i < graft_dataset_count(*out); i++) {
        const graft_sample *sample = graft_dataset_sample(*out, i);
        sound += !sample->fault;
        if (!sample->fault) continue;
        if (faulty) cli_warn(self, "%s: %s", faulty->path, faulty->fault);
        faulty = sample;
    }
    if (faulty && sound == 0) return cli_fail(self, GRAFT_E_DATA, "%s: %s", faulty->path, faulty->fault);
    if (faulty) cli_warn(self, "%s: %s", faulty->path, faulty->fault);
    return GRAFT_OK;
}

static graft_status print_scores(const autoencoder_arguments *arguments, graft_scores *scores,
                                 const graft_dataset *data) {
    char *text = NULL;
    graft_status status = GRAFT_OK;
    if (arguments->threshold >= 0) scores->threshold = arguments->threshold;
    if (!arguments->job.json) {
        status = graft_scores_tsv(scores, data, &text);
        if (status == GRAFT_OK) cli_print_owned(text);
        return status;
    }
    for (size_t row = 0; row < scores->n && !ferror(stdout); row++) {
        status = graft_scores_json(scores, data, row, &text);
        if (status != GRAFT_OK) return status;
        cli_print_owned(text);
    }
    return GRAFT_OK;
}

static graft_status score(cli *self, const autoencoder_arguments *arguments, const graft_autoencoder *model,
                          graft_dataset *data) {
    graft_scores *scores = NULL;
    (void)self;
    graft_status status = graft_autoencoder_score(&scores, model, data);
    if (status == GRAFT_OK) status = print_scores(arguments, scores, data);
    graft_scores_free(scores);
    return status;
}

static graft_status reconstruct(cli *self, const autoencoder_arguments *arguments, const graft_autoencoder *model,
                                graft_dataset *data) {
    const char *output = arguments->job.output;
    graft_status status =
        graft_autoencoder_sheet(model, data, (size_t)arguments->count, (size_t)arguments->columns, output);
    if (status != GRAFT_OK) return status;
    size_t shown = 0;
    for (size_t i = 0; i < graft_dataset_count(data) && shown < (size_t)arguments->count; i++)
        shown += !graft_dataset_sample(data, i)->fault;
    if (arguments->job.json) {
        printf("{\"output\":");
        cli_json_text(stdout, output);
        printf(",\"model\":");
        cli_json_text(stdout, self->operand[1]);
        printf(",\"pictures\":%zu}\n", shown);
    } else if (!self->quiet) {
        printf("%s: originals above reconstructions\n", output);
    }
    return GRAFT_OK;
}

static graft_status check_sheet(cli *self, const char *output) {
    const char *dot = output ? strrchr(output, '.') : NULL;
    if (!dot || strcmp(dot, ".png") != 0)
        return cli_fail(self, GRAFT_E_USAGE, "autoencoder reconstruct: -o FILE.png is needed: where the sheet goes");
    return cli_output_possible(self, output);
}

typedef graft_status (*use)(cli *self, const autoencoder_arguments *arguments, const graft_autoencoder *model,
                            graft_dataset *data);

static graft_status with_model(cli *self, const autoencoder_arguments *arguments, use what) {
    graft_autoencoder *model = NULL;
    graft_dataset *data = NULL;
    graft_status status = cli_context_open(self, &arguments->common);
    if (status == GRAFT_OK) status = graft_autoencoder_open(&model, self->context, self->operand[1]);
    if (status == GRAFT_OK) status = open_pictures(self, arguments, &data);
    if (status == GRAFT_OK) status = what(self, arguments, model, data);
    graft_dataset_free(data);
    graft_autoencoder_free(model);
    return status;
}

graft_status cli_autoencoder_run(cli *self, void *opaque) {
    autoencoder_arguments *arguments = opaque;
    const char *action = self->operand[0];
    const int operands = self->operand_count - 1;
    if (strcmp(action, "train") == 0) {
        if (operands == 1) return train(self, arguments);
        return cli_fail(self, GRAFT_E_USAGE, "autoencoder train: %d operands behind it, expected DATA", operands);
    }
    const bool scores = strcmp(action, "score") == 0;
    if (!scores && strcmp(action, "reconstruct") != 0)
        return cli_fail(self, GRAFT_E_USAGE, "autoencoder: received \"%.40s\", expected train, score or reconstruct",
                        action);
    if (operands < 2)
        return cli_fail(self, GRAFT_E_USAGE, "autoencoder %s: expected a model and pictures behind it", action);
    if (scores && arguments->job.output)
        return cli_fail(self, GRAFT_E_USAGE,
                        "autoencoder score: it writes no file: -o goes with train and reconstruct");
    graft_status status = scores ? GRAFT_OK : check_sheet(self, arguments->job.output);
    return status == GRAFT_OK ? with_model(self, arguments, scores ? score : reconstruct) : status;
}
