/* Training of add, multiply and concat. */
#include "nn/ops/ops.h"
#include "nn/train/train-internal.h"

static const graft_shape *shape_of(const graft_trainer *trainer, int node, int k) {
    return &graft_graph_node(trainer->graph, graft_trainer_node(trainer, node)->node->inputs[k])->output;
}

/* The input is Cx1x1, spread over the output. */
static bool is_spread(const graft_trainer *trainer, int node, int k) {
    return !graft_shape_equal(shape_of(trainer, node, k), &graft_trainer_node(trainer, node)->node->output);
}

/* A value of an input laid out as `model`. */
static graft_status operand(graft_trainer *trainer, int node, graft_plan_value input, const graft_dnn_layout *model,
                            graft_plan_value *out) {
    const graft_dnn_shape shape = graft_dnn_layout_shape(input.layout);
    graft_dnn_layout *layout;
    GRAFT_TRY(graft_dnn_layout_like(model, &shape, &layout));
    GRAFT_TRY(graft_trainer_keep(trainer, layout));
    GRAFT_TRY(graft_trainer_relayout(trainer, node, input, layout, out));
    out->layout = layout;
    return GRAFT_OK;
}

/* to = a (op) b; to may be a. */
static graft_status combine(graft_trainer *trainer, int node, graft_dnn_binary_kind kind, graft_plan_value a,
                            graft_plan_value b, graft_plan_value to) {
    const graft_train_place places[] = {graft_place(a), graft_place(b), graft_place(to)};
    graft_dnn_kernel *kernel;
    GRAFT_TRY(graft_dnn_arithmetic_new(trainer->plan->engine, kind, a.layout, b.layout, &kernel));
    return graft_trainer_run(trainer, node, GRAFT_WHEN_ALWAYS, kernel, places);
}

static graft_status forward(graft_trainer *trainer, int node, graft_dnn_binary_kind kind) {
    graft_train_node *at = graft_trainer_node(trainer, node);
    int first = 0;
    while (is_spread(trainer, node, first))
        first++;
    graft_plan_value sum = graft_trainer_input(trainer, node, first);
    GRAFT_TRY(graft_trainer_value(trainer, sum.layout, &at->value));
    for (int k = 0; k < at->node->input_count; k++) {
        graft_plan_value other;
        if (k == first) continue;
        GRAFT_TRY(operand(trainer, node, graft_trainer_input(trainer, node, k), at->value.layout, &other));
        GRAFT_TRY(combine(trainer, node, kind, sum, other, at->value));
        sum = at->value;
    }
    return GRAFT_OK;
}

/* Gives input `k` the gradient: summed over height and width when the input was spread. */
static graft_status give(graft_trainer *trainer, int node, int k, graft_plan_value gradient) {
    if (!is_spread(trainer, node, k)) return graft_trainer_give(trainer, node, k, gradient);
    const graft_dnn_shape shape = graft_dnn_layout_shape(gradient.layout);
    const graft_dnn_pooling sum = {.source = gradient.layout,
                                   .destination = {{shape.dim[0], shape.dim[1], 1, 1}},
                                   .size = {shape.dim[2], shape.dim[3]},
                                   .strides = {1, 1},
                                   .kind = GRAFT_DNN_AVERAGE};
    graft_plan_value value;
    graft_dnn_kernel *kernel;
    GRAFT_TRY(
        graft_dnn_pooling_forward_new(trainer->plan->engine, &sum, (double)(shape.dim[2] * shape.dim[3]), &kernel));
    GRAFT_TRY(graft_trainer_map(trainer, node, kernel, gradient, &value));
    return graft_trainer_give(trainer, node, k, value);
}

graft_status graft_train_forward_add(graft_trainer *trainer, int node) {
    return forward(trainer, node, GRAFT_DNN_ADD);
}

graft_status graft_train_backward_add(graft_trainer *trainer, int node) {
    const graft_train_node *at = graft_trainer_node(trainer, node);
    for (int k = 0; k < at->node->input_count; k++)
        if (graft_trainer_wants(trainer, node, k)) GRAFT_TRY(give(trainer, node, k, at->gradient));
    return GRAFT_OK;
}

graft_status graft_train_forward_multiply(graft_trainer *trainer, int node) {
    return forward(trainer, node, GRAFT_DNN_MULTIPLY);
}

/* By each input: the gradient times the other inputs. */
graft_status graft_train_backward_multiply(graft_trainer *trainer, int node) {
    const graft_train_node *at = graft_trainer_node(trainer, node);
    for (int k = 0; k < at->node->input_count; k++) {
        graft_plan_value from = at->gradient, product;
        if (!graft_trainer_wants(trainer, node, k)) continue;
        GRAFT_TRY(graft_trainer_value(trainer, at->gradient.layout, &product));
        for (int other = 0; other < at->node->input_count; other++) {
            graft_plan_value factor;
            if (other == k) continue;
            GRAFT_TRY(graft_trainer_input_again(trainer, node, other, &factor));
            GRAFT_TRY(operand(trainer, node, factor, product.layout, &factor));
            GRAFT_TRY(combine(trainer, node, GRAFT_DNN_MULTIPLY, from, factor, product));
            from = product;
        }
        GRAFT_TRY(give(trainer, node, k, product));
    }
    return GRAFT_OK;
}

/* ---- concat ---- */

static int axis_of(const graft_node *node) {
    return (int)((const graft_concat_attributes *)node->attributes)->axis;
}

/* All inputs lie like the first, and none begins within a block of channels. */
static graft_status fits_first(const graft_trainer *trainer, int node, bool *fits) {
    const graft_train_node *at = graft_trainer_node(trainer, node);
    const graft_dnn_layout *model = graft_trainer_input(trainer, node, 0).layout;
    int64_t begin = 0;
    *fits = true;
    for (int k = 0; k < at->node->input_count; k++) {
        const graft_dnn_layout *layout = graft_trainer_input(trainer, node, k).layout;
        const graft_dnn_shape shape = graft_dnn_layout_shape(layout);
        graft_dnn_layout *alike;
        GRAFT_TRY(graft_dnn_layout_like(model, &shape, &alike));
        *fits &= graft_dnn_layout_same(layout, alike);
        graft_dnn_layout_free(alike);
        if (axis_of(at->node) == 0) *fits &= graft_dnn_layout_splits_at(model, begin);
        begin += shape.dim[1];
    }
    return GRAFT_OK;
}

static graft_status place_concat(graft_trainer *trainer, int node) {
    graft_train_node *at = graft_trainer_node(trainer, node);
    const graft_dnn_shape shape = graft_trainer_shape(trainer, &at->node->output);
    graft_dnn_layout *layout;
    bool fits;
    GRAFT_TRY(fits_first(trainer, node, &fits));
    GRAFT_TRY(fits ? graft_dnn_layout_like(graft_trainer_input(trainer, node, 0).layout, &shape, &layout)
                   : graft_dnn_layout_channels_last(&shape, &layout));
    GRAFT_TRY(graft_trainer_keep(trainer, layout));
    return graft_trainer_value(trainer, layout, &at->value);
}

graft_status graft_train_forward_concat(graft_trainer *trainer, int node) {
    const graft_train_node *at = graft_trainer_node(trainer, node);
    int64_t corner[4] = {0, 0, 0, 0};
    GRAFT_TRY(place_concat(trainer, node));
    for (int k = 0; k < at->node->input_count; k++) {
        const graft_plan_value input = graft_trainer_input(trainer, node, k);
        const graft_train_place places[] = {graft_place(input), graft_place(at->value)};
        graft_dnn_kernel *kernel;
        GRAFT_TRY(graft_dnn_put_new(trainer->plan->engine, input.layout, at->value.layout, corner, &kernel));
        GRAFT_TRY(graft_trainer_run(trainer, node, GRAFT_WHEN_ALWAYS, kernel, places));
        corner[1 + axis_of(at->node)] += shape_of(trainer, node, k)->dim[axis_of(at->node)];
    }
    return GRAFT_OK;
}

graft_status graft_train_backward_concat(graft_trainer *trainer, int node) {
    const graft_train_node *at = graft_trainer_node(trainer, node);
    int64_t corner[4] = {0, 0, 0, 0};
    for (int k = 0; k < at->node->input_count; k++) {
        const graft_dnn_layout *layout = graft_trainer_input(trainer, node, k).layout;
        graft_plan_value part;
        graft_dnn_kernel *kernel;
        if (graft_trainer_wants(trainer, node, k)) {
            GRAFT_TRY(graft_dnn_take_new(trainer->plan->engine, at->gradient.layout, layout, corner, &kernel));
            GRAFT_TRY(graft_trainer_map(trainer, node, kernel, at->gradient, &part));
            GRAFT_TRY(graft_trainer_give(trainer, node, k, part));
        }
        corner[1 + axis_of(at->node)] += shape_of(trainer, node, k)->dim[axis_of(at->node)];
    }
    return GRAFT_OK;
}
