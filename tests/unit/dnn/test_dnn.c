#include "support/support.h"

#include "base/alloc.h"
#include "dnn/dnn.h"
#include <math.h>
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
    test_fill(out, count, seed);
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

/* A layout in which channels come in blocks of which the last is not full. */
static graft_dnn_layout *padded(int64_t n, int64_t c, int64_t h, int64_t w) {
    graft_dnn_layout *source = plain(n, 3, h, w), *layout;
    float *weights = values((size_t)(c * 3 * 9), 1);
    const graft_dnn_convolution first = {.source = source,
                                         .destination = {{n, c, h, w}},
                                         .kernel = {3, 3},
                                         .strides = {1, 1},
                                         .dilations = {1, 1},
                                         .padding = {1, 1, 1, 1},
                                         .groups = 1,
                                         .weights = weights};
    graft_dnn_op *op;
    assert_ok(graft_dnn_convolution_new(engine, &first, &op));
    assert_ok(graft_dnn_layout_like(graft_dnn_op_destination(op), &first.destination, &layout));
    if (!graft_dnn_layout_is_padded(layout)) skip(); /* a CPU whose kernels need no blocks */
    graft_dnn_op_free(op);
    graft_dnn_layout_free(source);
    graft_release(weights);
    return layout;
}

static void test_layouts(void **state) {
    (void)state;
    char text[GRAFT_DNN_LAYOUT_TEXT];
    graft_dnn_layout *nchw = plain(2, 16, 3, 5), *nhwc, *vector = plain(2, 16, 1, 1), *vector_last, *flat;
    assert_ok(graft_dnn_layout_channels_last(&(graft_dnn_shape){{2, 16, 3, 5}}, &nhwc));
    assert_ok(graft_dnn_layout_channels_last(&(graft_dnn_shape){{2, 16, 1, 1}}, &vector_last));
    assert_string_equal(graft_dnn_layout_text(nchw, text), "nchw");
    assert_string_equal(graft_dnn_layout_text(nhwc, text), "nhwc");
    assert_int_equal(graft_dnn_layout_bytes(nchw), 2 * 16 * 3 * 5 * sizeof(float));
    assert_true(graft_dnn_layout_same(nchw, nchw));
    assert_false(graft_dnn_layout_same(nchw, nhwc));
    assert_true(graft_dnn_layout_same(vector, vector_last));
    assert_false(graft_dnn_layout_same(vector, nchw));
    assert_false(graft_dnn_layout_is_padded(nchw));

    assert_ok(graft_dnn_layout_flattened(nchw, false, &flat));
    assert_int_equal(graft_dnn_layout_shape(flat).dim[1], 16 * 3 * 5);
    graft_dnn_layout_free(flat);
    assert_ok(graft_dnn_layout_flattened(nchw, true, &flat));
    assert_null(flat);
    assert_ok(graft_dnn_layout_flattened(nhwc, true, &flat));
    assert_non_null(flat);
    graft_dnn_layout_free(flat);
    graft_dnn_layout_free(nchw);
    graft_dnn_layout_free(nhwc);
    graft_dnn_layout_free(vector);
    graft_dnn_layout_free(vector_last);
}

/* The numbers behind the last channel must stay 0: the next op reads them. */
static void assert_filling_is_zero(const graft_dnn_layout *layout, const float *raw) {
    const graft_dnn_shape shape = graft_dnn_layout_shape(layout);
    if (!graft_dnn_layout_is_padded(layout)) return;
    graft_dnn_layout *row_major = plain(shape.dim[0], shape.dim[1], shape.dim[2], shape.dim[3]);
    const size_t cells = graft_dnn_layout_bytes(layout) / sizeof(float);
    size_t nonzero = 0;
    for (size_t i = 0; i < cells; i++)
        nonzero += raw[i] != 0.0F;
    assert_true(nonzero <= graft_dnn_layout_bytes(row_major) / sizeof(float));
    graft_dnn_layout_free(row_major);
}

/* Runs an op of one source on a padded layout in place and checks the filling. */
static void check_filling(graft_dnn_op *op, const graft_dnn_layout *layout) {
    const graft_dnn_shape shape = graft_dnn_layout_shape(layout);
    graft_dnn_layout *row_major = plain(shape.dim[0], shape.dim[1], shape.dim[2], shape.dim[3]);
    float *data = values(graft_dnn_layout_bytes(row_major) / sizeof(float), 4);
    float *raw = moved(row_major, layout, data);
    run_op(op, (void *[]){raw}, raw);
    assert_filling_is_zero(layout, raw);
    graft_release(raw);
    graft_release(data);
    graft_dnn_layout_free(row_major);
    graft_dnn_op_free(op);
}

static void test_filling_of_blocks_stays_zero(void **state) {
    (void)state;
    graft_dnn_layout *layout = padded(1, 5, 4, 3);
    const graft_dnn_function functions[] = {GRAFT_DNN_EXP, GRAFT_DNN_LOGISTIC, GRAFT_DNN_SOFTPLUS, GRAFT_DNN_LINEAR};
    const float ones[5] = {1, 1, 1, 1, 1};
    graft_dnn_op *op;
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        const graft_dnn_posts posts = {.item = {{.function = functions[i], .alpha = 1, .beta = 1},
                                                {.function = GRAFT_DNN_LINEAR, .alpha = 1, .beta = 1}},
                                       .count = 2};
        assert_ok(graft_dnn_elementwise_new(engine, layout, &posts, &op));
        check_filling(op, layout);
    }
    assert_ok(graft_dnn_scale_shift_new(engine, layout, ones, ones, &(graft_dnn_posts){.count = 0}, &op));
    check_filling(op, layout);
    graft_dnn_layout_free(layout);
}

/* A single op of one source and plain layout over -1..1, against a function of each number. */
static void check_function(graft_dnn_post first, double (*expected_of)(double)) {
    graft_dnn_layout *layout = plain(2, 3, 5, 7);
    const int64_t count = 2 * 3 * 5 * 7;
    const graft_dnn_posts posts = {.item = {first}, .count = 1};
    graft_dnn_op *op;
    float *data = values((size_t)count, 6);
    double *expected = calloc((size_t)count, sizeof *expected);
    for (int64_t i = 0; i < count; i++)
        expected[i] = expected_of((double)(data[i] *= 8.0F));
    assert_ok(graft_dnn_elementwise_new(engine, layout, &posts, &op));
    float *got = computed(op, &data);
    assert_near(got, expected, count, 2e-6);
    graft_release(got);
    graft_release(data);
    free(expected);
    graft_dnn_op_free(op);
    graft_dnn_layout_free(layout);
}

static double f_abs(double x) {
    return fabs(x);
}
static double f_clip(double x) {
    return fmin(fmax(x, 0.5), 6.0);
}
static double f_elu(double x) {
    return x > 0 ? x : 0.5 * expm1(x);
}
static double f_exp(double x) {
    return exp(x);
}
static double f_gelu(double x) {
    return 0.5 * x * (1 + erf(x / sqrt(2)));
}
static double f_hard_swish(double x) {
    return x * fmin(fmax(x + 3, 0), 6) / 6;
}
static double f_linear(double x) {
    return 0.5 * x + 2;
}
static double f_logistic(double x) {
    return 1 / (1 + exp(-x));
}
static double f_relu(double x) {
    return x > 0 ? x : 0.5 * x;
}
static double f_softplus(double x) {
    return log1p(exp(x));
}
static double f_swish(double x) {
    return x / (1 + exp(-x));
}

static void test_functions(void **state) {
    (void)state;
    check_function((graft_dnn_post){.function = GRAFT_DNN_ABS}, f_abs);
    check_function((graft_dnn_post){.function = GRAFT_DNN_CLIP, .alpha = 0.5F, .beta = 6}, f_clip);
    check_function((graft_dnn_post){.function = GRAFT_DNN_ELU, .alpha = 0.5F}, f_elu);
    check_function((graft_dnn_post){.function = GRAFT_DNN_EXP}, f_exp);
    check_function((graft_dnn_post){.function = GRAFT_DNN_GELU}, f_gelu);
    check_function((graft_dnn_post){.function = GRAFT_DNN_HARD_SWISH}, f_hard_swish);
    check_function((graft_dnn_post){.function = GRAFT_DNN_LINEAR, .alpha = 0.5F, .beta = 2}, f_linear);
    check_function((graft_dnn_post){.function = GRAFT_DNN_LOGISTIC}, f_logistic);
    check_function((graft_dnn_post){.function = GRAFT_DNN_RELU, .alpha = 0.5F}, f_relu);
    check_function((graft_dnn_post){.function = GRAFT_DNN_SOFTPLUS}, f_softplus);
    check_function((graft_dnn_post){.function = GRAFT_DNN_SWISH, .alpha = 1}, f_swish);
    check_function((graft_dnn_post){.function = GRAFT_DNN_TANH}, tanh);
}

static void test_padding_and_flattening(void **state) {
    (void)state;
    graft_dnn_layout *layout = plain(1, 2, 2, 2);
    float *data = graft_allocate_aligned(8, sizeof *data);
    graft_dnn_op *op;
    for (int i = 0; i < 8; i++)
        data[i] = (float)(i + 1);
    assert_ok(graft_dnn_pad_new(engine, layout, (const int64_t[]){1, 0, 0, 2}, &op));
    float *got = computed(op, &data);
    const float grown[] = {0, 0, 0, 0, 1, 2, 0, 0, 3, 4, 0, 0, 0, 0, 0, 0, 5, 6, 0, 0, 7, 8, 0, 0};
    assert_memory_equal(got, grown, sizeof grown);
    graft_release(got);
    graft_dnn_op_free(op);
    assert_ok(graft_dnn_flatten_channels_last_new(engine, layout, &op));
    got = computed(op, &data);
    const float flat[] = {1, 5, 2, 6, 3, 7, 4, 8};
    assert_memory_equal(got, flat, sizeof flat);
    graft_release(got);
    graft_dnn_op_free(op);
    graft_release(data);
    graft_dnn_layout_free(layout);
}

static void test_impossible_shapes_are_told(void **state) {
    (void)state;
    graft_dnn_layout *layout = plain(1, 3, 4, 4);
    float weights[27] = {0};
    const graft_dnn_convolution wrong = {.source = layout,
                                         .destination = {{1, 1, 9, 9}},
                                         .kernel = {3, 3},
                                         .strides = {1, 1},
                                         .dilations = {1, 1},
                                         .groups = 1,
                                         .weights = weights};
    graft_dnn_op *op;
    assert_fails(GRAFT_E_INTERNAL, "oneDNN: convolution: invalid arguments",
                 graft_dnn_convolution_new(engine, &wrong, &op));
    graft_dnn_layout_free(layout);
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
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_convolution),
        cmocka_unit_test(test_layouts),
        cmocka_unit_test(test_filling_of_blocks_stays_zero),
        cmocka_unit_test(test_functions),
        cmocka_unit_test(test_padding_and_flattening),
        cmocka_unit_test(test_impossible_shapes_are_told),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
