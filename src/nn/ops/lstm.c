#include "nn/ops/ops.h"
#include "nn/plan-internal.h"
#include "nn/train/train-internal.h"

const graft_op graft_op_lstm = {
    .name = "lstm",
    .help = "long short-term memory over the steps of a series (Hochreiter and Schmidhuber 1997)",
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
