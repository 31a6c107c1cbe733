#include "cli.h"

typedef struct plot_arguments {
    const char *output;
    graft_plot_options plot;
    cli_common common;
} plot_arguments;

#define ROW(member) .offset = offsetof(plot_arguments, member)
static const graft_option own_table[] = {
    CLI_ROW_OUTPUT(output, "FILE", "the drawing; its extension says how: .svg, or .dot for Graphviz' language"),
    GRAFT_OPTION_END,
};
#undef ROW

bool cli_plot_options(cli_tables *tables) {
    plot_arguments *arguments = cli_tables_start(tables, sizeof *arguments);
    if (!arguments) return false;
    arguments->plot = (graft_plot_options)GRAFT_PLOT_OPTIONS_INIT;
    cli_tables_add(tables, "Result", own_table, arguments);
    cli_tables_add(tables, "Drawing", graft_plot_option_table(), &arguments->plot);
    cli_tables_add(tables, "General", cli_common_table, &arguments->common);
    return true;
}

graft_status cli_plot_run(cli *self, void *opaque) {
    plot_arguments *arguments = opaque;
    const char *format;
    if (!arguments->output) return cli_fail(self, GRAFT_E_USAGE, "-o FILE is needed: the drawing (.svg or .dot)");
    graft_status status = graft_plot_format(arguments->output, &format);
    if (status == GRAFT_OK) status = cli_output_possible(self, arguments->output);
    if (status == GRAFT_OK) status = cli_context_open(self, &arguments->common);
    if (status == GRAFT_OK)
        status = graft_plot_write(self->context, self->operand[0], arguments->output, &arguments->plot);
    return status;
}
