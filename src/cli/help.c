/* Help texts, generated from the tables. */
#include "cli.h"

#include <ctype.h>
#include <string.h>

enum { HELP_COLUMN = 30, HELP_WIDTH = 100 };

void cli_help(void) {
    printf("graft %s: transfer learning in C\n\nUsage: graft VERB [ARGUMENTS] [OPTIONS]\n\n", graft_version());
    for (size_t i = 0; cli_verb_at(i); i++)
        printf("  %-10s %s\n", cli_verb_at(i)->name, cli_verb_at(i)->help);
    printf("\ngraft VERB --help shows a verb's options with defaults, ranges and units.\n"
           "Exit codes: 0 ok, 2 usage, 3 data, 4 a --require gate failed, 5 internal error, 130 interrupted.\n");
}

/* A text's unit is the name of its value (FILE); a number's is a unit (px). */
static bool unit_is_name(const graft_option *row) {
    return row->unit && (row->type == GRAFT_OPTION_TEXT || row->type == GRAFT_OPTION_TEXTS);
}

static const char *value_name(const graft_option *row) {
    if (unit_is_name(row)) return row->unit;
    switch (row->type) {
    case GRAFT_OPTION_FLAG:
        return "";
    case GRAFT_OPTION_INT:
        return "N";
    case GRAFT_OPTION_DOUBLE:
        return "X";
    case GRAFT_OPTION_BYTES:
        return "SIZE";
    case GRAFT_OPTION_TEXT:
    case GRAFT_OPTION_TEXTS:
        return "TEXT";
    case GRAFT_OPTION_ENUM:
        return row->choices;
    case GRAFT_OPTION_INTS:
        return "N,N";
    case GRAFT_OPTION_DOUBLES:
        return "X,X";
    }
    return "";
}

static void bound_text(const graft_option *row, double value, char *out, size_t size) {
    const double gib = 1024.0 * 1024 * 1024, mib = 1024.0 * 1024;
    if (row->type == GRAFT_OPTION_BYTES && value >= gib)
        snprintf(out, size, "%gG", value / gib);
    else if (row->type == GRAFT_OPTION_BYTES && value >= mib)
        snprintf(out, size, "%gM", value / mib);
    else
        snprintf(out, size, "%.16g", value);
}

/* "(1..256 threads, default 5)" */
static void details(const graft_option *row, char *out, size_t size) {
    char range[96] = "", fallback[160] = "", low[40], high[40];
    if (row->min < row->max) {
        bound_text(row, row->min, low, sizeof low);
        bound_text(row, row->max, high, sizeof high);
        snprintf(range, sizeof range, "%s..%s", low, high);
    }
    if (row->unit && !unit_is_name(row)) {
        size_t used = strlen(range);
        snprintf(range + used, sizeof range - used, "%s%s", used ? " " : "", row->unit);
    }
    if (row->fallback && *row->fallback && row->type != GRAFT_OPTION_FLAG)
        snprintf(fallback, sizeof fallback, "%sdefault %s", *range ? ", " : "", row->fallback);
    out[0] = '\0';
    if (*range || *fallback) snprintf(out, size, "(%s%s)", range, fallback);
}

/* Words of `text` from column HELP_COLUMN on, broken before HELP_WIDTH. */
static void print_wrapped(const char *text, size_t column) {
    while (*text) {
        size_t word = strcspn(text, " ");
        if (column > HELP_COLUMN && column + 1 + word > HELP_WIDTH) {
            printf("\n%*s", HELP_COLUMN, "");
            column = HELP_COLUMN;
        } else if (column > HELP_COLUMN) {
            putchar(' ');
            column++;
        }
        printf("%.*s", (int)word, text);
        column += word;
        text += word;
        text += strspn(text, " ");
    }
    putchar('\n');
}

static void print_option(char letter, const char *name, const char *value, const char *text) {
    char head[160], short_form[8] = "    ";
    if (letter) snprintf(short_form, sizeof short_form, "-%c, ", letter);
    int length = snprintf(head, sizeof head, "  %s--%s%s%s", short_form, name, *value ? " " : "", value);
    printf("%s", head);
    if (length + 1 >= HELP_COLUMN)
        printf("\n%*s", HELP_COLUMN, "");
    else
        printf("%*s", HELP_COLUMN - length, "");
    print_wrapped(text, HELP_COLUMN);
}

/* An option that an earlier table has already shown. */
static bool shown_before(const cli_tables *tables, int table, const char *name) {
    for (int i = 0; i < table; i++)
        if (graft_option_find(tables->table[i].rows, name)) return true;
    return false;
}

void cli_help_verb(const cli_verb *verb, const cli_tables *tables) {
    printf("Usage: graft %s%s%s [OPTIONS]\n\n%c%s.\n", verb->name, *verb->operands ? " " : "", verb->operands,
           toupper((unsigned char)verb->help[0]), verb->help + 1);
    for (int i = 0; i < tables->count; i++) {
        printf("\n%s\n", tables->table[i].title);
        for (const graft_option *row = tables->table[i].rows; row->name; row++) {
            if (shown_before(tables, i, row->name)) continue;
            char extra[256], text[768];
            details(row, extra, sizeof extra);
            snprintf(text, sizeof text, "%s%s%s", row->help, *extra ? " " : "", extra);
            print_option(row->letter, row->name, value_name(row), text);
        }
    }
    if (tables->count == 0) putchar('\n');
    print_option('h', "help", "", "show this help");
}
