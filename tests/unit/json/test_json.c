#include "support/support.h"

#include "base/alloc.h"
#include "json/json.h"

#include <math.h>
#include <string.h>

static graft_json *parse(const char *text) {
    graft_json *json;
    assert_ok(graft_json_parse(text, strlen(text), "test", &json));
    return json;
}

static void assert_dumps(const graft_json *json, const char *expected) {
    char *text;
    assert_ok(graft_json_dump(json, 0, &text, NULL));
    assert_string_equal(text, expected);
    graft_release(text);
}

static void look_ups_chain_over_what_is_absent(void **state) {
    (void)state;
    graft_json *json = parse("{\"a\":{\"b\":[1,2.5,true,\"x\",null,3.0]}}");
    const graft_json *b = graft_json_get(graft_json_get(json, "a"), "b");
    assert_int_equal(graft_json_count(b), 6);
    assert_int_equal(graft_json_int(graft_json_at(b, 0), -1), 1);
    assert_int_equal(graft_json_int(graft_json_at(b, 1), -1), -1);
    assert_int_equal(graft_json_int(graft_json_at(b, 5), -1), 3);
    assert_true(graft_json_real(graft_json_at(b, 1), 0) == 2.5);
    assert_true(graft_json_bool(graft_json_at(b, 2), false));
    assert_string_equal(graft_json_text(graft_json_at(b, 3), ""), "x");
    assert_int_equal(graft_json_type_of(graft_json_at(b, 9)), GRAFT_JSON_NULL);
    assert_null(graft_json_get(graft_json_get(json, "z"), "y"));
    assert_null(graft_json_get(b, "y"));
    const graft_json *value;
    assert_string_equal(graft_json_key(json, 0, &value), "a");
    assert_null(graft_json_key(json, 1, NULL));
    const char *key = graft_json_next(json, NULL, &value);
    assert_string_equal(key, "a");
    assert_null(graft_json_next(json, key, &value));
    assert_null(graft_json_next(b, NULL, &value));
    graft_json_free(json);
}

static void pythons_numbers_are_read(void **state) {
    (void)state;
    graft_json *json = parse("{\"a\":NaN,\"b\":-Infinity,\"c\":Infinity,\"NaN\":\"NaN \\\" Infinity\"}");
    assert_int_equal(graft_json_type_of(graft_json_get(json, "a")), GRAFT_JSON_NULL);
    assert_true(graft_json_real(graft_json_get(json, "b"), 0) < -1e300);
    assert_true(graft_json_real(graft_json_get(json, "c"), 0) > 1e300);
    assert_string_equal(graft_json_text(graft_json_get(json, "NaN"), ""), "NaN \" Infinity");
    graft_json_free(json);
}

static void broken_texts_are_refused_with_their_place(void **state) {
    (void)state;
    static const char *const broken[] = {"",    "{",     "{\"a\":1,\"a\":2}", "[1,]", "\"\xff\"",
                                         "nul", "[1] x", "{\"a\":Nan}"};
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        graft_json *json;
        assert_fails(GRAFT_E_DATA, "test: not valid JSON",
                     graft_json_parse(broken[i], strlen(broken[i]), "test", &json));
    }
    size_t deep = 100000;
    char *text = graft_allocate(deep, 1);
    memset(text, '[', deep);
    graft_json *json;
    assert_fails(GRAFT_E_DATA, "test", graft_json_parse(text, deep, "test", &json));
    graft_release(text);
}

static void documents_are_built_in_order(void **state) {
    (void)state;
    graft_json *json = graft_json_new_object(), *list = graft_json_new_array();
    graft_json_add(list, graft_json_new_real(0.5));
    graft_json_add(list, graft_json_new_real(NAN));
    graft_json_set_text(json, "z", "a\xff\"b");
    graft_json_set(json, "a", list);
    graft_json_set_int(json, "n", -3);
    graft_json_set_bool(json, "t", true);
    graft_json_set_text(json, "none", NULL);
    assert_dumps(json, "{\"z\":\"a\xef\xbf\xbd\\\"b\",\"a\":[0.5,null],\"n\":-3,\"t\":true,\"none\":null}");
    graft_json_free(json);
}

static void a_failure_while_building_is_told(void **state) {
    (void)state;
    char *text;
    graft_json *json = graft_json_new_object();
    graft_json_set(json, "lost", NULL);
    assert_fails(GRAFT_E_MEMORY, "JSON", graft_json_dump(json, 0, &text, NULL));
    graft_json_free(json);
    json = graft_json_new_array();
    graft_json_add(json, NULL);
    assert_fails(GRAFT_E_MEMORY, "JSON", graft_json_dump(json, 2, &text, NULL));
    graft_json_free(json);
    assert_fails(GRAFT_E_MEMORY, "JSON", graft_json_dump(NULL, 0, &text, NULL));
    json = graft_json_new_text("\001failed"); /* a text is not the mark */
    assert_ok(graft_json_dump(json, 0, &text, NULL));
    graft_release(text);
    graft_json_free(json);
}

static void references_are_counted(void **state) {
    (void)state;
    graft_json *json = parse("[[7]]");
    graft_json *inner = graft_json_keep(graft_json_at(json, 0));
    graft_json_free(json);
    assert_int_equal(graft_json_int(graft_json_at(inner, 0), 0), 7);
    graft_json_free(inner);
    graft_json_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(look_ups_chain_over_what_is_absent),        cmocka_unit_test(pythons_numbers_are_read),
        cmocka_unit_test(broken_texts_are_refused_with_their_place), cmocka_unit_test(documents_are_built_in_order),
        cmocka_unit_test(a_failure_while_building_is_told),          cmocka_unit_test(references_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
