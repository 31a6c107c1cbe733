#include "support/reference.h"

#include "nn/op.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct call {
    const graft_node *node;
    const graft_shape *shape[64]; /* of the inputs */
    const double *in[64];
    double *out;
} call;

static size_t count_of(const graft_shape *shape) {
    return (size_t)graft_shape_count(shape);
}

static const float *param(const call *c, const char *name) {
    const graft_param *found = graft_node_param(c->node, name);
    return found ? graft_tensor_f32(found->value) : NULL;
}

/* Numbers that share a channel: 1 for vectors. */
static size_t area_of(const graft_shape *shape) {
    return count_of(shape) / (size_t)shape->dim[0];
}

static void run_input(const call *c) {
    (void)c; /* filled by reference_run */
}

/* One row of the output from one row of the input and one cell of the kernel. */
static void add_row(double *out, int64_t out_width, const double *in, int64_t in_width, int64_t start, int64_t step,
                    double weight) {
    int64_t first = start < 0 ? (-start + step - 1) / step : 0;
    int64_t end = start < in_width ? (in_width - start + step - 1) / step : 0;
    if (end > out_width) end = out_width;
    for (int64_t x = first; x < end; x++)
        out[x] += weight * in[start + x * step];
}

static void run_conv2d(const call *c) {
    const graft_conv2d_attributes *a = c->node->attributes;
    const graft_shape *in = c->shape[0], *out = &c->node->output;
    const float *kernel = param(c, "kernel"), *bias = param(c, "bias");
    int64_t padding[4], height = out->dim[1], width = out->dim[2];
    int64_t in_channels = in->dim[0] / a->groups, out_channels = a->filters / a->groups;
    graft_conv2d_padding(c->node, in, padding);
    for (int64_t o = 0; o < a->filters; o++) {
        double *plane = c->out + o * height * width;
        for (int64_t i = 0; i < height * width; i++)
            plane[i] = bias ? bias[o] : 0;
        for (int64_t i = 0; i < in_channels; i++) {
            const double *source = c->in[0] + (o / out_channels * in_channels + i) * in->dim[1] * in->dim[2];
            const float *cell = kernel + (o * in_channels + i) * a->kernel[0] * a->kernel[1];
            for (int64_t ky = 0; ky < a->kernel[0]; ky++)
                for (int64_t y = 0; y < height; y++) {
                    int64_t row = y * a->strides[0] + ky * a->dilations[0] - padding[0];
                    if (row < 0 || row >= in->dim[1]) continue;
                    for (int64_t kx = 0; kx < a->kernel[1]; kx++)
                        add_row(plane + y * width, width, source + row * in->dim[2], in->dim[2],
                                kx * a->dilations[1] - padding[2], a->strides[1], cell[ky * a->kernel[1] + kx]);
                }
        }
    }
}

static void run_dense(const call *c) {
    const graft_dense_attributes *a = c->node->attributes;
    const float *kernel = param(c, "kernel"), *bias = param(c, "bias");
    int64_t length = c->shape[0]->dim[0];
    for (int64_t o = 0; o < a->units; o++) {
        double sum = bias ? bias[o] : 0;
        for (int64_t i = 0; i < length; i++)
            sum += (double)kernel[o * length + i] * c->in[0][i];
        c->out[o] = sum;
    }
}

static void run_batchnorm(const call *c) {
    const graft_batchnorm_attributes *a = c->node->attributes;
    const float *gamma = param(c, "gamma"), *beta = param(c, "beta");
    const float *mean = param(c, "mean"), *variance = param(c, "variance");
    size_t area = area_of(c->shape[0]);
    for (size_t i = 0; i < count_of(c->shape[0]); i++) {
        size_t k = i / area;
        double x = (c->in[0][i] - mean[k]) / sqrt((double)variance[k] + a->epsilon);
        c->out[i] = x * (gamma ? gamma[k] : 1) + (beta ? beta[k] : 0);
    }
}

static void run_scale_shift(const call *c) {
    const float *scale = param(c, "scale"), *shift = param(c, "shift");
    size_t area = area_of(c->shape[0]);
    for (size_t i = 0; i < count_of(c->shape[0]); i++)
        c->out[i] = c->in[0][i] * scale[i / area] + shift[i / area];
}

static double clamp(double x, double low, double high) {
    return x < low ? low : x > high ? high : x;
}

static double activate(const graft_activation_attributes *a, double x) {
    static const double selu_alpha = 1.6732632423543772, selu_scale = 1.0507009873554805;
    switch ((graft_activation_kind)a->kind) {
    case GRAFT_ACT_LINEAR:
        return x;
    case GRAFT_ACT_RELU:
        if (a->max_value > 0 && x >= a->max_value) return a->max_value;
        return x >= a->threshold ? x : a->alpha * (x - a->threshold);
    case GRAFT_ACT_RELU6:
        return clamp(x, 0, 6);
    case GRAFT_ACT_LEAKY_RELU:
        return x >= 0 ? x : a->alpha * x;
    case GRAFT_ACT_ELU:
        return x >= 0 ? x : a->alpha * expm1(x);
    case GRAFT_ACT_SELU:
        return selu_scale * (x >= 0 ? x : selu_alpha * expm1(x));
    case GRAFT_ACT_SIGMOID:
        return 1 / (1 + exp(-x));
    case GRAFT_ACT_TANH:
        return tanh(x);
    case GRAFT_ACT_SWISH:
        return x / (1 + exp(-x));
    case GRAFT_ACT_HARD_SIGMOID:
        return clamp(a->alpha * x + 0.5, 0, 1);
    case GRAFT_ACT_HARD_SWISH:
        return x * clamp(x / 6 + 0.5, 0, 1);
    case GRAFT_ACT_GELU:
        return 0.5 * x * (1 + erf(x / sqrt(2)));
    case GRAFT_ACT_SOFTPLUS:
        return x > 30 ? x : log1p(exp(x));
    case GRAFT_ACT_SOFTSIGN:
        return x / (1 + fabs(x));
    case GRAFT_ACT_EXP:
        return exp(x);
    }
    abort();
}

static void run_activation(const call *c) {
    for (size_t i = 0; i < count_of(c->shape[0]); i++)
        c->out[i] = activate(c->node->attributes, c->in[0][i]);
}

/* Numbers behind one step along `axis`. */
static size_t stride_of(const graft_shape *shape, int64_t axis) {
    size_t stride = 1;
    for (int i = shape->rank - 1; i > axis; i--)
        stride *= (size_t)shape->dim[i];
    return stride;
}

static void run_softmax(const call *c) {
    const graft_softmax_attributes *a = c->node->attributes;
    size_t stride = stride_of(c->shape[0], a->axis), length = (size_t)c->shape[0]->dim[a->axis];
    for (size_t i = 0; i < count_of(c->shape[0]); i++) {
        if (i / stride % length) continue; /* only where a line along the axis begins */
        double highest = -INFINITY, sum = 0;
        for (size_t k = 0; k < length; k++)
            highest = fmax(highest, c->in[0][i + k * stride]);
        for (size_t k = 0; k < length; k++)
            sum += c->out[i + k * stride] = exp(c->in[0][i + k * stride] - highest);
        for (size_t k = 0; k < length; k++)
            c->out[i + k * stride] /= sum;
    }
}

static double pool_window(const call *c, const double *plane, const int64_t padding[4], int64_t y, int64_t x,
                          bool max) {
    const graft_pool_attributes *a = c->node->attributes;
    const graft_shape *in = c->shape[0];
    double sum = 0, highest = -INFINITY;
    int64_t cells = 0;
    for (int64_t ky = 0; ky < a->size[0]; ky++)
        for (int64_t kx = 0; kx < a->size[1]; kx++) {
            int64_t row = y * a->strides[0] + ky - padding[0], column = x * a->strides[1] + kx - padding[2];
            bool inside = row >= 0 && row < in->dim[1] && column >= 0 && column < in->dim[2];
            cells += inside || a->count_padding;
            if (!inside) continue;
            double value = plane[row * in->dim[2] + column];
            sum += value;
            highest = fmax(highest, value);
        }
    return max ? highest : sum / (double)cells;
}

static void run_pool(const call *c, bool max) {
    const graft_shape *out = &c->node->output;
    int64_t padding[4];
    graft_pool_padding(c->node, c->shape[0], padding);
    size_t at = 0;
    for (int64_t k = 0; k < out->dim[0]; k++)
        for (int64_t y = 0; y < out->dim[1]; y++)
            for (int64_t x = 0; x < out->dim[2]; x++)
                c->out[at++] = pool_window(c, c->in[0] + (size_t)k * area_of(c->shape[0]), padding, y, x, max);
}

static void run_maxpool2d(const call *c) {
    run_pool(c, true);
}

static void run_avgpool2d(const call *c) {
    run_pool(c, false);
}

static void run_global_pool(const call *c, bool max) {
    size_t area = area_of(c->shape[0]);
    for (size_t k = 0; k < (size_t)c->shape[0]->dim[0]; k++) {
        double sum = 0, highest = -INFINITY;
        for (size_t i = 0; i < area; i++) {
            sum += c->in[0][k * area + i];
            highest = fmax(highest, c->in[0][k * area + i]);
        }
        c->out[k] = max ? highest : sum / (double)area;
    }
}

static void run_global_maxpool(const call *c) {
    run_global_pool(c, true);
}

static void run_global_avgpool(const call *c) {
    run_global_pool(c, false);
}

static void run_merge(const call *c, bool product) {
    size_t area = area_of(&c->node->output);
    for (size_t i = 0; i < count_of(&c->node->output); i++) {
        double result = product ? 1 : 0;
        for (int k = 0; k < c->node->input_count; k++) {
            bool spread = !graft_shape_equal(c->shape[k], &c->node->output);
            double value = c->in[k][spread ? i / area : i];
            result = product ? result * value : result + value;
        }
        c->out[i] = result;
    }
}

static void run_add(const call *c) {
    run_merge(c, false);
}

static void run_multiply(const call *c) {
    run_merge(c, true);
}

static void run_concat(const call *c) {
    const graft_concat_attributes *a = c->node->attributes;
    size_t stride = stride_of(&c->node->output, a->axis), offset = 0;
    size_t line = (size_t)c->node->output.dim[a->axis] * stride;
    for (int k = 0; k < c->node->input_count; k++) {
        size_t piece = (size_t)c->shape[k]->dim[a->axis] * stride;
        for (size_t i = 0; i < count_of(c->shape[k]); i++)
            c->out[i / piece * line + offset + i % piece] = c->in[k][i];
        offset += piece;
    }
}

/* Where element `i`, counted in H,W,C order, lies in C,H,W. */
static size_t place_of(const graft_shape *shape, size_t i) {
    if (shape->rank != 3) return i;
    size_t channels = (size_t)shape->dim[0];
    return i % channels * area_of(shape) + i / channels;
}

static void run_flatten(const call *c) {
    bool keras = ((const graft_flatten_attributes *)c->node->attributes)->order == 1;
    for (size_t i = 0; i < count_of(c->shape[0]); i++)
        c->out[i] = c->in[0][keras ? place_of(c->shape[0], i) : i];
}

static void run_reshape(const call *c) {
    bool keras = ((const graft_reshape_attributes *)c->node->attributes)->order == 1;
    for (size_t i = 0; i < count_of(c->shape[0]); i++)
        c->out[keras ? place_of(&c->node->output, i) : i] = c->in[0][keras ? place_of(c->shape[0], i) : i];
}

static void run_dropout(const call *c) {
    memcpy(c->out, c->in[0], count_of(c->shape[0]) * sizeof(double));
}

static void run_zeropad2d(const call *c) {
    const graft_pad_attributes *a = c->node->attributes;
    const graft_shape *in = c->shape[0], *out = &c->node->output;
    memset(c->out, 0, count_of(out) * sizeof(double));
    for (int64_t row = 0; row < in->dim[0] * in->dim[1]; row++) {
        int64_t to = row / in->dim[1] * out->dim[1] + row % in->dim[1] + a->padding[0];
        memcpy(c->out + to * out->dim[2] + a->padding[2], c->in[0] + row * in->dim[2],
               (size_t)in->dim[2] * sizeof(double));
    }
}

/* Every input cell spreads the kernel over the output. */
static void spread_channel(const call *c, int64_t o, int64_t i, const float *cell, const int64_t padding[4]) {
    const graft_conv2d_transpose_attributes *a = c->node->attributes;
    const graft_shape *in = c->shape[0], *out = &c->node->output;
    for (int64_t y = 0; y < in->dim[1]; y++)
        for (int64_t x = 0; x < in->dim[2]; x++)
            for (int64_t ky = 0; ky < a->kernel[0]; ky++)
                for (int64_t kx = 0; kx < a->kernel[1]; kx++) {
                    int64_t row = y * a->strides[0] + ky * a->dilations[0] - padding[0];
                    int64_t column = x * a->strides[1] + kx * a->dilations[1] - padding[2];
                    if (row < 0 || row >= out->dim[1] || column < 0 || column >= out->dim[2]) continue;
                    c->out[(o * out->dim[1] + row) * out->dim[2] + column] +=
                        c->in[0][(i * in->dim[1] + y) * in->dim[2] + x] * (double)cell[ky * a->kernel[1] + kx];
                }
}

static void run_conv2d_transpose(const call *c) {
    const graft_conv2d_transpose_attributes *a = c->node->attributes;
    const float *kernel = param(c, "kernel"), *bias = param(c, "bias");
    int64_t padding[4], inputs = c->shape[0]->dim[0] / a->groups, outputs = a->filters / a->groups;
    size_t area = area_of(&c->node->output);
    graft_conv2d_transpose_padding(c->node, c->shape[0], padding);
    for (size_t k = 0; k < count_of(&c->node->output); k++)
        c->out[k] = bias ? bias[k / area] : 0;
    for (int64_t o = 0; o < a->filters; o++)
        for (int64_t i = 0; i < inputs; i++)
            spread_channel(c, o, o / outputs * inputs + i, kernel + (o * inputs + i) * a->kernel[0] * a->kernel[1],
                           padding);
}

/* The cell of a line that a cell of the larger line lies in or after, and how far beyond its centre. */
static int64_t cell_before(int64_t at, int64_t factor, int64_t length, double *beyond) {
    double place = ((double)at + 0.5) / (double)factor - 0.5;
    if (place < 0) place = 0;
    if (place > (double)(length - 1)) place = (double)(length - 1);
    *beyond = place - floor(place);
    return (int64_t)floor(place);
}

static double between(const double *line, int64_t at, double beyond, int64_t step) {
    return beyond > 0 ? line[at * step] * (1 - beyond) + line[(at + 1) * step] * beyond : line[at * step];
}

static void run_upsample2d(const call *c) {
    const graft_upsample_attributes *a = c->node->attributes;
    const graft_shape *in = c->shape[0], *out = &c->node->output;
    for (size_t k = 0; k < count_of(out); k++) {
        int64_t x = (int64_t)k % out->dim[2], y = (int64_t)k / out->dim[2] % out->dim[1];
        const double *plane = c->in[0] + k / area_of(out) * area_of(in);
        double down, right;
        int64_t row = cell_before(y, a->size[0], in->dim[1], &down);
        int64_t column = cell_before(x, a->size[1], in->dim[2], &right);
        if (a->interpolation == 0) {
            c->out[k] = plane[y / a->size[0] * in->dim[2] + x / a->size[1]];
            continue;
        }
        double upper = between(plane + row * in->dim[2], column, right, 1);
        double lower = down > 0 ? between(plane + (row + 1) * in->dim[2], column, right, 1) : upper;
        c->out[k] = upper * (1 - down) + lower * down;
    }
}

static void run_lrn(const call *c) {
    const graft_lrn_attributes *a = c->node->attributes;
    int64_t area = (int64_t)area_of(c->shape[0]), channels = c->shape[0]->dim[0];
    for (int64_t i = 0; i < channels * area; i++) {
        double sum = 0;
        for (int64_t k = i / area - a->size / 2; k <= i / area + a->size / 2; k++)
            if (k >= 0 && k < channels) sum += c->in[0][k * area + i % area] * c->in[0][k * area + i % area];
        c->out[i] = c->in[0][i] / pow(a->k + a->alpha / (double)a->size * sum, a->beta);
    }
}

static void run_layernorm(const call *c) {
    const graft_layernorm_attributes *a = c->node->attributes;
    const float *gamma = param(c, "gamma"), *beta = param(c, "beta");
    size_t area = area_of(c->shape[0]), channels = (size_t)c->shape[0]->dim[0];
    for (size_t at = 0; at < area; at++) {
        double mean = 0, variance = 0;
        for (size_t k = 0; k < channels; k++)
            mean += c->in[0][k * area + at] / (double)channels;
        for (size_t k = 0; k < channels; k++)
            variance += pow(c->in[0][k * area + at] - mean, 2) / (double)channels;
        for (size_t k = 0; k < channels; k++)
            c->out[k * area + at] =
                (c->in[0][k * area + at] - mean) / sqrt(variance + a->epsilon) * (gamma ? (double)gamma[k] : 1) +
                (beta ? (double)beta[k] : 0);
    }
}

static void run_gru(const call *c) {
    reference_recurrent(c->node, c->shape[0], c->in, c->out);
}

static void run_lstm(const call *c) {
    reference_recurrent(c->node, c->shape[0], c->in, c->out);
}

static void run_slice(const call *c) {
    reference_slice(c->node, c->shape[0], c->in[0], c->out);
}

static void run_embedding(const call *c) {
    reference_embedding(c->node, c->shape[0], c->in[0], c->out);
}

/* Without its noise, which tests of their own know. */
static void run_gaussian_sample(const call *c) {
    memcpy(c->out, c->in[0], count_of(c->shape[0]) * sizeof(double));
}

static void run(const call *c) {
#define GRAFT_OP(op_name)                           \
    if (strcmp(c->node->op->name, #op_name) == 0) { \
        run_##op_name(c);                           \
        return;                                     \
    }
#include "nn/ops.def"
#undef GRAFT_OP
    abort();
}

double **reference_run(const graft_graph *graph, const float *input) {
    double **values = calloc((size_t)graft_graph_count(graph), sizeof(*values));
    assert(values);
    for (int i = 0; i < graft_graph_count(graph); i++) {
        call c = {.node = graft_graph_node(graph, i)};
        size_t count = count_of(&c.node->output);
        c.out = values[i] = malloc(count * sizeof(double));
        assert(c.out && c.node->input_count <= 64);
        for (int k = 0; k < c.node->input_count; k++) {
            c.shape[k] = &graft_graph_node(graph, c.node->inputs[k])->output;
            c.in[k] = values[c.node->inputs[k]];
        }
        if (i == graft_graph_input(graph))
            for (size_t k = 0; k < count; k++)
                c.out[k] = input[k];
        run(&c);
    }
    return values;
}

void reference_free(const graft_graph *graph, double **values) {
    for (int i = 0; values && i < graft_graph_count(graph); i++)
        free(values[i]);
    free(values);
}
