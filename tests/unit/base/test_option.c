#include "support/support.h"

#include <graft/option.h>

#include <stdlib.h>
#include <string.h>

typedef struct everything {
    bool flag;
    int64_t count, pair[2];
    double rate;
    uint64_t memory;
    const char *name;
    int fit;
    double range[2];
    const char *several[3];
} everything;

static const graft_option table[] = {
    {.name = "flag",
     .letter = 'f',
     .type = GRAFT_OPTION_FLAG,
     .offset = offsetof(everything, flag),
     .fallback = "true"},
    {.name = "count",
     .type = GRAFT_OPTION_INT,
     .offset = offsetof(everything, count),
     .fallback = "7",
     .min = 1,
     .max = 20},
    {.name = "pair", .type = GRAFT_OPTION_INTS, .offset = offsetof(everything, pair), .fallback = "2,-3", .count = 2},
    {.name = "rate",
     .type = GRAFT_OPTION_DOUBLE,
     .offset = offsetof(everything, rate),
     .fallback = "1e-3",
     .max = 1,
     .unit = "of images"},
    {.name = "memory", .type = GRAFT_OPTION_BYTES, .offset = offsetof(everything, memory), .fallback = "1.5G"},
    {.name = "name", .type = GRAFT_OPTION_TEXT, .offset = offsetof(everything, name)},
    {.name = "fit",
     .type = GRAFT_OPTION_ENUM,
     .offset = offsetof(everything, fit),
     .fallback = "crop",
     .choices = "squash|crop|pad"},
    {.name = "range",
     .type = GRAFT_OPTION_DOUBLES,
     .offset = offsetof(everything, range),
     .fallback = "0.5,2",
     .max = 4,
     .count = 2},
    {.name = "several", .type = GRAFT_OPTION_TEXTS, .offset = offsetof(everything, several), .count = 2},
    GRAFT_OPTION_END,
};

static void defaults_are_set(void **state) {
    (void)state;
    everything e = {0};
    assert_ok(graft_options_defaults(table, &e));
    assert_true(e.flag);
    assert_int_equal(e.count, 7);
    assert_int_equal(e.pair[1], -3);
    assert_true(e.rate == 1e-3);
    assert_int_equal(e.memory, (uint64_t)3 << 29);
    assert_null(e.name);
    assert_int_equal(e.fit, 1);
    assert_true(e.range[0] == 0.5 && e.range[1] == 2);
}

static void values_go_to_text_and_back(void **state) {
    (void)state;
    everything e = {.rate = 0.1, .pair = {5, 6}, .fit = 2, .name = "x", .memory = 4096, .count = 3}, back = {0};
    e.range[0] = 0.1;
    e.range[1] = 1.0 / 3;
    for (const graft_option *row = table; row->name; row++) {
        char text[64];
        if (row->type == GRAFT_OPTION_TEXTS) continue; /* one text a call */
        assert_ok(graft_option_get(row, &e, text, sizeof text));
        char *kept = strdup(text);
        assert_ok(graft_option_set(row, &back, kept));
        if (row->type == GRAFT_OPTION_TEXT) assert_string_equal(back.name, "x");
        free(kept);
    }
    back.name = e.name;
    assert_memory_equal(&e, &back, sizeof e);
}

static void bad_values_name_option_and_range(void **state) {
    (void)state;
    everything e = {0};
    const struct {
        const char *option, *text, *part;
    } bad[] = {{"count", "21", "1 to 20"},
               {"count", "x", "a whole number"},
               {"count", "", "a whole number"},
               {"count", "1e9", "whole"},
               {"rate", "2", "0 to 1 of images"},
               {"rate", "nan", "a number"},
               {"memory", "12Q", "512M"},
               {"memory", "-1", "512M"},
               {"fit", "cro", "squash|crop|pad"},
               {"pair", "1", "2 whole numbers"},
               {"pair", "1,2,3", "2 whole"},
               {"range", "1", "2 numbers"},
               {"range", "1,2,3", "2 numbers"},
               {"range", "1,x", "2 numbers"},
               {"range", "1,5", "0 to 4"},
               {"flag", "yes", "true or false"},
               {"count", "99999999999999999999", "whole"}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const graft_option *row = graft_option_find(table, bad[i].option);
        assert_non_null(row);
        assert_fails(GRAFT_E_USAGE, bad[i].part, graft_option_set(row, &e, bad[i].text));
        assert_non_null(strstr(graft_error_text(), bad[i].option));
    }
}

static void rows_are_found(void **state) {
    (void)state;
    assert_ptr_equal(graft_option_find_letter(table, 'f'), &table[0]);
    assert_null(graft_option_find_letter(table, '\0'));
    assert_null(graft_option_find(table, "none"));
    assert_string_equal(graft_option_nearest(table, "cuont"), "count");
    assert_null(graft_option_nearest(table, "zzzzzz"));
}

static void texts_add_up(void **state) {
    (void)state;
    everything options = {0};
    char text[32];
    const graft_option *row = graft_option_find(table, "several");
    assert_ok(graft_options_defaults(table, &options));
    assert_null(options.several[0]);
    assert_ok(graft_option_get(row, &options, text, sizeof(text)));
    assert_string_equal(text, "");
    assert_ok(graft_option_set(row, &options, "first one"));
    assert_ok(graft_option_set(row, &options, "second"));
    assert_string_equal(options.several[0], "first one");
    assert_string_equal(options.several[1], "second");
    assert_ok(graft_option_get(row, &options, text, sizeof(text)));
    assert_string_equal(text, "first one second");
    assert_fails(GRAFT_E_USAGE, "at most 2 of them", graft_option_set(row, &options, "third"));
    assert_null(options.several[2]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_add_up),
        cmocka_unit_test(defaults_are_set),
        cmocka_unit_test(values_go_to_text_and_back),
        cmocka_unit_test(bad_values_name_option_and_range),
        cmocka_unit_test(rows_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
