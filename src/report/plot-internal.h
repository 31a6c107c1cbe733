/* A network drawn: layers -> boxes -> the DOT language -> Graphviz. */
#ifndef GRAFT_SRC_REPORT_PLOT_INTERNAL_H
#define GRAFT_SRC_REPORT_PLOT_INTERNAL_H

#include "base/buffer.h"
#include "json/json.h"

typedef struct graft_plot_layer {
    const graft_json *json; /* as graft_describe gives it; borrowed */
    const char *name, *op;
    int *inputs; /* places of layers; owned by the plot */
    int input_count, readers;
    int box;  /* where it is drawn */
    int next; /* the next layer in the same box; -1: none */
    int stage;
    int64_t area; /* cells of its output; 1 for a vector */
    bool learned;
} graft_plot_layer;

typedef struct graft_plot_box {
    int first, last; /* layers */
    int main;        /* the layer that gives its name */
    int64_t parameters;
} graft_plot_box;

typedef struct graft_plot {
    const graft_json *json; /* borrowed */
    graft_plot_layer *layers;
    int *inputs;
    graft_plot_box *boxes;
    int layer_count, box_count;
    int boundary; /* the layer at which what is computed once ends; -1: nothing is known of training */
    bool trained; /* a trained model: the head is drawn too */
} graft_plot;

/* Layers and boxes of a description; `full`: every layer has a box of its own. Release with graft_plot_clear, also
 * after a failure. */
GRAFT_MUST_CHECK graft_status graft_plot_make(graft_plot *plot, const graft_json *description, bool full);
void graft_plot_clear(graft_plot *plot);

/* The drawing in the DOT language. */
GRAFT_MUST_CHECK graft_status graft_plot_dot(const graft_plot *plot, char **out, size_t *length);

/* "conv2d 3×3 /2": what one layer does. */
void graft_plot_operation(graft_buffer *out, const graft_json *layer);

/* `dot` laid out and drawn as `format`, "svg". Release *out with graft_release. Errors: GRAFT_E_USAGE (a format that
 * the linked plug-ins do not have), GRAFT_E_INTERNAL. */
GRAFT_MUST_CHECK graft_status graft_plot_render(const char *dot, const char *format, char **out, size_t *length);

#endif
