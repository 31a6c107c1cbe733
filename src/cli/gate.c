/* --require: figures that must be reached, or the exit code is 4. */
#include "cli.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct gate_term {
    char figure[16], comparison[3];
    double bound;
} gate_term;

/* NaN when the figure is not there. */
static double figure_of(const graft_evaluation *evaluation, const char *name) {
    if (!evaluation) return NAN;
    if (strcmp(name, "acc") == 0) return evaluation->accuracy;
    if (strcmp(name, "top5") == 0) return evaluation->top5;
    if (strcmp(name, "loss") == 0) return evaluation->loss;
    return evaluation->ece;
}

/* "val_acc" and "test_acc" name the split while training; "acc" is validation's, or the evaluated data's. */
static const char *base_name(const char *figure, bool *test) {
    *test = strncmp(figure, "test_", 5) == 0;
    if (*test) return figure + 5;
    return strncmp(figure, "val_", 4) == 0 ? figure + 4 : figure;
}

static bool known_figure(const char *figure, bool training) {
    bool test;
    const char *name = base_name(figure, &test);
    if (test && !training) return false;
    return strcmp(name, "acc") == 0 || strcmp(name, "top5") == 0 || strcmp(name, "loss") == 0 ||
           strcmp(name, "ece") == 0;
}

/* Reads one term and moves *text behind it and its comma. */
static bool read_term(const char **text, gate_term *term) {
    size_t name = strcspn(*text, "<>=,");
    size_t sign = strspn(*text + name, "<>=");
    if (name == 0 || name >= sizeof term->figure || sign == 0 || sign > 2) return false;
    memcpy(term->figure, *text, name);
    term->figure[name] = '\0';
    memcpy(term->comparison, *text + name, sign);
    term->comparison[sign] = '\0';
    if (strcmp(term->comparison, ">=") != 0 && strcmp(term->comparison, "<=") != 0 &&
        strcmp(term->comparison, ">") != 0 && strcmp(term->comparison, "<") != 0)
        return false;
    char *end;
    term->bound = strtod(*text + name + sign, &end);
    if (end == *text + name + sign || (*end != '\0' && *end != ',') || !isfinite(term->bound)) return false;
    *text = *end == ',' ? end + 1 : end;
    return true;
}

graft_status cli_gate_check(cli *self, const char *gate, bool training) {
    for (const char *text = gate; text && (*text || text == gate);) {
        gate_term term;
        if (!read_term(&text, &term))
            return cli_fail(self, GRAFT_E_USAGE, "--require: received \"%s\", expected FIGURE>=NUMBER such as acc>=0.9",
                            gate);
        if (!known_figure(term.figure, training))
            return cli_fail(self, GRAFT_E_USAGE, "--require: no figure \"%s\"; there are acc, top5, loss, ece%s",
                            term.figure, training ? " of validation (val_acc) and of test (test_acc)" : "");
    }
    return GRAFT_OK;
}

static bool reached(const gate_term *term, double value) {
    if (isnan(value)) return false;
    if (strcmp(term->comparison, ">=") == 0) return value >= term->bound;
    if (strcmp(term->comparison, "<=") == 0) return value <= term->bound;
    if (strcmp(term->comparison, ">") == 0) return value > term->bound;
    return value < term->bound;
}

graft_status cli_gate_pass(cli *self, const char *gate, const graft_evaluation *evaluation,
                           const graft_evaluation *test) {
    for (const char *text = gate; text && *text;) {
        gate_term term;
        if (!read_term(&text, &term)) return cli_fail(self, GRAFT_E_USAGE, "--require: received \"%s\"", gate);
        bool of_test;
        const char *name = base_name(term.figure, &of_test);
        double value = figure_of(of_test ? test : evaluation, name);
        if (reached(&term, value)) continue;
        if (isnan(value))
            return cli_fail(self, GRAFT_E_GATE, "required %s%s%g, but there is no such figure (%s)", term.figure,
                            term.comparison, term.bound,
                            strcmp(name, "top5") == 0 ? "top5 needs 6 classes" : "the split has no samples");
        return cli_fail(self, GRAFT_E_GATE, "required %s%s%g, reached %.4f", term.figure, term.comparison, term.bound,
                        value);
    }
    return GRAFT_OK;
}
