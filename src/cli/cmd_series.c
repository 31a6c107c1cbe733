#include "series-tell.h"

#include <limits.h>
#include <string.h>

typedef struct series_arguments {
    const char *base, *output, *report, *arms;
    int64_t top, sizes;
    bool json;
    graft_series_options series;
    graft_crossval_options crossval;
    cli_common common;
    cli *self; /* for progress */
} series_arguments;

#define ROW(member) .offset = offsetof(series_arguments, member)
static const graft_option own_table[] = {
    {.name = "base",
     .letter = 'b',
     .type = GRAFT_OPTION_TEXT,
     ROW(base),
     .unit = "FILE",
     .help = "a pretrained encoder of series: for extract, crossval, train and compare"},
    CLI_ROW_OUTPUT(output, "FILE", "what is written: a model (.graft), or features (.npy) of extract"),
    CLI_ROW_REPORT(report,
                   "train and evaluate: also write a page with figures and drawings of series (.html); compare: "
                   "one with all arms"),
    {.name = "top",
     .letter = 'k',
     .type = GRAFT_OPTION_INT,
     ROW(top),
     .fallback = "1",
     .min = 1,
     .max = 1000,
     .unit = "labels",
     .help = "predict: the most probable labels of each series"},
    {.name = "arms",
     .type = GRAFT_OPTION_TEXT,
     ROW(arms),
     .unit = "NAME,...",
     .help = "compare: nearest, raw, scratch, random_frozen, frozen, finetuned; all when not given"},
    {.name = "sizes",
     .type = GRAFT_OPTION_INT,
     ROW(sizes),
     .fallback = "1",
     .min = 1,
     .max = 10,
     .help = "compare: sizes of the training set, each half of the next; 1 is all of it alone"},
    CLI_ROW_JSON(json, CLI_JSON_RESULT ", epochs as events; predict: one a line for each series"),
    GRAFT_OPTION_END,
};
#undef ROW

bool cli_series_options(cli_tables *tables) {
    series_arguments *arguments = cli_tables_start(tables, sizeof *arguments);
    if (!arguments) return false;
    arguments->series = (graft_series_options)GRAFT_SERIES_OPTIONS_INIT;
    arguments->crossval = (graft_crossval_options)GRAFT_CROSSVAL_OPTIONS_INIT;
    cli_tables_add(tables, "Network and result", own_table, arguments);
    cli_tables_add(tables, "Series and training", graft_series_option_table(), &arguments->series);
    cli_tables_add(tables, "Cross-validation", graft_crossval_option_table(), &arguments->crossval);
    cli_tables_add(tables, "General", cli_common_table, &arguments->common);
    return true;
}

static void on_epoch(void *user, int64_t epoch, double loss, double rate, double seconds) {
    const series_arguments *arguments = user;
    char text[160];
    cli_bar_clear(arguments->self);
    if (arguments->json) {
        snprintf(text, sizeof text, "{\"event\":\"epoch\",\"epoch\":%lld,\"loss\":%.9g,\"rate\":%.9g,\"seconds\":%.3f}",
                 (long long)epoch, loss, rate, seconds);
        cli_event(arguments->self, text);
    } else if (!arguments->self->quiet) {
        fprintf(stderr, "epoch %lld  loss %.5f  rate %.2g  %.1f s\n", (long long)epoch, loss, rate, seconds);
    }
}

/* ---- what can be done with series ---- */

static graft_status need(cli *self, const char *what, const char *value, const char *why) {
    return value ? GRAFT_OK : cli_fail(self, GRAFT_E_USAGE, "series %s: %s is needed: %s", self->operand[0], what, why);
}

static graft_status pretrain(cli *self, series_arguments *arguments, graft_series_result *out) {
    const char *paths[256];
    const int count = self->operand_count - 1;
    graft_status status = need(self, "-o FILE", arguments->output, "where the encoder goes");
    if (status != GRAFT_OK) return status;
    if (count > 256) return cli_fail(self, GRAFT_E_USAGE, "series pretrain: %d paths, expected at most 256", count);
    for (int i = 0; i < count; i++)
        paths[i] = self->operand[1 + i];
    return graft_series_pretrain(self->context, paths, (size_t)count, &arguments->series, arguments->output, out);
}

/* `outcome` is released. */
static graft_status report(cli *self, const series_arguments *arguments, graft_series_outcome *outcome,
                           graft_status status) {
    if (status == GRAFT_OK && arguments->report)
        status = graft_series_page_write(self->context, outcome, arguments->report);
    graft_series_outcome_free(outcome);
    return status;
}

static graft_status train(cli *self, series_arguments *arguments, graft_series_result *out) {
    graft_series_outcome *outcome = NULL;
    const graft_status status = graft_series_train(self->context, self->operand[1], arguments->base, &arguments->series,
                                                   arguments->output, out, arguments->report ? &outcome : NULL);
    return report(self, arguments, outcome, status);
}

static graft_status evaluate(cli *self, series_arguments *arguments, graft_series_result *out) {
    graft_series_outcome *outcome = NULL;
    const graft_status status = graft_series_evaluate(self->context, self->operand[1], self->operand[2], out,
                                                      arguments->report ? &outcome : NULL);
    return report(self, arguments, outcome, status);
}

typedef struct predict_job {
    const series_arguments *arguments;
    graft_series_model *model;
} predict_job;

static graft_status predict_one(cli *self, void *user, const char *path) {
    const predict_job *job = user;
    const int top = (int)job->arguments->top;
    graft_series_outcome *outcome;
    char *text = NULL;
    graft_status status = graft_series_predict(&outcome, self->context, job->model, path);
    if (status != GRAFT_OK) return status;
    const size_t rows = graft_predictions_count(graft_series_outcome_predictions(outcome));
    if (!job->arguments->json) status = graft_series_outcome_text(outcome, top, &text);
    if (status == GRAFT_OK && !job->arguments->json) cli_print_owned(text);
    for (size_t row = 0; job->arguments->json && row < rows && status == GRAFT_OK && !ferror(stdout); row++) {
        status = graft_series_outcome_json(outcome, row, top, &text);
        if (status == GRAFT_OK) cli_print_owned(text);
    }
    graft_series_outcome_free(outcome);
    return status;
}

static graft_status predict(cli *self, series_arguments *arguments, graft_series_result *out) {
    graft_series_model *model;
    (void)out;
    graft_status status = graft_series_model_open(&model, self->context, self->operand[1]);
    if (status == GRAFT_OK) status = cli_each_operand(self, 2, predict_one, &(predict_job){arguments, model});
    graft_series_model_free(model);
    return status;
}

static graft_status extract(cli *self, series_arguments *arguments, graft_series_result *out) {
    graft_status status = need(self, "--base FILE", arguments->base, "the encoder whose codes are wanted");
    if (status == GRAFT_OK) status = need(self, "-o FILE.npy", arguments->output, "where the codes go");
    if (status != GRAFT_OK) return status;
    return graft_series_extract(self->context, self->operand[1], arguments->base, arguments->output, out);
}

static graft_status crossval(cli *self, series_arguments *arguments, graft_series_result *out) {
    graft_crossval_result *result = NULL;
    char *text = NULL;
    (void)out;
    graft_status status = need(self, "--base FILE", arguments->base, "the encoder whose codes are wanted");
    if (status == GRAFT_OK)
        status = graft_series_crossval(self->context, self->operand[1], arguments->base, &arguments->crossval, &result);
    if (status == GRAFT_OK)
        status = arguments->json ? graft_crossval_json(result, &text) : graft_crossval_text(result, &text);
    if (status == GRAFT_OK) cli_print_owned(text);
    graft_crossval_free(result);
    return status;
}

static graft_status compare(cli *self, series_arguments *arguments, graft_series_result *out) {
    graft_compare_options options = GRAFT_COMPARE_OPTIONS_INIT;
    graft_compare_result *result = NULL;
    char *text = NULL;
    (void)out;
    options.arms = arguments->arms;
    options.sizes = arguments->sizes;
    options.folds = arguments->crossval.folds;
    graft_status status = need(self, "--base FILE", arguments->base, "the encoder that may help");
    if (status == GRAFT_OK)
        status = graft_series_compare(&result, self->context, self->operand[1],
                                      self->operand_count > 2 ? self->operand[2] : NULL, arguments->base,
                                      &arguments->series, &options);
    if (status == GRAFT_OK)
        status = arguments->json ? graft_compare_json(result, &text) : graft_compare_text(result, &text);
    if (status == GRAFT_OK) cli_print_owned(text);
    if (status == GRAFT_OK && arguments->report) status = graft_compare_page_write(result, arguments->report);
    graft_compare_free(result);
    return status;
}

typedef struct action {
    const char *name;
    int least, most; /* operands behind the name */
    bool tells;      /* by itself */
    bool reports;    /* with --report */
    bool writes;     /* what -o names */
    graft_status (*run)(cli *self, series_arguments *arguments, graft_series_result *out);
} action;

static const action actions[] = {
    {"pretrain", 1, 256, false, false, true, pretrain}, {"train", 1, 1, false, true, true, train},
    {"evaluate", 2, 2, false, true, false, evaluate},   {"predict", 2, INT_MAX, true, false, false, predict},
    {"extract", 1, 1, false, false, true, extract},     {"crossval", 1, 1, true, false, false, crossval},
    {"compare", 1, 2, true, true, false, compare},
};

static graft_status find_action(cli *self, const action **out) {
    const int operands = self->operand_count - 1;
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
        *out = &actions[i];
        if (strcmp(actions[i].name, self->operand[0]) != 0) continue;
        if (operands >= actions[i].least && operands <= actions[i].most) return GRAFT_OK;
        return cli_fail(self, GRAFT_E_USAGE, "series %s: %d operands behind it, expected %d%s", actions[i].name,
                        operands, actions[i].least, actions[i].most > actions[i].least ? " or more" : "");
    }
    return cli_fail(
        self, GRAFT_E_USAGE,
        "series: received \"%.40s\", expected pretrain, train, evaluate, predict, extract, crossval or compare",
        self->operand[0]);
}

static graft_status check_outputs(cli *self, const series_arguments *arguments, const action *chosen) {
    if (arguments->report && !chosen->reports)
        return cli_fail(self, GRAFT_E_USAGE, "series %s: --report goes with train, evaluate and compare", chosen->name);
    if (arguments->output && !chosen->writes)
        return cli_fail(self, GRAFT_E_USAGE, "series %s: it writes no file: -o goes with pretrain, train and extract",
                        chosen->name);
    graft_status status = arguments->output ? cli_output_possible(self, arguments->output) : GRAFT_OK;
    return status == GRAFT_OK && arguments->report ? cli_output_possible(self, arguments->report) : status;
}

graft_status cli_series_run(cli *self, void *opaque) {
    series_arguments *arguments = opaque;
    graft_series_result result = {0};
    const action *chosen;
    graft_status status = find_action(self, &chosen);
    if (status != GRAFT_OK) return status;
    arguments->self = self;
    arguments->series.user = arguments;
    arguments->series.on_epoch = on_epoch;
    self->events = arguments->json && !chosen->tells;
    status = check_outputs(self, arguments, chosen);
    if (status == GRAFT_OK) status = cli_context_open(self, &arguments->common);
    if (status == GRAFT_OK) status = chosen->run(self, arguments, &result);
    if (status != GRAFT_OK || chosen->tells) return status;
    if (arguments->json)
        cli_series_tell_json(&result, arguments->output, arguments->report);
    else
        cli_series_tell_text(&result, arguments->output, arguments->report);
    return GRAFT_OK;
}
