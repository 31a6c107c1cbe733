#include "support/support.h"

#include <graft/report.h>

#include "base/alloc.h"
#include "base/file.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void folders_are_numbered_and_never_shared(void **state) {
    (void)state;
    char *parent = test_folder(), *first = NULL, *second = NULL;
    assert_ok(graft_run_folder_new(parent, "clothes", &first));
    assert_ok(graft_run_folder_new(parent, "clothes", &second));
    assert_string_equal(graft_path_name(first), "clothes-1");
    assert_string_equal(graft_path_name(second), "clothes-2");
    graft_text_free(first);
    graft_text_free(second);
    test_folder_remove(parent);
}

static void a_new_run_is_marked_as_partial(void **state) {
    (void)state;
    char *parent = test_folder(), *folder = NULL;
    assert_ok(graft_run_folder_new(parent, "x", &folder));
    char *mark = graft_path_join(folder, "PARTIAL");
    assert_int_equal(graft_file_kind_of(mark), GRAFT_FILE_REGULAR);
    graft_release(mark);
    graft_text_free(folder);
    test_folder_remove(parent);
}

static void the_parent_is_made_and_hostile_names_stay_inside(void **state) {
    (void)state;
    char *parent = test_folder(), *deep = graft_path_join(parent, "a/b"), *folder = NULL;
    assert_ok(graft_run_folder_new(deep, "../../x\n", &folder));
    assert_memory_equal(folder, deep, strlen(deep));
    assert_string_equal(graft_path_name(folder), "_._.._x_-1");
    graft_text_free(folder);
    graft_release(deep);
    test_folder_remove(parent);
}

static void a_parent_that_is_a_file_is_an_error(void **state) {
    (void)state;
    char *parent = test_folder(), *file = graft_path_join(parent, "file"), *folder = NULL;
    assert_ok(graft_file_write(file, "x", 1));
    assert_fails(GRAFT_E_DATA, "file", graft_run_folder_new(file, "x", &folder));
    graft_release(file);
    test_folder_remove(parent);
}

/* Processes that start together: as many folders as runs. */
static void concurrent_runs_get_folders_of_their_own(void **state) {
    (void)state;
    enum { PROCESSES = 8, EACH = 5 };
    char *parent = test_folder();
    for (int i = 0; i < PROCESSES; i++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child > 0) continue;
        int failures = 0;
        for (int k = 0; k < EACH; k++) {
            char *folder = NULL;
            failures += graft_run_folder_new(parent, "r", &folder) != GRAFT_OK;
            graft_text_free(folder);
        }
        _exit(failures);
    }
    for (int i = 0; i < PROCESSES; i++) {
        int outcome = 1;
        assert_true(wait(&outcome) > 0);
        assert_true(WIFEXITED(outcome) && WEXITSTATUS(outcome) == 0);
    }
    graft_names names;
    assert_ok(graft_folder_list(parent, &names));
    assert_int_equal(names.count, PROCESSES * EACH);
    graft_names_free(&names);
    test_folder_remove(parent);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folders_are_numbered_and_never_shared),
        cmocka_unit_test(a_new_run_is_marked_as_partial),
        cmocka_unit_test(the_parent_is_made_and_hostile_names_stay_inside),
        cmocka_unit_test(a_parent_that_is_a_file_is_an_error),
        cmocka_unit_test(concurrent_runs_get_folders_of_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
