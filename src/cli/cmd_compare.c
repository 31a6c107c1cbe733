#include "cli.h"

typedef struct compare_arguments {
    const char *base, *report;
    bool json;
    graft_compare_options compare;
    graft_backbone_options backbone;
    cli_common common;
} compare_arguments;

#define ROW(member) .offset = offsetof(compare_arguments, member)
static const graft_option own_table[] = {
    CLI_ROW_BASE(base, "pretrained network that is transferred from, as for train; without it (and --features) "
                       "graft-s, which comes with graft; none: arms without transfer alone, which --arms names"),
    CLI_ROW_REPORT(report, "also write a page with the curves of all arms (.html)"),
    CLI_ROW_JSON(json, CLI_JSON_RESULT),
    GRAFT_OPTION_END,
};
#undef ROW

bool cli_compare_options(cli_tables *tables) {
    compare_arguments *arguments = cli_tables_start(tables, sizeof *arguments);
    if (!arguments) return false;
    arguments->compare = (graft_compare_options)GRAFT_COMPARE_OPTIONS_INIT;
    arguments->backbone = (graft_backbone_options)GRAFT_BACKBONE_OPTIONS_INIT;
    cli_tables_add(tables, "Network and result", own_table, arguments);
    cli_tables_add(tables, "Comparison", graft_compare_option_table(), &arguments->compare);
    cli_tables_add(tables, "Preprocessing", graft_backbone_option_table(), &arguments->backbone);
    cli_tables_add(tables, "General", cli_common_table, &arguments->common);
    return true;
}

graft_status cli_compare_run(cli *self, void *opaque) {
    compare_arguments *arguments = opaque;
    graft_backbone *backbone = NULL;
    graft_compare_result *result = NULL;
    char *text = NULL;
    graft_status status = cli_context_open(self, &arguments->common);
    if (status == GRAFT_OK && arguments->report) status = cli_output_possible(self, arguments->report);
    if (status == GRAFT_OK && (arguments->base || !arguments->compare.features))
        status = cli_base_open_or_none(self, &backbone, arguments->base, &arguments->backbone);
    if (status == GRAFT_OK)
        status = graft_compare(&result, self->context, self->operand[0], backbone, &arguments->compare);
    if (status == GRAFT_OK)
        status = arguments->json ? graft_compare_json(result, &text) : graft_compare_text(result, &text);
    if (status == GRAFT_OK) cli_print_owned(text);
    if (status == GRAFT_OK && arguments->report) status = graft_compare_page_write(result, arguments->report);
    graft_compare_free(result);
    graft_backbone_free(backbone);
    return status;
}
