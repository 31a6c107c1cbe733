/* Plans on 8-bit integers: which nodes compute on them, which values are stored as them, and the steps between them and
 * floats. A value may lie there both ways. */
#include "nn/ops/ops.h"
#include "nn/plan-internal.h"
#include "nn/quantize.h"

static bool has_weights(const graft_plan_node *planned) {
    return planned->node->op == &graft_op_conv2d || planned->node->op == &graft_op_dense;
}

static bool is_window(const graft_plan_node *planned) {
    return planned->node->op == &graft_op_maxpool2d || planned->node->op == &graft_op_avgpool2d;
}

static bool is_concat(const graft_plan_node *planned) {
    const graft_concat_attributes *a = planned->node->attributes;
    return planned->node->op == &graft_op_concat && a->axis == 0;
}

bool graft_quantization_works(void) {
    return graft_dnn_has_int8();
}

int graft_builder_value_node(const graft_plan_builder *builder, int node) {
    int last = node;
    for (int i = node + 1; i < builder->count; i++)
        if (graft_builder_resolve(builder, i) == node) last = i;
    return last;
}

static void look_up(graft_plan_builder *builder, int node) {
    graft_plan_node *planned = &builder->nodes[node];
    const graft_node *value = builder->nodes[graft_builder_value_node(builder, node)].node;
    const graft_quantized_value *found = graft_quantization_find(builder->quantization, value->name);
    if (found == NULL) return;
    planned->unit = found->unit;
    planned->is_signed = found->is_signed;
    planned->int8 = found->int8 && has_weights(planned);
}

/* A convolution on integers needs a unit for its input; windows and concats pass on what they get. */
static bool may_compute(const graft_plan_builder *builder, int node) {
    const graft_plan_node *planned = &builder->nodes[node];
    const bool passes = is_window(planned) || is_concat(planned);
    bool all = planned->int8 || passes;
    for (int k = 0; k < planned->node->input_count && all; k++) {
        const graft_plan_node *input = &builder->nodes[graft_builder_producer(builder, node, k)];
        all = input->unit > 0.0F && (!passes || input->int8);
    }
    return all;
}

/* Somebody computes on integers from what `node` stores. */
static bool is_read_as_int8(const graft_plan_builder *builder, int node) {
    for (int i = node + 1; i < builder->count; i++) {
        const graft_plan_node *planned = &builder->nodes[i];
        if (!planned->needed || planned->into != i || !planned->int8) continue;
        for (int k = 0; k < planned->node->input_count; k++)
            if (graft_builder_producer(builder, i, k) == node && (has_weights(planned) || planned->stores_int8))
                return true;
        if (planned->addend >= 0 && graft_builder_resolve(builder, planned->addend) == node && planned->stores_int8)
            return true;
    }
    return false;
}

static bool may_store(const graft_plan_builder *builder, const graft_plan_node *planned) {
    if (!planned->int8 || planned->unit <= 0.0F) return false;
    return planned->addend < 0 || builder->nodes[graft_builder_resolve(builder, planned->addend)].unit > 0.0F;
}

/* What goes into a concat counts in the concat's unit. */
static void share_unit(graft_plan_builder *builder, int node) {
    const graft_plan_node *planned = &builder->nodes[node];
    for (int k = 0; k < planned->node->input_count; k++) {
        graft_plan_node *input = &builder->nodes[graft_builder_producer(builder, node, k)];
        input->unit = planned->unit;
        input->is_signed = planned->is_signed;
    }
}

void graft_builder_settle_int8(graft_plan_builder *builder) {
    for (int i = 0; i < builder->count; i++)
        if (builder->nodes[i].into == i && builder->nodes[i].needed) look_up(builder, i);
    for (int i = 0; i < builder->count; i++)
        if (builder->nodes[i].into == i && builder->nodes[i].needed) builder->nodes[i].int8 = may_compute(builder, i);
    for (int i = builder->count - 1; i >= 0; i--) {
        graft_plan_node *planned = &builder->nodes[i];
        if (planned->into != i || !planned->needed) continue;
        planned->stores_int8 = may_store(builder, planned) && is_read_as_int8(builder, i);
        planned->int8 = planned->int8 && (has_weights(planned) || planned->stores_int8);
        if (planned->stores_int8 && is_concat(planned)) share_unit(builder, i);
    }
    /* A window's cells count in its input's unit. */
    for (int i = 0; i < builder->count; i++) {
        graft_plan_node *planned = &builder->nodes[i];
        if (planned->into != i || !planned->stores_int8 || !is_window(planned)) continue;
        const graft_plan_node *input = &builder->nodes[graft_builder_producer(builder, i, 0)];
        planned->unit = input->unit;
        planned->is_signed = input->is_signed;
    }
}

/* ---- values both ways ---- */

static bool is_int8(graft_plan_value value) {
    return graft_dnn_layout_unit(value.layout) > 0.0F;
}

static graft_status as_layout(graft_plan_builder *builder, int producer, int node, const graft_dnn_layout *layout) {
    graft_plan_node *planned = &builder->nodes[producer];
    GRAFT_TRY(graft_builder_relayout(builder, node, planned->value, layout, &planned->other));
    graft_builder_set_other(builder, producer);
    return GRAFT_OK;
}

static graft_status float_copy(graft_plan_builder *builder, int producer, int node) {
    const graft_plan_node *planned = &builder->nodes[producer];
    graft_dnn_layout *floats;
    if (planned->value.layout == NULL || !is_int8(planned->value)) return GRAFT_OK;
    if (planned->other.buffer >= 0 && !is_int8(planned->other)) return GRAFT_OK;
    GRAFT_TRY(graft_dnn_layout_quantized(planned->value.layout, false, 0.0F, &floats));
    GRAFT_TRY(graft_builder_keep(builder, floats));
    return as_layout(builder, producer, node, floats);
}

graft_status graft_builder_floats(graft_plan_builder *builder, int node) {
    const graft_plan_node *planned = &builder->nodes[node];
    if (builder->quantization == NULL) return GRAFT_OK;
    for (int k = 0; k < planned->node->input_count && !planned->int8; k++)
        GRAFT_TRY(float_copy(builder, graft_builder_producer(builder, node, k), node));
    if (planned->addend < 0 || planned->stores_int8) return GRAFT_OK;
    return float_copy(builder, graft_builder_resolve(builder, planned->addend), node);
}

graft_plan_value graft_builder_value(const graft_plan_builder *builder, int producer, bool int8) {
    const graft_plan_node *planned = &builder->nodes[producer];
    if (planned->value.layout == NULL || is_int8(planned->value) == int8 || planned->other.buffer < 0)
        return planned->value;
    return planned->other;
}

/* `producer`'s value as integers that lie as `layout` says, or as floats where that says so. */
static graft_status value_as(graft_plan_builder *builder, int producer, int node, const graft_dnn_layout *layout,
                             graft_plan_value *out) {
    graft_plan_node *planned = &builder->nodes[producer];
    const bool int8 = graft_dnn_layout_unit(layout) > 0.0F;
    *out = graft_builder_value(builder, producer, int8);
    if (graft_dnn_layout_same(out->layout, layout)) return GRAFT_OK;
    if (is_int8(*out) || !int8) return graft_builder_relayout(builder, node, *out, layout, out);
    GRAFT_TRY(as_layout(builder, producer, node, layout));
    *out = planned->other;
    return GRAFT_OK;
}

/* The order of `model` with the type and unit of `producer`'s integers, or floats. */
static graft_status typed(graft_plan_builder *builder, const graft_dnn_layout *model, int producer, bool int8,
                          const graft_dnn_layout **out) {
    const graft_plan_node *planned = &builder->nodes[producer];
    graft_dnn_layout *layout;
    GRAFT_TRY(graft_dnn_layout_quantized(model, planned->is_signed, int8 ? planned->unit : 0.0F, &layout));
    *out = layout;
    return graft_builder_keep(builder, layout);
}

/* ---- convolutions ---- */

/* The addend where the sum may overwrite it, lying as the convolution stores. */
static graft_status addend_value(graft_plan_builder *builder, int node, const graft_dnn_layout *destination,
                                 graft_plan_value input, graft_plan_value *out) {
    const graft_plan_node *planned = &builder->nodes[node];
    const int producer = graft_builder_resolve(builder, planned->addend);
    const graft_dnn_layout *layout;
    graft_dnn_op *op;
    GRAFT_TRY(typed(builder, destination, producer, planned->stores_int8, &layout));
    GRAFT_TRY(value_as(builder, producer, node, layout, out));
    if (out->buffer != input.buffer && graft_builder_dies(builder, *out, node)) return GRAFT_OK;
    const graft_plan_value shared = *out;
    GRAFT_TRY(graft_dnn_reorder_new(builder->plan->engine, shared.layout, layout, &op));
    return graft_builder_emit(builder, node, "copy", op, &shared, -1, out);
}

static graft_status describe(graft_plan_builder *builder, int node, graft_dnn_convolution *convolution) {
    const graft_plan_node *planned = &builder->nodes[node];
    const int producer = graft_builder_producer(builder, node, 0);
    const graft_plan_value input = graft_builder_value(builder, producer, true);
    GRAFT_TRY(typed(builder, input.layout, producer, true, &convolution->source));
    convolution->posts = planned->posts;
    convolution->unit = planned->stores_int8 ? planned->unit : 0.0F;
    convolution->is_signed = planned->is_signed;
    for (int i = 0; i < convolution->posts.count; i++) {
        graft_dnn_post *post = &convolution->posts.item[i];
        if (post->kind != GRAFT_DNN_POST_ADD) continue;
        const int addend = graft_builder_resolve(builder, planned->addend);
        post->kind = GRAFT_DNN_POST_SUM;
        GRAFT_TRY(typed(builder, builder->nodes[addend].value.layout, addend, planned->stores_int8, &post->layout));
    }
    return GRAFT_OK;
}

/* The op where oneDNN has a kernel compiled for the shape, else NULL. */
static graft_status find_kernel(graft_plan_builder *builder, const graft_dnn_convolution *convolution,
                                graft_dnn_op **out) {
    graft_status status = graft_dnn_convolution_new(builder->plan->engine, convolution, out);
    if (status == GRAFT_E_INTERNAL) {
        graft_error_clear();
        *out = NULL;
        return GRAFT_OK;
    }
    GRAFT_TRY(status);
    if (graft_dnn_op_is_direct(*out)) return GRAFT_OK;
    graft_dnn_op_free(*out);
    *out = NULL;
    return GRAFT_OK;
}

static graft_status emit(graft_plan_builder *builder, int node, graft_dnn_op *op) {
    const graft_plan_node *planned = &builder->nodes[node];
    graft_plan_value sources[2];
    graft_status status =
        value_as(builder, graft_builder_producer(builder, node, 0), node, graft_dnn_op_source(op, 0), &sources[0]);
    if (status == GRAFT_OK && planned->addend >= 0)
        status = addend_value(builder, node, graft_dnn_op_destination(op), sources[0], &sources[1]);
    if (status != GRAFT_OK) {
        graft_dnn_op_free(op);
        return status;
    }
    return graft_builder_finish(builder, node, op, sources, planned->addend >= 0 ? 1 : -1);
}

graft_status graft_builder_convolution_int8(graft_plan_builder *builder, int node, graft_dnn_convolution *convolution,
                                            bool *done) {
    graft_plan_node *planned = &builder->nodes[node];
    graft_dnn_convolution described = *convolution;
    graft_dnn_op *op;
    *done = false;
    if (!planned->int8) return GRAFT_OK;
    GRAFT_TRY(describe(builder, node, &described));
    GRAFT_TRY(find_kernel(builder, &described, &op));
    if (op == NULL) {
        planned->int8 = planned->stores_int8 = false;
        return graft_builder_floats(builder, node);
    }
    *done = true;
    return emit(builder, node, op);
}
