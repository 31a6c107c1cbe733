#include "cli.h"

#include <string.h>

typedef struct list_arguments {
    bool json;
} list_arguments;

#define ROW(member) .offset = offsetof(list_arguments, member)
static const graft_option own_table[] = {
    CLI_ROW_JSON(json, CLI_JSON_LINES),
    GRAFT_OPTION_END,
};
#undef ROW

bool cli_list_options(cli_tables *tables) {
    list_arguments *arguments = cli_tables_start(tables, sizeof *arguments);
    if (!arguments) return false;
    cli_tables_add(tables, "Result", own_table, arguments);
    return true;
}

/* The verbs are the command line's own registry; the library has the others. */
static bool entry(const char *kind, size_t index, graft_registry_entry *out) {
    bool kinds = strcmp(kind, "kinds") == 0;
    if (kinds && index == 0) *out = (graft_registry_entry){"verbs", "what graft does"};
    if (kinds && index == 0) return true;
    if (strcmp(kind, "verbs") != 0) return graft_registry_at(kind, index - kinds, out);
    const cli_verb *verb = cli_verb_at(index);
    if (verb) *out = (graft_registry_entry){verb->name, verb->help};
    return verb != NULL;
}

static void print_entries(const char *kind, bool json) {
    graft_registry_entry row;
    size_t width = 0;
    for (size_t i = 0; entry(kind, i, &row); i++)
        if (strlen(row.name) > width) width = strlen(row.name);
    for (size_t i = 0; entry(kind, i, &row); i++) {
        if (!json) {
            printf("%-*s  %s\n", (int)width, row.name, row.help);
            continue;
        }
        printf("{\"kind\":\"%s\",\"name\":", kind);
        cli_json_text(stdout, row.name);
        printf(",\"help\":");
        cli_json_text(stdout, row.help);
        printf("}\n");
    }
}

static graft_status unknown_kind(cli *self, const char *kind) {
    graft_option kinds[32] = {0};
    graft_registry_entry row;
    for (size_t i = 0; i < 31 && entry("kinds", i, &row); i++)
        kinds[i].name = row.name;
    const char *nearest = graft_option_nearest(kinds, kind);
    if (nearest) return cli_fail(self, GRAFT_E_USAGE, "no kind \"%s\"; did you mean %s?", kind, nearest);
    return cli_fail(self, GRAFT_E_USAGE, "no kind \"%s\"; graft list shows the kinds", kind);
}

graft_status cli_list_run(cli *self, void *opaque) {
    list_arguments *arguments = opaque;
    const char *kind = self->operand_count > 0 ? self->operand[0] : "kinds";
    graft_registry_entry row;
    if (!entry(kind, 0, &row)) return unknown_kind(self, kind);
    print_entries(kind, arguments->json);
    return GRAFT_OK;
}
