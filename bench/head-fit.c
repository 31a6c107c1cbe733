/* A logistic head on wide features, as a network's flattened maps are:
 *   bench-head-fit make FILE ROWS WIDTH CLASSES   writes synthetic features, raw float32, row after row
 *   bench-head-fit fit FILE ROWS WIDTH CLASSES [C]
 * The features mix a few hidden directions, shifted by class, and noise, and are cut off at 0; row i is of class
 * i mod CLASSES. Fitting reads them from the file, as training reads its cache. Prints
 * "seconds,peak_mib,objective,iterations": the objective is C * the sum of cross-entropies + |weights|^2 / 2 on
 * standardized features, summed in double apart from the fit. */
#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "base/file.h"
#include "base/rng.h"
#include "base/threads.h"
#include "stats/logistic.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { HIDDEN = 48, PIECE = 64 };

typedef struct bench {
    graft_context *context;
    int file;
    size_t count, width;
    int classes;
    float *mixing; /* width x HIDDEN */
    float *rows;   /* PIECE x width a worker */
    const graft_logistic *model;
    double *loss; /* count */
} bench;

static float *worker_rows(const bench *b, int worker) {
    return b->rows + (size_t)worker * PIECE * b->width;
}

static size_t piece_rows(const bench *b, size_t piece) {
    const size_t rest = b->count - piece * PIECE;
    return rest < PIECE ? rest : PIECE;
}

static graft_status pieces(bench *b, graft_work_fn work) {
    b->rows = graft_allocate((size_t)graft_context_threads(b->context), PIECE * b->width * sizeof(float));
    if (b->rows == NULL) return graft_fail_memory("rows");
    graft_status status = graft_parallel_for(b->context, (b->count + PIECE - 1) / PIECE, work, b);
    graft_release(b->rows);
    return status;
}

static graft_status make_piece(void *argument, int worker, size_t piece) {
    bench *b = argument;
    float *rows = worker_rows(b, worker);
    for (size_t i = 0; i < piece_rows(b, piece); i++) {
        const size_t row = piece * PIECE + i, label = row % (size_t)b->classes;
        graft_rng rng = graft_rng_make(1, GRAFT_RNG_TEST, 0, row);
        float hidden[HIDDEN];
        for (size_t h = 0; h < HIDDEN; h++) /* weaker and weaker directions, as features have them */
            hidden[h] = (float)((graft_rng_normal(&rng) + (h % (size_t)b->classes == label ? 0.6 : 0.0)) /
                                sqrt(1.0 + (double)h / 4));
        for (size_t j = 0; j < b->width; j++) {
            float sum = (float)graft_rng_uniform(&rng) - 0.8F;
            for (size_t h = 0; h < HIDDEN; h++)
                sum += hidden[h] * b->mixing[j * HIDDEN + h];
            rows[i * b->width + j] = sum > 0 ? sum : 0;
        }
    }
    const size_t bytes = b->width * sizeof(float);
    if (graft_file_pwrite(b->file, rows, piece_rows(b, piece) * bytes, piece * PIECE * bytes)) return GRAFT_OK;
    return graft_fail(GRAFT_E_DATA, "the features cannot be written");
}

static graft_status make(bench *b) {
    b->mixing = graft_allocate(b->width, HIDDEN * sizeof(float));
    if (b->mixing == NULL) return graft_fail_memory("features");
    graft_rng rng = graft_rng_make(2, GRAFT_RNG_TEST, 0, 0);
    for (size_t i = 0; i < b->width * HIDDEN; i++)
        b->mixing[i] = (float)graft_rng_normal(&rng) * 0.3F;
    graft_status status = pieces(b, make_piece);
    graft_release(b->mixing);
    return status;
}

static graft_status read_rows(void *source, size_t first, size_t count, float *out) {
    const bench *b = source;
    const size_t bytes = b->width * sizeof(float);
    if (graft_file_pread(b->file, out, count * bytes, first * bytes)) return GRAFT_OK;
    return graft_fail(GRAFT_E_DATA, "the features cannot be read: fewer rows than said?");
}

static graft_status loss_of_piece(void *argument, int worker, size_t piece) {
    bench *b = argument;
    const graft_logistic *m = b->model;
    float *rows = worker_rows(b, worker);
    double logit[256];
    GRAFT_TRY(read_rows(b, piece * PIECE, piece_rows(b, piece), rows));
    for (size_t i = 0; i < piece_rows(b, piece); i++) {
        const size_t row = piece * PIECE + i;
        float *x = rows + i * b->width;
        for (size_t j = 0; j < b->width; j++)
            x[j] = (x[j] - m->mean[j]) * m->scale[j];
        double largest = -INFINITY, total = 0;
        for (int k = 0; k < b->classes; k++) {
            const float *weight = m->weight + (size_t)k * b->width;
            logit[k] = (double)m->bias[k];
            for (size_t j = 0; j < b->width; j++)
                logit[k] += (double)x[j] * (double)weight[j];
            largest = fmax(largest, logit[k]);
        }
        for (int k = 0; k < b->classes; k++)
            total += exp(logit[k] - largest);
        b->loss[row] = log(total) + largest - logit[row % (size_t)b->classes];
    }
    return GRAFT_OK;
}

static graft_status objective(bench *b, const graft_logistic *model, double *out) {
    double loss = 0, squares = 0;
    b->model = model;
    b->loss = graft_allocate(b->count, sizeof(double));
    if (b->loss == NULL) return graft_fail_memory("losses");
    graft_status status = pieces(b, loss_of_piece);
    for (size_t i = 0; status == GRAFT_OK && i < b->count; i++)
        loss += b->loss[i];
    for (size_t i = 0; i < (size_t)b->classes * b->width; i++)
        squares += (double)model->weight[i] * (double)model->weight[i];
    *out = model->c * loss + squares / 2;
    graft_release(b->loss);
    return status;
}

static graft_status fit(bench *b, double c) {
    graft_rows rows = {.read = read_rows, .source = b, .count = b->count, .width = b->width, .classes = b->classes};
    int *label = graft_allocate(b->count, sizeof(int));
    graft_logistic *model = NULL;
    struct rusage usage;
    double value;
    if (label == NULL) return graft_fail_memory("labels");
    for (size_t i = 0; i < b->count; i++)
        label[i] = (int)(i % (size_t)b->classes);
    rows.label = label;
    const double begun = graft_now();
    graft_status status = graft_logistic_fit(b->context, &rows, c, &model);
    const double seconds = graft_now() - begun;
    getrusage(RUSAGE_SELF, &usage);
    if (status == GRAFT_OK) status = objective(b, model, &value);
    if (status == GRAFT_OK)
        printf("%.3f,%.1f,%.8g,%d\n", seconds, (double)usage.ru_maxrss / 1024, value, model->iterations);
    graft_logistic_free(model);
    graft_release(label);
    return status;
}

static graft_status run(bench *b, bool making, double c) {
    graft_context_options options = GRAFT_CONTEXT_OPTIONS_INIT;
    options.no_cache = true;
    GRAFT_TRY(graft_context_new(&b->context, &options));
    graft_status status = making ? make(b) : fit(b, c);
    graft_context_free(b->context);
    return status;
}

int main(int argc, char **argv) {
    const bool making = argc == 6 && strcmp(argv[1], "make") == 0;
    bench b = {.count = argc > 5 ? strtoul(argv[3], NULL, 10) : 0,
               .width = argc > 5 ? strtoul(argv[4], NULL, 10) : 0,
               .classes = argc > 5 ? atoi(argv[5]) : 0};
    if ((!making && (argc < 6 || argc > 7 || strcmp(argv[1], "fit") != 0)) || b.count < 1 || b.width < 1 ||
        b.classes < 2 || b.classes > 256) {
        fprintf(stderr, "usage: bench-head-fit make|fit FILE ROWS WIDTH CLASSES(2..256) [C]\n");
        return 2;
    }
    b.file = open(argv[2], making ? O_RDWR | O_CREAT | O_TRUNC : O_RDONLY, 0644);
    if (b.file < 0) {
        perror(argv[2]);
        return 3;
    }
    graft_status status = run(&b, making, argc > 6 ? strtod(argv[6], NULL) : 0.01);
    if (status != GRAFT_OK) fprintf(stderr, "bench-head-fit: %s\n", graft_error_text());
    close(b.file);
    return graft_status_exit_code(status);
}
