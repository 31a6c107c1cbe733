/* Explanations of every saved model. */
#include "support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "support/tiny-fixture.h"
#include "transfer/head.h"
#include <graft/explain.h>

#include <string.h>

enum { EACH = 12 };

static int setup(void **state) {
    tiny_fixture *f = *state = tiny_fixture_new(sizeof(*f), EACH);
    tiny_fixture_open(f, 2);
    return 0;
}

static int teardown(void **state) {
    tiny_fixture_free(*state);
    return 0;
}

static graft_status explain(const tiny_fixture *f, const char *path, const graft_explain_options *options,
                            graft_explanation **out) {
    graft_model *model;
    char *picture = graft_path_join(f->pictures, "berry/03.jpg");
    assert_ok(graft_model_open(&model, f->context, path, NULL, NULL));
    graft_status status = graft_explain(out, f->context, model, picture, options);
    graft_model_free(model);
    graft_release(picture);
    return status;
}

/* A model with this head; the network's own head is that of the network as it came. */
static char *model_with(tiny_fixture *f, const graft_head *head) {
    graft_train_options options = GRAFT_TRAIN_OPTIONS_INIT;
    options.head = head->name;
    return head->fit ? tiny_train_model(f, &options, "model.graft") : graft_text_copy(f->network);
}

static void behaviour_28_every_head_is_explained(void **state) {
    tiny_fixture *f = *state;
    size_t count = 0;
    for (const graft_head *head; (head = graft_head_at(count)) != NULL; count++) {
        char *path = model_with(f, head);
        graft_explanation *found;
        if (explain(f, path, NULL, &found) != GRAFT_OK) fail_msg("head %s: %s", head->name, graft_error_text());
        const bool gradient = head == &graft_head_logistic || head == &graft_head_network;
        assert_int_equal(found->method, gradient ? GRAFT_EXPLAIN_GRADCAM : GRAFT_EXPLAIN_OCCLUSION);
        assert_true(gradient == (found->layer != NULL));
        assert_true(gradient == (found->reason == NULL));
        if (!gradient) assert_non_null(strstr(found->reason, head->name));
        assert_true(found->rows * found->columns > 1);
        graft_explanation_free(found);
        graft_release(path);
    }
    assert_true(count >= 4);
}

static void what_was_asked_for_is_taken(void **state) {
    tiny_fixture *f = *state;
    char *path = model_with(f, &graft_head_knn);
    graft_explain_options options = GRAFT_EXPLAIN_OPTIONS_INIT;
    graft_explanation *found;
    options.method = GRAFT_EXPLAIN_GRADCAM;
    assert_fails(GRAFT_E_USAGE, "--method occlusion", explain(f, path, &options, &found));
    options.method = GRAFT_EXPLAIN_AUTO;
    options.layer = "conv1";
    assert_fails(GRAFT_E_USAGE, "no gradient", explain(f, path, &options, &found));
    options.window = 4;
    assert_fails(GRAFT_E_USAGE, "looks at no layer", explain(f, path, &options, &found));
    options.layer = NULL;
    assert_ok(explain(f, f->network, &options, &found));
    assert_int_equal(found->method, GRAFT_EXPLAIN_OCCLUSION);
    assert_null(found->reason);
    graft_explanation_free(found);
    options.method = GRAFT_EXPLAIN_GRADCAM;
    assert_fails(GRAFT_E_USAGE, "covers nothing", explain(f, f->network, &options, &found));
    options.method = 7;
    assert_fails(GRAFT_E_USAGE, "auto|gradcam|occlusion", explain(f, f->network, &options, &found));
    graft_release(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(behaviour_28_every_head_is_explained),
        cmocka_unit_test(what_was_asked_for_is_taken),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
