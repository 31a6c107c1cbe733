/* Architectures of the table against published files: the same layers by name, and with the file's weights the same
 * output as the network that the file's own configuration describes. Skipped, loudly, without the shared data. */
#include "support/support.h"

#include "base/rng.h"
#include "import/import.h"
#include "nn/op.h"
#include "nn/plan.h"
#include "zoo/arch.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct published {
    const char *file, *arch;
    int size, classes;
    double multiplier;
    const char *last;   /* the last of the network's own layers, where the file has another classifier */
    bool counts_from_1; /* Keras before TensorFlow 2 numbered layers from 1 */
} published;

/* conv2d -> conv2d_1, conv2d_1 -> conv2d_2, ...; names of other layers stay. */
static void file_name(const graft_node *node, bool from_1, char out[128]) {
    const char *end = strrchr(node->name, '_');
    int number = 0, length = (int)strlen(node->name);
    snprintf(out, 128, "%s", node->name);
    if (!from_1 || (strncmp(node->name, "conv2d", 6) != 0 && strncmp(node->name, "batch_norm", 10) != 0)) return;
    if (end && sscanf(end, "_%d", &number) == 1) length = (int)(end - node->name);
    snprintf(out, 128, "%.*s_%d", length, node->name, number + 1);
}

/* Copies every weight by name; unless the file goes on behind `last`, both must have the same ones. */
static void copy_weights(const graft_graph *file, graft_graph *graph, const published *p) {
    size_t wanted = 0, had = 0;
    for (int n = 0; n < graft_graph_count(file); n++)
        had += (size_t)graft_graph_node(file, n)->param_count;
    for (int n = 0; n < graft_graph_count(graph); n++) {
        graft_node *node = graft_graph_node(graph, n);
        char name[128];
        file_name(node, p->counts_from_1, name);
        const graft_node *from = graft_graph_node(file, graft_graph_find(file, name));
        if (node->param_count > 0 && !from) fail_msg("the file has no layer %s", name);
        for (int i = 0; i < node->param_count; i++, wanted++) {
            graft_tensor *value;
            const graft_param *param = graft_node_param(from, node->params[i].name);
            if (!param) fail_msg("the file has no %s/%s", name, node->params[i].name);
            assert_ok(graft_tensor_copy(param->value, &value));
            assert_ok(graft_node_set_param(node, node->params[i].name, value));
        }
    }
    if (!p->last) assert_int_equal(wanted, had);
}

static float *run(graft_context *context, const graft_graph *graph, const char *last, size_t *count) {
    graft_plan *plan;
    graft_plan_state *plan_state;
    graft_plan_options options = GRAFT_PLAN_OPTIONS_INIT;
    const int output = last ? graft_graph_find(graph, last) : graft_graph_output(graph);
    options.batch = 1;
    options.outputs = &output;
    options.output_count = 1;
    assert_ok(graft_plan_new(context, graph, &options, &plan));
    assert_ok(graft_plan_state_new(plan, &plan_state));
    graft_rng rng = graft_rng_make(3, GRAFT_RNG_TEST, 0, 0);
    float *input = graft_plan_state_input(plan_state, 0);
    const int64_t inputs = graft_shape_count(&graft_graph_node(graph, graft_graph_input(graph))->output);
    for (int64_t i = 0; i < inputs; i++)
        input[i] = (float)(2 * graft_rng_uniform(&rng) - 1);
    assert_ok(graft_plan_run(plan_state, 1));
    *count = graft_plan_output_size(plan, 0);
    float *out = test_malloc(*count * sizeof *out);
    memcpy(out, graft_plan_state_output(plan_state, 0, 0), *count * sizeof *out);
    graft_plan_state_free(plan_state);
    graft_plan_free(plan);
    return out;
}

static void compare(const published *p) {
    graft_context *context = test_context(1);
    graft_container *container;
    graft_graph *file, *graph;
    char path[128];
    size_t count, same;
    snprintf(path, sizeof path, "weights/%s", p->file);
    assert_ok(graft_container_open(context, test_shared(path), &container));
    assert_ok(graft_import_keras(context, container, &file, NULL));
    graft_container_free(container);
    const graft_arch_options options = {
        .no_top = p->last, .height = p->size, .classes = p->classes, .multiplier = p->multiplier};
    assert_ok(graft_arch_build(p->arch, &options, &graph));
    copy_weights(file, graph, p);
    float *expected = run(context, file, p->last, &count), *got = run(context, graph, p->last, &same);
    assert_int_equal(count, same);
    double worst = 0, largest = 0;
    for (size_t i = 0; i < count; i++) {
        const double difference = fabs((double)got[i] - (double)expected[i]);
        worst = difference <= worst ? worst : difference;
        largest = fmax(largest, fabs((double)expected[i]));
    }
    print_message("%s: max|difference| %.2g of %.2g\n", p->file, worst, largest);
    if (!(worst <= 1e-5 * largest) || largest == 0) fail_msg("%s differs", p->file);
    test_free(expected);
    test_free(got);
    graft_graph_free(file);
    graft_graph_free(graph);
    graft_context_free(context);
}

#define FILE_TEST(name, ...)                      \
    static void name(void **state) {              \
        (void)state;                              \
        compare(&(const published){__VA_ARGS__}); \
    }
FILE_TEST(mobilenet_v1, "mobilenet_v1_0.25_224_imagenet.h5", "mobilenet_v1.keras", 224, 1000, 0.25, NULL, false)
FILE_TEST(mobilenet_v2, "mobilenet_v2_imagenet.h5", "mobilenet_v2.keras", 224, 1000, 1, NULL, false)
FILE_TEST(resnet8, "resnet8_cifar10.h5", "resnet8.keras", 32, 10, 1, NULL, false)
FILE_TEST(inception_v3, "tfjs-inception_v3/model.json", "inception_v3.keras", 299, 1000, 1, "mixed10", true)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mobilenet_v1),
        cmocka_unit_test(mobilenet_v2),
        cmocka_unit_test(resnet8),
        cmocka_unit_test(inception_v3),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
