/* behaviour_25: what a container may use is the memory that is present. */
#include "support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/memory.h"

#include <string.h>

static char *root;

static int setup(void **state) {
    (void)state;
    root = test_folder();
    return 0;
}

static int teardown(void **state) {
    (void)state;
    test_folder_remove(root);
    return 0;
}

static void put(const char *folder, const char *name, const char *text) {
    char *path = graft_path_join(root, folder), *file = graft_path_join(path, name);
    assert_ok(graft_folder_make(path));
    assert_ok(graft_file_write(file, text, strlen(text)));
    graft_release(file);
    graft_release(path);
}

static void behaviour_25_the_least_limit_of_a_group_counts(void **state) {
    (void)state;
    put("a/b", "memory.max", "max\n");
    put("a", "memory.max", "4294967296\n");
    assert_true(graft_memory_of_groups("0::/a/b\n", root) == 4294967296U);
    put("a/b", "memory.max", "1073741824\n");
    assert_true(graft_memory_of_groups("0::/a/b\n", root) == 1073741824U);
    /* The group's own folder is not to be seen: its mount is its root. */
    assert_true(graft_memory_of_groups("0::/elsewhere/c\n", root) == UINT64_MAX);
    put(".", "memory.max", "2147483648\n");
    assert_true(graft_memory_of_groups("0::/elsewhere/c\n", root) == 2147483648U);
}

static void the_older_version_counts_too(void **state) {
    (void)state;
    put("memory/job", "memory.limit_in_bytes", "536870912\n");
    assert_true(graft_memory_of_groups("9:cpu:/job\n8:memory:/job\n0::/\n", root) == 536870912U);
    assert_true(graft_memory_of_groups("9:cpu:/job\n", root) == UINT64_MAX);
}

static void without_groups_the_machine_counts(void **state) {
    (void)state;
    assert_true(graft_memory_of_groups("", root) == UINT64_MAX);
    assert_true(graft_memory_of_groups("nonsense\n:\n::", "/nowhere") == UINT64_MAX);
    assert_true(graft_memory_present() > 0 && graft_memory_present() < UINT64_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(behaviour_25_the_least_limit_of_a_group_counts),
        cmocka_unit_test(the_older_version_counts_too),
        cmocka_unit_test(without_groups_the_machine_counts),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
