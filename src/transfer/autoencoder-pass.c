/* Pictures through an autoencoder, a batch a work item. */
#include "transfer/autoencoder-internal.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "base/threads.h"
#include "nn/plan.h"

#include <math.h>
#include <string.h>

typedef struct worker {
    graft_picture_loader loader;
    graft_plan_state *state;
    float *seen; /* a batch: a plan's own inputs do not outlive its run */
} worker;

typedef struct pass {
    const graft_autoencoder *model;
    const graft_dataset *data;
    const size_t *sample;
    size_t count, values, batch;
    graft_plan *plan;
    graft_phase *phase;
    worker *workers;
    const graft_coded *out;
} pass;

static graft_status prepare(const pass *run, worker *self) {
    if (self->seen) return GRAFT_OK;
    graft_picture_loader_clear(&self->loader);
    GRAFT_TRY(graft_picture_loader_init(&self->loader, run->data, &run->model->spec));
    if (!self->state) GRAFT_TRY(graft_plan_state_new(run->plan, &self->state));
    self->seen = graft_allocate(run->batch * run->values, sizeof(*self->seen));
    return self->seen ? GRAFT_OK : graft_fail_memory("a worker's pictures");
}

static double difference(const float *seen, const float *made, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        const double difference = (double)seen[i] - (double)made[i];
        sum += difference * difference;
    }
    return sum / (double)count;
}

void graft_autoencoder_paint(const graft_preprocess *spec, const float *values, unsigned char *rgb) {
    const size_t area = (size_t)spec->width * (size_t)spec->height;
    for (size_t i = 0; i < area; i++)
        for (size_t c = 0; c < 3; c++) {
            const float value = values[spec->channels == 3 ? c * area + i : i];
            rgb[3 * i + c] = (unsigned char)(value > 0 ? value < 1 ? lroundf(255 * value) : 255 : 0);
        }
}

static void take(const pass *run, size_t index, const float *seen, const float *made) {
    const size_t size = 3 * (size_t)run->model->spec.width * (size_t)run->model->spec.height;
    if (run->out->score) run->out->score[index] = difference(seen, made, run->values);
    if (run->out->seen) graft_autoencoder_paint(&run->model->spec, seen, run->out->seen + index * size);
    if (run->out->made) graft_autoencoder_paint(&run->model->spec, made, run->out->made + index * size);
}

static graft_status run_batch(void *argument, int worker_index, size_t index) {
    const pass *run = argument;
    worker *self = &run->workers[worker_index];
    const size_t first = index * run->batch, left = run->count - first;
    const size_t count = left < run->batch ? left : run->batch;
    GRAFT_TRY(prepare(run, self));
    const double begun = graft_now();
    for (size_t i = 0; i < count; i++) {
        float *seen = self->seen + i * run->values;
        GRAFT_TRY(graft_picture_load(&self->loader, run->sample[first + i], NULL, 0, seen));
        memcpy(graft_plan_state_input(self->state, (int)i), seen, run->values * sizeof(*seen));
    }
    const double waited = graft_now() - begun;
    GRAFT_TRY(graft_plan_run(self->state, (int)count));
    for (size_t i = 0; i < count; i++)
        take(run, first + i, self->seen + i * run->values, graft_plan_state_output(self->state, 0, (int)i));
    return graft_phase_add(run->phase, count, waited);
}

graft_status graft_autoencoder_pass(const graft_autoencoder *model, const graft_dataset *data, const size_t *sample,
                                    size_t count, const graft_coded *out) {
    const int threads = graft_context_threads(model->context);
    pass run = {.model = model, .data = data, .sample = sample, .count = count, .out = out};
    graft_plan_options options = GRAFT_PLAN_OPTIONS_INIT;
    graft_status status;
    options.samples = count;
    run.values = (size_t)model->spec.channels * (size_t)model->spec.height * (size_t)model->spec.width;
    GRAFT_TRY(graft_plan_new(model->context, model->graph, &options, &run.plan));
    run.batch = (size_t)graft_plan_batch(run.plan);
    run.workers = graft_allocate_zero((size_t)threads, sizeof(*run.workers));
    if (!run.workers) GRAFT_TRY_TO(done, status, graft_fail_memory("workers"));
    GRAFT_TRY_TO(done, status, graft_phase_begin(model->context, "reconstruct", count, &run.phase));
    status = graft_parallel_for(model->context, (count + run.batch - 1) / run.batch, run_batch, &run);
    graft_phase_end(run.phase);
done:
    for (int i = 0; run.workers && i < threads; i++) {
        graft_picture_loader_clear(&run.workers[i].loader);
        graft_plan_state_free(run.workers[i].state);
        graft_release(run.workers[i].seen);
    }
    graft_release(run.workers);
    graft_plan_free(run.plan);
    return status;
}
