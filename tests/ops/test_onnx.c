/* What graft writes as ONNX, run by onnxruntime: every op in several variants, networks of every family, and every way
 * that preprocessing goes into the file. Skipped where onnxruntime-node is installed neither by bench/setup-peers.sh
 * nor in $GRAFT_PEERS, a folder with node_modules. And the same files, read by graft. */
#include "support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "export/export.h"
#include "import/import.h"
#include "nn/op.h"
#include "ops/variants.h"
#include "support/networks.h"
#include "support/reference.h"
#include "zoo/arch.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BATCH = 2, CASES = 400 };
/* Of the largest number in the output. Whole networks of drawn weights carry rounding further: at 64 pixels
 * onnxruntime's MobileNetV3 is 1.4e-4 off a reference in double precision. */
static const double tolerance_of_op = 1e-4, tolerance_of_network = 5e-4;

typedef struct one_case {
    char name[24], what[96];
    double *expected; /* of the whole batch */
    size_t count;
    double tolerance;
} one_case;

typedef struct bench {
    graft_context *context;
    char *folder;
    FILE *list;
    one_case *cases;
    size_t count;
} bench;

static const char *peers(void) {
    const char *given = getenv("GRAFT_PEERS");
    return given ? given : test_source("bench/peers");
}

static bench open_bench(void) {
    bench self = {0};
    char *runtime = graft_path_join(peers(), "node_modules/onnxruntime-node");
    const bool found = runtime && graft_file_kind_of(runtime) == GRAFT_FILE_FOLDER;
    graft_release(runtime);
    if (!found || system("node --version >/dev/null 2>&1") != 0) {
        fprintf(stderr, "SKIPPED: no onnxruntime-node in %s/node_modules (bench/setup-peers.sh), or no node\n",
                peers());
        skip();
    }
    self.context = test_context(1);
    self.folder = test_folder();
    self.cases = calloc(CASES, sizeof *self.cases);
    char *path = graft_path_join(self.folder, "cases.txt");
    self.list = fopen(path, "w");
    assert_non_null(self.list);
    graft_release(path);
    return self;
}

static char *file_of(const bench *self, const one_case *c, const char *extension) {
    char *path = graft_text_format("%s/%s%s", self->folder, c->name, extension);
    assert_non_null(path);
    return path;
}

/* What the network is given for a picture's pixels. */
static void prepare(const graft_preprocess *spec, const graft_graph *graph, const float *pixels, float *out) {
    const size_t size = network_count(graph, graft_graph_input(graph)),
                 area = spec ? size / (size_t)spec->channels : size;
    memcpy(out, pixels, size * sizeof *out);
    for (size_t c = 0; spec && c < (size_t)spec->channels; c++)
        for (size_t i = 0; i < area; i++)
            out[c * area + i] = (pixels[(spec->bgr ? 2 - c : c) * area + i] - spec->mean[c]) * spec->scale[c];
}

static void expect_reference(const graft_graph *graph, const float *input, double *out, size_t count) {
    double **values = reference_run(graph, input);
    memcpy(out, values[graft_graph_output(graph)], count * sizeof *out);
    reference_free(graph, values);
}

static void expect_plan(const bench *self, const graft_graph *graph, const float *input, double *out, size_t count) {
    float *got = network_run(self->context, graph, input);
    for (size_t i = 0; i < count; i++)
        out[i] = got[i];
    free(got);
}

static void write_model(const bench *self, const one_case *c, const graft_graph *graph, const graft_preprocess *spec) {
    const graft_export_source source = {.name = c->what, .graph = graph, .preprocess = spec};
    char *path = file_of(self, c, ".onnx");
    graft_status status = graft_exporter_onnx.write(self->context, &source, NULL, path, NULL);
    if (status != GRAFT_OK) fail_msg("%s: %s", c->what, graft_error_text());
    graft_release(path);
}

/* Writes the network and an input, works out what it should answer, and frees it. */
static void add_case(bench *self, const char *what, graft_graph *graph, const graft_preprocess *spec, bool small) {
    assert_true(self->count < CASES);
    one_case *c = &self->cases[self->count];
    const graft_shape *in = &graft_graph_node(graph, graft_graph_input(graph))->output;
    const size_t size = network_count(graph, graft_graph_input(graph));
    const size_t count = (size_t)graft_shape_count(&graft_graph_node(graph, graft_graph_output(graph))->output);
    float *pixels = calloc(BATCH * size, sizeof *pixels), *input = calloc(size, sizeof *input);
    uint32_t seed = 7 + (uint32_t)self->count;
    snprintf(c->name, sizeof c->name, "case-%zu", self->count++);
    snprintf(c->what, sizeof c->what, "%s", what);
    c->count = BATCH * count;
    c->tolerance = small ? tolerance_of_op : tolerance_of_network;
    c->expected = calloc(c->count, sizeof *c->expected);
    for (size_t i = 0; i < BATCH * size; i++)
        pixels[i] = spec ? 127.5F * (1 + test_next(&seed)) : 2 * test_next(&seed);
    for (size_t n = 0; n < BATCH; n++) {
        prepare(spec, graph, pixels + n * size, input);
        if (small)
            expect_reference(graph, input, c->expected + n * count, count);
        else
            expect_plan(self, graph, input, c->expected + n * count, count);
    }
    write_model(self, c, graph, spec);
    char *path = file_of(self, c, ".in");
    assert_ok(graft_file_write(path, pixels, BATCH * size * sizeof *pixels));
    graft_release(path);
    fprintf(self->list, "%s %d %lld %lld %lld\n", c->name, BATCH, (long long)in->dim[0], (long long)in->dim[1],
            (long long)in->dim[2]);
    free(pixels);
    free(input);
    graft_graph_free(graph);
}

static size_t check_case(const bench *self, const one_case *c) {
    char *path = file_of(self, c, ".out"), *bytes;
    size_t length;
    double largest = 0, worst = 0;
    graft_status status = graft_file_read(path, 0, &bytes, &length);
    graft_release(path);
    if (status != GRAFT_OK || length != c->count * sizeof(float)) {
        fprintf(stderr, "%s: no answer of %zu numbers\n", c->what, c->count);
        if (status == GRAFT_OK) graft_release(bytes);
        return 1;
    }
    for (size_t i = 0; i < c->count; i++) {
        float got;
        memcpy(&got, bytes + i * sizeof got, sizeof got);
        const double difference = fabs((double)got - c->expected[i]);
        largest = fmax(largest, fabs(c->expected[i]));
        worst = difference <= worst ? worst : difference; /* NaN counts */
    }
    graft_release(bytes);
    if (worst <= c->tolerance * fmax(largest, 1e-3)) return 0;
    fprintf(stderr, "%s: %g off, the largest number being %g\n", c->what, worst, largest);
    return 1;
}

static void run_bench(bench *self) {
    char command[8192];
    size_t failed = 0;
    assert_int_equal(fclose(self->list), 0);
    const char *script = test_source("tests/interop/onnx_run.cjs");
    snprintf(command, sizeof command, "NODE_PATH='%s/node_modules' node '%s' '%s' >&2", peers(), script, self->folder);
    assert_int_equal(system(command), 0);
    for (size_t i = 0; i < self->count; i++) {
        failed += check_case(self, &self->cases[i]);
        free(self->cases[i].expected);
    }
    test_folder_remove(self->folder);
    graft_context_free(self->context);
    if (failed > 0) fail_msg("%zu of %zu cases differ", failed, self->count);
    free(self->cases);
}

/* ---- what is tested ---- */

static void every_variant_of_every_op(void **state) {
    (void)state;
    bench self = open_bench();
    for (size_t i = 0; i < op_variant_count; i++) {
        graft_graph *graph;
        char what[96];
        snprintf(what, sizeof what, "%s (%s)", op_variants[i].op, op_variants[i].label);
        assert_ok(graft_graph_new(what, &graph));
        op_variants[i].build(graph, network_input(graph, 6, 7, 5));
        network_fill(graph, 3);
        add_case(&self, what, graph, NULL, true);
    }
    run_bench(&self);
}

/* Drawn weights give logits so far apart that probabilities would say nothing. */
static void leave_out_softmax(graft_graph *graph) {
    const graft_node *last = graft_graph_node(graph, graft_graph_output(graph));
    if (strcmp(last->op->name, "softmax") == 0) assert_ok(graft_graph_set_output(graph, last->inputs[0]));
}

static void networks_of_every_family(void **state) {
    static const struct {
        const char *name;
        int size;
        bool no_top;
    } networks[] = {
        {"vgg16.keras", 64, true},
        {"vgg11.torch", 64, true},
        {"resnet50.keras", 64, false},
        {"resnet18.torch", 64, false},
        {"resnet50_v2.keras", 64, false},
        {"inception_v3.keras", 96, false},
        {"inception_v3.torch", 96, true},
        {"xception.keras", 96, false},
        {"mobilenet_v1.keras", 64, false},
        {"mobilenet_v2.keras", 64, false},
        {"mobilenet_v2.torch", 64, false},
        {"mobilenet_v3_small.keras", 64, false},
        {"mobilenet_v3_large.torch", 64, false},
        {"densenet121.keras", 64, false},
        {"densenet121.torch", 64, false},
        {"efficientnet_b0.keras", 64, false},
        {"efficientnet_b0.torch", 64, false},
        {"squeezenet1_1.torch", 64, false},
        {"resnet20.keras", 32, false},
    };
    (void)state;
    bench self = open_bench();
    for (size_t i = 0; i < sizeof networks / sizeof *networks; i++) {
        const graft_arch *arch = graft_arch_find(networks[i].name);
        assert_non_null(arch);
        const graft_arch_options options = {.no_top = networks[i].no_top,
                                            .height =
                                                networks[i].size < arch->minimum ? arch->minimum : networks[i].size};
        graft_graph *graph;
        graft_preprocess spec;
        assert_ok(graft_arch_build(networks[i].name, &options, &graph));
        network_fill(graph, 3);
        leave_out_softmax(graph);
        graft_preprocess_init(&spec, arch->scaling);
        add_case(&self, networks[i].name, graph, &spec, false);
    }
    run_bench(&self);
}

/* The first layers that preprocessing can meet. */
static graft_graph *begin(const char *first, int *at) {
    graft_graph *graph;
    assert_ok(graft_graph_new(first, &graph));
    *at = network_input(graph, strcmp(first, "grey") == 0 ? 1 : 3, 9, 8);
    const int input = *at;
    const graft_pad_attributes pad = {.padding = {1, 0, 2, 1}};
    graft_conv2d_attributes conv = {
        .filters = 4, .kernel = {3, 3}, .strides = {2, 2}, .dilations = {1, 1}, .groups = 1, .bias = true};
    if (strcmp(first, "pool") == 0) {
        const graft_pool_attributes pool = {.size = {2, 2}, .strides = {2, 2}};
        *at = network_add(graph, "maxpool2d", "pool", &pool, (const int[]){*at, -1});
        return graph;
    }
    if (strcmp(first, "padding") == 0) *at = network_add(graph, "zeropad2d", "pad", &pad, (const int[]){*at, -1});
    if (strcmp(first, "same") == 0) conv.same = true;
    if (strcmp(first, "bare") == 0) conv.bias = false;
    if (strcmp(first, "depthwise") == 0) conv.groups = conv.filters = 3;
    *at = network_add(graph, "conv2d", "conv", &conv, (const int[]){*at, -1});
    if (strcmp(first, "shared") == 0) {
        conv.strides[0] = 1;
        conv.strides[1] = 1;
        const int other = network_add(graph, "conv2d", "other", &conv, (const int[]){input, -1});
        const graft_global_pool_attributes keep = {.keepdims = true};
        const int pooled = network_add(graph, "global_avgpool", "pooled", &keep, (const int[]){other, -1});
        *at = network_add(graph, "add", "sum", NULL, (const int[]){*at, pooled, -1});
    }
    return graph;
}

static void every_way_of_preprocessing(void **state) {
    static const char *const firsts[] = {"plain", "bare", "same", "padding", "depthwise", "pool", "shared", "grey"};
    static const graft_scaling scalings[] = {GRAFT_SCALING_TF, GRAFT_SCALING_CAFFE, GRAFT_SCALING_TORCH,
                                             GRAFT_SCALING_01, GRAFT_SCALING_RAW};
    (void)state;
    bench self = open_bench();
    for (size_t i = 0; i < sizeof firsts / sizeof *firsts; i++)
        for (size_t k = 0; k < sizeof scalings / sizeof *scalings; k++) {
            graft_preprocess spec;
            char what[96];
            int at;
            graft_graph *graph = begin(firsts[i], &at);
            network_fill(graph, 3);
            graft_preprocess_init(&spec, scalings[k]);
            if (strcmp(firsts[i], "grey") == 0) {
                spec.channels = 1;
                spec.bgr = false;
            }
            snprintf(what, sizeof what, "scaling %d before %s", (int)scalings[k], firsts[i]);
            add_case(&self, what, graph, &spec, true);
        }
    run_bench(&self);
}

/* ---- graft's own reader ---- */

/* Writes the network, reads it and compares both: false with a line on stderr when they differ. */
static bool reads_back(graft_context *context, const char *path, const graft_graph *graph) {
    const graft_export_source source = {.name = "x", .graph = graph};
    const size_t size = network_count(graph, graft_graph_input(graph)),
                 count = network_count(graph, graft_graph_output(graph));
    const char *name = graft_graph_name(graph);
    graft_container *file;
    graft_graph *read = NULL;
    double worst = 0, largest = 1e-3;
    uint32_t seed = 5;
    assert_ok(graft_exporter_onnx.write(context, &source, NULL, path, NULL));
    assert_ok(graft_container_open(context, path, &file));
    graft_status status = graft_import(context, file, &read, NULL);
    graft_container_free(file);
    if (status != GRAFT_OK) {
        fprintf(stderr, "%s: %s\n", name, graft_error_text());
        return false;
    }
    float *input = calloc(size, sizeof *input);
    for (size_t i = 0; i < size; i++)
        input[i] = 2 * test_next(&seed);
    double **expected = reference_run(graph, input), **got = reference_run(read, input);
    assert_int_equal(network_count(read, graft_graph_output(read)), count);
    for (size_t i = 0; i < count; i++) {
        const double want = expected[graft_graph_output(graph)][i], is = got[graft_graph_output(read)][i];
        worst = fabs(is - want) <= worst ? worst : fabs(is - want);
        largest = fmax(largest, fabs(want));
    }
    reference_free(graph, expected);
    reference_free(read, got);
    free(input);
    graft_graph_free(read);
    if (worst <= 1e-5 * largest) return true;
    fprintf(stderr, "%s: %g off, the largest number being %g\n", name, worst, largest);
    return false;
}

/* What the reader has no operation for. */
static bool is_not_read(const op_variant *variant) {
    static const char *const labels[] = {"relu threshold", "relu low threshold", "hwc", "from vector", NULL};
    if (strcmp(variant->op, "layernorm") == 0) return true;
    if (strcmp(variant->op, "flatten") == 0) return false;
    for (size_t i = 0; labels[i]; i++)
        if (strcmp(variant->label, labels[i]) == 0) return true;
    return false;
}

static void every_variant_is_read_back(void **state) {
    (void)state;
    graft_context *context = test_context(1);
    char *folder = test_folder(), *path = graft_path_join(folder, "x.onnx");
    size_t failed = 0;
    for (size_t i = 0; i < op_variant_count; i++) {
        graft_graph *graph;
        char name[96];
        if (is_not_read(&op_variants[i])) continue;
        snprintf(name, sizeof name, "%s (%s)", op_variants[i].op, op_variants[i].label);
        assert_ok(graft_graph_new(name, &graph));
        op_variants[i].build(graph, network_input(graph, 6, 7, 5));
        network_fill(graph, 3);
        failed += !reads_back(context, path, graph);
        graft_graph_free(graph);
    }
    if (failed > 0) fail_msg("%zu variants", failed);
    test_folder_remove(folder);
    graft_release(path);
    graft_context_free(context);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_variant_of_every_op),
        cmocka_unit_test(networks_of_every_family),
        cmocka_unit_test(every_way_of_preprocessing),
        cmocka_unit_test(every_variant_is_read_back),
    };
    return cmocka_run_group_tests_name("ops/onnx", tests, NULL, NULL);
}
