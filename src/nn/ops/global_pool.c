/* What global_avgpool and global_maxpool share. */
#include "nn/ops/ops.h"
#include "nn/plan-internal.h"

const graft_option graft_global_pool_attribute_table[] = {
    GRAFT_ATTRIBUTE_FLAG(graft_global_pool_attributes, "keepdims", keepdims, NULL, "the output is Cx1x1, not C"),
    GRAFT_OPTION_END,
};

graft_status graft_infer_global_pool(const graft_node *node, const graft_shape *inputs, graft_shape *output) {
    const graft_global_pool_attributes *a = node->attributes;
    GRAFT_TRY(graft_need_rank(&inputs[0], 3));
    *output = a->keepdims ? GRAFT_SHAPE(inputs[0].dim[0], 1, 1) : GRAFT_SHAPE(inputs[0].dim[0]);
    return GRAFT_OK;
}

graft_status graft_prepare_global_pool(graft_plan_builder *builder, int node, graft_dnn_pooling_kind kind) {
    const graft_plan_value input = graft_builder_input(builder, node, 0);
    const graft_dnn_shape shape = graft_dnn_layout_shape(input.layout);
    const graft_dnn_pooling pooling = {.source = input.layout,
                                       .destination = {{shape.dim[0], shape.dim[1], 1, 1}},
                                       .size = {shape.dim[2], shape.dim[3]},
                                       .strides = {1, 1},
                                       .kind = kind};
    graft_dnn_op *op;
    GRAFT_TRY(graft_dnn_pooling_new(builder->plan->engine, &pooling, &op));
    return graft_builder_finish(builder, node, op, &input, -1);
}
