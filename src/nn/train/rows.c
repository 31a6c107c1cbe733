/* Training of slice and embedding. */
#include "dnn/rows.h"
#include "nn/ops/ops.h"
#include "nn/train/train-internal.h"

enum { KEPT_SOURCE };

static graft_status plain_input(graft_trainer *trainer, int node) {
    graft_train_node *at = graft_trainer_node(trainer, node);
    const graft_dnn_shape shape = graft_trainer_shape(trainer, &at->node->output);
    graft_dnn_layout *layout;
    GRAFT_TRY(graft_trainer_plain(trainer, node, graft_trainer_input(trainer, node, 0), &at->kept[KEPT_SOURCE]));
    GRAFT_TRY(graft_dnn_layout_plain(&shape, &layout));
    GRAFT_TRY(graft_trainer_keep(trainer, layout));
    return graft_trainer_value(trainer, layout, &at->value);
}

/* ---- slice ---- */

static graft_dnn_part part_of(const graft_train_plan *plan, const graft_train_step *step) {
    (void)plan;
    return (graft_dnn_part){step->integer, (int64_t)step->number[0], (int64_t)step->number[1], (int64_t)step->number[2],
                            (int64_t)step->count};
}

static void take(const graft_train_plan *plan, const graft_train_step *step) {
    const graft_dnn_part part = part_of(plan, step);
    graft_dnn_part_take(&part, step->memory[0], step->memory[1]);
}

static void put(const graft_train_plan *plan, const graft_train_step *step) {
    const graft_dnn_part part = part_of(plan, step);
    graft_dnn_part_put(&part, step->memory[0], step->memory[1]);
}

static graft_status emit_part(graft_trainer *trainer, int node, graft_train_host host, graft_plan_value from,
                              graft_plan_value to) {
    const graft_train_node *at = graft_trainer_node(trainer, node);
    const graft_slice_attributes *a = at->node->attributes;
    const graft_dnn_shape shape = graft_dnn_layout_shape(at->kept[KEPT_SOURCE].layout);
    const graft_dnn_part part = graft_dnn_part_of(&shape, 1 + (int)a->axis, a->begin, a->length);
    const graft_train_step step = {.host = host,
                                   .what = "part",
                                   .node = node,
                                   .places = {graft_place(from), graft_place(to)},
                                   .place_count = 2,
                                   .count = (size_t)part.length,
                                   .number = {(double)part.whole, (double)part.inner, (double)part.begin},
                                   .integer = part.outer};
    return graft_trainer_host(trainer, &step);
}

graft_status graft_train_forward_slice(graft_trainer *trainer, int node) {
    graft_train_node *at = graft_trainer_node(trainer, node);
    GRAFT_TRY(plain_input(trainer, node));
    return emit_part(trainer, node, take, at->kept[KEPT_SOURCE], at->value);
}

graft_status graft_train_backward_slice(graft_trainer *trainer, int node) {
    const graft_train_node *at = graft_trainer_node(trainer, node);
    graft_plan_value gradient, target;
    GRAFT_TRY(graft_trainer_plain(trainer, node, at->gradient, &gradient));
    GRAFT_TRY(graft_trainer_value(trainer, at->kept[KEPT_SOURCE].layout, &target));
    GRAFT_TRY(emit_part(trainer, node, put, gradient, target));
    return graft_trainer_give(trainer, node, 0, target);
}

/* ---- embedding ---- */

static graft_dnn_lookup lookup_of(const graft_train_plan *plan, const graft_train_step *step) {
    return (graft_dnn_lookup){plan->batch, step->integer, (int64_t)step->number[0], (int64_t)step->number[1]};
}

static void look(const graft_train_plan *plan, const graft_train_step *step) {
    const graft_dnn_lookup lookup = lookup_of(plan, step);
    graft_dnn_lookup_take(&lookup, step->memory[2], step->memory[0], step->memory[1]);
}

/* Samples that are absent have a gradient of zero. */
static void learn(const graft_train_plan *plan, const graft_train_step *step) {
    const graft_dnn_lookup lookup = lookup_of(plan, step);
    graft_dnn_lookup_add(&lookup, step->memory[1], step->memory[0], step->memory[2]);
}

static graft_status emit_look(graft_trainer *trainer, int node, graft_train_host host, graft_plan_value value,
                              graft_train_place table) {
    const graft_train_node *at = graft_trainer_node(trainer, node);
    const graft_embedding_attributes *a = at->node->attributes;
    const graft_train_step step = {.host = host,
                                   .what = "table",
                                   .node = node,
                                   .places = {graft_place(at->kept[KEPT_SOURCE]), graft_place(value), table},
                                   .place_count = 3,
                                   .number = {(double)a->rows, (double)a->units},
                                   .integer = at->node->output.dim[2]};
    return graft_trainer_host(trainer, &step);
}

graft_status graft_train_forward_embedding(graft_trainer *trainer, int node) {
    graft_train_node *at = graft_trainer_node(trainer, node);
    int table;
    GRAFT_TRY(plain_input(trainer, node));
    GRAFT_TRY(graft_trainer_vector(trainer, node, "table", &table));
    return emit_look(trainer, node, look, at->value, graft_place_of(table));
}

static void clear(const graft_train_plan *plan, const graft_train_step *step) {
    float *values = step->memory[0];
    (void)plan;
    for (size_t i = 0; i < step->count; i++)
        values[i] = 0;
}

graft_status graft_trainer_give_zeros(graft_trainer *trainer, int node, int k, const graft_dnn_layout *layout) {
    graft_plan_value zeros;
    GRAFT_TRY(graft_trainer_value(trainer, layout, &zeros));
    const graft_train_step step = {.host = clear,
                                   .what = "zeros",
                                   .node = node,
                                   .places = {graft_place(zeros)},
                                   .place_count = 1,
                                   .count = graft_dnn_layout_bytes(layout) / sizeof(float)};
    GRAFT_TRY(graft_trainer_host(trainer, &step));
    return graft_trainer_give(trainer, node, k, zeros);
}

graft_status graft_train_backward_embedding(graft_trainer *trainer, int node) {
    const graft_train_node *at = graft_trainer_node(trainer, node);
    const graft_train_plan *plan = trainer->plan;
    graft_plan_value gradient;
    GRAFT_TRY(graft_trainer_plain(trainer, node, at->gradient, &gradient));
    if (at->segments[0] >= 0) {
        graft_trainer_serve_parameters(trainer);
        const size_t offset = plan->segments[at->segments[0]].offset * sizeof(float);
        GRAFT_TRY(emit_look(trainer, node, learn, gradient, (graft_train_place){plan->gradients, offset}));
    }
    if (!graft_trainer_wants(trainer, node, 0)) return GRAFT_OK;
    graft_trainer_serve_input(trainer, node, 0);
    return graft_trainer_give_zeros(trainer, node, 0, at->kept[KEPT_SOURCE].layout);
}
