/* What a run's page and its text say of the accuracy: what the figure is worth, and beside what it stands. */
#include "support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "support/tiny-fixture.h"
#include "transfer/run-internal.h"
#include <graft/report.h>

#include <string.h>

typedef struct fixture {
    tiny_fixture tiny;
    char *path, *page, *text;
} fixture;

static int setup(void **state) {
    fixture *f = *state = tiny_fixture_new(sizeof(*f), 14);
    tiny_fixture_open(&f->tiny, 2);
    f->path = graft_path_join(f->tiny.folder, "report.html");
    return 0;
}

static void forget(fixture *f) {
    graft_release(f->page);
    graft_text_free(f->text);
    f->page = f->text = NULL;
}

static int teardown(void **state) {
    fixture *f = *state;
    forget(f);
    graft_release(f->path);
    tiny_fixture_free(&f->tiny);
    return 0;
}

static tiny_run train(fixture *f, const graft_train_options *options, double test) {
    tiny_run out;
    graft_data_options data = GRAFT_DATA_OPTIONS_INIT;
    data.test = test;
    assert_ok(graft_dataset_open(&out.data, f->tiny.context, f->tiny.pictures, &data));
    assert_ok(graft_train(&out.run, f->tiny.context, out.data, f->tiny.backbone, options));
    return out;
}

/* The verdict's paragraph; the run's text is at f->text. */
static const char *verdict_of(fixture *f, const graft_run *run) {
    size_t length;
    forget(f);
    assert_ok(graft_run_text(run, &f->text));
    assert_ok(graft_report_write(f->tiny.context, run, f->path));
    assert_ok(graft_file_read(f->path, (size_t)1 << 24, &f->page, &length));
    char *begin = strstr(f->page, "<p class=\"verdict"), *end = begin ? strstr(begin, "</p>") : NULL;
    assert_non_null(end);
    *end = '\0';
    return begin;
}

static void frozen_features_let_validation_choose_nothing(void **state) {
    fixture *f = *state;
    tiny_run t = train(f, NULL, 0);
    assert_int_equal(graft_run_validation_chose(t.run), 0);
    const char *verdict = verdict_of(f, t.run);
    assert_non_null(strstr(verdict, "verdict good\""));
    assert_non_null(strstr(verdict, "validation pictures, which training never saw, are labelled right"));
    assert_null(strstr(verdict, "also chose"));
    assert_null(strstr(f->text, "also chose"));
    tiny_run_free(t);
}

static void pictures_that_also_chose_are_said(void **state) {
    fixture *f = *state;
    graft_train_options options = tiny_tune_options();
    tiny_run t = train(f, &options, 0);
    const int chose = strcmp(tiny_decision(t.run, "kept"), "fine-tuned") == 0 ? GRAFT_CHOSE_MODEL | GRAFT_CHOSE_EPOCH
                                                                              : GRAFT_CHOSE_MODEL;
    assert_int_equal(graft_run_validation_chose(t.run), chose);
    t.run->validation_chose = GRAFT_CHOSE_MODEL | GRAFT_CHOSE_EPOCH;
    const char *verdict = verdict_of(f, t.run);
    assert_non_null(strstr(verdict, "verdict warn\""));
    assert_null(strstr(verdict, "never saw"));
    assert_non_null(strstr(verdict, " These pictures also chose the epoch and the model, so that"));
    assert_non_null(strstr(verdict, "--test 0.2 measures it"));
    assert_non_null(strstr(f->text, "\nnote      these pictures also chose the epoch and the model, so that"));
    t.run->validation_chose = GRAFT_CHOSE_MODEL;
    assert_non_null(strstr(verdict_of(f, t.run), "also chose the model, so that"));
    tiny_run_free(t);
}

/* A head of layers is kept whatever the regression reached, and training's own loss chooses the epoch. */
static void nothing_is_said_where_nothing_was_asked(void **state) {
    fixture *f = *state;
    graft_train_options options = tiny_tune_options();
    options.tune.fine_tune = NULL;
    options.head = "gap dense";
    tiny_run t = train(f, &options, 0);
    assert_int_equal(graft_run_validation_chose(t.run), GRAFT_CHOSE_EPOCH);
    tiny_run_free(t);
    options.tune.monitor = 3; /* loss */
    t = train(f, &options, 0);
    assert_true(graft_run_phase_count(t.run) > 0);
    assert_int_equal(graft_run_validation_chose(t.run), 0);
    tiny_run_free(t);
}

static void a_test_part_measures_what_validation_chose(void **state) {
    fixture *f = *state;
    graft_train_options options = tiny_tune_options();
    tiny_run t = train(f, &options, 0.3);
    assert_true(graft_run_validation_chose(t.run) != 0);
    const char *verdict = verdict_of(f, t.run);
    assert_non_null(strstr(verdict, "test pictures, which training never saw, are labelled right"));
    assert_null(strstr(verdict, "also chose"));
    assert_null(strstr(f->text, "also chose"));
    tiny_run_free(t);
}

static void data_that_names_its_parts_needs_a_test_part(void **state) {
    fixture *f = *state;
    char *given = graft_path_join(f->tiny.folder, "given"), *train_part = graft_path_join(given, "train"),
         *held = graft_path_join(given, "validation");
    graft_train_options options = tiny_tune_options();
    graft_release(f->tiny.pictures);
    f->tiny.pictures = given;
    tiny_pictures(train_part, tiny_classes, TINY_CLASSES, 0, 10);
    tiny_pictures(held, tiny_classes, TINY_CLASSES, 10, 4);
    tiny_run t = train(f, &options, 0);
    const char *verdict = verdict_of(f, t.run);
    assert_non_null(strstr(verdict, "; a test part of the data measures it"));
    assert_null(strstr(verdict, "--test"));
    tiny_run_free(t);
    graft_release(train_part);
    graft_release(held);
}

/* Wilson's limits against what the largest class reaches. */
static void better_is_not_surely_better(void **state) {
    fixture *f = *state;
    tiny_run t = train(f, NULL, 0);
    graft_evaluation *figures = t.run->evaluations[GRAFT_SPLIT_VALIDATION];
    const struct {
        double accuracy, low;
        const char *tone, *words;
    } cases[] = {{0.75, 0.5625, "verdict good\"", ", 25 points more than always answering the largest class"},
                 {0.75, 0.5, "verdict warn\"", ": not surely better than always answering the largest class"},
                 {0.5, 0.25, "verdict bad\"", ": no better than always answering the largest class"},
                 {0.25, 0.125, "verdict bad\"", ": no better than always answering the largest class"}};
    figures->majority_baseline = 0.5;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        figures->accuracy = cases[i].accuracy;
        figures->interval95[0] = cases[i].low;
        const char *verdict = verdict_of(f, t.run);
        assert_non_null(strstr(verdict, cases[i].tone));
        assert_non_null(strstr(verdict, cases[i].words));
    }
    figures->accuracy = 0.75; /* what asks for care turns no red to amber, and no amber to green */
    t.run->validation_chose = GRAFT_CHOSE_MODEL;
    assert_non_null(strstr(verdict_of(f, t.run), "verdict warn\""));
    figures->accuracy = 0.5;
    assert_non_null(strstr(verdict_of(f, t.run), "verdict bad\""));
    tiny_run_free(t);
}

static void few_neighbours_are_said_to_be_few(void **state) {
    fixture *f = *state;
    tiny_run t = train(f, NULL, 0);
    graft_evaluation *figures = t.run->evaluations[GRAFT_SPLIT_VALIDATION];
    const size_t trained = graft_run_evaluation(t.run, GRAFT_SPLIT_TRAIN)->n;
    assert_int_equal(figures->knn_rows, trained);
    figures->knn_baseline = figures->accuracy / 2;
    assert_null(strstr(verdict_of(f, t.run), "of the training pictures"));
    assert_null(strstr(f->text, "of the training pictures"));
    figures->knn_rows = 10;
    assert_non_null(strstr(verdict_of(f, t.run), "than nearest neighbours among 10 of the training pictures."));
    assert_non_null(strstr(f->text, " among 10 of the training pictures\n"));
    tiny_run_free(t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(frozen_features_let_validation_choose_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(pictures_that_also_chose_are_said, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_is_said_where_nothing_was_asked, setup, teardown),
        cmocka_unit_test_setup_teardown(a_test_part_measures_what_validation_chose, setup, teardown),
        cmocka_unit_test_setup_teardown(data_that_names_its_parts_needs_a_test_part, setup, teardown),
        cmocka_unit_test_setup_teardown(few_neighbours_are_said_to_be_few, setup, teardown),
        cmocka_unit_test_setup_teardown(better_is_not_surely_better, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
