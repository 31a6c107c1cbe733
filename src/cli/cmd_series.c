#include "cli.h"

#include <math.h>
#include <string.h>

typedef struct series_arguments {
    const char *base, *output;
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
     .help = "a pretrained encoder of series: for extract, crossval and train"},
    CLI_ROW_OUTPUT(output, "FILE", "what is written: a model (.graft), or features (.npy) of extract"),
    CLI_ROW_JSON(json, CLI_JSON_RESULT ", epochs as events"),
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

/* ---- results ---- */

static void tell_number(const char *name, double value) {
    if (isfinite(value))
        printf(",\"%s\":%.9g", name, value);
    else
        printf(",\"%s\":null", name);
}

static void tell_json(const series_arguments *arguments, const graft_series_result *r) {
    printf("{\"event\":\"done\",\"output\":");
    if (arguments->output)
        cli_json_text(stdout, arguments->output);
    else
        printf("null");
    printf(
        ",\"series\":%zu,\"tests\":%zu,\"classes\":%zu,\"channels\":%zu,\"shortest\":%zu,\"longest\":%zu,\"steps\":%zu",
        r->series, r->tests, r->classes, r->channels, r->shortest, r->longest, r->steps);
    printf(",\"missing\":%zu,\"constant\":%zu,\"features\":%zu,\"parameters\":%lld,\"epochs\":%lld", r->missing,
           r->constant, r->features, (long long)r->parameters, (long long)r->epochs);
    tell_number("loss", r->loss);
    tell_number("train_accuracy", r->train_accuracy);
    tell_number("accuracy", r->accuracy);
    if (isfinite(r->accuracy))
        printf(",\"interval95\":[%.9g,%.9g]", r->interval95[0], r->interval95[1]);
    else
        printf(",\"interval95\":null");
    tell_number("test_loss", r->test_loss);
    tell_number("majority_baseline", r->majority);
    tell_number("nearest_baseline", r->nearest);
    tell_number("c", r->c);
    tell_number("seconds", r->seconds);
    printf("}\n");
}

static void tell_data(const graft_series_result *r) {
    printf("series    %zu of %zu to %zu steps", r->series, r->shortest, r->longest);
    if (r->channels > 1) printf(", %zu channels", r->channels);
    if (r->classes > 0) printf(", %zu classes", r->classes);
    if (r->tests > 0) printf(", %zu of them for testing", r->tests);
    if (r->missing > 0) printf(", %zu numbers filled in", r->missing);
    if (r->constant > 0) printf(", %zu channels that do not vary", r->constant);
    printf("\n");
}

static void tell_text(const series_arguments *arguments, const graft_series_result *r) {
    tell_data(r);
    if (r->features > 0) printf("code      %zu numbers\n", r->features);
    if (r->epochs > 0) printf("training  %lld epochs, loss %.5f, %.0f s\n", (long long)r->epochs, r->loss, r->seconds);
    if (r->c > 0) printf("head      logistic, C %g\n", r->c);
    if (isfinite(r->train_accuracy)) printf("training  accuracy %.4f\n", r->train_accuracy);
    if (isfinite(r->accuracy)) {
        printf("test      accuracy %.4f (95%%: %.4f to %.4f)\n", r->accuracy, r->interval95[0], r->interval95[1]);
        printf("          largest class %.4f", r->majority);
        if (isfinite(r->nearest)) printf(", nearest neighbour (Euclid) %.4f", r->nearest);
        printf("\n");
    }
    if (arguments->output) printf("written   %s\n", arguments->output);
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

static graft_status train(cli *self, series_arguments *arguments, graft_series_result *out) {
    return graft_series_train(self->context, self->operand[1], arguments->base, &arguments->series, arguments->output,
                              out);
}

static graft_status evaluate(cli *self, series_arguments *arguments, graft_series_result *out) {
    (void)arguments;
    return graft_series_evaluate(self->context, self->operand[1], self->operand[2], out);
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

typedef struct action {
    const char *name;
    int least, most; /* operands behind the name */
    bool tells;      /* by itself */
    graft_status (*run)(cli *self, series_arguments *arguments, graft_series_result *out);
} action;

static const action actions[] = {
    {"pretrain", 1, 256, false, pretrain}, {"train", 1, 1, false, train},      {"evaluate", 2, 2, false, evaluate},
    {"extract", 1, 1, false, extract},     {"crossval", 1, 1, true, crossval},
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
    return cli_fail(self, GRAFT_E_USAGE,
                    "series: received \"%.40s\", expected pretrain, train, evaluate, extract or "
                    "crossval",
                    self->operand[0]);
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
    if (arguments->output) status = cli_output_possible(self, arguments->output);
    if (status == GRAFT_OK) status = cli_context_open(self, &arguments->common);
    if (status == GRAFT_OK) status = chosen->run(self, arguments, &result);
    if (status != GRAFT_OK || chosen->tells) return status;
    if (arguments->json)
        tell_json(arguments, &result);
    else
        tell_text(arguments, &result);
    return GRAFT_OK;
}
