/* Training of pooling and upsampling. */
#include "nn/ops/ops.h"
#include "nn/train/train-internal.h"
#include <string.h>

enum { KEPT_WORKSPACE };

static graft_dnn_pooling pooling_of(const graft_trainer *trainer, int node) {
    const graft_train_node *at = graft_trainer_node(trainer, node);
    const graft_op *op = at->node->op;
    const graft_dnn_layout *source = graft_trainer_input(trainer, node, 0).layout;
    const graft_dnn_shape shape = graft_dnn_layout_shape(source);
    graft_dnn_pooling pooling = {
        .source = source, .strides = {1, 1}, .size = {shape.dim[2], shape.dim[3]}, .kind = GRAFT_DNN_AVERAGE};
    pooling.destination = graft_trainer_shape(trainer, &at->node->output);
    if (op == &graft_op_maxpool2d || op == &graft_op_global_maxpool) pooling.kind = GRAFT_DNN_MAX;
    if (op != &graft_op_maxpool2d && op != &graft_op_avgpool2d) return pooling;
    const graft_pool_attributes *a = at->node->attributes;
    memcpy(pooling.size, a->size, sizeof pooling.size);
    memcpy(pooling.strides, a->strides, sizeof pooling.strides);
    graft_pool_padding(at->node, &graft_graph_node(trainer->graph, at->node->inputs[0])->output, pooling.padding);
    if (op == &graft_op_avgpool2d && a->count_padding) pooling.kind = GRAFT_DNN_AVERAGE_PADDED;
    return pooling;
}

static graft_status emit_forward(graft_trainer *trainer, int node, graft_dnn_kernel *kernel) {
    graft_train_node *at = graft_trainer_node(trainer, node);
    graft_train_place places[3] = {graft_place(graft_trainer_input(trainer, node, 0))};
    graft_status status = graft_trainer_value(trainer, graft_dnn_kernel_layout(kernel, 1), &at->value);
    if (status == GRAFT_OK && graft_dnn_kernel_operands(kernel) == 3)
        status = graft_trainer_value(trainer, graft_dnn_kernel_layout(kernel, 2), &at->kept[KEPT_WORKSPACE]);
    if (status != GRAFT_OK) {
        graft_dnn_kernel_free(kernel);
        return status;
    }
    places[1] = graft_place(at->value);
    places[2] = graft_place(at->kept[KEPT_WORKSPACE]);
    return graft_trainer_run(trainer, node, GRAFT_WHEN_ALWAYS, kernel, places);
}

graft_status graft_train_forward_pool(graft_trainer *trainer, int node) {
    const graft_dnn_pooling pooling = pooling_of(trainer, node);
    graft_dnn_kernel *kernel;
    GRAFT_TRY(graft_dnn_pooling_forward_new(trainer->plan->engine, &pooling, 1.0, &kernel));
    return emit_forward(trainer, node, kernel);
}

graft_status graft_train_backward_pool(graft_trainer *trainer, int node) {
    const graft_train_node *at = graft_trainer_node(trainer, node);
    const graft_dnn_pooling pooling = pooling_of(trainer, node);
    graft_plan_value result;
    graft_dnn_kernel *kernel;
    GRAFT_TRY(graft_dnn_pooling_backward_new(trainer->plan->engine, &pooling, at->value.layout, &kernel));
    graft_status status = graft_trainer_value(trainer, graft_dnn_kernel_layout(kernel, 1), &result);
    if (status != GRAFT_OK) {
        graft_dnn_kernel_free(kernel);
        return status;
    }
    const graft_train_place places[] = {graft_place(at->gradient), graft_place(result),
                                        graft_place(at->kept[KEPT_WORKSPACE])};
    GRAFT_TRY(graft_trainer_run(trainer, node, GRAFT_WHEN_ALWAYS, kernel, places));
    return graft_trainer_give(trainer, node, 0, result);
}

static bool is_bilinear(const graft_node *node) {
    return ((const graft_upsample_attributes *)node->attributes)->interpolation == 1;
}

graft_status graft_train_forward_upsample2d(graft_trainer *trainer, int node) {
    graft_train_node *at = graft_trainer_node(trainer, node);
    const graft_plan_value source = graft_trainer_input(trainer, node, 0);
    const graft_dnn_shape shape = graft_trainer_shape(trainer, &at->node->output);
    graft_dnn_kernel *kernel;
    GRAFT_TRY(
        graft_dnn_resampling_forward_new(trainer->plan->engine, source.layout, &shape, is_bilinear(at->node), &kernel));
    return graft_trainer_map(trainer, node, kernel, source, &at->value);
}

graft_status graft_train_backward_upsample2d(graft_trainer *trainer, int node) {
    const graft_train_node *at = graft_trainer_node(trainer, node);
    const graft_dnn_layout *source = graft_trainer_input(trainer, node, 0).layout;
    graft_plan_value result;
    graft_dnn_kernel *kernel;
    GRAFT_TRY(graft_dnn_resampling_backward_new(trainer->plan->engine, source, at->value.layout, is_bilinear(at->node),
                                                &kernel));
    GRAFT_TRY(graft_trainer_map(trainer, node, kernel, at->gradient, &result));
    return graft_trainer_give(trainer, node, 0, result);
}
