/* Advice: it says what training does, and its plan makes training do it. */
#include "support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "support/tiny-fixture.h"
#include "transfer/rule.h"
#include <graft/advise.h>
#include <graft/precision.h>
#include <graft/report.h>

#include <math.h>
#include <string.h>

enum { EACH = 30 };

static int setup(void **state) {
    tiny_fixture *f = *state = tiny_fixture_new(sizeof(*f), EACH);
    tiny_fixture_open(f, 2);
    return 0;
}

static int teardown(void **state) {
    tiny_fixture_free(*state);
    return 0;
}

static void the_rule_fills_the_matrix(void **state) {
    (void)state;
    static const struct {
        size_t each;
        bool measured;
        double accuracy;
        graft_advice_size size;
        graft_advice_likeness likeness;
        const char *choice;
    } rows[] = {
        {19, true, 0.5, GRAFT_ADVICE_SMALL, GRAFT_ADVICE_DIFFERENT, "none"},
        {20, true, 0.5, GRAFT_ADVICE_SMALL, GRAFT_ADVICE_DIFFERENT, "stage:1"},
        {99, true, 0.9, GRAFT_ADVICE_SMALL, GRAFT_ADVICE_SIMILAR, "none"},
        {100, true, 0.9, GRAFT_ADVICE_MEDIUM, GRAFT_ADVICE_SIMILAR, "stage:1"},
        {4999, true, 0.5, GRAFT_ADVICE_MEDIUM, GRAFT_ADVICE_DIFFERENT, "stage:2"},
        {5000, true, 0.9, GRAFT_ADVICE_LARGE, GRAFT_ADVICE_SIMILAR, "stage:1"},
        {5000, true, 0.5, GRAFT_ADVICE_LARGE, GRAFT_ADVICE_DIFFERENT, "all"},
        {5000, true, 0.995, GRAFT_ADVICE_LARGE, GRAFT_ADVICE_SIMILAR, "none"},
        {200, false, 0, GRAFT_ADVICE_MEDIUM, GRAFT_ADVICE_UNKNOWN, "stage:2"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        graft_rule found;
        graft_rule_apply(&(graft_rule_facts){.count = 4 * rows[i].each,
                                             .classes = 4,
                                             .measured = rows[i].measured,
                                             .accuracy = rows[i].accuracy,
                                             .majority = 0.25},
                         &found);
        assert_int_equal(found.size, rows[i].size);
        assert_int_equal(found.likeness, rows[i].likeness);
        assert_string_equal(found.choice, rows[i].choice);
        assert_null(strstr(found.reason, "nan"));
    }
}

static void it_says_what_training_does(void **state) {
    tiny_fixture *f = *state;
    graft_train_options options = GRAFT_TRAIN_OPTIONS_INIT;
    graft_advice *advice;
    graft_dataset *data;
    graft_run *run;
    options.folds = 3;
    options.tune.epochs = 1;
    assert_ok(graft_dataset_open(&data, f->context, f->pictures, NULL));
    assert_ok(graft_advise(&advice, f->context, data, f->backbone, &options));
    assert_true(advice->train > 0 && advice->smallest <= advice->largest && advice->classes == 3);
    assert_int_equal(advice->size, GRAFT_ADVICE_SMALL);
    assert_true(advice->accuracy >= 0 && advice->accuracy <= 1 && advice->images_per_second > 0);
    assert_true(advice->strategy < GRAFT_STRATEGY_COUNT);
    int chosen = 0;
    for (int i = 0; i < GRAFT_STRATEGY_COUNT; i++) {
        const graft_advice_strategy *one = &advice->strategies[i];
        chosen += one->chosen;
        assert_int_equal(one->chosen, i == (int)advice->strategy);
        if (!one->possible) continue;
        assert_true(one->layer && one->seconds > 0);
        assert_int_equal(one->epochs, i >= GRAFT_STRATEGY_STAGES ? 1 : 0);
        assert_int_equal(one->trainable > 0, i >= GRAFT_STRATEGY_STAGES);
    }
    assert_int_equal(chosen, 1);
    assert_true(advice->strategies[GRAFT_STRATEGY_ALL].trainable >
                advice->strategies[GRAFT_STRATEGY_STAGES].trainable - 1);
    options.tune.fine_tune = "auto";
    assert_ok(graft_train(&run, f->context, data, f->backbone, &options));
    for (size_t i = 0; i < graft_run_decision_count(advice->run); i++) {
        const graft_decision *said = graft_run_decision(advice->run, i), *done = graft_run_decision(run, i);
        assert_string_equal(said->what, done->what);
        assert_string_equal(said->choice, done->choice);
        assert_string_equal(said->reason, done->reason);
    }
    graft_run_free(run);
    graft_advice_free(advice);
    graft_dataset_free(data);
}

static void the_plan_can_be_followed(void **state) {
    tiny_fixture *f = *state;
    graft_train_options options = GRAFT_TRAIN_OPTIONS_INIT, read = GRAFT_TRAIN_OPTIONS_INIT;
    graft_precision_options precision = GRAFT_PRECISION_OPTIONS_INIT;
    const graft_plan_options_of tables[] = {{graft_train_option_table(), &read},
                                            {graft_tune_option_table(), &read.tune},
                                            {graft_precision_option_table(), &precision}};
    graft_advice *advice;
    graft_dataset *data;
    graft_plan_file *plan;
    char *json, *path = graft_path_join(f->folder, "plan.json");
    assert_ok(graft_options_defaults(tables[0].rows, &options)); /* what a plan says must be sayable */
    assert_ok(graft_options_defaults(tables[1].rows, &options.tune));
    options.folds = 3;
    options.tune.fine_tune = "stage:1";
    options.tune.epochs = 2;
    assert_ok(graft_dataset_open(&data, f->context, f->pictures, NULL));
    assert_ok(graft_advise(&advice, f->context, data, f->backbone, &options));
    assert_int_equal(advice->strategy, GRAFT_STRATEGY_STAGES);
    assert_string_equal(advice->reason, "as asked for");
    assert_ok(graft_advice_plan_json(advice, &json));
    assert_ok(graft_file_write(path, json, strlen(json)));
    assert_ok(graft_options_defaults(tables[0].rows, &read));
    assert_ok(graft_options_defaults(tables[1].rows, &read.tune));
    assert_ok(graft_plan_read(path, tables, 3, NULL, &plan));
    assert_string_equal(read.tune.fine_tune, "stage:1");
    assert_int_equal(read.tune.epochs, 2);
    assert_int_equal(read.folds, 3);
    assert_float_equal(read.tune.lr, advice->strategies[GRAFT_STRATEGY_STAGES].rate, 1e-12);
    assert_true(read.tune.lr > 0);
    graft_plan_file_free(plan);
    graft_text_free(json);
    graft_advice_free(advice);
    graft_dataset_free(data);
    graft_release(path);
}

static void without_a_network_it_measures_the_data(void **state) {
    tiny_fixture *f = *state;
    graft_advice *advice;
    graft_dataset *data;
    char *json;
    assert_ok(graft_dataset_open(&data, f->context, f->pictures, NULL));
    assert_ok(graft_advise(&advice, f->context, data, NULL, NULL));
    assert_int_equal(advice->strategy, GRAFT_STRATEGY_COUNT);
    assert_int_equal(advice->likeness, GRAFT_ADVICE_UNKNOWN);
    assert_true(advice->pixels > advice->majority && isnan(advice->accuracy) && !advice->run);
    assert_fails(GRAFT_E_USAGE, "--base", graft_advice_plan_json(advice, &json));
    assert_ok(graft_advice_json(advice, &json));
    assert_non_null(strstr(json, "\"strategy\":null"));
    graft_text_free(json);
    assert_ok(graft_advice_text(advice, &json));
    assert_non_null(strstr(json, "likeness    not known"));
    graft_text_free(json);
    graft_advice_free(advice);
    graft_dataset_free(data);
}

/* A model knows what it learned from: the same pictures are near, others far. */
static void a_model_tells_its_domain(void **state) {
    tiny_fixture *f = *state;
    static const char *const others[] = {"xenon", "yellow", "zebra"};
    graft_train_options options = GRAFT_TRAIN_OPTIONS_INIT;
    char *model = graft_path_join(f->folder, "trained.graft"), *other = graft_path_join(f->folder, "others"), *text;
    graft_backbone *backbone;
    graft_dataset *data;
    graft_advice *advice;
    graft_run *run;
    double near, far, alike;
    options.folds = 3;
    tiny_pictures(other, others, 3, 100, EACH);
    assert_ok(graft_dataset_open(&data, f->context, f->pictures, NULL));
    assert_ok(graft_train(&run, f->context, data, f->backbone, &options));
    assert_ok(graft_model_save(graft_run_model(run), model));
    graft_run_free(run);
    assert_ok(graft_backbone_open(&backbone, f->context, model, NULL));
    assert_ok(graft_advise(&advice, f->context, data, backbone, &options));
    near = advice->domain.mmd2;
    assert_true(isfinite(near) && near < advice->domain.null95);
    alike = advice->domain.cka;
    assert_true(alike > advice->domain.cka_null5 && alike <= 1);
    assert_int_equal(advice->domain.source, advice->train);
    graft_advice_free(advice);
    graft_dataset_free(data);
    assert_ok(graft_dataset_open(&data, f->context, other, NULL));
    assert_ok(graft_advise(&advice, f->context, data, backbone, &options));
    far = advice->domain.mmd2;
    assert_true(far > 2 * advice->domain.null95 && advice->domain.p_value < 0.01);
    assert_true(advice->domain.cka < alike && advice->domain.cka_p_value > 0);
    assert_ok(graft_advice_text(advice, &text));
    assert_non_null(strstr(text, "distance    MMD 0."));
    assert_non_null(strstr(text, "alignment   CKA 0."));
    graft_text_free(text);
    graft_advice_free(advice);
    graft_dataset_free(data);
    graft_backbone_free(backbone);
    graft_release(model);
    graft_release(other);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rule_fills_the_matrix),
        cmocka_unit_test_setup_teardown(it_says_what_training_does, setup, teardown),
        cmocka_unit_test_setup_teardown(the_plan_can_be_followed, setup, teardown),
        cmocka_unit_test_setup_teardown(without_a_network_it_measures_the_data, setup, teardown),
        cmocka_unit_test_setup_teardown(a_model_tells_its_domain, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
