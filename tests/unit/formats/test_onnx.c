#include "formats.h"
#include "formats/onnx.h"

#include "base/buffer.h"
#include "base/error.h"
#include "formats/onnx-internal.h"

/* ---- protocol buffers by hand ---- */

static void varint(graft_buffer *out, uint64_t value) {
    for (; value >= 0x80; value >>= 7)
        graft_buffer_add(out, (unsigned char[]){(unsigned char)(value | 0x80)}, 1);
    graft_buffer_add(out, (unsigned char[]){(unsigned char)value}, 1);
}

static void integer(graft_buffer *out, unsigned number, uint64_t value) {
    varint(out, (uint64_t)number << 3);
    varint(out, value);
}

static void bytes(graft_buffer *out, unsigned number, const void *data, size_t length) {
    varint(out, (uint64_t)number << 3 | 2);
    varint(out, length);
    graft_buffer_add(out, data, length);
}

static void text(graft_buffer *out, unsigned number, const char *value) {
    bytes(out, number, value, strlen(value));
}

/* Closes a message that was written into `inner`. */
static void message(graft_buffer *out, unsigned number, graft_buffer *inner) {
    bytes(out, number, inner->data ? inner->data : "", inner->length);
    graft_buffer_clear(inner);
}

/* A tensor of float32 with raw_data of `length` bytes. */
static void tensor(graft_buffer *graph, const char *name, const int64_t *dims, int rank, int type, size_t length) {
    static const unsigned char zeros[64] = {0};
    graft_buffer t;
    graft_buffer_init(&t, 0);
    for (int i = 0; i < rank; i++)
        integer(&t, 1, (uint64_t)dims[i]);
    integer(&t, 2, (uint64_t)type);
    text(&t, 8, name);
    bytes(&t, 9, zeros, length);
    message(graph, 5, &t);
}

static void value(graft_buffer *graph, unsigned number, const char *name) {
    graft_buffer info, type, tensor_type, shape, dim;
    graft_buffer_init(&info, 0);
    graft_buffer_init(&type, 0);
    graft_buffer_init(&tensor_type, 0);
    graft_buffer_init(&shape, 0);
    graft_buffer_init(&dim, 0);
    text(&info, 1, name);
    text(&dim, 2, "batch");
    message(&shape, 1, &dim);
    integer(&dim, 1, 4);
    message(&shape, 1, &dim);
    integer(&tensor_type, 1, 1);
    message(&tensor_type, 2, &shape);
    message(&type, 1, &tensor_type);
    message(&info, 2, &type);
    message(graph, number, &info);
}

static void node(graft_buffer *graph, const char *op, const char *name, const char *input, const char *output,
                 graft_buffer *attribute) {
    graft_buffer n;
    graft_buffer_init(&n, 0);
    text(&n, 1, input);
    text(&n, 2, output);
    text(&n, 3, name);
    text(&n, 4, op);
    if (attribute) message(&n, 5, attribute);
    message(graph, 1, &n);
}

/* Writes the model around a graph into a new folder, tries to open it and releases all. */
static graft_status open_graph(graft_buffer *graph, graft_container **out) {
    graft_buffer model, opset;
    char *folder = test_folder(), *path = graft_path_join(folder, "made.onnx");
    graft_buffer_init(&model, 0);
    graft_buffer_init(&opset, 0);
    integer(&model, 1, 8);
    text(&model, 2, "hand");
    integer(&opset, 2, 13);
    message(&model, 8, &opset);
    message(&model, 7, graph);
    assert_ok(graft_file_write(path, model.data, model.length));
    graft_status status = open_path(path, out);
    if (status != GRAFT_OK) assert_non_null(strstr(graft_error_text(), path));
    graft_buffer_clear(&model);
    graft_release(path);
    test_folder_remove(folder);
    return status;
}

static graft_buffer start_graph(void) {
    graft_buffer graph;
    graft_buffer_init(&graph, 0);
    value(&graph, 11, "x");
    return graph;
}

static void assert_refused(graft_buffer *graph, const char *part) {
    graft_container *container = NULL;
    assert_fails(GRAFT_E_DATA, part, open_graph(graph, &container));
    assert_null(container);
    assert_null(strchr(graft_error_text(), '\n'));
}

/* ---- tests ---- */

static void reads_a_graph(void **state) {
    (void)state;
    graft_buffer graph = start_graph(), attribute;
    graft_container *container = NULL;
    graft_buffer_init(&attribute, 0);
    text(&attribute, 1, "alpha");
    varint(&attribute, 2 << 3 | 5);
    graft_buffer_add(&attribute, &(float){0.25F}, sizeof(float));
    integer(&attribute, 20, 1);
    node(&graph, "LeakyRelu", "act", "x", "y", &attribute);
    tensor(&graph, "w", (int64_t[]){2, 2}, 2, 1, 16);
    value(&graph, 12, "y");
    assert_ok(open_graph(&graph, &container));
    assert_string_equal(graft_container_format(container), "onnx");
    const graft_json *config = graft_container_config(container);
    char *dump = NULL;
    assert_ok(graft_json_dump(config, 0, &dump, NULL));
    assert_string_equal(
        dump, "{\"format\":\"onnx\",\"ir_version\":8,\"opset\":13,\"producer\":\"hand\",\"name\":\"\","
              "\"inputs\":[{\"name\":\"x\",\"shape\":[-1,4],\"dtype\":\"f32\"}],"
              "\"nodes\":[{\"op\":\"LeakyRelu\",\"name\":\"act\",\"inputs\":[\"x\"],\"outputs\":[\"y\"],"
              "\"attributes\":{\"alpha\":0.25}}],\"outputs\":[{\"name\":\"y\",\"shape\":[-1,4],\"dtype\":\"f32\"}]}");
    graft_release(dump);
    graft_tensor *w = read_named(container, "w");
    assert_true(graft_shape_equal(&w->shape, SHAPE(2, 2)));
    graft_tensor_free(w);
    graft_container_free(container);
}

static void refuses_cycles_and_unknown_tensors(void **state) {
    (void)state;
    graft_buffer graph = start_graph();
    node(&graph, "Relu", "a", "q", "p", NULL);
    node(&graph, "Relu", "b", "p", "q", NULL);
    value(&graph, 12, "q");
    assert_refused(&graph, "node 0 'a' (Relu): its input 'q' is made after it: a cycle, or nodes out of order");
    graph = start_graph();
    node(&graph, "Relu", "a", "nothing", "p", NULL);
    assert_refused(&graph, "its input 'nothing' is no tensor of the file");
    graph = start_graph();
    node(&graph, "Relu", "a", "x", "p", NULL);
    node(&graph, "Relu", "b", "x", "p", NULL);
    assert_refused(&graph, "tensor 'p' is made twice");
    graph = start_graph();
    value(&graph, 12, "y");
    assert_refused(&graph, "output 'y' is made by no node");
}

static void refuses_sizes_that_lie(void **state) {
    (void)state;
    const int64_t huge = INT64_C(1) << 40, large = INT64_C(1) << 31;
    graft_buffer graph = start_graph();
    tensor(&graph, "w", (int64_t[]){3, 2}, 2, 1, 16);
    assert_refused(&graph, "tensor 'w': 16 bytes of numbers, its shape needs 24");
    graph = start_graph();
    tensor(&graph, "w", (int64_t[]){huge, huge, huge}, 3, 1, 16);
    assert_refused(&graph, "impossible, or more than 4 GiB");
    graph = start_graph();
    tensor(&graph, "w", (int64_t[]){large, large, 4}, 3, 1, 16); /* 2^64: 0 when multiplied without care */
    assert_refused(&graph, "impossible, or more than 4 GiB");
    graph = start_graph();
    tensor(&graph, "w", (int64_t[]){-1}, 1, 1, 4);
    assert_refused(&graph, "impossible, or more than 4 GiB");
    graph = start_graph();
    tensor(&graph, "w", (int64_t[]){1, 1, 1, 1, 1, 1, 1, 1, 1}, 9, 1, 4);
    assert_refused(&graph, "9 dimensions, expected at most 8");
    graph = start_graph();
    tensor(&graph, "w", (int64_t[]){1}, 1, 14, 8);
    assert_refused(&graph, "data type 14, expected numbers");
    graph = start_graph();
    tensor(&graph, "w", (int64_t[]){1}, 1, 1, 4);
    tensor(&graph, "w", (int64_t[]){1}, 1, 1, 4);
    assert_refused(&graph, "a second tensor of this name");
}

/* A tensor whose numbers lie in `location`. */
static void external(graft_buffer *graph, const char *location, const char *offset) {
    static const char *const keys[] = {"location", "offset", "length"};
    const char *values[] = {location, offset, "8"};
    graft_buffer t, entry;
    graft_buffer_init(&t, 0);
    graft_buffer_init(&entry, 0);
    integer(&t, 1, 2);
    integer(&t, 2, 1);
    text(&t, 8, "w");
    for (int i = 0; i < 3; i++) {
        text(&entry, 1, keys[i]);
        text(&entry, 2, values[i]);
        message(&t, 13, &entry);
    }
    integer(&t, 14, 1);
    message(graph, 5, &t);
}

static void external_data_stays_in_the_folder(void **state) {
    (void)state;
    static const char *const outside[] = {"/etc/passwd", "../made.bin", "a/../../made.bin", "", ".."};
    for (size_t i = 0; i < sizeof outside / sizeof outside[0]; i++) {
        graft_buffer graph = start_graph();
        external(&graph, outside[i], "0");
        assert_refused(&graph, "expected a file in the model's folder");
    }
    graft_buffer graph = start_graph();
    external(&graph, "missing.bin", "0");
    assert_refused(&graph, "missing.bin");
    graph = start_graph();
    external(&graph, "made.onnx", "-1");
    assert_refused(&graph, "external data with a broken entry");
    graph = start_graph();
    external(&graph, "made.onnx", "18446744073709551612");
    assert_refused(&graph, "its shape needs 8");
    graph = start_graph();
    external(&graph, "made.onnx", "8"); /* the model itself is a file beside the model */
    graft_container *container = NULL;
    assert_ok(open_graph(&graph, &container));
    graft_tensor *w = read_named(container, "w");
    graft_tensor_free(w);
    graft_container_free(container);
}

static void refuses_graphs_in_nodes(void **state) {
    (void)state;
    graft_buffer graph = start_graph(), attribute;
    graft_buffer_init(&attribute, 0);
    text(&attribute, 1, "body");
    bytes(&attribute, 6, "\xff\xff\xff", 3); /* what is inside does not matter */
    integer(&attribute, 20, 5);
    node(&graph, "Loop", "l", "x", "y", &attribute);
    assert_refused(&graph, "node 0 'l' (Loop): attribute 'body': a graph inside a node");
}

/* Messages of two bytes that each become a struct: the budget ends it, not the machine's memory. */
static void small_files_take_little_memory(void **state) {
    (void)state;
    enum { MESSAGES = 300000 };
    graft_buffer graph = start_graph();
    for (int i = 0; i < MESSAGES; i++)
        bytes(&graph, 5, "", 0);
    assert_refused(&graph, "takes too much memory");
}

static void typed_fields(void **state) {
    (void)state;
    graft_buffer graph = start_graph(), t, packed;
    graft_container *container = NULL;
    static const int64_t halves[] = {0x3c00, 0xc000}; /* 1 and -2 as float16 */
    graft_buffer_init(&t, 0);
    graft_buffer_init(&packed, 0);
    integer(&t, 1, 2);
    integer(&t, 2, 10);
    for (int i = 0; i < 2; i++)
        varint(&packed, (uint64_t)halves[i]);
    message(&t, 5, &packed);
    text(&t, 8, "half");
    message(&graph, 5, &t);
    integer(&t, 1, 2);
    integer(&t, 2, 1);
    bytes(&t, 4, (float[]){1.5F, -3}, 2 * sizeof(float));
    text(&t, 8, "float");
    message(&graph, 5, &t);
    integer(&t, 1, 1);
    integer(&t, 2, 7);
    integer(&t, 7, (uint64_t)-5);
    text(&t, 8, "long");
    message(&graph, 5, &t);
    integer(&t, 1, 1);
    integer(&t, 2, 11);
    bytes(&t, 10, (double[]){0.125}, sizeof(double));
    text(&t, 8, "double");
    message(&graph, 5, &t);
    assert_ok(open_graph(&graph, &container));
    static const struct {
        const char *name;
        int count;
        float values[2];
    } expected[] = {{"half", 2, {1, -2}}, {"float", 2, {1.5F, -3}}, {"long", 1, {-5}}, {"double", 1, {0.125F}}};
    for (size_t i = 0; i < 4; i++) {
        graft_tensor *got = read_named(container, expected[i].name);
        assert_int_equal(graft_shape_count(&got->shape), expected[i].count);
        for (int k = 0; k < expected[i].count; k++)
            assert_true(graft_tensor_f32(got)[k] == expected[i].values[k]);
        graft_tensor_free(got);
    }
    graft_container_free(container);
    graph = start_graph();
    integer(&t, 1, 2);
    integer(&t, 2, 6);
    bytes(&t, 4, (float[]){1.5F, -3}, 2 * sizeof(float)); /* floats where integers belong */
    text(&t, 8, "w");
    message(&graph, 5, &t);
    assert_refused(&graph, "numbers of another type than I32");
}

static void truncated_at_any_byte(void **state) {
    (void)state;
    char *folder = test_folder(), *data = NULL, *path = graft_path_join(folder, "cut.onnx");
    size_t length = 0;
    assert_ok(graft_file_read(test_source("tests/golden/onnx/vgg.onnx"), 0, &data, &length));
    for (size_t cut = length; cut-- > 0;) {
        if (cut > 600 && cut % 41 != 0) continue;
        assert_ok(graft_file_write(path, data, cut));
        graft_status status = read_all(path);
        /* The last field lists the operators' version: without it the file is cut between two fields. */
        if (status != GRAFT_E_DATA) fail_msg("cut at %zu of %zu: status %d", cut, length, status);
        assert_non_null(strstr(graft_error_text(), path));
    }
    graft_release(data);
    graft_release(path);
    test_folder_remove(folder);
}

static graft_status open_and_read(void *argument) {
    graft_context *context = argument;
    graft_container *container = NULL;
    graft_tensor *t = NULL;
    GRAFT_TRY(graft_container_open(context, test_source("tests/golden/onnx/vgg.onnx"), &container));
    graft_status status = graft_container_read(container, 0, &t);
    graft_tensor_free(t);
    graft_container_free(container);
    return status;
}

static void reads_again(void **state) {
    (void)state;
    graft_context *context = test_context(1);
    assert_ok(open_and_read(context));
    assert_ok(open_and_read(context));
    graft_context_free(context);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_graph),
        cmocka_unit_test(refuses_cycles_and_unknown_tensors),
        cmocka_unit_test(refuses_sizes_that_lie),
        cmocka_unit_test(external_data_stays_in_the_folder),
        cmocka_unit_test(refuses_graphs_in_nodes),
        cmocka_unit_test(small_files_take_little_memory),
        cmocka_unit_test(typed_fields),
        cmocka_unit_test(truncated_at_any_byte),
        cmocka_unit_test(reads_again),
    };
    return cmocka_run_group_tests_name("formats/onnx", tests, NULL, NULL);
}
