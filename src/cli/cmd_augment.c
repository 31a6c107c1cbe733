#include "cli.h"

typedef struct augment_arguments {
    graft_augment_options augment;
    cli_common common;
} augment_arguments;

bool cli_augment_options(cli_tables *tables) {
    augment_arguments *arguments = cli_tables_start(tables, sizeof *arguments);
    if (!arguments) return false;
    arguments->augment = (graft_augment_options)GRAFT_AUGMENT_OPTIONS_INIT;
    cli_tables_add(tables, "Views", graft_augment_option_table(), &arguments->augment);
    cli_tables_add(tables, "General", cli_common_table, &arguments->common);
    return true;
}

graft_status cli_augment_run(cli *self, void *opaque) {
    augment_arguments *arguments = opaque;
    const char *output = arguments->augment.output;
    if (!output) return cli_fail(self, GRAFT_E_USAGE, "-o FILE.png is needed: where the sheet goes");
    graft_status status = cli_output_possible(self, output);
    if (status == GRAFT_OK) status = cli_context_open(self, &arguments->common);
    if (status == GRAFT_OK) status = graft_augment_sheet(self->context, self->operand[0], &arguments->augment);
    if (status == GRAFT_OK)
        printf("%s: %lld views of %s\n", output, (long long)arguments->augment.views, self->operand[0]);
    return status;
}
