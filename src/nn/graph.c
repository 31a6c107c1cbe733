#include "nn/graph-internal.h"

#include <string.h>

enum { NAME_LIMIT = 512 };

graft_status graft_graph_new(const char *name, graft_graph **out) {
    graft_graph *graph = graft_allocate_zero(1, sizeof(*graph));
    if (!graph) return graft_fail_memory("a graph");
    graph->input = graph->output = -1;
    graph->name = graft_text_copy(name);
    graft_status status = graph->name ? graft_strmap_new(&graph->places) : graft_fail_memory("a graph's name");
    if (status != GRAFT_OK) {
        graft_graph_free(graph);
        return status;
    }
    *out = graph;
    return GRAFT_OK;
}

static void node_free(graft_node *node) {
    if (!node) return;
    graft_params_free(node->params, node->param_count);
    graft_release(node->name);
    graft_release(node->attributes);
    graft_release(node->inputs);
    graft_release(node);
}

void graft_graph_free(graft_graph *graph) {
    if (!graph) return;
    for (int i = 0; i < graph->count; i++)
        node_free(graph->nodes[i]);
    graft_release(graph->nodes);
    graft_strmap_free(graph->places);
    graft_release(graph->name);
    graft_release(graph);
}

static const graft_op *nearest_op(const char *name) {
    const char *names[256];
    size_t count = 0;
    for (const graft_op *op; count < 256 && (op = graft_op_at(count)) != NULL; count++)
        names[count] = op->name;
    return graft_op_find(graft_text_nearest(name, names, count));
}

static graft_status find_op(const char *name, const char *node, const graft_op **out) {
    *out = graft_op_find(name);
    if (*out) return GRAFT_OK;
    const graft_op *nearest = nearest_op(name);
    return graft_fail(GRAFT_E_DATA, "layer '%.*s': there is no operation '%.*s'%s%s%s", NAME_LIMIT, node, NAME_LIMIT,
                      name, nearest ? ", did you mean '" : "", nearest ? nearest->name : "", nearest ? "'?" : "");
}

static graft_status check_name(const graft_graph *graph, const char *name) {
    size_t length = strlen(name);
    if (length == 0 || length > NAME_LIMIT)
        return graft_fail(GRAFT_E_DATA, "a layer's name has %zu bytes, expected 1 to %d", length, NAME_LIMIT);
    if (graft_graph_find(graph, name) >= 0)
        return graft_fail(GRAFT_E_DATA, "layer '%s' occurs twice, expected unique names", name);
    if (graph->count >= GRAFT_MAX_NODES)
        return graft_fail(GRAFT_E_DATA, "layer '%s' is one too many, expected at most %d", name, GRAFT_MAX_NODES);
    return GRAFT_OK;
}

static graft_status check_inputs(const graft_graph *graph, const graft_op *op, const char *name, const int *inputs,
                                 int count) {
    if (count < op->min_inputs || (op->max_inputs >= 0 && count > op->max_inputs) || count > GRAFT_MAX_NODES)
        return graft_fail(GRAFT_E_DATA, "layer '%s' (%s): %d inputs, expected %s%d", name, op->name, count,
                          op->min_inputs == op->max_inputs ? "" : "at least ", op->min_inputs);
    for (int i = 0; i < count; i++)
        if (inputs[i] < 0 || inputs[i] >= graph->count)
            return graft_fail(GRAFT_E_DATA, "layer '%s' (%s): input %d is node %d, expected one of the %d before it",
                              name, op->name, i, inputs[i], graph->count);
    if (op->min_inputs == 0 && graph->input >= 0)
        return graft_fail(GRAFT_E_DATA, "layer '%s' (%s): a second input beside '%s', expected one", name, op->name,
                          graph->nodes[graph->input]->name);
    return GRAFT_OK;
}

static graft_status node_new(const graft_op *op, const char *name, const void *attributes, const int *inputs, int count,
                             graft_node **out) {
    graft_node *node = graft_allocate_zero(1, sizeof(*node));
    if (!node) return graft_fail_memory("a layer");
    node->op = op;
    node->name = graft_text_copy(name);
    node->attributes = graft_allocate_zero(1, op->attribute_size);
    node->inputs = graft_allocate((size_t)count, sizeof(int));
    node->input_count = count;
    if (!node->name || !node->attributes || !node->inputs) {
        node_free(node);
        return graft_fail_memory("a layer");
    }
    if (attributes) memcpy(node->attributes, attributes, op->attribute_size);
    if (count > 0) memcpy(node->inputs, inputs, (size_t)count * sizeof(int));
    *out = node;
    return GRAFT_OK;
}

/* Takes the node over: frees it on failure. */
static graft_status append(graft_graph *graph, graft_node *node, int *index) {
    graft_status status = graft_attributes_check(node->op, node->attributes);
    if (status != GRAFT_OK) status = graft_fail_in(status, "layer '%s' (%s)", node->name, node->op->name);
    GRAFT_TRY_TO(failed, status, status);
    GRAFT_TRY_TO(failed, status, graft_node_infer(graph, node, NULL));
    node->stage = graft_node_stage(graph, node);
    if (!graft_reserve(&graph->nodes, &graph->capacity, (size_t)graph->count + 1, sizeof(*graph->nodes)))
        GRAFT_TRY_TO(failed, status, graft_fail_memory("a graph's layers"));
    GRAFT_TRY_TO(failed, status, graft_strmap_set(graph->places, node->name, (size_t)graph->count));
    if (node->op->min_inputs == 0) graph->input = graph->count;
    if (index) *index = graph->count;
    graph->nodes[graph->count++] = node;
    return GRAFT_OK;
failed:
    node_free(node);
    return status;
}

static graft_status prepare_node(const graft_graph *graph, const char *op_name, const char *name,
                                 const void *attributes, const int *inputs, int input_count, graft_node **node) {
    const graft_op *op;
    GRAFT_TRY(find_op(op_name, name, &op));
    GRAFT_TRY(check_name(graph, name));
    GRAFT_TRY(check_inputs(graph, op, name, inputs, input_count));
    return node_new(op, name, attributes, inputs, input_count, node);
}

graft_status graft_graph_add(graft_graph *graph, const char *op, const char *name, const void *attributes,
                             const int *inputs, int input_count, int *index) {
    graft_node *node;
    GRAFT_TRY(prepare_node(graph, op, name, attributes, inputs, input_count, &node));
    graft_status status = GRAFT_OK;
    if (!attributes && node->op->attributes) status = graft_options_defaults(node->op->attributes, node->attributes);
    if (status == GRAFT_OK) return append(graph, node, index);
    node_free(node);
    return status;
}

graft_status graft_graph_add_json(graft_graph *graph, const char *op, const char *name, const graft_json *attributes,
                                  const int *inputs, int input_count, int *index) {
    graft_node *node;
    GRAFT_TRY(prepare_node(graph, op, name, NULL, inputs, input_count, &node));
    graft_status status = graft_attributes_from_json(node->op, attributes, node->attributes);
    if (status == GRAFT_OK) return append(graph, node, index);
    if (status != GRAFT_E_MEMORY) status = graft_fail_in(status, "layer '%s' (%s)", name, op);
    node_free(node);
    return status;
}

const char *graft_graph_name(const graft_graph *graph) {
    return graph->name;
}

int graft_graph_count(const graft_graph *graph) {
    return graph->count;
}

graft_node *graft_graph_node(const graft_graph *graph, int index) {
    return index >= 0 && index < graph->count ? graph->nodes[index] : NULL;
}

int graft_graph_find(const graft_graph *graph, const char *name) {
    size_t index;
    return graft_strmap_get(graph->places, name, &index) ? (int)index : -1;
}

int graft_graph_input(const graft_graph *graph) {
    return graph->input;
}

int graft_graph_output(const graft_graph *graph) {
    /* In topological order the last node is the last that nobody reads. */
    return graph->output >= 0 ? graph->output : graph->count - 1;
}

graft_status graft_graph_set_output(graft_graph *graph, int index) {
    if (index < 0 || index >= graph->count)
        return graft_fail(GRAFT_E_USAGE, "node %d as the output, expected one of the %d nodes", index, graph->count);
    graph->output = index;
    return GRAFT_OK;
}
