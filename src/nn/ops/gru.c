#include "nn/ops/ops.h"
#include "nn/plan-internal.h"
#include "nn/train/train-internal.h"

const graft_op graft_op_gru = {
    .name = "gru",
    .help = "gated recurrent unit over the steps of a series (Cho et al. 2014), PyTorch's gates",
    .attribute_size = sizeof(graft_recurrent_attributes),
    .attributes = graft_recurrent_attribute_table,
    .min_inputs = 1,
    .max_inputs = 3,
    .infer = graft_infer_recurrent,
    .params = graft_params_recurrent,
    .prepare = graft_prepare_recurrent,
    .train_forward = graft_train_forward_recurrent,
    .train_backward = graft_train_backward_recurrent,
    .multiply_adds = graft_multiply_adds_recurrent,
};
