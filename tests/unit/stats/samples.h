/* Correlated Gaussian classes: rows whose features mix a few hidden directions, as a network's features do. */
#ifndef GRAFT_TESTS_SAMPLES_H
#define GRAFT_TESTS_SAMPLES_H

#include "base/alloc.h"
#include "base/rng.h"
#include "stats/logistic.h"

enum { HIDDEN = 12 };

typedef struct samples {
    float *x;
    int *label;
    graft_rows rows;
} samples;

static inline samples make_samples(size_t count, size_t width, int classes, double apart) {
    samples s = {.x = graft_allocate(count * width, sizeof(float)), .label = graft_allocate(count, sizeof(int))};
    assert_true(s.x != NULL && s.label != NULL);
    graft_rng rng = graft_rng_make(5, GRAFT_RNG_TEST, 0, 0);
    for (size_t i = 0; i < count; i++)
        s.label[i] = (int)(i % (size_t)classes);
    for (size_t i = 0; i < count; i++) {
        float hidden[HIDDEN];
        for (int h = 0; h < HIDDEN; h++)
            hidden[h] = (float)(graft_rng_normal(&rng) + (s.label[i] % HIDDEN == h ? apart : 0));
        for (size_t j = 0; j < width; j++) {
            graft_rng mixing = graft_rng_make(6, GRAFT_RNG_TEST, 0, j); /* column j mixes alike in every row */
            double sum = 0.5 * graft_rng_normal(&rng);
            for (int h = 0; h < HIDDEN; h++)
                sum += (double)hidden[h] * (graft_rng_uniform(&mixing) - 0.4);
            s.x[i * width + j] = sum > 0 ? (float)sum : 0;
        }
    }
    s.rows = (graft_rows){.x = s.x, .label = s.label, .count = count, .width = width, .classes = classes};
    return s;
}

static inline void free_samples(samples *s) {
    graft_release(s->x);
    graft_release(s->label);
}

#endif
