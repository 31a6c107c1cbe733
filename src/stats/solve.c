#include "stats/solve.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "stats/folds.h"

#include <cblas.h>
#include <math.h>

/* Columns of one matrix product: enough for full speed, few enough to stay small with many classes. */
enum { COLUMNS_TOGETHER = 256 };

static graft_status allocate(graft_solver *s, const graft_rows *rows) {
    s->mean = graft_allocate(rows->width, sizeof(float));
    s->scale = graft_allocate(rows->width, sizeof(float));
    s->problems = graft_allocate_zero(s->count, sizeof(*s->problems));
    s->minimisers = graft_allocate_zero(s->count, sizeof(*s->minimisers));
    s->values = graft_allocate_zero(s->count, sizeof(*s->values));
    s->points = graft_allocate_zero(s->count, sizeof(*s->points));
    s->active = graft_allocate(s->count, sizeof(*s->active));
    if (s->mean == NULL || s->scale == NULL || s->problems == NULL || s->minimisers == NULL || s->values == NULL ||
        s->points == NULL || s->active == NULL) {
        return graft_fail_memory("logistic regression");
    }
    return GRAFT_OK;
}

static graft_status fill(graft_solver *s, const graft_rows *rows, const int *fold) {
    GRAFT_TRY(allocate(s, rows));
    GRAFT_TRY(graft_rows_moments(rows, s->mean, s->scale));
    s->tiled = graft_tiled_make(rows, s->mean, s->scale);
    GRAFT_TRY(graft_tiles_store(s->context, &s->tiled));
    GRAFT_TRY(graft_precondition_make(s->context, &s->tiled, &s->preconditioner));
    GRAFT_TRY(graft_softmax_prepare(s->context, rows, &s->tiled, fold, s->problems, s->count));
    GRAFT_TRY(graft_softmax_new(s->context, rows, &s->tiled, fold, s->together, &s->softmax));
    size_t classes = (size_t)rows->classes;
    for (size_t p = 0; p < s->count; p++) {
        GRAFT_TRY(graft_lbfgs_make(&s->minimisers[p], classes, rows->width));
        /* The best biases for weights of 0; a class without rows starts, and stays, out of reach. */
        double *bias = s->minimisers[p].x + classes * rows->width;
        double lowest = 1e-3 / (double)(s->problems[p].trained + 1);
        for (size_t k = 0; k < classes; k++)
            bias[k] = log(fmax(s->problems[p].prior[k], lowest));
    }
    return GRAFT_OK;
}

graft_status graft_solver_new(graft_context *context, const graft_rows *rows, const int *fold, size_t count,
                              graft_solver **out) {
    openblas_set_num_threads(1);
    graft_solver *s = *out = graft_allocate_zero(1, sizeof(*s));
    if (s == NULL) return graft_fail_memory("logistic regression");
    size_t together = COLUMNS_TOGETHER / (size_t)rows->classes;
    s->context = context;
    s->tiled.file = GRAFT_TILES_NO_FILE;
    s->count = count;
    s->together = together < 1 ? 1 : together > count ? count : together;
    graft_status status = fill(s, rows, fold);
    if (status != GRAFT_OK) {
        graft_solver_free(s);
        *out = NULL;
    }
    return status;
}

void graft_solver_free(graft_solver *s) {
    if (s == NULL) return;
    for (size_t p = 0; s->minimisers != NULL && p < s->count; p++)
        graft_lbfgs_free(&s->minimisers[p]);
    for (size_t p = 0; s->problems != NULL && p < s->count; p++)
        graft_softmax_problem_free(&s->problems[p]);
    graft_softmax_free(s->softmax);
    graft_precondition_free(&s->preconditioner);
    graft_tiles_release(&s->tiled);
    graft_release(s->mean);
    graft_release(s->scale);
    graft_release(s->problems);
    graft_release(s->minimisers);
    graft_release(s->values);
    graft_release(s->points);
    graft_release(s->active);
    graft_release(s);
}

static graft_status propose(void *argument, int worker, size_t index) {
    (void)worker;
    graft_solver *s = argument;
    graft_lbfgs_propose(&s->minimisers[s->active[index]], &s->preconditioner);
    return GRAFT_OK;
}

static graft_status judge(void *argument, int worker, size_t index) {
    (void)worker;
    graft_solver *s = argument;
    graft_lbfgs *m = &s->minimisers[s->active[index]];
    if (!graft_lbfgs_judge(m, s->points[index].value.loss)) return GRAFT_OK;
    s->values[s->active[index]] = s->points[index].value;
    graft_lbfgs_propose(m, &s->preconditioner);
    return GRAFT_OK;
}

static void drop_stopped(graft_solver *s) {
    size_t left = 0;
    for (size_t i = 0; i < s->active_count; i++) {
        if (!s->minimisers[s->active[i]].stopped) s->active[left++] = s->active[i];
    }
    s->active_count = left;
}

static graft_status evaluate(graft_solver *s) {
    for (size_t i = 0; i < s->active_count; i++) {
        size_t p = s->active[i];
        s->points[i] = (graft_softmax_point){
            .problem = &s->problems[p], .point = s->minimisers[p].trial, .gradient = s->minimisers[p].trial_gradient};
    }
    for (size_t i = 0; i < s->active_count; i += s->together) {
        size_t rest = s->active_count - i;
        GRAFT_TRY(graft_softmax_evaluate(s->softmax, s->points + i, rest < s->together ? rest : s->together));
    }
    return GRAFT_OK;
}

/* Value and gradient where the very first fit starts. */
static graft_status start(graft_solver *s) {
    for (size_t p = 0; p < s->count; p++)
        graft_lbfgs_propose(&s->minimisers[p], &s->preconditioner);
    GRAFT_TRY(evaluate(s));
    for (size_t p = 0; p < s->count; p++) {
        s->values[p] = s->points[p].value;
        (void)graft_lbfgs_judge(&s->minimisers[p], s->points[p].value.loss);
    }
    return GRAFT_OK;
}

graft_status graft_solver_run(graft_solver *s, double c, const graft_lbfgs_limits *limits) {
    s->active_count = s->count;
    double curvature = 0, penalty = 0;
    for (size_t p = 0; p < s->count; p++) {
        double own = 1 / (c * (double)s->problems[p].trained);
        s->active[p] = p;
        graft_lbfgs_restart(&s->minimisers[p], own, limits);
        penalty += own / (double)s->count;
    }
    if (!s->minimisers[0].started) GRAFT_TRY(start(s));
    for (size_t p = 0; p < s->count; p++)
        curvature += s->values[p].curvature / (double)s->count;
    GRAFT_TRY(graft_precondition_factor(&s->preconditioner, curvature, penalty));
    GRAFT_TRY(graft_parallel_for(s->context, s->active_count, propose, s));
    drop_stopped(s);
    while (s->active_count > 0) {
        GRAFT_TRY(graft_cancelled(s->context));
        GRAFT_TRY(evaluate(s));
        GRAFT_TRY(graft_parallel_for(s->context, s->active_count, judge, s));
        drop_stopped(s);
    }
    return GRAFT_OK;
}
