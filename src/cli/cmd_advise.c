#include "cli.h"

#include <string.h>

typedef struct advise_arguments {
    const char *base, *output, *report;
    bool json;
    graft_data_options data;
    graft_backbone_options backbone;
    graft_train_options train;
    cli_common common;
} advise_arguments;

#define ROW(member) .offset = offsetof(advise_arguments, member)
static const graft_option own_table[] = {
    CLI_ROW_BASE(base, "pretrained network, as for train; without it graft-s, which comes with graft; none: the data "
                       "alone is measured"),
    CLI_ROW_OUTPUT(output, "PLAN", "write the plan here, for train --plan"),
    CLI_ROW_REPORT(report, "also write a page with the matrix, what was measured and the strategies (.html)"),
    CLI_ROW_JSON(json, CLI_JSON_RESULT),
    GRAFT_OPTION_END,
};
#undef ROW

bool cli_advise_options(cli_tables *tables) {
    advise_arguments *arguments = cli_tables_start(tables, sizeof *arguments);
    if (!arguments) return false;
    arguments->data = (graft_data_options)GRAFT_DATA_OPTIONS_INIT;
    arguments->backbone = (graft_backbone_options)GRAFT_BACKBONE_OPTIONS_INIT;
    arguments->train = (graft_train_options)GRAFT_TRAIN_OPTIONS_INIT;
    cli_tables_add(tables, "Network and result", own_table, arguments);
    cli_tables_add(tables, "Head", graft_train_option_table(), &arguments->train);
    cli_tables_add(tables, "Fine-tuning", graft_tune_option_table(), &arguments->train.tune);
    cli_tables_add(tables, "Data", graft_data_option_table(), &arguments->data);
    cli_tables_add(tables, "Network", graft_backbone_option_table(), &arguments->backbone);
    cli_tables_add(tables, "General", cli_common_table, &arguments->common);
    return true;
}

/* Options of data and network that were given: the plan does not hold them. */
static void print_given(const cli *self, const graft_option *rows, const void *target) {
    char value[1024];
    for (const graft_option *row = rows; row->name; row++) {
        if (!cli_is_given(self, row->name) || graft_option_get(row, target, value, sizeof value) != GRAFT_OK) continue;
        printf(" --%s", row->name);
        if (row->type != GRAFT_OPTION_FLAG) printf(" %s", value);
    }
}

static graft_status write_plan(cli *self, const graft_advice *advice, const advise_arguments *arguments) {
    char *text;
    graft_status status = graft_advice_plan_json(advice, &text);
    if (status != GRAFT_OK) return status;
    status = cli_write_text(self, arguments->output, text, "\n");
    graft_text_free(text);
    if (status != GRAFT_OK) return status;
    if (arguments->json) return GRAFT_OK;
    printf("plan        %s: graft train %s", arguments->output, self->operand[0]);
    if (arguments->base) printf(" --base %s", arguments->base);
    print_given(self, graft_data_option_table(), &arguments->data);
    print_given(self, graft_backbone_option_table(), &arguments->backbone);
    printf(" --plan %s\n", arguments->output);
    return GRAFT_OK;
}

static graft_status advise(cli *self, advise_arguments *arguments, graft_dataset **data, graft_backbone **backbone) {
    graft_advice *advice = NULL;
    char *text = NULL;
    graft_status status = graft_dataset_open(data, self->context, self->operand[0], &arguments->data);
    arguments->backbone.seed = arguments->train.seed;
    if (status == GRAFT_OK) status = cli_base_open_or_none(self, backbone, arguments->base, &arguments->backbone);
    if (status == GRAFT_OK) status = graft_advise(&advice, self->context, *data, *backbone, &arguments->train);
    if (status == GRAFT_OK)
        status = arguments->json ? graft_advice_json(advice, &text) : graft_advice_text(advice, &text);
    if (status == GRAFT_OK) cli_print_owned(text);
    if (status == GRAFT_OK && arguments->report)
        status = graft_advice_page_write(advice, self->operand[0], arguments->report);
    if (status == GRAFT_OK && arguments->output) status = write_plan(self, advice, arguments);
    graft_advice_free(advice);
    return status;
}

graft_status cli_advise_run(cli *self, void *opaque) {
    advise_arguments *arguments = opaque;
    graft_dataset *data = NULL;
    graft_backbone *backbone = NULL;
    if (arguments->output && arguments->base && strcmp(arguments->base, "none") == 0 && !arguments->backbone.arch)
        return cli_fail(self, GRAFT_E_USAGE, "--output needs a network: there is no plan with --base none");
    graft_status status = cli_context_open(self, &arguments->common);
    if (status == GRAFT_OK && arguments->output) status = cli_output_possible(self, arguments->output);
    if (status == GRAFT_OK && arguments->report) status = cli_output_possible(self, arguments->report);
    if (status == GRAFT_OK) status = advise(self, arguments, &data, &backbone);
    graft_backbone_free(backbone);
    graft_dataset_free(data);
    return status;
}
