#include "support/support.h"

#include "base/alloc.h"
#include "report/text-table.h"

static graft_status make(char **out) {
    graft_text_table table;
    graft_text_table_init(&table, "lrl");
    const char *const cells[] = {"name", "n", "remark", "Stra\303\237e", "12", "", "a\x1B[31m\n", "3", "x"};
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
        graft_text_table_add(&table, "%s", cells[i]);
    graft_buffer text;
    graft_buffer_init(&text, 0);
    graft_text_table_write(&table, 2, &text);
    return graft_buffer_take(&text, out, NULL);
}

static void columns_are_aligned_and_escapes_are_harmless(void **state) {
    (void)state;
    char *text = NULL;
    assert_ok(make(&text));
    assert_string_equal(text, "  name      n  remark\n"
                              "  Stra\xC3\x9F"
                              "e   12\n"
                              "  a?[31m?   3  x\n");
    graft_release(text);
}

static graft_status body(void *argument) {
    (void)argument;
    char *text = NULL;
    graft_status status = make(&text);
    graft_release(text);
    return status;
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    test_failing_allocations(body, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_aligned_and_escapes_are_harmless),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
