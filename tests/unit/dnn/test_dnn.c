#include "support/support.h"

#include "base/alloc.h"
#include "dnn/dnn.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static graft_dnn_engine *engine;

static int64_t count_of(graft_dnn_shape shape) {
    return shape.dim[0] * shape.dim[1] * shape.dim[2] * shape.dim[3];
}

/* Values in -1..1 that are the same in every run. */
static float *values(size_t count, uint32_t seed) {
    float *out = graft_allocate_aligned(count, sizeof *out);
    assert_non_null(out);
    for (size_t i = 0; i < count; i++) {
        seed = seed * 1664525U + 1013904223U;
        out[i] = (float)(seed >> 8) / 8388608.0F - 1.0F;
    }
    return out;
}

static graft_dnn_layout *plain(int64_t n, int64_t c, int64_t h, int64_t w) {
    graft_dnn_layout *layout;
    assert_ok(graft_dnn_layout_plain(&(graft_dnn_shape){{n, c, h, w}}, &layout));
    return layout;
}

static void run_op(const graft_dnn_op *op, void *const *sources, void *destination) {
    graft_dnn_stream *stream;
    graft_dnn_call *call;
    void *scratch = graft_allocate_aligned(graft_dnn_op_scratch_bytes(op), 1);
    assert_ok(graft_dnn_stream_new(engine, &stream));
    assert_ok(graft_dnn_call_new(engine, op, sources, destination, scratch, &call));
    assert_ok(graft_dnn_call_run(call, stream));
    graft_dnn_call_free(call);
    graft_dnn_stream_free(stream);
    graft_release(scratch);
}

/* `data` laid out as `from`, in new memory laid out as `to`. */
static float *moved(const graft_dnn_layout *from, const graft_dnn_layout *to, float *data) {
    graft_dnn_op *op;
    assert_ok(graft_dnn_reorder_new(engine, from, to, &op));
    float *out = graft_allocate_aligned(graft_dnn_layout_bytes(to), 1);
    run_op(op, (void *[]){data}, out);
    graft_dnn_op_free(op);
    return out;
}

/* Runs an op of plain sources and gives its plain result. */
static float *computed(const graft_dnn_op *op, float *const *data) {
    void *sources[8];
    for (int i = 0; i < graft_dnn_op_source_count(op); i++) {
        const graft_dnn_layout *wanted = graft_dnn_op_source(op, i);
        const graft_dnn_shape shape = graft_dnn_layout_shape(wanted);
        graft_dnn_layout *given = plain(shape.dim[0], shape.dim[1], shape.dim[2], shape.dim[3]);
        sources[i] = moved(given, wanted, data[i]);
        graft_dnn_layout_free(given);
    }
    const graft_dnn_layout *destination = graft_dnn_op_destination(op);
    const graft_dnn_shape shape = graft_dnn_layout_shape(destination);
    float *raw = graft_allocate_aligned(graft_dnn_layout_bytes(destination), 1);
    memset(raw, 0x7f, graft_dnn_layout_bytes(destination));
    run_op(op, sources, raw);
    graft_dnn_layout *out = plain(shape.dim[0], shape.dim[1], shape.dim[2], shape.dim[3]);
    float *result = moved(destination, out, raw);
    graft_dnn_layout_free(out);
    graft_release(raw);
    for (int i = 0; i < graft_dnn_op_source_count(op); i++)
        graft_release(sources[i]);
    return result;
}

static void assert_near(const float *got, const double *expected, int64_t count, double tolerance) {
    for (int64_t i = 0; i < count; i++)
        if (!(fabs((double)got[i] - expected[i]) <= tolerance * (1.0 + fabs(expected[i]))))
            fail_msg("element %lld: %.9g, expected %.9g", (long long)i, (double)got[i], expected[i]);
}

static double convolved(const graft_dnn_convolution *c, graft_dnn_shape in, const float *x, int64_t n, int64_t o,
                        int64_t row, int64_t column) {
    const int64_t per_group = in.dim[1] / c->groups, group = o / (c->destination.dim[1] / c->groups);
    double sum = c->bias == NULL ? 0.0 : c->bias[o];
    for (int64_t i = 0; i < per_group; i++)
        for (int64_t ky = 0; ky < c->kernel[0]; ky++)
            for (int64_t kx = 0; kx < c->kernel[1]; kx++) {
                const int64_t y = row * c->strides[0] - c->padding[0] + ky * c->dilations[0];
                const int64_t z = column * c->strides[1] - c->padding[2] + kx * c->dilations[1];
                if (y < 0 || y >= in.dim[2] || z < 0 || z >= in.dim[3]) continue;
                sum += (double)x[((n * in.dim[1] + group * per_group + i) * in.dim[2] + y) * in.dim[3] + z] *
                       (double)c->weights[((o * per_group + i) * c->kernel[0] + ky) * c->kernel[1] + kx];
            }
    return sum;
}

static void check_convolution(graft_dnn_shape in, graft_dnn_convolution c) {
    const graft_dnn_shape out = c.destination;
    float *x = values((size_t)count_of(in), 1);
    float *w = values((size_t)(out.dim[1] * in.dim[1] / c.groups * c.kernel[0] * c.kernel[1]), 2);
    float *b = values((size_t)out.dim[1], 3);
    graft_dnn_layout *source = plain(in.dim[0], in.dim[1], in.dim[2], in.dim[3]);
    c.source = source;
    c.weights = w;
    c.bias = b;
    graft_dnn_op *op;
    assert_ok(graft_dnn_convolution_new(engine, &c, &op));
    float *got = computed(op, &x);
    double *expected = calloc((size_t)count_of(out), sizeof *expected);
    for (int64_t i = 0; i < count_of(out); i++) {
        const int64_t column = i % out.dim[3], row = i / out.dim[3] % out.dim[2];
        const int64_t channel = i / (out.dim[3] * out.dim[2]) % out.dim[1];
        expected[i] = convolved(&c, in, x, i / (out.dim[3] * out.dim[2] * out.dim[1]), channel, row, column);
        if (c.posts.count > 0) expected[i] = fmax(expected[i], 0.0);
    }
    assert_near(got, expected, count_of(out), 1e-5);
    free(expected);
    graft_release(got);
    graft_release(x);
    graft_release(w);
    graft_release(b);
    graft_dnn_op_free(op);
    graft_dnn_layout_free(source);
}

static void test_convolution(void **state) {
    (void)state;
    const graft_dnn_posts relu = {.item = {{.function = GRAFT_DNN_RELU}}, .count = 1};
    check_convolution((graft_dnn_shape){{2, 3, 9, 7}}, (graft_dnn_convolution){.destination = {{2, 5, 5, 4}},
                                                                               .kernel = {3, 3},
                                                                               .strides = {2, 2},
                                                                               .dilations = {1, 1},
                                                                               .padding = {1, 1, 1, 1},
                                                                               .groups = 1,
                                                                               .posts = relu});
    check_convolution((graft_dnn_shape){{1, 24, 8, 8}}, (graft_dnn_convolution){.destination = {{1, 24, 4, 4}},
                                                                                .kernel = {3, 3},
                                                                                .strides = {2, 2},
                                                                                .dilations = {1, 1},
                                                                                .padding = {0, 1, 0, 1},
                                                                                .groups = 24});
    check_convolution((graft_dnn_shape){{1, 6, 8, 9}}, (graft_dnn_convolution){.destination = {{1, 4, 8, 9}},
                                                                               .kernel = {3, 3},
                                                                               .strides = {1, 1},
                                                                               .dilations = {2, 2},
                                                                               .padding = {2, 2, 2, 2},
                                                                               .groups = 2});
    check_convolution(
        (graft_dnn_shape){{3, 40, 1, 1}},
        (graft_dnn_convolution){
            .destination = {{3, 10, 1, 1}}, .kernel = {1, 1}, .strides = {1, 1}, .dilations = {1, 1}, .groups = 1});
}

/* What each implementation and layout is, for the eye. */
static void test_probe(void **state) {
    (void)state;
    static const int64_t cases[][8] = {
        /* batch, in, size, out, kernel, stride, groups, padding */
        {1, 3, 224, 32, 3, 2, 1, 1},    {1, 32, 112, 32, 3, 1, 32, 1}, {1, 32, 112, 16, 1, 1, 1, 0},
        {1, 96, 56, 24, 1, 1, 1, 0},    {1, 24, 56, 144, 1, 1, 1, 0},  {2, 24, 56, 144, 1, 1, 1, 0},
        {1, 3, 224, 8, 3, 2, 1, 1},     {1, 8, 112, 8, 3, 1, 8, 1},    {1, 8, 112, 16, 1, 1, 1, 0},
        {1, 1280, 1, 1000, 1, 1, 1, 0}, {1, 40, 1, 10, 1, 1, 1, 0},    {1, 1, 28, 20, 5, 1, 1, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const int64_t *k = cases[i], out = (k[2] + 2 * k[7] - k[4]) / k[5] + 1;
        graft_dnn_layout *source = plain(k[0], k[1], k[2], k[2]);
        float *w = values((size_t)(k[3] * k[1] / k[6] * k[4] * k[4]), 1);
        graft_dnn_convolution c = {.source = source,
                                   .destination = {{k[0], k[3], out, out}},
                                   .kernel = {k[4], k[4]},
                                   .strides = {k[5], k[5]},
                                   .dilations = {1, 1},
                                   .padding = {k[7], k[7], k[7], k[7]},
                                   .groups = k[6],
                                   .weights = w};
        graft_dnn_op *op;
        char a[64], b[64];
        assert_ok(graft_dnn_convolution_new(engine, &c, &op));
        fprintf(stderr, "%d->%d %dx%d k%d g%d: %s %s %s\n", (int)k[1], (int)k[3], (int)k[2], (int)k[2], (int)k[4],
                (int)k[6], graft_dnn_layout_text(graft_dnn_op_source(op, 0), a),
                graft_dnn_layout_text(graft_dnn_op_destination(op), b), graft_dnn_op_implementation(op));
        graft_dnn_op_free(op);
        graft_dnn_layout_free(source);
        graft_release(w);
    }
}

static int setup(void **state) {
    (void)state;
    graft_dnn_single_thread_begin();
    return graft_dnn_engine_new(&engine) != GRAFT_OK;
}

static int teardown(void **state) {
    (void)state;
    graft_dnn_engine_free(engine);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_convolution), cmocka_unit_test(test_probe)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
