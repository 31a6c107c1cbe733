#include "support/support.h"

#include "base/alloc.h"
#include "nn/op.h"

#include <string.h>

static graft_status parse(const char *text, graft_graph **out) {
    graft_json *json;
    graft_status status = graft_json_parse(text, strlen(text), "graph", &json);
    if (status != GRAFT_OK) return status;
    status = graft_graph_from_json(json, out);
    graft_json_free(json);
    return status;
}

static char *print(const graft_graph *graph) {
    graft_json *json;
    char *text;
    assert_ok(graft_graph_to_json(graph, &json));
    assert_ok(graft_json_dump(json, 0, &text, NULL));
    graft_json_free(json);
    return text;
}

static graft_hash hash_of(const graft_graph *graph) {
    graft_hash hash;
    assert_ok(graft_graph_hash(graph, &hash));
    return hash;
}

/* Every operation once, every attribute away from its default. */
static const char everything[] =
    "{\"name\":\"all\",\"output\":\"soft\",\"nodes\":["
    "{\"name\":\"in\",\"op\":\"input\",\"attributes\":{\"shape\":[4,20,24,0],\"rank\":3},\"inputs\":[]},"
    "{\"name\":\"c1\",\"op\":\"conv2d\",\"attributes\":{\"filters\":8,\"kernel\":[3,5],\"strides\":[2,1],"
    "\"dilations\":[1,2],\"padding\":[1,2,3,4],\"groups\":2,\"bias\":false},\"inputs\":[\"in\"]},"
    "{\"name\":\"c2\",\"op\":\"conv2d\",\"attributes\":{\"filters\":8,\"kernel\":[3,3],\"same\":true},\"inputs\":["
    "\"c1\"]},"
    "{\"name\":\"bn\",\"op\":\"batchnorm\",\"attributes\":{\"epsilon\":1.0009999999999999e-05,\"scale\":false,"
    "\"center\":false},\"inputs\":[\"c2\"]},"
    "{\"name\":\"ss\",\"op\":\"scale_shift\",\"attributes\":{},\"inputs\":[\"bn\"]},"
    "{\"name\":\"act\",\"op\":\"activation\",\"attributes\":{\"kind\":\"leaky_relu\",\"alpha\":0.30000001192092896,"
    "\"max-value\":6.1,\"threshold\":-0.1},\"inputs\":[\"ss\"]},"
    "{\"name\":\"mp\",\"op\":\"maxpool2d\",\"attributes\":{\"size\":[3,3],\"strides\":[1,2],\"padding\":[1,1,0,2]},"
    "\"inputs\":[\"act\"]},"
    "{\"name\":\"ap\",\"op\":\"avgpool2d\",\"attributes\":{\"size\":[2,2],\"same\":true,\"count-padding\":true},"
    "\"inputs\":[\"mp\"]},"
    "{\"name\":\"gm\",\"op\":\"global_maxpool\",\"attributes\":{\"keepdims\":true},\"inputs\":[\"ap\"]},"
    "{\"name\":\"mul\",\"op\":\"multiply\",\"attributes\":{},\"inputs\":[\"ap\",\"gm\"]},"
    "{\"name\":\"sum\",\"op\":\"add\",\"attributes\":{},\"inputs\":[\"mul\",\"ap\",\"gm\"]},"
    "{\"name\":\"cat\",\"op\":\"concat\",\"attributes\":{\"axis\":1},\"inputs\":[\"sum\",\"ap\"]},"
    "{\"name\":\"pad\",\"op\":\"zeropad2d\",\"attributes\":{\"padding\":[0,1,2,3]},\"inputs\":[\"cat\"]},"
    "{\"name\":\"drop\",\"op\":\"dropout\",\"attributes\":{\"rate\":0.1},\"inputs\":[\"pad\"]},"
    "{\"name\":\"ga\",\"op\":\"global_avgpool\",\"attributes\":{\"keepdims\":true},\"inputs\":[\"drop\"]},"
    "{\"name\":\"rs\",\"op\":\"reshape\",\"attributes\":{\"shape\":[2,-1,2,0],\"rank\":3,\"order\":\"hwc\"},"
    "\"inputs\":[\"ga\"]},"
    "{\"name\":\"flat\",\"op\":\"flatten\",\"attributes\":{\"order\":\"hwc\"},\"inputs\":[\"rs\"]},"
    "{\"name\":\"d\",\"op\":\"dense\",\"attributes\":{\"units\":3,\"bias\":false},\"inputs\":[\"flat\"]},"
    "{\"name\":\"soft\",\"op\":\"softmax\",\"attributes\":{\"axis\":0},\"inputs\":[\"d\"]},"
    "{\"name\":\"ct\",\"op\":\"conv2d_transpose\",\"attributes\":{\"filters\":2,\"kernel\":[2,3],\"strides\":[2,3],"
    "\"dilations\":[1,2],\"padding\":[1,0,0,1],\"output-padding\":[1,2],\"groups\":2,\"bias\":false},\"inputs\":["
    "\"ap\"]},"
    "{\"name\":\"up\",\"op\":\"upsample2d\",\"attributes\":{\"size\":[3,1],\"interpolation\":\"bilinear\"},"
    "\"inputs\":[\"ct\"]},"
    "{\"name\":\"lr\",\"op\":\"lrn\",\"attributes\":{\"size\":3,\"alpha\":0.5,\"beta\":0.25,\"k\":2},\"inputs\":["
    "\"up\"]},"
    "{\"name\":\"ln\",\"op\":\"layernorm\",\"attributes\":{\"epsilon\":0.01,\"scale\":false,\"center\":false},"
    "\"inputs\":[\"lr\"]},"
    "{\"name\":\"sl\",\"op\":\"slice\",\"attributes\":{\"axis\":1,\"begin\":1,\"length\":1},\"inputs\":[\"mp\"]},"
    "{\"name\":\"mask\",\"op\":\"slice\",\"attributes\":{\"begin\":3,\"length\":1},\"inputs\":[\"sl\"]},"
    "{\"name\":\"em\",\"op\":\"embedding\",\"attributes\":{\"rows\":3,\"units\":2},\"inputs\":[\"mask\"]},"
    "{\"name\":\"gr\",\"op\":\"gru\",\"attributes\":{\"units\":3,\"sequence\":true,\"masked\":true},\"inputs\":["
    "\"em\",\"mask\"]},"
    "{\"name\":\"ls\",\"op\":\"lstm\",\"attributes\":{\"units\":3,\"backwards\":true,\"initial\":true},\"inputs\":["
    "\"gr\",\"d\"]},"
    "{\"name\":\"gs\",\"op\":\"gaussian_sample\",\"attributes\":{\"deviation\":0.5},\"inputs\":[\"d\",\"ls\"]},"
    "{\"name\":\"aside\",\"op\":\"flatten\",\"inputs\":[\"ap\"]}]}";

static void round_trip_is_exact(void **state) {
    (void)state;
    graft_graph *graph, *again;
    assert_ok(parse(everything, &graph));
    char *text = print(graph);
    assert_ok(parse(text, &again));
    char *text_again = print(again);
    assert_string_equal(text, text_again);
    assert_true(graft_hash_equal(hash_of(graph), hash_of(again)));
    assert_int_equal(graft_graph_output(again), graft_graph_find(again, "soft"));
    for (int i = 0; i < graft_graph_count(graph); i++) {
        const graft_node *a = graft_graph_node(graph, i), *b = graft_graph_node(again, i);
        assert_string_equal(a->name, b->name);
        assert_memory_equal(a->attributes, b->attributes, a->op->attribute_size);
        assert_true(graft_shape_equal(&a->output, &b->output));
        assert_int_equal(a->stage, b->stage);
    }
    const graft_batchnorm_attributes *bn = graft_graph_node(again, graft_graph_find(again, "bn"))->attributes;
    assert_true(bn->epsilon == 1.0009999999999999e-05);
    graft_release(text);
    graft_release(text_again);
    graft_graph_free(graph);
    graft_graph_free(again);
}

static void every_operation_takes_part(void **state) {
    (void)state;
    graft_graph *graph;
    assert_ok(parse(everything, &graph));
    const graft_op *op;
    for (size_t k = 0; (op = graft_op_at(k)) != NULL; k++) {
        bool found = false;
        for (int i = 0; i < graft_graph_count(graph); i++)
            found = found || graft_graph_node(graph, i)->op == op;
        if (!found) fail_msg("operation %s is not in the round trip", op->name);
        assert_true(strlen(op->help) > 0);
    }
    graft_graph_free(graph);
}

static void broken_graphs_are_refused_by_name(void **state) {
    (void)state;
#define IN "{\"name\":\"in\",\"op\":\"input\",\"attributes\":{\"shape\":[3,8,8,0]},\"inputs\":[]}"
    const struct {
        const char *text, *part;
    } rows[] = {
        {"[]", "no list of \"nodes\""},
        {"{\"nodes\":[]}", "no layer of operation input"},
        {"{\"nodes\":[" IN "]}", "output is not a layer"},
        {"{\"nodes\":[7]}", "node 0: expected \"name\""},
        {"{\"nodes\":[" IN ",{\"name\":\"x\",\"op\":\"relu\",\"inputs\":[\"in\"]}]}", "no operation 'relu'"},
        {"{\"nodes\":[" IN ",{\"name\":\"x\",\"op\":\"flatten\",\"inputs\":[\"out\"]}]}", "layer 'x': input 'out'"},
        {"{\"nodes\":[" IN ",{\"name\":\"x\",\"op\":\"flatten\",\"inputs\":[3]}]}", "(no text)"},
        {"{\"nodes\":[" IN ",{\"name\":\"x\",\"op\":\"flatten\",\"attributes\":{\"ordre\":1},\"inputs\":[\"in\"]}]}",
         "layer 'x' (flatten): attribute 'ordre' is not one that flatten has"},
        {"{\"nodes\":[" IN ",{\"name\":\"x\",\"op\":\"add\",\"attributes\":{\"a\":1},\"inputs\":[\"in\",\"in\"]}]}",
         "attribute 'a' is not one that add has"},
        {"{\"nodes\":[" IN
         ",{\"name\":\"x\",\"op\":\"flatten\",\"attributes\":{\"order\":\"cwh\"},\"inputs\":[\"in\"]}]}",
         "attribute order is 'cwh', expected one of chw|hwc"},
        {"{\"nodes\":[" IN ",{\"name\":\"x\",\"op\":\"dropout\",\"attributes\":{\"rate\":true},\"inputs\":[\"in\"]}]}",
         "attribute rate has another type, expected a number"},
        {"{\"nodes\":[" IN ",{\"name\":\"x\",\"op\":\"dropout\",\"attributes\":{\"rate\":NaN},\"inputs\":[\"in\"]}]}",
         "rate"},
        {"{\"nodes\":[" IN ",{\"name\":\"x\",\"op\":\"conv2d\",\"attributes\":{\"filters\":1.5,\"kernel\":[1,1]},"
         "\"inputs\":[\"in\"]}]}",
         "attribute filters has another type, expected an integer"},
        {"{\"nodes\":[" IN ",{\"name\":\"x\",\"op\":\"conv2d\",\"attributes\":{\"filters\":1,\"kernel\":[1]},"
         "\"inputs\":[\"in\"]}]}",
         "attribute kernel has another form, expected 2 integers"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        graft_graph *graph;
        assert_fails(GRAFT_E_DATA, rows[i].part, parse(rows[i].text, &graph));
    }
}

static graft_status read_everything(void *argument) {
    (void)argument;
    graft_graph *graph = NULL;
    graft_json *json = NULL;
    graft_status status = parse(everything, &graph);
    if (status == GRAFT_OK) status = graft_graph_to_json(graph, &json);
    graft_json_free(json);
    graft_graph_free(graph);
    return status;
}

static void allocations_may_fail(void **state) {
    (void)state;
    test_failing_allocations(read_everything, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip_is_exact),
        cmocka_unit_test(every_operation_takes_part),
        cmocka_unit_test(broken_graphs_are_refused_by_name),
        cmocka_unit_test(allocations_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
