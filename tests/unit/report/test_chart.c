#include "support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "report/sheet.h"
#include "json/json.h"

#include <math.h>
#include <string.h>

static char *written(const graft_chart *chart) {
    graft_buffer out;
    char *text = NULL;
    graft_buffer_init(&out, 0);
    graft_chart_add(&out, chart);
    assert_ok(graft_buffer_take(&out, &text, NULL));
    return text;
}

/* The JSON that the script reads, parsed. */
static graft_json *data_of(const char *html) {
    static const char begin[] = "<script type=\"application/json\">";
    graft_json *json = NULL;
    const char *from = strstr(html, begin);
    assert_non_null(from);
    from += sizeof begin - 1;
    const char *to = strstr(from, "</script>");
    assert_non_null(to);
    assert_ok(graft_json_parse(from, (size_t)(to - from), "a chart", &json));
    return json;
}

static void figures_stand_in_the_table_and_in_the_data(void **state) {
    (void)state;
    const double x[] = {0, 1, 2}, y[] = {0.5, (double)NAN, 0.875}, low[] = {0.4, (double)NAN, 0.8},
                 high[] = {0.6, (double)NAN, 0.9};
    const graft_chart_series series[] = {{.name = "a", .x = x, .y = y, .low = low, .high = high, .count = 3},
                                         {.name = "b", .tone = "other", .x = x, .y = high, .count = 3}};
    char *html = written(&(graft_chart){.kind = GRAFT_CHART_LINES,
                                        .title = "Accuracy",
                                        .x_name = "epoch",
                                        .series = series,
                                        .series_count = 2,
                                        .percent = true});
    assert_non_null(strstr(html, "50.0&#8239;% <small>(40.0&#8239;% to 60.0&#8239;%)</small>"));
    assert_non_null(strstr(html, "<td class=\"n\">1</td><td class=\"n\">&ndash;</td>"));
    graft_json *json = data_of(html);
    const graft_json *first = graft_json_at(graft_json_get(json, "series"), 0);
    assert_string_equal(graft_json_text(graft_json_get(json, "kind"), ""), "lines");
    assert_float_equal(graft_json_real(graft_json_at(graft_json_get(first, "y"), 2), 0), 0.875, 0);
    assert_int_equal(graft_json_type_of(graft_json_at(graft_json_get(first, "y"), 1)), GRAFT_JSON_NULL);
    assert_null(graft_json_get(first, "tone"));
    graft_json_free(json);
    graft_release(html);
}

static void names_cannot_end_the_script(void **state) {
    (void)state;
    static const char name[] = "</script><script>alert(1)</script>";
    const char *const categories[] = {name};
    const double y[] = {1};
    const graft_chart_series series = {.name = name, .y = y, .count = 1};
    char *html = written(&(graft_chart){.kind = GRAFT_CHART_BARS,
                                        .title = name,
                                        .category = categories,
                                        .category_count = 1,
                                        .series = &series,
                                        .series_count = 1});
    assert_null(strstr(html, "<script>"));
    graft_json *json = data_of(html);
    assert_string_equal(graft_json_text(graft_json_at(graft_json_get(json, "categories"), 0), ""), name);
    graft_json_free(json);
    graft_release(html);
}

static void series_of_other_lengths_are_listed_one_by_one(void **state) {
    (void)state;
    const double x[] = {1, 2, 3}, y[] = {4, 5, 6};
    const char *const note[] = {"p", "q", "r"};
    const graft_chart_series series[] = {{.name = "a", .x = x, .y = y, .count = 3, .note = note},
                                         {.name = "b", .x = x, .y = y, .count = 1}};
    char *html = written(&(graft_chart){.kind = GRAFT_CHART_POINTS,
                                        .title = "map",
                                        .x_name = "first",
                                        .y_name = "second",
                                        .series = series,
                                        .series_count = 2,
                                        .table_rows = 2});
    assert_non_null(strstr(html, "<th scope=\"row\">a</th><td>q</td><td class=\"n\">2</td><td class=\"n\">5</td>"));
    assert_null(strstr(html, "<td>r</td>"));
    assert_non_null(strstr(html, "and 2 more"));
    graft_release(html);
}

static void a_chart_without_series_is_nothing(void **state) {
    (void)state;
    char *html = written(&(graft_chart){.kind = GRAFT_CHART_BARS, .title = "empty"});
    assert_string_equal(html, "");
    graft_release(html);
}

static void a_sheet_links_its_sections(void **state) {
    (void)state;
    graft_sheet sheet;
    char *folder = test_folder(), *path = graft_path_join(folder, "sheet.html"), *text = NULL;
    size_t length = 0;
    graft_sheet_open(&sheet, "<title> & more");
    graft_sheet_navigation(&sheet);
    graft_sheet_begin(&sheet, "one", "One", "The first");
    graft_sheet_end(&sheet);
    graft_sheet_begin(&sheet, "two", NULL, "The second");
    graft_sheet_end(&sheet);
    assert_ok(graft_sheet_write(&sheet, path));
    assert_ok(graft_file_read(path, 0, &text, &length));
    assert_non_null(strstr(text, "<title>&lt;title&gt; &amp; more"));
    assert_non_null(strstr(text, "<nav aria-label=\"Sections\"><a href=\"#one\">One</a></nav>"));
    assert_non_null(strstr(text, "<section id=\"two\"><h2>The second</h2>"));
    assert_non_null(strstr(text, "Chart.js v"));
    assert_null(strstr(text, "sourceMappingURL"));
    graft_release(text);
    graft_release(path);
    test_folder_remove(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_stand_in_the_table_and_in_the_data),
        cmocka_unit_test(names_cannot_end_the_script),
        cmocka_unit_test(series_of_other_lengths_are_listed_one_by_one),
        cmocka_unit_test(a_chart_without_series_is_nothing),
        cmocka_unit_test(a_sheet_links_its_sections),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
