/* Which parts of a picture an answer needs: they are covered one after the other (Zeiler & Fergus 2014). */
#include "transfer/explain-internal.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "base/threads.h"
#include "data/image.h"
#include "nn/plan.h"
#include "stats/metrics.h"

#include <math.h>
#include <string.h>

enum { GREY = 128, CELLS_MOST = 4096 };

/* Squares of `window` pixels whose corners lie `stride` apart; the last ones end at the picture's edge. */
typedef struct occlusion {
    const graft_model *model;
    const float *input;
    size_t channels, height, width, window, stride, rows, columns;
    float grey[3]; /* of a channel */
    graft_plan *plan;
    graft_plan_state **states; /* one a worker, when it is needed */
    float *features;           /* one more than cells: the plain picture first */
    graft_phase *phase;
} occlusion;

static size_t corner(size_t index, size_t stride, size_t window, size_t length) {
    const size_t at = index * stride;
    return at + window <= length ? at : length - window;
}

static void cover(const occlusion *self, size_t cell, float *input) {
    const size_t top = corner(cell / self->columns, self->stride, self->window, self->height);
    const size_t left = corner(cell % self->columns, self->stride, self->window, self->width);
    for (size_t c = 0; c < self->channels; c++)
        for (size_t y = top; y < top + self->window; y++)
            for (size_t x = left; x < left + self->window; x++)
                input[(c * self->height + y) * self->width + x] = self->grey[c];
}

static graft_status compute(void *argument, int worker, size_t index) {
    occlusion *self = argument;
    if (!self->states[worker]) GRAFT_TRY(graft_plan_state_new(self->plan, &self->states[worker]));
    float *input = graft_plan_state_input(self->states[worker], 0);
    memcpy(input, self->input, self->channels * self->height * self->width * sizeof(*input));
    if (index > 0) cover(self, index - 1, input);
    GRAFT_TRY(graft_plan_run(self->states[worker], 1));
    graft_cut_apply(&self->model->cut, graft_plan_state_output(self->states[worker], 0, 0),
                    self->features + index * self->model->cut.width);
    return graft_phase_add(self->phase, 1, 0);
}

static graft_status plan_for(const graft_model *model, graft_plan **out) {
    graft_plan_options options = GRAFT_PLAN_OPTIONS_INIT;
    options.batch = 1;
    options.outputs = &model->cut.node;
    options.output_count = 1;
    return graft_plan_new(model->context, model->graph, &options, out);
}

/* What mid-grey becomes on its way into the network. */
static void find_grey(occlusion *self) {
    static const unsigned char pixel[3] = {GREY, GREY, GREY};
    graft_preprocess spec = self->model->spec;
    spec.width = spec.height = 1;
    graft_image_normalize(&spec, pixel, self->grey);
}

static graft_status lay_out(occlusion *self, int64_t window) {
    const graft_preprocess *spec = &self->model->spec;
    self->channels = (size_t)spec->channels;
    self->height = (size_t)spec->height;
    self->width = (size_t)spec->width;
    const size_t shorter = self->height < self->width ? self->height : self->width;
    self->window = window > 0 ? (size_t)window : (shorter + 5) / 6;
    if (self->window > shorter)
        return graft_fail(GRAFT_E_USAGE, "window: received %lld, expected 1..%zu, the network's input's shorter side",
                          (long long)window, shorter);
    self->stride = self->window > 1 ? self->window / 2 : 1;
    self->rows = (self->height - self->window + self->stride - 1) / self->stride + 1;
    self->columns = (self->width - self->window + self->stride - 1) / self->stride + 1;
    if (self->rows * self->columns > CELLS_MOST)
        return graft_fail(GRAFT_E_USAGE,
                          "window: %zu pixels make %zu squares, at most %d are computed: a larger window", self->window,
                          self->rows * self->columns, (int)CELLS_MOST);
    find_grey(self);
    return GRAFT_OK;
}

static graft_status run(occlusion *self, float **probabilities) {
    const size_t count = self->rows * self->columns + 1;
    const graft_model *model = self->model;
    self->states = graft_allocate_zero((size_t)graft_context_threads(model->context), sizeof(void *));
    self->features = graft_allocate(count, model->cut.width * sizeof(float));
    *probabilities = graft_allocate(count, model->class_count * sizeof(float));
    if (!self->states || !self->features || !*probabilities) return graft_fail_memory("an explanation");
    GRAFT_TRY(plan_for(model, &self->plan));
    GRAFT_TRY(graft_phase_begin(model->context, "occlusion", count, &self->phase));
    graft_status status = graft_parallel_for(model->context, count, compute, self);
    graft_phase_end(self->phase);
    if (status != GRAFT_OK) return status;
    return model->head->predict(model->context, model->state, self->features, count, *probabilities);
}

/* How far the probability falls, where it does. */
static graft_status take_map(const occlusion *self, const float *probabilities, int class_index,
                             graft_explanation_owner *out) {
    const size_t cells = self->rows * self->columns, classes = self->model->class_count;
    const size_t which = class_index >= 0 ? (size_t)class_index : (size_t)graft_argmax(probabilities, (int)classes);
    out->map = graft_allocate(cells, sizeof(*out->map));
    if (!out->map) return graft_fail_memory("an explanation");
    out->explanation.probability = probabilities[which];
    for (size_t i = 0; i < cells; i++)
        out->map[i] = fmaxf(probabilities[which] - probabilities[(i + 1) * classes + which], 0);
    out->explanation.rows = self->rows;
    out->explanation.columns = self->columns;
    return GRAFT_OK;
}

graft_status graft_explain_occlusion(const graft_model *model, const float *input, int64_t window, int class_index,
                                     graft_explanation_owner *out) {
    occlusion self = {.model = model, .input = input};
    float *probabilities = NULL;
    GRAFT_TRY(lay_out(&self, window));
    graft_status status = run(&self, &probabilities);
    if (status == GRAFT_OK) status = take_map(&self, probabilities, class_index, out);
    if (status == GRAFT_OK && class_index < 0) class_index = graft_argmax(probabilities, (int)model->class_count);
    if (status == GRAFT_OK) {
        const char *name = graft_model_class(model, (size_t)class_index);
        out->label = name ? graft_text_copy(name) : graft_text_format("%d", class_index);
        if (!out->label) status = graft_fail_memory("an explanation");
    }
    for (int i = 0; self.states && i < graft_context_threads(model->context); i++)
        graft_plan_state_free(self.states[i]);
    graft_release(self.states);
    graft_plan_free(self.plan);
    graft_release(self.features);
    graft_release(probabilities);
    return status;
}
