/* The strongest directions of wide features, against the correlation matrix computed in double. */
#include "support/support.h"

#include "stats/precondition.h"

#include "samples.h"
#include "stats/folds.h"

#include <math.h>
#include <string.h>

enum { RANK = GRAFT_SKETCH_RANK };

typedef struct wide {
    samples s;
    float *mean, *scale;
} wide;

static wide make_wide(size_t count, size_t width) {
    wide w = {.s = make_samples(count, width, 4, 1)};
    w.mean = graft_allocate(width, sizeof(float));
    w.scale = graft_allocate(width, sizeof(float));
    assert_true(w.mean != NULL && w.scale != NULL);
    assert_ok(graft_rows_moments(&w.s.rows, w.mean, w.scale));
    return w;
}

static void free_wide(wide *w) {
    graft_release(w->mean);
    graft_release(w->scale);
    free_samples(&w->s);
}

static double standardized(const wide *w, size_t row, size_t column) {
    return ((double)w->s.x[row * w->s.rows.width + column] - (double)w->mean[column]) * (double)w->scale[column];
}

/* out = R v, R the mean of z z' over the rows. */
static void correlate(const wide *w, const float *v, size_t stride, double *out) {
    size_t width = w->s.rows.width, count = w->s.rows.count;
    for (size_t j = 0; j < width; j++)
        out[j] = 0;
    for (size_t i = 0; i < count; i++) {
        double along = 0;
        for (size_t j = 0; j < width; j++)
            along += standardized(w, i, j) * (double)v[j * stride];
        for (size_t j = 0; j < width; j++)
            out[j] += along * standardized(w, i, j) / (double)count;
    }
}

static void sketch_on(int threads, const wide *w, float *basis, double *strength) {
    graft_context *context = test_context(threads);
    graft_tiled tiled = graft_tiled_make(&w->s.rows, w->mean, w->scale);
    assert_ok(graft_sketch(context, &tiled, basis, strength));
    graft_context_free(context);
}

static double product(const float *a, const float *b, size_t width) {
    double sum = 0;
    for (size_t j = 0; j < width; j++)
        sum += (double)a[j * RANK] * (double)b[j * RANK];
    return sum;
}

/* Orthonormal; and along those few that carry these features R does what is said, as nearly as one sketch tells. */
static void finds_the_strongest_directions(void **state) {
    (void)state;
    enum { N = 300, WIDTH = 530 };
    static float basis[WIDTH * RANK];
    double strength[RANK], image[WIDTH];
    wide w = make_wide(N, WIDTH);
    sketch_on(2, &w, basis, strength);
    for (size_t a = 0; a < RANK; a++) {
        assert_true(a == 0 || strength[a] >= strength[a - 1]);
        for (size_t b = 0; b <= a; b++)
            assert_true(fabs(product(basis + a, basis + b, WIDTH) - (a == b)) < 1e-3);
    }
    for (size_t a = RANK - HIDDEN; a < RANK; a++) {
        double error = 0;
        correlate(&w, basis + a, RANK, image);
        for (size_t j = 0; j < WIDTH; j++)
            error += pow(image[j] - strength[a] * (double)basis[j * RANK + a], 2);
        if (!(sqrt(error) < 0.25 * strength[a])) fail_msg("direction %zu: %g of %g", a, sqrt(error), strength[a]);
    }
    free_wide(&w);
}

static void bytes_do_not_depend_on_threads(void **state) {
    (void)state;
    enum { N = 300, WIDTH = 530 };
    static float one[WIDTH * RANK], many[WIDTH * RANK];
    double strength[2][RANK];
    wide w = make_wide(N, WIDTH);
    sketch_on(1, &w, one, strength[0]);
    sketch_on(3, &w, many, strength[1]);
    assert_memory_equal(one, many, sizeof(one));
    assert_memory_equal(strength[0], strength[1], sizeof(strength[0]));
    free_wide(&w);
}

/* Directions that the rows do not have are 0. */
static void fewer_rows_than_directions(void **state) {
    (void)state;
    enum { N = 20, WIDTH = 300 };
    static float basis[WIDTH * RANK];
    double strength[RANK], total = 0;
    wide w = make_wide(N, WIDTH);
    sketch_on(2, &w, basis, strength);
    for (size_t a = 0; a < RANK; a++) {
        const double length = product(basis + a, basis + a, WIDTH);
        total += strength[a];
        if (a < RANK - (N - 1)) assert_true(strength[a] == 0 && length == 0);
        if (strength[a] > 0) assert_true(fabs(length - 1) < 1e-3);
    }
    assert_true(fabs(total / WIDTH - 1) < 1e-3); /* all of R: its diagonal is 1 */
    free_wide(&w);
}

/* What solve divides by is what the header says. */
static void solves_with_the_directions(void **state) {
    (void)state;
    enum { N = 60, WIDTH = GRAFT_PRECONDITION_WIDTH + 100 };
    static float v[WIDTH], solved[WIDTH];
    wide w = make_wide(N, WIDTH);
    graft_context *context = test_context(2);
    graft_tiled tiled = graft_tiled_make(&w.s.rows, w.mean, w.scale);
    graft_preconditioner p;
    assert_ok(graft_precondition_make(context, &tiled, &p));
    assert_ok(graft_precondition_factor(&p, 0.2, 0.05));
    for (size_t j = 0; j < WIDTH; j++)
        solved[j] = v[j] = (float)((j * 37) % 101) / 101 - 0.4F;
    graft_precondition_solve(&p, solved, 1);
    double largest = 0, along[RANK] = {0};
    for (size_t j = 0; j < WIDTH; j++)
        for (size_t a = 0; a < RANK; a++)
            along[a] += p.strength[a] * (double)p.basis[j * RANK + a] * (double)solved[j];
    for (size_t j = 0; j < WIDTH; j++) {
        double back = (0.2 * p.rest + 0.05) * (double)solved[j];
        for (size_t a = 0; a < RANK; a++)
            back += 0.2 * (double)p.basis[j * RANK + a] * along[a];
        largest = fmax(largest, fabs(back - (double)v[j]));
    }
    assert_true(largest < 1e-3);
    graft_precondition_free(&p);
    graft_context_free(context);
    free_wide(&w);
}

/* Twice the penalty times what is left to gain is at most the squared gradient (the objective is strongly convex): with
 * the gradient computed in double, apart from the fit, that bounds the distance from the one optimum. */
static void wide_fits_reach_the_optimum(void **state) {
    (void)state;
    enum { N = 160, WIDTH = GRAFT_PRECONDITION_WIDTH + 100, CLASSES = 4 };
    static double gradient[CLASSES * WIDTH];
    wide w = make_wide(N, WIDTH);
    graft_context *context = test_context(2);
    graft_logistic *model;
    double value = 0, squares = 0, penalty;
    assert_ok(graft_logistic_fit(context, &w.s.rows, 0.01, &model));
    assert_true(model->converged);
    penalty = 1 / (model->c * N);
    for (size_t k = 0; k < (size_t)CLASSES * WIDTH; k++) {
        gradient[k] = penalty * (double)model->weight[k];
        value += penalty / 2 * pow((double)model->weight[k], 2);
    }
    for (size_t i = 0; i < N; i++) {
        double logit[CLASSES], total = 0;
        for (size_t k = 0; k < CLASSES; k++) {
            logit[k] = (double)model->bias[k];
            for (size_t j = 0; j < WIDTH; j++)
                logit[k] += standardized(&w, i, j) * (double)model->weight[k * WIDTH + j];
            total += exp(logit[k]);
        }
        const size_t truth = (size_t)w.s.label[i];
        value += (log(total) - logit[truth]) / N;
        for (size_t k = 0; k < CLASSES; k++) {
            const double share = (exp(logit[k]) / total - (k == truth)) / N;
            for (size_t j = 0; j < WIDTH; j++)
                gradient[k * WIDTH + j] += share * standardized(&w, i, j);
        }
    }
    for (size_t k = 0; k < (size_t)CLASSES * WIDTH; k++)
        squares += gradient[k] * gradient[k];
    if (!(squares / (2 * penalty) < 1e-5 * value)) fail_msg("%g of %g", squares / (2 * penalty), value);
    graft_logistic_free(model);
    graft_context_free(context);
    free_wide(&w);
}

typedef struct job {
    graft_context *context;
    const graft_tiled *tiled;
    float *basis;
} job;

static graft_status sketch_job(void *argument) {
    const job *j = argument;
    double strength[RANK];
    return graft_sketch(j->context, j->tiled, j->basis, strength);
}

static void survives_failing_allocations(void **state) {
    (void)state;
    enum { N = 30, WIDTH = 40 };
    static float basis[WIDTH * RANK];
    wide w = make_wide(N, WIDTH);
    graft_tiled tiled = graft_tiled_make(&w.s.rows, w.mean, w.scale);
    job j = {.context = test_context(1), .tiled = &tiled, .basis = basis};
    test_failing_allocations(sketch_job, &j);
    graft_context_free(j.context);
    free_wide(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_strongest_directions), cmocka_unit_test(bytes_do_not_depend_on_threads),
        cmocka_unit_test(fewer_rows_than_directions),     cmocka_unit_test(solves_with_the_directions),
        cmocka_unit_test(wide_fits_reach_the_optimum),    cmocka_unit_test(survives_failing_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
