#include "nn/graph-internal.h"
#include "nn/quantize.h"

#include <string.h>

static int64_t add_capped(int64_t a, int64_t b) {
    return a > INT64_MAX - b ? INT64_MAX : a + b;
}

/* The moving statistics of batch normalisation are stored, not trained. */
static bool is_statistic(const graft_node *node, const graft_param *param) {
    return strcmp(node->op->name, "batchnorm") == 0 &&
           (strcmp(param->name, "mean") == 0 || strcmp(param->name, "variance") == 0);
}

int64_t graft_node_parameters(const graft_node *node) {
    int64_t total = 0;
    for (int i = 0; i < node->param_count; i++)
        total = add_capped(total, graft_shape_count(&node->params[i].shape));
    return total;
}

int64_t graft_node_multiply_adds(const graft_graph *graph, int index) {
    const graft_node *node = graph->nodes[index];
    return node->op->multiply_adds ? node->op->multiply_adds(node) : 0;
}

void graft_graph_totals_of(const graft_graph *graph, graft_graph_totals *out) {
    *out = (graft_graph_totals){0};
    for (int i = 0; i < graph->count; i++) {
        const graft_node *node = graph->nodes[i];
        out->parameters = add_capped(out->parameters, graft_node_parameters(node));
        for (int k = 0; k < node->param_count; k++)
            if (!is_statistic(node, &node->params[k]))
                out->trainable = add_capped(out->trainable, graft_shape_count(&node->params[k].shape));
        out->multiply_adds = add_capped(out->multiply_adds, graft_node_multiply_adds(graph, i));
        out->activations = add_capped(out->activations, graft_shape_count(&node->output));
    }
}

/* Names are for people: what a graph computes does not depend on them. */
static void hash_node(const graft_node *node, graft_hasher *hasher) {
    graft_hasher_add_text(hasher, node->op->name);
    graft_attributes_hash(node->op, node->attributes, hasher);
    graft_hasher_add_u64(hasher, (uint64_t)node->input_count);
    for (int i = 0; i < node->input_count; i++)
        graft_hasher_add_u64(hasher, (uint64_t)node->inputs[i]);
    for (int i = 0; i < node->param_count; i++) {
        const graft_param *param = &node->params[i];
        graft_hasher_add_text(hasher, param->name);
        for (int k = 0; k < param->shape.rank; k++)
            graft_hasher_add_u64(hasher, (uint64_t)param->shape.dim[k]);
        graft_hasher_add_u64(hasher, param->value != NULL);
        if (param->value) graft_hasher_add(hasher, param->value->data, param->value->bytes);
    }
}

graft_status graft_graph_hash(const graft_graph *graph, graft_hash *out) {
    graft_hasher *hasher;
    GRAFT_TRY(graft_hasher_new(&hasher));
    graft_hasher_add_text(hasher, "graft graph 1");
    graft_hasher_add_u64(hasher, (uint64_t)graph->count);
    for (int i = 0; i < graph->count; i++)
        hash_node(graph->nodes[i], hasher);
    graft_hasher_add_u64(hasher, (uint64_t)graft_graph_output(graph));
    if (graph->quantization && graft_quantization_works()) graft_quantization_hash(graph->quantization, hasher);
    *out = graft_hasher_value(hasher);
    graft_hasher_free(hasher);
    return GRAFT_OK;
}
