#include "cli.h"

typedef struct summary_arguments {
    graft_summary_options summary;
    cli_common common;
} summary_arguments;

bool cli_summary_options(cli_tables *tables) {
    summary_arguments *arguments = cli_tables_start(tables, sizeof *arguments);
    if (!arguments) return false;
    arguments->summary = (graft_summary_options)GRAFT_SUMMARY_OPTIONS_INIT;
    cli_tables_add(tables, "Result", graft_summary_option_table(), &arguments->summary);
    cli_tables_add(tables, "General", cli_common_table, &arguments->common);
    return true;
}

graft_status cli_summary_run(cli *self, void *opaque) {
    summary_arguments *arguments = opaque;
    char *text = NULL;
    graft_status status = cli_context_open(self, &arguments->common);
    if (status == GRAFT_OK) status = graft_summary(self->context, self->operand[0], &arguments->summary, &text);
    if (status == GRAFT_OK) cli_print_owned(text);
    return status;
}
