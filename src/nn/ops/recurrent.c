/* What gru and lstm share. */
#include "dnn/recurrent.h"
#include "nn/ops/ops.h"
#include "nn/plan-internal.h"

typedef graft_recurrent_attributes recurrent;

enum { MOST_UNITS = 1 << 14 };

const graft_option graft_recurrent_attribute_table[] = {
    GRAFT_ATTRIBUTE_INT(recurrent, "units", units, NULL, 1, MOST_UNITS, "numbers of the state"),
    GRAFT_ATTRIBUTE_FLAG(recurrent, "sequence", sequence, "false", "give the state of every step, not the last alone"),
    GRAFT_ATTRIBUTE_FLAG(recurrent, "backwards", backwards, "false", "go from the last step to the first"),
    GRAFT_ATTRIBUTE_FLAG(recurrent, "masked", masked, "false", "the next input says which steps are there"),
    GRAFT_ATTRIBUTE_FLAG(recurrent, "initial", initial, "false", "the last input is the state to begin with"),
    GRAFT_OPTION_END,
};

static int64_t gates_of(const graft_node *node) {
    return node->op == &graft_op_lstm ? 4 : 3;
}

static graft_status refuse(const char *what, const graft_shape *shape, const char *expected) {
    char text[GRAFT_SHAPE_TEXT];
    return graft_fail(GRAFT_E_DATA, "%s %s, expected %s", what, graft_shape_text(shape, text), expected);
}

graft_status graft_infer_recurrent(const graft_node *node, const graft_shape *inputs, graft_shape *output) {
    const recurrent *a = node->attributes;
    const int expected = 1 + a->masked + a->initial;
    if (node->input_count != expected)
        return graft_fail(GRAFT_E_DATA, "%d inputs, expected %d: a series%s%s", node->input_count, expected,
                          a->masked ? ", its mask" : "", a->initial ? ", the state to begin with" : "");
    if (inputs[0].rank != 3 || inputs[0].dim[1] != 1)
        return refuse("input", &inputs[0], "a series: channels x 1 x steps");
    const graft_shape mask = GRAFT_SHAPE(1, 1, inputs[0].dim[2]), state = GRAFT_SHAPE(a->units);
    if (a->masked && !graft_shape_equal(&inputs[1], &mask))
        return refuse("mask", &inputs[1], "1 x 1 x as many steps as the series has");
    if (a->initial && !graft_shape_equal(&inputs[expected - 1], &state))
        return refuse("state to begin with", &inputs[expected - 1], "a vector of as many numbers as there are units");
    *output = a->sequence ? GRAFT_SHAPE(a->units, 1, inputs[0].dim[2]) : state;
    return GRAFT_OK;
}

graft_status graft_params_recurrent(graft_node *node, const graft_shape *inputs) {
    const recurrent *a = node->attributes;
    const int64_t rows = gates_of(node) * a->units;
    const graft_shape kernel = GRAFT_SHAPE(rows, inputs[0].dim[0]), state = GRAFT_SHAPE(rows, a->units);
    GRAFT_TRY(graft_node_declare(node, "kernel", &kernel));
    GRAFT_TRY(graft_node_declare(node, "recurrent", &state));
    GRAFT_TRY(graft_declare_vector(node, "bias", rows));
    return node->op == &graft_op_gru ? graft_declare_vector(node, "recurrent_bias", rows) : GRAFT_OK;
}

/* Of one step: how many there are is not to be told from a node whose output is its last state. */
int64_t graft_multiply_adds_recurrent(const graft_node *node) {
    const int64_t steps = node->output.rank == 3 ? node->output.dim[2] : 1;
    return steps * (graft_shape_count(&node->params[0].shape) + graft_shape_count(&node->params[1].shape));
}

static const float *values_of(const graft_node *node, const char *name) {
    const graft_param *param = graft_node_param(node, name);
    return param == NULL ? NULL : graft_tensor_f32(param->value);
}

/* Sources as the op reads them. */
static graft_status gather(graft_plan_builder *builder, int node, int count, graft_plan_value *out) {
    const graft_plan_value series = graft_builder_input(builder, node, 0);
    const graft_dnn_shape shape = graft_dnn_layout_shape(series.layout);
    graft_dnn_layout *layout;
    GRAFT_TRY(graft_dnn_layout_channels_last(&shape, &layout));
    GRAFT_TRY(graft_builder_keep(builder, layout));
    GRAFT_TRY(graft_builder_relayout(builder, node, series, layout, &out[0]));
    for (int k = 1; k < count; k++)
        GRAFT_TRY(graft_builder_plain(builder, node, graft_builder_input(builder, node, k), &out[k]));
    return GRAFT_OK;
}

graft_status graft_prepare_recurrent(graft_plan_builder *builder, int node) {
    const graft_node *at = graft_builder_node(builder, node)->node;
    const recurrent *a = at->attributes;
    graft_plan_value sources[3];
    graft_dnn_op *op;
    GRAFT_TRY(gather(builder, node, at->input_count, sources));
    const graft_dnn_shape shape = graft_dnn_layout_shape(sources[0].layout);
    const graft_dnn_recurrence r = {.lstm = at->op == &graft_op_lstm,
                                    .backwards = a->backwards,
                                    .samples = shape.dim[0],
                                    .steps = shape.dim[3],
                                    .inputs = shape.dim[1],
                                    .units = a->units};
    const graft_dnn_recurrence_weights weights = {values_of(at, "kernel"), values_of(at, "recurrent"),
                                                  values_of(at, "bias"), values_of(at, "recurrent_bias")};
    GRAFT_TRY(graft_dnn_recurrence_new(&r, &weights, a->masked, a->initial, a->sequence, &op));
    return graft_builder_finish(builder, node, op, sources, -1);
}
