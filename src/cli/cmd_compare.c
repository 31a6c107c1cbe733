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
    {.name = "base",
     .letter = 'b',
     .type = GRAFT_OPTION_TEXT,
     ROW(base),
     .unit = "FILE|NAME",
     .help = "pretrained network that is transferred from, as for train"},
    {.name = "report",
     .type = GRAFT_OPTION_TEXT,
     ROW(report),
     .unit = "FILE",
     .help = "also write a page with the curves of all arms (.html)"},
    {.name = "json", .type = GRAFT_OPTION_FLAG, ROW(json), .help = "the result as one JSON object"},
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
    if (status == GRAFT_OK && arguments->base)
        status = graft_backbone_open(&backbone, self->context, arguments->base, &arguments->backbone);
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
