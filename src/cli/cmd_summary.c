#include "cli.h"

typedef struct summary_arguments {
    bool json;
    cli_common common;
} summary_arguments;

static const graft_option own_table[] = {
    {.name = "json",
     .type = GRAFT_OPTION_FLAG,
     .offset = offsetof(summary_arguments, json),
     .help = "the result as one JSON object"},
    GRAFT_OPTION_END,
};

bool cli_summary_options(cli_tables *tables) {
    summary_arguments *arguments = cli_tables_start(tables, sizeof *arguments);
    if (!arguments) return false;
    cli_tables_add(tables, "Result", own_table, arguments);
    cli_tables_add(tables, "General", cli_common_table, &arguments->common);
    return true;
}

graft_status cli_summary_run(cli *self, void *opaque) {
    summary_arguments *arguments = opaque;
    char *text = NULL;
    graft_status status = cli_context_open(self, &arguments->common);
    if (status == GRAFT_OK) status = graft_summary(self->context, self->operand[0], arguments->json, &text);
    if (status == GRAFT_OK) cli_print_owned(text);
    return status;
}
