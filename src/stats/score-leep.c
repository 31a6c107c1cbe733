/* Log expected empirical prediction (Nguyen, Hassner, Seeger, Archambeau 2020, "LEEP: a new measure to evaluate
 * transferability of learned representations"): with t_i the source probabilities of row i,
 *   P(y,z) = 1/n sum_{i: y_i = y} t_i(z),  LEEP = 1/n sum_i log sum_z P(y_i|z) t_i(z). */
#include "stats/score.h"

#include "base/alloc.h"
#include "base/error.h"

#include <math.h>

/* classes x source, but for `total` (source). */
typedef struct tables {
    double *joint, *expected, *total; /* P(y,z), then P(y|z); the derivative of the score by P(y|z); P(z) */
} tables;

static void add_joint(const graft_score_rows *rows, tables *self) {
    size_t from = rows->options.source_classes;
    for (size_t i = 0; i < rows->count; i++) {
        const float *t = rows->options.source + i * from;
        double *joint = self->joint + (size_t)rows->rows->label[i] * from;
        for (size_t z = 0; z < from; z++) {
            joint[z] += (double)t[z] / (double)rows->count;
            self->total[z] += (double)t[z] / (double)rows->count;
        }
    }
    for (size_t i = 0; i < rows->classes * from; i++)
        self->joint[i] = self->total[i % from] > 0 ? self->joint[i] / self->total[i % from] : 0;
}

static double score(const graft_score_rows *rows, tables *self, double *each) {
    size_t from = rows->options.source_classes;
    double sum = 0;
    for (size_t i = 0; i < rows->count; i++) {
        const float *t = rows->options.source + i * from;
        size_t label = (size_t)rows->rows->label[i];
        const double *given = self->joint + label * from;
        double expected = 0;
        for (size_t z = 0; z < from; z++)
            expected += given[z] * (double)t[z];
        expected = fmax(expected, 1e-300);
        for (size_t z = 0; z < from; z++)
            self->expected[label * from + z] += (double)t[z] / expected / (double)rows->count;
        each[i] = log(expected);
        sum += each[i];
    }
    return sum / (double)rows->count;
}

/* A row also moves P(y|z): by t(z) / P(z) (1 for its own class - P(y|z)). */
static void add_influence(const graft_score_rows *rows, tables *self, double *each) {
    size_t from = rows->options.source_classes;
    for (size_t z = 0; z < from; z++) {
        double mean = 0;
        for (size_t k = 0; k < rows->classes; k++)
            mean += self->expected[k * from + z] * self->joint[k * from + z];
        for (size_t k = 0; k < rows->classes; k++)
            self->expected[k * from + z] -= mean;
    }
    for (size_t i = 0; i < rows->count; i++) {
        const float *t = rows->options.source + i * from;
        const double *slope = self->expected + (size_t)rows->rows->label[i] * from;
        for (size_t z = 0; z < from; z++)
            if (self->total[z] > 0) each[i] += (double)t[z] / self->total[z] * slope[z];
    }
}

static graft_status compute(const graft_score_rows *rows, double *value, double *each) {
    size_t from = rows->options.source_classes;
    tables self = {.joint = graft_allocate_zero(rows->classes * from, sizeof(double)),
                   .expected = graft_allocate_zero(rows->classes * from, sizeof(double)),
                   .total = graft_allocate_zero(from, sizeof(double))};
    graft_status status =
        self.joint && self.expected && self.total ? GRAFT_OK : graft_fail_memory("the source classes");
    if (status == GRAFT_OK) {
        add_joint(rows, &self);
        *value = score(rows, &self, each);
        add_influence(rows, &self, each);
    }
    graft_release(self.joint);
    graft_release(self.expected);
    graft_release(self.total);
    return status;
}

const graft_score graft_score_leep = {
    .name = "leep",
    .help = "log expected empirical prediction from the source classes' probabilities, in nats",
    .source = true,
    .compute = compute,
};
