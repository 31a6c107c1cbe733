/* The record of a quantisation: as part of a graph, of its hash, of a file. */
#include "support/support.h"

#include "nn/quantize.h"
#include "support/networks.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLES = 4 };

static graft_context *context;

static graft_status made_up(void *argument, int worker, size_t index, float *out) {
    const size_t *size = argument;
    (void)worker;
    test_fill(out, *size, ((uint32_t)index + 1) * 2654435761U);
    return GRAFT_OK;
}

static graft_graph *quantized_network(void) {
    graft_graph *graph = network_mobilenet_v2(32, 0.35);
    size_t size = network_count(graph, graft_graph_input(graph));
    const graft_quantize_samples samples = {
        .sample = made_up, .argument = &size, .count = SAMPLES, .checks = 2, .least_sqnr = 0.1};
    graft_quantization *record;
    assert_ok(graft_quantize(context, graph, NULL, 0, &samples, &record));
    graft_graph_set_quantization(graph, record);
    return graph;
}

/* The value of `node` in a plan that gives out `others` beside it. */
static float *value_of(const graft_graph *graph, const char *name, const char *other, bool floats, size_t *count) {
    int outputs[2] = {graft_graph_find(graph, name), other == NULL ? -1 : graft_graph_find(graph, other)};
    graft_plan_options options = GRAFT_PLAN_OPTIONS_INIT;
    size_t size = network_count(graph, graft_graph_input(graph));
    graft_plan *plan;
    graft_plan_state *state;
    options.batch = 1;
    options.outputs = outputs;
    options.output_count = other == NULL ? 1 : 2;
    options.floats = floats;
    assert_ok(graft_plan_new(context, graph, &options, &plan));
    assert_ok(graft_plan_state_new(plan, &state));
    assert_ok(made_up(&size, 0, 50, graft_plan_state_input(state, 0)));
    assert_ok(graft_plan_run(state, 1));
    *count = graft_plan_output_size(plan, 0);
    float *out = malloc(*count * sizeof *out);
    memcpy(out, graft_plan_state_output(state, 0, 0), *count * sizeof *out);
    graft_plan_state_free(state);
    graft_plan_free(plan);
    return out;
}

/* What a layer gives must not depend on what else was asked for, nor on what follows it: features are cached. */
static void test_numbers_do_not_depend_on_other_outputs(void **state) {
    (void)state;
    static const char *const names[] = {"block_2_add", "block_3_expand_relu", "block_5_depthwise_relu"};
    graft_graph *graph = quantized_network();
    for (size_t i = 0; i < 3; i++) {
        size_t count;
        graft_graph *prefix;
        const int node = graft_graph_find(graph, names[i]);
        assert_ok(graft_graph_prefix(graph, &node, 1, &prefix, NULL));
        float *whole = value_of(graph, names[i], NULL, false, &count),
              *exact = value_of(graph, names[i], NULL, true, &count);
        float *both = value_of(graph, names[i], "block_7_expand_relu", false, &count);
        float *part = value_of(prefix, names[i], NULL, false, &count);
        assert_memory_equal(whole, both, count * sizeof *whole);
        assert_memory_equal(whole, part, count * sizeof *whole);
        if (graft_quantization_works()) assert_memory_not_equal(whole, exact, count * sizeof *whole);
        free(whole);
        free(exact);
        free(both);
        free(part);
        graft_graph_free(prefix);
    }
    graft_graph_free(graph);
}

static bool same_hash(const graft_graph *a, const graft_graph *b) {
    graft_hash x, y;
    assert_ok(graft_graph_hash(a, &x));
    assert_ok(graft_graph_hash(b, &y));
    return graft_hash_equal(x, y);
}

static void test_hashes_tell_calibrations_apart(void **state) {
    (void)state;
    graft_graph *graph = quantized_network(), *other = quantized_network(), *floats = network_mobilenet_v2(32, 0.35);
    assert_true(same_hash(graph, other));
    assert_int_equal(same_hash(graph, floats), !graft_quantization_works());
    graft_quantization *record;
    assert_ok(graft_quantization_copy(graft_graph_quantization(graph), graph, 1 << 20, &record));
    for (size_t i = 0; i < record->count; i++)
        if (record->values[i].unit > 0.0F) record->values[i].unit *= 1.01F;
    graft_graph_set_quantization(other, record);
    assert_int_equal(same_hash(graph, other), !graft_quantization_works());
    assert_ok(graft_graph_limit_quantization(graph, 0));
    assert_null(graft_graph_quantization(graph));
    assert_true(same_hash(graph, floats));
    graft_graph_free(graph);
    graft_graph_free(other);
    graft_graph_free(floats);
}

static void test_limits_leave_what_lies_before(void **state) {
    (void)state;
    graft_graph *graph = quantized_network();
    const int all = graft_graph_quantization(graph)->int8, last = graft_graph_find(graph, "block_4_add");
    assert_ok(graft_graph_limit_quantization(graph, last));
    const graft_quantization *record = graft_graph_quantization(graph);
    if (graft_quantization_works()) {
        assert_non_null(record);
        assert_true(record->int8 > 0 && record->int8 < all);
        for (size_t i = 0; i < record->count; i++)
            assert_true(graft_graph_find(graph, record->values[i].name) <= last);
    }
    graft_graph_free(graph);
}

static graft_json *parsed(const char *text) {
    graft_json *json;
    assert_ok(graft_json_parse(text, strlen(text), "text", &json));
    return json;
}

static void test_files_keep_every_bit(void **state) {
    (void)state;
    graft_graph *graph = quantized_network();
    graft_json *json;
    graft_quantization *read;
    char *text;
    const graft_quantization *record = graft_graph_quantization(graph);
    assert_ok(graft_quantization_to_json(record, &json));
    assert_ok(graft_json_dump(json, 0, &text, NULL));
    graft_json_free(json);
    json = parsed(text);
    assert_ok(graft_quantization_from_json(json, graph, &read));
    assert_int_equal(read->count, record->count);
    assert_int_equal(read->int8, record->int8);
    assert_int_equal(read->samples, SAMPLES);
    for (size_t i = 0; i < read->count; i++) {
        const graft_quantized_value *a = &read->values[i], *b = &record->values[i];
        assert_string_equal(a->name, b->name);
        assert_memory_equal(&a->unit, &b->unit, sizeof a->unit);
        assert_true(a->int8 == b->int8 && a->stored == b->stored && a->is_signed == b->is_signed);
        assert_int_equal(a->profile == NULL, b->profile == NULL);
        if (a->profile != NULL) assert_memory_equal(a->profile, b->profile, a->channels * sizeof *a->profile);
        if (a->mean != NULL) assert_memory_equal(a->mean, b->mean, a->channels * sizeof *a->mean);
    }
    graft_quantization_free(read);
    graft_json_free(json);
    graft_text_free(text);
    graft_graph_free(graph);
}

static void refuses(const graft_graph *graph, const char *text, const char *says) {
    graft_json *json = parsed(text);
    graft_quantization *read;
    assert_fails(GRAFT_E_DATA, says, graft_quantization_from_json(json, graph, &read));
    graft_json_free(json);
}

static void test_damaged_records_are_refused(void **state) {
    (void)state;
    graft_graph *graph = network_mobilenet_v2(32, 0.35);
    refuses(graph, "{}", "no list");
    refuses(graph, "{\"values\":[{}]}", "no layer");
    refuses(graph, "{\"values\":[{\"name\":\"elsewhere\",\"unit\":1}]}", "no layer");
    refuses(graph, "{\"values\":[{\"name\":\"Conv1_relu\"}]}", "no number");
    refuses(graph, "{\"values\":[{\"name\":\"Conv1_relu\",\"unit\":-1}]}", "no number");
    refuses(graph, "{\"values\":[{\"name\":\"Conv1_relu\",\"unit\":1e300}]}", "no number");
    refuses(graph, "{\"values\":[{\"name\":\"Conv1_relu\",\"unit\":1,\"profile\":[1]}]}", "channels");
    refuses(graph, "{\"values\":[{\"name\":\"Conv1_relu\",\"unit\":1,\"mean\":[null,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]}]}",
            "channel");
    graft_graph_free(graph);
}

/* A record that asks for what cannot be must leave numbers, if senseless ones. */
static void test_senseless_records_compute(void **state) {
    (void)state;
    graft_graph *graph = quantized_network();
    graft_quantization *record;
    size_t count;
    assert_ok(graft_quantization_copy(graft_graph_quantization(graph), graph, 1 << 20, &record));
    for (size_t i = 0; i < record->count; i++) {
        record->values[i].int8 = record->values[i].stored = true;
        record->values[i].is_signed = i % 2;
        record->values[i].unit = i % 3 == 0 ? 0.0F : 1e30F;
    }
    graft_graph_set_quantization(graph, record);
    free(value_of(graph, "block_7_expand_relu", NULL, false, &count));
    graft_graph_free(graph);
}

static int setup(void **state) {
    (void)state;
    context = test_context(2);
    return context == NULL;
}

static int teardown(void **state) {
    (void)state;
    graft_context_free(context);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_do_not_depend_on_other_outputs),
        cmocka_unit_test(test_hashes_tell_calibrations_apart),
        cmocka_unit_test(test_limits_leave_what_lies_before),
        cmocka_unit_test(test_files_keep_every_bit),
        cmocka_unit_test(test_damaged_records_are_refused),
        cmocka_unit_test(test_senseless_records_compute),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
