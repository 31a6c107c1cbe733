/* Plans on 8-bit integers: which nodes compute on them, which values are stored as them, and the steps between them and
 * floats. A value may lie there both ways. */
#include "nn/ops/ops.h"
#include "nn/plan-internal.h"
#include "nn/quantize.h"
#include <string.h>

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

/* What reads the value as integers takes any unit a channel, or brings it to its own. */
bool graft_builder_may_scale_channels(const graft_plan_builder *builder, int node) {
    const graft_plan_node *planned = &builder->nodes[node];
    const graft_dnn_posts *posts = &planned->posts;
    bool may = !is_concat(planned);
    for (int i = 0; i < posts->count && has_weights(planned); i++) {
        const graft_dnn_post *post = &posts->item[i];
        if (post->kind != GRAFT_DNN_POST_FUNCTION) continue;
        const bool bound = post->function == GRAFT_DNN_CLIP && i == posts->count - 1 && post->alpha >= 0.0F;
        may = may && (post->function == GRAFT_DNN_RELU || bound);
    }
    for (int i = node + 1; i < builder->count && may; i++) {
        const graft_plan_node *reader = &builder->nodes[i];
        for (int k = 0; k < reader->node->input_count && reader->into == i; k++)
            may = may && !(is_concat(reader) && graft_builder_producer(builder, i, k) == node);
    }
    return may;
}

static const graft_quantized_value *value_of(const graft_plan_builder *builder, int node) {
    const graft_node *value = builder->nodes[graft_builder_value_node(builder, node)].node;
    return graft_quantization_find(builder->quantization, value->name);
}

static void look_up(graft_plan_builder *builder, int node) {
    graft_plan_node *planned = &builder->nodes[node];
    const graft_quantized_value *found = value_of(builder, node);
    if (found == NULL) return;
    planned->unit = (graft_dnn_unit){found->unit, found->is_signed, found->profile, found->mean};
    planned->int8 = found->int8;
    planned->stores_int8 = found->stored;
}

/* A convolution on integers needs a unit for its input; windows and concats pass on what they get. */
static bool may_compute(const graft_plan_builder *builder, int node) {
    const graft_plan_node *planned = &builder->nodes[node];
    const bool passes = is_window(planned) || is_concat(planned);
    bool all = planned->int8 && (has_weights(planned) || passes);
    for (int k = 0; k < planned->node->input_count && all; k++) {
        const graft_plan_node *input = &builder->nodes[graft_builder_producer(builder, node, k)];
        all = input->unit.unit > 0.0F && (!passes || input->int8);
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
    if (!planned->int8 || planned->unit.unit <= 0.0F) return false;
    return planned->addend < 0 || builder->nodes[graft_builder_resolve(builder, planned->addend)].unit.unit > 0.0F;
}

/* What goes into a concat counts in the concat's unit. */
static void share_unit(graft_plan_builder *builder, int node) {
    const graft_plan_node *planned = &builder->nodes[node];
    for (int k = 0; k < planned->node->input_count; k++) {
        graft_dnn_unit *input = &builder->nodes[graft_builder_producer(builder, node, k)].unit;
        input->unit = planned->unit.unit;
        input->is_signed = planned->unit.is_signed;
    }
}

/* A window's cells count in its input's unit. */
static void take_unit(graft_plan_builder *builder, int node) {
    graft_plan_node *planned = &builder->nodes[node];
    const float *mean = planned->unit.mean;
    if (!is_window(planned)) return;
    planned->unit = builder->nodes[graft_builder_producer(builder, node, 0)].unit;
    planned->unit.mean = mean;
}

static bool is_host(const graft_plan_builder *builder, int node) {
    return builder->nodes[node].into == node && builder->nodes[node].needed;
}

void graft_builder_settle_int8(graft_plan_builder *builder) {
    for (int i = 0; i < builder->count; i++) {
        graft_plan_node *planned = &builder->nodes[i];
        if (!is_host(builder, i)) continue;
        look_up(builder, i);
        planned->int8 = may_compute(builder, i);
        planned->stores_int8 = planned->stores_int8 && may_store(builder, planned);
        for (int k = 0; k < planned->node->input_count && !has_weights(planned); k++)
            planned->int8 = planned->int8 && builder->nodes[graft_builder_producer(builder, i, k)].stores_int8;
        if (!has_weights(planned)) planned->stores_int8 = planned->int8 = planned->stores_int8 && planned->int8;
        if (planned->stores_int8) take_unit(builder, i);
    }
}

static void decide(graft_plan_builder *builder) {
    for (int i = 0; i < builder->count; i++) {
        graft_plan_node *planned = &builder->nodes[i];
        if (!is_host(builder, i)) continue;
        look_up(builder, i);
        planned->int8 = planned->int8 || !has_weights(planned);
    }
    for (int i = 0; i < builder->count; i++)
        if (is_host(builder, i)) builder->nodes[i].int8 = may_compute(builder, i);
    for (int i = builder->count - 1; i >= 0; i--) {
        graft_plan_node *planned = &builder->nodes[i];
        if (!is_host(builder, i)) continue;
        planned->stores_int8 = may_store(builder, planned) && is_read_as_int8(builder, i);
        planned->int8 = planned->int8 && (has_weights(planned) || planned->stores_int8);
        if (planned->stores_int8 && is_concat(planned)) share_unit(builder, i);
    }
    for (int i = 0; i < builder->count; i++)
        if (is_host(builder, i) && builder->nodes[i].stores_int8) take_unit(builder, i);
}

static graft_status write_back(const graft_plan_node *planned, graft_quantized_value *to) {
    float *profile = NULL;
    if (planned->unit.profile != NULL) {
        profile = graft_allocate(to->channels, sizeof *profile);
        if (profile == NULL) return graft_fail_memory("a calibration");
        memcpy(profile, planned->unit.profile, to->channels * sizeof *profile);
    }
    graft_release(to->profile);
    to->profile = profile;
    to->unit = planned->unit.unit;
    to->is_signed = planned->unit.is_signed;
    to->int8 = planned->int8;
    to->stored = planned->stores_int8;
    return GRAFT_OK;
}

graft_status graft_builder_decide_int8(graft_plan_builder *builder, graft_quantization *record) {
    builder->quantization = record;
    decide(builder);
    /* Last first: a window borrows the profile of a node before it. */
    for (int i = builder->count - 1; i >= 0; i--) {
        const graft_quantized_value *found = is_host(builder, i) ? value_of(builder, i) : NULL;
        if (found != NULL) GRAFT_TRY(write_back(&builder->nodes[i], &record->values[found - record->values]));
    }
    return GRAFT_OK;
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
    GRAFT_TRY(graft_dnn_layout_quantized(planned->value.layout, &(graft_dnn_unit){.unit = 0.0F}, &floats));
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

/* The order of `model` with the type and unit of `unit`. */
static graft_status typed(graft_plan_builder *builder, const graft_dnn_layout *model, const graft_dnn_unit *unit,
                          const graft_dnn_layout **out) {
    graft_dnn_layout *layout;
    GRAFT_TRY(graft_dnn_layout_quantized(model, unit, &layout));
    *out = layout;
    return graft_builder_keep(builder, layout);
}

/* The unit of `producer`'s integers where `planned`, which adds them to its own, stores integers. */
static graft_dnn_unit addend_unit(const graft_plan_builder *builder, const graft_plan_node *planned) {
    graft_dnn_unit unit = builder->nodes[graft_builder_resolve(builder, planned->addend)].unit;
    if (!planned->stores_int8) return (graft_dnn_unit){.unit = 0.0F};
    unit.profile = planned->unit.profile;
    return unit;
}

/* ---- convolutions ---- */

/* The addend where the sum may overwrite it, lying as the convolution stores. */
static graft_status addend_value(graft_plan_builder *builder, int node, const graft_dnn_layout *destination,
                                 graft_plan_value input, graft_plan_value *out) {
    const graft_plan_node *planned = &builder->nodes[node];
    const int producer = graft_builder_resolve(builder, planned->addend);
    const graft_dnn_layout *layout;
    graft_dnn_op *op;
    const graft_dnn_unit unit = addend_unit(builder, planned);
    GRAFT_TRY(typed(builder, destination, &unit, &layout));
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
    GRAFT_TRY(typed(builder, input.layout, &builder->nodes[producer].unit, &convolution->source));
    convolution->posts = planned->posts;
    convolution->unit = planned->stores_int8 ? planned->unit : (graft_dnn_unit){.unit = 0.0F};
    for (int i = 0; i < convolution->posts.count; i++) {
        graft_dnn_post *post = &convolution->posts.item[i];
        if (post->kind != GRAFT_DNN_POST_ADD) continue;
        const int addend = graft_builder_resolve(builder, planned->addend);
        const graft_dnn_unit unit = addend_unit(builder, planned);
        post->kind = GRAFT_DNN_POST_SUM;
        GRAFT_TRY(typed(builder, builder->nodes[addend].value.layout, &unit, &post->layout));
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
