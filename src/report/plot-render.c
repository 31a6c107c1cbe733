/* The DOT language laid out and drawn by Graphviz, which is not thread-safe: one thread of the process at a time. */
#include "report/plot-internal.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/library_lock.h"

#include <graphviz/gvc.h>
#include <graphviz/gvplugin.h>

#include <stdlib.h>
#include <string.h>

/* Graphviz would write its complaints to stderr. */
static int keep_quiet(char *text) { // NOLINT(readability-non-const-parameter): Graphviz's type
    (void)text;
    return 0;
}

/* The plug-ins that are linked; they know "dot" and "svg" and measure text by tables of widths. */
extern gvplugin_library_t gvplugin_core_LTX_library, gvplugin_dot_layout_LTX_library;

static GVC_t *start(void) {
    const lt_symlist_t plugins[] = {
        {"gvplugin_core_LTX_library", &gvplugin_core_LTX_library},
        {"gvplugin_dot_layout_LTX_library", &gvplugin_dot_layout_LTX_library},
        {NULL, NULL},
    };
    return gvContextPlugins(plugins, 0);
}

static bool draws(GVC_t *graphviz, const char *format) {
    int count = 0;
    char kind[] = "device";
    char **names = gvPluginList(graphviz, kind, &count, NULL);
    bool found = false;
    for (int i = 0; i < count; i++) {
        found |= strcmp(names[i], format) == 0;
        free(names[i]); /* Graphviz's own allocation */
    }
    free(names);
    return found;
}

/* A label has one look in DOT; in a drawing the name stands out, and the figures stand back. */
static const char style[] = "<style>.node text:first-of-type{font-weight:bold}"
                            ".node text:last-of-type{font-size:11px;fill:#475569}"
                            ".graph>text:first-of-type{font-weight:bold;font-size:18px}</style>\n";

/* The style goes behind the tag <svg ...>. */
static graft_status dress(const char *svg, size_t size, char **out, size_t *length) {
    const char *tag = strstr(svg, "<svg"), *end = tag ? strchr(tag, '>') : NULL;
    const size_t before = end ? (size_t)(end + 1 - svg) : size;
    graft_buffer dressed;
    graft_buffer_init(&dressed, 0);
    graft_buffer_add(&dressed, svg, before);
    graft_buffer_text(&dressed, style);
    graft_buffer_add(&dressed, svg + before, size - before);
    graft_status status = graft_buffer_take(&dressed, out, length);
    graft_buffer_clear(&dressed);
    return status;
}

static graft_status draw(GVC_t *graphviz, Agraph_t *graph, const char *format, char **out, size_t *length) {
    char *data = NULL;
    unsigned size = 0;
    graft_status status = GRAFT_OK;
    if (gvLayout(graphviz, graph, "dot") != 0)
        return graft_fail(GRAFT_E_INTERNAL, "Graphviz cannot lay the network out");
    if (gvRenderData(graphviz, graph, format, &data, &size) != 0 || !data) {
        status = graft_fail(GRAFT_E_INTERNAL, "Graphviz cannot draw the network as %s", format);
    } else {
        status = dress(data, size, out, length);
    }
    if (data) gvFreeRenderData(data);
    gvFreeLayout(graphviz, graph);
    return status;
}

static graft_status render(const char *dot, const char *format, char **out, size_t *length) {
    GVC_t *graphviz = start();
    if (!graphviz) return graft_fail_memory("Graphviz");
    graft_status status = GRAFT_OK;
    Agraph_t *graph = NULL;
    if (!draws(graphviz, format)) {
        status = graft_fail(GRAFT_E_USAGE, "Graphviz does not draw .%s here: write .svg, or .dot and draw it elsewhere",
                            format);
    } else {
        graph = agmemread(dot);
        status = graph ? draw(graphviz, graph, format, out, length)
                       : graft_fail(GRAFT_E_INTERNAL, "Graphviz cannot read the network's drawing");
    }
    if (graph) agclose(graph);
    gvFreeContext(graphviz);
    return status;
}

graft_status graft_plot_render(const char *dot, const char *format, char **out, size_t *length) {
    *out = NULL;
    graft_library_enter(GRAFT_LIBRARY_GRAPHVIZ);
    agusererrf before = agseterrf(keep_quiet);
    graft_status status = render(dot, format, out, length);
    agseterrf(before);
    graft_library_leave(GRAFT_LIBRARY_GRAPHVIZ);
    return status;
}
