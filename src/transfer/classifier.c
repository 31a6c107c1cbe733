#include "transfer/classifier.h"

#include "base/alloc.h"
#include "base/error.h"
#include "nn/op.h"
#include "transfer/model-internal.h"
#include "transfer/tune-network.h"

#include <string.h>

/* Adds a node that reads the output so far; a name that is taken gets a number after it. */
static graft_status append(graft_graph *graph, const char *op, const char *name, const void *attributes, int *index) {
    int output = graft_graph_output(graph);
    char *own = graft_text_copy(name);
    for (int number = 2; own && graft_graph_find(graph, own) >= 0; number++) {
        graft_release(own);
        own = graft_text_format("%s_%d", name, number);
    }
    if (!own) return graft_fail_memory("a layer's name");
    graft_status status = graft_graph_add(graph, op, own, attributes, &output, 1, index);
    graft_release(own);
    return status == GRAFT_OK ? graft_graph_set_output(graph, *index) : status;
}

static graft_status set_values(graft_node *node, const char *name, const float *values) {
    const graft_param *param = graft_node_param(node, name);
    graft_tensor *tensor;
    GRAFT_TRY(graft_tensor_new(GRAFT_F32, &param->shape, &tensor));
    if (values) memcpy(tensor->data, values, tensor->bytes);
    return graft_node_set_param(node, name, tensor);
}

/* The features as a vector: what graft_cut_apply makes of the map at the cut. */
static graft_status append_pool(graft_graph *graph, const graft_cut *cut) {
    static const graft_flatten_attributes channels_first = {0};
    int index;
    if (graft_graph_node(graph, graft_graph_output(graph))->output.rank == 1) return GRAFT_OK;
    if (cut->area == 1 || cut->pool == GRAFT_POOL_NONE)
        return append(graph, "flatten", "graft/features", &channels_first, &index);
    return append(graph, cut->pool == GRAFT_POOL_MAX ? "global_maxpool" : "global_avgpool", "graft/features", NULL,
                  &index);
}

static graft_status append_dense(graft_graph *graph, int classes, const float *kernel, const float *bias, int *index) {
    const graft_dense_attributes attributes = {.units = classes, .bias = true};
    GRAFT_TRY(append(graph, "dense", "graft/dense", &attributes, index));
    GRAFT_TRY(set_values(graft_graph_node(graph, *index), "kernel", kernel));
    return set_values(graft_graph_node(graph, *index), "bias", bias);
}

static graft_status append_logistic(graft_graph *graph, const graft_logistic *logistic) {
    int index;
    GRAFT_TRY(append_dense(graph, logistic->classes, NULL, NULL, &index));
    graft_tune_network network = {.graph = graph, .dense = index};
    GRAFT_TRY(graft_tune_network_set_logistic(&network, logistic));
    return append(graph, "softmax", "graft/softmax", NULL, &index);
}

/* The node whose sigmoid the cut gives, perhaps reshaped after; -1: none. */
static int sigmoid_of(const graft_graph *graph, int at) {
    for (;;) {
        const graft_node *node = graft_graph_node(graph, at);
        if (strcmp(node->op->name, "activation") == 0) {
            const graft_activation_attributes *a = node->attributes;
            return a->kind == GRAFT_ACT_SIGMOID ? node->inputs[0] : -1;
        }
        if (strcmp(node->op->name, "reshape") != 0 && strcmp(node->op->name, "flatten") != 0) return -1;
        at = node->inputs[0];
    }
}

/* A single sigmoid unit says how likely the second of two classes is: sigmoid(z) is the second of softmax(0, z). */
static graft_status append_pair(graft_graph *graph, bool logit) {
    static const float of_logit[] = {0, 1}, no_bias[] = {0, 0}, of_value[] = {-1, 1}, one[] = {1, 0};
    int index;
    if (!logit) return append_dense(graph, 2, of_value, one, &index);
    GRAFT_TRY(append_dense(graph, 2, of_logit, no_bias, &index));
    return append(graph, "softmax", "graft/softmax", NULL, &index);
}

static graft_status append_head(graft_graph *graph, const graft_model *model, bool logit) {
    GRAFT_TRY(append_pool(graph, &model->cut));
    if (model->head == &graft_head_logistic) return append_logistic(graph, model->state);
    return model->cut.width == 1 ? append_pair(graph, logit) : GRAFT_OK;
}

graft_status graft_model_graph(const graft_model *model, graft_graph **out) {
    *out = NULL;
    if (model->head != &graft_head_network && model->head != &graft_head_logistic)
        return graft_fail(GRAFT_E_USAGE,
                          "%s: its head is %s, which is no network: train it with --head logistic, or a head of layers",
                          model->name, model->head->name);
    bool pair = model->head == &graft_head_network && model->cut.width == 1;
    int logit = pair ? sigmoid_of(model->graph, model->cut.node) : -1, end = logit >= 0 ? logit : model->cut.node;
    graft_graph *graph = NULL;
    GRAFT_TRY(graft_graph_prefix(model->graph, &end, 1, &graph, NULL));
    graft_graph_set_quantization(graph, NULL); /* what leaves graft is floats */
    graft_status status = append_head(graph, model, logit >= 0);
    if (status == GRAFT_OK) status = graft_graph_complete(graph);
    if (status != GRAFT_OK) {
        graft_graph_free(graph);
        return status;
    }
    *out = graph;
    return GRAFT_OK;
}

const graft_graph *graft_backbone_graph(const graft_backbone *backbone) {
    return backbone->graph;
}
