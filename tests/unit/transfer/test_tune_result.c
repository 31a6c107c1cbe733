/* What fine-tuning came to: how the trained network is measured, and what its file carries. */
#include "support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "support/tiny.h"
#include "transfer/run-internal.h"
#include <graft/train.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const classes[] = {"apple", "berry", "cherry"};

typedef struct fixture {
    char *folder, *pictures;
    graft_context *context;
    graft_backbone *backbone;
    size_t computed; /* pictures that went through a part of the network from their pixels on */
} fixture;

static void remember(void *user, graft_log_level level, const char *text) {
    fixture *f = user;
    size_t count;
    (void)level;
    if (sscanf(text, "features: %zu computed", &count) == 1) f->computed += count;
}

static int setup(void **state) {
    fixture *f = calloc(1, sizeof(*f));
    graft_context_options options = GRAFT_CONTEXT_OPTIONS_INIT;
    f->folder = test_folder();
    f->pictures = graft_path_join(f->folder, "pictures");
    char *cache = graft_path_join(f->folder, "cache"), *network = graft_path_join(f->folder, "tiny.graft");
    options.threads = 2;
    options.cache_dir = cache;
    options.log = remember;
    options.user = f;
    tiny_pictures(f->pictures, classes, 3, 0, 20);
    assert_ok(graft_context_new(&f->context, &options));
    tiny_network(f->context, network, 16, 5, 1);
    assert_ok(graft_backbone_open(&f->backbone, f->context, network, NULL));
    graft_release(cache);
    graft_release(network);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    fixture *f = *state;
    graft_backbone_free(f->backbone);
    graft_context_free(f->context);
    graft_release(f->pictures);
    test_folder_remove(f->folder);
    free(f);
    return 0;
}

static graft_train_options defaults(void) {
    graft_train_options options = GRAFT_TRAIN_OPTIONS_INIT;
    options.tune.fine_tune = "last:1";
    options.tune.epochs = 4;
    options.tune.batch = 8;
    options.tune.lr = 3e-3;
    return options;
}

typedef struct trained {
    graft_dataset *data;
    graft_run *run;
} trained;

static trained train(fixture *f, const graft_train_options *options) {
    trained out;
    f->computed = 0;
    assert_ok(graft_dataset_open(&out.data, f->context, f->pictures, NULL));
    assert_ok(graft_train(&out.run, f->context, out.data, f->backbone, options));
    return out;
}

static void release(trained t) {
    graft_run_free(t.run);
    graft_dataset_free(t.data);
}

static const char *decision(const graft_run *run, const char *what) {
    for (size_t i = 0; i < graft_run_decision_count(run); i++)
        if (strcmp(graft_run_decision(run, i)->what, what) == 0) return graft_run_decision(run, i)->choice;
    return NULL;
}

/* The boundary of each picture is cached: what follows it is all that runs. The pictures that are held back go the way
 * that evaluate takes, whose answers they must equal. */
static void training_pictures_are_measured_from_their_boundary(void **state) {
    fixture *f = *state;
    graft_train_options options = defaults();
    trained t = train(f, &options);
    const size_t taught = graft_predictions_count(graft_run_predictions(t.run, GRAFT_SPLIT_TRAIN));
    const size_t validation = graft_predictions_count(graft_run_predictions(t.run, GRAFT_SPLIT_VALIDATION));
    /* At the candidate layers, at the boundary, and the held back ones at the end. */
    assert_int_equal(f->computed, 2 * (taught + validation) + validation);
    release(t);
    options.tune.fine_tune = "all";
    t = train(f, &options);
    assert_int_equal(f->computed, taught + validation); /* nothing was frozen, and the rest is remembered */
    release(t);
}

static const float *row_of(const graft_predictions *predictions, size_t sample) {
    for (size_t i = 0; i < graft_predictions_count(predictions); i++)
        if (graft_predictions_sample(predictions, i) == sample) return graft_predictions_row(predictions, i);
    return NULL;
}

static void assert_measured_alike(fixture *f, const graft_run *run) {
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
    fixture *f = *state;
    static const char *const heads[] = {"gap dropout:0.2 dense", "gap dense:8:relu dense", "flatten dense"};
    graft_train_options options = defaults();
    for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++) {
        options.head = heads[i];
        options.tune.fine_tune = NULL; /* so that it is kept whatever it reached */
        trained t = train(f, &options);
        assert_string_equal(graft_run_model(t.run)->head->name, "network");
        assert_measured_alike(f, t.run);
        release(t);
    }
    options = defaults();
    options.layer = "pool";
    options.tune.lr = 1e-3;
    trained t = train(f, &options);
    assert_string_equal(decision(t.run, "kept"), "fine-tuned");
    assert_measured_alike(f, t.run);
    release(t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(training_pictures_are_measured_from_their_boundary, setup, teardown),
        cmocka_unit_test_setup_teardown(a_trained_network_carries_its_neighbours, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
