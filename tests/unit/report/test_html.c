#include "support/support.h"

#include "base/alloc.h"
#include "report/html.h"

#include <math.h>
#include <string.h>

static void expect_text(const char *in, const char *expected) {
    graft_buffer out;
    graft_buffer_init(&out, 0);
    graft_html_text(&out, in);
    graft_buffer_text(&out, "");
    assert_ok(graft_buffer_status(&out));
    assert_string_equal(out.data ? out.data : "", expected);
    graft_buffer_clear(&out);
}

static void hostile_names_are_escaped(void **state) {
    (void)state;
    expect_text("</td><script>alert('1')</script>", "&lt;/td&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;");
    expect_text("\" onload=\"x", "&quot; onload=&quot;x");
    expect_text("a&lt;b", "a&amp;lt;b");
    expect_text(NULL, "");
}

static void utf8_passes_and_other_bytes_do_not(void **state) {
    (void)state;
    expect_text("Stra\xC3\x9F"
                "e \xE6\x97\xA5\xF0\x9F\x98\x80",
                "Stra\xC3\x9F"
                "e \xE6\x97\xA5\xF0\x9F\x98\x80");
    expect_text("a\xFF", "a\xEF\xBF\xBD");
    expect_text("\xC0\xBC", "\xEF\xBF\xBD\xEF\xBF\xBD");                 /* an overlong '<' */
    expect_text("\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"); /* a surrogate */
    expect_text("\xE6\x97", "\xEF\xBF\xBD\xEF\xBF\xBD");                 /* cut short */
    expect_text("a\nb\x1B[0m", "a\xEF\xBF\xBD"
                               "b\xEF\xBF\xBD[0m");
}

static void numbers_that_are_not_there_are_dashes(void **state) {
    (void)state;
    graft_buffer out;
    graft_buffer_init(&out, 0);
    graft_html_percent(&out, 0.8766);
    graft_html_percent(&out, NAN);
    graft_html_number(&out, INFINITY, 2);
    graft_html_seconds(&out, 1.25);
    graft_html_seconds(&out, 200);
    assert_ok(graft_buffer_status(&out));
    assert_string_equal(out.data, "87.7&#8239;%&ndash;&ndash;1.2&#8239;s3&#8239;min 20&#8239;s");
    graft_buffer_clear(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hostile_names_are_escaped),
        cmocka_unit_test(utf8_passes_and_other_bytes_do_not),
        cmocka_unit_test(numbers_that_are_not_there_are_dashes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
