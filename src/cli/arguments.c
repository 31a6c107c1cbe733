/* GNU-style arguments over option tables: --opt value, --opt=value, -o value, -ovalue, clustered flags, options
 * anywhere, `--` ends them. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

void *cli_tables_start(cli_tables *tables, size_t size) {
    tables->count = 0;
    tables->arguments = calloc(1, size);
    return tables->arguments;
}

void cli_tables_add(cli_tables *tables, const char *title, const graft_option *rows, void *target) {
    if (tables->count == CLI_TABLES_MAX) return;
    tables->table[tables->count].title = title;
    tables->table[tables->count].rows = rows;
    tables->table[tables->count].target = target;
    tables->count++;
}

void cli_tables_clear(cli_tables *tables) {
    free(tables->arguments);
    *tables = (cli_tables){0};
}

/* The option's type, and its value in every table that has it. */
static const graft_option *find(const cli_tables *tables, const char *name, char letter) {
    for (int i = 0; i < tables->count; i++) {
        const graft_option *rows = tables->table[i].rows;
        const graft_option *row = name ? graft_option_find(rows, name) : graft_option_find_letter(rows, letter);
        if (row) return row;
    }
    return NULL;
}

bool cli_is_given(const cli *self, const char *name) {
    for (int i = 0; i < self->given_count; i++)
        if (strcmp(self->given[i], name) == 0) return true;
    return false;
}

void cli_remember(cli *self, const char *name) {
    if (cli_is_given(self, name)) return;
    if (self->given_count < CLI_GIVEN_MAX) self->given[self->given_count++] = name;
}

static graft_status set(cli *self, const cli_tables *tables, const char *name, const char *value) {
    for (int i = 0; i < tables->count; i++) {
        const graft_option *row = graft_option_find(tables->table[i].rows, name);
        if (!row) continue;
        cli_remember(self, row->name);
        graft_status status = graft_option_set(row, tables->table[i].target, value);
        if (status != GRAFT_OK) return status;
    }
    return GRAFT_OK;
}

static graft_status unknown(cli *self, const cli_tables *tables, const char *name) {
    graft_option all[256] = {0};
    size_t count = 0;
    for (int i = 0; i < tables->count; i++)
        for (const graft_option *row = tables->table[i].rows; row->name && count < 254; row++)
            all[count++] = *row;
    all[count++].name = "help";
    const char *nearest = graft_option_nearest(all, name);
    if (nearest) return cli_fail(self, GRAFT_E_USAGE, "no option --%s; did you mean --%s?", name, nearest);
    return cli_fail(self, GRAFT_E_USAGE, "no option --%s; graft %s --help lists them", name, self->verb->name);
}

static graft_status parse_long(cli *self, cli_tables *tables, const char *text, char **next, bool *help, int *used) {
    const char *equals = strchr(text, '=');
    char name[64];
    size_t length = equals ? (size_t)(equals - text) : strlen(text);
    if (length >= sizeof name) return cli_fail(self, GRAFT_E_USAGE, "no option --%s", text);
    memcpy(name, text, length);
    name[length] = '\0';
    if (strcmp(name, "help") == 0) {
        *help = true;
        return GRAFT_OK;
    }
    const graft_option *row = find(tables, name, 0);
    if (!row) return unknown(self, tables, name);
    if (row->type == GRAFT_OPTION_FLAG) {
        if (equals) return cli_fail(self, GRAFT_E_USAGE, "--%s takes no value, received \"%s\"", name, equals + 1);
        return set(self, tables, name, "true");
    }
    if (equals) return set(self, tables, name, equals + 1);
    if (!*next)
        return cli_fail(self, GRAFT_E_USAGE, "--%s needs a value; graft %s --help tells which", name, self->verb->name);
    *used = 1;
    return set(self, tables, name, *next);
}

static graft_status parse_short(cli *self, cli_tables *tables, const char *text, char **next, bool *help, int *used) {
    for (; *text; text++) {
        if (*text == 'h') {
            *help = true;
            continue;
        }
        const graft_option *row = find(tables, NULL, *text);
        if (!row)
            return cli_fail(self, GRAFT_E_USAGE, "no option -%c; graft %s --help lists them", *text, self->verb->name);
        graft_status status;
        if (row->type == GRAFT_OPTION_FLAG) {
            status = set(self, tables, row->name, "true");
            if (status != GRAFT_OK) return status;
            continue;
        }
        if (text[1]) return set(self, tables, row->name, text + 1 + (text[1] == '='));
        if (!*next) return cli_fail(self, GRAFT_E_USAGE, "-%c (--%s) needs a value", *text, row->name);
        *used = 1;
        return set(self, tables, row->name, *next);
    }
    return GRAFT_OK;
}

static graft_status check_operands(cli *self) {
    const cli_verb *verb = self->verb;
    if (self->operand_count < verb->min_operands)
        return cli_fail(self, GRAFT_E_USAGE, "expected %s, received %d of them; usage: graft %s %s", verb->operands,
                        self->operand_count, verb->name, verb->operands);
    if (verb->max_operands >= 0 && self->operand_count > verb->max_operands)
        return cli_fail(self, GRAFT_E_USAGE, "unexpected argument \"%s\"; usage: graft %s%s%s",
                        self->operand[verb->max_operands], verb->name, *verb->operands ? " " : "", verb->operands);
    return GRAFT_OK;
}

graft_status cli_parse(cli *self, cli_tables *tables, int argc, char **argv, bool *help) {
    for (int i = 0; i < tables->count; i++) {
        graft_status status = graft_options_defaults(tables->table[i].rows, tables->table[i].target);
        if (status != GRAFT_OK) return status;
    }
    bool only_operands = false;
    self->operand = argv;
    self->operand_count = 0;
    for (int i = 0; i < argc; i++) {
        char *text = argv[i];
        int used = 0;
        graft_status status = GRAFT_OK;
        if (only_operands || text[0] != '-' || text[1] == '\0')
            self->operand[self->operand_count++] = text;
        else if (strcmp(text, "--") == 0)
            only_operands = true;
        else if (text[1] == '-')
            status = parse_long(self, tables, text + 2, &argv[i + 1], help, &used);
        else
            status = parse_short(self, tables, text + 1, &argv[i + 1], help, &used);
        if (status != GRAFT_OK) return status;
        i += used;
    }
    return *help ? GRAFT_OK : check_operands(self);
}
