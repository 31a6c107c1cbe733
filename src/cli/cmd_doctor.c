#include "cli.h"

typedef struct doctor_arguments {
    bool json;
    cli_common common;
} doctor_arguments;

#define ROW(member) .offset = offsetof(doctor_arguments, member)
static const graft_option own_table[] = {
    CLI_ROW_JSON(json, CLI_JSON_RESULT),
    GRAFT_OPTION_END,
};
#undef ROW

bool cli_doctor_options(cli_tables *tables) {
    doctor_arguments *arguments = cli_tables_start(tables, sizeof *arguments);
    if (!arguments) return false;
    cli_tables_add(tables, "Result", own_table, arguments);
    cli_tables_add(tables, "General", cli_common_table, &arguments->common);
    return true;
}

graft_status cli_doctor_run(cli *self, void *opaque) {
    doctor_arguments *arguments = opaque;
    char *text = NULL;
    graft_status status = cli_context_open(self, &arguments->common);
    if (status == GRAFT_OK) status = graft_machine_text(self->context, arguments->json, &text);
    if (status == GRAFT_OK) cli_print_owned(text);
    return status;
}
