/* Training of the ops that move or hide numbers: input, flatten, reshape, zeropad2d, dropout. */
#include "base/rng.h"
#include "nn/ops/ops.h"
#include "nn/train/train-internal.h"
#include <string.h>

graft_status graft_train_forward_input(graft_trainer *trainer, int node) {
    graft_train_node *at = graft_trainer_node(trainer, node);
    const graft_dnn_shape shape = graft_trainer_shape(trainer, &at->node->output);
    graft_dnn_layout *layout;
    GRAFT_TRY(graft_dnn_layout_plain(&shape, &layout));
    GRAFT_TRY(graft_trainer_keep(trainer, layout));
    at->value = (graft_plan_value){layout, trainer->plan->input};
    return GRAFT_OK;
}

graft_status graft_train_backward_input(graft_trainer *trainer, int node) {
    graft_plan_value gradient;
    GRAFT_TRY(graft_trainer_plain(trainer, node, graft_trainer_node(trainer, node)->gradient, &gradient));
    trainer->plan->buffers[gradient.buffer].last = GRAFT_NEVER;
    trainer->plan->input_gradient = gradient.buffer;
    return GRAFT_OK;
}

/* ---- flatten, reshape ---- */

enum { KEPT_PICTURE, KEPT_VECTOR };

/* Input 0 as a vector in the given order: a view where it lies so, else a copy that does. */
static graft_status flat(graft_trainer *trainer, int node, bool channels_last, graft_plan_value *out) {
    graft_plan_value input = graft_trainer_input(trainer, node, 0);
    const graft_dnn_shape shape = graft_dnn_layout_shape(input.layout);
    graft_dnn_layout *layout;
    *out = input;
    if (shape.dim[2] * shape.dim[3] > 1) {
        GRAFT_TRY(graft_dnn_layout_flattened(input.layout, channels_last, &layout));
        if (layout == NULL) {
            GRAFT_TRY(channels_last ? graft_trainer_channels_last(trainer, node, input, &input)
                                    : graft_trainer_plain(trainer, node, input, &input));
            GRAFT_TRY(graft_dnn_layout_flattened(input.layout, channels_last, &layout));
        }
        GRAFT_TRY(graft_trainer_keep(trainer, layout));
        *out = (graft_plan_value){layout, input.buffer};
    }
    graft_trainer_node(trainer, node)->kept[KEPT_PICTURE] = input;
    return GRAFT_OK;
}

graft_status graft_train_forward_flatten(graft_trainer *trainer, int node) {
    graft_train_node *at = graft_trainer_node(trainer, node);
    const graft_flatten_attributes *a = at->node->attributes;
    return flat(trainer, node, a->order == 1, &at->value);
}

graft_status graft_train_backward_flatten(graft_trainer *trainer, int node) {
    const graft_train_node *at = graft_trainer_node(trainer, node);
    return graft_trainer_give(trainer, node, 0, (graft_plan_value){at->kept[KEPT_PICTURE].layout, at->gradient.buffer});
}

graft_status graft_train_forward_reshape(graft_trainer *trainer, int node) {
    graft_train_node *at = graft_trainer_node(trainer, node);
    const graft_dnn_shape shape = graft_trainer_shape(trainer, &at->node->output);
    const bool channels_last = ((const graft_reshape_attributes *)at->node->attributes)->order == 1;
    graft_dnn_layout *layout;
    GRAFT_TRY(flat(trainer, node, channels_last, &at->value));
    at->kept[KEPT_VECTOR] = at->value;
    if (shape.dim[2] * shape.dim[3] == 1) return GRAFT_OK;
    GRAFT_TRY(graft_trainer_plain(trainer, node, at->value, &at->value));
    at->kept[KEPT_VECTOR] = at->value;
    GRAFT_TRY(channels_last ? graft_dnn_layout_channels_last(&shape, &layout)
                            : graft_dnn_layout_plain(&shape, &layout));
    GRAFT_TRY(graft_trainer_keep(trainer, layout));
    at->value.layout = layout;
    return GRAFT_OK;
}

graft_status graft_train_backward_reshape(graft_trainer *trainer, int node) {
    const graft_train_node *at = graft_trainer_node(trainer, node);
    const graft_dnn_shape picture = graft_dnn_layout_shape(at->kept[KEPT_PICTURE].layout);
    graft_plan_value value = {at->kept[KEPT_VECTOR].layout, at->gradient.buffer};
    if (picture.dim[2] * picture.dim[3] > 1) value.layout = at->kept[KEPT_PICTURE].layout;
    return graft_trainer_give(trainer, node, 0, value);
}

/* ---- zeropad2d ---- */

static void clear(const graft_train_plan *plan, const graft_train_step *step) {
    (void)plan;
    memset(step->memory[0], 0, step->count * sizeof(float));
}

static void corner_of(const graft_node *node, int64_t corner[4]) {
    const graft_pad_attributes *a = node->attributes;
    corner[0] = corner[1] = 0;
    corner[2] = a->padding[0];
    corner[3] = a->padding[2];
}

graft_status graft_train_forward_zeropad2d(graft_trainer *trainer, int node) {
    graft_train_node *at = graft_trainer_node(trainer, node);
    const graft_plan_value input = graft_trainer_input(trainer, node, 0);
    const graft_dnn_shape shape = graft_trainer_shape(trainer, &at->node->output);
    graft_dnn_layout *layout;
    graft_dnn_kernel *kernel;
    int64_t corner[4];
    corner_of(at->node, corner);
    GRAFT_TRY(graft_dnn_layout_like(input.layout, &shape, &layout));
    GRAFT_TRY(graft_trainer_keep(trainer, layout));
    GRAFT_TRY(graft_trainer_value(trainer, layout, &at->value));
    const graft_train_step step = {.host = clear,
                                   .what = "zeros",
                                   .node = node,
                                   .places = {graft_place(at->value)},
                                   .place_count = 1,
                                   .count = graft_dnn_layout_bytes(layout) / sizeof(float)};
    GRAFT_TRY(graft_trainer_host(trainer, &step));
    GRAFT_TRY(graft_dnn_put_new(trainer->plan->engine, input.layout, layout, corner, &kernel));
    const graft_train_place places[] = {graft_place(input), graft_place(at->value)};
    return graft_trainer_run(trainer, node, GRAFT_WHEN_ALWAYS, kernel, places);
}

graft_status graft_train_backward_zeropad2d(graft_trainer *trainer, int node) {
    const graft_train_node *at = graft_trainer_node(trainer, node);
    const graft_plan_value input = graft_trainer_input(trainer, node, 0);
    graft_plan_value inside;
    graft_dnn_kernel *kernel;
    int64_t corner[4];
    corner_of(at->node, corner);
    GRAFT_TRY(graft_dnn_take_new(trainer->plan->engine, at->gradient.layout, input.layout, corner, &kernel));
    GRAFT_TRY(graft_trainer_map(trainer, node, kernel, at->gradient, &inside));
    return graft_trainer_give(trainer, node, 0, inside);
}

/* ---- dropout ---- */

typedef struct dropping {
    const graft_train_plan *plan;
    const float *in;
    float *out, scale;
    size_t size; /* of one sample */
    uint64_t seed;
    uint32_t limit; /* words below it drop */
    bool all;
} dropping;

/* The mask is a function of (seed, node, epoch, sample, element) alone, so that backward draws it again. */
static void drop_sample(const dropping *d, size_t sample, size_t begin, size_t end) {
    enum { WORDS = 4 }; /* of a block of the generator */
    const uint64_t id = (size_t)d->plan->count > sample ? d->plan->samples[sample] : 0;
    graft_rng rng = graft_rng_make(d->seed, GRAFT_RNG_DROPOUT, d->plan->epoch, id);
    const size_t offset = sample * d->size;
    rng.counter[0] += (uint32_t)(begin / WORDS);
    for (size_t i = 0; i < begin % WORDS; i++)
        (void)graft_rng_u32(&rng);
    for (size_t i = begin; i < end; i++)
        d->out[offset + i] = graft_rng_u32(&rng) < d->limit || d->all ? 0 : d->in[offset + i] * d->scale;
}

static void drop_part(void *argument, size_t begin, size_t end) {
    const dropping *d = argument;
    while (begin < end) {
        const size_t sample = begin / d->size, stop = (sample + 1) * d->size < end ? (sample + 1) * d->size : end;
        drop_sample(d, sample, begin - sample * d->size, stop - sample * d->size);
        begin = stop;
    }
}

static void drop(const graft_train_plan *plan, const graft_train_step *step) {
    const double rate = step->number[0];
    dropping d = {.plan = plan,
                  .in = step->memory[0],
                  .out = step->memory[1],
                  .scale = (float)(1.0 / (1.0 - rate)),
                  .size = (size_t)step->integer,
                  .seed = plan->seed ^ (0x9E3779B97F4A7C15U * ((uint64_t)step->node + 1)),
                  .limit = rate < 1.0 ? (uint32_t)(rate * 0x1p32) : UINT32_MAX,
                  .all = rate >= 1.0};
    if (plan->training)
        graft_dnn_parallel(step->count, drop_part, &d);
    else if (d.in != d.out)
        memcpy(d.out, d.in, step->count * sizeof *d.out);
}

static graft_status emit_drop(graft_trainer *trainer, int node, graft_plan_value from, graft_plan_value to) {
    const graft_node *at = graft_trainer_node(trainer, node)->node;
    const size_t size = (size_t)graft_shape_count(&at->output);
    const graft_train_step step = {.host = drop,
                                   .what = "dropout",
                                   .node = node,
                                   .places = {graft_place(from), graft_place(to)},
                                   .place_count = 2,
                                   .count = size * (size_t)trainer->plan->batch,
                                   .number = {((const graft_dropout_attributes *)at->attributes)->rate},
                                   .integer = (int64_t)size};
    trainer->plan->drops_out = true;
    return graft_trainer_host(trainer, &step);
}

static bool drops(const graft_node *node) {
    return ((const graft_dropout_attributes *)node->attributes)->rate > 0.0;
}

graft_status graft_train_forward_dropout(graft_trainer *trainer, int node) {
    graft_train_node *at = graft_trainer_node(trainer, node);
    graft_plan_value source = graft_trainer_input(trainer, node, 0);
    at->value = source;
    if (!drops(at->node)) return GRAFT_OK;
    /* Elements are counted in their logical order, however the batch makes them lie. */
    GRAFT_TRY(graft_trainer_plain(trainer, node, source, &source));
    GRAFT_TRY(graft_trainer_value(trainer, source.layout, &at->value));
    return emit_drop(trainer, node, source, at->value);
}

graft_status graft_train_backward_dropout(graft_trainer *trainer, int node) {
    const graft_train_node *at = graft_trainer_node(trainer, node);
    graft_plan_value target = at->gradient;
    if (drops(at->node)) {
        GRAFT_TRY(graft_trainer_gradient_target(trainer, node, &target));
        GRAFT_TRY(emit_drop(trainer, node, at->gradient, target));
    }
    return graft_trainer_give(trainer, node, 0, target);
}
