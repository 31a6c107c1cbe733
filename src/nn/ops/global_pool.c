/* What global_avgpool and global_maxpool share. */
#include "nn/ops/ops.h"

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
