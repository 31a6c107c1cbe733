/* Whole networks through the plan against activations computed by PyTorch and TensorFlow.js: every stored tensor, of
 * nodes that fusion would swallow as well. */
#include "support/support.h"

#include "base/alloc.h"
#include "formats/npy.h"
#include "import/import.h"
#include "nn/plan.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

#define MAX_LAYERS 8

typedef struct golden {
    const char *folder, *weights;
    double scale, shift;            /* input = pixel * scale + shift */
    const char *layers[MAX_LAYERS]; /* the last one gives probabilities */
} golden;

typedef struct network {
    const golden *golden;
    graft_context *context;
    graft_graph *graph;
    graft_tensor *images; /* N,H,W,C */
    int outputs[MAX_LAYERS], output_count;
} network;

static graft_tensor *read_tensor(const golden *g, const char *name) {
    char path[512];
    graft_tensor *raw, *tensor;
    snprintf(path, sizeof path, "golden/%s/%s.npy", g->folder, name);
    assert_ok(graft_npy_read(test_shared(path), &raw));
    assert_ok(graft_tensor_convert(raw, GRAFT_F32, &tensor));
    graft_tensor_free(raw);
    return tensor;
}

static network open_network(const golden *g) {
    network n = {.golden = g, .context = test_context(1)};
    graft_container *container;
    char path[512];
    snprintf(path, sizeof path, "weights/%s", g->weights);
    assert_ok(graft_container_open(n.context, test_shared(path), &container));
    assert_ok(graft_import_keras(n.context, container, &n.graph, NULL));
    graft_container_free(container);
    n.images = read_tensor(g, "input_uint8_nhwc");
    for (; n.output_count < MAX_LAYERS && g->layers[n.output_count] != NULL; n.output_count++) {
        n.outputs[n.output_count] = graft_graph_find(n.graph, g->layers[n.output_count]);
        if (n.outputs[n.output_count] < 0) fail_msg("%s: no layer %s", g->folder, g->layers[n.output_count]);
    }
    return n;
}

static void close_network(network *n) {
    graft_tensor_free(n->images);
    graft_graph_free(n->graph);
    graft_context_free(n->context);
}

static void place_image(const network *n, int64_t image, float *input) {
    const int64_t area = n->images->shape.dim[1] * n->images->shape.dim[2], channels = n->images->shape.dim[3];
    const float *pixels = graft_tensor_f32(n->images) + image * area * channels;
    for (int64_t i = 0; i < area * channels; i++)
        input[i % channels * area + i / channels] = (float)(pixels[i] * n->golden->scale + n->golden->shift);
}

/* Stored N,H,W,C against got C,H,W; tensors of inner layers hold the first images only. */
static void check_output(const network *n, int output, int64_t image, const float *got) {
    const char *name = n->golden->layers[output];
    const graft_shape *shape = &graft_graph_node(n->graph, n->outputs[output])->output;
    const int64_t count = graft_shape_count(shape), channels = shape->dim[0], area = count / channels;
    graft_tensor *stored = read_tensor(n->golden, name);
    if (image < stored->shape.dim[0]) {
        assert_int_equal(graft_shape_count(&stored->shape) / stored->shape.dim[0], count);
        const float *expected = graft_tensor_f32(stored) + image * count;
        double worst = 0.0, largest = 0.0;
        for (int64_t i = 0; i < count; i++) {
            const double difference = fabs((double)got[i % channels * area + i / channels] - (double)expected[i]);
            worst = difference <= worst ? worst : difference;
            largest = fmax(largest, fabs((double)expected[i]));
        }
        const double limit = output == n->output_count - 1 ? 1e-4 : 2e-3 * largest;
        assert_true(largest > 0.0);
        if (!(worst <= limit))
            fail_msg("%s/%s: differs by %g, values up to %g", n->golden->folder, name, worst, largest);
    }
    graft_tensor_free(stored);
}

/* Outputs `first` to `first + count` of every image. */
static void check_plan(const network *n, int first, int count, int batch, bool no_fold) {
    graft_plan_options options = GRAFT_PLAN_OPTIONS_INIT;
    graft_plan *plan;
    graft_plan_state *state;
    options.outputs = n->outputs + first;
    options.output_count = count;
    options.batch = batch;
    options.no_fold = no_fold;
    assert_ok(graft_plan_new(n->context, n->graph, &options, &plan));
    assert_ok(graft_plan_state_new(plan, &state));
    const int64_t images = n->images->shape.dim[0];
    for (int64_t image = 0; image < images; image += graft_plan_batch(plan)) {
        const int64_t left = images - image;
        const int samples = left < graft_plan_batch(plan) ? (int)left : graft_plan_batch(plan);
        for (int i = 0; i < samples; i++)
            place_image(n, image + i, graft_plan_state_input(state, i));
        assert_ok(graft_plan_run(state, samples));
        for (int i = 0; i < samples; i++)
            for (int output = 0; output < count; output++)
                check_output(n, first + output, image + i, graft_plan_state_output(state, output, i));
    }
    graft_plan_state_free(state);
    graft_plan_free(plan);
}

static void check(const golden *g) {
    network n = open_network(g);
    check_plan(&n, 0, n.output_count, 0, false);     /* every tensor at once */
    check_plan(&n, n.output_count - 1, 1, 0, false); /* everything fused that can be */
    check_plan(&n, 0, n.output_count, 2, true);      /* nothing fused, two samples a run */
    close_network(&n);
}

static void golden_resnet8(void **state) {
    (void)state;
    check(&(golden){"resnet8_cifar10", "resnet8_cifar10.h5", 1 / 255.0, 0, {"add", "dense"}});
}

static void golden_mobilenet_v1(void **state) {
    (void)state;
    check(&(golden){"mobilenet_v1_0.25_224_imagenet",
                    "mobilenet_v1_0.25_224_imagenet.h5",
                    1 / 127.5,
                    -1,
                    {"conv_pw_3_relu", "global_average_pooling2d_1", "predictions"}});
}

static void golden_mobilenet_v2(void **state) {
    (void)state;
    check(&(golden){"mobilenet_v2_imagenet",
                    "mobilenet_v2_imagenet.h5",
                    1 / 127.5,
                    -1,
                    {"bn_Conv1", "block_3_project_BN", "block_5_add", "block_13_expand_relu",
                     "global_average_pooling2d", "predictions"}});
}

static void golden_tfjs_mobilenet_v2(void **state) {
    (void)state;
    check(&(golden){
        "tfjs-mobilenet_v2", "tfjs-mobilenet_v2", 1 / 255.0, 0, {"block_6_project_BN", "out_relu", "dense_3"}});
}

static void golden_tfjs_inception_v3(void **state) {
    (void)state;
    check(&(golden){"tfjs-inception_v3", "tfjs-inception_v3", 1 / 255.0, 0, {"mixed0", "mixed7", "dense_3"}});
}

/* ---- no tensor changes its layout inside ---- */

/* Steps that compute. Only vectors may be reordered: at the end, where a softmax or the caller wants them. */
static int count_steps(const char *weights, char *text) {
    int steps = 0;
    char *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        const bool reorder = strncmp(line, "reorder", 7) == 0;
        if ((reorder && strstr(line, "x1x1 ") == NULL) || strstr(line, " ref") != NULL || strstr(line, "gemm") != NULL)
            fail_msg("%s: %s", weights, line);
        steps += !reorder;
    }
    return steps;
}

static void check_no_reorders(const char *weights, int steps) {
    graft_context *context = test_context(1);
    graft_container *container;
    graft_graph *graph;
    graft_plan *plan;
    graft_plan_options options = GRAFT_PLAN_OPTIONS_INIT;
    char path[512], *text;
    options.batch = 1; /* the steps of larger ones depend on the machine's caches: concat copies or not */
    snprintf(path, sizeof path, "weights/%s", weights);
    assert_ok(graft_container_open(context, test_shared(path), &container));
    assert_ok(graft_import_keras(context, container, &graph, NULL));
    assert_ok(graft_plan_new(context, graph, &options, &plan));
    assert_ok(graft_plan_describe(plan, &text));
    assert_int_equal(count_steps(weights, text), steps);
    graft_release(text);
    graft_plan_free(plan);
    graft_graph_free(graph);
    graft_container_free(container);
    graft_context_free(context);
}

static void no_reorders_inside_resnet8(void **state) {
    (void)state;
    check_no_reorders("resnet8_cifar10.h5", 12);
}

static void no_reorders_inside_mobilenets(void **state) {
    (void)state;
    check_no_reorders("mobilenet_v1_0.25_224_imagenet.h5", 30);
    check_no_reorders("mobilenet_v2_imagenet.h5", 55);
}

static void no_reorders_inside_inception_v3(void **state) {
    (void)state;
    check_no_reorders("tfjs-inception_v3", 112);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_resnet8),
        cmocka_unit_test(golden_mobilenet_v1),
        cmocka_unit_test(golden_mobilenet_v2),
        cmocka_unit_test(golden_tfjs_mobilenet_v2),
        cmocka_unit_test(golden_tfjs_inception_v3),
        cmocka_unit_test(no_reorders_inside_resnet8),
        cmocka_unit_test(no_reorders_inside_mobilenets),
        cmocka_unit_test(no_reorders_inside_inception_v3),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
