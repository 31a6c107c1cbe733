/* .ts (sktime, aeon): a header of @ lines, then a series a line: channels divided by ':', numbers by ',', the label
 * last. Series with time stamps are refused: their steps need not be even. */
#include "data/series.h"

#include "base/alloc.h"
#include "base/error.h"

#include <string.h>
#include <strings.h>

typedef struct reader {
    const char *name;
    size_t line;
    bool data, labelled;
    graft_series_set *set;
    graft_series_row row;
} reader;

/* The word after an @ word, when `line` begins with that; else NULL. */
static const char *after(const char *line, const char *word) {
    const size_t length = strlen(word);
    if (strncasecmp(line, word, length) != 0 || (line[length] && !strchr(" \t", line[length]))) return NULL;
    return line + length + strspn(line + length, " \t");
}

static graft_status read_header(reader *self, const char *line) {
    const char *value;
    if (after(line, "@data")) self->data = true;
    if ((value = after(line, "@classLabel"))) self->labelled = strncasecmp(value, "true", 4) == 0;
    if ((value = after(line, "@targetLabel")) && strncasecmp(value, "true", 4) == 0)
        return graft_fail(GRAFT_E_DATA, "%s: line %zu: a target to regress on, expected classes (@classLabel true)",
                          self->name, self->line);
    if ((value = after(line, "@timeStamps")) && strncasecmp(value, "true", 4) == 0)
        return graft_fail(GRAFT_E_DATA,
                          "%s: line %zu: series with time stamps, expected even steps (@timeStamps false)", self->name,
                          self->line);
    return GRAFT_OK;
}

static graft_status read_channel(reader *self, char *text) {
    for (char *at = text; at;) {
        char *comma = strchr(at, ',');
        if (comma) *comma = '\0';
        at += strspn(at, " \t");
        at[strcspn(at, " \t")] = '\0';
        GRAFT_TRY(graft_series_row_add(&self->row, self->name, self->line, at));
        at = comma ? comma + 1 : NULL;
    }
    return GRAFT_OK;
}

static graft_status read_series(reader *self, char *text) {
    char *label = NULL, *at = text;
    size_t channels = 0, length = 0;
    self->row.count = 0;
    if (self->labelled) {
        label = strrchr(text, ':');
        if (!label)
            return graft_fail(GRAFT_E_DATA, "%s: line %zu: no label behind a ':', expected one (@classLabel true)",
                              self->name, self->line);
        *label++ = '\0';
        label += strspn(label, " \t");
        label[strcspn(label, " \t")] = '\0';
    }
    while (at) {
        char *colon = strchr(at, ':');
        const size_t before = self->row.count;
        if (colon) *colon = '\0';
        if (*at == '(')
            return graft_fail(GRAFT_E_DATA, "%s: line %zu: numbers with time stamps, expected even steps", self->name,
                              self->line);
        GRAFT_TRY(read_channel(self, at));
        if (channels++ > 0 && self->row.count - before != length)
            return graft_fail(GRAFT_E_DATA, "%s: line %zu: channel %zu has %zu steps, expected %zu as the first",
                              self->name, self->line, channels, self->row.count - before, length);
        length = self->row.count - before;
        at = colon ? colon + 1 : NULL;
    }
    if (channels == 1) length = graft_series_row_trimmed(&self->row);
    return graft_series_add(self->set, self->name, self->line, self->row.values, channels, length, label);
}

static graft_status read(const char *name, char *text, size_t length, graft_series_set *set) {
    reader self = {.name = name, .set = set};
    graft_status status = GRAFT_OK;
    (void)length;
    for (char *at; status == GRAFT_OK && (at = graft_series_line(&text, &self.line));) {
        at += strspn(at, " \t");
        if (*at == '\0' || *at == '#') continue;
        if (*at == '@')
            status = read_header(&self, at);
        else if (self.data)
            status = read_series(&self, at);
        else
            status = graft_fail(GRAFT_E_DATA, "%s: line %zu: numbers before @data, expected a header first", name,
                                self.line);
    }
    graft_release(self.row.values);
    return status;
}

const graft_series_format graft_series_format_ts = {
    .name = "ts",
    .help = ".ts of sktime and aeon: several channels, several lengths",
    .extensions = ".ts",
    .read = read,
};
