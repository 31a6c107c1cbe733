/* What the ops' training functions call: buffers, steps, gradients that add up. */
#include "nn/train/train-internal.h"
#include <string.h>

int graft_trainer_producer(const graft_trainer *trainer, int node, int k) {
    int at = trainer->nodes[node].inputs[k];
    while (trainer->nodes[at].into != at)
        at = trainer->nodes[at].into;
    return at;
}

graft_plan_value graft_trainer_input(const graft_trainer *trainer, int node, int k) {
    return trainer->nodes[graft_trainer_producer(trainer, node, k)].value;
}

graft_status graft_trainer_again(graft_trainer *trainer, int node, graft_plan_value *out) {
    const graft_train_node *at = graft_trainer_node(trainer, node);
    const bool may = trainer->options->recompute != GRAFT_RECOMPUTE_NOTHING && at->needs_gradient;
    *out = at->value;
    if (may && at->again.buffer < 0 && at->node->op->train_again != NULL)
        GRAFT_TRY(at->node->op->train_again(trainer, node));
    if (at->again.buffer >= 0) *out = at->again;
    return GRAFT_OK;
}

graft_status graft_trainer_input_again(graft_trainer *trainer, int node, int k, graft_plan_value *out) {
    return graft_trainer_again(trainer, graft_trainer_producer(trainer, node, k), out);
}

bool graft_trainer_wants(const graft_trainer *trainer, int node, int k) {
    return trainer->nodes[graft_trainer_producer(trainer, node, k)].needs_gradient;
}

graft_dnn_shape graft_trainer_shape(const graft_trainer *trainer, const graft_shape *sample) {
    graft_dnn_shape shape = {{trainer->plan->batch, 1, 1, 1}};
    for (int i = 0; i < sample->rank; i++)
        shape.dim[1 + i] = sample->dim[i];
    return shape;
}

/* ---- buffers ---- */

graft_status graft_trainer_buffer(graft_trainer *trainer, size_t bytes, bool lasting, int *out) {
    graft_train_plan *plan = trainer->plan;
    const size_t needed = plan->buffer_count + 1;
    if (!graft_reserve(&plan->buffers, &plan->buffer_capacity, needed, sizeof *plan->buffers) ||
        !graft_reserve(&trainer->holders, &trainer->holder_capacity, needed, sizeof *trainer->holders))
        return graft_fail_memory("a training plan");
    const int step = (int)plan->step_count;
    trainer->holders[plan->buffer_count] = 0;
    plan->buffers[plan->buffer_count] =
        (graft_plan_buffer){.bytes = bytes, .first = lasting ? -1 : step, .last = lasting ? GRAFT_NEVER : step};
    *out = (int)plan->buffer_count++;
    return GRAFT_OK;
}

graft_status graft_trainer_value(graft_trainer *trainer, const graft_dnn_layout *layout, graft_plan_value *out) {
    out->layout = layout;
    return graft_trainer_buffer(trainer, graft_dnn_layout_bytes(layout), false, &out->buffer);
}

graft_status graft_trainer_keep(graft_trainer *trainer, graft_dnn_layout *layout) {
    graft_train_plan *plan = trainer->plan;
    if (!graft_reserve(&plan->layouts, &plan->layout_capacity, plan->layout_count + 1, sizeof *plan->layouts)) {
        graft_dnn_layout_free(layout);
        return graft_fail_memory("a training plan");
    }
    plan->layouts[plan->layout_count++] = layout;
    return GRAFT_OK;
}

/* ---- steps ---- */

static graft_status add_step(graft_trainer *trainer, const graft_train_step *step) {
    graft_train_plan *plan = trainer->plan;
    if (!graft_reserve(&plan->steps, &plan->step_capacity, plan->step_count + 1, sizeof *plan->steps)) {
        graft_dnn_kernel_free(step->kernel);
        return graft_fail_memory("a training plan");
    }
    const int index = (int)plan->step_count;
    for (int i = 0; i < step->place_count; i++)
        if (plan->buffers[step->places[i].buffer].last < index) plan->buffers[step->places[i].buffer].last = index;
    plan->steps[plan->step_count++] = *step;
    return GRAFT_OK;
}

graft_status graft_trainer_run(graft_trainer *trainer, int node, graft_train_when when, graft_dnn_kernel *kernel,
                               const graft_train_place *places) {
    graft_train_step step = {
        .kernel = kernel, .node = node, .when = when, .place_count = graft_dnn_kernel_operands(kernel)};
    memcpy(step.places, places, (size_t)step.place_count * sizeof *places);
    const size_t scratch = graft_dnn_kernel_scratch_bytes(kernel);
    if (scratch > 0) {
        graft_train_place *place = &step.places[step.place_count++];
        *place = graft_place_of(-1);
        graft_status status = graft_trainer_buffer(trainer, scratch, false, &place->buffer);
        if (status != GRAFT_OK) {
            graft_dnn_kernel_free(kernel);
            return status;
        }
    }
    return add_step(trainer, &step);
}

graft_status graft_trainer_host(graft_trainer *trainer, const graft_train_step *step) {
    return add_step(trainer, step);
}

graft_status graft_trainer_map(graft_trainer *trainer, int node, graft_dnn_kernel *kernel, graft_plan_value source,
                               graft_plan_value *out) {
    graft_status status = graft_trainer_value(trainer, graft_dnn_kernel_layout(kernel, 1), out);
    if (status != GRAFT_OK) {
        graft_dnn_kernel_free(kernel);
        return status;
    }
    const graft_train_place places[] = {graft_place(source), graft_place(*out)};
    return graft_trainer_run(trainer, node, GRAFT_WHEN_ALWAYS, kernel, places);
}

/* ---- layouts ---- */

graft_status graft_trainer_relayout(graft_trainer *trainer, int node, graft_plan_value value,
                                    const graft_dnn_layout *layout, graft_plan_value *out) {
    graft_dnn_kernel *kernel;
    *out = value;
    if (graft_dnn_layout_same(value.layout, layout)) return GRAFT_OK;
    GRAFT_TRY(graft_dnn_copy_new(trainer->plan->engine, value.layout, layout, false, &kernel));
    return graft_trainer_map(trainer, node, kernel, value, out);
}

graft_status graft_trainer_plain(graft_trainer *trainer, int node, graft_plan_value value, graft_plan_value *out) {
    const graft_dnn_shape shape = graft_dnn_layout_shape(value.layout);
    graft_dnn_layout *layout;
    GRAFT_TRY(graft_dnn_layout_plain(&shape, &layout));
    GRAFT_TRY(graft_trainer_keep(trainer, layout));
    return graft_trainer_relayout(trainer, node, value, layout, out);
}

graft_status graft_trainer_channels_last(graft_trainer *trainer, int node, graft_plan_value value,
                                         graft_plan_value *out) {
    const graft_dnn_shape shape = graft_dnn_layout_shape(value.layout);
    graft_dnn_layout *layout;
    GRAFT_TRY(graft_dnn_layout_channels_last(&shape, &layout));
    GRAFT_TRY(graft_trainer_keep(trainer, layout));
    return graft_trainer_relayout(trainer, node, value, layout, out);
}

/* ---- gradients ---- */

bool graft_trainer_may_overwrite(const graft_trainer *trainer, int node) {
    return trainer->holders[trainer->nodes[node].gradient.buffer] == 1;
}

graft_status graft_trainer_gradient_target(graft_trainer *trainer, int node, graft_plan_value *out) {
    *out = trainer->nodes[node].gradient;
    return graft_trainer_may_overwrite(trainer, node) ? GRAFT_OK : graft_trainer_value(trainer, out->layout, out);
}

static graft_status add_up(graft_trainer *trainer, int node, graft_plan_value a, graft_plan_value b,
                           graft_plan_value sum) {
    const graft_train_place places[] = {graft_place(a), graft_place(b), graft_place(sum)};
    graft_dnn_kernel *kernel;
    GRAFT_TRY(graft_dnn_arithmetic_new(trainer->plan->engine, GRAFT_DNN_ADD, a.layout, b.layout, &kernel));
    return graft_trainer_run(trainer, node, GRAFT_WHEN_ALWAYS, kernel, places);
}

graft_status graft_trainer_give(graft_trainer *trainer, int node, int k, graft_plan_value value) {
    graft_train_node *target = &trainer->nodes[graft_trainer_producer(trainer, node, k)];
    GRAFT_TRY(graft_trainer_relayout(trainer, node, value, target->value.layout, &value));
    value.layout = target->value.layout;
    const graft_plan_value held = target->gradient;
    if (held.buffer < 0) {
        target->gradient = value;
        trainer->holders[value.buffer]++;
        return GRAFT_OK;
    }
    if (trainer->holders[held.buffer] == 1) return add_up(trainer, node, held, value, held);
    if (trainer->holders[value.buffer] == 0) {
        GRAFT_TRY(add_up(trainer, node, value, held, value));
        target->gradient = value;
    } else {
        GRAFT_TRY(graft_trainer_value(trainer, held.layout, &target->gradient));
        GRAFT_TRY(add_up(trainer, node, held, value, target->gradient));
    }
    trainer->holders[held.buffer]--;
    trainer->holders[target->gradient.buffer]++;
    return GRAFT_OK;
}
