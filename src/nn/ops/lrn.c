#include "nn/ops/ops.h"
#include "nn/plan-internal.h"
#include "nn/train/train-internal.h"

typedef graft_lrn_attributes lrn;

static const graft_option attributes[] = {
    GRAFT_ATTRIBUTE_INT(lrn, "size", size, "5", 1, GRAFT_MAX_WINDOW, "neighbouring channels, an odd count"),
    GRAFT_ATTRIBUTE_REAL(lrn, "alpha", alpha, "0.0001", 0.0, 1e6, "weight of the mean of squares"),
    GRAFT_ATTRIBUTE_REAL(lrn, "beta", beta, "0.75", 0.0, 16.0, "exponent"),
    GRAFT_ATTRIBUTE_REAL(lrn, "k", k, "1", 0.0, 1e6, "added to the mean of squares"),
    GRAFT_OPTION_END,
};

static graft_status infer(const graft_node *node, const graft_shape *inputs, graft_shape *output) {
    const lrn *a = node->attributes;
    GRAFT_TRY(graft_need_rank(&inputs[0], 3));
    if (a->size % 2 == 0)
        return graft_fail(GRAFT_E_DATA, "a window of %lld channels, expected an odd count", (long long)a->size);
    *output = inputs[0];
    return GRAFT_OK;
}

static graft_status prepare(graft_plan_builder *builder, int node) {
    const lrn *a = graft_builder_node(builder, node)->node->attributes;
    const graft_plan_value input = graft_builder_input(builder, node, 0);
    const graft_dnn_response response = {a->size, a->alpha, a->beta, a->k};
    graft_dnn_op *op;
    GRAFT_TRY(graft_dnn_response_new(builder->plan->engine, input.layout, &response, &op));
    return graft_builder_finish(builder, node, op, &input, -1);
}

const graft_op graft_op_lrn = {
    .name = "lrn",
    .help = "local response normalisation across channels (Krizhevsky et al. 2012)",
    .attribute_size = sizeof(lrn),
    .attributes = attributes,
    .min_inputs = 1,
    .max_inputs = 1,
    .infer = infer,
    .prepare = prepare,
    .train_forward = graft_train_forward_lrn,
    .train_backward = graft_train_backward_lrn,
};
