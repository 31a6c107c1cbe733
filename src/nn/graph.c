#include "nn/graph-internal.h"
#include "nn/quantize.h"

#include <string.h>

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
    graft_quantization_free(graph->quantization);
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

static graft_status unknown_op(const char *name, const char *node) {
    const graft_op *nearest = nearest_op(name);
    return graft_fail(GRAFT_E_DATA, "layer '%.*s': there is no operation '%.*s'%s%s%s", GRAFT_NODE_NAME, node,
                      GRAFT_NODE_NAME, name, nearest ? ", did you mean '" : "", nearest ? nearest->name : "",
                      nearest ? "'?" : "");
}

static graft_status check_name(const graft_graph *graph, const char *name) {
    size_t length = strlen(name);
    if (length == 0 || length > GRAFT_NODE_NAME)
        return graft_fail(GRAFT_E_DATA, "a layer's name has %zu bytes, expected 1 to %d", length, GRAFT_NODE_NAME);
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

/* NULL without memory. The attributes are zero. */
static graft_node *node_new(const graft_op *op, const char *name, const int *inputs, int count) {
    graft_node *node = graft_allocate_zero(1, sizeof(*node));
    if (!node) return NULL;
    node->op = op;
    node->name = graft_text_copy(name);
    node->attributes = graft_allocate_zero(1, op->attribute_size);
    node->inputs = graft_allocate((size_t)count, sizeof(int));
    node->input_count = count;
    if (!node->name || !node->attributes || !node->inputs) {
        node_free(node);
        return NULL;
    }
    if (count > 0) memcpy(node->inputs, inputs, (size_t)count * sizeof(int));
    return node;
}

/* Attributes from the struct, or from JSON where that is NULL; defaults where both are silent. */
static graft_status set_attributes(graft_node *node, const void *attributes, const graft_json *json) {
    if (attributes) memcpy(node->attributes, attributes, node->op->attribute_size);
    graft_status status = attributes ? GRAFT_OK : graft_attributes_from_json(node->op, json, node->attributes);
    if (status == GRAFT_OK) status = graft_attributes_check(node->op, node->attributes);
    return status == GRAFT_E_DATA ? graft_fail_in(status, "layer '%s' (%s)", node->name, node->op->name) : status;
}

/* Takes the node over when it succeeds. */
static graft_status append(graft_graph *graph, graft_node *node, int *index) {
    GRAFT_TRY(graft_node_infer(graph, node, NULL));
    node->stage = graft_node_stage(graph, node);
    if (!graft_reserve(&graph->nodes, &graph->capacity, (size_t)graph->count + 1, sizeof(graft_node *)))
        return graft_fail_memory("a graph's layers");
    GRAFT_TRY(graft_strmap_set(graph->places, node->name, (size_t)graph->count));
    if (node->op->min_inputs == 0) graph->input = graph->count;
    if (index) *index = graph->count;
    graph->nodes[graph->count++] = node;
    return GRAFT_OK;
}

static graft_status add(graft_graph *graph, const char *op_name, const char *name, const void *attributes,
                        const graft_json *json, const int *inputs, int input_count, int *index) {
    const graft_op *op = graft_op_find(op_name);
    if (!op) return unknown_op(op_name, name);
    GRAFT_TRY(check_name(graph, name));
    GRAFT_TRY(check_inputs(graph, op, name, inputs, input_count));
    graft_node *node = node_new(op, name, inputs, input_count);
    if (!node) return graft_fail_memory("a layer");
    graft_status status = set_attributes(node, attributes, json);
    if (status == GRAFT_OK) status = append(graph, node, index);
    if (status != GRAFT_OK) node_free(node);
    return status;
}

graft_status graft_graph_add(graft_graph *graph, const char *op, const char *name, const void *attributes,
                             const int *inputs, int input_count, int *index) {
    return add(graph, op, name, attributes, NULL, inputs, input_count, index);
}

graft_status graft_graph_add_json(graft_graph *graph, const char *op, const char *name, const graft_json *attributes,
                                  const int *inputs, int input_count, int *index) {
    return add(graph, op, name, NULL, attributes, inputs, input_count, index);
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

const graft_quantization *graft_graph_quantization(const graft_graph *graph) {
    return graph->quantization;
}

void graft_graph_set_quantization(graft_graph *graph, graft_quantization *quantization) {
    graft_quantization_free(graph->quantization);
    graph->quantization = quantization;
}

graft_status graft_graph_limit_quantization(graft_graph *graph, int last) {
    graft_quantization *limited;
    if (!graph->quantization) return GRAFT_OK;
    GRAFT_TRY(graft_quantization_copy(graph->quantization, graph, last, &limited));
    if (limited->int8 == 0) {
        graft_quantization_free(limited);
        limited = NULL;
    }
    graft_graph_set_quantization(graph, limited);
    return GRAFT_OK;
}
