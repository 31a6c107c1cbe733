/* Networks as C source: every variant of every op and networks of the tables, lowered, compiled by the C compiler, run,
 * and compared with the plain executor; in int8 against sums in exact arithmetic. */
#include "support/support.h"

#include "base/alloc.h"
#include "export/c-internal.h"
#include "export/c-params.h"
#include "ops/variants.h"
#include "support/networks.h"
#include "support/reference.h"
#include "zoo/arch.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define CC "cc -std=c99 -Wall -Wextra -Wpedantic -Werror -O2"

enum { SAMPLES = 4 };

static void fill_input(const graft_graph *graph, uint32_t seed, float *out) {
    const size_t count = network_count(graph, graft_graph_input(graph));
    for (size_t i = 0; i < count; i++)
        out[i] = test_next(&seed) * 2.0F;
}

static graft_status load(void *user, size_t index, float *input) {
    fill_input(user, (uint32_t)index + 1, input);
    return GRAFT_OK;
}

static graft_c_samples samples_of(graft_graph *graph) {
    return (graft_c_samples){.count = SAMPLES, .load = load, .user = graph, .max_drop = 2};
}

/* A graph of the variant alone, or behind a convolution. */
static graft_graph *variant_graph(const op_variant *variant, bool behind) {
    graft_graph *graph;
    assert_ok(graft_graph_new(variant->label, &graph));
    int at = network_input(graph, behind ? 3 : 6, 7, 5);
    if (behind) at = network_conv(graph, "first", at, 32, 3, 1, 1);
    variant->build(graph, at);
    network_fill(graph, 3);
    return graph;
}

/* Logical C,H,W from the generated code's H,W,C. */
static double at_of(const graft_graph *graph, const double *values, size_t i) {
    const graft_shape *shape = &graft_graph_node(graph, graft_graph_output(graph))->output;
    if (shape->rank != 3) return values[i];
    const size_t channels = (size_t)shape->dim[0], area = (size_t)(shape->dim[1] * shape->dim[2]);
    return values[i % channels * area + i / channels];
}

static void compare(const graft_graph *graph, const float *input, const float *got, double tolerance,
                    const char *what) {
    double **values = reference_run(graph, input), largest = 0;
    const int last = graft_graph_output(graph);
    for (size_t i = 0; i < network_count(graph, last); i++)
        largest = fmax(largest, fabs(values[last][i]));
    for (size_t i = 0; i < network_count(graph, last); i++)
        if (!(fabs((double)got[i] - at_of(graph, values[last], i)) <= tolerance * fmax(largest, 1e-3)))
            fail_msg("%s, %s, element %zu: %.9g, expected %.9g", graft_graph_name(graph), what, i, (double)got[i],
                     at_of(graph, values[last], i));
    reference_free(graph, values);
}

/* The root of the mean square error: a function with a step in it may fall on the other side for single elements. */
static void compare_mean(const graft_graph *graph, const float *input, const float *got, double tolerance,
                         const char *what) {
    double **values = reference_run(graph, input), largest = 1e-3, sum = 0;
    const int last = graft_graph_output(graph);
    for (size_t i = 0; i < network_count(graph, last); i++) {
        largest = fmax(largest, fabs(values[last][i]));
        sum += pow((double)got[i] - at_of(graph, values[last], i), 2);
    }
    const double error = sqrt(sum / (double)network_count(graph, last)) / largest;
    if (!(error <= tolerance)) fail_msg("%s, %s: error %g", graft_graph_name(graph), what, error);
    reference_free(graph, values);
}

/* Runs a program on sample `seed`; the result is the caller's. */
static float *run(graft_c_program *program, const graft_graph *graph, uint32_t seed) {
    float *input = malloc(network_count(graph, graft_graph_input(graph)) * sizeof *input);
    float *output = malloc(network_count(graph, graft_graph_output(graph)) * sizeof *output);
    void *workspace = graft_allocate_aligned(program->workspace, 1);
    memset(workspace, 0xAA, program->workspace);
    fill_input(graph, seed, input);
    graft_c_run(program, input, workspace, output, false);
    graft_c_run(program, input, workspace, output, false); /* meets what the first run left */
    graft_release(workspace);
    free(input);
    return output;
}

/* ---- float32, without the compiler ---- */

static void test_every_variant_is_the_reference(void **state) {
    (void)state;
    for (size_t i = 0; i < 2 * op_variant_count; i++) {
        graft_graph *graph = variant_graph(&op_variants[i / 2], i % 2 == 1);
        float *input = malloc(network_count(graph, graft_graph_input(graph)) * sizeof *input);
        graft_c_program program;
        char what[128];
        snprintf(what, sizeof what, "%s %s", op_variants[i / 2].op, i % 2 ? "behind" : "alone");
        assert_ok(graft_c_lower(graph, &program));
        float *output = run(&program, graph, 9);
        fill_input(graph, 9, input);
        compare(graph, input, output, 1e-5, what);
        free(input);
        free(output);
        graft_c_program_free(&program);
        graft_graph_free(graph);
    }
}

/* ---- int8 against exact arithmetic ---- */

/* Where weight `index` belongs: output channel, cell of the kernel, channel of its group. By walking the blocks. */
static int8_t weight_at(const graft_c_step *step, const window *p, int o, int cell, int i) {
    const int inputs = p->in_channels / p->groups, outputs = p->out_channels / p->groups;
    const int cells = p->kernel_height * p->kernel_width;
    const int8_t *weights = step->arrays[0].values;
    if (step->kernel == GRAFT_C_depthwise_i8) return weights[cell * p->in_channels + o];
    const int in_group = o % outputs, first = in_group / 32 * 32, width = outputs - first < 32 ? outputs - first : 32;
    return weights[(o - in_group + first) * cells * inputs + (cell * inputs + i) * width + in_group - first];
}

/* clamp(zero + round(value), low, high), halves up. */
static int8_t rounded(long double value, int zero, int low, int high) {
    const long double q = floorl(value + 0.5L) + zero;
    return (int8_t)(q < low ? low : q > high ? high : q);
}

/* The cell of the input, or -1, that cell `k` of the kernel meets: found by trying all. */
static int place_of(int at, int k, int stride, int dilation, int padding, int length, bool transposed) {
    for (int i = 0; i < length; i++)
        if (transposed ? i * stride + k * dilation - padding == at : at * stride + k * dilation - padding == i)
            return i;
    return -1;
}

static int8_t simulate_linear(const graft_c_step *step, const window *p, const int8_t *in, int y, int x, int o) {
    const int32_t *bias = step->arrays[1].values, *multipliers = step->arrays[2].values,
                  *range = step->arrays[5].values;
    const uint8_t *shifts = step->arrays[3].values;
    const int8_t *zeros = step->arrays[4].values;
    const int inputs = p->in_channels / p->groups, group = o / (p->out_channels / p->groups);
    double sum = bias[o];
    for (int cell = 0; cell < p->kernel_height * p->kernel_width; cell++) {
        const int row =
            place_of(y, cell / p->kernel_width, p->stride_down, p->dilation_down, p->top, p->in_height, p->transposed);
        const int column = place_of(x, cell % p->kernel_width, p->stride_right, p->dilation_right, p->left, p->in_width,
                                    p->transposed);
        for (int i = 0; row >= 0 && column >= 0 && i < inputs; i++)
            sum += (double)weight_at(step, p, o, cell, i) *
                   (in[(row * p->in_width + column) * p->in_channels + group * inputs + i] - range[0]);
    }
    assert_true(fabs(sum) < 2147483648.0);
    return rounded((long double)sum * multipliers[o] / powl(2, shifts[o]), zeros[o], -128, 127);
}

static int8_t simulate_mean(const graft_c_step *step, const window *p, const int8_t *in, int y, int x, int c) {
    const int32_t *zeros = step->arrays[0].values, *multipliers = step->arrays[1].values,
                  *range = step->arrays[3].values;
    const uint8_t *shifts = step->arrays[2].values;
    double sum = 0, count = 0;
    for (int cell = 0; cell < p->kernel_height * p->kernel_width; cell++) {
        const int row = place_of(y, cell / p->kernel_width, p->stride_down, 1, p->top, p->in_height, false);
        const int column = place_of(x, cell % p->kernel_width, p->stride_right, 1, p->left, p->in_width, false);
        const bool inside = row >= 0 && column >= 0;
        count += inside || p->count_padding;
        if (inside) sum += in[(row * p->in_width + column) * p->in_channels + c] - range[0];
    }
    return rounded((long double)sum * multipliers[c] / powl(2, shifts[c]) / count, zeros[c], -128, 127);
}

static int8_t simulate_pair(const graft_c_step *step, const pair *p, const int8_t *a, const int8_t *b, int i) {
    const int32_t *r = step->arrays[0].values;
    const int c = i % p->channels, other = p->spread ? c : i;
    if (step->kernel == GRAFT_C_multiply_i8)
        return rounded((long double)(a[i] - r[0]) * (b[other] - r[1]) * r[3] / powl(2, r[4]), r[2], -128, 127);
    r += 6 * c;
    return rounded(((long double)(a[i] - r[0]) * r[3] + (long double)(b[other] - r[1]) * r[4]) / powl(2, r[5]), r[2],
                   -128, 127);
}

/* One step's output, element by element; false: a step that only moves or looks up. */
static bool simulate(const graft_c_step *step, const void *const in[2], size_t i, int8_t *out) {
    window p;
    pair q;
    piece r;
    memcpy(&p, step->params, sizeof p);
    memcpy(&q, step->params, sizeof q);
    memcpy(&r, step->params, sizeof r);
    const int channels = p.out_channels > 0 ? p.out_channels : 1, width = p.out_width > 0 ? p.out_width : 1;
    const int c = (int)i % channels, x = (int)i / channels % width, y = (int)i / channels / width;
    const int32_t *range = step->array_count > 0 ? step->arrays[0].values : NULL;
    switch (step->kernel) {
    case GRAFT_C_conv_i8:
    case GRAFT_C_depthwise_i8:
        *out = simulate_linear(step, &p, in[0], y, x, c);
        return true;
    case GRAFT_C_avgpool_i8:
        *out = simulate_mean(step, &p, in[0], y, x, c);
        return true;
    case GRAFT_C_add_i8:
    case GRAFT_C_multiply_i8:
        *out = simulate_pair(step, &q, in[0], in[1], (int)i);
        return true;
    case GRAFT_C_copy_i8: {
        const int line_at = (int)i / r.stride, within = (int)i % r.stride - r.offset;
        if (within < 0 || within >= r.length) return false;
        const int8_t from = ((const int8_t *)in[0])[line_at * r.length + within];
        *out = rounded((long double)(from - range[0]) * range[2] / powl(2, range[3]), range[1], -128, 127);
        return true;
    }
    default:
        return false;
    }
}

/* Every int8 step of the program on one sample, its result beside the simulation's. */
static size_t check_steps(graft_c_program *program, const graft_graph *graph) {
    float *input = malloc(network_count(graph, graft_graph_input(graph)) * sizeof *input);
    float *output = malloc(network_count(graph, graft_graph_output(graph)) * sizeof *output);
    char **values = calloc(program->value_count, sizeof *values);
    size_t checked = 0;
    for (size_t v = 0; v < program->value_count; v++)
        values[v] = malloc(program->values[v].count * graft_c_type_size(program->values[v].type));
    fill_input(graph, 2, input);
    void *workspace = graft_allocate_aligned(program->workspace, 1);
    const size_t steps = program->step_count;
    program->step_count = 0; /* the input alone */
    graft_c_run(program, input, workspace, output, false);
    program->step_count = steps;
    memcpy(values[program->input], (char *)workspace + program->values[program->input].offset,
           program->values[program->input].count * graft_c_type_size(program->values[program->input].type));
    for (size_t s = 0; s < steps; s++) {
        const graft_c_step *step = &program->steps[s];
        const void *const in[2] = {values[step->inputs[0]], step->input_count > 1 ? values[step->inputs[1]] : NULL};
        graft_c_kernel_of(step->kernel)->run(step, in, values[step->output]);
        for (size_t i = 0; i < program->values[step->output].count; i++) {
            int8_t expected;
            if (!simulate(step, in, i, &expected)) continue;
            checked++;
            if (expected != ((const int8_t *)values[step->output])[i])
                fail_msg("%s: %s, element %zu: %d, expected %d", graft_graph_name(graph),
                         graft_c_kernel_of(step->kernel)->name, i, ((const int8_t *)values[step->output])[i], expected);
        }
    }
    for (size_t v = 0; v < program->value_count; v++)
        free(values[v]);
    free(values);
    free(input);
    free(output);
    graft_release(workspace);
    return checked;
}

static void test_int8_is_exact_and_near(void **state) {
    (void)state;
    graft_context *context = test_context(1);
    size_t checked = 0;
    for (size_t i = 0; i < 2 * op_variant_count; i++) {
        graft_graph *graph = variant_graph(&op_variants[i / 2], i % 2 == 1);
        const graft_c_samples samples = samples_of(graph);
        float *input = malloc(network_count(graph, graft_graph_input(graph)) * sizeof *input);
        graft_c_program program, quantized;
        char what[128];
        snprintf(what, sizeof what, "int8 %s %s", op_variants[i / 2].op, i % 2 ? "behind" : "alone");
        assert_ok(graft_c_lower(graph, &program));
        assert_ok(graft_c_quantize(context, &program, &samples, &quantized));
        checked += check_steps(&quantized, graph);
        float *output = run(&quantized, graph, 2);
        fill_input(graph, 2, input);
        compare_mean(graph, input, output, 0.02, what);
        free(input);
        free(output);
        graft_c_program_free(&program);
        graft_c_program_free(&quantized);
        graft_graph_free(graph);
    }
    assert_true(checked > 10000);
    graft_context_free(context);
}

/* ---- compiled ---- */

/* Networks to be compiled together: FOLDER/nNN.c, called by a table in main.c. */
typedef struct build {
    char *folder;
    FILE *includes, *table;
    char *include_text, *table_text;
    size_t include_size, table_size;
    int count;
} build;

static void build_open(build *b) {
    *b = (build){.folder = test_folder()};
    b->includes = open_memstream(&b->include_text, &b->include_size);
    b->table = open_memstream(&b->table_text, &b->table_size);
}

static void write_floats(const build *b, const char *suffix, const float *values, size_t count) {
    char path[512];
    snprintf(path, sizeof path, "%s/n%d.%s", b->folder, b->count, suffix);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(values, sizeof *values, count, file), count);
    fclose(file);
}

/* Adds the network with sample 2 as its input and what the program answers here as what is expected. */
static void build_add(build *b, graft_context *context, graft_graph *graph, bool int8) {
    const graft_export_source source = {.name = graft_graph_name(graph), .graph = graph};
    const graft_c_samples samples = samples_of(graph);
    const graft_shape *shape = &graft_graph_node(graph, graft_graph_input(graph))->output;
    const size_t inputs = network_count(graph, graft_graph_input(graph)),
                 outputs = network_count(graph, graft_graph_output(graph));
    const size_t area = inputs / (size_t)shape->dim[0];
    graft_c_program program, quantized = {.graph = NULL};
    char path[512];
    snprintf(path, sizeof path, "%s/n%d.c", b->folder, b->count);
    assert_ok(graft_c_export(context, &source, int8 ? &samples : NULL, true, path, NULL));
    assert_ok(graft_c_lower(graph, &program));
    if (int8) assert_ok(graft_c_quantize(context, &program, &samples, &quantized));
    float *expected = run(int8 ? &quantized : &program, graph, 2);
    float *planes = malloc(inputs * sizeof *planes), *cells = malloc(inputs * sizeof *cells);
    fill_input(graph, 2, planes);
    for (size_t i = 0; i < inputs; i++)
        cells[i % area * (inputs / area) + i / area] = planes[i];
    write_floats(b, "in", cells, inputs);
    write_floats(b, "want", expected, outputs);
    fprintf(b->includes, "#include \"n%d.h\"\n", b->count);
    fprintf(b->table, "    {n%d_run_float, %zu, N%d_OUTPUTS, N%d_WORKSPACE_BYTES},\n", b->count, inputs, b->count,
            b->count);
    free(expected);
    free(planes);
    free(cells);
    graft_c_program_free(&program);
    graft_c_program_free(&quantized);
    b->count++;
}

static const char main_text[] =
    "#include <math.h>\n#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n%s"
    "static const struct {\n"
    "    void (*run)(const float *, float *, void *);\n    size_t inputs, outputs, workspace;\n"
    "} nets[] = {\n%s};\n"
    "static float *read(int i, const char *suffix, size_t count) {\n"
    "    char path[64];\n    float *values = (float *)malloc(count * sizeof *values);\n"
    "    sprintf(path, \"n%%d.%%s\", i, suffix);\n    FILE *file = fopen(path, \"rb\");\n"
    "    if (!file || fread(values, sizeof *values, count, file) != count) exit(3);\n    fclose(file);\n"
    "    return values;\n}\n"
    "int main(void) {\n    int bad = 0;\n"
    "    for (int i = 0; i < (int)(sizeof nets / sizeof *nets); i++) {\n"
    "        float *in = read(i, \"in\", nets[i].inputs), *want = read(i, \"want\", nets[i].outputs);\n"
    "        float *out = (float *)malloc(nets[i].outputs * sizeof *out);\n        double most = 0, off = 0;\n"
    "        unsigned char *workspace = (unsigned char *)malloc(nets[i].workspace + 16);\n"
    "        memset(workspace, 0x7f, nets[i].workspace + 16);\n"
    "        nets[i].run(in, out, workspace);\n        nets[i].run(in, out, workspace);\n"
    "        for (size_t k = 0; k < nets[i].outputs; k++) {\n"
    "            most = fmax(most, fabs(want[k]));\n            off = fmax(off, fabs(want[k] - out[k]));\n        }\n"
    "        for (int k = 0; k < 16; k++)\n            if (workspace[nets[i].workspace + k] != 0x7f) bad = 1;\n"
    "        if (!(off <= 1e-5 * most) || bad) printf(\"n%%d: off by %%g of %%g\\n\", i, off, most), bad = 1;\n"
    "        free(in), free(want), free(out), free(workspace);\n    }\n"
    "    printf(\"%%d networks\\n\", (int)(sizeof nets / sizeof *nets));\n    return bad;\n}\n";

static void shell(const char *folder, const char *command) {
    char *line_text =
        graft_text_format("cd '%s' && { %s; } >log 2>&1 || { head -c 3000 log; exit 1; }", folder, command);
    const int status = system(line_text); // NOLINT(cert-env33-c): the test is about a compiler
    if (status != 0) fail_msg("%s: status %d", command, WEXITSTATUS(status));
    graft_release(line_text);
}

/* Compiles all, runs all. */
static void build_close(build *b, const char *prepare) {
    char path[512];
    fclose(b->includes);
    fclose(b->table);
    snprintf(path, sizeof path, "%s/main.c", b->folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, main_text, b->include_text, b->table_text);
    fclose(file);
    shell(b->folder, prepare);
    shell(b->folder, "./main");
    free(b->include_text);
    free(b->table_text);
    test_folder_remove(b->folder);
}

static void compile_variants(bool int8) {
    graft_context *context = test_context(1);
    build b;
    build_open(&b);
    for (size_t i = 0; i < op_variant_count; i++) {
        graft_graph *graph = variant_graph(&op_variants[i], false);
        build_add(&b, context, graph, int8);
        graft_graph_free(graph);
    }
    build_close(&b, CC " -c n*.c && " CC " -o main main.c n*.o -lm");
    graft_context_free(context);
}

static void test_every_variant_compiles_and_runs(void **state) {
    (void)state;
    compile_variants(false);
}

static void test_every_variant_compiles_and_runs_in_int8(void **state) {
    (void)state;
    compile_variants(true);
}

/* ---- networks of the tables ---- */

/* The smallest legal size, few classes, a quarter of the channels where the family has such a factor. */
static graft_graph *small_arch(const char *name) {
    const graft_arch *arch = graft_arch_find(name);
    assert_non_null(arch);
    graft_arch_options options = {.classes = 10, .height = arch->minimum, .multiplier = 0.25};
    graft_graph *graph;
    if (graft_arch_build(name, &options, &graph) != GRAFT_OK) {
        options.multiplier = 0;
        assert_ok(graft_arch_build(name, &options, &graph));
    }
    network_fill(graph, 4);
    return graph;
}

static void check_arch(graft_context *context, const char *name) {
    graft_graph *graph = small_arch(name);
    float *input = malloc(network_count(graph, graft_graph_input(graph)) * sizeof *input);
    graft_c_program program;
    fill_input(graph, 2, input);
    assert_ok(graft_c_lower(graph, &program));
    float *got = run(&program, graph, 2), *want = network_run(context, graph, input);
    double largest = 0, off = 0;
    for (size_t i = 0; i < network_count(graph, graft_graph_output(graph)); i++) {
        largest = fmax(largest, fabs((double)want[i]));
        off = fmax(off, fabs((double)got[i] - (double)want[i]));
    }
    if (!(off <= 1e-4 * largest)) fail_msg("%s: off by %g of %g", name, off, largest);
    free(got);
    free(want);
    free(input);
    graft_c_program_free(&program);
    graft_graph_free(graph);
}

/* One network of each family that is not too large to be drawn here. */
static void test_families_agree_with_the_plan(void **state) {
    static const char *const names[] = {
        "mobilenet_v1.keras",       "mobilenet_v2.keras", "mobilenet_v2.torch", "mobilenet_v3_small.keras",
        "mobilenet_v3_small.torch", "densenet121.keras",  "densenet121.torch",  "efficientnet_b0.keras",
        "efficientnet_b0.torch",    "inception_v3.keras", "inception_v3.torch", "resnet18.torch",
        "resnet50.keras",           "resnet50_v2.keras",  "resnet8.keras",      "squeezenet1_1.torch",
        "xception.keras",
    };
    graft_context *context = test_context(1);
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        check_arch(context, names[i]);
    graft_context_free(context);
}

static void test_networks_compile_and_run(void **state) {
    static const char *const names[] = {"mobilenet_v2.keras", "resnet8.keras"};
    graft_context *context = test_context(1);
    build b;
    (void)state;
    build_open(&b);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (int int8 = 0; int8 < 2; int8++) {
            graft_graph *graph = small_arch(names[i]);
            build_add(&b, context, graph, int8);
            graft_graph_free(graph);
        }
    build_close(&b, CC " -c n*.c && " CC " -o main main.c n*.o -lm");
    graft_context_free(context);
}

/* ---- refusals ---- */

static void test_an_op_without_a_function_is_named(void **state) {
    (void)state;
    graft_graph *graph = variant_graph(&op_variants[0], false);
    graft_node *node = graft_graph_node(graph, graft_graph_output(graph));
    graft_op strange = *node->op;
    graft_c_program program;
    strange.name = "fourier2d";
    node->op = &strange;
    assert_fails(GRAFT_E_USAGE, "no function for the op fourier2d", graft_c_lower(graph, &program));
    graft_c_program_free(&program);
    graft_graph_free(graph);
}

typedef struct small {
    char *folder;
    graft_graph *graph;
} small;

static graft_status export_once(void *argument) {
    const small *self = argument;
    const graft_export_source source = {.name = "small", .graph = self->graph};
    const graft_c_samples samples = samples_of(self->graph);
    graft_context *context = NULL;
    char path[512];
    snprintf(path, sizeof path, "%s/small.c", self->folder);
    graft_status status = graft_context_new(&context, NULL);
    if (status == GRAFT_OK) status = graft_c_export(context, &source, &samples, false, path, NULL);
    graft_context_free(context);
    return status;
}

static void behaviour_29_int8_beyond_the_limit_is_refused(void **state) {
    (void)state;
    char *folder = test_folder(), path[512];
    graft_context *context = test_context(1);
    graft_graph *graph = small_arch("mobilenet_v1.keras");
    const char *const classes[] = {"a", "b"};
    graft_export_source source = {.name = "small", .graph = graph, .classes = classes, .class_count = 2};
    graft_c_samples samples = samples_of(graph);
    graft_c_agreement agreement;
    FILE *file;
    snprintf(path, sizeof path, "%s/small.c", folder);
    samples.max_drop = -0.1; /* fewer than none */
    assert_fails(GRAFT_E_GATE, "int8 agrees with float on",
                 graft_c_export(context, &source, &samples, true, path, NULL));
    source.class_count = 0;
    samples.max_drop = 0;
    assert_fails(GRAFT_E_GATE, "mean cosine", graft_c_export(context, &source, &samples, true, path, NULL));
    file = fopen(path, "r");
    assert_null(file);
    samples.max_drop = 1;
    samples.count = SAMPLES - 1;
    samples.checks = 1;
    assert_ok(graft_c_export(context, &source, &samples, true, path, &agreement));
    assert_int_equal(agreement.count, 1); /* what set the scales is not what is compared */
    assert_true(agreement.cosine > 0.5 && agreement.cosine < 1);
    graft_graph_free(graph);
    graft_context_free(context);
    test_folder_remove(folder);
}

static void test_no_memory_is_told(void **state) {
    (void)state;
    small self = {test_folder(), variant_graph(&op_variants[1], false)};
    test_failing_allocations(export_once, &self);
    graft_graph_free(self.graph);
    test_folder_remove(self.folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_variant_is_the_reference),
        cmocka_unit_test(test_int8_is_exact_and_near),
        cmocka_unit_test(test_every_variant_compiles_and_runs),
        cmocka_unit_test(test_every_variant_compiles_and_runs_in_int8),
        cmocka_unit_test(test_families_agree_with_the_plan),
        cmocka_unit_test(test_networks_compile_and_run),
        cmocka_unit_test(test_an_op_without_a_function_is_named),
        cmocka_unit_test(behaviour_29_int8_beyond_the_limit_is_refused),
        cmocka_unit_test(test_no_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
