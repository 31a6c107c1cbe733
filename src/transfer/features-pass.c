/* One pass: read -> verify content -> prepare -> normalize -> plan -> pool -> store, a batch a work item. */
#include "transfer/features-internal.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "base/threads.h"
#include "nn/plan.h"

typedef struct worker {
    graft_picture_loader loader;
    graft_plan_state *state;
    float *row;
} worker;

typedef struct pass {
    const graft_features *features;
    const graft_dataset *data;
    const graft_feature_item *items;
    size_t count;
    graft_plan *plan;
    graft_phase *phase;
    worker *workers;
    int batch;
} pass;

static graft_status worker_prepare(const pass *run, worker *self) {
    if (self->row) return GRAFT_OK;
    if (!self->loader.pixels) {
        graft_picture_loader_clear(&self->loader);
        GRAFT_TRY(graft_picture_loader_init(&self->loader, run->data, run->features->spec));
    }
    if (!self->state) GRAFT_TRY(graft_plan_state_new(run->plan, &self->state));
    self->row = graft_allocate(run->features->widest, sizeof(float));
    return self->row ? GRAFT_OK : graft_fail_memory("a worker's features");
}

static void worker_clear(worker *self) {
    graft_picture_loader_clear(&self->loader);
    graft_plan_state_free(self->state);
    graft_release(self->row);
}

static graft_status store_rows(const pass *run, worker *self, const graft_feature_item *items, size_t count) {
    const graft_features *features = run->features;
    for (size_t i = 0; i < count; i++) {
        for (size_t cut = 0; cut < features->cut_count; cut++) {
            graft_cut_apply(&features->cuts[cut], graft_plan_state_output(self->state, (int)cut, (int)i), self->row);
            GRAFT_TRY(graft_cache_append(graft_features_store(features, cut, items[i].view), items[i].content,
                                         items[i].view, self->row));
        }
    }
    return GRAFT_OK;
}

static graft_status compute_batch(void *argument, int worker_index, size_t index) {
    const pass *run = argument;
    worker *self = &run->workers[worker_index];
    size_t first = index * (size_t)run->batch;
    size_t count = run->count - first < (size_t)run->batch ? run->count - first : (size_t)run->batch;
    GRAFT_TRY(worker_prepare(run, self));
    double begun = graft_now();
    for (size_t i = 0; i < count; i++) {
        const graft_feature_item *item = &run->items[first + i];
        GRAFT_TRY(graft_picture_load(&self->loader, item->sample, run->features->views, item->view,
                                     graft_plan_state_input(self->state, (int)i)));
    }
    double waited = graft_now() - begun;
    GRAFT_TRY(graft_plan_run(self->state, (int)count));
    GRAFT_TRY(store_rows(run, self, run->items + first, count));
    return graft_phase_add(run->phase, count, waited);
}

/* The network up to the cuts, compiled for all of them at once. */
static graft_status compile(const graft_features *features, size_t samples, graft_plan **out) {
    graft_graph *prefix = NULL;
    int outputs[GRAFT_FEATURES_CUTS], map[GRAFT_FEATURES_CUTS];
    for (size_t i = 0; i < features->cut_count; i++)
        outputs[i] = features->cuts[i].node;
    GRAFT_TRY(graft_graph_prefix_lent(features->graph, outputs, (int)features->cut_count, &prefix, map));
    graft_plan_options options = GRAFT_PLAN_OPTIONS_INIT;
    options.outputs = map;
    options.samples = samples;
    options.output_count = (int)features->cut_count;
    graft_status status = graft_plan_new(features->context, prefix, &options, out);
    graft_graph_free(prefix);
    return status;
}

static graft_status make_room(const graft_features *features, size_t count) {
    graft_cache_store *stores[2 * GRAFT_FEATURES_CUTS];
    uint64_t bytes = 0;
    size_t store_count = 0;
    for (size_t i = 0; i < features->cut_count; i++) {
        bytes += (uint64_t)count * graft_cache_record_bytes(features->plain[i]);
        stores[store_count++] = features->plain[i];
        if (features->augmented[i]) stores[store_count++] = features->augmented[i];
    }
    return graft_cache_make_room(features->context, stores, store_count, bytes);
}

graft_status graft_features_pass(const graft_features *features, const graft_dataset *data,
                                 const graft_feature_item *items, size_t count, graft_features_result *result) {
    pass run = {.features = features, .data = data, .items = items, .count = count};
    int threads = graft_context_threads(features->context);
    graft_status status;
    GRAFT_TRY(make_room(features, count));
    const bool lent = count == 1 && features->single;
    if (!lent) GRAFT_TRY_TO(done, status, compile(features, count, &run.plan));
    run.batch = lent ? 1 : graft_plan_batch(run.plan);
    run.workers = graft_allocate_zero((size_t)threads, sizeof(*run.workers));
    if (!run.workers) GRAFT_TRY_TO(done, status, graft_fail_memory("workers"));
    if (lent) run.workers[0].state = features->single->state; /* one item of work: the caller's own */
    GRAFT_TRY_TO(done, status, graft_phase_begin(features->context, "features", count, &run.phase));
    size_t batches = (count + (size_t)run.batch - 1) / (size_t)run.batch;
    status = graft_parallel_for(features->context, batches, compute_batch, &run);
    result->waiting_share = graft_phase_waiting_share(run.phase);
    result->seconds = graft_phase_seconds(run.phase);
    graft_phase_end(run.phase);
done:
    if (lent && run.workers) run.workers[0].state = NULL;
    for (int i = 0; run.workers && i < threads; i++)
        worker_clear(&run.workers[i]);
    graft_release(run.workers);
    graft_plan_free(run.plan);
    return status;
}
