/* Verbs that do the same for each of their operands. */
#include "cli.h"

graft_status cli_each_operand(cli *self, int first, cli_operand_work *work, void *user) {
    char told[CLI_ERROR_MAX] = "";
    graft_status status = GRAFT_OK;
    for (int i = first; i < self->operand_count && !ferror(stdout); i++) {
        self->error[0] = '\0';
        graft_status one = work(self, user, self->operand[i]);
        if (one == GRAFT_OK) continue;
        const char *text = *self->error ? self->error : graft_error_text();
        if (status == GRAFT_OK)
            snprintf(told, sizeof told, "%s", text);
        else
            cli_warn(self, "%s", text);
        if (status == GRAFT_OK) status = one;
        if (one != GRAFT_E_DATA) break;
    }
    return status == GRAFT_OK ? GRAFT_OK : cli_fail(self, status, "%s", told);
}
