#include "support/support.h"

#include <graft/report.h>

#include "base/alloc.h"
#include "base/file.h"
#include "report/plot-internal.h"
#include "transfer/describe.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { DEPTH = 64 };

/* A name of a tag; 0 at its end. */
static size_t word(const char *text) {
    return strcspn(text, " \t\r\n/>");
}

static bool is_entity(const char *text) {
    static const char *const known[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strncmp(text, known[i], strlen(known[i])) == 0) return true;
    return false;
}

/* Tags nest, attributes are quoted, entities are known: what a parser of XML would stumble over. */
static void check_xml(const char *text) {
    const char *open[DEPTH];
    int depth = 0;
    for (const char *c = text; *c; c++) {
        if (*c == '&') assert_true(is_entity(c));
        assert_true((unsigned char)*c >= ' ' || *c == '\n' || *c == '\t' || *c == '\r');
        if (*c != '<') continue;
        const char *name = c + 1;
        bool closes = *name == '/', alone = *name == '?' || *name == '!';
        if (strncmp(c, "<!--", 4) == 0) {
            c = strstr(c, "-->") + 2;
            continue;
        }
        char quote = 0;
        for (c++; *c && (quote || *c != '>'); c++) {
            assert_true(*c != '<');
            if (*c == '&') assert_true(is_entity(c));
            if (*c == quote)
                quote = 0;
            else if (!quote && (*c == '"' || *c == '\''))
                quote = *c;
        }
        assert_int_equal(*c, '>');
        alone |= c[-1] == '/';
        if (closes) {
            assert_true(depth > 0);
            depth--;
            assert_int_equal(word(open[depth]), word(name + 1));
            assert_memory_equal(open[depth], name + 1, word(name + 1));
        } else if (!alone) {
            assert_true(depth < DEPTH);
            open[depth++] = name;
        }
    }
    assert_int_equal(depth, 0);
}

static size_t count_of(const char *text, const char *part) {
    size_t count = 0;
    for (const char *at = strstr(text, part); at; at = strstr(at + 1, part))
        count++;
    return count;
}

static char *drawn(const char *network, const char *extension, bool full) {
    graft_context *context = test_context(1);
    char *folder = test_folder(), *text;
    char path[4096];
    const graft_plot_options options = {.struct_size = sizeof options, .full = full};
    snprintf(path, sizeof path, "%s/plot.%s", folder, extension);
    assert_ok(graft_plot_write(context, network, path, &options));
    assert_ok(graft_file_read(path, 0, &text, NULL));
    test_folder_remove(folder);
    graft_context_free(context);
    return text;
}

static void every_layer_is_named(const char *network) {
    graft_context *context = test_context(1);
    graft_json *description;
    char *svg = drawn(network, "svg", false), *full = drawn(network, "svg", true);
    assert_ok(graft_describe(context, network, NULL, &description));
    const graft_json *layers = graft_json_get(description, "layers");
    check_xml(svg);
    check_xml(full);
    for (size_t i = 0; i < graft_json_count(layers); i++) {
        const char *name = graft_json_text(graft_json_get(graft_json_at(layers, i), "name"), "");
        if (!strstr(svg, name) || !strstr(full, name)) fail_msg("%s: no layer %s", network, name);
    }
    assert_int_equal(count_of(full, "class=\"node\""), graft_json_count(layers));
    assert_true(count_of(svg, "class=\"node\"") < graft_json_count(layers));
    graft_json_free(description);
    graft_release(svg);
    graft_release(full);
    graft_context_free(context);
}

static void drawings_have_every_layer(void **state) {
    (void)state;
    every_layer_is_named("vgg16.keras");
    every_layer_is_named("inception_v3.keras");
    every_layer_is_named("mobilenet_v3_small.keras");
}

static void a_box_holds_convolution_normalisation_and_activation(void **state) {
    (void)state;
    char *dot = drawn("mobilenet_v2.keras", "dot", false);
    assert_non_null(strstr(dot, "Conv1\\nconv2d 3\xC3\x97"
                                "3 /2 \xC2\xB7 batchnorm \xC2\xB7 relu6\\n"));
    assert_non_null(strstr(dot, "32 \xC3\x97 112 \xC3\x97 112,  992 parameters"));
    assert_non_null(strstr(dot, "depthwise conv2d"));
    assert_null(strstr(dot, "boundary"));
    assert_memory_equal(dot, "digraph", 7);
    graft_release(dot);
    dot = drawn("vgg16.keras", "dot", false);
    assert_non_null(strstr(dot, "label=\"block1_conv1\\n"));
    graft_release(dot);
}

/* ---- trained models ---- */

static const char trained[] =
    "{\"name\":\"net\",\"parameters\":1,\"multiply_adds\":1,\"layers\":["
    "{\"name\":\"in\",\"op\":\"input\",\"output\":[3,8,8],\"inputs\":[]},"
    "{\"name\":\"a\",\"op\":\"conv2d\",\"output\":[3,8,8],\"inputs\":[\"in\"],\"parameters\":5},"
    "{\"name\":\"b\",\"op\":\"batchnorm\",\"output\":[3,8,8],\"inputs\":[\"a\"],\"parameters\":5},"
    "{\"name\":\"c\",\"op\":\"conv2d\",\"output\":[3,8,8],\"inputs\":[\"b\"],\"parameters\":5}],"
    "\"classes\":2,\"cut\":{\"layer\":\"c\",\"pool\":\"avg\",\"width\":3},\"head\":\"%s\",\"learned\":%s}";

static char *dot_of(const char *json) {
    graft_json *description;
    graft_plot plot;
    char *dot;
    assert_ok(graft_json_parse(json, strlen(json), "test", &description));
    assert_ok(graft_plot_make(&plot, description, false));
    assert_ok(graft_plot_dot(&plot, &dot, NULL));
    graft_plot_clear(&plot);
    graft_json_free(description);
    return dot;
}

static void what_learned_is_marked(void **state) {
    (void)state;
    char json[2048];
    snprintf(json, sizeof json, trained, "network", "{\"from\":\"c\",\"boundary\":\"b\"}");
    char *dot = dot_of(json);
    assert_int_equal(count_of(dot, "penwidth=2.2"), 1);
    assert_non_null(strstr(dot, "n1 -> n2 [style=dashed"));
    assert_null(strstr(dot, "head ["));
    graft_release(dot);
    /* The boundary runs through what would be one box. */
    snprintf(json, sizeof json, trained, "network", "{\"from\":\"b\",\"boundary\":\"a\"}");
    dot = dot_of(json);
    assert_int_equal(count_of(dot, "penwidth=2.2"), 2);
    assert_non_null(strstr(dot, "n1 -> n2 [style=dashed"));
    graft_release(dot);
}

static void a_head_on_frozen_features_is_drawn(void **state) {
    (void)state;
    char json[2048];
    snprintf(json, sizeof json, trained, "logistic", "null");
    char *dot = dot_of(json);
    assert_non_null(strstr(dot, "n2 -> head [style=dashed"));
    assert_non_null(strstr(dot, "avg pooling"));
    assert_non_null(strstr(dot, "3 features, 2 classes"));
    graft_release(dot);
}

/* ---- names from outside ---- */

static void hostile_names_are_escaped(void **state) {
    (void)state;
    static const char *const names[] = {"</B><script>alert(1)</script>",
                                        "a\" URL=\"javascript:x",
                                        "back\\\\slash\\\\N\\\\",
                                        "]]>&amp;&bogus;",
                                        "new\\nline\\u0001",
                                        "\xC3\xA9\xE6\xBC\xA2",
                                        ""};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char json[2048], escaped[256], *svg, *to = escaped;
        size_t length;
        for (const char *c = names[i]; *c; *to++ = *c++)
            if (*c == '"') *to++ = '\\';
        *to = '\0';
        snprintf(json, sizeof json,
                 "{\"name\":\"%s\",\"layers\":[{\"name\":\"%s\",\"op\":\"input\",\"output\":[3,8,8],\"inputs\":[]},"
                 "{\"name\":\"second\",\"op\":\"dense\",\"output\":[5],\"inputs\":[\"%s\"]}]}",
                 escaped, escaped, escaped);
        char *dot = dot_of(json);
        assert_ok(graft_plot_render(dot, "svg", &svg, &length));
        assert_int_equal(strlen(svg), length);
        check_xml(svg);
        assert_null(strstr(svg, "<script"));
        assert_null(strstr(svg, "href"));
        assert_int_equal(count_of(svg, "class=\"node\""), 2);
        graft_release(dot);
        graft_release(svg);
    }
}

static void long_names_are_cut(void **state) {
    (void)state;
    char json[4096], name[1000];
    memset(name, 'x', sizeof name);
    name[sizeof name - 1] = '\0';
    snprintf(json, sizeof json, "{\"layers\":[{\"name\":\"%s\",\"op\":\"input\",\"output\":[3,8,8],\"inputs\":[]}]}",
             name);
    char *dot = dot_of(json);
    const char *label = strstr(dot, "label=\"\xE2\x80\xA6xxx");
    assert_non_null(label);
    assert_null(strstr(label, name));
    graft_release(dot);
}

/* ---- what cannot be ---- */

static void what_cannot_be_written_is_said(void **state) {
    (void)state;
    graft_context *context = test_context(1);
    assert_fails(GRAFT_E_USAGE, ".svg or .dot", graft_plot_write(context, "vgg16.keras", "plot.bmp", NULL));
    assert_fails(GRAFT_E_USAGE, ".svg or .dot", graft_plot_write(context, "vgg16.keras", "folder.svg/plot", NULL));
    assert_fails(GRAFT_E_DATA, "no-such-folder",
                 graft_plot_write(context, "vgg16.keras", "no-such-folder/plot.svg", NULL));
    assert_fails(GRAFT_E_DATA, "missing.h5", graft_plot_write(context, "missing.h5", "plot.svg", NULL));
    graft_context_free(context);
}

static void an_unknown_format_is_refused(void **state) {
    (void)state;
    char *out;
    size_t length;
    assert_fails(GRAFT_E_USAGE, "does not draw .png", graft_plot_render("digraph x {}", "png", &out, &length));
    assert_fails(GRAFT_E_INTERNAL, "cannot read", graft_plot_render("digraph {{{", "svg", &out, &length));
}

static void *draw_again(void *argument) {
    (void)argument;
    for (int i = 0; i < 5; i++) {
        char *svg;
        size_t length;
        if (graft_plot_render("digraph x { a -> b -> c; a -> c }", "svg", &svg, &length) != GRAFT_OK) return argument;
        graft_release(svg);
    }
    return NULL;
}

static void threads_draw_one_after_the_other(void **state) {
    (void)state;
    pthread_t threads[4];
    char failure = 0;
    void *failed;
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, draw_again, &failure), 0);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
}

static graft_status boxes(void *argument) {
    graft_plot plot = {0};
    char *dot = NULL;
    graft_status status = graft_plot_make(&plot, argument, false);
    if (status == GRAFT_OK) status = graft_plot_dot(&plot, &dot, NULL);
    graft_release(dot);
    graft_plot_clear(&plot);
    return status;
}

static void memory_may_fail(void **state) {
    (void)state;
    graft_json *description;
    char json[2048];
    snprintf(json, sizeof json, trained, "logistic", "null");
    assert_ok(graft_json_parse(json, strlen(json), "test", &description));
    test_failing_allocations(boxes, description);
    graft_json_free(description);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drawings_have_every_layer),
        cmocka_unit_test(a_box_holds_convolution_normalisation_and_activation),
        cmocka_unit_test(what_learned_is_marked),
        cmocka_unit_test(a_head_on_frozen_features_is_drawn),
        cmocka_unit_test(hostile_names_are_escaped),
        cmocka_unit_test(long_names_are_cut),
        cmocka_unit_test(what_cannot_be_written_is_said),
        cmocka_unit_test(an_unknown_format_is_refused),
        cmocka_unit_test(threads_draw_one_after_the_other),
        cmocka_unit_test(memory_may_fail),
    };
    return cmocka_run_group_tests_name("report/plot", tests, NULL, NULL);
}
