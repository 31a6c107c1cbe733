/* What is written as HDF5 reads back, whatever its size. */
#include "support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "formats/h5-write.h"
#include "formats/h5.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

static graft_h5_writer *new_writer(void) {
    graft_h5_writer *writer;
    assert_ok(graft_h5_writer_new(0, &writer));
    return writer;
}

static void groups_texts_and_tensors_read_back(void **state) {
    char *folder = test_folder(), *path = graft_path_join(folder, "a.h5");
    const char *const names[] = {"conv/kernel:0", "", "b\xc3\xa4r"};
    graft_h5_writer *writer = new_writer();
    graft_tensor *tensor, *again;
    graft_h5 *file;
    bool found;
    (void)state;
    const graft_shape shape = GRAFT_SHAPE(2, 3);
    assert_ok(graft_tensor_new(GRAFT_F32, &shape, &tensor));
    for (int i = 0; i < 6; i++)
        graft_tensor_f32(tensor)[i] = (float)i / 4;
    assert_ok(graft_h5_write_group(writer, "/weights/conv"));
    assert_ok(graft_h5_write_tensor(writer, "/weights/conv/conv/kernel:0", tensor));
    assert_ok(graft_h5_write_texts(writer, "/weights", "names", names, 3));
    assert_ok(graft_h5_write_texts(writer, "/weights/conv", "none", NULL, 0));
    assert_ok(graft_h5_write_text(writer, "/", "title", "one text"));
    assert_ok(graft_h5_writer_commit(writer, path));
    graft_h5_writer_free(writer);
    assert_ok(graft_h5_open(path, &file));
    assert_ok(graft_h5_read(file, "/weights/conv/conv/kernel:0", &again));
    assert_true(graft_shape_equal(&tensor->shape, &again->shape));
    assert_memory_equal(tensor->data, again->data, tensor->bytes);
    graft_h5_texts texts = {0};
    assert_ok(graft_h5_read_texts(file, "/weights", "names", &texts, &found));
    assert_int_equal(texts.count, 3);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(texts.text[i], names[i]);
    assert_ok(graft_h5_read_texts(file, "/weights/conv", "none", &texts, &found));
    assert_true(found);
    assert_int_equal(texts.count, 3);
    assert_ok(graft_h5_read_texts(file, "/", "title", &texts, &found));
    assert_string_equal(texts.text[3], "one text");
    graft_h5_texts_free(&texts);
    graft_h5_close(file);
    graft_tensor_free(tensor);
    graft_tensor_free(again);
    graft_release(path);
    test_folder_remove(folder);
}

/* Beyond what an attribute in an object header may hold: a text is stored apart, a list is split. */
static void long_texts_and_lists_read_back(void **state) {
    enum { LONG = 300000, COUNT = 3000 };
    char *folder = test_folder(), *path = graft_path_join(folder, "a.h5"), *text = graft_allocate_zero(LONG + 1, 1);
    const char *list[COUNT];
    char(*names)[40] = graft_allocate_zero(COUNT, sizeof *names);
    graft_h5_writer *writer = new_writer();
    graft_h5_texts texts = {0};
    graft_h5 *file;
    bool found;
    (void)state;
    memset(text, 'x', LONG);
    for (int i = 0; i < COUNT; i++) {
        snprintf(names[i], sizeof names[i], "a_layer_whose_name_is_rather_long_%d", i);
        list[i] = names[i];
    }
    assert_ok(graft_h5_write_text(writer, "/", "long", text));
    assert_ok(graft_h5_write_texts(writer, "/", "layer_names", list, COUNT));
    list[0] = text;
    assert_fails(GRAFT_E_USAGE, "300000 bytes", graft_h5_write_texts(writer, "/", "other", list, 1));
    assert_ok(graft_h5_writer_commit(writer, path));
    graft_h5_writer_free(writer);
    assert_ok(graft_h5_open(path, &file));
    assert_ok(graft_h5_read_texts(file, "/", "long", &texts, &found));
    assert_int_equal(strlen(texts.text[0]), LONG);
    assert_ok(graft_h5_read_texts(file, "/", "layer_names", &texts, &found));
    assert_false(found);
    size_t before = texts.count;
    assert_ok(graft_h5_read_texts(file, "/", "layer_names0", &texts, &found));
    assert_true(found && texts.count > before);
    assert_string_equal(texts.text[1], names[0]);
    assert_ok(graft_h5_read_texts(file, "/", "layer_names1", &texts, &found));
    assert_int_equal(texts.count, 1 + COUNT);
    assert_string_equal(texts.text[COUNT], names[COUNT - 1]);
    graft_h5_texts_free(&texts);
    graft_h5_close(file);
    graft_release(text);
    graft_release(names);
    graft_release(path);
    test_folder_remove(folder);
}

static void mistakes_are_told(void **state) {
    graft_h5_writer *writer = new_writer();
    (void)state;
    assert_ok(graft_h5_write_group(writer, "/a"));
    assert_int_not_equal(graft_h5_write_group(writer, "/a"), GRAFT_OK);
    assert_int_not_equal(graft_h5_write_text(writer, "/b", "x", "y"), GRAFT_OK);
    assert_fails(GRAFT_E_DATA, "cannot be written", graft_h5_writer_commit(writer, "/no/such/folder/a.h5"));
    graft_h5_writer_free(writer);
    graft_h5_writer_free(NULL);
}

static void *write_many(void *argument) {
    const char *path = argument;
    for (int i = 0; i < 20; i++) {
        graft_h5_writer *writer;
        if (graft_h5_writer_new(0, &writer) != GRAFT_OK) return argument;
        if (graft_h5_write_group(writer, "/g") != GRAFT_OK) return argument;
        if (graft_h5_writer_commit(writer, path) != GRAFT_OK) return argument;
        graft_h5_writer_free(writer);
    }
    return NULL;
}

static void threads_write_side_by_side(void **state) {
    char *folder = test_folder(), *paths[2] = {graft_path_join(folder, "a"), graft_path_join(folder, "b")};
    pthread_t threads[2];
    void *failed;
    (void)state;
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, write_many, paths[i]), 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
        graft_release(paths[i]);
    }
    test_folder_remove(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_texts_and_tensors_read_back),
        cmocka_unit_test(long_texts_and_lists_read_back),
        cmocka_unit_test(mistakes_are_told),
        cmocka_unit_test(threads_write_side_by_side),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
