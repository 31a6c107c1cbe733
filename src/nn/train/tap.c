/* Nodes that the caller looks into: their values are there after forward, and what it says of their gradients goes
 * into backward. */
#include "base/error.h"
#include "nn/train/train-internal.h"

bool graft_trainer_is_tapped(const graft_trainer *trainer, int node) {
    for (int i = 0; i < trainer->options->tap_count; i++)
        if (trainer->options->taps[i] == node) return true;
    return false;
}

static int resolve(const graft_trainer *trainer, int node) {
    while (trainer->nodes[node].into != node)
        node = trainer->nodes[node].into;
    return node;
}

graft_status graft_trainer_tap_values(graft_trainer *trainer) {
    graft_train_plan *plan = trainer->plan;
    const int count = trainer->options->tap_count;
    if (count == 0) return GRAFT_OK;
    plan->taps = graft_allocate_zero((size_t)count, sizeof *plan->taps);
    if (plan->taps == NULL) return graft_fail_memory("a training plan");
    for (int i = 0; i < count; i++) {
        const int node = trainer->options->taps[i];
        if (node < 0 || node >= trainer->count || !trainer->nodes[node].needed)
            return graft_fail(GRAFT_E_INTERNAL, "a tap at node %d, which the output does not need", node);
        graft_plan_value plain;
        GRAFT_TRY(graft_trainer_plain(trainer, node, trainer->nodes[resolve(trainer, node)].value, &plain));
        plan->buffers[plain.buffer].last = GRAFT_NEVER;
        plan->taps[i] = (graft_train_tapped){.value = plain.buffer,
                                             .gradient = -1,
                                             .size = (size_t)graft_shape_count(&trainer->nodes[node].node->output)};
        plan->tap_count++;
    }
    return GRAFT_OK;
}

graft_status graft_trainer_tap_gradients(graft_trainer *trainer) {
    graft_train_plan *plan = trainer->plan;
    for (int i = 0; i < plan->tap_count; i++) {
        graft_train_tapped *tap = &plan->taps[i];
        const int node = resolve(trainer, trainer->options->taps[i]);
        graft_train_node *at = &trainer->nodes[node];
        if (!at->needs_gradient) continue;
        if (at->gradient.buffer >= 0)
            return graft_fail(GRAFT_E_INTERNAL, "%s: two taps, or one at the output", at->node->name);
        GRAFT_TRY(graft_trainer_buffer(trainer, tap->size * (size_t)plan->batch * sizeof(float), true, &tap->gradient));
        trainer->holders[tap->gradient] = 1; /* the caller's: nothing is written over it */
        const graft_dnn_shape shape = graft_dnn_layout_shape(at->value.layout);
        graft_dnn_layout *layout;
        GRAFT_TRY(graft_dnn_layout_plain(&shape, &layout));
        GRAFT_TRY(graft_trainer_keep(trainer, layout));
        const graft_plan_value plain = {.buffer = tap->gradient, .layout = layout};
        GRAFT_TRY(graft_trainer_relayout(trainer, node, plain, at->value.layout, &at->gradient));
        at->gradient.layout = at->value.layout;
        trainer->holders[at->gradient.buffer]++;
    }
    return GRAFT_OK;
}

int graft_train_plan_tap_count(const graft_train_plan *plan) {
    return plan->tap_count;
}

void graft_train_plan_tap(const graft_train_plan *plan, int index, graft_train_tap *out) {
    const graft_train_tapped *tap = &plan->taps[index];
    *out = (graft_train_tap){.size = tap->size,
                             .value = graft_train_memory(plan, tap->value),
                             .gradient = tap->gradient < 0 ? NULL : graft_train_memory(plan, tap->gradient)};
}
