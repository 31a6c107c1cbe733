#include "nn/ops/ops.h"
#include "nn/plan-internal.h"
#include "nn/train/train-internal.h"

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

/* Floats, or integers that count in the node's own unit. */
static bool is_in_unit(const graft_plan_node *planned, const graft_dnn_layout *layout) {
    const float unit = graft_dnn_layout_unit(layout), wanted = planned->stores_int8 ? planned->unit.unit : 0.0F;
    return unit <= wanted && unit >= wanted;
}

/* Side by side as they lie when all lie alike and no channel block is split, else with channels last, where every
 * count of channels fits. */
static graft_status common_layout(graft_plan_builder *builder, int node, bool *as_is) {
    const graft_plan_node *planned = graft_builder_node(builder, node);
    const graft_concat_attributes *a = planned->node->attributes;
    const graft_dnn_layout *model = graft_builder_input(builder, node, 0).layout;
    *as_is = true;
    for (int k = 0; k < planned->node->input_count; k++) {
        const graft_dnn_layout *layout = graft_builder_input(builder, node, k).layout;
        const graft_dnn_shape shape = graft_dnn_layout_shape(layout);
        graft_dnn_layout *alike;
        GRAFT_TRY(graft_dnn_layout_like(model, &shape, &alike));
        *as_is &= graft_dnn_layout_same(layout, alike) && is_in_unit(planned, layout) &&
                  !(a->axis == 0 && graft_dnn_layout_is_padded(layout));
        graft_dnn_layout_free(alike);
    }
    return GRAFT_OK;
}

static graft_status emit(graft_plan_builder *builder, int node, graft_plan_value *inputs,
                         const graft_dnn_layout **layouts) {
    const graft_plan_node *planned = graft_builder_node(builder, node);
    const graft_concat_attributes *a = planned->node->attributes;
    const graft_dnn_unit unit = planned->stores_int8 ? planned->unit : (graft_dnn_unit){.unit = 0.0F};
    bool as_is;
    graft_dnn_op *op;
    GRAFT_TRY(common_layout(builder, node, &as_is));
    if (as_is && a->axis == 0) {
        const graft_dnn_shape shape = graft_builder_shape(builder, &planned->node->output);
        graft_dnn_layout *whole;
        graft_plan_value value;
        GRAFT_TRY(graft_dnn_layout_like(graft_builder_input(builder, node, 0).layout, &shape, &whole));
        GRAFT_TRY(graft_builder_keep(builder, whole));
        GRAFT_TRY(graft_builder_stack(builder, node, whole, &value));
        if (value.layout != NULL) {
            graft_builder_set(builder, node, value);
            return GRAFT_OK;
        }
    }
    for (int k = 0; k < planned->node->input_count; k++) {
        inputs[k] = graft_builder_input(builder, node, k);
        if (!as_is) {
            const graft_dnn_shape shape = graft_dnn_layout_shape(inputs[k].layout);
            graft_dnn_layout *channels_last, *typed;
            GRAFT_TRY(graft_dnn_layout_channels_last(&shape, &channels_last));
            GRAFT_TRY(graft_builder_keep(builder, channels_last));
            GRAFT_TRY(graft_dnn_layout_quantized(channels_last, &unit, &typed));
            GRAFT_TRY(graft_builder_keep(builder, typed));
            GRAFT_TRY(graft_builder_relayout(builder, node, inputs[k], typed, &inputs[k]));
        }
        layouts[k] = inputs[k].layout;
    }
    GRAFT_TRY(graft_dnn_concat_new(builder->plan->engine, layouts, planned->node->input_count, 1 + (int)a->axis, &op));
    return graft_builder_finish(builder, node, op, inputs, -1);
}

static graft_status prepare(graft_plan_builder *builder, int node) {
    const size_t count = (size_t)graft_builder_node(builder, node)->node->input_count;
    graft_plan_value *inputs = graft_allocate(count, sizeof *inputs);
    const graft_dnn_layout **layouts = graft_allocate(count, sizeof *layouts);
    graft_status status =
        inputs == NULL || layouts == NULL ? graft_fail_memory("a plan") : emit(builder, node, inputs, layouts);
    graft_release(inputs);
    graft_release(layouts);
    return status;
}

const graft_op graft_op_concat = {
    .name = "concat",
    .help = "the inputs side by side along one axis",
    .attribute_size = sizeof(graft_concat_attributes),
    .attributes = attributes,
    .min_inputs = 1,
    .max_inputs = -1,
    .infer = infer,
    .prepare = prepare,
    .train_forward = graft_train_forward_concat,
    .train_backward = graft_train_backward_concat,
};
