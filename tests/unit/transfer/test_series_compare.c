/* Comparisons of ways to learn series, with known answers: one base that has seen what matters, one that sees nothing.
 */
#include "support/support.h"

#include "base/alloc.h"
#include "base/error.h"
#include "transfer/series-compare.h"
#include <graft/report.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { STEPS = 32 };

static char *folder;
static graft_context *context;

static const char *at(const char *name) {
    static char text[32][512];
    static int next;
    char *out = text[next++ % 32];
    snprintf(out, sizeof text[0], "%s/%s", folder, name);
    return out;
}

/* Noise with a wave somewhere: the class is which way it goes first; or (`placed`) with a spike in one of eight places,
 * which belong to the two classes in turn. */
static void write_part(const char *path, size_t count, bool placed, uint32_t seed) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (size_t i = 0; i < count; i++) {
        float values[STEPS + 8];
        const size_t spot = i % 8, class = i % 2;
        test_fill(values, STEPS + 8, (seed + (uint32_t)i) * UINT32_C(2654435761));
        const size_t place = placed ? 3 + 3 * spot : (size_t)(12 * (1 + values[STEPS + 7]));
        for (size_t k = 0; k < (placed ? 2 : 6); k++)
            values[place + k] += placed ? 9 : (k < 3) == (class == 0) ? 0.9F : -0.9F;
        fprintf(file, "%zu", class);
        for (size_t t = 0; t < STEPS; t++)
            fprintf(file, " %.4f", (double)values[t]);
        fprintf(file, "\n");
    }
    fclose(file);
}

static graft_series_options quick(int64_t epochs) {
    graft_series_options options = GRAFT_SERIES_OPTIONS_INIT;
    options.epochs = epochs;
    options.batch = 16;
    options.units = 1;
    options.layers = 1;
    return options;
}

static const graft_compare_arm *arm_of(const graft_compare_result *result, const char *name) {
    for (size_t i = 0; i < result->arm_count; i++)
        if (strcmp(result->arms[i].name, name) == 0) return &result->arms[i];
    fail_msg("no arm %s", name);
    return NULL;
}

/* An encoder that was trained on 240 such waves knows them wherever they are; 96 series do not teach it in an epoch. */
static void a_base_that_has_seen_them_helps(void **state) {
    (void)state;
    graft_compare_options compare = GRAFT_COMPARE_OPTIONS_INIT;
    const graft_series_options learn = quick(8), once = quick(1);
    graft_series_result trained;
    graft_compare_result *result;
    char *text;
    write_part(at("many.txt"), 240, false, 1000);
    write_part(at("few.txt"), 120, false, 9000);
    assert_ok(graft_series_train(context, at("many.txt"), NULL, &learn, at("waves.graft"), &trained, NULL));
    compare.folds = 5;
    compare.arms = "nearest,raw,scratch,frozen";
    assert_ok(graft_series_compare(&result, context, at("few.txt"), NULL, at("waves.graft"), &once, &compare));
    assert_int_equal(result->arm_count, 4);
    assert_int_equal(result->folds, 5);
    assert_int_equal(result->held_out, 0);
    assert_int_equal(result->n, 120);
    const double frozen = arm_of(result, "frozen")->accuracy, nearest = arm_of(result, "nearest")->accuracy;
    if (!(frozen > 0.9 && nearest < 0.85)) fail_msg("frozen %g, nearest %g", frozen, nearest);
    if (result->verdict != GRAFT_COMPARE_POSITIVE) fail_msg("%s", result->words);
    assert_true(arm_of(result, "frozen")->transfers && !arm_of(result, "nearest")->transfers);
    assert_ok(graft_compare_text(result, &text));
    assert_non_null(strstr(text, "verdict    positive"));
    assert_non_null(strstr(text, "120 samples of 2 classes, 5 folds"));
    graft_text_free(text);
    graft_compare_free(result);
}

/* One number, a random unit's, grows or falls with the spike's place: no line divides places that belong to the classes
 * in turn, while the series themselves tell them. A loss, and it is called so. */
static void a_base_that_sees_nothing_is_negative(void **state) {
    (void)state;
    graft_compare_options compare = GRAFT_COMPARE_OPTIONS_INIT;
    graft_series_options options = quick(-1);
    graft_series_result drawn;
    graft_compare_result *result;
    const char *path = at("places.txt");
    char *text;
    write_part(path, 80, true, 500);
    assert_ok(graft_series_pretrain(context, &path, 1, &options, at("blind.graft"), &drawn));
    options.epochs = 1;
    compare.folds = 4;
    compare.sizes = 2;
    compare.arms = "nearest,raw,random_frozen,frozen";
    assert_ok(graft_series_compare(&result, context, path, NULL, at("blind.graft"), &options, &compare));
    assert_int_equal(result->arm_count, 4);
    if (result->verdict != GRAFT_COMPARE_NEGATIVE) fail_msg("%s", result->words);
    assert_true(result->difference.interval95[1] < 0);
    assert_true(arm_of(result, "nearest")->accuracy > 0.95);
    assert_int_equal(arm_of(result, "frozen")->size_count, 2);
    assert_ok(graft_compare_json(result, &text));
    assert_non_null(strstr(text, "\"verdict\":\"negative\""));
    graft_text_free(text);
    graft_compare_free(result);
    compare.arms = "nearest,frosted";
    assert_fails(GRAFT_E_USAGE, "expected nearest, raw",
                 graft_series_compare(&result, context, path, NULL, at("blind.graft"), &options, &compare));
}

/* Where the data say what tests, arms are what `train` makes of the same series. */
static void a_given_part_is_held_out(void **state) {
    (void)state;
    graft_compare_options compare = GRAFT_COMPARE_OPTIONS_INIT;
    graft_series_options options = quick(2);
    graft_series_result scratch, tuned;
    graft_compare_result *result;
    char *text;
    assert_int_equal(mkdir(at("split"), 0700), 0);
    write_part(at("split/S_TRAIN.txt"), 40, false, 70);
    write_part(at("split/S_TEST.txt"), 30, false, 8000);
    assert_ok(graft_series_train(context, at("split"), NULL, &options, NULL, &scratch, NULL));
    options.fine_tune = true;
    assert_ok(graft_series_train(context, at("split"), at("waves.graft"), &options, NULL, &tuned, NULL));
    assert_ok(graft_series_compare(&result, context, at("split"), NULL, at("waves.graft"), &options, &compare));
    assert_int_equal(result->arm_count, 6);
    assert_int_equal(result->folds, 1);
    assert_int_equal(result->held_out, 30);
    assert_true(arm_of(result, "nearest")->accuracy == scratch.nearest);
    assert_true(arm_of(result, "scratch")->accuracy == scratch.accuracy);
    assert_true(arm_of(result, "finetuned")->accuracy == tuned.accuracy);
    assert_true(arm_of(result, "scratch")->interval95[0] == scratch.interval95[0]);
    assert_true(fabs(result->majority - scratch.majority) < 1e-12);
    assert_true(isfinite(result->p_value) && isfinite(result->difference.interval95[0]));
    assert_ok(graft_compare_text(result, &text));
    assert_non_null(strstr(text, "30 of them held out, as the data say"));
    graft_text_free(text);
    assert_ok(graft_compare_page_write(result, at("page.html")));
    graft_compare_free(result);
    /* the same two files by their names */
    compare.arms = "nearest";
    assert_ok(graft_series_compare(&result, context, at("split/S_TRAIN.txt"), at("split/S_TEST.txt"), at("waves.graft"),
                                   &options, &compare));
    assert_true(arm_of(result, "nearest")->accuracy == scratch.nearest);
    graft_compare_free(result);
}

/* 9 gained and 1 lost of 20: McNemar's exact p is 2 * (1 + 10) / 2^10, the interval Student's of the differences. */
static void samples_are_tested_in_pairs(void **state) {
    (void)state;
    unsigned char with[20] = {0}, without[20] = {0};
    for (int i = 0; i < 12; i++)
        with[i] = 1;
    for (int i = 9; i < 13; i++)
        without[i] = 1;
    const graft_compare_figure figure = graft_compare_test_samples(with, without, 20);
    assert_true(fabs(figure.value - 0.4) < 1e-12);
    assert_true(fabs(figure.p - 22.0 / 1024) < 1e-12);
    if (!(fabs(figure.interval95[0] - 0.1200139) < 1e-5 && fabs(figure.interval95[1] - 0.6799861) < 1e-5))
        fail_msg("%.7f to %.7f", figure.interval95[0], figure.interval95[1]);
    assert_true(graft_compare_test_samples(with, with, 20).p == 1);
    assert_true(isnan(graft_compare_test_samples(with, without, 1).value));
}

static void what_cannot_be_compared_is_refused(void **state) {
    (void)state;
    graft_compare_options compare = GRAFT_COMPARE_OPTIONS_INIT;
    graft_series_options options = quick(1);
    graft_compare_result *result;
    options.window = 8;
    assert_fails(GRAFT_E_USAGE, "whole series",
                 graft_series_compare(&result, context, at("few.txt"), NULL, at("waves.graft"), &options, &compare));
    options = quick(-1);
    assert_fails(GRAFT_E_USAGE, "expected training",
                 graft_series_compare(&result, context, at("few.txt"), NULL, at("waves.graft"), &options, &compare));
    options = quick(1);
    compare.folds = 1;
    assert_fails(GRAFT_E_USAGE, "folds: received 1",
                 graft_series_compare(&result, context, at("few.txt"), NULL, at("waves.graft"), &options, &compare));
    compare.folds = 2;
    FILE *file = fopen(at("two.ts"), "w");
    assert_non_null(file);
    fputs("@classLabel true a b\n@data\n1,2:3,4:a\n3,4:5,6:b\n1,2:3,5:a\n3,4:5,7:b\n", file);
    fclose(file);
    assert_fails(GRAFT_E_DATA, "2 channels, expected 1",
                 graft_series_compare(&result, context, at("two.ts"), NULL, at("waves.graft"), &options, &compare));
    file = fopen(at("bare.csv"), "w");
    assert_non_null(file);
    fputs("id,time,x\na,1,1\na,2,2\nb,1,2\nb,2,1\n", file);
    fclose(file);
    assert_fails(GRAFT_E_DATA, "no labels",
                 graft_series_compare(&result, context, at("bare.csv"), NULL, at("waves.graft"), &options, &compare));
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
        cmocka_unit_test(a_base_that_has_seen_them_helps),    cmocka_unit_test(a_base_that_sees_nothing_is_negative),
        cmocka_unit_test(a_given_part_is_held_out),           cmocka_unit_test(samples_are_tested_in_pairs),
        cmocka_unit_test(what_cannot_be_compared_is_refused),
    };
    return cmocka_run_group_tests_name("transfer/series-compare", tests, set_up, tear_down);
}
