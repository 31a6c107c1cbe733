/* The ops over series in double precision, a step at a time. */
#include "support/reference.h"

#include "nn/op.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double logistic(double x) {
    return 1 / (1 + exp(-x));
}

static const float *param(const graft_node *node, const char *name) {
    const graft_param *found = graft_node_param(node, name);
    return found ? graft_tensor_f32(found->value) : NULL;
}

/* One row of weights times the values that lie `stride` apart. */
static double product(const float *row, const double *values, int64_t count, int64_t stride) {
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += (double)row[i] * values[i * stride];
    return sum;
}

/* A step from `before` to `after`; memory is the LSTM's c. */
static void step(const graft_node *node, int64_t inputs, const double *x, int64_t stride, const double *before,
                 double *after, double *memory) {
    const int64_t units = ((const graft_recurrent_attributes *)node->attributes)->units;
    const float *kernel = param(node, "kernel"), *recurrent = param(node, "recurrent"), *bias = param(node, "bias");
    const float *recurrent_bias = param(node, "recurrent_bias");
    for (int64_t u = 0; u < units; u++) {
        double by_x[4], by_state[4];
        for (int g = 0; g < (recurrent_bias ? 3 : 4); g++) {
            const int64_t row = g * units + u;
            by_x[g] = product(kernel + row * inputs, x, inputs, stride) + (double)bias[row];
            by_state[g] =
                product(recurrent + row * units, before, units, 1) + (recurrent_bias ? (double)recurrent_bias[row] : 0);
        }
        if (recurrent_bias) {
            const double r = logistic(by_x[0] + by_state[0]), z = logistic(by_x[1] + by_state[1]);
            after[u] = (1 - z) * tanh(by_x[2] + r * by_state[2]) + z * before[u];
        } else {
            memory[u] = logistic(by_x[1] + by_state[1]) * memory[u] +
                        logistic(by_x[0] + by_state[0]) * tanh(by_x[2] + by_state[2]);
            after[u] = logistic(by_x[3] + by_state[3]) * tanh(memory[u]);
        }
    }
}

void reference_recurrent(const graft_node *node, const graft_shape *series, const double *const *in, double *out) {
    const graft_recurrent_attributes *a = node->attributes;
    const int64_t steps = series->dim[2], units = a->units;
    double *state = calloc((size_t)units * 3, sizeof *state), *after = state + units, *memory = after + units;
    if (a->initial) memcpy(state, in[1 + a->masked], (size_t)units * sizeof *state);
    for (int64_t n = 0; n < steps; n++) {
        const int64_t t = a->backwards ? steps - 1 - n : n;
        if (!a->masked || in[1][t] > 0.5) {
            step(node, series->dim[0], in[0] + t, steps, state, after, memory);
            memcpy(state, after, (size_t)units * sizeof *state);
        }
        for (int64_t u = 0; a->sequence && u < units; u++)
            out[u * steps + t] = state[u];
    }
    if (!a->sequence) memcpy(out, state, (size_t)units * sizeof *state);
    free(state);
}

void reference_slice(const graft_node *node, const graft_shape *shape, const double *in, double *out) {
    const graft_slice_attributes *a = node->attributes;
    int64_t place[3] = {0, 0, 0};
    const graft_shape *to = &node->output;
    for (place[0] = 0; place[0] < to->dim[0]; place[0]++)
        for (place[1] = 0; place[1] < to->dim[1]; place[1]++)
            for (place[2] = 0; place[2] < to->dim[2]; place[2]++) {
                int64_t from = 0;
                for (int i = 0; i < 3; i++)
                    from = from * shape->dim[i] + place[i] + (i == a->axis ? a->begin : 0);
                *out++ = in[from];
            }
}

void reference_embedding(const graft_node *node, const graft_shape *shape, const double *in, double *out) {
    const graft_embedding_attributes *a = node->attributes;
    const float *table = param(node, "table");
    for (int64_t t = 0; t < shape->dim[2]; t++) {
        const double id = fmin(fmax(floor(in[t]), 0), (double)(a->rows - 1));
        for (int64_t u = 0; u < a->units; u++)
            out[u * shape->dim[2] + t] = (double)table[(int64_t)id * a->units + u];
    }
}
