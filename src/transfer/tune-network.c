#include "transfer/tune-network.h"

#include "base/alloc.h"
#include "base/error.h"
#include "nn/op.h"
#include "zoo/chain.h"
#include "zoo/initialise.h"

#include <string.h>

static bool is_op(const graft_node *node, const char *name) {
    return strcmp(node->op->name, name) == 0;
}

static bool begins_with_word(const char *text, const char *word) {
    size_t length = strlen(word);
    text += strspn(text, " \t\n");
    return strncmp(text, word, length) == 0 && strchr(" \t\n:", text[length]) != NULL;
}

int graft_tune_network_place(const graft_graph *backbone, const char *chain) {
    static const char *const on_maps[] = {"gap",     "gmp",     "flatten", "conv", "dwconv",
                                          "sepconv", "maxpool", "avgpool", "adapt"};
    for (size_t i = 0; chain && i < sizeof(on_maps) / sizeof(*on_maps); i++)
        if (begins_with_word(chain, on_maps[i])) return graft_cut_last_map(backbone);
    return graft_cut_last(backbone);
}

/* The head's dense layer when it is all there is to learn and sees pooled values. */
static int only_dense(const graft_graph *graph, int head) {
    int dense = -1;
    for (int i = head; i < graft_graph_count(graph); i++) {
        const graft_node *node = graft_graph_node(graph, i);
        bool plain =
            is_op(node, "global_avgpool") || is_op(node, "dropout") || is_op(node, "softmax") ||
            (is_op(node, "flatten") && node->output.dim[0] == graft_graph_node(graph, node->inputs[0])->output.dim[0]);
        if (is_op(node, "dense") && dense < 0 && node->param_count == 2) /* with a bias */
            dense = i;
        else if (!plain)
            return -1;
    }
    return dense;
}

static graft_status append_head(graft_graph *graph, int last, const char *chain, size_t classes) {
    const graft_chain_options options = {.classes = (int64_t)classes, .prefix = "head_", .what = "--head"};
    int end;
    if (!chain) chain = graft_graph_node(graph, last)->output.rank == 3 ? "gap dense" : "dense";
    GRAFT_TRY(graft_chain_append(graph, chain, last, &options, &end));
    const graft_shape *output = &graft_graph_node(graph, end)->output;
    if (output->rank != 1 || output->dim[0] != (int64_t)classes) {
        char text[GRAFT_SHAPE_TEXT];
        return graft_fail(GRAFT_E_USAGE, "--head: \"%s\" gives %s, expected the %zu classes: end it with dense", chain,
                          graft_shape_text(output, text), classes);
    }
    if (is_op(graft_graph_node(graph, end), "softmax")) return GRAFT_OK;
    GRAFT_TRY(graft_graph_add(graph, "softmax", "head_softmax", NULL, &end, 1, &end));
    return graft_graph_set_output(graph, end);
}

graft_status graft_tune_network_new(const graft_graph *backbone, int node, const char *chain, size_t classes,
                                    uint64_t seed, graft_tune_network *out) {
    int last;
    *out = (graft_tune_network){0};
    GRAFT_TRY(graft_graph_prefix(backbone, &node, 1, &out->graph, &last));
    out->last_map = last;
    out->head = last + 1;
    graft_status status = append_head(out->graph, last, chain, classes);
    if (status == GRAFT_OK) status = graft_graph_initialise(out->graph, GRAFT_INIT_GLOROT, seed);
    if (status == GRAFT_OK) status = graft_graph_complete(out->graph);
    if (status == GRAFT_OK) out->dense = only_dense(out->graph, out->head);
    if (status != GRAFT_OK) graft_tune_network_clear(out);
    return status;
}

void graft_tune_network_clear(graft_tune_network *network) {
    graft_graph_free(network->graph);
    *network = (graft_tune_network){0};
}

/* z = (x - mean) * scale; W z + b = (W scale) x + (b - W scale mean), sums in double. */
static void fold(const graft_logistic *logistic, float *kernel, float *bias) {
    for (int c = 0; c < logistic->classes; c++) {
        const float *weight = logistic->weight + (size_t)c * logistic->width;
        double shift = (double)logistic->bias[c];
        for (size_t i = 0; i < logistic->width; i++) {
            double folded = (double)weight[i] * (double)logistic->scale[i];
            kernel[(size_t)c * logistic->width + i] = (float)folded;
            shift -= folded * (double)logistic->mean[i];
        }
        bias[c] = (float)shift;
    }
}

graft_status graft_tune_network_set_logistic(graft_tune_network *network, const graft_logistic *logistic) {
    graft_node *dense = graft_graph_node(network->graph, network->dense);
    graft_param *kernel = dense ? graft_node_param(dense, "kernel") : NULL;
    graft_param *bias = dense ? graft_node_param(dense, "bias") : NULL;
    const graft_shape expected = GRAFT_SHAPE(logistic->classes, (int64_t)logistic->width);
    if (!kernel || !bias || !graft_shape_equal(&kernel->shape, &expected))
        return graft_fail(GRAFT_E_INTERNAL, "a logistic regression of %zu features does not fit the head",
                          logistic->width);
    fold(logistic, graft_tensor_f32(kernel->value), graft_tensor_f32(bias->value));
    return GRAFT_OK;
}

graft_status graft_tune_network_take(graft_tune_network *network, const graft_graph *part) {
    for (int i = 0; i < graft_graph_count(part); i++) {
        const graft_node *from = graft_graph_node(part, i);
        int at = graft_graph_find(network->graph, from->name);
        if (at < 0 || from->param_count == 0) continue;
        graft_node *to = graft_graph_node(network->graph, at);
        for (int k = 0; k < from->param_count; k++) {
            graft_tensor *copy;
            GRAFT_TRY(graft_tensor_copy(from->params[k].value, &copy));
            GRAFT_TRY(graft_node_set_param(to, from->params[k].name, copy));
        }
    }
    return GRAFT_OK;
}
