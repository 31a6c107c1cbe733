/* The curve of a range test as a file of its own. */
#include <graft/report.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "report/curve.h"

#include <math.h>
#include <string.h>

/* What the report's page.css says of charts, for a file without it. */
static const char style[] = "<style>.chart{font:14px sans-serif}.line{fill:none;stroke-width:2.4;stroke:#1f6feb}"
                            ".grid{stroke:#dde3ea}.whisker{stroke:#b42318;stroke-width:1.6}.own{fill:#1f6feb}"
                            ".line.own{fill:none}.tick{fill:#5d6b7e;font-size:12px;text-anchor:middle}</style>\n";

static graft_status draw(const graft_lr_curve *curve, double *rate, double *loss, char **text) {
    graft_buffer svg;
    size_t count = graft_lr_curve_count(curve);
    for (size_t i = 0; i < count; i++)
        graft_lr_curve_at(curve, i, &rate[i], &loss[i]);
    const graft_curve line = {"loss", "own", loss};
    const graft_curve_chart chart = {.label = "loss over the learning rate",
                                     .x = rate,
                                     .count = count,
                                     .curves = &line,
                                     .curve_count = 1,
                                     .logarithmic = true,
                                     .mark = graft_lr_curve_suggested(curve)};
    graft_buffer_init(&svg, 0);
    graft_curve_svg(&svg, &chart);
    graft_status status = graft_buffer_take(&svg, text, NULL);
    graft_buffer_clear(&svg);
    return status;
}

graft_status graft_lr_curve_write(const graft_lr_curve *curve, const char *path) {
    size_t count = graft_lr_curve_count(curve);
    double *room = graft_allocate(count, 2 * sizeof(*room));
    char *svg = NULL, *whole = NULL;
    if (!room) return graft_fail_memory("a curve");
    graft_status status = draw(curve, room, room + count, &svg);
    if (status == GRAFT_OK) {
        /* The style goes behind the first line, the <svg> tag. */
        size_t tag = strcspn(svg, "\n") + 1;
        whole = graft_text_format("%.*s%s%s", (int)tag, svg, style, svg + tag);
        status = whole ? graft_file_write(path, whole, strlen(whole)) : graft_fail_memory("a curve");
    }
    graft_release(room);
    graft_release(svg);
    graft_release(whole);
    return status;
}
