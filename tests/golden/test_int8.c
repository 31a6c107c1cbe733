/* Published networks on 8-bit integers against themselves on floats, over photographs: calibrated on some of the
 * training set, compared on the validation set. Skipped, loudly, without the shared data. */
#include "support/support.h"

#include "import/import.h"
#include "nn/quantize.h"
#include "transfer/picture.h"

enum { EVERY = 48 }; /* of 3,068 training pictures: 64 */

static graft_context *context;

typedef struct pictures {
    graft_dataset *data;
    graft_preprocess spec;
    graft_picture_loader loader;
    size_t every;
} pictures;

static graft_status picture(void *argument, int worker, size_t index, float *out) {
    pictures *p = argument;
    (void)worker; /* the context has one */
    return graft_picture_load(&p->loader, index * p->every, NULL, 0, out);
}

static void open_pictures(pictures *p, const char *folder, const graft_shape *input, graft_scaling scaling) {
    assert_ok(graft_dataset_open(&p->data, context, test_shared(folder), NULL));
    assert_ok(graft_dataset_check(p->data));
    graft_preprocess_init(&p->spec, scaling);
    p->spec.channels = (int)input->dim[0];
    p->spec.height = (int)input->dim[1];
    p->spec.width = (int)input->dim[2];
    assert_ok(graft_picture_loader_init(&p->loader, p->data, &p->spec));
}

static void close_pictures(pictures *p) {
    graft_picture_loader_clear(&p->loader);
    graft_dataset_free(p->data);
}

static graft_quantization *calibrate(const graft_graph *graph, graft_scaling scaling) {
    pictures p = {.every = EVERY};
    graft_quantization *out;
    open_pictures(&p, "data/clothing/train", &graft_graph_node(graph, graft_graph_input(graph))->output, scaling);
    const graft_quantize_samples calibration = {
        .sample = picture, .argument = &p, .count = graft_dataset_count(p.data) / EVERY};
    assert_ok(graft_quantize(context, graph, NULL, 0, &calibration, &out));
    close_pictures(&p);
    return out;
}

static size_t top(const float *x, size_t count) {
    size_t best = 0;
    for (size_t i = 1; i < count; i++)
        if (x[i] > x[best]) best = i;
    return best;
}

typedef struct runner {
    graft_plan *plan;
    graft_plan_state *state;
} runner;

static runner start(const graft_graph *graph, const graft_quantization *quantization) {
    graft_plan_options options = GRAFT_PLAN_OPTIONS_INIT;
    runner r;
    options.batch = 1;
    options.quantization = quantization;
    assert_ok(graft_plan_new(context, graph, &options, &r.plan));
    assert_ok(graft_plan_state_new(r.plan, &r.state));
    return r;
}

static const float *computed(runner r, pictures *p, size_t index) {
    assert_ok(picture(p, 0, index, graft_plan_state_input(r.state, 0)));
    assert_ok(graft_plan_run(r.state, 1));
    return graft_plan_state_output(r.state, 0, 0);
}

static void stop(runner r) {
    graft_plan_state_free(r.state);
    graft_plan_free(r.plan);
}

/* The share of every `every`th validation picture whose class is the same. */
static double agreement(const graft_graph *graph, const graft_quantization *quantization, graft_scaling scaling,
                        size_t every) {
    pictures p = {.every = every};
    runner exact = start(graph, NULL), rounded = start(graph, quantization);
    const size_t size = graft_plan_output_size(exact.plan, 0);
    open_pictures(&p, "data/clothing/validation", &graft_graph_node(graph, graft_graph_input(graph))->output, scaling);
    const size_t count = (graft_dataset_count(p.data) + every - 1) / every;
    size_t same = 0;
    for (size_t i = 0; i < count; i++)
        same += top(computed(exact, &p, i), size) == top(computed(rounded, &p, i), size);
    close_pictures(&p);
    stop(exact);
    stop(rounded);
    return (double)same / (double)count;
}

static void check(const char *file, graft_scaling scaling, int int8, size_t every, double least) {
    graft_container *container;
    graft_graph *graph;
    assert_ok(graft_container_open(context, test_shared(file), &container));
    assert_ok(graft_import_keras(context, container, &graph, NULL));
    graft_container_free(container);
    graft_quantization *quantization = calibrate(graph, scaling);
    const double same = agreement(graph, quantization, scaling, every);
    print_message(
        "# %s: %d of %d layers on integers, %.1f dB, mean cosine of the outputs %.4f, the same class for %.1f %%\n",
        file, quantization->int8, quantization->weighted, quantization->sqnr, quantization->cosine, 100.0 * same);
    if (graft_quantization_works()) assert_true(quantization->int8 >= int8 && quantization->sqnr >= 20.0);
    assert_true(same >= least);
    graft_quantization_free(quantization);
    graft_graph_free(graph);
}

static void test_mobilenet_v2(void **state) {
    (void)state;
    /* Clothes are between many of ImageNet's thousand classes, and its bottlenecks' sums of opposite signs lose most.
     */
    check("weights/mobilenet_v2_imagenet.h5", GRAFT_SCALING_TF, 50, 2, 0.85);
}

static void test_inception_v3(void **state) {
    (void)state;
    check("weights/tfjs-inception_v3/model.json", GRAFT_SCALING_01, 90, 8, 0.97);
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
        cmocka_unit_test(test_mobilenet_v2),
        cmocka_unit_test(test_inception_v3),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
