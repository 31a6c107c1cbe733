/* Series from files to models and back: pretraining, features, heads, resumption, what is refused. */
#include "support/support.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "formats/npy.h"
#include "transfer/series-internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static char *folder;
static graft_context *context;

static const char *at(const char *name) {
    static char text[64][512];
    static int next;
    char *out = text[next++ % 64];
    snprintf(out, sizeof text[0], "%s/%s", folder, name);
    return out;
}

/* Rising or falling ramps with noise; lengths 20 to 20 + `spread`. */
static void write_part(const char *path, int count, int spread, uint32_t seed) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i < count; i++) {
        fprintf(file, "%d", i % 2 + 1);
        const int length = 20 + (spread > 0 ? i % (spread + 1) : 0);
        for (int t = 0; t < length + spread - (spread > 0 ? i % (spread + 1) : 0); t++) {
            seed = seed * 1664525U + 1013904223U;
            const double noise = (double)(seed >> 8) / 16777216.0 - 0.5, ramp = i % 2 ? 0.2 * t : -0.2 * t;
            if (t < length)
                fprintf(file, " %.4f", ramp + noise);
            else
                fprintf(file, " NaN");
        }
        fprintf(file, "\n");
    }
    fclose(file);
}

static const char *write_set(const char *name, int spread) {
    char path[600];
    assert_int_equal(mkdir(at(name), 0700), 0);
    snprintf(path, sizeof path, "%s/S_TRAIN.txt", at(name));
    write_part(path, 24, spread, 1);
    snprintf(path, sizeof path, "%s/S_TEST.txt", at(name));
    write_part(path, 16, spread, 2);
    return at(name);
}

static graft_series_options small_options(void) {
    graft_series_options options = GRAFT_SERIES_OPTIONS_INIT;
    options.units = 6;
    options.layers = 2;
    options.epochs = 3;
    options.batch = 8;
    options.rate = 0.01;
    return options;
}

static void test_pretrain_and_train(void **state) {
    (void)state;
    const char *even = write_set("even", 0);
    graft_series_options options = small_options();
    graft_series_result result, drawn;
    assert_ok(graft_series_pretrain(context, &even, 1, &options, at("e.graft"), &result));
    assert_int_equal(result.series, 40);
    assert_int_equal(result.features, 12);
    assert_int_equal(result.epochs, 3);
    if (!(result.loss < 1.2)) fail_msg("loss %g", result.loss);
    options.epochs = -1;
    assert_ok(graft_series_pretrain(context, &even, 1, &options, at("r.graft"), &drawn));
    assert_int_equal(drawn.epochs, 0);
    assert_false(test_files_equal(at("e.graft"), at("r.graft")));
    options = small_options();
    assert_ok(graft_series_train(context, even, at("e.graft"), &options, at("c.graft"), &result, NULL));
    assert_true(result.c > 0);
    assert_int_equal(result.tests, 16);
    if (!(result.accuracy >= 0.7)) fail_msg("accuracy %g", result.accuracy);
    const double accuracy = result.accuracy, loss = result.test_loss;
    assert_ok(graft_series_evaluate(context, at("c.graft"), even, &result, NULL));
    assert_true(result.accuracy == accuracy && result.test_loss == loss);
    options.fine_tune = true;
    options.epochs = 20;
    assert_ok(graft_series_train(context, even, at("e.graft"), &options, at("f.graft"), &result, NULL));
    if (!(result.accuracy >= 0.8)) fail_msg("accuracy %g", result.accuracy);
    const double tuned = result.accuracy;
    assert_ok(graft_series_evaluate(context, at("f.graft"), even, &result, NULL));
    assert_true(result.accuracy == tuned);
    assert_fails(GRAFT_E_USAGE, "without a head", graft_series_evaluate(context, at("e.graft"), even, &result, NULL));
}

static void test_convolutional(void **state) {
    (void)state;
    graft_series_options options = GRAFT_SERIES_OPTIONS_INIT;
    graft_series_result result;
    options.epochs = 6;
    options.batch = 8;
    assert_ok(graft_series_train(context, at("even"), NULL, &options, at("fcn.graft"), &result, NULL));
    if (!(result.accuracy >= 0.9)) fail_msg("accuracy %g", result.accuracy);
    assert_ok(graft_series_evaluate(context, at("fcn.graft"), at("even"), &result, NULL));
    if (!(result.accuracy >= 0.9)) fail_msg("accuracy %g", result.accuracy);
    options.arch = "inception-time";
    options.epochs = 1;
    assert_ok(graft_series_train(context, at("even"), NULL, &options, NULL, &result, NULL));
    assert_int_equal(result.parameters > 300000, true);
    options.arch = "inceptiontime";
    assert_fails(GRAFT_E_USAGE, "did you mean \"inception-time\"",
                 graft_series_train(context, at("even"), NULL, &options, NULL, &result, NULL));
    const char *path = at("even");
    options.arch = "fcn";
    assert_fails(GRAFT_E_USAGE, "no decoder",
                 graft_series_pretrain(context, &path, 1, &options, at("x.graft"), &result));
}

/* What lies behind a series' end must not matter: the code of a short series is that of the series alone. */
static void test_lengths(void **state) {
    (void)state;
    const char *uneven = write_set("uneven", 7);
    const char *both[2] = {uneven, at("even")};
    graft_series_options options = small_options();
    graft_series_result result;
    graft_tensor *all, *one;
    options.dropout = 0.2;
    options.teacher = true;
    assert_ok(graft_series_pretrain(context, both, 2, &options, at("u.graft"), &result));
    assert_int_equal(result.shortest, 20);
    assert_int_equal(result.longest, 27);
    assert_int_equal(result.series, 80);
    assert_ok(graft_series_extract(context, both[0], at("u.graft"), at("all.npy"), &result));
    write_part(at("one.txt"), 1, 0, 1);
    assert_ok(graft_series_extract(context, at("one.txt"), at("u.graft"), at("one.npy"), &result));
    assert_ok(graft_npy_read(at("all.npy"), &all));
    assert_ok(graft_npy_read(at("one.npy"), &one));
    assert_int_equal(all->shape.dim[0], 40);
    assert_int_equal(all->shape.dim[1], 12);
    for (int i = 0; i < 12; i++)
        assert_true(fabsf(graft_tensor_f32(all)[i] - graft_tensor_f32(one)[i]) < 1e-5F);
    graft_tensor_free(all);
    graft_tensor_free(one);
    /* a convolutional network takes them resampled */
    options = (graft_series_options)GRAFT_SERIES_OPTIONS_INIT;
    options.epochs = 1;
    assert_ok(graft_series_train(context, both[0], NULL, &options, NULL, &result, NULL));
    assert_int_equal(result.steps, 27);
}

static void test_crossval(void **state) {
    (void)state;
    graft_crossval_options options = GRAFT_CROSSVAL_OPTIONS_INIT;
    graft_crossval_result *result;
    options.folds = 4;
    assert_ok(graft_series_crossval(context, at("even"), at("e.graft"), &options, &result));
    assert_int_equal(result->n, 40);
    assert_int_equal(result->width, 12);
    if (!(result->mean > 0.6)) fail_msg("mean accuracy %g", result->mean);
    graft_crossval_free(result);
}

static void test_repeatable_and_resumed(void **state) {
    (void)state;
    const char *path = at("uneven");
    graft_series_options options = small_options();
    graft_series_result result;
    options.epochs = 4;
    options.dropout = 0.3;
    assert_ok(graft_series_pretrain(context, &path, 1, &options, at("once.graft"), &result));
    assert_ok(graft_series_pretrain(context, &path, 1, &options, at("twice.graft"), &result));
    assert_true(test_files_equal(at("once.graft"), at("twice.graft")));
    options.seed = 5;
    assert_ok(graft_series_pretrain(context, &path, 1, &options, at("twice.graft"), &result));
    assert_false(test_files_equal(at("once.graft"), at("twice.graft")));
}

static void stop_early(void *user, int64_t epoch, double loss, double rate, double seconds) {
    (void)loss, (void)rate, (void)seconds;
    if (epoch == 2) graft_context_cancel(user);
}

static void test_resumed(void **state) {
    (void)state;
    const char *path = at("uneven");
    graft_series_options options = small_options();
    graft_series_result result;
    graft_context *stopped = test_context(2);
    options.epochs = 4;
    options.dropout = 0.3;
    options.checkpoints = at("checkpoints");
    assert_int_equal(mkdir(options.checkpoints, 0700), 0);
    options.user = stopped;
    options.on_epoch = stop_early;
    assert_int_equal(graft_series_pretrain(stopped, &path, 1, &options, at("half.graft"), &result), GRAFT_E_CANCELLED);
    graft_context_free(stopped);
    options.on_epoch = NULL;
    options.resume = true;
    assert_ok(graft_series_pretrain(context, &path, 1, &options, at("half.graft"), &result));
    assert_int_equal(result.epochs, 4);
    assert_true(test_files_equal(at("once.graft"), at("half.graft")));
}

static void test_refusals(void **state) {
    (void)state;
    graft_series_options options = small_options();
    graft_series_result result;
    const char *two = at("two.ts"), *paths[2] = {at("even"), two};
    static const char text[] = "@classLabel true a b\n@data\n1,2:3,4:a\n3,4:5,6:b\n";
    assert_ok(graft_file_write(two, text, sizeof text - 1));
    assert_fails(GRAFT_E_DATA, "2 channels, expected 1",
                 graft_series_pretrain(context, paths, 2, &options, at("x.graft"), &result));
    assert_fails(GRAFT_E_DATA, "2 channels, expected 1",
                 graft_series_train(context, two, at("e.graft"), &options, NULL, &result, NULL));
    assert_fails(
        GRAFT_E_DATA, "no model of series",
        graft_series_train(context, at("even"), test_source("tests/cli/data/tiny.h5"), &options, NULL, &result, NULL));
    options.fine_tune = true;
    assert_fails(GRAFT_E_USAGE, "without --base",
                 graft_series_train(context, at("even"), NULL, &options, NULL, &result, NULL));
    assert_ok(graft_file_write(at("single.txt"), "1 5\n2 6\n1 7\n2 8\n1 5\n2 6\n", 24));
    options = small_options();
    /* series of one point: constant, so zeros; nothing to tell them apart, and nothing breaks */
    assert_ok(graft_series_train(context, at("single.txt"), at("e.graft"), &options, NULL, &result, NULL));
    assert_int_equal(result.constant, 6);
    char *bytes;
    size_t length;
    assert_ok(graft_file_read(at("e.graft"), 0, &bytes, &length));
    bytes[length - 3] ^= 1;
    assert_ok(graft_file_write(at("broken.graft"), bytes, length));
    graft_release(bytes);
    assert_int_equal(graft_series_train(context, at("even"), at("broken.graft"), &options, NULL, &result, NULL),
                     GRAFT_E_DATA);
}

/* What predict says of the test part is to the last bit what evaluate measures. */
static void expect_same(const char *model_path, const char *path) {
    graft_series_model *model;
    graft_series_outcome *measured, *told;
    graft_series_result result;
    assert_ok(graft_series_model_open(&model, context, model_path));
    assert_ok(graft_series_evaluate(context, model_path, path, &result, &measured));
    assert_ok(graft_series_predict(&told, context, model, path));
    assert_null(graft_series_outcome_evaluation(told));
    const graft_predictions *a = graft_series_outcome_predictions(measured),
                            *b = graft_series_outcome_predictions(told);
    const size_t classes = graft_predictions_class_count(a);
    assert_int_equal(graft_predictions_count(a), 16);
    assert_int_equal(graft_predictions_count(b), 40);
    assert_true(graft_series_outcome_evaluation(measured)->accuracy == result.accuracy);
    for (size_t i = 0; i < 16; i++) {
        const size_t row = graft_predictions_sample(a, i); /* predict's rows are all series */
        assert_int_equal(graft_predictions_sample(b, row), row);
        assert_int_equal(graft_predictions_label(a, i), graft_predictions_label(b, row));
        assert_memory_equal(graft_predictions_row(a, i), graft_predictions_row(b, row), classes * sizeof(float));
    }
    graft_series_outcome_free(measured);
    graft_series_outcome_free(told);
    graft_series_model_free(model);
}

static void test_predict(void **state) {
    (void)state;
    graft_series_options options = GRAFT_SERIES_OPTIONS_INIT;
    graft_series_result result;
    expect_same(at("c.graft"), at("even"));
    expect_same(at("f.graft"), at("even"));
    options.epochs = 2;
    options.batch = 8;
    assert_ok(graft_series_train(context, at("uneven"), NULL, &options, at("long.graft"), &result, NULL));
    expect_same(at("long.graft"), at("uneven"));
}

/* A network without masks saw series resampled to the longest: so it sees a short one that comes alone. */
static void test_predict_alone(void **state) {
    (void)state;
    graft_series_model *model;
    graft_series_outcome *all, *one, *strange;
    char *text;
    assert_ok(graft_series_model_open(&model, context, at("long.graft")));
    assert_ok(graft_series_predict(&all, context, model, at("uneven")));
    write_part(at("alone.txt"), 1, 0, 1);
    assert_ok(graft_series_predict(&one, context, model, at("alone.txt")));
    assert_int_equal(graft_predictions_count(graft_series_outcome_predictions(one)), 1);
    assert_memory_equal(graft_predictions_row(graft_series_outcome_predictions(all), 0),
                        graft_predictions_row(graft_series_outcome_predictions(one), 0), 2 * sizeof(float));
    /* labels that are none of the model's do not matter */
    assert_ok(graft_file_write(at("strange.txt"), "cat 1 2 3 4\ndog 4 3 2 1\n", 24));
    assert_ok(graft_series_predict(&strange, context, model, at("strange.txt")));
    assert_int_equal(graft_predictions_label(graft_series_outcome_predictions(strange), 1), -1);
    assert_ok(graft_series_outcome_json(strange, 1, 2, &text));
    assert_non_null(strstr(text, "strange.txt\",\"row\":1,\"line\":2,\"true\":\"dog\",\"label\":\""));
    assert_null(strstr(text, "\"part\""));
    graft_text_free(text);
    graft_series_result result;
    assert_fails(GRAFT_E_DATA, "class \"cat\", expected one of the model's 2",
                 graft_series_evaluate(context, at("long.graft"), at("strange.txt"), &result, NULL));
    graft_series_outcome_free(all);
    graft_series_outcome_free(one);
    graft_series_outcome_free(strange);
    graft_series_model_free(model);
    assert_ok(graft_series_model_open(&model, context, at("e.graft")));
    assert_fails(GRAFT_E_USAGE, "without a head", graft_series_predict(&all, context, model, at("even")));
    graft_series_model_free(model);
}

/* An outcome keeps what a page shows: the series as they were recorded, the epochs. */
static void test_outcome(void **state) {
    (void)state;
    graft_series_options options = GRAFT_SERIES_OPTIONS_INIT;
    graft_series_result result;
    graft_series_outcome *outcome;
    options.epochs = 2;
    options.batch = 8;
    assert_ok(graft_series_train(context, at("even"), NULL, &options, NULL, &result, &outcome));
    assert_int_equal(outcome->history.count, 2);
    assert_int_equal(outcome->part, GRAFT_SERIES_TEST);
    assert_true(outcome->evaluation->knn_baseline == result.nearest);
    assert_true(outcome->evaluation->accuracy == result.accuracy);
    if (!(fabsf(outcome->set->series[39].values[19] - 3.8F) < 0.6F)) fail_msg("no ramp as it was recorded");
    graft_series_outcome_free(outcome);
    write_part(at("lone.txt"), 12, 0, 3);
    assert_ok(graft_series_train(context, at("lone.txt"), NULL, &options, NULL, &result, &outcome));
    assert_int_equal(outcome->part, GRAFT_SERIES_TRAIN);
    assert_int_equal(outcome->evaluation->n, 12);
    assert_true(isnan(outcome->evaluation->knn_baseline));
    graft_series_outcome_free(outcome);
}

static int set_up(void **state) {
    (void)state;
    folder = test_folder();
    context = test_context(2);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    graft_context_free(context);
    test_folder_remove(folder);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pretrain_and_train),
        cmocka_unit_test(test_convolutional),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_crossval),
        cmocka_unit_test(test_repeatable_and_resumed),
        cmocka_unit_test(test_resumed),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_predict),
        cmocka_unit_test(test_predict_alone),
        cmocka_unit_test(test_outcome),
    };
    return cmocka_run_group_tests_name("transfer/series", tests, set_up, tear_down);
}
