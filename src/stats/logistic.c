#include "stats/logistic.h"

#include "base/alloc.h"
#include "base/error.h"
#include "stats/solve.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

static graft_status check_fit(const graft_rows *rows, double c) {
    if (!(c > 0) || !isfinite(c)) return graft_fail(GRAFT_E_USAGE, "C is %g, expected a value above 0", c);
    GRAFT_TRY(graft_rows_check(rows));
    for (size_t i = 1; i < rows->count; i++) {
        if (rows->label[i] != rows->label[0]) return GRAFT_OK;
    }
    return graft_fail(GRAFT_E_DATA, "all %zu training samples are of one class, expected at least two classes",
                      rows->count);
}

/* The bias's mean is free (adding the same to all changes nothing): 0, as scikit-learn's. */
static void take_parameters(graft_logistic *model, const graft_solver *solver) {
    const graft_lbfgs *m = &solver->minimisers[0];
    double mean = 0;
    for (size_t i = 0; i < m->weights; i++)
        model->weight[i] = (float)m->x[i];
    for (size_t k = 0; k < m->classes; k++)
        mean += m->x[m->weights + k] / (double)m->classes;
    for (size_t k = 0; k < m->classes; k++)
        model->bias[k] = (float)(m->x[m->weights + k] - mean);
    memcpy(model->mean, solver->mean, model->width * sizeof(float));
    memcpy(model->scale, solver->scale, model->width * sizeof(float));
    model->loss = solver->values[0].loss;
    model->iterations = m->iterations;
    model->converged = m->converged;
}

graft_status graft_logistic_fit(graft_context *context, const graft_rows *rows, double c, graft_logistic **out) {
    *out = NULL;
    GRAFT_TRY(check_fit(rows, c));
    size_t classes = (size_t)rows->classes, width = rows->width;
    graft_solver *solver = NULL;
    graft_status status = GRAFT_OK;
    graft_logistic *model = graft_allocate_zero(1, sizeof(*model));
    if (model == NULL) return graft_fail_memory("logistic regression");
    *model = (graft_logistic){.classes = rows->classes, .width = width, .c = c};
    model->mean = graft_allocate(width, sizeof(float));
    model->scale = graft_allocate(width, sizeof(float));
    model->weight = graft_allocate(classes * width, sizeof(float));
    model->bias = graft_allocate(classes, sizeof(float));
    if (model->mean == NULL || model->scale == NULL || model->weight == NULL || model->bias == NULL) {
        status = graft_fail_memory("logistic regression");
        goto done;
    }
    GRAFT_TRY_TO(done, status, graft_solver_new(context, rows, NULL, 1, &solver));
    /* By way of stronger regularisation: each fit starts near its end, with the preconditioner of its neighbourhood. */
    static const graft_lbfgs_limits rough = {.gradient = 1e-3, .decrease = 1e-3, .iterations = 100};
    static const graft_lbfgs_limits fine = {.gradient = 1e-5, .rest = 1e-5, .iterations = 1000};
    GRAFT_TRY_TO(done, status, graft_solver_run(solver, c / 100, &rough));
    GRAFT_TRY_TO(done, status, graft_solver_run(solver, c / 10, &rough));
    GRAFT_TRY_TO(done, status, graft_solver_run(solver, c, &fine));
    take_parameters(model, solver);
    *out = model;
    model = NULL;
done:
    graft_solver_free(solver);
    graft_logistic_free(model);
    return status;
}

void graft_logistic_free(graft_logistic *model) {
    if (model == NULL) return;
    graft_release(model->mean);
    graft_release(model->scale);
    graft_release(model->weight);
    graft_release(model->bias);
    graft_release(model);
}

static void softmax_row(float *logit, int classes) {
    float largest = -INFINITY;
    double total = 0;
    for (int k = 0; k < classes; k++) {
        if (!(logit[k] <= largest)) largest = logit[k]; /* takes NaN, which then reaches every class */
    }
    for (int k = 0; k < classes; k++) {
        logit[k] = expf(logit[k] - largest);
        total += (double)logit[k];
    }
    for (int k = 0; k < classes; k++)
        logit[k] = (float)((double)logit[k] / total);
}

/* Row by row, through a matrix-vector product: a matrix product may round a row differently at a block's edge. */
void graft_logistic_predict(const graft_logistic *model, const float *x, size_t count, float *out) {
    enum { PIECE = 512 };
    float z[PIECE];
    openblas_set_num_threads(1);
    for (size_t i = 0; i < count; i++) {
        float *logit = out + i * (size_t)model->classes;
        memcpy(logit, model->bias, (size_t)model->classes * sizeof(float));
        for (size_t first = 0; first < model->width; first += PIECE) {
            size_t length = model->width - first < PIECE ? model->width - first : PIECE;
            for (size_t j = 0; j < length; j++)
                z[j] = (x[i * model->width + first + j] - model->mean[first + j]) * model->scale[first + j];
            cblas_sgemv(CblasRowMajor, CblasNoTrans, model->classes, (int)length, 1.0F, model->weight + first,
                        (int)model->width, z, 1, 1.0F, logit, 1);
        }
        softmax_row(logit, model->classes);
    }
}
