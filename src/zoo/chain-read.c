/* Characters, names and places of the chain language. */
#include "zoo/chain-internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The C library's depend on the locale. */
static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* Of layers: conv1/bn, layer1.0.conv1 */
static bool is_name(char c) {
    return is_letter(c) || is_digit(c) || c == '.' || c == '/' || c == '-';
}

/* Fails with "what:line:column: text". */
static graft_status fail_text(const graft_chain *chain, const char *place, graft_status status, const char *text) {
    int line = 1, column = 1;
    for (const char *c = chain->text; c < place; c++) {
        column = *c == '\n' ? 1 : column + 1;
        line += *c == '\n';
    }
    return graft_fail(status, "%s:%d:%d: %s", chain->what, line, column, text);
}

graft_status graft_chain_fail(const graft_chain *chain, const char *place, const char *format, ...) {
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return fail_text(chain, place, chain->fault, text);
}

graft_status graft_chain_fail_in(const graft_chain *chain, const char *place, graft_status status) {
    char text[1024];
    if (status != GRAFT_E_DATA) return status;
    snprintf(text, sizeof text, "%s", graft_error_text());
    return fail_text(chain, place, chain->fault, text);
}

void graft_chain_space(graft_chain *chain) {
    while (*chain->at == ' ' || (*chain->at >= '\t' && *chain->at <= '\r') || *chain->at == '#')
        if (*chain->at++ == '#') chain->at += strcspn(chain->at, "\n");
}

bool graft_chain_take(graft_chain *chain, char c) {
    if (*chain->at != c) return false;
    chain->at++;
    return true;
}

graft_status graft_chain_expect(graft_chain *chain, char c, const char *what) {
    char here[GRAFT_CHAIN_WORD];
    graft_chain_space(chain);
    if (graft_chain_take(chain, c)) return GRAFT_OK;
    return graft_chain_fail(chain, chain->at, "%s, expected '%c' %s", graft_chain_here(chain, here), c, what);
}

size_t graft_chain_peek(const graft_chain *chain, char out[GRAFT_CHAIN_WORD]) {
    size_t length = 0;
    out[0] = '\0';
    if (!is_letter(*chain->at)) return 0;
    while (is_letter(chain->at[length]) || is_digit(chain->at[length]))
        length++;
    snprintf(out, GRAFT_CHAIN_WORD, "%.*s", (int)(length < GRAFT_CHAIN_WORD ? length : GRAFT_CHAIN_WORD - 1),
             chain->at);
    return length;
}

const char *graft_chain_here(const graft_chain *chain, char out[GRAFT_CHAIN_WORD]) {
    size_t length = strcspn(chain->at, " \t\r\n\v\f:()|");
    if (*chain->at == '\0') return "the end";
    snprintf(out, GRAFT_CHAIN_WORD, "'%.*s'", (int)(length == 0 ? 1 : length < 24 ? length : 24), chain->at);
    return out;
}

graft_status graft_chain_identifier(graft_chain *chain, const char *what, char out[GRAFT_CHAIN_WORD]) {
    char here[GRAFT_CHAIN_WORD];
    const size_t length = graft_chain_peek(chain, out);
    if (length == 0) return graft_chain_fail(chain, chain->at, "%s, expected %s", graft_chain_here(chain, here), what);
    if (length >= GRAFT_CHAIN_WORD)
        return graft_chain_fail(chain, chain->at, "a word of %zu letters, expected at most %d", length,
                                GRAFT_CHAIN_WORD - 1);
    chain->at += length;
    return GRAFT_OK;
}

bool graft_chain_is_named(const graft_chain *chain) {
    const char *at = chain->at;
    while (is_name(*at) || *at == '{') {
        if (*at == '{') {
            at += strcspn(at, "} \t\r\n");
            if (*at != '}') return false;
        }
        at++;
    }
    return at[0] == '=' && at[1] != '=';
}

/* {EXPRESSION} as a number, {EXPRESSION:a} as a letter. */
static graft_status substitute(graft_chain *chain, char *out, size_t room) {
    const char *place = chain->at;
    double value;
    int64_t number;
    GRAFT_TRY(graft_chain_expression(chain, true, &value));
    const bool letter = chain->at[0] == ':' && chain->at[1] == 'a';
    if (letter) chain->at += 2;
    if (!graft_chain_take(chain, '}')) return graft_chain_fail(chain, chain->at, "expected '}' in a name");
    GRAFT_TRY(graft_chain_whole(chain, place, "a number in a name", value, 0, letter ? 25 : 1000000, &number));
    if (letter)
        snprintf(out, room, "%c", (char)('a' + number));
    else
        snprintf(out, room, "%lld", (long long)number);
    return GRAFT_OK;
}

graft_status graft_chain_name(graft_chain *chain, char out[GRAFT_CHAIN_NAME]) {
    size_t length = strlen(chain->prefix);
    memcpy(out, chain->prefix, length + 1);
    const char *place = chain->at;
    while (is_name(*chain->at) || *chain->at == '{') {
        if (length + 8 >= GRAFT_CHAIN_NAME)
            return graft_chain_fail(chain, place, "a name of more than %d bytes", GRAFT_CHAIN_NAME - 9);
        if (graft_chain_take(chain, '{')) {
            GRAFT_TRY(substitute(chain, out + length, GRAFT_CHAIN_NAME - length));
            length += strlen(out + length);
        } else {
            out[length++] = *chain->at++;
        }
        out[length] = '\0';
    }
    return GRAFT_OK;
}
