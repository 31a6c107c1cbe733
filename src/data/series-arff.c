/* ARFF (Weka): @relation and @attribute lines, then @data with a series a line, numbers first and the label last; of
 * several channels as one quoted relational value whose channels are divided by \n. */
#include "data/series.h"

#include "base/alloc.h"
#include "base/error.h"

#include <string.h>
#include <strings.h>

typedef struct reader {
    const char *name;
    size_t line, attributes;
    bool data, relational, nested, labelled; /* labelled: the last attribute is nominal or text */
    graft_series_set *set;
    graft_series_row row;
} reader;

static bool begins(const char *line, const char *word) {
    return strncasecmp(line, word, strlen(word)) == 0;
}

/* Behind an attribute's name, which may be quoted. */
static const char *type_of(const char *line) {
    const char *at = line + strlen("@attribute");
    at += strspn(at, " \t");
    if (*at == '\'' || *at == '"') {
        const char *close = strchr(at + 1, *at);
        at = close ? close + 1 : at + strlen(at);
    } else {
        at += strcspn(at, " \t");
    }
    return at + strspn(at, " \t");
}

static graft_status read_header(reader *self, const char *line) {
    if (begins(line, "@data")) {
        self->data = true;
    } else if (begins(line, "@end")) {
        self->nested = false;
    } else if (begins(line, "@attribute") && !self->nested) {
        const char *type = type_of(line);
        self->attributes++;
        self->labelled = *type == '{' || begins(type, "string") || begins(type, "nominal");
        if (begins(type, "relational")) self->relational = self->nested = true;
        if (begins(type, "date") || begins(type, "sparse"))
            return graft_fail(GRAFT_E_DATA, "%s: line %zu: an attribute of type %.20s, expected numbers and a class",
                              self->name, self->line, type);
    }
    return GRAFT_OK;
}

static char *clean(char *text) {
    text += strspn(text, " \t");
    size_t length = strlen(text);
    while (length > 0 && strchr(" \t", text[length - 1]))
        text[--length] = '\0';
    if (length >= 2 && (text[0] == '\'' || text[0] == '"') && text[length - 1] == text[0]) {
        text[length - 1] = '\0';
        text++;
    }
    return text;
}

static graft_status read_numbers(reader *self, char *text) {
    for (char *at = text; at;) {
        char *comma = strchr(at, ',');
        if (comma) *comma = '\0';
        GRAFT_TRY(graft_series_row_add(&self->row, self->name, self->line, clean(at)));
        at = comma ? comma + 1 : NULL;
    }
    return GRAFT_OK;
}

/* 'a,b,c\nd,e,f',label */
static graft_status read_relational(reader *self, char *text) {
    const char quote = text[0];
    char *close = (quote == '\'' || quote == '"') ? strchr(text + 1, quote) : NULL, *label = NULL, *at = text + 1;
    size_t channels = 0, length = 0;
    if (!close)
        return graft_fail(GRAFT_E_DATA, "%s: line %zu: no quoted series, expected 'a,b,c\\nd,e,f',LABEL", self->name,
                          self->line);
    *close++ = '\0';
    close += strspn(close, " \t,");
    if (self->labelled) label = clean(close);
    while (at) {
        char *next = strstr(at, "\\n");
        const size_t before = self->row.count;
        if (next) *next = '\0';
        GRAFT_TRY(read_numbers(self, at));
        if (channels++ > 0 && self->row.count - before != length)
            return graft_fail(GRAFT_E_DATA, "%s: line %zu: channel %zu has %zu steps, expected %zu as the first",
                              self->name, self->line, channels, self->row.count - before, length);
        length = self->row.count - before;
        at = next ? next + 2 : NULL;
    }
    return graft_series_add(self->set, self->name, self->line, self->row.values, channels, length, label);
}

static graft_status read_plain(reader *self, char *text) {
    char *label = NULL;
    if (*text == '{')
        return graft_fail(GRAFT_E_DATA, "%s: line %zu: sparse data, expected every number", self->name, self->line);
    if (self->labelled) {
        label = strrchr(text, ',');
        if (!label)
            return graft_fail(GRAFT_E_DATA, "%s: line %zu: one value, expected numbers and a label", self->name,
                              self->line);
        *label++ = '\0';
        label = clean(label);
    }
    GRAFT_TRY(read_numbers(self, text));
    const size_t numbers = self->attributes - self->labelled;
    if (self->row.count != numbers)
        return graft_fail(GRAFT_E_DATA, "%s: line %zu: %zu numbers, expected %zu as the header has attributes",
                          self->name, self->line, self->row.count, numbers);
    return graft_series_add(self->set, self->name, self->line, self->row.values, 1,
                            graft_series_row_trimmed(&self->row), label);
}

static graft_status read(const char *name, char *text, size_t length, graft_series_set *set) {
    reader self = {.name = name, .set = set};
    graft_status status = GRAFT_OK;
    (void)length;
    for (char *at; status == GRAFT_OK && (at = graft_series_line(&text, &self.line));) {
        at += strspn(at, " \t");
        self.row.count = 0;
        if (*at == '\0' || *at == '%') continue;
        if (!self.data && *at == '@')
            status = read_header(&self, at);
        else if (!self.data)
            status =
                graft_fail(GRAFT_E_DATA, "%s: line %zu: data before @data, expected a header first", name, self.line);
        else
            status = self.relational ? read_relational(&self, at) : read_plain(&self, at);
    }
    graft_release(self.row.values);
    return status;
}

const graft_series_format graft_series_format_arff = {
    .name = "arff",
    .help = "ARFF of Weka: numbers and a class a line, or a relational attribute",
    .extensions = ".arff",
    .read = read,
};
