/* Every operation's rule of shapes, multiply-adds and parameters, as a table. */
#include "support/support.h"

#include "nn/op.h"

#include <string.h>

typedef struct row {
    const char *op, *attributes;
    int64_t input[3];
    int rank;
    const char *output; /* "CxHxW", or a part of the error */
    int64_t parameters, multiply_adds;
} row;

static const row rows[] = {
    {"conv2d",
     "{\"filters\":8,\"kernel\":[3,5],\"strides\":[2,1],\"padding\":[1,0,2,2]}",
     {4, 9, 9},
     3,
     "8x4x9",
     488,
     480 * 36},
    {"conv2d",
     "{\"filters\":8,\"kernel\":[3,3],\"dilations\":[2,3],\"groups\":4,\"bias\":false}",
     {4, 9, 9},
     3,
     "8x5x3",
     72,
     72 * 15},
    {"conv2d", "{\"filters\":6,\"kernel\":[2,2],\"same\":true,\"strides\":[3,4]}", {3, 7, 9}, 3, "6x3x3", 78, 72 * 9},
    {"conv2d",
     "{\"filters\":6,\"kernel\":[2,2],\"same\":true,\"padding\":[0,1,0,0]}",
     {3, 7, 9},
     3,
     "padding 0,1,0,0 beside \"same\"",
     0,
     0},
    {"conv2d", "{\"filters\":6,\"kernel\":[3,9]}", {3, 7, 8}, 3, "expected a width of at least 9", 0, 0},
    {"conv2d", "{\"filters\":6,\"kernel\":[1,1]}", {3}, 1, "input 3, expected channels x height x width", 0, 0},
    {"conv2d",
     "{\"filters\":6,\"kernel\":[1,5000]}",
     {3, 7, 8},
     3,
     "attribute kernel is 5000, expected 1 to 4096",
     0,
     0},
    {"conv2d_transpose",
     "{\"filters\":6,\"kernel\":[3,3],\"strides\":[1,2],\"padding\":[0,1,1,1]}",
     {4, 5, 7},
     3,
     "6x6x13",
     222,
     216 * 35},
    {"conv2d_transpose",
     "{\"filters\":6,\"kernel\":[3,3],\"strides\":[2,2],\"same\":true}",
     {4, 5, 7},
     3,
     "6x10x14",
     222,
     216 * 35},
    {"upsample2d", "{\"size\":[2,3],\"interpolation\":\"bilinear\"}", {4, 5, 7}, 3, "4x10x21", 0, 0},
    {"upsample2d", "{}", {4}, 1, "expected channels x height x width", 0, 0},
    {"lrn", "{\"size\":3}", {4, 5, 7}, 3, "4x5x7", 0, 0},
    {"lrn", "{\"size\":4}", {4, 5, 7}, 3, "expected an odd count", 0, 0},
    {"layernorm", "{}", {4, 5, 7}, 3, "4x5x7", 8, 0},
    {"gru", "{\"units\":5}", {3, 1, 7}, 3, "5", 15 * (3 + 5 + 2), 15 * 8},
    {"gru", "{\"units\":5,\"sequence\":true}", {3, 1, 7}, 3, "5x1x7", 15 * (3 + 5 + 2), 15 * 8 * 7},
    {"lstm", "{\"units\":5}", {3, 1, 7}, 3, "5", 20 * (3 + 5 + 1), 20 * 8},
    {"lstm", "{\"units\":5}", {3, 2, 7}, 3, "expected a series", 0, 0},
    {"gru", "{\"units\":5,\"masked\":true}", {3, 1, 7}, 3, "1 inputs, expected 2", 0, 0},
    {"slice", "{\"begin\":1,\"length\":2}", {4, 5, 7}, 3, "2x5x7", 0, 0},
    {"slice", "{\"axis\":2,\"begin\":6,\"length\":2}", {4, 5, 7}, 3, "expected rows that are there", 0, 0},
    {"embedding", "{\"rows\":9,\"units\":4}", {1, 1, 7}, 3, "4x1x7", 36, 0},
    {"embedding", "{\"rows\":9,\"units\":4}", {2, 1, 7}, 3, "expected whole numbers", 0, 0},
    {"layernorm", "{\"center\":false}", {7}, 1, "7", 7, 0},
    {"dense", "{\"units\":5}", {12}, 1, "5", 65, 60},
    {"dense", "{\"units\":5,\"bias\":false}", {12}, 1, "5", 60, 60},
    {"batchnorm", "{}", {4, 3, 3}, 3, "4x3x3", 16, 0},
    {"batchnorm", "{\"scale\":false}", {7}, 1, "7", 21, 0},
    {"batchnorm", "{\"epsilon\":-1}", {7}, 1, "attribute epsilon is -1", 0, 0},
    {"scale_shift", "{}", {4, 3, 3}, 3, "4x3x3", 8, 0},
    {"activation", "{\"kind\":\"gelu\"}", {4, 3, 3}, 3, "4x3x3", 0, 0},
    {"activation", "{\"kind\":\"hard_sigmoid\"}", {4}, 1, "expected a slope above 0", 0, 0},
    {"softmax", "{\"axis\":2}", {4, 3, 3}, 3, "4x3x3", 0, 0},
    {"softmax", "{\"axis\":1}", {4}, 1, "axis 1, expected one of the 1 of the input 4", 0, 0},
    {"maxpool2d", "{\"size\":[2,3],\"strides\":[2,2]}", {4, 9, 9}, 3, "4x4x4", 0, 0},
    {"maxpool2d", "{\"size\":[3,3],\"strides\":[2,2],\"same\":true}", {4, 9, 8}, 3, "4x5x4", 0, 0},
    {"avgpool2d", "{\"size\":[3,3],\"strides\":[2,2],\"padding\":[1,1,1,1]}", {4, 9, 8}, 3, "4x5x4", 0, 0},
    {"avgpool2d", "{\"size\":[3,3],\"padding\":[0,0,0,3]}", {4, 9, 8}, 3, "padding 3 for a window of 3", 0, 0},
    {"maxpool2d", "{\"size\":[8,8]}", {4, 7, 9}, 3, "expected a height of at least 8", 0, 0},
    {"global_avgpool", "{}", {4, 9, 8}, 3, "4", 0, 0},
    {"global_maxpool", "{\"keepdims\":true}", {4, 9, 8}, 3, "4x1x1", 0, 0},
    {"global_maxpool", "{}", {4}, 1, "input 4, expected channels x height x width", 0, 0},
    {"flatten", "{}", {4, 3, 2}, 3, "24", 0, 0},
    {"reshape", "{\"shape\":[-1,2,2,0],\"rank\":3}", {4, 3, 2}, 3, "6x2x2", 0, 0},
    {"reshape", "{\"shape\":[-1,2,3,0],\"rank\":3,\"order\":\"hwc\"}", {4, 3, 2}, 3, "3x4x2", 0, 0},
    {"reshape", "{\"shape\":[-1,-1,2,0],\"rank\":3}", {4, 3, 2}, 3, "expected as many as the new shape has", 0, 0},
    {"reshape", "{\"shape\":[-1,5,2,0],\"rank\":3}", {4, 3, 2}, 3, "input 4x3x2 of 24 elements", 0, 0},
    {"reshape", "{\"shape\":[4,6,0,0],\"rank\":2}", {4, 3, 2}, 3, "2 dimensions, expected 1 or 3", 0, 0},
    {"dropout", "{\"rate\":0.3}", {4, 3, 2}, 3, "4x3x2", 0, 0},
    {"dropout", "{\"rate\":1.5}", {4}, 1, "attribute rate is 1.5, expected 0 to 1", 0, 0},
    {"zeropad2d", "{\"padding\":[1,2,3,4]}", {4, 3, 2}, 3, "4x6x9", 0, 0},
    {"concat", "{\"axis\":1}", {4, 3, 2}, 3, "4x3x2", 0, 0},
    {"concat", "{\"axis\":2}", {4}, 1, "axis 2, expected one of the 1 of the input 4", 0, 0},
};

static void check_row(const row *r) {
    graft_graph *graph;
    graft_json *json;
    char text[GRAFT_SHAPE_TEXT];
    graft_input_attributes input = {.rank = r->rank};
    memcpy(input.shape, r->input, sizeof(r->input));
    assert_ok(graft_graph_new("ops", &graph));
    assert_ok(graft_graph_add(graph, "input", "in", &input, NULL, 0, NULL));
    assert_ok(graft_json_parse(r->attributes, strlen(r->attributes), "attributes", &json));
    graft_status status = graft_graph_add_json(graph, r->op, "x", json, (int[]){0}, 1, NULL);
    if (status == GRAFT_OK) {
        const graft_node *node = graft_graph_node(graph, 1);
        assert_string_equal(graft_shape_text(&node->output, text), r->output);
        assert_int_equal(graft_node_parameters(node), r->parameters);
        assert_int_equal(graft_node_multiply_adds(graph, 1), r->multiply_adds);
    } else {
        assert_fails(GRAFT_E_DATA, r->output, status);
    }
    graft_json_free(json);
    graft_graph_free(graph);
}

static void shapes_parameters_and_multiply_adds(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check_row(&rows[i]);
}

static void every_row_of_the_registry_is_complete(void **state) {
    (void)state;
    const graft_op *op;
    for (size_t k = 0; (op = graft_op_at(k)) != NULL; k++) {
        assert_ptr_equal(graft_op_find(op->name), op);
        assert_true(op->infer && op->help && op->help[0]);
        assert_true((op->attributes != NULL) == (op->attribute_size > 0));
        bool tested = op->min_inputs != 1;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
            tested = tested || strcmp(rows[i].op, op->name) == 0;
        if (!tested) fail_msg("operation %s is not in the table", op->name);
    }
    assert_null(graft_op_find("none"));
}

static void merges_spread_channels_over_pictures(void **state) {
    (void)state;
    graft_graph *graph;
    int pooled, sum;
    graft_input_attributes input = {.shape = {4, 3, 2}, .rank = 3};
    graft_global_pool_attributes keep = {.keepdims = true};
    assert_ok(graft_graph_new("merge", &graph));
    assert_ok(graft_graph_add(graph, "input", "in", &input, NULL, 0, NULL));
    assert_ok(graft_graph_add(graph, "global_maxpool", "pool", &keep, (int[]){0}, 1, &pooled));
    assert_ok(graft_graph_add(graph, "add", "sum", NULL, (int[]){pooled, 0, pooled}, 3, &sum));
    assert_true(graft_shape_equal(&graft_graph_node(graph, sum)->output, &graft_graph_node(graph, 0)->output));
    assert_ok(graft_graph_add(graph, "flatten", "flat", NULL, (int[]){pooled}, 1, &pooled));
    assert_fails(GRAFT_E_DATA, "input 1 is 4 beside 4x3x2, expected equal shapes or Cx1x1 beside CxHxW",
                 graft_graph_add(graph, "multiply", "product", NULL, (int[]){0, pooled}, 2, NULL));
    graft_graph_free(graph);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_parameters_and_multiply_adds),
        cmocka_unit_test(every_row_of_the_registry_is_complete),
        cmocka_unit_test(merges_spread_channels_over_pictures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
