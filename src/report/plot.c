/* graft plot: a network as a drawing. */
#include <graft/report.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "report/plot-internal.h"
#include "transfer/describe.h"

#include <string.h>
#include <strings.h>

enum { BOX_LIMIT = 3000 }; /* the layout's time grows faster than the boxes */

static const char *const formats[] = {"svg", "dot"};

static const graft_option table[] = {
    {.name = "arch",
     .type = GRAFT_OPTION_TEXT,
     .offset = offsetof(graft_plot_options, arch),
     .unit = "NAME",
     .help = "network of a file that holds weights alone (found out when not given)"},
    {.name = "full",
     .type = GRAFT_OPTION_FLAG,
     .offset = offsetof(graft_plot_options, full),
     .help = "a box for every layer; else an activation or a normalisation stands with what it follows"},
    GRAFT_OPTION_END,
};

const graft_option *graft_plot_option_table(void) {
    return table;
}

graft_status graft_plot_format(const char *path, const char **format) {
    const char *dot = strrchr(graft_path_name(path), '.');
    for (size_t i = 0; dot && i < sizeof(formats) / sizeof(*formats); i++) {
        *format = formats[i];
        if (strcasecmp(dot + 1, formats[i]) == 0) return GRAFT_OK;
    }
    return graft_fail(GRAFT_E_USAGE, "%s: expected a name that ends in .svg or .dot", path);
}

static graft_status draw(const graft_plot *plot, const char *format, char **out, size_t *length) {
    char *dot;
    GRAFT_TRY(graft_plot_dot(plot, &dot, length));
    if (strcmp(format, "dot") == 0) {
        *out = dot;
        return GRAFT_OK;
    }
    graft_status status =
        plot->box_count > BOX_LIMIT
            ? graft_fail(GRAFT_E_USAGE, "%d boxes, expected at most %d: draw it without --full, or write .dot",
                         plot->box_count, BOX_LIMIT)
            : graft_plot_render(dot, format, out, length);
    graft_release(dot);
    return status;
}

graft_status graft_plot_write(graft_context *context, const char *path, const char *output,
                              const graft_plot_options *options) {
    const bool full = options && options->full;
    const char *format;
    char *drawing = NULL;
    size_t length = 0;
    graft_plot plot = {0};
    graft_json *description;
    GRAFT_TRY(graft_plot_format(output, &format));
    GRAFT_TRY(graft_describe(context, path, options ? options->arch : NULL, &description));
    graft_status status = graft_plot_make(&plot, description, full);
    if (status == GRAFT_OK) status = draw(&plot, format, &drawing, &length);
    if (status == GRAFT_OK) status = graft_file_write(output, drawing, length);
    graft_release(drawing);
    graft_plot_clear(&plot);
    graft_json_free(description);
    return status;
}
