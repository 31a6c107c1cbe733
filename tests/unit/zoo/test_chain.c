/* The chain language: heads, programs, and what it says about mistakes. */
#include "support/support.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "nn/op.h"
#include "zoo/arch.h"
#include "zoo/chain-internal.h"

#include <stdio.h>
#include <string.h>

static graft_graph *picture(int64_t channels, int64_t size) {
    const graft_input_attributes a = {.shape = {channels, size, size}, .rank = 3};
    graft_graph *graph;
    assert_ok(graft_graph_new("test", &graph));
    assert_ok(graft_graph_add(graph, "input", "input", &a, NULL, 0, NULL));
    return graph;
}

static graft_graph *chain_of(const char *text, int64_t classes) {
    graft_graph *graph = picture(8, 16);
    const graft_chain_options options = {.classes = classes};
    int last = -1;
    assert_ok(graft_chain_append(graph, text, 0, &options, &last));
    assert_int_equal(last, graft_graph_output(graph));
    return graph;
}

/* "op name shape, op name shape, ..." of all nodes behind the input. */
static const char *described(const graft_graph *graph, char *out, size_t room) {
    char shape[GRAFT_SHAPE_TEXT];
    out[0] = '\0';
    for (int i = 1; i < graft_graph_count(graph); i++) {
        const graft_node *node = graft_graph_node(graph, i);
        const size_t length = strlen(out);
        snprintf(out + length, room - length, "%s%s %s %s", i > 1 ? ", " : "", node->op->name, node->name,
                 graft_shape_text(&node->output, shape));
    }
    return out;
}

#define assert_chain(text, expected)                                                     \
    do {                                                                                 \
        char described_[4096];                                                           \
        graft_graph *graph_ = chain_of(text, 5);                                         \
        assert_string_equal(described(graph_, described_, sizeof described_), expected); \
        graft_graph_free(graph_);                                                        \
    } while (0)

static const void *attributes_of(const graft_graph *graph, const char *name) {
    const int index = graft_graph_find(graph, name);
    if (index < 0) fail_msg("no layer %s", name);
    return graft_graph_node(graph, index)->attributes;
}

static void heads_are_chains(void **state) {
    (void)state;
    assert_chain("gap dropout:0.2 dense:256:relu dense",
                 "global_avgpool global_average_pooling2d 8, dropout dropout 8, dense dense/linear 256, "
                 "activation dense 256, dense dense_1 5");
    assert_chain("flatten:hwc dense:softmax", "flatten flatten 2048, dense dense/linear 5, softmax dense 5");
    assert_chain("gmp batch=bn leaky_relu:0.2 dense:10:nobias",
                 "global_maxpool global_max_pooling2d 8, batchnorm batch 8, activation activation 8, dense dense 10");
    assert_chain("", "");
}

static void heads_keep_out_of_the_way(void **state) {
    (void)state;
    graft_graph *graph = chain_of("gap dense:7 dense:6", 0);
    const graft_chain_options options = {.classes = 3, .prefix = "head/", .what = "--head"};
    char text[1024];
    int last, from = graft_graph_find(graph, "dense");
    assert_ok(graft_chain_append(graph, "dense:4 dense", from, &options, &last));
    assert_string_equal(described(graph, text, sizeof text),
                        "global_avgpool global_average_pooling2d 8, dense dense 7, dense dense_1 6, "
                        "dense head/dense 4, dense head/dense_1 3");
    assert_int_equal(graft_graph_node(graph, 4)->inputs[0], from);
    assert_ok(graft_chain_append(graph, "dense:2", last, NULL, &last));
    assert_string_equal(graft_graph_node(graph, last)->name, "dense_2");
    assert_fails(GRAFT_E_USAGE, "--head:1:1: 'dense' without a number",
                 graft_chain_append(graph, "dense", last, &(graft_chain_options){.what = "--head"}, &last));
    assert_fails(GRAFT_E_USAGE, "node 99", graft_chain_append(graph, "relu", 99, NULL, &last));
    graft_graph_free(graph);
}

static void options_reach_the_layers(void **state) {
    (void)state;
    graft_graph *graph =
        chain_of("a=conv:4:3,5/2,1:pad=1,0,2,3:nobias:groups=2:dilation=2 b=conv:6:5:half c1=dwconv:3:valid "
                 "d=bn:epsilon=1e-5:noscale e=sepconv:9:3:relu6 f=maxpool:3/2:ceil g=avgpool:2:same:count "
                 "l=hard_sigmoid",
                 0);
    const graft_conv2d_attributes *a = attributes_of(graph, "a");
    assert_int_equal(a->kernel[0], 3);
    assert_int_equal(a->kernel[1], 5);
    assert_int_equal(a->strides[0], 2);
    assert_int_equal(a->strides[1], 1);
    assert_memory_equal(a->padding, ((const int64_t[]){1, 0, 2, 3}), sizeof a->padding);
    assert_int_equal(a->groups, 2);
    assert_int_equal(a->dilations[1], 2);
    assert_false(a->bias || a->same);
    const graft_conv2d_attributes *b = attributes_of(graph, "b");
    assert_memory_equal(b->padding, ((const int64_t[]){2, 2, 2, 2}), sizeof b->padding);
    assert_true(b->bias);
    const graft_conv2d_attributes *c = attributes_of(graph, "c1");
    assert_int_equal(c->groups, 6);
    assert_int_equal(c->filters, 6);
    const graft_batchnorm_attributes *d = attributes_of(graph, "d");
    assert_true(d->epsilon == 1e-5 && !d->scale && d->center);
    assert_int_equal(((const graft_conv2d_attributes *)attributes_of(graph, "e/depthwise"))->groups, 6);
    assert_int_equal(((const graft_conv2d_attributes *)attributes_of(graph, "e/linear"))->filters, 9);
    assert_int_equal(((const graft_activation_attributes *)attributes_of(graph, "e"))->kind, GRAFT_ACT_RELU6);
    const graft_pool_attributes *f = attributes_of(graph, "f");
    assert_memory_equal(f->padding, ((const int64_t[]){0, 1, 0, 1}), sizeof f->padding);
    const graft_pool_attributes *g = attributes_of(graph, "g");
    assert_true(g->same && g->count_padding && g->strides[0] == 2);
    assert_true(((const graft_activation_attributes *)attributes_of(graph, "l"))->alpha == 1.0 / 6.0);
    graft_graph_free(graph);
}

/* PyTorch: ceil((in - size) / stride) + 1. */
static void sizes_round_up(void **state) {
    (void)state;
    static const int cases[][4] = {{7, 3, 2, 3}, {8, 3, 2, 4}, {9, 3, 2, 4}, {10, 3, 2, 5}, {6, 2, 2, 3}, {7, 2, 2, 4}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        graft_graph *graph = picture(1, cases[i][0]);
        char text[64];
        int last;
        snprintf(text, sizeof text, "maxpool:%d/%d:ceil", cases[i][1], cases[i][2]);
        assert_ok(graft_chain_append(graph, text, 0, NULL, &last));
        assert_int_equal(graft_graph_node(graph, last)->output.dim[1], cases[i][3]);
        graft_graph_free(graph);
    }
}

static void scale_has_its_values(void **state) {
    (void)state;
    graft_graph *graph = chain_of("conv:3:1 s=scale:1/2,0.25,2^-1:-1", 0);
    const graft_node *node = graft_graph_node(graph, graft_graph_find(graph, "s"));
    const float *scale = graft_tensor_f32(graft_node_param(node, "scale")->value);
    const float *shift = graft_tensor_f32(graft_node_param(node, "shift")->value);
    assert_true(scale[0] == 0.5F && scale[1] == 0.25F && scale[2] == 0.5F && shift[0] == -1 && shift[2] == -1);
    graft_graph_free(graph);
}

static void branches_begin_where_they_stand(void **state) {
    (void)state;
    assert_chain("conv:4:1 sum=add( conv:4:3 | | relu )",
                 "conv2d conv2d 4x16x16, conv2d conv2d_1 4x16x16, activation activation 4x16x16, add sum 4x16x16");
    assert_chain("concat(conv:2:1|conv:3:1|)",
                 "conv2d conv2d 2x16x16, conv2d conv2d_1 3x16x16, concat concatenate 13x16x16");
    assert_chain("multiply( | gap:keep sigmoid )", "global_avgpool global_average_pooling2d 8x1x1, "
                                                   "activation activation 8x1x1, multiply multiply 8x16x16");
    assert_chain("a=relu b=conv:2:1 from:a c2=conv:3:1 concat( from:b | )",
                 "activation a 8x16x16, conv2d b 2x16x16, conv2d c2 3x16x16, concat concatenate 5x16x16");
}

static void programs_compute(void **state) {
    (void)state;
    assert_chain("let n=3,1+1 let f=4 for i=1..n[2] ( s{i}=conv:f*i:3 let f=f+n[1] ) # a comment\n out=relu",
                 "conv2d s1 4x16x16, conv2d s2 14x16x16, activation out 14x16x16");
    assert_chain("if 1<2&&2!=3 ( relu ) else ( elu ) if c==9||w>16 ( relu )", "activation activation 8x16x16");
    assert_chain("for i=1..0 ( relu ) conv:2^3-(2+1)*2:int(3.7)/(4/2)", "conv2d conv2d 2x8x8");
    assert_chain("conv:round8(20):1 conv:round8(1):1 conv:if(c==8,max(3,2),min(9,ceil(6.1))):1 conv:sqrt(16)%3:1",
                 "conv2d conv2d 24x16x16, conv2d conv2d_1 8x16x16, conv2d conv2d_2 3x16x16, conv2d conv2d_3 1x16x16");
    assert_chain("dense1=gap dense:-2+classes", "global_avgpool dense1 8, dense dense 3");
}

static void blocks_prefix_names(void **state) {
    (void)state;
    assert_chain(
        "define unit:f ( _conv=conv:f:1 =relu ) define pair:f:g ( _{1:a}=unit:f _x=unit:g bn ) s1=pair:2:3 unit:4",
        "conv2d s1_b_conv 2x16x16, activation s1_b 2x16x16, conv2d s1_x_conv 3x16x16, activation s1_x 3x16x16, "
        "batchnorm batch_normalization 3x16x16, conv2d _conv 4x16x16, activation activation 4x16x16");
    assert_chain("define f:n ( if n>0 ( relu f:n-1 ) ) f:2",
                 "activation activation 8x16x16, activation activation_1 8x16x16");
    assert_chain("define skip ( relu from:in bn ) conv:2:1 skip",
                 "conv2d conv2d 2x16x16, activation activation 2x16x16, batchnorm batch_normalization 2x16x16");
}

static void mistakes_have_a_place(void **state) {
    (void)state;
    static const struct {
        const char *text, *error;
    } cases[] = {
        {"relu\n  cnv:3:1", "t:2:3: 'cnv', expected a word: did you mean 'conv'?"},
        {"relu quux", "t:1:6: 'quux', expected a layer"},
        {"conv:8", "t:1:7: the end, expected conv:FILTERS:KERNEL"},
        {"conv:8 relu", "t:1:7: ' ', expected conv:FILTERS:KERNEL"},
        {"conv:2.5:1", "t:1:1: the number of filters is 2.5, expected a whole number"},
        {"conv:0:1", "the number of filters is 0"},
        {"conv:8:3:sane", "t:1:10: 'sane' does not go with 'conv', did you mean 'same', expected conv:FILTERS"},
        {"bn:same", "t:1:4: 'same' does not go with 'bn'"},
        {"conv:f:1", "t:1:6: 'f' has no value, expected a number or a variable"},
        {"let n=1,2 conv:n:1", "t:1:16: 'n' is a list of 2, expected n[N]"},
        {"let n=1,2 conv:n[3]:1", "an index is 3, expected a whole number of 1 to 2"},
        {"conv:8:1+:relu", "t:1:10: ':', expected a number"},
        {"conv:sin(3):1", "'sin(', expected a function"},
        {"conv:1/0:1", "a number without bounds"},
        {"conv:8:3:pad=1,2", "2 numbers for padding, expected 1, or 4"},
        {"conv:8:3,3,3", "a kernel of 3 numbers"},
        {"add( relu | elu", "t:1:16: the end, expected ')' or '|' and another branch"},
        {"if 1 relu", "t:1:6: 'relu', expected '(' and what goes inside"},
        {"relu )", "t:1:6: ')' without a '(' before it"},
        {"for i=1,4 ( )", "t:1:8: ',4', expected '.' as in FIRST..LAST"},
        {"define relu ( )", "t:1:8: 'relu' exists"},
        {"define b:x ( conv:x:1 ) b", "t:1:25: 0 arguments for 'b', expected 1"},
        {"define b:x ( conv:x:1 ) b:1:2", "more than 1 arguments for 'b', expected 1"},
        {"define b ( relu b ) b", "more than 48 brackets"},
        {"for i=1..1000000 ( let k=i )", "more than 65536 steps"},
        {"from:nowhere", "t:1:5: no layer 'nowhere' before this"},
        {"a=relu a=relu", "t:1:10: layer 'a' occurs twice"},
        {"relu=", "t:1:6: the end, expected a word"},
        {"x{1.5}=relu", "a number in a name is 1.5"},
        {"dense:3", "t:1:1: layer 'dense' (dense): input 8x16x16, expected a vector"},
        {"conv:1:17:valid",
         "t:1:1: layer 'conv2d' (conv2d): input 8x16x16 with padding 0+0, expected a height of at least 17"},
        {"conv:8:3;relu", "t:1:9: ';relu', expected a space or ':'"},
        {"gap dropout:2", "attribute rate is 2"},
        {"let c=3", "t:1:5: 'c' is the shape here"},
        {"adapt:3", "a map of 8x16x16, expected a height and width that are multiples of 3"},
        {"input:3", "'input' after a layer"},
        {"if ( relu )", "t:1:5: ' ', expected a number"},
        {"scale:1,2", "a list of 2, expected 1 or one a channel: 8"},
        {"top ( conv:8 )", "t:1:13: ' ', expected conv:FILTERS"},
        {"if 0 ( nonsense )", "t:1:8: 'nonsense', expected a layer"},
        {"reshape:2,2", "2 numbers, expected reshape:CHANNELS,HEIGHT,WIDTH"},
        {"slice:6:4", "expected rows that are there"},
        {"gap sample( slice:0:4 | slice:4:3 )", "a mean of 4 beside a log-variance of 3"},
        {"conv:4:3:outpad=1", "'outpad' does not go with 'conv'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        graft_graph *graph = picture(8, 16);
        const graft_chain_options options = {.classes = 5, .what = "t"};
        int last;
        assert_fails(GRAFT_E_USAGE, cases[i].error, graft_chain_append(graph, cases[i].text, 0, &options, &last));
        graft_graph_free(graph);
    }
}

/* ---- files ---- */

static graft_status build(const char *text, const graft_arch_options *options, graft_graph **out) {
    char *folder = test_folder(), *path = graft_path_join(folder, "my.net");
    assert_non_null(path);
    assert_ok(graft_file_write(path, text, strlen(text)));
    graft_status status = graft_arch_build(path, options, out);
    graft_release(path);
    test_folder_remove(folder);
    return status;
}

static void files_are_networks(void **state) {
    (void)state;
    static const char text[] = "input:32,40:1\nconv:int(16*width):3/2 bn relu\ntop ( gap dense )\n";
    const graft_arch_options other = {.no_top = true, .height = 20, .channels = 3, .multiplier = 0.5};
    graft_graph *graph;
    char out[512];
    assert_ok(build(text, NULL, &graph));
    assert_string_equal(graft_graph_name(graph), "my.net");
    assert_string_equal(
        described(graph, out, sizeof out),
        "conv2d conv2d 16x16x20, batchnorm batch_normalization 16x16x20, activation activation 16x16x20, "
        "global_avgpool global_average_pooling2d 16, dense dense 1000");
    assert_int_equal(graft_graph_node(graph, 0)->output.dim[0], 1);
    graft_graph_free(graph);
    assert_ok(build(text, &other, &graph));
    assert_string_equal(described(graph, out, sizeof out),
                        "conv2d conv2d 8x10x10, batchnorm batch_normalization 8x10x10, activation activation 8x10x10");
    assert_int_equal(graft_graph_node(graph, 0)->output.dim[0], 3);
    graft_graph_free(graph);
    assert_ok(build("relu", NULL, &graph));
    assert_int_equal(graft_graph_node(graph, 0)->output.dim[1], 224);
    graft_graph_free(graph);
}

static void files_have_errors(void **state) {
    (void)state;
    const graft_arch_options small = {.height = 9}, wide = {.multiplier = 2};
    graft_graph *graph;
    assert_fails(GRAFT_E_DATA, "my.net:2:1: 'cnov', expected a word: did you mean 'conv'?",
                 build("input:32\ncnov:3:1\n", NULL, &graph));
    assert_fails(GRAFT_E_DATA, "my.net:1:19: layer 'conv2d_1'",
                 build("input:32 conv:1:4 conv:1:12:valid", &small, &graph));
    assert_fails(GRAFT_E_DATA, "my.net: an input of 9x9, the smallest is 12x12 (",
                 build("input:32 conv:1:4 conv:1:12:valid", &small, &graph));
    assert_fails(GRAFT_E_USAGE, "my.net: this network has no width multiplier", build("relu", &wide, &graph));
    assert_fails(GRAFT_E_DATA, "my.net:1:1: the input's size is 0", build("input:0", NULL, &graph));
    assert_fails(GRAFT_E_DATA, "no/such.net", graft_arch_build("no/such.net", NULL, &graph));
}

static graft_status append_all(void *argument) {
    (void)argument;
    graft_graph *graph;
    const graft_input_attributes a = {.shape = {4, 8, 8}, .rank = 3};
    const graft_chain_options options = {.classes = 3};
    int last;
    GRAFT_TRY(graft_graph_new("test", &graph));
    graft_status status = graft_graph_add(graph, "input", "input", &a, NULL, 0, NULL);
    if (status == GRAFT_OK)
        status = graft_chain_append(
            graph, "define b:f ( =add( conv:f:3 bn relu | ) ) x=b:4 s=scale:2 gap dense:softmax", 0, &options, &last);
    graft_graph_free(graph);
    return status;
}

static void failing_allocations(void **state) {
    (void)state;
    test_failing_allocations(append_all, NULL);
}

static void pictures_grow_again(void **state) {
    (void)state;
    assert_chain("conv:4:3/2:half convt:6:3/2:half:outpad=1,1:relu slice:2:3",
                 "conv2d conv2d 4x8x8, conv2d_transpose conv2d_transpose/linear 6x16x16, activation conv2d_transpose "
                 "6x16x16, slice slice 3x16x16");
    assert_chain("gap dense:12 reshape:3,2,2 convt:2:2/2:valid",
                 "global_avgpool global_average_pooling2d 8, dense dense "
                 "12, reshape reshape 3x2x2, conv2d_transpose "
                 "conv2d_transpose 2x4x4");
    assert_chain("gap draw=sample( m=slice:0:4 | slice:4:4 )",
                 "global_avgpool global_average_pooling2d 8, slice m 4, slice slice 4, gaussian_sample draw 4");
}

/* The manual names every word. */
static void words_are_documented(void **state) {
    (void)state;
    char *page, entry[64];
    const graft_chain_word *word;
    assert_ok(graft_file_read(test_source("docs/networks.md"), 0, &page, NULL));
    for (size_t i = 0; (word = graft_chain_word_at(i)) != NULL; i++) {
        snprintf(entry, sizeof entry, "`%s", word->name);
        if (!strstr(page, entry)) fail_msg("docs/networks.md has no %s", word->name);
    }
    graft_release(page);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads_are_chains),         cmocka_unit_test(heads_keep_out_of_the_way),
        cmocka_unit_test(options_reach_the_layers), cmocka_unit_test(sizes_round_up),
        cmocka_unit_test(scale_has_its_values),     cmocka_unit_test(branches_begin_where_they_stand),
        cmocka_unit_test(programs_compute),         cmocka_unit_test(blocks_prefix_names),
        cmocka_unit_test(mistakes_have_a_place),    cmocka_unit_test(files_are_networks),
        cmocka_unit_test(files_have_errors),        cmocka_unit_test(failing_allocations),
        cmocka_unit_test(words_are_documented),     cmocka_unit_test(pictures_grow_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
