/* New graphs from old ones: a part of one, another input size. */
#include "nn/graph-internal.h"
#include "nn/quantize.h"

#include <string.h>

/* ---- prefix ---- */

static graft_status take_values(const graft_node *from, bool lent, graft_node *to) {
    for (int i = 0; i < from->param_count; i++) {
        const graft_tensor *value = from->params[i].value;
        graft_tensor *own;
        if (!value) continue;
        GRAFT_TRY(lent ? graft_tensor_borrow(value->dtype, &value->shape, value->data, &own)
                       : graft_tensor_copy(value, &own));
        GRAFT_TRY(graft_node_set_param(to, from->params[i].name, own));
    }
    return GRAFT_OK;
}

static graft_status take_node(const graft_graph *from, int index, bool lent, int *places, graft_graph *to) {
    const graft_node *node = from->nodes[index];
    int *inputs = graft_allocate((size_t)node->input_count, sizeof(*inputs));
    if (!inputs) return graft_fail_memory("a layer's inputs");
    for (int i = 0; i < node->input_count; i++)
        inputs[i] = places[node->inputs[i]];
    graft_status status =
        graft_graph_add(to, node->op->name, node->name, node->attributes, inputs, node->input_count, &places[index]);
    graft_release(inputs);
    if (status == GRAFT_OK) status = take_values(node, lent, to->nodes[places[index]]);
    return status;
}

graft_status graft_graph_copy_node(const graft_graph *from, int index, int *places, graft_graph *to) {
    return take_node(from, index, false, places, to);
}

static graft_status mark_wanted(const graft_graph *graph, const int *outputs, int count, int *places) {
    for (int i = 0; i < graph->count; i++)
        places[i] = -1;
    for (int i = 0; i < count; i++) {
        if (outputs[i] < 0 || outputs[i] >= graph->count)
            return graft_fail(GRAFT_E_USAGE, "node %d as an output, expected one of the %d nodes", outputs[i],
                              graph->count);
        places[outputs[i]] = 0;
    }
    for (int i = graph->count - 1; i >= 0; i--)
        for (int k = 0; places[i] >= 0 && k < graph->nodes[i]->input_count; k++)
            places[graph->nodes[i]->inputs[k]] = 0;
    return GRAFT_OK;
}

static graft_status take_part(const graft_graph *graph, const int *outputs, int count, bool lent, int *places,
                              graft_graph *part) {
    GRAFT_TRY(mark_wanted(graph, outputs, count, places));
    for (int i = 0; i < graph->count; i++)
        if (places[i] >= 0) GRAFT_TRY(take_node(graph, i, lent, places, part));
    if (graph->quantization)
        GRAFT_TRY(graft_quantization_copy(graph->quantization, part, part->count - 1, &part->quantization));
    return graft_graph_set_output(part, places[outputs[count - 1]]);
}

static graft_status prefix(const graft_graph *graph, const int *outputs, int count, bool lent, graft_graph **out,
                           int *map) {
    if (count < 1) return graft_fail(GRAFT_E_USAGE, "%d outputs of a graph, expected at least 1", count);
    graft_graph *part = NULL;
    int *places = graft_allocate((size_t)graph->count, sizeof(*places));
    if (!places) return graft_fail_memory("a part of a graph");
    graft_status status = graft_graph_new(graph->name, &part);
    if (status == GRAFT_OK) status = take_part(graph, outputs, count, lent, places, part);
    for (int i = 0; status == GRAFT_OK && map && i < count; i++)
        map[i] = places[outputs[i]];
    graft_release(places);
    if (status == GRAFT_OK)
        *out = part;
    else
        graft_graph_free(part);
    return status;
}

graft_status graft_graph_prefix(const graft_graph *graph, const int *outputs, int count, graft_graph **out, int *map) {
    return prefix(graph, outputs, count, false, out, map);
}

graft_status graft_graph_prefix_lent(const graft_graph *graph, const int *outputs, int count, graft_graph **out,
                                     int *map) {
    return prefix(graph, outputs, count, true, out, map);
}

/* ---- another input size ---- */

/* The graph's shapes at a size that may turn out to be impossible. */
typedef struct trial {
    const graft_graph *graph;
    graft_shape *outputs; /* of every node */
    graft_param **params; /* as declared anew; no values */
    int *param_counts;
} trial;

static void trial_clear(trial *t) {
    for (int i = 0; t->params && t->param_counts && i < t->graph->count; i++)
        graft_params_free(t->params[i], t->param_counts[i]);
    graft_release(t->params);
    graft_release(t->param_counts);
    graft_release(t->outputs);
}

static graft_status trial_init(trial *t, const graft_graph *graph) {
    size_t count = (size_t)graph->count;
    *t = (trial){.graph = graph,
                 .outputs = graft_allocate_zero(count, sizeof(graft_shape)),
                 .params = graft_allocate_zero(count, sizeof(graft_param *)),
                 .param_counts = graft_allocate_zero(count, sizeof(int))};
    if (t->outputs && t->params && t->param_counts) return GRAFT_OK;
    trial_clear(t);
    return graft_fail_memory("shapes at another input size");
}

/* Weights that are loaded tie their layer to the size they were trained for. */
static graft_status check_loaded(const graft_node *node, const graft_param *params, int count) {
    for (int i = 0; i < node->param_count && i < count; i++) {
        if (!node->params[i].value || graft_shape_equal(&node->params[i].shape, &params[i].shape)) continue;
        char has[GRAFT_SHAPE_TEXT], needs[GRAFT_SHAPE_TEXT];
        return graft_fail(GRAFT_E_DATA,
                          "layer '%s' (%s): its %s is %s and would have to be %s (cut the network before it)",
                          node->name, node->op->name, params[i].name, graft_shape_text(&node->params[i].shape, has),
                          graft_shape_text(&params[i].shape, needs));
    }
    return GRAFT_OK;
}

static graft_input_attributes resized(const graft_graph *graph, int height, int width) {
    graft_input_attributes attributes = *(const graft_input_attributes *)graph->nodes[graph->input]->attributes;
    attributes.shape[1] = height;
    attributes.shape[2] = width;
    return attributes;
}

static graft_status trial_run(trial *t, int height, int width) {
    graft_input_attributes input = resized(t->graph, height, width);
    for (int i = 0; i < t->graph->count; i++) {
        graft_node node = *t->graph->nodes[i];
        node.params = NULL;
        node.param_count = 0;
        if (i == t->graph->input) node.attributes = &input;
        graft_status status = graft_node_infer(t->graph, &node, t->outputs);
        t->outputs[i] = node.output;
        t->params[i] = node.params;
        t->param_counts[i] = node.param_count;
        GRAFT_TRY(status);
        GRAFT_TRY(check_loaded(t->graph->nodes[i], node.params, node.param_count));
    }
    return GRAFT_OK;
}

static void trial_commit(trial *t, graft_graph *graph, int height, int width) {
    *(graft_input_attributes *)graph->nodes[graph->input]->attributes = resized(graph, height, width);
    for (int i = 0; i < graph->count; i++) {
        graft_node *node = graph->nodes[i];
        node->output = t->outputs[i];
        for (int k = 0; k < node->param_count; k++)
            node->params[k].shape = t->params[i][k].shape;
        node->stage = graft_node_stage(graph, node);
    }
}

static graft_status try_size(const graft_graph *graph, int height, int width, graft_graph *commit) {
    trial t;
    GRAFT_TRY(trial_init(&t, graph));
    graft_status status = trial_run(&t, height, width);
    if (status == GRAFT_OK && commit) trial_commit(&t, commit, height, width);
    trial_clear(&t);
    return status;
}

/* The smallest square between a size that fails and one that works. */
static graft_status smallest_square(const graft_graph *graph, int fails, int works, int *out) {
    while (works - fails > 1) {
        int middle = fails + (works - fails) / 2;
        graft_status status = try_size(graph, middle, middle, NULL);
        if (status == GRAFT_E_MEMORY) return status;
        if (status == GRAFT_OK)
            works = middle;
        else
            fails = middle;
    }
    *out = works;
    return GRAFT_OK;
}

/* Adds to the error `reason` what would be allowed. */
static graft_status explain(const graft_graph *graph, int height, int width, const char *reason) {
    const graft_shape *own = &graph->nodes[graph->input]->output;
    int square = (int)(own->dim[1] > own->dim[2] ? own->dim[1] : own->dim[2]);
    int asked = height < width ? height : width;
    if (asked >= square || try_size(graph, square, square, NULL) != GRAFT_OK)
        return graft_fail(GRAFT_E_DATA, "input size %dx%d does not fit this network, made for %lldx%lld: %s", height,
                          width, (long long)own->dim[1], (long long)own->dim[2], reason);
    int smallest = square;
    GRAFT_TRY(smallest_square(graph, asked, square, &smallest));
    return graft_fail(GRAFT_E_DATA, "input size %dx%d does not fit this network, the smallest legal size is %dx%d: %s",
                      height, width, smallest, smallest, reason);
}

graft_status graft_graph_resize_input(graft_graph *graph, int height, int width) {
    if (graph->input < 0 || graph->nodes[graph->input]->output.rank != 3)
        return graft_fail(GRAFT_E_USAGE, "this network takes no pictures: its input is not channels x height x width");
    if (height < 1 || width < 1 || height > GRAFT_MAX_DIMENSION || width > GRAFT_MAX_DIMENSION)
        return graft_fail(GRAFT_E_USAGE, "input size %dx%d, expected 1 to %lld pixels", height, width,
                          (long long)GRAFT_MAX_DIMENSION);
    graft_status status = try_size(graph, height, width, graph);
    if (status == GRAFT_OK) graft_graph_set_quantization(graph, NULL);
    if (status != GRAFT_E_DATA) return status;
    char *reason = graft_text_copy(graft_error_text());
    status = reason ? explain(graph, height, width, reason) : graft_fail_memory("an error text");
    graft_release(reason);
    return status;
}
