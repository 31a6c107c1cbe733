/* What the layers that learnt make of the training pictures, from the cached boundary before them: nothing frozen is
 * computed again. Boundaries that are maps were rounded to binary16 when they were stored, so that these rows are those
 * that training saw, and differ from `evaluate`'s of the same pictures by that rounding. */
#include "transfer/tune-internal.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "base/threads.h"
#include "nn/plan.h"

typedef struct worker {
    graft_plan_state *state;
    void *record;
} worker;

typedef struct pass {
    const graft_tuning *tuning;
    const graft_model *model;
    graft_tune_rows *rows;
    graft_plan *plan;
    worker *workers;
    graft_phase *phase;
    int batch;
    bool inner_is_input; /* the baseline's features are the boundary itself */
} pass;

static graft_status worker_prepare(const pass *run, worker *self) {
    if (!self->state) GRAFT_TRY(graft_plan_state_new(run->plan, &self->state));
    if (!self->record) self->record = graft_allocate(1, graft_features_record_bytes(run->tuning->boundary));
    return self->record ? GRAFT_OK : graft_fail_memory("a worker's boundary");
}

static graft_status load(const pass *run, worker *self, size_t first, size_t count) {
    const graft_tuning *tuning = run->tuning;
    for (size_t i = 0; i < count; i++)
        GRAFT_TRY(graft_features_read_view(tuning->boundary, 0, tuning->data, tuning->train[first + i], 0, self->record,
                                           graft_plan_state_input(self->state, (int)i)));
    return GRAFT_OK;
}

/* The place of a picture among those whose features are kept; `kept`: it is none of them. */
static size_t place_of(const graft_tune_rows *rows, size_t index, size_t count) {
    size_t place = (size_t)((double)index * (double)rows->kept / (double)count);
    for (size_t near = place > 0 ? place - 1 : 0; near <= place + 1 && near < rows->kept; near++)
        if (graft_knn_picked(near, rows->kept, count) == index) return near;
    return rows->kept;
}

static graft_status compute_batch(void *argument, int worker_index, size_t index) {
    const pass *run = argument;
    const graft_cut *answer = &run->model->cut, *inner = &run->model->baseline_cut;
    graft_tune_rows *rows = run->rows;
    worker *self = &run->workers[worker_index];
    size_t all = run->tuning->train_count, first = index * (size_t)run->batch;
    size_t count = all - first < (size_t)run->batch ? all - first : (size_t)run->batch;
    GRAFT_TRY(worker_prepare(run, self));
    GRAFT_TRY(load(run, self, first, count));
    for (size_t i = 0; i < count && run->inner_is_input; i++) {
        size_t place = place_of(rows, first + i, all);
        if (place < rows->kept)
            graft_cut_apply(inner, graft_plan_state_input(self->state, (int)i), rows->inner + place * inner->width);
    }
    GRAFT_TRY(graft_plan_run(self->state, (int)count));
    for (size_t i = 0; i < count; i++) {
        graft_cut_apply(answer, graft_plan_state_output(self->state, 0, (int)i),
                        rows->answers + (first + i) * answer->width);
        size_t place = run->inner_is_input ? rows->kept : place_of(rows, first + i, all);
        if (place < rows->kept)
            graft_cut_apply(inner, graft_plan_state_output(self->state, 1, (int)i), rows->inner + place * inner->width);
    }
    return graft_phase_add(run->phase, count, 0);
}

static graft_status compile(pass *run) {
    const graft_graph *network = run->model->graph;
    graft_graph *suffix = NULL;
    int *map = graft_allocate((size_t)graft_graph_count(network), sizeof(*map));
    if (!map) return graft_fail_memory("the layers that learnt");
    graft_status status =
        graft_graph_suffix(network, run->tuning->boundary_node, graft_graph_output(network), &suffix, map);
    if (status == GRAFT_OK) {
        const int outputs[] = {map[run->model->cut.node], map[run->model->baseline_cut.node]};
        graft_plan_options options = GRAFT_PLAN_OPTIONS_INIT;
        options.outputs = outputs;
        options.output_count = run->inner_is_input ? 1 : 2;
        status = graft_plan_new(run->tuning->context, suffix, &options, &run->plan);
    }
    graft_graph_free(suffix);
    graft_release(map);
    return status;
}

static graft_status allocate_rows(const graft_tuning *tuning, const graft_model *model, graft_tune_rows *out) {
    size_t count = tuning->train_count, values, inner;
    out->kept = count < GRAFT_BASELINE_ROWS ? count : GRAFT_BASELINE_ROWS;
    out->label = graft_allocate(out->kept, sizeof(*out->label));
    if (graft_multiply_sizes(count, model->cut.width, &values)) out->answers = graft_allocate(values, sizeof(float));
    if (graft_multiply_sizes(out->kept, model->baseline_cut.width, &inner))
        out->inner = graft_allocate(inner, sizeof(float));
    if (!out->label || !out->answers || !out->inner) return graft_fail_memory("the training pictures' features");
    for (size_t i = 0; i < out->kept; i++)
        out->label[i] = tuning->train_label[graft_knn_picked(i, out->kept, count)];
    return GRAFT_OK;
}

bool graft_tune_rows_possible(const graft_tuning *tuning, const graft_model *model) {
    return tuning->boundary && model->baseline_cut.node >= tuning->boundary_node && tuning->train_count > 0;
}

graft_status graft_tune_rows_compute(const graft_tuning *tuning, const graft_model *model, graft_tune_rows *out) {
    pass run = {.tuning = tuning,
                .model = model,
                .rows = out,
                .inner_is_input = model->baseline_cut.node == tuning->boundary_node};
    int threads = graft_context_threads(tuning->context);
    graft_status status;
    *out = (graft_tune_rows){0};
    GRAFT_TRY_TO(done, status, allocate_rows(tuning, model, out));
    GRAFT_TRY_TO(done, status, compile(&run));
    run.batch = graft_plan_batch(run.plan);
    run.workers = graft_allocate_zero((size_t)threads, sizeof(*run.workers));
    if (!run.workers) GRAFT_TRY_TO(done, status, graft_fail_memory("workers"));
    GRAFT_TRY_TO(done, status, graft_phase_begin(tuning->context, "evaluate", tuning->train_count, &run.phase));
    size_t batches = (tuning->train_count + (size_t)run.batch - 1) / (size_t)run.batch;
    status = graft_parallel_for(tuning->context, batches, compute_batch, &run);
    graft_phase_end(run.phase);
done:
    for (int i = 0; run.workers && i < threads; i++) {
        graft_plan_state_free(run.workers[i].state);
        graft_release(run.workers[i].record);
    }
    graft_release(run.workers);
    graft_plan_free(run.plan);
    if (status != GRAFT_OK) graft_tune_rows_clear(out);
    return status;
}

void graft_tune_rows_clear(graft_tune_rows *rows) {
    graft_release(rows->answers);
    graft_release(rows->inner);
    graft_release(rows->label);
    *rows = (graft_tune_rows){0};
}
