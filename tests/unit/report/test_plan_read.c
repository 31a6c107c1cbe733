#include "support/support.h"

#include <graft/report.h>

#include "base/alloc.h"
#include "base/file.h"

#include <string.h>

typedef struct settings {
    const char *layer;
    int64_t folds;
    double c;
} settings;

static const graft_option table[] = {
    {.name = "layer", .type = GRAFT_OPTION_TEXT, .offset = offsetof(settings, layer)},
    {.name = "folds", .type = GRAFT_OPTION_INT, .offset = offsetof(settings, folds), .min = 2, .max = 20},
    {.name = "c", .type = GRAFT_OPTION_DOUBLE, .offset = offsetof(settings, c)},
    GRAFT_OPTION_END,
};

static char *folder, *path;

static int set_up(void **state) {
    (void)state;
    folder = test_folder();
    path = graft_path_join(folder, "plan.json");
    return path ? 0 : 1;
}

static int tear_down(void **state) {
    (void)state;
    graft_release(path);
    test_folder_remove(folder);
    return 0;
}

static void write_plan(const char *text) {
    assert_ok(graft_file_write(path, text, strlen(text)));
}

static void options_are_taken_except_those_given(void **state) {
    (void)state;
    settings target = {"own", 5, 1};
    const char *const given[] = {"folds", NULL};
    graft_plan_file *file = NULL;
    write_plan("{\"plan\":[],\"options\":{\"layer\":\"block_16\",\"folds\":\"7\",\"c\":0.25}}");
    assert_ok(graft_plan_read(path, &(graft_plan_options_of){table, &target}, 1, given, &file));
    assert_string_equal(target.layer, "block_16");
    assert_int_equal(target.folds, 5);
    assert_true(target.c == 0.25);
    graft_plan_file_free(file);
}

/* A seed of two tables is one seed. */
static void an_option_of_several_tables_sets_all(void **state) {
    (void)state;
    settings first = {0}, second = {0};
    const graft_plan_options_of tables[] = {{table, &first}, {table, &second}};
    graft_plan_file *file = NULL;
    write_plan("{\"options\":{\"folds\":9}}");
    assert_ok(graft_plan_read(path, tables, 2, NULL, &file));
    assert_int_equal(first.folds, 9);
    assert_int_equal(second.folds, 9);
    graft_plan_file_free(file);
}

static void what_is_no_plan_is_named(void **state) {
    (void)state;
    settings target = {0};
    graft_plan_file *file = NULL;
    write_plan("{\"option\":{}}");
    assert_fails(GRAFT_E_DATA, "plan.json: no object \"options\"",
                 graft_plan_read(path, &(graft_plan_options_of){table, &target}, 1, NULL, &file));
    write_plan("{\"options\":{\"flods\":3}}");
    assert_fails(GRAFT_E_DATA, "did you mean folds",
                 graft_plan_read(path, &(graft_plan_options_of){table, &target}, 1, NULL, &file));
    write_plan("{\"options\":{\"folds\":300}}");
    assert_fails(GRAFT_E_DATA, "folds",
                 graft_plan_read(path, &(graft_plan_options_of){table, &target}, 1, NULL, &file));
    write_plan("{\"options\":{\"folds\":[3]}}");
    assert_fails(GRAFT_E_DATA, "folds",
                 graft_plan_read(path, &(graft_plan_options_of){table, &target}, 1, NULL, &file));
    write_plan("{\"options\":");
    assert_fails(GRAFT_E_DATA, "plan.json",
                 graft_plan_read(path, &(graft_plan_options_of){table, &target}, 1, NULL, &file));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(options_are_taken_except_those_given, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_option_of_several_tables_sets_all, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_plan_is_named, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
