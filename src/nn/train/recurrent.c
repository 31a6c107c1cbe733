/* Training of gru and lstm. */
#include "dnn/recurrent.h"
#include "nn/ops/ops.h"
#include "nn/train/train-internal.h"

/* Places of a step; what is not there has a place of zeros and a bit missing. Going forward the first ten. */
enum {
    SERIES,
    MASK,
    INITIAL,
    KERNEL,
    RECURRENT,
    BIAS,
    RECURRENT_BIAS,
    KEPT,
    STATES,
    SCRATCH, /* is the result going forward with the last state alone: */
    GRADIENT,
    BY_SERIES,
    BY_INITIAL,
    BY_WEIGHTS, /* kernel's gradient; the other parameters' follow it */
    PLACES,
    RESULT = GRADIENT
};

enum { KEPT_SERIES, KEPT_MASK, KEPT_INITIAL, KEPT_WEIGHTS, KEPT_GATES, KEPT_STATES };
/* kept[KEPT_WEIGHTS].buffer is the first of the parameters' buffers, which follow each other. */

static int64_t shape_integer(const graft_dnn_recurrence *r) {
    return r->inputs * ((int64_t)1 << 32) + r->units;
}

static graft_dnn_recurrence recurrence_of(const graft_train_plan *plan, const graft_train_step *step) {
    const unsigned flags = (unsigned)step->number[1];
    return (graft_dnn_recurrence){.lstm = (flags & 1U) != 0,
                                  .backwards = (flags & 2U) != 0,
                                  .samples = plan->batch,
                                  .steps = (int64_t)step->number[0],
                                  .inputs = step->integer >> 32,
                                  .units = step->integer & 0xFFFFFFFF};
}

static float *memory_of(const graft_train_step *step, int place) {
    return (step->count >> place & 1) != 0 ? step->memory[place] : NULL;
}

static graft_dnn_recurrence_memory memory_of_step(const graft_train_step *step) {
    return (graft_dnn_recurrence_memory){.x = step->memory[SERIES],
                                         .mask = memory_of(step, MASK),
                                         .initial = memory_of(step, INITIAL),
                                         .kernel = step->memory[KERNEL],
                                         .recurrent = step->memory[RECURRENT],
                                         .bias = step->memory[BIAS],
                                         .recurrent_bias = step->memory[RECURRENT_BIAS],
                                         .kept = step->memory[KEPT],
                                         .states = step->memory[STATES],
                                         .scratch = step->memory[SCRATCH]};
}

static bool gives_sequence(const graft_train_step *step) {
    return ((unsigned)step->number[1] & 4U) != 0;
}

static graft_status forward(const graft_train_plan *plan, const graft_train_step *step) {
    const graft_dnn_recurrence r = recurrence_of(plan, step);
    const graft_dnn_recurrence_memory m = memory_of_step(step);
    GRAFT_TRY(graft_dnn_recurrence_forward(&r, &m));
    if (!gives_sequence(step)) graft_dnn_recurrence_last(&r, m.states, step->memory[RESULT]);
    return GRAFT_OK;
}

static graft_status backward(const graft_train_plan *plan, const graft_train_step *step) {
    const graft_dnn_recurrence r = recurrence_of(plan, step);
    const graft_dnn_recurrence_memory m = memory_of_step(step);
    const int64_t rows = graft_dnn_recurrence_gates(&r) * r.units;
    graft_dnn_recurrence_gradients g = {.x = memory_of(step, BY_SERIES), .initial = memory_of(step, BY_INITIAL)};
    if (gives_sequence(step))
        g.states = step->memory[GRADIENT];
    else
        g.last = step->memory[GRADIENT];
    if (plan->serving & GRAFT_FOR_PARAMETERS) g.kernel = memory_of(step, BY_WEIGHTS);
    if (g.kernel != NULL) {
        g.recurrent = g.kernel + rows * r.inputs;
        g.bias = g.recurrent + rows * r.units;
        if (!r.lstm) g.recurrent_bias = g.bias + rows;
    }
    return graft_dnn_recurrence_backward(&r, &m, &g);
}

/* ---- emitting ---- */

static graft_dnn_recurrence shape_of(const graft_trainer *trainer, int node) {
    const graft_node *at = graft_trainer_node(trainer, node)->node;
    const graft_recurrent_attributes *a = at->attributes;
    const graft_shape *series = &graft_graph_node(trainer->graph, at->inputs[0])->output;
    return (graft_dnn_recurrence){.lstm = at->op == &graft_op_lstm,
                                  .backwards = a->backwards,
                                  .samples = trainer->plan->batch,
                                  .steps = series->dim[2],
                                  .inputs = series->dim[0],
                                  .units = a->units};
}

static graft_status buffer(graft_trainer *trainer, int64_t floats, int *out) {
    return graft_trainer_buffer(trainer, (size_t)floats * sizeof(float), false, out);
}

/* What forward and backward have in common. */
static graft_status open_step(graft_trainer *trainer, int node, graft_train_step *step) {
    const graft_train_node *at = graft_trainer_node(trainer, node);
    const graft_recurrent_attributes *a = at->node->attributes;
    const graft_dnn_recurrence r = shape_of(trainer, node);
    const bool lstm = r.lstm;
    *step =
        (graft_train_step){.what = "recurrent layer",
                           .node = node,
                           .count = (size_t)a->masked << MASK | (size_t)a->initial << INITIAL,
                           .number = {(double)r.steps, (lstm ? 1 : 0) + (a->backwards ? 2 : 0) + (a->sequence ? 4 : 0)},
                           .integer = shape_integer(&r),
                           .place_count = PLACES};
    for (int i = 0; i < PLACES; i++)
        step->places[i] = graft_place_of(trainer->zeros);
    step->places[SERIES] = graft_place(at->kept[KEPT_SERIES]);
    if (a->masked) step->places[MASK] = graft_place(at->kept[KEPT_MASK]);
    if (a->initial) step->places[INITIAL] = graft_place(at->kept[KEPT_INITIAL]);
    for (int i = 0; i < at->node->param_count; i++)
        step->places[KERNEL + i] = graft_place_of(at->kept[KEPT_WEIGHTS].buffer + i);
    step->places[KEPT] = graft_place(at->kept[KEPT_GATES]);
    step->places[STATES] = graft_place(at->kept[KEPT_STATES]);
    return buffer(trainer, (int64_t)graft_dnn_recurrence_scratch(&r), &step->places[SCRATCH].buffer);
}

static graft_status gather(graft_trainer *trainer, int node) {
    graft_train_node *at = graft_trainer_node(trainer, node);
    const graft_recurrent_attributes *a = at->node->attributes;
    int k = 1;
    GRAFT_TRY(
        graft_trainer_channels_last(trainer, node, graft_trainer_input(trainer, node, 0), &at->kept[KEPT_SERIES]));
    if (a->masked) {
        const graft_plan_value mask = graft_trainer_input(trainer, node, k++);
        GRAFT_TRY(graft_trainer_plain(trainer, node, mask, &at->kept[KEPT_MASK]));
    }
    if (!a->initial) return GRAFT_OK;
    return graft_trainer_plain(trainer, node, graft_trainer_input(trainer, node, k), &at->kept[KEPT_INITIAL]);
}

static graft_status pack_weights(graft_trainer *trainer, int node) {
    graft_train_node *at = graft_trainer_node(trainer, node);
    for (int i = 0; i < at->node->param_count; i++) {
        int place;
        GRAFT_TRY(graft_trainer_vector(trainer, node, at->node->params[i].name, &place));
        if (i == 0) at->kept[KEPT_WEIGHTS].buffer = place;
    }
    return GRAFT_OK;
}

graft_status graft_train_forward_recurrent(graft_trainer *trainer, int node) {
    graft_train_node *at = graft_trainer_node(trainer, node);
    const graft_recurrent_attributes *a = at->node->attributes;
    const graft_dnn_recurrence r = shape_of(trainer, node);
    const int64_t states = r.samples * r.steps * r.units;
    const graft_dnn_shape shape = graft_trainer_shape(trainer, &at->node->output);
    graft_dnn_layout *layout;
    graft_train_step step;
    GRAFT_TRY(gather(trainer, node));
    GRAFT_TRY(pack_weights(trainer, node));
    GRAFT_TRY(buffer(trainer, states * graft_dnn_recurrence_kept(&r), &at->kept[KEPT_GATES].buffer));
    GRAFT_TRY(a->sequence ? graft_dnn_layout_channels_last(&shape, &layout) : graft_dnn_layout_plain(&shape, &layout));
    GRAFT_TRY(graft_trainer_keep(trainer, layout));
    GRAFT_TRY(graft_trainer_value(trainer, layout, &at->value));
    at->kept[KEPT_STATES] = at->value;
    if (!a->sequence) GRAFT_TRY(buffer(trainer, states, &at->kept[KEPT_STATES].buffer));
    GRAFT_TRY(open_step(trainer, node, &step));
    step.step = forward;
    if (!a->sequence) step.places[RESULT] = graft_place(at->value);
    return graft_trainer_host(trainer, &step);
}

/* A buffer for the gradient by input `k` when it is wanted. */
static graft_status target(graft_trainer *trainer, int node, int k, int place, graft_plan_value like,
                           graft_train_step *step, graft_plan_value *out) {
    if (!graft_trainer_wants(trainer, node, k)) return GRAFT_OK;
    GRAFT_TRY(graft_trainer_value(trainer, like.layout, out));
    step->places[place] = graft_place(*out);
    step->count |= (size_t)1 << place;
    return GRAFT_OK;
}

graft_status graft_train_backward_recurrent(graft_trainer *trainer, int node) {
    const graft_train_node *at = graft_trainer_node(trainer, node);
    const graft_recurrent_attributes *a = at->node->attributes;
    const int initial = 1 + a->masked;
    graft_plan_value gradient, by_series = {.buffer = -1}, by_initial = {.buffer = -1};
    graft_train_step step;
    GRAFT_TRY(a->sequence ? graft_trainer_channels_last(trainer, node, at->gradient, &gradient)
                          : graft_trainer_plain(trainer, node, at->gradient, &gradient));
    GRAFT_TRY(open_step(trainer, node, &step));
    step.step = backward;
    step.places[GRADIENT] = graft_place(gradient);
    GRAFT_TRY(target(trainer, node, 0, BY_SERIES, at->kept[KEPT_SERIES], &step, &by_series));
    if (a->initial) GRAFT_TRY(target(trainer, node, initial, BY_INITIAL, at->kept[KEPT_INITIAL], &step, &by_initial));
    if (at->segments[0] >= 0) {
        const size_t offset = trainer->plan->segments[at->segments[0]].offset * sizeof(float);
        step.places[BY_WEIGHTS] = (graft_train_place){trainer->plan->gradients, offset};
        step.count |= (size_t)1 << BY_WEIGHTS;
    }
    GRAFT_TRY(graft_trainer_host(trainer, &step));
    if (by_series.buffer >= 0) GRAFT_TRY(graft_trainer_give(trainer, node, 0, by_series));
    if (by_initial.buffer >= 0) GRAFT_TRY(graft_trainer_give(trainer, node, initial, by_initial));
    /* The mask is no number to learn from. */
    if (a->masked && graft_trainer_wants(trainer, node, 1))
        return graft_trainer_give_zeros(trainer, node, 1, at->kept[KEPT_MASK].layout);
    return GRAFT_OK;
}
