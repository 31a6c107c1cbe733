/* Every op and every fusion, on small odd shapes, against the plain executor in double precision: folded and apart, in
 * batches of one and of three. */
#include "support/support.h"

#include "base/alloc.h"
#include "nn/plan.h"
#include "support/networks.h"
#include "support/reference.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static graft_context *context;
static char seen[64][32]; /* ops that a test ran */
static size_t seen_count;

static void remember(const graft_graph *graph) {
    for (int i = 0; i < graft_graph_count(graph); i++) {
        const char *name = graft_graph_node(graph, i)->op->name;
        size_t at = 0;
        while (at < seen_count && strcmp(seen[at], name) != 0)
            at++;
        if (at == seen_count) snprintf(seen[seen_count++], sizeof *seen, "%s", name);
    }
}

static void fill_sample(float *out, size_t count, uint32_t seed) {
    for (size_t i = 0; i < count; i++)
        out[i] = test_next(&seed) * 3.0F;
}

static double tolerance = 1e-5;

static void compare(const graft_graph *graph, const graft_plan_state *state, int index, const float *input,
                    const char *what) {
    double **values = reference_run(graph, input);
    const int last = graft_graph_output(graph);
    const int64_t count = graft_shape_count(&graft_graph_node(graph, last)->output);
    const float *got = graft_plan_state_output(state, 0, index);
    double largest = 0.0;
    for (int64_t i = 0; i < count; i++)
        largest = fmax(largest, fabs(values[last][i]));
    for (int64_t i = 0; i < count; i++)
        if (!(fabs((double)got[i] - values[last][i]) <= tolerance * fmax(largest, 1e-3)))
            fail_msg("%s, %s, sample %d, element %lld: %.9g, expected %.9g", graft_graph_name(graph), what, index,
                     (long long)i, (double)got[i], values[last][i]);
    reference_free(graph, values);
}

static void run_case(graft_graph *graph, int batch, bool no_fold) {
    graft_plan_options options = GRAFT_PLAN_OPTIONS_INIT;
    graft_plan *plan;
    graft_plan_state *state;
    char what[64];
    options.batch = batch;
    options.no_fold = no_fold;
    snprintf(what, sizeof what, "batch %d%s", batch, no_fold ? " apart" : "");
    assert_ok(graft_plan_new(context, graph, &options, &plan));
    assert_ok(graft_plan_state_new(plan, &state));
    const size_t size = network_count(graph, graft_graph_input(graph));
    /* twice: the second run meets what the first one left in the arena */
    for (uint32_t run = 0; run < 2; run++) {
        for (int i = 0; i < batch; i++)
            fill_sample(graft_plan_state_input(state, i), size, 10 * run + (uint32_t)i);
        assert_ok(graft_plan_run(state, batch));
        for (int i = 0; i < batch; i++)
            compare(graph, state, i, graft_plan_state_input(state, i), what);
    }
    graft_plan_state_free(state);
    graft_plan_free(plan);
}

/* Checks the graph in every way and frees it. */
static void check(graft_graph *graph) {
    network_fill(graph, 5);
    remember(graph);
    run_case(graph, 1, false);
    run_case(graph, 1, true);
    run_case(graph, 3, false);
    run_case(graph, 3, true);
    graft_graph_free(graph);
}

static graft_graph *new_graph(const char *name, int64_t c, int64_t h, int64_t w, int *at) {
    graft_graph *graph;
    assert_ok(graft_graph_new(name, &graph));
    *at = network_input(graph, c, h, w);
    return graph;
}

static int after(graft_graph *graph, const char *op, const void *attributes, int at) {
    char name[64];
    snprintf(name, sizeof name, "%s_%d", op, graft_graph_count(graph));
    return network_add(graph, op, name, attributes, (const int[]){at, -1});
}

static int conv(graft_graph *graph, int at, int64_t filters, int64_t kernel, int64_t stride, int64_t groups) {
    char name[64];
    snprintf(name, sizeof name, "conv_%d", graft_graph_count(graph));
    return network_conv(graph, name, at, filters, kernel, stride, groups);
}

static int act(graft_graph *graph, int at, int kind) {
    char name[64];
    snprintf(name, sizeof name, "act_%d", graft_graph_count(graph));
    return network_activation(graph, name, at, kind);
}

static int two(graft_graph *graph, const char *op, const void *attributes, int a, int b) {
    char name[64];
    snprintf(name, sizeof name, "%s_%d", op, graft_graph_count(graph));
    return network_add(graph, op, name, attributes, (const int[]){a, b, -1});
}

static const graft_batchnorm_attributes bn = {.epsilon = 0.001, .scale = true, .center = true};

/* ---- convolutions ---- */

static void test_convolutions(void **state) {
    (void)state;
    static const struct {
        const char *name;
        int64_t channels, height, width;
        graft_conv2d_attributes a;
    } cases[] = {
        {"first",
         3,
         13,
         11,
         {.filters = 10,
          .kernel = {3, 3},
          .strides = {2, 2},
          .dilations = {1, 1},
          .padding = {0, 1, 0, 1},
          .groups = 1,
          .bias = true}},
        {"one channel",
         1,
         9,
         9,
         {.filters = 7,
          .kernel = {5, 5},
          .strides = {1, 1},
          .dilations = {1, 1},
          .padding = {2, 2, 2, 2},
          .groups = 1,
          .bias = true}},
        {"pointwise", 24, 5, 7, {.filters = 40, .kernel = {1, 1}, .strides = {1, 1}, .dilations = {1, 1}, .groups = 1}},
        {"pointwise with stride",
         16,
         8,
         9,
         {.filters = 33, .kernel = {1, 1}, .strides = {2, 2}, .dilations = {1, 1}, .groups = 1, .bias = true}},
        {"depthwise",
         20,
         9,
         8,
         {.filters = 20,
          .kernel = {3, 3},
          .strides = {2, 1},
          .dilations = {1, 1},
          .padding = {1, 0, 0, 1},
          .groups = 20}},
        {"depthwise multiplied",
         6,
         7,
         7,
         {.filters = 12,
          .kernel = {3, 3},
          .strides = {1, 1},
          .dilations = {1, 1},
          .padding = {1, 1, 1, 1},
          .groups = 6,
          .bias = true}},
        {"grouped",
         32,
         6,
         6,
         {.filters = 64,
          .kernel = {3, 3},
          .strides = {1, 1},
          .dilations = {1, 1},
          .padding = {1, 1, 1, 1},
          .groups = 4,
          .bias = true}},
        {"groups of odd size",
         9,
         6,
         6,
         {.filters = 15,
          .kernel = {3, 3},
          .strides = {1, 1},
          .dilations = {1, 1},
          .padding = {1, 1, 1, 1},
          .groups = 3,
          .bias = true}},
        {"dilated",
         16,
         11,
         12,
         {.filters = 16,
          .kernel = {3, 3},
          .strides = {1, 1},
          .dilations = {2, 3},
          .padding = {2, 2, 3, 3},
          .groups = 1}},
        {"long kernel",
         17,
         6,
         9,
         {.filters = 19,
          .kernel = {1, 7},
          .strides = {1, 1},
          .dilations = {1, 1},
          .padding = {0, 0, 3, 3},
          .groups = 1}},
        {"wide padding",
         3,
         4,
         4,
         {.filters = 5,
          .kernel = {3, 3},
          .strides = {1, 1},
          .dilations = {1, 1},
          .padding = {4, 5, 4, 3},
          .groups = 1,
          .bias = true}},
        {"same, even kernel",
         8,
         7,
         10,
         {.filters = 8,
          .kernel = {4, 4},
          .strides = {3, 3},
          .dilations = {1, 1},
          .same = true,
          .groups = 1,
          .bias = true}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int at;
        graft_graph *graph = new_graph(cases[i].name, cases[i].channels, cases[i].height, cases[i].width, &at);
        after(graph, "conv2d", &cases[i].a, at);
        check(graph);
        graph = new_graph(cases[i].name, 3, cases[i].height, cases[i].width, &at);
        at = conv(graph, at, cases[i].channels, 3, 1, 1); /* meets the layout of another convolution */
        at = after(graph, "conv2d", &cases[i].a, at);
        at = after(graph, "batchnorm", &bn, at);
        act(graph, at, GRAFT_ACT_RELU6);
        check(graph);
    }
}

static void test_dense(void **state) {
    (void)state;
    static const int64_t channels[] = {5, 16, 24};
    for (size_t i = 0; i < sizeof channels / sizeof *channels; i++)
        for (int order = 0; order < 2; order++) {
            int at;
            graft_graph *graph = new_graph("dense", 3, 5, 4, &at);
            const graft_flatten_attributes flatten = {.order = order};
            const graft_dense_attributes dense = {.units = 10, .bias = true};
            const graft_softmax_attributes softmax = {.axis = 0};
            at = conv(graph, at, channels[i], 3, 1, 1);
            at = after(graph, "flatten", &flatten, at);
            at = after(graph, "dense", &dense, at);
            at = after(graph, "batchnorm", &bn, at);
            at = act(graph, at, GRAFT_ACT_RELU);
            at = after(graph, "dense", &dense, at);
            after(graph, "softmax", &softmax, at);
            check(graph);
        }
}

/* ---- activations ---- */

static void test_activations(void **state) {
    (void)state;
    for (int kind = GRAFT_ACT_LINEAR; kind <= GRAFT_ACT_EXP; kind++)
        for (int64_t channels = 5; channels <= 16; channels += 11) {
            int at;
            graft_graph *graph = new_graph("activation alone", channels, 4, 3, &at);
            act(graph, at, kind);
            check(graph);
            graph = new_graph("activation between convolutions", 3, 6, 5, &at);
            at = conv(graph, at, channels, 3, 1, 1);
            at = act(graph, at, kind);
            conv(graph, at, 7, 3, 1, 1); /* reads what padding there is */
            check(graph);
        }
}

static void test_relu_with_bounds(void **state) {
    (void)state;
    static const graft_activation_attributes cases[] = {
        {GRAFT_ACT_RELU, .max_value = 1.5},
        {GRAFT_ACT_RELU, .alpha = 0.3},
        {GRAFT_ACT_RELU, .alpha = 0.3, .max_value = 1.25},
        {GRAFT_ACT_RELU, .threshold = 0.75},
        {GRAFT_ACT_RELU, .alpha = 0.2, .max_value = 2.0, .threshold = 0.5},
        {GRAFT_ACT_RELU, .alpha = 0.2, .threshold = -0.5},
        {GRAFT_ACT_LEAKY_RELU, .alpha = 0.3},
        {GRAFT_ACT_ELU, .alpha = 0.5},
        {GRAFT_ACT_HARD_SIGMOID, .alpha = 1.0 / 6.0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int at;
        graft_graph *graph = new_graph("relu", 3, 6, 5, &at);
        at = conv(graph, at, 5, 3, 1, 1);
        at = after(graph, "activation", &cases[i], at);
        at = conv(graph, at, 4, 3, 1, 1);
        after(graph, "activation", &cases[i], at);
        check(graph);
    }
}

/* ---- pooling, padding ---- */

static void test_pooling(void **state) {
    (void)state;
    static const graft_pool_attributes cases[] = {
        {.size = {2, 2}, .strides = {2, 2}},
        {.size = {3, 3}, .strides = {2, 2}, .same = true},
        {.size = {3, 2}, .strides = {1, 2}, .padding = {1, 0, 1, 1}},
        {.size = {3, 3}, .strides = {1, 1}, .padding = {1, 1, 1, 1}, .count_padding = true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int64_t channels = 3; channels <= 24; channels += 21)
            for (int max = 0; max < 2; max++) {
                int at;
                graft_graph *graph = new_graph("pool", channels, 9, 7, &at);
                after(graph, max ? "maxpool2d" : "avgpool2d", &cases[i], at);
                check(graph);
                graph = new_graph("pool after convolution", 3, 9, 7, &at);
                at = conv(graph, at, channels, 3, 1, 1);
                at = after(graph, max ? "maxpool2d" : "avgpool2d", &cases[i], at);
                conv(graph, at, 4, 1, 1, 1);
                check(graph);
            }
}

static void test_global_pooling(void **state) {
    (void)state;
    for (int keepdims = 0; keepdims < 2; keepdims++)
        for (int max = 0; max < 2; max++)
            for (int64_t channels = 5; channels <= 16; channels += 11) {
                int at;
                graft_graph *graph = new_graph("global pool", 3, 9, 7, &at);
                const graft_global_pool_attributes pool = {.keepdims = keepdims};
                at = conv(graph, at, channels, 3, 1, 1);
                after(graph, max ? "global_maxpool" : "global_avgpool", &pool, at);
                check(graph);
            }
}

static void test_zero_padding(void **state) {
    (void)state;
    const graft_pad_attributes pad = {.padding = {1, 2, 0, 1}}, wide = {.padding = {5, 5, 5, 5}};
    const graft_pool_attributes pool = {.size = {3, 3}, .strides = {2, 2}};
    const graft_pool_attributes own = {.size = {4, 4}, .strides = {2, 2}, .padding = {1, 1, 1, 1}};
    const graft_conv2d_attributes valid = {
        .filters = 6, .kernel = {3, 3}, .strides = {2, 2}, .dilations = {1, 1}, .groups = 1, .bias = true};
    for (int before = 0; before < 3; before++)
        for (int reader = 0; reader < 7; reader++) {
            int at;
            graft_graph *graph = new_graph("padding", 3, 9, 8, &at);
            if (before > 0) at = conv(graph, at, before == 1 ? 5 : 16, 3, 1, 1);
            if (before == 2) at = act(graph, at, GRAFT_ACT_RELU);
            at = after(graph, "zeropad2d", reader == 6 ? &wide : &pad, at);
            if (reader == 1 || reader == 6) after(graph, "conv2d", &valid, at);
            if (reader == 2) after(graph, "maxpool2d", &pool, at);
            if (reader == 3) after(graph, "avgpool2d", &pool, at);
            if (reader == 4) after(graph, "avgpool2d", &own, at);
            if (reader == 5) conv(graph, at, 4, 3, 1, 1); /* "same" of the padded size */
            check(graph);
        }
}

/* ---- joining ---- */

static void test_residuals(void **state) {
    (void)state;
    for (int64_t channels = 5; channels <= 32; channels += 27)
        for (int kind = 0; kind < 7; kind++) {
            int at, branch;
            graft_graph *graph = new_graph("residual", channels, 6, 5, &at);
            if (kind != 5) at = conv(graph, at, channels, 3, 1, 1);
            branch = conv(graph, at, channels, 3, 1, 1);
            if (kind == 0) at = two(graph, "add", NULL, at, branch); /* what the convolution itself reads */
            if (kind >= 1) branch = after(graph, "batchnorm", &bn, branch);
            if (kind == 2) branch = act(graph, branch, GRAFT_ACT_SIGMOID);
            if (kind >= 1 && kind != 6) branch = conv(graph, branch, channels, 1, 1, 1);
            if (kind == 6) at = conv(graph, at, channels, 1, 1, 1); /* the shortcut comes last */
            if (kind >= 1) at = two(graph, "add", NULL, branch, at);
            if (kind == 3) at = act(graph, at, GRAFT_ACT_RELU6);
            if (kind == 4) at = two(graph, "add", NULL, at, branch); /* the branch lives on */
            conv(graph, at, 3, 1, 1, 1);
            check(graph);
        }
}

static void test_broadcast(void **state) {
    (void)state;
    for (int64_t channels = 5; channels <= 32; channels += 27)
        for (int multiply = 0; multiply < 2; multiply++)
            for (int kind = 0; kind < 5; kind++) {
                int at, gate;
                const char *op = multiply ? "multiply" : "add";
                const graft_global_pool_attributes pool = {.keepdims = true};
                graft_graph *graph = new_graph("broadcast", kind == 3 ? channels : 3, 6, 5, &at);
                if (kind != 3) at = conv(graph, at, channels, 3, 1, 1);
                gate = after(graph, "global_avgpool", &pool, at);
                gate = conv(graph, gate, channels, 1, 1, 1);
                gate = act(graph, gate, GRAFT_ACT_SIGMOID);
                if (kind == 0) at = two(graph, op, NULL, at, gate);
                if (kind == 1) at = two(graph, op, NULL, gate, at);
                if (kind == 2) at = network_add(graph, op, "three", NULL, (const int[]){gate, at, at, -1});
                if (kind == 3) at = two(graph, op, NULL, at, gate);
                if (kind == 4) at = two(graph, op, NULL, at, at);
                at = act(graph, at, GRAFT_ACT_RELU);
                conv(graph, at, 4, 3, 1, 1);
                check(graph);
            }
}

static void test_concat(void **state) {
    (void)state;
    static const int64_t channels[][2] = {{16, 32}, {24, 16}, {5, 7}, {16, 8}};
    for (size_t i = 0; i < sizeof channels / sizeof *channels; i++)
        for (int64_t axis = 0; axis < 3; axis++) {
            int at, a, b;
            graft_graph *graph = new_graph("concat", 3, 6, 6, &at);
            const graft_concat_attributes concat = {.axis = axis};
            a = conv(graph, at, channels[i][0], 3, 1, 1);
            b = conv(graph, at, axis == 0 ? channels[i][1] : channels[i][0], 3, 1, 1);
            b = act(graph, b, GRAFT_ACT_SIGMOID);
            at = two(graph, "concat", &concat, a, b);
            at = network_add(graph, "concat", "again", &concat, (const int[]){at, at, -1});
            at = after(graph, "batchnorm", &bn, at);
            at = act(graph, at, GRAFT_ACT_RELU);
            conv(graph, at, 6, 3, 1, 1);
            check(graph);
        }
    int at;
    graft_graph *graph = new_graph("concat of the input", 3, 6, 6, &at);
    const graft_concat_attributes concat = {.axis = 0};
    two(graph, "concat", &concat, at, at);
    check(graph);
}

/* ---- the rest ---- */

static void test_scale_and_shift(void **state) {
    (void)state;
    for (int kind = 0; kind < 6; kind++) {
        int at;
        graft_graph *graph = new_graph("scale and shift", 3, 7, 6, &at);
        const graft_batchnorm_attributes bare = {.epsilon = 0.01};
        const graft_dropout_attributes dropout = {.rate = 0.5};
        const graft_conv2d_attributes valid = {
            .filters = 6, .kernel = {3, 3}, .strides = {1, 1}, .dilations = {1, 1}, .groups = 3, .bias = true};
        at = after(graph, "scale_shift", NULL, at);
        if (kind == 0) after(graph, "conv2d", &valid, at); /* folds into grouped weights */
        if (kind == 1) conv(graph, at, 6, 3, 1, 1);        /* must not fold: padded */
        if (kind == 2) act(graph, at, GRAFT_ACT_RELU);
        if (kind == 3) {
            at = after(graph, "conv2d", &valid, after(graph, "batchnorm", &bare, at));
            at = after(graph, "dropout", &dropout, at);
            at = after(graph, "batchnorm", &bare, at);
            at = after(graph, "scale_shift", NULL, at);
            act(graph, at, GRAFT_ACT_SWISH);
        }
        if (kind == 4) two(graph, "add", NULL, at, after(graph, "batchnorm", &bn, at));
        if (kind == 5) act(graph, at, GRAFT_ACT_TANH);
        check(graph);
    }
}

static void test_reshape_and_softmax(void **state) {
    (void)state;
    for (int order = 0; order < 2; order++)
        for (int kind = 0; kind < 5; kind++) {
            int at;
            graft_graph *graph = new_graph("reshape", 3, 4, 6, &at);
            const graft_reshape_attributes vector = {.shape = {-1}, .rank = 1, .order = order};
            const graft_reshape_attributes picture = {.shape = {2, 6, -1}, .rank = 3, .order = order};
            const graft_softmax_attributes softmax = {.axis = kind % 3};
            at = conv(graph, at, 5, 3, 1, 1);
            if (kind == 0) after(graph, "reshape", &vector, at);
            if (kind == 1) conv(graph, after(graph, "reshape", &picture, at), 4, 1, 1, 1);
            if (kind == 2) after(graph, "reshape", &picture, after(graph, "reshape", &vector, at));
            if (kind >= 2) after(graph, "softmax", &softmax, at);
            check(graph);
        }
}

static void test_larger_pictures(void **state) {
    (void)state;
    static const graft_conv2d_transpose_attributes transposed[] = {
        {.filters = 16, .kernel = {2, 2}, .strides = {2, 2}, .dilations = {1, 1}, .groups = 1, .bias = true},
        {.filters = 5, .kernel = {3, 3}, .strides = {2, 2}, .dilations = {1, 1}, .same = true, .groups = 1},
        {.filters = 4, .kernel = {1, 2}, .strides = {2, 3}, .dilations = {1, 1}, .same = true, .groups = 2},
        {.filters = 8,
         .kernel = {3, 4},
         .strides = {2, 1},
         .dilations = {1, 2},
         .padding = {1, 1, 0, 2},
         .output_padding = {1, 0},
         .groups = 1},
    };
    for (size_t i = 0; i < sizeof transposed / sizeof *transposed; i++) {
        int at;
        graft_graph *graph = new_graph("conv2d_transpose", 6, 5, 4, &at);
        at = after(graph, "conv2d_transpose", &transposed[i], conv(graph, at, 8, 3, 1, 1));
        conv(graph, act(graph, at, GRAFT_ACT_RELU), 7, 1, 1, 1);
        check(graph);
    }
    for (int interpolation = 0; interpolation < 2; interpolation++) {
        int at;
        graft_graph *graph = new_graph("upsample2d", 6, 5, 4, &at);
        const graft_upsample_attributes a = {.size = {2, 3}, .interpolation = interpolation};
        after(graph, "upsample2d", &a, conv(graph, at, 8 + 5 * interpolation, 3, 1, 1));
        check(graph);
    }
}

static void test_normalisations(void **state) {
    (void)state;
    for (int64_t channels = 5; channels <= 16; channels += 11) {
        int at;
        graft_graph *graph = new_graph("lrn", 6, 5, 4, &at);
        const graft_lrn_attributes lrn = {.size = channels == 5 ? 3 : 5, .alpha = 0.5, .beta = 0.75, .k = 1};
        conv(graph, after(graph, "lrn", &lrn, conv(graph, at, channels, 3, 1, 1)), 4, 1, 1, 1);
        check(graph);
        graph = new_graph("layernorm", 6, 5, 4, &at);
        const graft_layernorm_attributes layer = {.epsilon = 0.001, .scale = channels == 5, .center = true};
        const graft_global_pool_attributes pool = {.keepdims = false};
        at = after(graph, "layernorm", &layer, conv(graph, at, channels, 3, 1, 1));
        after(graph, "layernorm", &layer, after(graph, "global_avgpool", &pool, act(graph, at, GRAFT_ACT_RELU)));
        check(graph);
    }
}

/* As many samples at a time as weights are worth reading for, behind a convolution that computes them one by one. */
static void test_series(void **state) {
    (void)state;
    for (int lstm = 0; lstm < 2; lstm++) {
        const graft_recurrent_attributes first = {.units = 9, .sequence = true, .backwards = true, .masked = true},
                                         last = {.units = 4};
        const graft_slice_attributes mask = {.begin = 1, .length = 1};
        int at;
        graft_graph *graph = new_graph("series", 6, 1, 11, &at);
        const int values = conv(graph, at, 5, 1, 1, 1), steps = after(graph, "slice", &mask, at);
        const int both[] = {values, steps};
        assert_ok(graft_graph_add(graph, lstm ? "lstm" : "gru", "first", &first, both, 2, &at));
        after(graph, lstm ? "gru" : "lstm", &last, act(graph, at, GRAFT_ACT_TANH));
        check(graph);
        graph = new_graph("table", 1, 1, 8, &at);
        const graft_embedding_attributes table = {.rows = 3, .units = 5};
        after(graph, lstm ? "lstm" : "gru", &last, after(graph, "embedding", &table, at));
        check(graph);
    }
}

/* Outside training a draw is its mean. */
static void test_gaussian_sample(void **state) {
    (void)state;
    const graft_gaussian_sample_attributes noise = {.deviation = 1};
    int at;
    graft_graph *graph = new_graph("draws", 3, 4, 5, &at);
    const int both[] = {conv(graph, at, 7, 3, 1, 1), conv(graph, at, 7, 1, 1, 1)};
    assert_ok(graft_graph_add(graph, "gaussian_sample", "draw", &noise, both, 2, &at));
    act(graph, at, GRAFT_ACT_RELU);
    check(graph);
}

static void test_networks(void **state) {
    (void)state;
    tolerance = 1e-4; /* 55 layers after each other */
    check(network_mobilenet_v2(32, 0.35));
    check(network_mobilenet_v2(48, 0.75));
    tolerance = 1e-5;
}

/* Last: no op of the registry went without. */
static void test_every_op_was_run(void **state) {
    (void)state;
    for (size_t i = 0; graft_op_at(i) != NULL; i++) {
        size_t at = 0;
        while (at < seen_count && strcmp(seen[at], graft_op_at(i)->name) != 0)
            at++;
        if (at == seen_count) fail_msg("no case for op %s", graft_op_at(i)->name);
    }
}

static int setup(void **state) {
    (void)state;
    context = test_context(1);
    return context == NULL;
}

static int teardown(void **state) {
    (void)state;
    graft_context_free(context);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_convolutions),    cmocka_unit_test(test_dense),
        cmocka_unit_test(test_activations),     cmocka_unit_test(test_relu_with_bounds),
        cmocka_unit_test(test_pooling),         cmocka_unit_test(test_global_pooling),
        cmocka_unit_test(test_zero_padding),    cmocka_unit_test(test_residuals),
        cmocka_unit_test(test_broadcast),       cmocka_unit_test(test_concat),
        cmocka_unit_test(test_scale_and_shift), cmocka_unit_test(test_reshape_and_softmax),
        cmocka_unit_test(test_larger_pictures), cmocka_unit_test(test_normalisations),
        cmocka_unit_test(test_series),          cmocka_unit_test(test_gaussian_sample),
        cmocka_unit_test(test_networks),        cmocka_unit_test(test_every_op_was_run),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
