/* Whole networks against activations computed by PyTorch and TensorFlow.js: the importer through the plain reference
 * executor, so that neither knows of the plan. */
#include "support/support.h"

#include "support/reference.h"

#include "base/alloc.h"
#include "formats/npy.h"
#include "import/import.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct golden {
    const char *folder, *weights;
    double scale, shift; /* input = pixel * scale + shift */
    int images;          /* how many to run: the large networks take seconds each */
    const char *layers[8];
    const char *probabilities; /* the last of the layers, held tighter */
} golden;

static graft_tensor *read_golden(const golden *g, const char *name) {
    char path[512];
    graft_tensor *raw, *tensor;
    snprintf(path, sizeof(path), "golden/%s/%s.npy", g->folder, name);
    assert_ok(graft_npy_read(test_shared(path), &raw));
    assert_ok(graft_tensor_convert(raw, GRAFT_F32, &tensor));
    graft_tensor_free(raw);
    return tensor;
}

/* Image `index` of N,H,W,C as C,H,W. */
static float *input_of(const golden *g, const graft_tensor *images, int index) {
    int64_t area = images->shape.dim[1] * images->shape.dim[2], channels = images->shape.dim[3];
    const float *pixels = graft_tensor_f32(images) + index * area * channels;
    float *input = graft_allocate((size_t)(area * channels), sizeof(float));
    assert_non_null(input);
    for (int64_t i = 0; i < area * channels; i++)
        input[i % channels * area + i / channels] = (float)(pixels[i] * g->scale + g->shift);
    return input;
}

static void check_layer(const golden *g, const graft_graph *graph, double **values, const char *name, int image) {
    graft_tensor *wanted = read_golden(g, name);
    int index = graft_graph_find(graph, name);
    if (index < 0) fail_msg("%s: no layer %s", g->folder, name);
    const graft_shape *shape = &graft_graph_node(graph, index)->output;
    int64_t count = graft_shape_count(shape), area = shape->rank == 3 ? shape->dim[1] * shape->dim[2] : 1;
    int64_t channels = shape->dim[0];
    bool probabilities = strcmp(name, g->probabilities) == 0;
    double worst = 0, largest = 0;
    if (image < wanted->shape.dim[0]) {
        assert_int_equal(graft_shape_count(&wanted->shape) / wanted->shape.dim[0], count);
        const float *expected = graft_tensor_f32(wanted) + image * count;
        for (int64_t i = 0; i < count; i++) {
            worst = fmax(worst, fabs(values[index][i % channels * area + i / channels] - expected[i]));
            largest = fmax(largest, fabs(expected[i]));
        }
        /* float32 against double: far below the 2e-3 and 1e-4 that a plan must reach. */
        double limit = probabilities ? 2e-5 : 3e-4 * largest;
        if (!(worst <= limit)) fail_msg("%s/%s: differs by %g, values up to %g", g->folder, name, worst, largest);
        assert_true(largest > 0);
    }
    graft_tensor_free(wanted);
}

static void check(const golden *g) {
    graft_context *context = test_context(1);
    graft_container *container;
    graft_graph *graph;
    graft_load_report report;
    char path[512];
    snprintf(path, sizeof(path), "weights/%s", g->weights);
    assert_ok(graft_container_open(context, test_shared(path), &container));
    assert_ok(graft_import_keras(context, container, &graph, &report));
    assert_int_equal(report.missing, 0);
    assert_int_equal(report.skipped, 0);
    assert_string_equal(report.text, "");
    assert_int_equal(report.matched, graft_container_count(container));
    graft_tensor *images = read_golden(g, "input_uint8_nhwc");
    for (int image = 0; image < g->images; image++) {
        float *input = input_of(g, images, image);
        double **values = reference_run(graph, input);
        for (int i = 0; g->layers[i]; i++)
            check_layer(g, graph, values, g->layers[i], image);
        reference_free(graph, values);
        graft_release(input);
    }
    graft_tensor_free(images);
    graft_load_report_clear(&report);
    graft_graph_free(graph);
    graft_container_free(container);
    graft_context_free(context);
}

static void resnet8(void **state) {
    (void)state;
    check(&(golden){"resnet8_cifar10", "resnet8_cifar10.h5", 1 / 255.0, 0, 2, {"add", "dense"}, "dense"});
}

static void mobilenet_v1(void **state) {
    (void)state;
    check(&(golden){"mobilenet_v1_0.25_224_imagenet",
                    "mobilenet_v1_0.25_224_imagenet.h5",
                    1 / 127.5,
                    -1,
                    2,
                    {"conv_pw_3_relu", "global_average_pooling2d_1", "predictions"},
                    "predictions"});
}

static void mobilenet_v2(void **state) {
    (void)state;
    check(&(golden){"mobilenet_v2_imagenet",
                    "mobilenet_v2_imagenet.h5",
                    1 / 127.5,
                    -1,
                    1,
                    {"bn_Conv1", "block_3_project_BN", "block_5_add", "block_13_expand_relu",
                     "global_average_pooling2d", "predictions"},
                    "predictions"});
}

static void tfjs_mobilenet_v2(void **state) {
    (void)state;
    check(&(golden){"tfjs-mobilenet_v2",
                    "tfjs-mobilenet_v2",
                    1 / 255.0,
                    0,
                    1,
                    {"block_6_project_BN", "out_relu", "dense_3"},
                    "dense_3"});
}

static void tfjs_inception_v3(void **state) {
    (void)state;
    check(&(golden){
        "tfjs-inception_v3", "tfjs-inception_v3", 1 / 255.0, 0, 1, {"mixed0", "mixed7", "dense_3"}, "dense_3"});
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resnet8),           cmocka_unit_test(mobilenet_v1),      cmocka_unit_test(mobilenet_v2),
        cmocka_unit_test(tfjs_mobilenet_v2), cmocka_unit_test(tfjs_inception_v3),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
