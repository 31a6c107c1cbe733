/* The ONNX project's own tests of operators (Debian: libonnx-testdata): every case is imported, run through the
 * inference plan and compared. tests/golden/onnx/unsupported.txt lists those that cannot be, with the reason; a listed
 * one that passes fails this test as much as another that does not. GRAFT_WRITE_ONNX=FILE writes the list anew. */
#include "support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "formats/onnx-internal.h"
#include "import/onnx.h"
#include "nn/plan.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char data_folder[] = "/usr/share/libonnx-testdata/data";
static const char *const groups[] = {"node", "pytorch-converted", "pytorch-operator", "simple"};
enum { MAX_INPUTS = 8, TEXT = 512, PATH = 4 * TEXT };

/* One data set of a case. */
typedef struct sample {
    graft_tensor *inputs[MAX_INPUTS], *output; /* F32 or I64 */
    int input_count;
} sample;

static void sample_clear(sample *s) {
    for (int i = 0; i < s->input_count; i++)
        graft_tensor_free(s->inputs[i]);
    graft_tensor_free(s->output);
    *s = (sample){.input_count = 0};
}

static graft_status read_normal(const char *path, graft_tensor **out) {
    graft_tensor *raw = NULL;
    GRAFT_TRY(graft_onnx_tensor_read(path, &raw));
    graft_status status = graft_onnx_normalise(raw, out);
    graft_tensor_free(raw);
    return status;
}

static graft_status sample_read(const char *folder, sample *s) {
    char path[PATH];
    *s = (sample){.input_count = 0};
    for (; s->input_count < MAX_INPUTS; s->input_count++) {
        snprintf(path, sizeof path, "%s/test_data_set_0/input_%d.pb", folder, s->input_count);
        if (graft_file_kind_of(path) != GRAFT_FILE_REGULAR) break;
        GRAFT_TRY(read_normal(path, &s->inputs[s->input_count]));
    }
    snprintf(path, sizeof path, "%s/test_data_set_0/output_0.pb", folder);
    return read_normal(path, &s->output);
}

/* ---- running ---- */

static bool close_to(double got, double wanted) {
    if (isnan(wanted) || isinf(wanted)) return isnan(wanted) ? isnan(got) : got == wanted;
    return fabs(got - wanted) <= 1e-4 + 1e-3 * fabs(wanted); /* the ONNX project's own bounds: rtol 1e-3, atol 1e-7 */
}

static graft_status compare_constants(const graft_tensor *got, const graft_tensor *wanted) {
    if (!graft_shape_equal(&got->shape, &wanted->shape)) return graft_fail(GRAFT_E_GATE, "another shape");
    for (int64_t i = 0; i < graft_shape_count(&wanted->shape); i++)
        if (!close_to(graft_onnx_number(got, i), graft_onnx_number(wanted, i)))
            return graft_fail(GRAFT_E_GATE, "number %lld is %g, expected %g", (long long)i, graft_onnx_number(got, i),
                              graft_onnx_number(wanted, i));
    return GRAFT_OK;
}

/* Where element `i` of one sample of N,H,W,C stands in C,H,W. */
static int64_t turned(const graft_shape *dims, int64_t i) {
    int64_t channels = dims->dim[3], area = dims->dim[1] * dims->dim[2];
    return i % channels * area + i / channels;
}

static graft_status run_graph(graft_context *context, const graft_onnx_result *result, const graft_tensor *input,
                              const graft_tensor *wanted) {
    graft_plan_options options = GRAFT_PLAN_OPTIONS_INIT;
    graft_plan *plan = NULL;
    graft_plan_state *state = NULL;
    options.batch = 1;
    int64_t batch = input->shape.rank > 0 ? input->shape.dim[0] : 1;
    int64_t in_size = graft_shape_count(&input->shape) / batch, out_size = graft_shape_count(&wanted->shape) / batch;
    GRAFT_TRY(graft_plan_new(context, result->graph, &options, &plan));
    graft_status status = graft_plan_state_new(plan, &state);
    if (status == GRAFT_OK && (int64_t)graft_plan_output_size(plan, 0) != out_size)
        status = graft_fail(GRAFT_E_GATE, "%zu numbers a sample, expected %lld", graft_plan_output_size(plan, 0),
                            (long long)out_size);
    for (int64_t n = 0; n < batch && status == GRAFT_OK; n++) {
        float *to = graft_plan_state_input(state, 0);
        for (int64_t i = 0; i < in_size; i++)
            to[result->input_channels_last ? turned(&input->shape, i) : i] =
                (float)graft_onnx_number(input, n * in_size + i);
        status = graft_plan_run(state, 1);
        const float *got = status == GRAFT_OK ? graft_plan_state_output(state, 0, 0) : NULL;
        for (int64_t i = 0; i < out_size && status == GRAFT_OK; i++) {
            double value = got[result->output_channels_last ? turned(&wanted->shape, i) : i];
            double expected = graft_onnx_number(wanted, n * out_size + i);
            if (!close_to(value, expected))
                status = graft_fail(GRAFT_E_GATE, "sample %lld, number %lld is %g, expected %g", (long long)n,
                                    (long long)i, value, expected);
        }
    }
    graft_plan_state_free(state);
    graft_plan_free(plan);
    return status;
}

/* All inputs but number `flow` are given as constants (-1: all). */
static graft_status run_with(graft_context *context, const char *model, const sample *s, int flow) {
    graft_onnx_given given[MAX_INPUTS];
    graft_container *container = NULL;
    graft_onnx_result result = {0};
    size_t count = 0;
    GRAFT_TRY(graft_container_open(context, model, &container));
    const graft_json *inputs = graft_json_get(graft_container_config(container), "inputs");
    for (int i = 0; i < s->input_count && i < (int)graft_json_count(inputs); i++)
        if (i != flow)
            given[count++] = (graft_onnx_given){
                graft_json_text(graft_json_get(graft_json_at(inputs, (size_t)i), "name"), ""), s->inputs[i]};
    graft_status status = graft_onnx_build(context, container, given, count, &result, NULL);
    if (status == GRAFT_OK && result.graph && flow >= 0)
        status = run_graph(context, &result, s->inputs[flow], s->output);
    else if (status == GRAFT_OK && result.constant && flow < 0)
        status = compare_constants(result.constant, s->output);
    else if (status == GRAFT_OK)
        status = graft_fail(GRAFT_E_DATA, "the output does not depend on the input");
    graft_graph_free(result.graph);
    graft_tensor_free(result.constant);
    graft_container_free(container);
    return status;
}

/* Passes when the network can be built with some input flowing, or folded when all are constants, and what comes out is
 * right. *reason is why not, with the first input flowing; a wrong result is never hidden by another way that works. */
static bool run_case(graft_context *context, const char *folder, char reason[TEXT]) {
    char model[PATH];
    sample s;
    bool passed = false, wrong = false;
    snprintf(model, sizeof model, "%s/model.onnx", folder);
    reason[0] = '\0';
    graft_status status = sample_read(folder, &s);
    if (status != GRAFT_OK) snprintf(reason, TEXT, "%s", graft_error_text());
    for (int flow = 0; flow <= s.input_count && status == GRAFT_OK && !wrong && !passed; flow++) {
        graft_status got = run_with(context, model, &s, flow < s.input_count ? flow : -1);
        passed = got == GRAFT_OK;
        wrong = got == GRAFT_E_GATE;
        if (!passed && (reason[0] == '\0' || wrong)) snprintf(reason, TEXT, "%s", graft_error_text());
    }
    sample_clear(&s);
    return passed && !wrong;
}

/* ---- the list ---- */

/* The reason without the path in front. */
static const char *without_path(const char *reason) {
    const char *at = strncmp(reason, data_folder, sizeof data_folder - 1) == 0 ? strstr(reason, ": ") : NULL;
    return at ? at + 2 : reason;
}

static bool is_listed(const char *list, const char *name) {
    size_t length = strlen(name);
    for (const char *line = list; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, name, length) == 0 && line[length] == ':') return true;
    }
    return false;
}

static void every_case(void **state) {
    (void)state;
    if (graft_file_kind_of(data_folder) != GRAFT_FILE_FOLDER) {
        print_message("# SKIPPED: no %s: install libonnx-testdata\n", data_folder);
        skip();
    }
    graft_context *context = test_context(1);
    const char *write = getenv("GRAFT_WRITE_ONNX");
    FILE *out = write ? fopen(write, "w") : NULL;
    char *list = NULL;
    int passed = 0, unsupported = 0, surprises = 0;
    if (!out) assert_ok(graft_file_read(test_source("tests/golden/onnx/unsupported.txt"), 0, &list, NULL));
    for (size_t g = 0; g < sizeof groups / sizeof groups[0]; g++) {
        char folder[TEXT], path[2 * TEXT], name[2 * TEXT], reason[TEXT];
        graft_names names = {0};
        snprintf(folder, sizeof folder, "%s/%s", data_folder, groups[g]);
        assert_ok(graft_folder_list(folder, &names));
        for (size_t i = 0; i < names.count; i++) {
            snprintf(path, sizeof path, "%s/%s", folder, names.name[i]);
            snprintf(name, sizeof name, "%s/%s", groups[g], names.name[i]);
            bool works = run_case(context, path, reason);
            passed += works;
            unsupported += !works;
            if (out && !works) fprintf(out, "%s: %.150s\n", name, without_path(reason));
            if (out || is_listed(list, name) == !works) continue;
            surprises++;
            print_message("# %s: %s\n", name, works ? "passes, but is listed as unsupported" : reason);
        }
        graft_names_free(&names);
    }
    print_message("# %d of %d cases pass, %d are not supported\n", passed, passed + unsupported, unsupported);
    if (out) fclose(out);
    graft_release(list);
    graft_context_free(context);
    assert_int_equal(surprises, 0);
    assert_true(passed > 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case),
    };
    return cmocka_run_group_tests_name("golden/onnx", tests, NULL, NULL);
}
