#include "report/candidates-csv.h"

#include "base/buffer.h"

#include <math.h>
#include <string.h>

/* RFC 4180: a field with commas, quotes or newlines stands in quotes. */
static void add_field(graft_buffer *out, const char *text) {
    if (!strpbrk(text, ",\"\r\n")) {
        graft_buffer_text(out, text);
        return;
    }
    graft_buffer_text(out, "\"");
    for (const char *c = text; *c; c++) {
        if (*c == '"') graft_buffer_text(out, "\"");
        graft_buffer_add(out, c, 1);
    }
    graft_buffer_text(out, "\"");
}

/* A figure that is not known is an empty field. */
static void add_number(graft_buffer *out, double value) {
    graft_buffer_text(out, ",");
    if (isfinite(value)) graft_buffer_format(out, "%.9g", value);
}

graft_status graft_candidates_csv(const graft_run *run, char **out) {
    graft_buffer text;
    graft_buffer_init(&text, 0);
    graft_buffer_text(&text, "layer,c,accuracy,deviation,chosen\n");
    for (size_t i = 0; i < graft_run_candidate_count(run); i++) {
        const graft_candidate *candidate = graft_run_candidate(run, i);
        add_field(&text, candidate->layer);
        add_number(&text, candidate->c);
        add_number(&text, candidate->accuracy);
        add_number(&text, candidate->deviation);
        graft_buffer_format(&text, ",%d\n", candidate->chosen);
    }
    return graft_buffer_take(&text, out, NULL);
}
