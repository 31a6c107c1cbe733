/* What fine-tuning came to: how the trained network is measured, and what its file carries. */
#include "support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "support/tiny-fixture.h"
#include "transfer/run-internal.h"
#include <graft/train.h>

#include <stdio.h>
#include <string.h>

static int setup(void **state) {
    tiny_fixture *f = *state = tiny_fixture_new(sizeof(*f), 20);
    graft_context_options options = GRAFT_CONTEXT_OPTIONS_INIT;
    options.threads = 2;
    options.cache_dir = f->cache;
    tiny_fixture_open_with(f, options);
    return 0;
}

static int teardown(void **state) {
    tiny_fixture_free(*state);
    return 0;
}

/* Pictures that went through a part of the network from their pixels on since the context was opened. */
static size_t computed(const tiny_fixture *f) {
    static const char words[] = "features: ";
    size_t sum = 0, count;
    for (const char *at = strstr(f->log.text, words); at; at = strstr(at + 1, words))
        if (sscanf(at, "features: %zu computed", &count) == 1) sum += count;
    return sum;
}

/* The boundary of each picture is cached: what follows it is all that runs. The pictures that are held back go the way
 * that evaluate takes, whose answers they must equal. */
static void training_pictures_are_measured_from_their_boundary(void **state) {
    tiny_fixture *f = *state;
    graft_train_options options = tiny_tune_options();
    tiny_run t = tiny_train(f, &options);
    const size_t taught = graft_predictions_count(graft_run_predictions(t.run, GRAFT_SPLIT_TRAIN));
    const size_t validation = graft_predictions_count(graft_run_predictions(t.run, GRAFT_SPLIT_VALIDATION));
    /* At the candidate layers, at the boundary, and the held back ones at the end. */
    assert_int_equal(computed(f), 2 * (taught + validation) + validation);
    tiny_run_free(t);
    options.tune.fine_tune = "all";
    f->log.text[0] = '\0';
    t = tiny_train(f, &options);
    assert_int_equal(computed(f), taught + validation); /* nothing was frozen, and the rest is remembered */
    tiny_run_free(t);
}

static const float *row_of(const graft_predictions *predictions, size_t sample) {
    for (size_t i = 0; i < graft_predictions_count(predictions); i++)
        if (graft_predictions_sample(predictions, i) == sample) return graft_predictions_row(predictions, i);
    return NULL;
}

static void assert_measured_alike(tiny_fixture *f, const graft_run *run) {
    char *path = graft_path_join(f->folder, "measured.graft");
    graft_model *model;
    graft_dataset *data;
    graft_predictions *again;
    graft_evaluation *evaluation;
    assert_ok(graft_model_save(graft_run_model(run), path));
    assert_ok(graft_model_open(&model, f->context, path, NULL, NULL));
    assert_ok(graft_dataset_open(&data, f->context, f->pictures, NULL));
    assert_ok(graft_model_predict(&again, model, data));
    assert_ok(graft_evaluate(&evaluation, again));
    assert_true(evaluation->knn_baseline > 0.5 && evaluation->knn_baseline <= 1);
    assert_true(graft_run_evaluation(run, GRAFT_SPLIT_VALIDATION)->knn_baseline > 0);
    for (size_t i = 0; i < graft_predictions_count(again); i++) {
        const size_t sample = graft_predictions_sample(again, i);
        const float *row = graft_predictions_row(again, i);
        const float *held = row_of(graft_run_predictions(run, GRAFT_SPLIT_VALIDATION), sample);
        const float *taught = row_of(graft_run_predictions(run, GRAFT_SPLIT_TRAIN), sample);
        assert_true((held != NULL) != (taught != NULL));
        if (held) assert_memory_equal(held, row, 3 * sizeof(*row));
        for (size_t c = 0; taught && c < 3; c++)
            assert_float_equal(taught[c], row[c], 2e-3); /* boundaries are rounded to binary16 */
    }
    graft_evaluation_free(evaluation);
    graft_predictions_free(again);
    graft_dataset_free(data);
    graft_model_free(model);
    graft_release(path);
}

static void a_trained_network_carries_its_neighbours(void **state) {
    tiny_fixture *f = *state;
    static const char *const heads[] = {"gap dropout:0.2 dense", "gap dense:8:relu dense", "flatten dense"};
    graft_train_options options = tiny_tune_options();
    for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++) {
        options.head = heads[i];
        options.tune.fine_tune = NULL; /* so that it is kept whatever it reached */
        tiny_run t = tiny_train(f, &options);
        assert_string_equal(graft_run_model(t.run)->head->name, "network");
        assert_measured_alike(f, t.run);
        tiny_run_free(t);
    }
    options = tiny_tune_options();
    options.layer = "pool";
    options.tune.lr = 1e-3;
    tiny_run t = tiny_train(f, &options);
    assert_string_equal(tiny_decision(t.run, "kept"), "fine-tuned");
    assert_measured_alike(f, t.run);
    tiny_run_free(t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(training_pictures_are_measured_from_their_boundary, setup, teardown),
        cmocka_unit_test_setup_teardown(a_trained_network_carries_its_neighbours, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
