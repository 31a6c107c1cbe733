/* What prepare functions call: values, views, steps. */
#include "nn/plan-internal.h"
#include <string.h>

const graft_plan_node *graft_builder_node(const graft_plan_builder *builder, int node) {
    return &builder->nodes[node];
}

graft_plan_value graft_builder_input(const graft_plan_builder *builder, int node, int k) {
    return graft_builder_value(builder, graft_builder_producer(builder, node, k), builder->nodes[node].int8);
}

graft_dnn_shape graft_builder_shape(const graft_plan_builder *builder, const graft_shape *sample) {
    graft_dnn_shape shape = {{builder->plan->segments[builder->plan->segment_count - 1].micro, 1, 1, 1}};
    for (int i = 0; i < sample->rank; i++)
        shape.dim[1 + i] = sample->dim[i];
    return shape;
}

bool graft_builder_dies(const graft_plan_builder *builder, graft_plan_value value, int node) {
    return builder->plan->buffers[value.buffer].last_reader <= node;
}

static graft_status new_buffer(graft_plan *plan, const graft_dnn_layout *layout, int node, int *out) {
    if (!graft_reserve(&plan->buffers, &plan->buffer_capacity, plan->buffer_count + 1, sizeof *plan->buffers))
        return graft_fail_memory("a plan");
    const int step = (int)plan->step_count;
    plan->buffers[plan->buffer_count] = (graft_plan_buffer){.bytes = graft_dnn_layout_bytes(layout),
                                                            .samples = (int)graft_dnn_layout_shape(layout).dim[0],
                                                            .first = step,
                                                            .last = step,
                                                            .last_reader = node};
    *out = (int)plan->buffer_count++;
    return GRAFT_OK;
}

static char *label_of(const graft_plan_node *planned, const char *what, const graft_dnn_op *op) {
    const graft_dnn_layout *to = graft_dnn_op_destination(op);
    const graft_dnn_shape shape = graft_dnn_layout_shape(to);
    char from_text[GRAFT_DNN_LAYOUT_TEXT], to_text[GRAFT_DNN_LAYOUT_TEXT];
    return graft_text_format("%s %s %lldx%lldx%lld %s>%s %s x%lld", what == NULL ? planned->label : what,
                             planned->node->name, (long long)shape.dim[1], (long long)shape.dim[2],
                             (long long)shape.dim[3], graft_dnn_layout_text(graft_dnn_op_source(op, 0), from_text),
                             graft_dnn_layout_text(to, to_text), graft_dnn_op_implementation(op),
                             (long long)shape.dim[0]);
}

/* Appends a step that owns `op`; its destination is settled by the caller. */
static graft_status new_step(graft_plan_builder *builder, int node, const char *what, graft_dnn_op *op,
                             graft_plan_step **out) {
    graft_plan *plan = builder->plan;
    if (!graft_reserve(&plan->steps, &plan->step_capacity, plan->step_count + 1, sizeof *plan->steps)) {
        graft_dnn_op_free(op);
        return graft_fail_memory("a plan");
    }
    graft_plan_step *step = &plan->steps[plan->step_count++];
    *step = (graft_plan_step){.op = op, .source_count = graft_dnn_op_source_count(op)};
    step->sources = graft_allocate((size_t)step->source_count, sizeof *step->sources);
    step->label = label_of(&builder->nodes[node], what, op);
    step->name = graft_text_copy(builder->nodes[node].node->name);
    if (step->sources == NULL || step->label == NULL || step->name == NULL) return graft_fail_memory("a plan");
    const size_t scratch = graft_dnn_op_scratch_bytes(op);
    if (scratch > plan->scratch_bytes) plan->scratch_bytes = scratch;
    plan->weight_bytes += graft_dnn_op_constant_bytes(op);
    *out = step;
    return GRAFT_OK;
}

graft_status graft_builder_emit(graft_plan_builder *builder, int node, const char *what, graft_dnn_op *op,
                                const graft_plan_value *sources, int in_place, graft_plan_value *out) {
    graft_plan *plan = builder->plan;
    const int index = (int)plan->step_count;
    graft_plan_step *step = NULL;
    int destination = in_place < 0 ? -1 : sources[in_place].buffer;
    if (destination < 0) {
        graft_status status = new_buffer(plan, graft_dnn_op_destination(op), node, &destination);
        if (status != GRAFT_OK) {
            graft_dnn_op_free(op);
            return status;
        }
    }
    GRAFT_TRY(new_step(builder, node, what, op, &step));
    step->destination = destination;
    for (int i = 0; i < step->source_count; i++) {
        step->sources[i] = sources[i].buffer;
        if (plan->buffers[sources[i].buffer].last < index) plan->buffers[sources[i].buffer].last = index;
    }
    if (plan->buffers[destination].last < index) plan->buffers[destination].last = index;
    *out = (graft_plan_value){graft_dnn_op_destination(op), destination};
    return GRAFT_OK;
}

/* The value fills a buffer of its own, which nothing reads or writes after `node`. */
static bool is_movable(const graft_plan_builder *builder, graft_plan_value value, int node) {
    const graft_plan_buffer *buffer = &builder->plan->buffers[value.buffer];
    return buffer->host == 0 && !buffer->whole && buffer->samples == 1 &&
           buffer->bytes == graft_dnn_layout_bytes(value.layout) && graft_dnn_layout_stacks(value.layout) &&
           graft_builder_dies(builder, value, node);
}

graft_status graft_builder_stack(graft_plan_builder *builder, int node, const graft_dnn_layout *layout,
                                 graft_plan_value *out) {
    graft_plan *plan = builder->plan;
    const int count = builder->nodes[node].node->input_count;
    size_t bytes = 0;
    int host;
    *out = (graft_plan_value){NULL, -1};
    for (int k = 0; k < count; k++) {
        const graft_plan_value value = graft_builder_input(builder, node, k);
        if (!is_movable(builder, value, node)) return GRAFT_OK;
        for (int other = 0; other < k; other++)
            if (graft_builder_input(builder, node, other).buffer == value.buffer) return GRAFT_OK;
        bytes += graft_dnn_layout_bytes(value.layout);
    }
    if (bytes != graft_dnn_layout_bytes(layout)) return GRAFT_OK;
    GRAFT_TRY(new_buffer(plan, layout, node, &host));
    size_t shift = 0;
    for (int k = 0; k < count; k++) {
        graft_plan_buffer *part = &plan->buffers[graft_builder_input(builder, node, k).buffer];
        part->host = host + 1;
        part->shift = shift;
        shift += part->bytes;
        if (part->first < plan->buffers[host].first) plan->buffers[host].first = part->first;
    }
    *out = (graft_plan_value){layout, host};
    return GRAFT_OK;
}

graft_status graft_builder_finish(graft_plan_builder *builder, int node, graft_dnn_op *op,
                                  const graft_plan_value *sources, int in_place) {
    graft_plan_value value;
    GRAFT_TRY(graft_builder_emit(builder, node, NULL, op, sources, in_place, &value));
    graft_builder_set(builder, node, value);
    return GRAFT_OK;
}

graft_status graft_builder_binary(graft_plan_builder *builder, int node, graft_dnn_binary_kind kind,
                                  const graft_plan_value operands[2], const graft_dnn_posts *posts, bool in_place,
                                  graft_plan_value *out) {
    const graft_dnn_posts none = {.count = 0};
    const bool apart = posts->count > 0 && graft_dnn_layout_is_padded(operands[0].layout);
    graft_dnn_op *op;
    GRAFT_TRY(graft_dnn_binary_new(builder->plan->engine, kind, operands[0].layout, operands[1].layout,
                                   apart ? &none : posts, &op));
    GRAFT_TRY(graft_builder_emit(builder, node, NULL, op, operands, in_place ? 0 : -1, out));
    if (!apart) return GRAFT_OK;
    const graft_plan_value sum = *out;
    GRAFT_TRY(graft_dnn_elementwise_new(builder->plan->engine, sum.layout, posts, &op));
    return graft_builder_emit(builder, node, NULL, op, &sum, 0, out);
}

graft_status graft_builder_keep(graft_plan_builder *builder, graft_dnn_layout *layout) {
    graft_plan *plan = builder->plan;
    if (!graft_reserve(&plan->layouts, &plan->layout_capacity, plan->layout_count + 1, sizeof *plan->layouts)) {
        graft_dnn_layout_free(layout);
        return graft_fail_memory("a plan");
    }
    plan->layouts[plan->layout_count++] = layout;
    return GRAFT_OK;
}

graft_status graft_builder_view(graft_plan_builder *builder, graft_plan_value value, graft_dnn_layout *layout,
                                graft_plan_value *out) {
    GRAFT_TRY(graft_builder_keep(builder, layout));
    *out = (graft_plan_value){layout, value.buffer};
    return GRAFT_OK;
}

graft_status graft_builder_relayout(graft_plan_builder *builder, int node, graft_plan_value value,
                                    const graft_dnn_layout *layout, graft_plan_value *out) {
    graft_dnn_op *op;
    *out = value;
    if (graft_dnn_layout_same(value.layout, layout)) return GRAFT_OK;
    GRAFT_TRY(graft_dnn_reorder_new(builder->plan->engine, value.layout, layout, &op));
    return graft_builder_emit(builder, node, "reorder", op, &value, -1, out);
}

graft_status graft_builder_plain(graft_plan_builder *builder, int node, graft_plan_value value, graft_plan_value *out) {
    const graft_dnn_shape shape = graft_dnn_layout_shape(value.layout);
    graft_dnn_layout *layout;
    GRAFT_TRY(graft_dnn_layout_plain(&shape, &layout));
    GRAFT_TRY(graft_builder_keep(builder, layout));
    return graft_builder_relayout(builder, node, value, layout, out);
}

graft_status graft_builder_place_input(graft_plan_builder *builder, int node) {
    graft_plan *plan = builder->plan;
    const graft_shape *sample = &builder->nodes[node].node->output;
    const graft_dnn_shape shape = graft_builder_shape(builder, sample);
    graft_dnn_layout *layout;
    if (!graft_reserve(&plan->buffers, &plan->buffer_capacity, 1, sizeof *plan->buffers))
        return graft_fail_memory("a plan");
    GRAFT_TRY(graft_dnn_layout_plain(&shape, &layout));
    GRAFT_TRY(graft_builder_keep(builder, layout));
    plan->buffers[plan->buffer_count++] = (graft_plan_buffer){.bytes = graft_dnn_layout_bytes(layout),
                                                              .samples = (int)shape.dim[0],
                                                              .whole = true,
                                                              .first = -1,
                                                              .last = GRAFT_NEVER,
                                                              .last_reader = GRAFT_NEVER};
    plan->input_buffer = 0;
    plan->input_size = (size_t)graft_shape_count(sample);
    builder->nodes[node].value = (graft_plan_value){layout, 0};
    return GRAFT_OK;
}
