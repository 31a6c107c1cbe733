#include "dnn/recurrent-internal.h"

#include "dnn/dnn-internal.h"
#include "dnn/kernel.h"

#include <stdatomic.h>
#include <string.h>

typedef graft_dnn_recurrence recurrence;

int64_t graft_dnn_recurrence_gates(const recurrence *r) {
    return r->lstm ? 4 : 3;
}

int64_t graft_dnn_recurrence_kept(const recurrence *r) {
    return r->lstm ? 5 : 4;
}

/* The products by the state, the gradients by state and by c, and a row of zeros. */
size_t graft_dnn_recurrence_scratch(const recurrence *r) {
    return (size_t)(r->samples * r->units * (graft_dnn_recurrence_gates(r) + 2) + r->units);
}

/* The series' sizes, and what all samples share. */
typedef struct work {
    const recurrence *r;
    const graft_dnn_recurrence_memory *m;
    const graft_dnn_recurrence_gradients *g;
    int64_t units, gates, kept, steps; /* gates and kept: floats of a step */
    graft_cells cells;
    const float *zeros;
    atomic_int failed; /* dnnl_status_t */
} work;

static void start(work *w, const recurrence *r, const graft_dnn_recurrence_memory *m) {
    w->r = r;
    w->m = m;
    w->g = NULL;
    w->units = r->units;
    w->steps = r->steps;
    w->gates = graft_dnn_recurrence_gates(r) * r->units;
    w->kept = graft_dnn_recurrence_kept(r) * r->units;
    w->cells = graft_cells_of(r->lstm);
    float *zeros = m->scratch + r->samples * (w->gates + 2 * w->units);
    memset(zeros, 0, (size_t)w->units * sizeof *zeros);
    w->zeros = zeros;
    atomic_init(&w->failed, dnnl_success);
}

static void multiply(work *w, char ta, char tb, int64_t m, int64_t n, int64_t k, const float *a, int64_t lda,
                     const float *b, int64_t ldb, float beta, float *c, int64_t ldc) {
    const dnnl_status_t status = dnnl_sgemm(ta, tb, m, n, k, 1.0F, a, lda, b, ldb, beta, c, ldc);
    if (status != dnnl_success) atomic_store(&w->failed, (int)status);
}

/* The n-th step that is taken, and the one before it; -1: none. */
static int64_t step_at(const work *w, int64_t n) {
    return w->r->backwards ? w->steps - 1 - n : n;
}

static bool is_there(const work *w, int64_t sample, int64_t step) {
    return w->m->mask == NULL || w->m->mask[sample * w->steps + step] > 0.5F;
}

/* The state before the n-th step that is taken. */
static const float *state_before(const work *w, int64_t sample, int64_t n) {
    if (n > 0) return w->m->states + (sample * w->steps + step_at(w, n - 1)) * w->units;
    return w->m->initial != NULL ? w->m->initial + sample * w->units : w->zeros;
}

static float *kept_at(const work *w, int64_t sample, int64_t step) {
    return w->m->kept + (sample * w->steps + step) * w->kept;
}

static const float *memory_before(const work *w, int64_t sample, int64_t n) {
    if (n == 0 || !w->r->lstm) return w->zeros;
    return kept_at(w, sample, step_at(w, n - 1)) + 4 * w->units;
}

/* ---- forward ---- */

static void step_forward(const work *w, int64_t sample, int64_t n, const float *by_state) {
    const int64_t step = step_at(w, n);
    float *state = w->m->states + (sample * w->steps + step) * w->units, *kept = kept_at(w, sample, step);
    const graft_cell_step cell = {.units = (size_t)w->units,
                                  .kept = kept,
                                  .by_state = by_state,
                                  .bias = w->m->bias,
                                  .recurrent_bias = w->m->recurrent_bias,
                                  .before = state_before(w, sample, n),
                                  .memory_before = memory_before(w, sample, n),
                                  .state = state};
    if (is_there(w, sample, step)) {
        w->cells.forward(&cell);
        return;
    }
    memcpy(state, cell.before, (size_t)w->units * sizeof *state);
    if (w->r->lstm) memcpy(kept + 4 * w->units, cell.memory_before, (size_t)w->units * sizeof *kept);
}

/* Some samples through all steps. */
static void forward_part(void *argument, size_t begin, size_t end) {
    work *w = argument;
    const int64_t first = (int64_t)begin, count = (int64_t)(end - begin), row = w->steps * w->units;
    float *by_state = w->m->scratch + first * w->gates;
    if (count == 0) return;
    for (int64_t n = 0; n < w->steps; n++) {
        if (n == 0 && w->m->initial == NULL)
            memset(by_state, 0, (size_t)(count * w->gates) * sizeof *by_state);
        else
            multiply(w, 'N', 'T', count, w->gates, w->units, state_before(w, first, n), n > 0 ? row : w->units,
                     w->m->recurrent, w->units, 0.0F, by_state, w->gates);
        for (int64_t i = 0; i < count; i++)
            step_forward(w, first + i, n, by_state + i * w->gates);
    }
}

graft_status graft_dnn_recurrence_forward(const recurrence *r, const graft_dnn_recurrence_memory *m) {
    work w;
    start(&w, r, m);
    multiply(&w, 'N', 'T', r->samples * r->steps, w.gates, r->inputs, m->x, r->inputs, m->kernel, r->inputs, 0.0F,
             m->kept, w.kept);
    graft_dnn_share((size_t)r->samples, forward_part, &w);
    return graft_dnn_check((dnnl_status_t)atomic_load(&w.failed), "recurrent layer");
}

void graft_dnn_recurrence_last(const recurrence *r, const float *states, float *out) {
    const int64_t step = r->backwards ? 0 : r->steps - 1;
    for (int64_t i = 0; i < r->samples; i++)
        memcpy(out + i * r->units, states + (i * r->steps + step) * r->units, (size_t)r->units * sizeof *out);
}

/* ---- backward ---- */

/* The cell brings the places of its sample's running gradients. */
static void step_backward(const work *w, int64_t sample, int64_t n, graft_cell_back *cell) {
    const int64_t step = step_at(w, n);
    cell->units = (size_t)w->units;
    cell->kept = kept_at(w, sample, step);
    cell->before = state_before(w, sample, n);
    cell->memory_before = memory_before(w, sample, n);
    if (w->g->states != NULL)
        for (int64_t i = 0; i < w->units; i++)
            cell->gradient[i] += w->g->states[(sample * w->steps + step) * w->units + i];
    if (is_there(w, sample, step)) {
        w->cells.backward(cell);
        return;
    }
    memset(cell->by_state, 0, (size_t)w->gates * sizeof *cell->by_state);
    memset(cell->kept, 0, (size_t)(w->r->lstm ? w->gates : w->kept) * sizeof *cell->kept);
}

static void backward_part(void *argument, size_t begin, size_t end) {
    work *w = argument;
    const int64_t first = (int64_t)begin, count = (int64_t)(end - begin), all = w->r->samples;
    const size_t bytes = (size_t)(count * w->units) * sizeof(float);
    float *by_state = w->m->scratch + first * w->gates, *gradient = w->m->scratch + all * w->gates + first * w->units;
    float *memory = gradient + all * w->units;
    if (count == 0) return;
    if (w->g->last != NULL)
        memcpy(gradient, w->g->last + first * w->units, bytes);
    else
        memset(gradient, 0, bytes);
    memset(memory, 0, bytes);
    for (int64_t n = w->steps - 1; n >= 0; n--) {
        for (int64_t i = 0; i < count; i++) {
            graft_cell_back cell = {.by_state = by_state + i * w->gates,
                                    .gradient = gradient + i * w->units,
                                    .memory_gradient = memory + i * w->units};
            step_backward(w, first + i, n, &cell);
        }
        if (n > 0 || w->g->initial != NULL)
            multiply(w, 'N', 'N', count, w->units, w->gates, by_state, w->gates, w->m->recurrent, w->units, 1.0F,
                     gradient, w->units);
    }
    if (w->g->initial != NULL) memcpy(w->g->initial + first * w->units, gradient, bytes);
}

/* out += rows of `kept` summed, `width` columns. */
static void sum_rows(const work *w, int64_t column, int64_t width, float *out) {
    for (int64_t row = 0; row < w->r->samples * w->steps; row++)
        for (int64_t i = 0; i < width; i++)
            out[i] += w->m->kept[row * w->kept + column + i];
}

/* recurrent[rows from `row`] += the columns of `kept` from `column`, transposed, times the states before. */
static void recurrent_gradient(work *w, int64_t column, int64_t row, int64_t width) {
    const int64_t steps = w->r->samples * w->steps - 1, first = step_at(w, 0);
    const bool back = w->r->backwards;
    const float *gates = w->m->kept + column;
    float *out = w->g->recurrent + row * w->units;
    if (w->m->initial != NULL)
        multiply(w, 'T', 'N', width, w->units, w->r->samples, gates + first * w->kept, w->steps * w->kept,
                 w->m->initial, w->units, 1.0F, out, w->units);
    /* Then rows that begin a series count as zero, and one product serves all samples: each row beside the one before.
     */
    for (int64_t i = 0; i < w->r->samples; i++)
        memset(kept_at(w, i, first) + column, 0, (size_t)width * sizeof(float));
    if (steps > 0)
        multiply(w, 'T', 'N', width, w->units, steps, gates + (back ? 0 : w->kept), w->kept,
                 w->m->states + (back ? w->units : 0), w->units, 1.0F, out, w->units);
}

graft_status graft_dnn_recurrence_backward(const recurrence *r, const graft_dnn_recurrence_memory *m,
                                           const graft_dnn_recurrence_gradients *g) {
    const int64_t rows = r->samples * r->steps, h = r->units;
    work w;
    start(&w, r, m);
    w.g = g;
    graft_dnn_share((size_t)r->samples, backward_part, &w);
    if (g->x != NULL)
        multiply(&w, 'N', 'N', rows, r->inputs, w.gates, m->kept, w.kept, m->kernel, r->inputs, 0.0F, g->x, r->inputs);
    if (g->kernel != NULL)
        multiply(&w, 'T', 'N', w.gates, r->inputs, rows, m->kept, w.kept, m->x, r->inputs, 1.0F, g->kernel, r->inputs);
    if (g->bias != NULL) sum_rows(&w, 0, w.gates, g->bias);
    if (g->recurrent_bias != NULL) {
        sum_rows(&w, 0, 2 * h, g->recurrent_bias);
        sum_rows(&w, 3 * h, h, g->recurrent_bias + 2 * h);
    }
    if (g->recurrent != NULL && r->lstm) recurrent_gradient(&w, 0, 0, w.gates);
    if (g->recurrent != NULL && !r->lstm) {
        recurrent_gradient(&w, 0, 0, 2 * h);
        recurrent_gradient(&w, 3 * h, 2 * h, h);
    }
    return graft_dnn_check((dnnl_status_t)atomic_load(&w.failed), "recurrent layer");
}
