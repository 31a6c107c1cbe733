/* What is to be trained, decided by the size of the data, its likeness to the pretraining's, and the time. */
#include "support/support.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/file.h"
#include "support/tiny.h"
#include "transfer/tune-internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CLASSES = 4 };

/* A run whose frozen features were measured, as far as the decision looks at it. */
typedef struct fixture {
    graft_context *context;
    graft_run *run;
    graft_model model;
    graft_evaluation frozen;
    graft_tuning tuning;
    double rate;        /* pictures a second of the features' pass */
    const char *folder; /* of the run; NULL: none */
    bool resume, wanted;
    int from;
} fixture;

static int setup(void **state) {
    fixture *f = calloc(1, sizeof(*f));
    graft_graph *graph = tiny_graph(32, 5, 1);
    f->context = test_context(1);
    f->model.class_count = CLASSES;
    f->frozen = (graft_evaluation){.accuracy = 0.5, .majority_baseline = 0.25, .knn_baseline = 0.4};
    assert_ok(graft_tune_network_new(graph, graft_graph_find(graph, "pool"), NULL, CLASSES, 0, &f->tuning.network));
    f->tuning.epochs = 8;
    graft_graph_free(graph);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    fixture *f = *state;
    graft_tune_network_clear(&f->tuning.network);
    graft_context_free(f->context);
    free(f);
    return 0;
}

static void forget(fixture *f) {
    if (!f->run) return;
    f->run->model = NULL;
    f->run->evaluations[GRAFT_SPLIT_VALIDATION] = NULL;
    graft_run_free(f->run);
    f->run = NULL;
}

static graft_status try_advise(fixture *f, size_t each, const char *fine_tune, const char *time) {
    forget(f);
    f->run = graft_allocate_zero(1, sizeof(*f->run));
    f->run->context = f->context;
    f->run->model = &f->model;
    f->run->timing.images_per_second = f->rate;
    f->run->evaluations[GRAFT_SPLIT_VALIDATION] = &f->frozen;
    f->run->options = (graft_train_options)GRAFT_TRAIN_OPTIONS_INIT;
    f->run->options.tune.fine_tune = fine_tune;
    f->run->options.tune.time = time;
    f->run->options.tune.folder = f->folder;
    f->run->options.tune.resume = f->resume;
    f->tuning.context = f->context;
    f->tuning.options = &f->run->options.tune;
    f->tuning.train_count = each * CLASSES;
    return graft_tune_advise(f->run, &f->tuning, &f->wanted, &f->from);
}

static const graft_decision *advise(fixture *f, size_t each, const char *fine_tune, const char *time) {
    assert_ok(try_advise(f, each, fine_tune, time));
    assert_int_equal(graft_run_decision_count(f->run), 1);
    return graft_run_decision(f->run, 0);
}

static void the_plan_goes_by_size_and_likeness(void **state) {
    fixture *f = *state;
    const struct {
        size_t each;
        double accuracy;
        const char *choice, *reason;
    } rows[] = {
        {19, 0.5, "none", "19 pictures a class are too few"},
        {20, 0.5, "stage:1", "unlike what the network knows"},
        {20, 0.9, "none", "like what the network knows"},
        {99, 0.9, "none", "87 % of the way"},
        {100, 0.9, "stage:1", "k-NN 0.40"},
        {100, 0.5, "stage:2", "100 pictures a class"},
        {4999, 0.5, "stage:2", "33 % of the way"},
        {5000, 0.5, "all", "unlike what the network knows"},
        {5000, 0.9, "stage:1", "like what the network knows"},
        {5000, 0.995, "none", "reach 0.9950 already"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        f->frozen.accuracy = rows[i].accuracy;
        const graft_decision *found = advise(f, rows[i].each, "auto", NULL);
        assert_string_equal(found->what, "fine-tune");
        assert_string_equal(found->choice, rows[i].choice);
        if (!strstr(found->reason, rows[i].reason)) fail_msg("%s: %s", rows[i].reason, found->reason);
        assert_int_equal(f->wanted, strcmp(rows[i].choice, "none") != 0);
        assert_int_equal(f->wanted, f->from < f->tuning.network.head);
        /* A time alone asks for the same. */
        assert_string_equal(advise(f, rows[i].each, NULL, "1h")->choice, rows[i].choice);
    }
    forget(f);
}

static void where_one_class_is_all_there_is_nothing_to_win(void **state) {
    fixture *f = *state;
    f->frozen.accuracy = f->frozen.majority_baseline = 1; /* one class alone: no way to go */
    assert_string_equal(advise(f, 200, "auto", NULL)->choice, "none");
    forget(f);
}

/* Less time, less that learns, and no more epochs than fit. The clock moves by far less than a budget's steps. */
static void the_plan_goes_by_the_time(void **state) {
    fixture *f = *state;
    int least = 0, changes = 0;
    f->rate = 1e-3; /* pictures a second: 20,000 take 2e7 seconds a pass */
    for (double budget = 1e10; budget > 1e3; budget /= 1.25) {
        f->tuning.deadline = graft_now() + budget;
        f->tuning.epochs = 8;
        const graft_decision *found = advise(f, 5000, "auto", NULL);
        assert_true(f->from >= least);
        changes += f->from > least;
        least = f->from;
        if (f->wanted)
            assert_true(f->tuning.epochs >= 3 && f->tuning.epochs <= 8);
        else
            assert_non_null(strstr(found->reason, "does not hold three epochs"));
        if (budget > 9e9) assert_string_equal(found->choice, "all");
    }
    assert_true(changes >= 3);
    assert_false(f->wanted);
    f->rate = 0; /* all features were in the cache: nothing is known, and the fit's own clock decides */
    assert_string_equal(advise(f, 5000, "auto", NULL)->choice, "all");
    forget(f);
}

/* What was cached meanwhile says nothing of the machine's speed, and less time or more may be left. */
static void a_resumed_run_decides_what_it_did_before(void **state) {
    fixture *f = *state;
    char *folder = test_folder(), *path = graft_path_join(folder, "schedule.json");
    const double budgets[] = {2.7e8, 1e3}; /* for few layers and epochs, and for none */
    f->folder = folder;
    for (size_t i = 0; i < 2; i++) {
        f->rate = 1e-3;
        f->resume = false;
        f->tuning.epochs = 8;
        f->tuning.deadline = graft_now() + budgets[i];
        const graft_decision *found = advise(f, 5000, "auto", NULL);
        const uint32_t epochs = f->tuning.epochs;
        const int from = f->from;
        char *choice = graft_text_copy(found->choice), *reason = graft_text_copy(found->reason);
        assert_int_equal(f->wanted, i == 0);
        if (i == 0) assert_true(epochs < 8 && strcmp(found->choice, "all") != 0);
        f->rate = 0;
        f->resume = true;
        f->tuning.epochs = 8;
        f->tuning.deadline = graft_now() + 1e10;
        found = advise(f, 5000, "auto", NULL);
        assert_string_equal(found->choice, choice);
        assert_string_equal(found->reason, reason);
        assert_int_equal(f->tuning.epochs, epochs);
        assert_int_equal(f->from, from);
        graft_release(choice);
        graft_release(reason);
    }
    f->tuning.epochs = 9;
    assert_fails(GRAFT_E_DATA, "other data, options or network", try_advise(f, 5000, "auto", NULL));
    const char *const bad[] = {"{\"fine_tune\": \"all\", \"epochs\": 10, \"of\": 9}",
                               "{\"fine_tune\": \"conv9\", \"epochs\": 3, \"of\": 9}",
                               "{\"fine_tune\": \"all\", \"epochs\": 0, \"of\": 9}", "[", ""};
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        assert_ok(graft_file_write(path, bad[i], strlen(bad[i])));
        assert_fails(GRAFT_E_DATA, "schedule.json", try_advise(f, 5000, "auto", NULL));
    }
    assert_int_equal(unlink(path), 0); /* killed before it chose */
    assert_string_equal(advise(f, 5000, "auto", NULL)->choice, "all");
    forget(f);
    graft_release(path);
    test_folder_remove(folder);
}

static void what_is_asked_for_is_done(void **state) {
    fixture *f = *state;
    const graft_decision *found = advise(f, 5, "last:1", "1s");
    assert_string_equal(found->choice, "last:1");
    assert_string_equal(found->reason, "as asked for");
    assert_true(f->wanted);
    found = advise(f, 5000, "none", NULL);
    assert_string_equal(found->choice, "none");
    assert_false(f->wanted);
    forget(f);
}

static void not_asked_for_it_is_a_hint(void **state) {
    fixture *f = *state;
    const graft_decision *found = advise(f, 100, NULL, NULL);
    assert_string_equal(found->choice, "none");
    assert_non_null(strstr(found->reason, "not asked for; stage:2 would be worth a try"));
    assert_false(f->wanted);
    assert_non_null(strstr(advise(f, 5, NULL, NULL)->reason, "too few"));
    forget(f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_plan_goes_by_size_and_likeness, setup, teardown),
        cmocka_unit_test_setup_teardown(where_one_class_is_all_there_is_nothing_to_win, setup, teardown),
        cmocka_unit_test_setup_teardown(the_plan_goes_by_the_time, setup, teardown),
        cmocka_unit_test_setup_teardown(a_resumed_run_decides_what_it_did_before, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_asked_for_is_done, setup, teardown),
        cmocka_unit_test_setup_teardown(not_asked_for_it_is_a_hint, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
