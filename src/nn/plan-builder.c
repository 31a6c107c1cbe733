/* The nodes of a plan under construction: what is needed, what is folded into what. */
#include "nn/plan-internal.h"
#include <string.h>

static graft_status missing(const graft_node *node) {
    for (int i = 0; i < node->param_count; i++)
        if (node->params[i].value == NULL)
            return graft_fail(GRAFT_E_DATA, "%s: parameter %s has no value, expected the weights to be loaded first",
                              node->name, node->params[i].name);
    return GRAFT_OK;
}

/* Primitives work on C,H,W or what has fewer dimensions, and on something. */
static graft_status check_shape(const graft_node *node) {
    char text[GRAFT_SHAPE_TEXT];
    if (node->output.rank <= 3 && graft_shape_count(&node->output) > 0) return GRAFT_OK;
    return graft_fail(GRAFT_E_DATA, "%s (%s): shape %s, expected 1 to 3 dimensions of at least 1", node->name,
                      node->op->name, graft_shape_text(&node->output, text));
}

/* Marks what the outputs depend on. */
void graft_builder_mark_needed(graft_plan_builder *builder) {
    for (int i = 0; i < builder->count; i++)
        builder->nodes[i].needed = builder->nodes[i].wanted;
    for (int i = builder->count - 1; i >= 0; i--) {
        const graft_plan_node *planned = &builder->nodes[i];
        if (!planned->needed) continue;
        if (planned->into != i) {
            builder->nodes[planned->into].needed = true;
            continue;
        }
        for (int k = 0; k < planned->node->input_count; k++)
            builder->nodes[graft_builder_resolve(builder, planned->inputs[k])].needed = true;
        if (planned->addend >= 0) builder->nodes[graft_builder_resolve(builder, planned->addend)].needed = true;
    }
    builder->nodes[graft_graph_input(builder->graph)].needed = true;
}

static graft_status open_node(graft_plan_node *planned, const graft_node *node, int index) {
    planned->node = node;
    planned->into = index;
    planned->addend = -1;
    planned->value.buffer = planned->other.buffer = -1;
    planned->inputs = graft_allocate((size_t)node->input_count, sizeof *planned->inputs);
    planned->label = graft_text_copy(node->op->name);
    if (planned->inputs == NULL || planned->label == NULL) return graft_fail_memory("a plan");
    if (node->input_count > 0)
        memcpy(planned->inputs, node->inputs, (size_t)node->input_count * sizeof *planned->inputs);
    return GRAFT_OK;
}

graft_status graft_builder_open(graft_plan_builder *builder, const graft_graph *graph, graft_plan *plan,
                                const int *outputs, int output_count) {
    const int count = graft_graph_count(graph);
    *builder = (graft_plan_builder){.graph = graph, .plan = plan};
    if (graft_graph_input(graph) < 0)
        return graft_fail(GRAFT_E_DATA, "%s: no input node, expected one", graft_graph_name(graph));
    builder->nodes = graft_allocate_zero((size_t)count, sizeof *builder->nodes);
    if (builder->nodes == NULL) return graft_fail_memory("a plan");
    builder->count = count;
    for (int i = 0; i < count; i++)
        GRAFT_TRY(open_node(&builder->nodes[i], graft_graph_node(graph, i), i));
    for (int i = 0; i < output_count; i++) {
        if (outputs[i] < 0 || outputs[i] >= count)
            return graft_fail(GRAFT_E_USAGE, "%s: output %d, expected one of the %d nodes", graft_graph_name(graph),
                              outputs[i], count);
        builder->nodes[outputs[i]].wanted = true;
    }
    graft_builder_mark_needed(builder);
    for (int i = 0; i < count; i++)
        if (builder->nodes[i].needed) {
            GRAFT_TRY(check_shape(builder->nodes[i].node));
            GRAFT_TRY(missing(builder->nodes[i].node));
        }
    return GRAFT_OK;
}

void graft_builder_close(graft_plan_builder *builder) {
    for (int i = 0; i < builder->count; i++) {
        graft_release(builder->nodes[i].inputs);
        graft_release(builder->nodes[i].label);
        graft_affine_free(&builder->nodes[i].before);
        graft_affine_free(&builder->nodes[i].after);
    }
    graft_release(builder->nodes);
}

int graft_builder_resolve(const graft_plan_builder *builder, int node) {
    while (builder->nodes[node].into != node)
        node = builder->nodes[node].into;
    return node;
}

int graft_builder_producer(const graft_plan_builder *builder, int node, int k) {
    return graft_builder_resolve(builder, builder->nodes[node].inputs[k]);
}

int graft_builder_readers(const graft_plan_builder *builder, int node) {
    int readers = builder->nodes[node].wanted;
    for (int i = node + 1; i < builder->count; i++) {
        const graft_plan_node *planned = &builder->nodes[i];
        if (!planned->needed || planned->into != i) continue;
        for (int k = 0; k < planned->node->input_count; k++)
            readers += graft_builder_producer(builder, i, k) == node;
        readers += planned->addend >= 0 && graft_builder_resolve(builder, planned->addend) == node;
    }
    return readers;
}

graft_status graft_builder_label(graft_plan_builder *builder, int node, const char *what, bool before) {
    char **label = &builder->nodes[node].label;
    char *joined = before ? graft_text_format("%s+%s", what, *label) : graft_text_format("%s+%s", *label, what);
    if (joined == NULL) return graft_fail_memory("a plan");
    graft_release(*label);
    *label = joined;
    return GRAFT_OK;
}

graft_status graft_builder_fold(graft_plan_builder *builder, int node, int host, const char *what) {
    if (what != NULL) GRAFT_TRY(graft_builder_label(builder, host, what, false));
    builder->nodes[node].into = host;
    builder->nodes[host].wanted |= builder->nodes[node].wanted;
    return GRAFT_OK;
}

/* The last node that reads `node`'s value. */
static int last_reader(const graft_plan_builder *builder, int node) {
    if (builder->nodes[node].wanted) return GRAFT_NEVER;
    int last = node;
    for (int i = node + 1; i < builder->count; i++) {
        const graft_plan_node *planned = &builder->nodes[i];
        if (!planned->needed || planned->into != i) continue;
        for (int k = 0; k < planned->node->input_count; k++)
            if (graft_builder_producer(builder, i, k) == node) last = i;
        if (planned->addend >= 0 && graft_builder_resolve(builder, planned->addend) == node) last = i;
    }
    return last;
}

void graft_builder_set(graft_plan_builder *builder, int node, graft_plan_value value) {
    graft_plan_buffer *buffer = &builder->plan->buffers[value.buffer];
    const int last = last_reader(builder, node);
    builder->nodes[node].value = value;
    if (last > buffer->last_reader) buffer->last_reader = last;
}

void graft_builder_set_other(graft_plan_builder *builder, int node) {
    graft_plan_buffer *buffer = &builder->plan->buffers[builder->nodes[node].other.buffer];
    const int last = last_reader(builder, node);
    if (last > buffer->last_reader) buffer->last_reader = last;
}

/* The values of the outputs, each row-major as soon as it is there. */
static graft_status emit_outputs(graft_plan_builder *builder, int node, const int *outputs) {
    graft_plan *plan = builder->plan;
    if (!builder->nodes[node].wanted) return GRAFT_OK;
    graft_plan_value value;
    GRAFT_TRY(graft_builder_plain(builder, node, builder->nodes[node].value, &value));
    plan->buffers[value.buffer].last = plan->buffers[value.buffer].last_reader = GRAFT_NEVER;
    plan->buffers[value.buffer].whole = true;
    for (int i = 0; i < plan->output_count; i++)
        if (graft_builder_resolve(builder, outputs[i]) == node) plan->outputs[i].buffer = value.buffer;
    return GRAFT_OK;
}

graft_status graft_builder_emit_all(graft_plan_builder *builder, const int *outputs) {
    graft_builder_mark_needed(builder);
    graft_builder_settle_micro(builder);
    if (builder->quantization != NULL) graft_builder_settle_int8(builder);
    for (int i = 0; i < builder->count; i++) {
        const graft_plan_node *planned = &builder->nodes[i];
        if (!planned->needed || planned->into != i) continue;
        const graft_node *node = planned->node;
        graft_status status = graft_builder_enter(builder, i);
        if (status == GRAFT_OK) status = graft_builder_floats(builder, i);
        if (status == GRAFT_OK) status = node->op->prepare(builder, i);
        if (status == GRAFT_OK) status = emit_outputs(builder, i, outputs);
        if (status != GRAFT_OK) return graft_fail_in(status, "%s (%s)", node->name, node->op->name);
    }
    graft_builder_finish_segments(builder);
    return GRAFT_OK;
}
