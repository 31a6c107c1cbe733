#include "cli.h"

bool cli_help_options(cli_tables *tables) {
    return cli_tables_start(tables, 1) != NULL;
}

graft_status cli_help_run(cli *self, void *arguments) {
    (void)arguments;
    if (self->operand_count == 0) {
        cli_help();
        return GRAFT_OK;
    }
    const char *name = self->operand[0];
    const cli_verb *verb = cli_verb_find(name);
    if (!verb) {
        const char *nearest = cli_verb_nearest(name);
        return cli_fail(self, GRAFT_E_USAGE, "no verb \"%s\"; %s%s", name,
                        nearest ? "did you mean " : "graft --help lists them", nearest ? nearest : "");
    }
    cli_tables tables = {0};
    if (!verb->options(&tables)) return cli_fail(self, GRAFT_E_MEMORY, "not enough memory");
    cli_help_verb(verb, &tables);
    cli_tables_clear(&tables);
    return GRAFT_OK;
}
