/* A whole foreign classifier as a model: its own top is the head, its output the probabilities. */
#include "transfer/model-internal.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "nn/op.h"

#include <string.h>

/* Whether the output is made of probabilities: softmax or sigmoid, perhaps reshaped after. */
static bool ends_in_probabilities(const graft_graph *graph) {
    int at = graft_graph_output(graph);
    for (;;) {
        const graft_node *node = graft_graph_node(graph, at);
        if (strcmp(node->op->name, "softmax") == 0) return true;
        if (strcmp(node->op->name, "activation") == 0)
            return ((const graft_activation_attributes *)node->attributes)->kind == GRAFT_ACT_SIGMOID;
        bool passes = strcmp(node->op->name, "reshape") == 0 || strcmp(node->op->name, "flatten") == 0;
        if (!passes || node->input_count != 1) return false;
        at = node->inputs[0];
    }
}

static graft_status add_softmax(graft_context *context, const char *path, graft_graph *graph) {
    int output = graft_graph_output(graph), index;
    graft_log(context, GRAFT_LOG_INFO, "%s: it ends in %s without softmax: its outputs are taken as logits", path,
              graft_graph_node(graph, output)->name);
    GRAFT_TRY(graft_graph_add(graph, "softmax", "graft/softmax", NULL, &output, 1, &index));
    return graft_graph_set_output(graph, index);
}

static graft_status fill(graft_model *model, graft_container *file, const graft_backbone_options *options) {
    const char *path = graft_container_path(file);
    char *report = NULL, *reason = NULL;
    bool stored;
    graft_backbone_options asked = *options;
    graft_weights_origin origin;
    graft_status status =
        graft_network_import(model->context, file, options->arch, true, &model->graph, &origin, &report);
    graft_release(report);
    GRAFT_TRY(status);
    GRAFT_TRY(graft_stored_preprocess(file, &asked, &stored));
    status =
        graft_network_preprocess(model->context, path, &model->graph, &origin, &asked, false, &model->spec, &reason);
    graft_release(reason);
    GRAFT_TRY(status);
    const graft_shape *shape = &graft_graph_node(model->graph, graft_graph_output(model->graph))->output;
    char text[GRAFT_SHAPE_TEXT];
    if (shape->rank == 3 && (shape->dim[1] != 1 || shape->dim[2] != 1))
        return graft_fail(GRAFT_E_USAGE,
                          "%s: its output is %s, a map: it is no classifier (train a head on it instead)", path,
                          graft_shape_text(shape, text));
    if (!ends_in_probabilities(model->graph)) GRAFT_TRY(add_softmax(model->context, path, model->graph));
    GRAFT_TRY(graft_cut_make(model->graph, graft_graph_output(model->graph), GRAFT_POOL_NONE, &model->cut));
    model->class_count = model->cut.width == 1 ? 2 : model->cut.width;
    if (model->class_count > GRAFT_CLASS_LIMIT)
        return graft_fail(GRAFT_E_DATA, "%s: %zu outputs, at most %d classes", path, model->class_count,
                          GRAFT_CLASS_LIMIT);
    model->name = graft_text_copy(graft_graph_name(model->graph));
    if (!model->name) return graft_fail_memory("a model");
    GRAFT_TRY(model->head->load(file, "", model->cut.width, (int)model->class_count, &model->state));
    return graft_stored_classes(file, model);
}

graft_status graft_model_open_foreign(graft_context *context, graft_container *file,
                                      const graft_backbone_options *options, graft_model **out) {
    graft_backbone_options given = GRAFT_BACKBONE_OPTIONS_INIT;
    *out = NULL;
    GRAFT_TRY(graft_options_copy(&given, sizeof(given), options, "GRAFT_BACKBONE_OPTIONS_INIT"));
    graft_model *model = graft_allocate_zero(1, sizeof(*model));
    if (!model) return graft_fail_memory("a model");
    model->context = context;
    model->head = &graft_head_network;
    graft_status status = fill(model, file, &given);
    if (status != GRAFT_OK) {
        graft_model_free(model);
        return status;
    }
    *out = model;
    return GRAFT_OK;
}
