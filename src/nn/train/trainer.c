/* From a graph to steps: what is needed, what learns, where gradients must flow. */
#include "nn/ops/ops.h"
#include "nn/train/train-internal.h"
#include <string.h>

static bool is_statistic(const graft_node *node, int param) {
    const char *name = node->params[param].name;
    return node->op == &graft_op_batchnorm && (strcmp(name, "mean") == 0 || strcmp(name, "variance") == 0);
}

bool graft_trainer_learns(const graft_trainer *trainer, int node) {
    const graft_train_node *at = &trainer->nodes[node];
    if (!at->needed || !at->trainable) return false;
    return at->node->op != &graft_op_batchnorm || trainer->options->batchnorm != GRAFT_BATCHNORM_FROZEN;
}

bool graft_trainer_is_fixed_affine(const graft_trainer *trainer, int node) {
    const graft_op *op = trainer->nodes[node].node->op;
    return (op == &graft_op_batchnorm || op == &graft_op_scale_shift) && !graft_trainer_learns(trainer, node);
}

int graft_train_param_index(const graft_node *node, const char *name) {
    for (int i = 0; i < node->param_count; i++)
        if (strcmp(node->params[i].name, name) == 0) return i;
    return -1;
}

/* ---- opening ---- */

static graft_status open_node(graft_trainer *trainer, int index) {
    graft_train_node *at = &trainer->nodes[index];
    at->node = graft_graph_node(trainer->graph, index);
    at->into = index;
    at->affine = at->activation = at->scale = at->shift = -1;
    at->value.buffer = at->gradient.buffer = at->again.buffer = -1;
    for (int i = 0; i < GRAFT_TRAIN_PARAMS; i++)
        at->segments[i] = -1;
    at->trainable = trainer->options->trainable == NULL || trainer->options->trainable[index];
    at->inputs = graft_allocate((size_t)at->node->input_count, sizeof *at->inputs);
    trainer->plan->names[index] = graft_text_copy(at->node->name);
    if (at->inputs == NULL || trainer->plan->names[index] == NULL) return graft_fail_memory("a training plan");
    for (int k = 0; k < at->node->input_count; k++)
        at->inputs[k] = at->node->inputs[k];
    return GRAFT_OK;
}

/* Marks what the output depends on; its parameters must have values. */
static graft_status mark_needed(graft_trainer *trainer) {
    trainer->nodes[trainer->output].needed = true;
    trainer->nodes[graft_graph_input(trainer->graph)].needed = true;
    for (int i = trainer->count - 1; i >= 0; i--) {
        const graft_node *node = trainer->nodes[i].node;
        if (!trainer->nodes[i].needed) continue;
        for (int k = 0; k < node->input_count; k++)
            trainer->nodes[node->inputs[k]].needed = true;
        for (int p = 0; p < node->param_count; p++)
            if (node->params[p].value == NULL)
                return graft_fail(
                    GRAFT_E_DATA,
                    "%s: parameter %s has no value, expected the weights to be loaded or initialised first", node->name,
                    node->params[p].name);
        if (node->op->train_forward == NULL)
            return graft_fail(GRAFT_E_DATA, "%s: a layer of kind %s cannot be trained", node->name, node->op->name);
    }
    return GRAFT_OK;
}

static graft_status add_segment(graft_trainer *trainer, int node, int param) {
    graft_train_plan *plan = trainer->plan;
    graft_parameters *all = &plan->parameters;
    const graft_param *from = &trainer->nodes[node].node->params[param];
    if (!graft_reserve(&plan->segments, &plan->segment_capacity, (size_t)all->segment_count + 1,
                       sizeof *plan->segments))
        return graft_fail_memory("a training plan");
    plan->segments[all->segment_count] =
        (graft_parameter_segment){.node = plan->names[node],
                                  .node_index = node,
                                  .name = from->name,
                                  .offset = all->count,
                                  .count = (size_t)graft_shape_count(&from->shape),
                                  .rows = (size_t)from->shape.dim[0],
                                  .decays = strcmp(from->name, "kernel") == 0 || strcmp(from->name, "recurrent") == 0};
    trainer->nodes[node].segments[param] = all->segment_count;
    all->count += plan->segments[all->segment_count++].count;
    return GRAFT_OK;
}

/* The names of parameters are the ops' own: they outlive the graph. */
static const char *lasting_name(const char *name) {
    static const char *const names[] = {"kernel", "bias",      "gamma",          "beta", "scale",
                                        "shift",  "recurrent", "recurrent_bias", "table"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0) return names[i];
    return NULL;
}

static graft_status list_parameters(graft_trainer *trainer) {
    graft_train_plan *plan = trainer->plan;
    for (int i = 0; i < trainer->count; i++) {
        const graft_node *node = trainer->nodes[i].node;
        if (!graft_trainer_learns(trainer, i)) continue;
        if (node->param_count > GRAFT_TRAIN_PARAMS)
            return graft_fail(GRAFT_E_INTERNAL, "%s: %d parameters, expected at most %d", node->name, node->param_count,
                              GRAFT_TRAIN_PARAMS);
        for (int p = 0; p < node->param_count; p++) {
            if (is_statistic(node, p)) continue;
            GRAFT_TRY(add_segment(trainer, i, p));
            graft_parameter_segment *segment = &plan->segments[plan->parameters.segment_count - 1];
            segment->name = lasting_name(segment->name);
            if (segment->name == NULL)
                return graft_fail(GRAFT_E_INTERNAL, "%s: an unknown kind of parameter", node->name);
        }
    }
    plan->parameters.segments = plan->segments;
    return GRAFT_OK;
}

static void mark_gradients(graft_trainer *trainer) {
    for (int i = 0; i < trainer->count; i++) {
        graft_train_node *at = &trainer->nodes[i];
        if (!at->needed) continue;
        for (int p = 0; p < GRAFT_TRAIN_PARAMS; p++)
            at->learned_before |= at->segments[p] >= 0;
        at->needs_gradient =
            at->learned_before || (i == graft_graph_input(trainer->graph) && trainer->options->input_gradient);
        for (int k = 0; k < at->node->input_count; k++) {
            at->needs_gradient |= trainer->nodes[at->node->inputs[k]].needs_gradient;
            at->learned_before |= trainer->nodes[at->node->inputs[k]].learned_before;
        }
    }
}

/* Buffers that last: parameters, their gradients, what the caller fills and reads. */
static graft_status place_lasting(graft_trainer *trainer) {
    graft_train_plan *plan = trainer->plan;
    const size_t batch = (size_t)plan->batch * sizeof(float), floats = plan->parameters.count * sizeof(float);
    size_t channels = 1;
    for (int i = 0; i < trainer->count; i++)
        if (trainer->nodes[i].node->output.dim[0] > (int64_t)channels)
            channels = (size_t)trainer->nodes[i].node->output.dim[0];
    GRAFT_TRY(graft_trainer_buffer(trainer, floats, true, &plan->values));
    GRAFT_TRY(graft_trainer_buffer(trainer, floats, true, &plan->gradients));
    GRAFT_TRY(graft_trainer_buffer(trainer, 0, true, &plan->moving));
    GRAFT_TRY(graft_trainer_buffer(trainer, plan->input_size * batch, true, &plan->input));
    GRAFT_TRY(graft_trainer_buffer(trainer, plan->output_size * batch, true, &plan->output_gradient));
    GRAFT_TRY(graft_trainer_buffer(trainer, channels * sizeof(float), true, &trainer->zeros));
    return graft_trainer_buffer(trainer, channels * sizeof(float), true, &trainer->ones);
}

graft_status graft_trainer_open(graft_trainer *trainer, graft_train_plan *plan, const graft_graph *graph,
                                const graft_train_plan_options *options) {
    const int count = graft_graph_count(graph), last = graft_graph_output(graph);
    *trainer = (graft_trainer){.graph = graph,
                               .options = options,
                               .plan = plan,
                               .output = last,
                               .serves = GRAFT_FOR_PARAMETERS | GRAFT_FOR_INPUT};
    trainer->nodes = graft_allocate_zero((size_t)count, sizeof *trainer->nodes);
    plan->names = graft_allocate_zero((size_t)count, sizeof *plan->names);
    if (trainer->nodes == NULL || plan->names == NULL) return graft_fail_memory("a training plan");
    trainer->count = plan->node_count = count;
    for (int i = 0; i < count; i++)
        GRAFT_TRY(open_node(trainer, i));
    /* Losses work on logits. */
    if (trainer->nodes[last].node->op == &graft_op_softmax) trainer->output = trainer->nodes[last].inputs[0];
    plan->input_size = (size_t)graft_shape_count(&graft_graph_node(graph, graft_graph_input(graph))->output);
    plan->output_size = (size_t)graft_shape_count(&trainer->nodes[trainer->output].node->output);
    GRAFT_TRY(mark_needed(trainer));
    GRAFT_TRY(list_parameters(trainer));
    mark_gradients(trainer);
    return place_lasting(trainer);
}

void graft_trainer_close(graft_trainer *trainer) {
    for (int i = 0; i < trainer->count; i++)
        graft_release(trainer->nodes[i].inputs);
    graft_release(trainer->nodes);
    graft_release(trainer->holders);
}

/* ---- emitting ---- */

static bool is_emitted(const graft_trainer *trainer, int node) {
    return trainer->nodes[node].needed && trainer->nodes[node].into == node;
}

static graft_status emit_forward(graft_trainer *trainer) {
    for (int i = 0; i < trainer->count; i++) {
        const graft_node *node = trainer->nodes[i].node;
        if (!is_emitted(trainer, i)) continue;
        graft_status status = node->op->train_forward(trainer, i);
        if (status != GRAFT_OK) return graft_fail_in(status, "%s (%s)", node->name, node->op->name);
    }
    return GRAFT_OK;
}

static int resolve(const graft_trainer *trainer, int node) {
    while (trainer->nodes[node].into != node)
        node = trainer->nodes[node].into;
    return node;
}

/* The output is plain and stays; its gradient is the caller's to fill and must not be written over. */
static graft_status emit_output(graft_trainer *trainer, int output) {
    graft_train_plan *plan = trainer->plan;
    graft_train_node *at = &trainer->nodes[output];
    graft_plan_value plain;
    GRAFT_TRY(graft_trainer_plain(trainer, output, at->value, &plain));
    plan->buffers[plain.buffer].last = GRAFT_NEVER;
    plan->output = plain.buffer;
    GRAFT_TRY(graft_trainer_tap_values(trainer));
    plan->forward_count = plan->step_count;
    if (!at->needs_gradient) return GRAFT_OK;
    trainer->holders[plan->output_gradient] = 1;
    plain.buffer = plan->output_gradient;
    GRAFT_TRY(graft_trainer_relayout(trainer, output, plain, at->value.layout, &at->gradient));
    at->gradient.layout = at->value.layout;
    trainer->holders[at->gradient.buffer]++;
    return graft_trainer_tap_gradients(trainer);
}

static graft_status emit_backward(graft_trainer *trainer) {
    for (int i = trainer->count - 1; i >= 0; i--) {
        const graft_train_node *at = &trainer->nodes[i];
        if (!is_emitted(trainer, i) || !at->needs_gradient) continue;
        trainer->serves = graft_trainer_served(trainer, i);
        graft_status status = at->node->op->train_backward(trainer, i);
        if (status != GRAFT_OK) return graft_fail_in(status, "%s (%s)", at->node->name, at->node->op->name);
        trainer->holders[at->gradient.buffer]--;
    }
    return GRAFT_OK;
}

graft_status graft_trainer_emit_all(graft_trainer *trainer) {
    graft_train_plan *plan = trainer->plan;
    GRAFT_TRY(emit_forward(trainer));
    GRAFT_TRY(emit_output(trainer, resolve(trainer, trainer->output)));
    GRAFT_TRY(emit_backward(trainer));
    plan->buffers[plan->moving].bytes = plan->statistic_floats * sizeof(float);
    /* Weights are packed between steps, when what steps leave behind is no longer needed. */
    GRAFT_TRY(graft_trainer_buffer(trainer, trainer->staging_bytes, false, &plan->staging));
    return graft_trainer_buffer(trainer, plan->scratch_bytes, false, &plan->scratch);
}
