/* A drawing in the DOT language (graphviz.org/doc/info/lang.html). Layers' names come from files: they stand only where
 * they are escaped, and nodes are called by numbers. */
#include "report/plot-internal.h"

#include "report/html.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { NAME_LIMIT = 60 }; /* bytes of a name that are shown in a box; the tooltip has more */

typedef struct look {
    const char *op, *fill;
} look;

static const look looks[] = {
    {"conv2d", "#dbeafe"},    {"conv2d_transpose", "#dbeafe"}, {"dense", "#e9e3fd"},          {"maxpool2d", "#dcf5e3"},
    {"avgpool2d", "#dcf5e3"}, {"global_avgpool", "#dcf5e3"},   {"global_maxpool", "#dcf5e3"}, {"add", "#fdf3c7"},
    {"multiply", "#fdf3c7"},  {"concat", "#fdf3c7"},           {"input", "#e5e9ee"},
};

static const char *fill_of(const char *op) {
    for (size_t i = 0; i < sizeof(looks) / sizeof(*looks); i++)
        if (strcmp(looks[i].op, op) == 0) return looks[i].fill;
    return "#ffffff";
}

/* 3538984 -> "3,538,984" */
static void add_count(graft_buffer *out, int64_t value) {
    char digits[24];
    const int length = snprintf(digits, sizeof(digits), "%lld", (long long)value);
    for (int i = 0; i < length; i++)
        graft_buffer_format(out, "%s%c", i > 0 && digits[i - 1] != '-' && (length - i) % 3 == 0 ? "," : "", digits[i]);
}

static void add_shape(graft_buffer *out, const graft_json *shape) {
    for (size_t i = 0; i < graft_json_count(shape); i++)
        graft_buffer_format(out, "%s%lld", i ? " \xC3\x97 " : "",
                            (long long)graft_json_int(graft_json_at(shape, i), 0));
}

/* Inside a quoted string of DOT: entities are understood, and a backslash would begin an escape. */
static void add_quoted(graft_buffer *out, const char *text) {
    char piece[2] = {0};
    graft_buffer escaped;
    graft_buffer_init(&escaped, 0);
    graft_html_text(&escaped, text);
    for (const char *c = escaped.data; c && *c; c++) {
        piece[0] = *c;
        graft_buffer_text(out, *c == '\\' ? "&#92;" : piece);
    }
    if (escaped.failed != GRAFT_OK && out->failed == GRAFT_OK) out->failed = escaped.failed;
    graft_buffer_clear(&escaped);
}

/* The name's end tells more than its beginning, which often is a path. */
static void add_name(graft_buffer *out, const char *name) {
    const size_t length = strlen(name);
    const char *shown = name;
    if (length > NAME_LIMIT) {
        shown = name + length - NAME_LIMIT;
        while (((unsigned char)*shown & 0xC0) == 0x80)
            shown++;
        graft_buffer_text(out, "\xE2\x80\xA6");
    }
    add_quoted(out, *shown ? shown : "?");
}

/* About how wide a line is, in points: Helvetica's widths, by kinds of characters. */
static double width_of(const char *line, size_t length, double size, bool bold) {
    double ems = 0;
    for (size_t i = 0; i < length; i++) {
        const unsigned char c = (unsigned char)line[i];
        const char *entity = c == '&' ? memchr(line + i, ';', length - i) : NULL;
        if ((c & 0xC0) == 0x80) continue;
        if (strchr("ijl.,:'| /()[]ft", c))
            ems += 0.29;
        else if (strchr("mwMW@%", c))
            ems += 0.87;
        else
            ems += c >= 'A' && c <= 'Z' ? 0.7 : 0.56;
        if (entity) i = (size_t)(entity - line);
    }
    return ems * size * (bold ? 1.07 : 1);
}

/* Puts a label of lines with "\\n" between them, and the size that it needs: Graphviz would measure bytes. */
static void add_label(graft_buffer *out, graft_buffer *label) {
    double width = 0;
    int lines = 0;
    for (const char *line = label->data; line && label->failed == GRAFT_OK; lines++) {
        const char *end = strstr(line, "\\n");
        const size_t length = end ? (size_t)(end - line) : strlen(line);
        width = fmax(width, width_of(line, length, 12, lines == 0));
        line = end ? end + 2 : NULL;
    }
    graft_buffer_format(out, " width=%.2f height=%.2f label=\"%s\"", width / 72 + 0.28, lines * 0.19 + 0.12,
                        label->data ? label->data : "");
    if (label->failed != GRAFT_OK && out->failed == GRAFT_OK) out->failed = label->failed;
    graft_buffer_clear(label);
}

static void add_tooltip(graft_buffer *out, const graft_plot *plot, const graft_plot_box *box) {
    graft_buffer_text(out, " tooltip=\"");
    for (int i = box->first; i >= 0; i = plot->layers[i].next) {
        const graft_plot_layer *layer = &plot->layers[i];
        if (i != box->first) graft_buffer_text(out, "\\n");
        add_quoted(out, layer->name);
        graft_buffer_text(out, ": ");
        graft_plot_operation(out, layer->json);
    }
    graft_buffer_text(out, "\"");
}

static void add_operations(graft_buffer *out, const graft_plot *plot, const graft_plot_box *box) {
    for (int i = box->first; i >= 0; i = plot->layers[i].next) {
        if (i != box->first) graft_buffer_text(out, " \xC2\xB7 ");
        graft_plot_operation(out, plot->layers[i].json);
    }
}

/* The box's name: its main layer's. A layer with its own activation is two here, "x/linear" and "x": that is "x". */
static const char *box_name(const graft_plot *plot, const graft_plot_box *box) {
    const char *name = plot->layers[box->main].name;
    for (int i = box->first; i >= 0; i = plot->layers[i].next) {
        const size_t length = strlen(plot->layers[i].name);
        if (strncmp(name, plot->layers[i].name, length) == 0 && name[length] == '/') return plot->layers[i].name;
    }
    return name;
}

static void add_border(graft_buffer *out, const graft_plot *plot, bool learned) {
    if (!plot->trained) return;
    graft_buffer_text(out, learned ? " color=\"#c2410c\" penwidth=2.2" : " color=\"#64748b\"");
}

static void add_box(graft_buffer *out, const graft_plot *plot, int index) {
    const graft_plot_box *box = &plot->boxes[index];
    graft_buffer label;
    graft_buffer_format(out, "    n%d [fillcolor=\"%s\"", index, fill_of(plot->layers[box->main].op));
    add_border(out, plot, plot->layers[box->main].learned && box->parameters > 0);
    add_tooltip(out, plot, box);
    graft_buffer_init(&label, 0);
    add_name(&label, box_name(plot, box));
    graft_buffer_text(&label, "\\n");
    add_operations(&label, plot, box);
    graft_buffer_text(&label, "\\n");
    add_shape(&label, graft_json_get(plot->layers[box->last].json, "output"));
    if (box->parameters > 0) {
        graft_buffer_text(&label, ",  ");
        add_count(&label, box->parameters);
        graft_buffer_text(&label, " parameters");
    }
    add_label(out, &label);
    graft_buffer_text(out, "];\n");
}

/* "112 × 112": the resolution that the stage's last box has. */
static void add_stage_label(graft_buffer *out, const graft_plot *plot, int stage) {
    const graft_json *shape = NULL;
    for (int i = 0; i < plot->box_count; i++) {
        const graft_plot_layer *layer = &plot->layers[plot->boxes[i].last];
        if (layer->stage == stage && layer->area > 1) shape = graft_json_get(layer->json, "output");
    }
    if (shape)
        graft_buffer_format(out, "%lld \xC3\x97 %lld", (long long)graft_json_int(graft_json_at(shape, 1), 0),
                            (long long)graft_json_int(graft_json_at(shape, 2), 0));
    else
        graft_buffer_text(out, "vectors");
}

static void add_stages(graft_buffer *out, const graft_plot *plot) {
    int last = -1;
    for (int i = 0; i < plot->layer_count; i++)
        if (plot->layers[i].stage > last) last = plot->layers[i].stage;
    for (int stage = 0; stage <= last; stage++) {
        bool open = false;
        for (int i = 0; i < plot->box_count; i++) {
            if (plot->layers[plot->boxes[i].last].stage != stage) continue;
            if (!open) {
                graft_buffer_format(out, "  subgraph cluster_%d {\n    label=\"", stage);
                add_stage_label(out, plot, stage);
                graft_buffer_text(out, "\";\n");
                open = true;
            }
            add_box(out, plot, i);
        }
        if (open) graft_buffer_text(out, "  }\n");
    }
}

static const char boundary_look[] =
    " [style=dashed color=\"#c2410c\" penwidth=2 fontcolor=\"#c2410c\" label=\"  boundary: all before it is frozen and "
    "computed once\"]";

static void add_edges(graft_buffer *out, const graft_plot *plot) {
    for (int i = 0; i < plot->layer_count; i++) {
        const graft_plot_layer *layer = &plot->layers[i];
        for (int k = 0; k < layer->input_count; k++) {
            const int from = layer->inputs[k];
            if (plot->layers[from].box == layer->box) continue;
            graft_buffer_format(out, "  n%d -> n%d%s;\n", plot->layers[from].box, layer->box,
                                from == plot->boundary ? boundary_look : "");
        }
    }
}

/* What a trained model puts behind its network. */
static void add_head(graft_buffer *out, const graft_plot *plot) {
    const graft_json *cut = graft_json_get(plot->json, "cut");
    const char *head = graft_json_text(graft_json_get(plot->json, "head"), "");
    const char *layer = graft_json_text(graft_json_get(cut, "layer"), ""), *pool;
    graft_buffer label;
    if (!plot->trained || strcmp(head, "network") == 0) return;
    int from = plot->layer_count - 1;
    for (int i = 0; i < plot->layer_count; i++)
        if (strcmp(plot->layers[i].name, layer) == 0) from = i;
    pool = graft_json_text(graft_json_get(cut, "pool"), "none");
    graft_buffer_text(out, "  head [fillcolor=\"#e9e3fd\"");
    add_border(out, plot, true);
    graft_buffer_init(&label, 0);
    graft_buffer_text(&label, "head\\n");
    if (strcmp(pool, "none") != 0) {
        add_quoted(&label, pool);
        graft_buffer_text(&label, " pooling \xC2\xB7 ");
    }
    add_quoted(&label, head);
    graft_buffer_format(&label, "\\n%lld features, %lld classes",
                        (long long)graft_json_int(graft_json_get(cut, "width"), 0),
                        (long long)graft_json_int(graft_json_get(plot->json, "classes"), 0));
    add_label(out, &label);
    graft_buffer_text(out, "];\n");
    graft_buffer_format(out, "  n%d -> head%s;\n", plot->layers[from].box, from == plot->boundary ? boundary_look : "");
}

static void add_title(graft_buffer *out, const graft_plot *plot) {
    graft_buffer_text(out, "  label=\"");
    add_name(out, graft_json_text(graft_json_get(plot->json, "name"), ""));
    graft_buffer_text(out, "\\n");
    add_count(out, graft_json_int(graft_json_get(plot->json, "parameters"), 0));
    const double work = graft_json_real(graft_json_get(plot->json, "multiply_adds"), 0);
    graft_buffer_format(out, " parameters, %.3g %s multiply-adds a picture", work >= 1e9 ? work / 1e9 : work / 1e6,
                        work >= 1e9 ? "G" : "M");
    if (plot->trained) graft_buffer_text(out, "\\nthick red border: learned; thin: frozen");
    graft_buffer_text(out, "\";\n");
}

graft_status graft_plot_dot(const graft_plot *plot, char **out, size_t *length) {
    graft_buffer dot;
    graft_buffer_init(&dot, 0);
    graft_buffer_text(
        &dot, "digraph network {\n"
              "  graph [charset=\"UTF-8\" rankdir=TB ranksep=0.28 nodesep=0.25 labelloc=t fontsize=13 pad=0.2\n"
              "    fontname=\"Helvetica,Arial,sans-serif\" fontcolor=\"#1e293b\"];\n"
              "  node [shape=box style=\"rounded,filled\" color=\"#94a3b8\" fontcolor=\"#0f172a\" fontsize=12\n"
              "    fontname=\"Helvetica,Arial,sans-serif\" fixedsize=true];\n"
              "  edge [color=\"#64748b\" arrowsize=0.6 fontsize=12 fontname=\"Helvetica,Arial,sans-serif\"];\n");
    add_title(&dot, plot);
    graft_buffer_text(&dot, "  subgraph stages {\n  graph [style=\"filled,rounded\" color=\"#f4f6f9\" labeljust=l "
                            "fontsize=12 fontcolor=\"#64748b\"];\n");
    add_stages(&dot, plot);
    graft_buffer_text(&dot, "  }\n");
    add_edges(&dot, plot);
    add_head(&dot, plot);
    graft_buffer_text(&dot, "}\n");
    graft_status status = graft_buffer_take(&dot, out, length);
    graft_buffer_clear(&dot);
    return status;
}
