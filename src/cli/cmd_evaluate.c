#include "cli.h"

#include <stdlib.h>
#include <string.h>

typedef struct evaluate_arguments {
    const char *cell, *require, *classes, *label, *against, *output;
    bool json, calibrate;
    graft_backbone_options backbone;
    cli_precision precision;
    cli_common common;
} evaluate_arguments;

#define ROW(member) .offset = offsetof(evaluate_arguments, member)
static const graft_option own_table[] = {
    CLI_ROW_JSON(json, CLI_JSON_RESULT),
    {.name = "cell",
     .type = GRAFT_OPTION_TEXT,
     ROW(cell),
     .unit = "TRUE,PRED",
     .help = "list the files of one cell of the confusion matrix instead: class TRUE predicted as PRED"},
    CLI_ROW_REQUIRE(require, "acc>=0.9 or top5>=0.99,loss<0.5"),
    {.name = "against",
     .type = GRAFT_OPTION_TEXT,
     ROW(against),
     .unit = "MODEL2",
     .help = "another model on the same data: McNemar's test"},
    {.name = "calibrate",
     .type = GRAFT_OPTION_FLAG,
     ROW(calibrate),
     .help = "fit a temperature on DATA, which the model must not have learned from"},
    CLI_ROW_OUTPUT(output, "FILE.graft", "with --calibrate: the model with that temperature in its head"),
    CLI_ROW_FOREIGN_CLASSES(classes),
    CLI_ROW_LABEL(label),
    GRAFT_OPTION_END,
};
#undef ROW

bool cli_evaluate_options(cli_tables *tables) {
    evaluate_arguments *arguments = cli_tables_start(tables, sizeof *arguments);
    if (!arguments) return false;
    arguments->backbone = (graft_backbone_options)GRAFT_BACKBONE_OPTIONS_INIT;
    cli_tables_add(tables, "Result", own_table, arguments);
    cli_tables_add(tables, "Foreign models", graft_backbone_option_table(), &arguments->backbone);
    cli_tables_add(tables, "Precision", cli_precision_table, &arguments->precision);
    cli_tables_add(tables, "General", cli_common_table, &arguments->common);
    return true;
}

static int class_index(const graft_predictions *predictions, const char *name, size_t length) {
    for (size_t i = 0; i < graft_predictions_class_count(predictions); i++) {
        const char *class_name = graft_predictions_class(predictions, i);
        if (class_name && strlen(class_name) == length && memcmp(class_name, name, length) == 0) return (int)i;
    }
    return -1;
}

/* Class names may hold commas: the comma that leaves a class on either side is the one. */
static graft_status parse_cell(cli *self, const char *text, const graft_predictions *predictions, int cell[2]) {
    for (const char *comma = strchr(text, ','); comma; comma = strchr(comma + 1, ',')) {
        cell[0] = class_index(predictions, text, (size_t)(comma - text));
        cell[1] = class_index(predictions, comma + 1, strlen(comma + 1));
        if (cell[0] >= 0 && cell[1] >= 0) return GRAFT_OK;
    }
    char names[512] = "";
    for (size_t i = 0, used = 0; i < graft_predictions_class_count(predictions) && used + 1 < sizeof names; i++) {
        const char *name = graft_predictions_class(predictions, i);
        int length = snprintf(names + used, sizeof names - used, "%s%s", i ? ", " : "", name ? name : "?");
        used += length > 0 ? (size_t)length : 0;
    }
    return cli_fail(self, GRAFT_E_USAGE, "--cell: received \"%s\", expected TRUE,PRED with two of the classes %s", text,
                    names);
}

static graft_status print_cell(cli *self, const evaluate_arguments *arguments, const graft_predictions *predictions,
                               const graft_dataset *data) {
    int cell[2] = {0, 0};
    char *text = NULL;
    graft_status status = parse_cell(self, arguments->cell, predictions, cell);
    if (status == GRAFT_OK) status = graft_cell_text(predictions, data, cell[0], cell[1], arguments->json, &text);
    if (status == GRAFT_OK && *text)
        cli_print_owned(text);
    else
        graft_text_free(text);
    return status;
}

static graft_status print_evaluation(const evaluate_arguments *arguments, const graft_evaluation *evaluation) {
    char *text = NULL;
    graft_status status =
        arguments->json ? graft_evaluation_json(evaluation, &text) : graft_evaluation_text(evaluation, &text);
    if (status == GRAFT_OK) cli_print_owned(text);
    return status;
}

/* Of two models the options for foreign ones are the foreign one's: a .graft file knows its own. */
static graft_status open_model(cli *self, const evaluate_arguments *arguments, const char *path, const char *other,
                               graft_model **out) {
    bool own = false, other_own = true;
    graft_status status = other ? graft_model_is_own(self->context, path, &own) : GRAFT_OK;
    if (status == GRAFT_OK && other) status = graft_model_is_own(self->context, other, &other_own);
    if (status != GRAFT_OK) return status;
    const bool foreign_options = !own || other_own;
    return graft_model_open(out, self->context, path, foreign_options ? &arguments->backbone : NULL,
                            foreign_options ? arguments->classes : NULL);
}

/* The other model's predictions for the same data, and what the test says. */
static graft_status compare(cli *self, const evaluate_arguments *arguments, graft_dataset *data,
                            const graft_predictions *predictions, graft_evaluation *evaluation) {
    graft_model *model = NULL;
    graft_predictions *other = NULL;
    graft_status status = open_model(self, arguments, arguments->against, self->operand[0], &model);
    if (status == GRAFT_OK) status = graft_model_predict(&other, model, data);
    if (status == GRAFT_OK) status = graft_evaluation_against(evaluation, predictions, other);
    graft_predictions_free(other);
    graft_model_free(model);
    return status;
}

static graft_status calibrate(const evaluate_arguments *arguments, graft_model *model,
                              const graft_predictions *predictions, graft_evaluation *evaluation) {
    graft_status status = graft_evaluation_calibrate(evaluation, predictions);
    if (status != GRAFT_OK || !arguments->output) return status;
    status = graft_model_set_temperature(model, evaluation->calibration->temperature);
    return status == GRAFT_OK ? graft_model_save(model, arguments->output) : status;
}

static graft_status check_arguments(cli *self, const evaluate_arguments *arguments) {
    if (arguments->output && !arguments->calibrate)
        return cli_fail(self, GRAFT_E_USAGE, "--output goes with --calibrate: nothing else changes the model");
    graft_status status = cli_gate_check(self, arguments->require, false);
    return status == GRAFT_OK && arguments->output ? cli_output_possible(self, arguments->output) : status;
}

graft_status cli_evaluate_run(cli *self, void *opaque) {
    evaluate_arguments *arguments = opaque;
    graft_data_options data_options = GRAFT_DATA_OPTIONS_INIT;
    data_options.allow_one_class = true;
    data_options.label = arguments->label;
    graft_model *model = NULL;
    graft_dataset *data = NULL;
    graft_predictions *predictions = NULL;
    graft_evaluation *evaluation = NULL;
    graft_status status = check_arguments(self, arguments);
    if (status == GRAFT_OK) status = cli_context_open(self, &arguments->common);
    if (status == GRAFT_OK) status = open_model(self, arguments, self->operand[0], arguments->against, &model);
    if (status == GRAFT_OK) status = cli_precision_set(model, &arguments->precision);
    if (status == GRAFT_OK) status = graft_dataset_open(&data, self->context, self->operand[1], &data_options);
    if (status == GRAFT_OK && graft_dataset_has_given_split(data))
        cli_warn(self,
                 "%s holds train and validation: all of it is measured, with pictures the model may have learned from",
                 self->operand[1]);
    if (status == GRAFT_OK) status = graft_model_predict(&predictions, model, data);
    if (status == GRAFT_OK) status = graft_evaluate(&evaluation, predictions);
    if (status == GRAFT_OK && arguments->calibrate) status = calibrate(arguments, model, predictions, evaluation);
    if (status == GRAFT_OK && arguments->against) status = compare(self, arguments, data, predictions, evaluation);
    if (status == GRAFT_OK && arguments->cell)
        status = print_cell(self, arguments, predictions, data);
    else if (status == GRAFT_OK)
        status = print_evaluation(arguments, evaluation);
    if (status == GRAFT_OK) status = cli_gate_pass(self, arguments->require, evaluation, NULL);
    graft_evaluation_free(evaluation);
    graft_predictions_free(predictions);
    graft_dataset_free(data);
    graft_model_free(model);
    return status;
}
