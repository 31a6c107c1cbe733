/* Numbers of the chain language. A text that is only read (chain->run false) has no values: all are 0. */
#include "zoo/chain-internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

graft_chain_variable *graft_chain_find(const graft_chain *chain, const char *name) {
    for (int i = chain->variable_count - 1; i >= 0; i--)
        if (strcmp(chain->variables[i].name, name) == 0) return &chain->variables[i];
    return NULL;
}

graft_status graft_chain_push(graft_chain *chain, const char *name, const graft_chain_list *list) {
    if (chain->variable_count == GRAFT_CHAIN_VARIABLES)
        return graft_chain_fail(chain, chain->at, "more than %d variables", GRAFT_CHAIN_VARIABLES);
    graft_chain_variable *variable = &chain->variables[chain->variable_count++];
    memcpy(variable->name, name, strlen(name) + 1);
    variable->list = *list;
    return GRAFT_OK;
}

graft_status graft_chain_whole(const graft_chain *chain, const char *place, const char *what, double value, int64_t low,
                               int64_t high, int64_t *out) {
    *out = low;
    if (!chain->run) return GRAFT_OK;
    if (!(value >= (double)low && value <= (double)high) || value != floor(value))
        return graft_chain_fail(chain, place, "%s is %g, expected a whole number of %lld to %lld", what, value,
                                (long long)low, (long long)high);
    *out = (int64_t)value;
    return GRAFT_OK;
}

/* Channels as MobileNet rounds them: to the nearest multiple of 8, but never below nine tenths. */
static double round8(double x) {
    double rounded = floor((x + 4) / 8) * 8;
    if (rounded < 8) rounded = 8;
    return rounded < 0.9 * x ? rounded + 8 : rounded;
}

/* Calls inside calls are a way to exhaust the stack. */
static graft_status deeper(graft_chain *chain) {
    if (++chain->depth <= GRAFT_CHAIN_DEPTH) return GRAFT_OK;
    return graft_chain_fail(chain, chain->at, "more than %d brackets inside each other", GRAFT_CHAIN_DEPTH);
}

static const struct {
    const char *name;
    int count;
} functions[] = {{"if", 3}, {"min", 2}, {"max", 2}, {"int", 1}, {"ceil", 1}, {"sqrt", 1}, {"round8", 1}};

static double apply(const char *name, const double *x) {
    switch (name[0]) {
    case 'i':
        return name[1] == 'f' ? (x[0] != 0 ? x[1] : x[2]) : trunc(x[0]);
    case 'm':
        return name[1] == 'i' ? fmin(x[0], x[1]) : fmax(x[0], x[1]);
    case 'c':
        return ceil(x[0]);
    case 's':
        return sqrt(x[0]);
    default:
        return round8(x[0]);
    }
}

static graft_status call(graft_chain *chain, const char *place, const char *name, double *out) {
    double x[3] = {0};
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        if (strcmp(functions[i].name, name) != 0) continue;
        GRAFT_TRY(deeper(chain));
        for (int k = 0; k < functions[i].count; k++) {
            if (k > 0) GRAFT_TRY(graft_chain_expect(chain, ',', "between arguments"));
            GRAFT_TRY(graft_chain_expression(chain, true, &x[k]));
        }
        GRAFT_TRY(graft_chain_expect(chain, ')', "after the arguments"));
        chain->depth--;
        *out = apply(name, x);
        return GRAFT_OK;
    }
    return graft_chain_fail(chain, place, "'%s(', expected a function: if min max int ceil sqrt round8", name);
}

/* NAME[index], where the list's first number is 1. */
static graft_status indexed(graft_chain *chain, const char *place, const graft_chain_list *list, double *out) {
    double index;
    int64_t at;
    GRAFT_TRY(deeper(chain));
    GRAFT_TRY(graft_chain_expression(chain, true, &index));
    GRAFT_TRY(graft_chain_expect(chain, ']', "after the index"));
    chain->depth--;
    if (!chain->run) return GRAFT_OK;
    GRAFT_TRY(graft_chain_whole(chain, place, "an index", index, 1, list->count, &at));
    *out = list->value[at - 1];
    return GRAFT_OK;
}

static graft_status shape_here(graft_chain *chain, char axis, double *out) {
    if (!chain->run) return GRAFT_OK;
    GRAFT_TRY(graft_chain_begin(chain));
    const graft_shape *shape = graft_chain_shape(chain);
    const int place = axis == 'c' ? 0 : axis == 'h' ? 1 : 2;
    *out = place < shape->rank ? (double)shape->dim[place] : 1;
    return GRAFT_OK;
}

static graft_status identifier(graft_chain *chain, double *out) {
    char name[GRAFT_CHAIN_WORD];
    const char *place = chain->at;
    GRAFT_TRY(graft_chain_identifier(chain, "a number", name));
    if (graft_chain_take(chain, '(')) return call(chain, place, name, out);
    const graft_chain_variable *variable = graft_chain_find(chain, name);
    if (graft_chain_take(chain, '[')) {
        static const graft_chain_list none = {0};
        if (!variable && chain->run) return graft_chain_fail(chain, place, "'%s' is no list that was set before", name);
        return indexed(chain, place, variable ? &variable->list : &none, out);
    }
    if (variable) {
        chain->uses_width |= strcmp(name, "width") == 0;
        *out = variable->list.value[0];
        if (variable->list.count == 1 || !chain->run) return GRAFT_OK;
        return graft_chain_fail(chain, place, "'%s' is a list of %d, expected %s[N]", name, variable->list.count, name);
    }
    if (name[1] == '\0' && strchr("chw", name[0])) return shape_here(chain, name[0], out);
    if (!chain->run) return GRAFT_OK;
    return graft_chain_fail(chain, place, "'%s' has no value, expected a number or a variable that was set before",
                            name);
}

static graft_status primary(graft_chain *chain, double *out) {
    *out = 0;
    if (graft_chain_take(chain, '-')) {
        GRAFT_TRY(deeper(chain));
        GRAFT_TRY(primary(chain, out));
        chain->depth--;
        *out = -*out;
        return GRAFT_OK;
    }
    if (graft_chain_take(chain, '(')) {
        GRAFT_TRY(deeper(chain));
        GRAFT_TRY(graft_chain_expression(chain, true, out));
        chain->depth--;
        return graft_chain_expect(chain, ')', "after an expression");
    }
    if ((*chain->at < '0' || *chain->at > '9') && *chain->at != '.') return identifier(chain, out);
    char digits[GRAFT_CHAIN_WORD];
    size_t length = 0;
    for (const char *c = chain->at; length + 1 < sizeof digits; c++) {
        /* 1..4 is a range, 1e-3 a number. */
        const bool signed_ = (*c == '-' || *c == '+') && length > 0 && (c[-1] == 'e' || c[-1] == 'E');
        if (!signed_ && (*c == '\0' || !strchr("0123456789.eE", *c) || (c[0] == '.' && c[1] == '.'))) break;
        digits[length++] = *c;
    }
    digits[length] = '\0';
    char *end;
    *out = strtod(digits, &end);
    if (*end != '\0' || !isfinite(*out)) return graft_chain_fail(chain, chain->at, "'%s', expected a number", digits);
    chain->at += length;
    return GRAFT_OK;
}

/* Operators from the weakest to the strongest; a longer one before its beginning. */
static const struct {
    const char *text;
    int level;
} operators[] = {{"||", 0}, {"&&", 1}, {"==", 2}, {"!=", 2}, {"<=", 2}, {">=", 2}, {"<", 2},
                 {">", 2},  {"+", 3},  {"-", 3},  {"*", 4},  {"/", 4},  {"%", 4},  {"^", 5}};

enum { LEVELS = 6 };

static double combine(const char *sign, double a, double b) {
    switch (sign[0]) {
    case '|':
        return a != 0 || b != 0;
    case '&':
        return a != 0 && b != 0;
    case '=':
        return a == b;
    case '!':
        return a != b;
    case '<':
        return sign[1] ? a <= b : a < b;
    case '>':
        return sign[1] ? a >= b : a > b;
    case '+':
        return a + b;
    case '-':
        return a - b;
    case '*':
        return a * b;
    case '/':
        return a / b;
    case '%':
        return fmod(a, b);
    default:
        return pow(a, b);
    }
}

static const char *operator_here(const graft_chain *chain, int level, bool slash) {
    if (!strchr("|&=!<>+-*/%^", *chain->at)) return NULL; /* mostly none stands here, which six levels ask */
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        const size_t length = strlen(operators[i].text);
        if (strncmp(chain->at, operators[i].text, length) != 0) continue;
        return operators[i].level == level && (slash || operators[i].text[0] != '/') ? operators[i].text : NULL;
    }
    return NULL;
}

static graft_status operation(graft_chain *chain, int level, bool slash, double *out) {
    const char *sign, *place = chain->at;
    double right;
    if (level == LEVELS) return primary(chain, out);
    GRAFT_TRY(operation(chain, level + 1, slash, out));
    while ((sign = operator_here(chain, level, slash)) != NULL) {
        chain->at += strlen(sign);
        GRAFT_TRY(operation(chain, level + 1, slash, &right));
        *out = combine(sign, *out, right);
        if (chain->run && !isfinite(*out)) return graft_chain_fail(chain, place, "a number without bounds");
    }
    return GRAFT_OK;
}

graft_status graft_chain_expression(graft_chain *chain, bool slash, double *out) {
    return operation(chain, 0, slash, out);
}

graft_status graft_chain_expressions(graft_chain *chain, bool slash, graft_chain_list *out) {
    out->count = 0;
    do {
        if (out->count == GRAFT_CHAIN_LIST)
            return graft_chain_fail(chain, chain->at, "more than %d numbers in a list", GRAFT_CHAIN_LIST);
        GRAFT_TRY(graft_chain_expression(chain, slash, &out->value[out->count++]));
    } while (graft_chain_take(chain, ','));
    return GRAFT_OK;
}
