#include "support/support.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *in(const char *folder, const char *name) {
    char *path = graft_path_join(folder, name);
    assert_non_null(path);
    return path;
}

static void assert_file_holds(const char *path, const char *expected) {
    char *text;
    size_t length;
    assert_ok(graft_file_read(path, 0, &text, &length));
    assert_int_equal(length, strlen(expected));
    assert_string_equal(text, expected);
    graft_release(text);
}

static void memory_for_reading_serves_the_next_file(void **state) {
    (void)state;
    char *folder = test_folder(), *large = in(folder, "large"), *small = in(folder, "small"),
         *none = in(folder, "none");
    char *bytes = NULL;
    size_t capacity = 0, length = 0;
    assert_ok(graft_file_write(large, "0123456789", 10));
    assert_ok(graft_file_write(small, "abc", 3));
    assert_ok(graft_file_read_into(small, 0, &bytes, &capacity, &length));
    assert_string_equal(bytes, "abc");
    assert_ok(graft_file_read_into(large, 0, &bytes, &capacity, &length));
    assert_string_equal(bytes, "0123456789");
    const char *grown = bytes;
    assert_ok(graft_file_read_into(small, 0, &bytes, &capacity, &length));
    assert_ptr_equal(bytes, grown);
    assert_int_equal(length, 3);
    assert_string_equal(bytes, "abc");
    assert_fails(GRAFT_E_DATA, "No such file", graft_file_read_into(none, 0, &bytes, &capacity, &length));
    assert_fails(GRAFT_E_DATA, "limit of 4", graft_file_read_into(large, 4, &bytes, &capacity, &length));
    graft_release(bytes);
    graft_release(none);
    graft_release(small);
    graft_release(large);
    test_folder_remove(folder);
}

static void files_are_written_whole_and_replaced(void **state) {
    (void)state;
    char *folder = test_folder(), *path = in(folder, "a b \xc3\xa9.txt");
    assert_ok(graft_file_write(path, "old", 3));
    assert_file_holds(path, "old");
    assert_ok(graft_file_write(path, "newer", 5));
    assert_file_holds(path, "newer");
    graft_names names;
    assert_ok(graft_folder_list(folder, &names));
    assert_int_equal(names.count, 1); /* no temporary file stays */
    graft_names_free(&names);
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_true(info.st_mode & S_IRUSR);
    graft_release(path);
    test_folder_remove(folder);
}

static graft_status write_big(void *argument, const char *path) {
    static char big[100000];
    (void)argument;
    return graft_file_write(path, big, sizeof big);
}

static void a_full_disk_leaves_the_old_file(void **state) {
    (void)state;
    test_full_disk("model.graft", 4096, "unchanged", write_big, NULL);
}

static void a_link_is_written_through(void **state) {
    (void)state;
    char *folder = test_folder(), *path = in(folder, "real"), *link = in(folder, "link");
    assert_ok(graft_file_write(path, "old", 3));
    assert_int_equal(symlink("real", link), 0);
    assert_ok(graft_file_write(link, "new", 3));
    struct stat info;
    assert_int_equal(lstat(link, &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    assert_file_holds(path, "new");
    graft_release(path);
    graft_release(link);
    test_folder_remove(folder);
}

static void headers_can_be_patched(void **state) {
    (void)state;
    char *folder = test_folder(), *path = in(folder, "f");
    graft_file_writer *writer;
    assert_ok(graft_file_writer_open(path, &writer));
    assert_ok(graft_file_writer_write(writer, "----=body", 9));
    assert_ok(graft_file_writer_patch(writer, 0, "head", 4));
    assert_ok(graft_file_writer_commit(&writer));
    assert_null(writer);
    assert_file_holds(path, "head=body");
    graft_release(path);
    test_folder_remove(folder);
}

static void what_is_no_file_is_refused(void **state) {
    (void)state;
    char *folder = test_folder(), *pipe = in(folder, "pipe"), *none = in(folder, "none"), *text;
    graft_mapping mapping;
    assert_int_equal(mkfifo(pipe, 0600), 0);
    assert_fails(GRAFT_E_DATA, "expected a file", graft_file_read(pipe, 0, &text, NULL)); /* and does not block */
    assert_fails(GRAFT_E_DATA, "a folder", graft_file_read(folder, 0, &text, NULL));
    assert_fails(GRAFT_E_DATA, "No such file", graft_file_read(none, 0, &text, NULL));
    assert_fails(GRAFT_E_DATA, "No such file", graft_file_map(none, &mapping));
    assert_ok(graft_file_write(none, "12345", 5));
    assert_fails(GRAFT_E_DATA, "limit of 4", graft_file_read(none, 4, &text, NULL));
    assert_fails(GRAFT_E_DATA, "is a folder", graft_file_write(folder, "x", 1));
    assert_int_equal(graft_file_kind_of(pipe), GRAFT_FILE_OTHER);
    graft_release(pipe);
    graft_release(none);
    test_folder_remove(folder);
}

static void folders_are_made_with_parents_and_listed_in_byte_order(void **state) {
    (void)state;
    char *folder = test_folder(), *deep = in(folder, "x/y/z");
    assert_ok(graft_folder_make(deep));
    assert_ok(graft_folder_make(deep));
    static const char *const names[] = {"b", "B", "\xc3\xa4", ".hidden", "a10", "a9"};
    static const char *const sorted[] = {".hidden", "B", "a10", "a9", "b", "\xc3\xa4"};
    for (size_t i = 0; i < 6; i++) {
        char *path = in(deep, names[i]);
        assert_ok(graft_file_write(path, "", 0));
        graft_release(path);
    }
    graft_names list;
    assert_ok(graft_folder_list(deep, &list));
    assert_int_equal(list.count, 6);
    for (size_t i = 0; i < 6; i++)
        assert_string_equal(list.name[i], sorted[i]);
    graft_names_free(&list);
    char *file = in(deep, "b/c");
    assert_fails(GRAFT_E_DATA, "cannot be made", graft_folder_make(file));
    graft_release(file);
    graft_release(deep);
    test_folder_remove(folder);
}

static void what_killed_writers_left_is_removed(void **state) {
    (void)state;
    const struct {
        const char *name;
        bool old, stays, stays_then; /* after names with "a" of over an hour went, and after all did */
    } rows[] = {{"a.tmp-AbC012", true, false, false},
                {"a.tmp-012345.tmp-xxxxxx", true, false, false},
                {"a.tmp-4194304", true, false, false},
                {"a.tmp-AbC013", false, true, false},
                {"b.tmp-AbC012", true, true, false},
                {"a.tmp-AbC01", true, true, true},
                {"a.tmp-AbC0.2", true, true, true},
                {"a", true, true, true},
                {"a.tmp-AbC012.safetensors", true, true, true},
                {".tmp-AbC012", true, true, true}};
    enum { ROWS = sizeof(rows) / sizeof(*rows) };
    char *folder = test_folder(), *inner = in(folder, "a.tmp-folder"), *none = in(folder, "none");
    const struct timespec before[2] = {{.tv_sec = 1000000}, {.tv_sec = 1000000}};
    assert_ok(graft_folder_make(inner));
    for (size_t i = 0; i < ROWS; i++) {
        char *path = in(folder, rows[i].name);
        assert_ok(graft_file_write(path, "x", 1));
        if (rows[i].old) assert_int_equal(utimensat(AT_FDCWD, path, before, 0), 0);
        graft_release(path);
    }
    for (int turn = 0; turn < 2; turn++) {
        graft_file_sweep(folder, turn ? "" : "a", turn ? 0 : 3600);
        for (size_t i = 0; i < ROWS; i++) {
            char *path = in(folder, rows[i].name);
            const bool there = graft_file_kind_of(path) == GRAFT_FILE_REGULAR;
            if (there != (turn ? rows[i].stays_then : rows[i].stays)) fail_msg("%d: %s: %d", turn, rows[i].name, there);
            graft_release(path);
        }
        assert_int_equal(graft_file_kind_of(inner), GRAFT_FILE_FOLDER);
    }
    graft_file_sweep(none, "", 0);
    graft_release(none);
    graft_release(inner);
    test_folder_remove(folder);
}

static graft_status write_one(void *folder) {
    char *path = graft_path_join(folder, "f");
    if (!path) return graft_fail_memory("a path");
    graft_status status = graft_file_write(path, "abc", 3);
    graft_release(path);
    return status;
}

static void writing_survives_failing_allocations(void **state) {
    (void)state;
    char *folder = test_folder();
    test_failing_allocations(write_one, folder);
    test_folder_remove(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_for_reading_serves_the_next_file),
        cmocka_unit_test(files_are_written_whole_and_replaced),
        cmocka_unit_test(a_full_disk_leaves_the_old_file),
        cmocka_unit_test(a_link_is_written_through),
        cmocka_unit_test(headers_can_be_patched),
        cmocka_unit_test(what_is_no_file_is_refused),
        cmocka_unit_test(folders_are_made_with_parents_and_listed_in_byte_order),
        cmocka_unit_test(what_killed_writers_left_is_removed),
        cmocka_unit_test(writing_survives_failing_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
