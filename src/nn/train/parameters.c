/* Parameters: from the canonical layout to what kernels read, and gradients back. */
#include "nn/ops/ops.h"
#include "nn/train/train-internal.h"
#include <math.h>
#include <string.h>

/* ---- building ---- */

graft_status graft_trainer_pack(graft_trainer *trainer, const graft_train_pack *pack) {
    graft_train_plan *plan = trainer->plan;
    graft_train_pack *to;
    if (!graft_reserve(&plan->packs, &plan->pack_capacity, plan->pack_count + 1, sizeof *plan->packs)) {
        graft_dnn_kernel_free(pack->kernel);
        return graft_fail_memory("a training plan");
    }
    to = &plan->packs[plan->pack_count++];
    *to = *pack;
    if (to->kernel == NULL) return GRAFT_OK;
    to->staged = to->segment < 0 || to->scale >= 0;
    if (to->staged && to->count * sizeof(float) > trainer->staging_bytes)
        trainer->staging_bytes = to->count * sizeof(float);
    const size_t scratch = graft_dnn_kernel_scratch_bytes(to->kernel);
    if (scratch > plan->scratch_bytes) plan->scratch_bytes = scratch;
    return GRAFT_OK;
}

graft_status graft_trainer_segment(graft_trainer *trainer, int segment, int *out) {
    graft_train_plan *plan = trainer->plan;
    GRAFT_TRY(graft_trainer_buffer(trainer, 0, true, out));
    plan->buffers[*out].host = plan->values + 1;
    plan->buffers[*out].shift = plan->segments[segment].offset * sizeof(float);
    return GRAFT_OK;
}

graft_status graft_trainer_vector(graft_trainer *trainer, int node, const char *name, int *out) {
    const graft_train_node *at = &trainer->nodes[node];
    graft_train_pack pack = {.node = node, .param = graft_train_param_index(at->node, name), .scale = -1, .shift = -1};
    const graft_param *param = &at->node->params[pack.param];
    pack.count = pack.rows = (size_t)graft_shape_count(&param->shape);
    pack.segment = at->segments[pack.param];
    GRAFT_TRY(graft_trainer_buffer(trainer, pack.count * sizeof(float), true, &pack.to));
    *out = pack.to;
    return graft_trainer_pack(trainer, &pack);
}

graft_status graft_trainer_affine(graft_trainer *trainer, int node) {
    graft_train_node *at = &trainer->nodes[node];
    const size_t channels = (size_t)at->node->output.dim[0];
    if (at->scale >= 0) return GRAFT_OK;
    GRAFT_TRY(graft_trainer_buffer(trainer, channels * sizeof(float), true, &at->scale));
    GRAFT_TRY(graft_trainer_buffer(trainer, channels * sizeof(float), true, &at->shift));
    const graft_train_pack pack = {.node = node,
                                   .param = -1,
                                   .segment = -1,
                                   .to = at->scale,
                                   .scale = -1,
                                   .shift = at->shift,
                                   .affine = true,
                                   .count = channels,
                                   .rows = channels};
    return graft_trainer_pack(trainer, &pack);
}

typedef struct addition {
    float *sum;
    const float *value, *scale;
    size_t row;
} addition;

static void add_part(void *argument, size_t begin, size_t end) {
    const addition *a = argument;
    if (a->scale == NULL) {
        for (size_t i = begin; i < end; i++)
            a->sum[i] += a->value[i];
        return;
    }
    for (size_t i = begin; i < end;) {
        const size_t row = i / a->row, stop = (row + 1) * a->row < end ? (row + 1) * a->row : end;
        const float scale = a->scale[row];
        for (; i < stop; i++)
            a->sum[i] += scale * a->value[i];
    }
}

/* Places: value, sum[, scale]. */
static void accumulate(const graft_train_plan *plan, const graft_train_step *step) {
    (void)plan;
    addition a = {.value = step->memory[0],
                  .sum = step->memory[1],
                  .scale = step->place_count > 2 ? step->memory[2] : NULL,
                  .row = (size_t)step->integer};
    graft_dnn_parallel(step->count, add_part, &a);
}

graft_status graft_trainer_accumulate(graft_trainer *trainer, int node, int param, graft_train_place value, int scale) {
    const graft_train_plan *plan = trainer->plan;
    const graft_parameter_segment *segment = &plan->segments[trainer->nodes[node].segments[param]];
    const int64_t rows = trainer->nodes[node].node->params[param].shape.dim[0];
    graft_train_step step = {.host = accumulate,
                             .what = "add to gradient",
                             .node = node,
                             .places = {value, {plan->gradients, segment->offset * sizeof(float)}, {scale, 0}},
                             .place_count = scale < 0 ? 2 : 3,
                             .count = segment->count,
                             .integer = (int64_t)segment->count / rows};
    return graft_trainer_host(trainer, &step);
}

/* ---- running ---- */

static void fill_affine(const graft_train_plan *plan, const graft_train_pack *pack, const graft_affine *affine) {
    float *scale = graft_train_memory(plan, pack->to), *shift = graft_train_memory(plan, pack->shift);
    for (size_t c = 0; c < pack->count; c++) {
        scale[c] = (float)affine->scale[c];
        shift[c] = (float)affine->shift[c];
    }
}

static graft_status pack_affine(const graft_train_plan *plan, const graft_train_pack *pack, const graft_graph *graph) {
    graft_affine affine;
    GRAFT_TRY(graft_affine_of(graft_graph_node(graph, pack->node), &affine));
    fill_affine(plan, pack, &affine);
    graft_affine_free(&affine);
    return GRAFT_OK;
}

static const float *source_of(const graft_train_plan *plan, const graft_train_pack *pack, const graft_graph *graph) {
    if (pack->segment >= 0) return plan->parameters.value + plan->segments[pack->segment].offset;
    if (pack->param < 0) return NULL;
    return graft_tensor_f32(graft_graph_node(graph, pack->node)->params[pack->param].value);
}

typedef struct writing {
    const float *from, *scale, *shift; /* NULL: 0, 1, 0 */
    float *to;
    size_t row;
} writing;

static void write_part(void *argument, size_t begin, size_t end) {
    const writing *w = argument;
    for (size_t i = begin; i < end;) {
        const size_t row = i / w->row, stop = (row + 1) * w->row < end ? (row + 1) * w->row : end;
        const float factor = w->scale == NULL ? 1.0F : w->scale[row], offset = w->shift == NULL ? 0.0F : w->shift[row];
        for (; i < stop; i++)
            w->to[i] = w->from == NULL ? offset : w->from[i] * factor + offset;
    }
}

/* to = from * scale + shift, row by row. */
static void write_rows(const graft_train_plan *plan, const graft_train_pack *pack, const float *from, int to) {
    writing w = {.from = from,
                 .scale = pack->scale < 0 ? NULL : graft_train_memory(plan, pack->scale),
                 .shift = pack->shift < 0 ? NULL : graft_train_memory(plan, pack->shift),
                 .to = graft_train_memory(plan, to),
                 .row = pack->count / pack->rows};
    graft_dnn_parallel(pack->count, write_part, &w);
}

static graft_status pack_one(graft_train_plan *plan, const graft_train_pack *pack, const graft_graph *graph) {
    if (pack->affine) return pack_affine(plan, pack, graph);
    const float *from = source_of(plan, pack, graph);
    if (pack->kernel == NULL) {
        write_rows(plan, pack, from, pack->to);
        return GRAFT_OK;
    }
    if (pack->staged) write_rows(plan, pack, from, plan->staging);
    return graft_dnn_kernel_run(pack->kernel, plan->stream);
}

graft_status graft_train_pack_all(graft_train_plan *plan, const graft_graph *graph) {
    for (size_t i = 0; i < plan->pack_count; i++) {
        const graft_train_pack *pack = &plan->packs[i];
        const bool frozen = pack->affine || (pack->segment < 0 && pack->param >= 0);
        /* A bias that only folding brings is the affine map's, and as fixed. */
        if (graph == NULL && (frozen || pack->param < 0)) continue;
        GRAFT_TRY(pack_one(plan, pack, graph));
    }
    return GRAFT_OK;
}

void graft_train_load_values(graft_train_plan *plan, const graft_graph *graph) {
    for (int i = 0; i < plan->parameters.segment_count; i++) {
        const graft_parameter_segment *segment = &plan->segments[i];
        const graft_param *param = graft_node_param(graft_graph_node(graph, segment->node_index), segment->name);
        memcpy(plan->parameters.value + segment->offset, graft_tensor_f32(param->value),
               segment->count * sizeof(float));
    }
}

void graft_train_load_moving(graft_train_plan *plan, const graft_graph *graph) {
    float *moving = graft_train_memory(plan, plan->moving);
    for (size_t i = 0; i < plan->statistic_count; i++) {
        const graft_train_statistic *s = &plan->statistics[i];
        const graft_node *node = graft_graph_node(graph, s->node);
        memcpy(moving + s->mean, graft_tensor_f32(graft_node_param(node, "mean")->value), s->count * sizeof(float));
        memcpy(moving + s->variance, graft_tensor_f32(graft_node_param(node, "variance")->value),
               s->count * sizeof(float));
    }
}
