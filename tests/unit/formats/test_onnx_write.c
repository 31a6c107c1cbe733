#include "support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "formats/onnx.h"

#include <string.h>

static graft_json *parse(const char *text) {
    graft_json *json;
    assert_ok(graft_json_parse(text, strlen(text), "test", &json));
    return json;
}

static const char graph_text[] =
    "{\"name\":\"g\",\"ir_version\":7,\"opset\":13,\"producer\":\"some tool 1.2\",\"doc\":\"what it is\","
    "\"inputs\":[{\"name\":\"x\",\"shape\":[-1,2],\"dtype\":\"f32\"}],"
    "\"outputs\":[{\"name\":\"y\",\"shape\":[-1,2],\"dtype\":\"f32\"}],"
    "\"nodes\":[{\"op\":\"Odd\",\"name\":\"n\",\"inputs\":[\"x\",\"\",\"w\"],\"outputs\":[\"y\"],"
    "\"attributes\":{\"i\":3,\"f\":2.0,\"s\":\"text\",\"is\":[1,-2],\"fs\":[0.5,1.0]}}],"
    "\"metadata\":{\"key\":\"value\"}}";

static void what_is_written_is_read(void **state) {
    (void)state;
    graft_context *context = test_context(1);
    char *folder = test_folder(), *path = graft_path_join(folder, "g.onnx");
    graft_json *graph = parse(graph_text);
    const graft_shape vector = GRAFT_SHAPE(2), scalar = {.rank = 0};
    graft_tensor *tensors[2], *got;
    graft_container *file;
    assert_ok(graft_tensor_new(GRAFT_F32, &vector, &tensors[0]));
    assert_ok(graft_tensor_new(GRAFT_I64, &scalar, &tensors[1]));
    graft_tensor_f32(tensors[0])[1] = -2.5F;
    ((int64_t *)tensors[1]->data)[0] = INT64_C(1) << 40;
    assert_ok(graft_onnx_write(context, path, graph, (const char *const[]){"w", "n\xC3\xA9"},
                               (const graft_tensor *const *)tensors, 2));
    assert_ok(graft_container_open(context, path, &file));
    const graft_json *config = graft_container_config(file);
    const graft_json *node = graft_json_at(graft_json_get(config, "nodes"), 0);
    const graft_json *attributes = graft_json_get(node, "attributes");
    assert_string_equal(graft_json_text(graft_json_get(config, "producer"), ""), "some tool 1.2");
    assert_int_equal(graft_json_count(graft_json_get(node, "inputs")), 3);
    assert_int_equal(graft_json_int(graft_json_get(attributes, "i"), 0), 3);
    assert_true(graft_json_real(graft_json_get(attributes, "f"), 0) == 2.0);
    assert_string_equal(graft_json_text(graft_json_get(attributes, "s"), ""), "text");
    assert_int_equal(graft_json_int(graft_json_at(graft_json_get(attributes, "is"), 1), 0), -2);
    assert_true(graft_json_real(graft_json_at(graft_json_get(attributes, "fs"), 0), 0) == 0.5);
    assert_string_equal(graft_json_text(graft_json_get(graft_container_metadata(file), "key"), ""), "value");
    assert_int_equal(graft_container_count(file), 2);
    assert_ok(graft_container_read_raw(file, (size_t)graft_container_find(file, "w"), &got));
    assert_memory_equal(got->data, tensors[0]->data, 8);
    graft_tensor_free(got);
    assert_ok(graft_container_read_raw(file, (size_t)graft_container_find(file, "n\xC3\xA9"), &got));
    assert_int_equal(got->shape.rank, 0);
    assert_memory_equal(got->data, tensors[1]->data, 8);
    graft_tensor_free(got);
    graft_container_free(file);
    graft_tensor_free(tensors[0]);
    graft_tensor_free(tensors[1]);
    graft_json_free(graph);
    test_folder_remove(folder);
    graft_release(path);
    graft_context_free(context);
}

static void what_does_not_fit_is_refused(void **state) {
    (void)state;
    graft_context *context = test_context(1);
    char *folder = test_folder(), *path = graft_path_join(folder, "g.onnx");
    graft_json *graph = parse(graph_text), *odd = parse("{\"nodes\":[{\"op\":\"A\",\"attributes\":{\"t\":{}}}]}");
    float number = 0;
    /* The size is refused before a byte of it is looked at. */
    const graft_tensor large = {
        .dtype = GRAFT_F32, .shape = GRAFT_SHAPE(1 << 29), .bytes = (size_t)1 << 31, .data = &number};
    const graft_tensor *const tensors[] = {&large};
    assert_fails(GRAFT_E_USAGE, "2.0 GiB",
                 graft_onnx_write(context, path, graph, (const char *const[]){"w"}, tensors, 1));
    assert_fails(GRAFT_E_USAGE, "attribute t", graft_onnx_write(context, path, odd, NULL, NULL, 0));
    assert_int_equal(graft_file_kind_of(path), GRAFT_FILE_MISSING);
    graft_json_free(graph);
    graft_json_free(odd);
    test_folder_remove(folder);
    graft_release(path);
    graft_context_free(context);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(what_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests_name("formats/onnx_write", tests, NULL, NULL);
}
