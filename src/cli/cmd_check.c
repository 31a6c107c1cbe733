#include "cli.h"

typedef struct check_arguments {
    graft_data_options data;
    cli_common common;
    bool json;
} check_arguments;

static const graft_option own_table[] = {
    {.name = "json",
     .type = GRAFT_OPTION_FLAG,
     .offset = offsetof(check_arguments, json),
     .help = "the result as one JSON object"},
    GRAFT_OPTION_END,
};

bool cli_check_options(cli_tables *tables) {
    check_arguments *arguments = cli_tables_start(tables, sizeof *arguments);
    if (!arguments) return false;
    arguments->data = (graft_data_options)GRAFT_DATA_OPTIONS_INIT;
    cli_tables_add(tables, "Result", own_table, arguments);
    cli_tables_add(tables, "Data", graft_data_option_table(), &arguments->data);
    cli_tables_add(tables, "General", cli_common_table, &arguments->common);
    return true;
}

graft_status cli_check_run(cli *self, void *opaque) {
    check_arguments *arguments = opaque;
    graft_dataset *data = NULL;
    char *text = NULL;
    graft_status status = cli_context_open(self, &arguments->common);
    if (status == GRAFT_OK) status = graft_dataset_open(&data, self->context, self->operand[0], &arguments->data);
    if (status == GRAFT_OK) status = graft_dataset_check(data);
    if (status == GRAFT_OK) status = graft_check_text(data, arguments->json, &text);
    if (status == GRAFT_OK) cli_print_owned(text);
    graft_dataset_free(data);
    return status;
}
