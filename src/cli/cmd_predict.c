#include "cli.h"

#include <string.h>
#include <sys/stat.h>

typedef struct predict_arguments {
    int64_t top;
    bool json;
    const char *classes;
    graft_backbone_options backbone;
    cli_precision precision;
    cli_common common;
} predict_arguments;

#define ROW(member) .offset = offsetof(predict_arguments, member)
static const graft_option own_table[] = {
    {.name = "top",
     .letter = 'k',
     .type = GRAFT_OPTION_INT,
     ROW(top),
     .fallback = "1",
     .min = 1,
     .max = 1000,
     .unit = "labels",
     .help = "the most probable labels of each picture"},
    CLI_ROW_JSON(json, CLI_JSON_LINES " for each picture"),
    CLI_ROW_FOREIGN_CLASSES(classes),
    GRAFT_OPTION_END,
};
#undef ROW

bool cli_predict_options(cli_tables *tables) {
    predict_arguments *arguments = cli_tables_start(tables, sizeof *arguments);
    if (!arguments) return false;
    arguments->backbone = (graft_backbone_options)GRAFT_BACKBONE_OPTIONS_INIT;
    cli_tables_add(tables, "Result", own_table, arguments);
    cli_tables_add(tables, "Foreign models", graft_backbone_option_table(), &arguments->backbone);
    cli_tables_add(tables, "Precision", cli_precision_table, &arguments->precision);
    cli_tables_add(tables, "General", cli_common_table, &arguments->common);
    return true;
}

/* Pictures that cannot be read have no row: they are named instead, the first of them by the check's own warning. */
static void tell_faults(cli *self, const graft_dataset *data) {
    bool named = false;
    for (size_t i = 0; i < graft_dataset_count(data); i++) {
        const graft_sample *sample = graft_dataset_sample(data, i);
        if (!sample->fault) continue;
        if (named) cli_warn(self, "%s: %s", sample->path, sample->fault);
        named = true;
    }
}

static graft_status print_rows(const predict_arguments *arguments, const graft_predictions *predictions,
                               const graft_dataset *data) {
    char *text = NULL;
    if (!arguments->json) {
        graft_status status = graft_predictions_text(predictions, data, (int)arguments->top, &text);
        if (status == GRAFT_OK) cli_print_owned(text);
        return status;
    }
    for (size_t row = 0; row < graft_predictions_count(predictions) && !ferror(stdout); row++) {
        graft_status status = graft_predictions_json(predictions, data, row, (int)arguments->top, &text);
        if (status != GRAFT_OK) return status;
        cli_print_owned(text);
    }
    return GRAFT_OK;
}

typedef struct predict_job {
    const predict_arguments *arguments;
    graft_model *model;
} predict_job;

static graft_status predict_one(cli *self, void *user, const char *path) {
    const predict_job *job = user;
    graft_data_options options = GRAFT_DATA_OPTIONS_INIT;
    options.unlabelled = true;
    graft_dataset *data = NULL;
    graft_predictions *predictions = NULL;
    graft_status status = graft_dataset_open(&data, self->context, path, &options);
    if (status == GRAFT_OK) status = graft_dataset_check(data);
    /* A picture that was named itself must be readable; in a folder the others still count. */
    if (status == GRAFT_OK && graft_dataset_count(data) == 1 && graft_dataset_sample(data, 0)->fault)
        status = cli_fail(self, GRAFT_E_DATA, "%s: %s", graft_dataset_sample(data, 0)->path,
                          graft_dataset_sample(data, 0)->fault);
    if (status == GRAFT_OK) tell_faults(self, data);
    if (status == GRAFT_OK) status = graft_model_predict(&predictions, job->model, data);
    if (status == GRAFT_OK) status = print_rows(job->arguments, predictions, data);
    graft_predictions_free(predictions);
    graft_dataset_free(data);
    return status;
}

graft_status cli_predict_run(cli *self, void *opaque) {
    predict_arguments *arguments = opaque;
    graft_model *model = NULL;
    graft_status status = cli_context_open(self, &arguments->common);
    if (status == GRAFT_OK)
        status = graft_model_open(&model, self->context, self->operand[0], &arguments->backbone, arguments->classes);
    if (status == GRAFT_OK) status = cli_precision_set(model, &arguments->precision);
    if (status == GRAFT_OK) status = cli_each_operand(self, 1, predict_one, &(predict_job){arguments, model});
    graft_model_free(model);
    return status;
}
