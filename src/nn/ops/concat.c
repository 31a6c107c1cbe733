#include "nn/ops/ops.h"

static const graft_option attributes[] = {
    GRAFT_ATTRIBUTE_INT(graft_concat_attributes, "axis", axis, "0", 0, 2, "of channels, height, width"),
    GRAFT_OPTION_END,
};

static graft_status infer(const graft_node *node, const graft_shape *inputs, graft_shape *output) {
    const graft_concat_attributes *a = node->attributes;
    char one[GRAFT_SHAPE_TEXT], other[GRAFT_SHAPE_TEXT];
    if (a->axis >= inputs[0].rank)
        return graft_fail(GRAFT_E_DATA, "axis %lld, expected one of the %d of the input %s", (long long)a->axis,
                          inputs[0].rank, graft_shape_text(&inputs[0], one));
    *output = inputs[0];
    for (int i = 1; i < node->input_count; i++) {
        graft_shape wanted = inputs[i];
        if (wanted.rank == inputs[0].rank) wanted.dim[a->axis] = inputs[0].dim[a->axis];
        if (!graft_shape_equal(&wanted, &inputs[0]))
            return graft_fail(GRAFT_E_DATA, "input %d is %s beside %s, expected the same but for axis %lld", i,
                              graft_shape_text(&inputs[i], one), graft_shape_text(&inputs[0], other),
                              (long long)a->axis);
        output->dim[a->axis] += inputs[i].dim[a->axis];
    }
    return GRAFT_OK;
}

const graft_op graft_op_concat = {
    .name = "concat",
    .help = "the inputs side by side along one axis",
    .attribute_size = sizeof(graft_concat_attributes),
    .attributes = attributes,
    .min_inputs = 1,
    .max_inputs = -1,
    .infer = infer,
    .prepare = NULL,
};
