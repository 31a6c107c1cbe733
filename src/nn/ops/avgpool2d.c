#include "nn/ops/ops.h"

const graft_op graft_op_avgpool2d = {
    .name = "avgpool2d",
    .help = "mean of each window",
    .attribute_size = sizeof(graft_pool_attributes),
    .attributes = graft_pool_attribute_table,
    .min_inputs = 1,
    .max_inputs = 1,
    .infer = graft_infer_pool,
    .prepare = NULL,
};
