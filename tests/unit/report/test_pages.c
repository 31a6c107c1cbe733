/* The pages of results: what stands in them, and that names from outside do nothing there. */
#include "support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include <graft/report.h>

#include <math.h>
#include <string.h>

static const char hostile[] = "<script>alert(1)</script>";

typedef struct fixture {
    char *folder, *path, *text;
} fixture;

static int setup(void **state) {
    fixture *f = graft_allocate_zero(1, sizeof(*f));
    f->folder = test_folder();
    f->path = graft_path_join(f->folder, "page.html");
    *state = f;
    return 0;
}

static int teardown(void **state) {
    fixture *f = *state;
    test_folder_remove(f->folder);
    graft_release(f->path);
    graft_release(f->text);
    graft_release(f);
    return 0;
}

/* The page as text, up to the scripts of our own. */
static const char *page_of(fixture *f) {
    size_t length;
    graft_release(f->text);
    f->text = NULL;
    assert_ok(graft_file_read(f->path, (size_t)1 << 24, &f->text, &length));
    char *end = strstr(f->text, "<footer>");
    assert_non_null(end);
    *end = '\0';
    assert_null(strstr(f->text, hostile));
    assert_non_null(strstr(f->text, "default-src 'none'"));
    return f->text;
}

static void a_ranking_shows_intervals_and_scores(void **state) {
    fixture *f = *state;
    const double none = (double)NAN;
    static const char *const names[] = {"logistic", "logme", "leep"};
    const graft_rank_figure first[] = {{0.875, {0.85, 0.9}}, {1.25, {1, 1.5}}, {none, {none, none}}};
    const graft_rank_figure second[] = {{0.75, {0.7, 0.8}}, {0.5, {0.4, 0.6}}, {-0.25, {-0.3, -0.2}}};
    const graft_rank_row rows[] = {
        {"weights/b.h5", hostile, 960, first, 0.75}, {"a.h5", "pool", 1280, second, 0.25}, {"a.h5", "x", 8, second, 0}};
    const graft_rank_correlation correlations[] = {{3, {1, {1, 1}}, {1, {1, 1}}},
                                                   {3, {0.5, {-0.25, 1}}, {0.3, {0, 1}}},
                                                   {2, {none, {none, none}}, {none, {none, none}}}};
    graft_rank_result result = {.n = 600,
                                .classes = 10,
                                .folds = 5,
                                .baseline = 0.25,
                                .score_count = 3,
                                .score_names = names,
                                .row_count = 3,
                                .rows = rows,
                                .correlations = correlations,
                                .computed = 590,
                                .cached = 10};
    assert_ok(graft_rank_page_write(&result, hostile, f->path));
    const char *page = page_of(f);
    assert_non_null(strstr(page, "class=\"verdict warn\"><strong>b.h5</strong>"));
    assert_non_null(strstr(page, "75&#8239;% of the resamples: others may be as good"));
    assert_non_null(strstr(page, "87.5&#8239;% <small>(85.0&#8239;% to 90.0&#8239;%)</small>"));
    assert_non_null(strstr(page, "<td class=\"n\">1.2500</td><td class=\"n\">&ndash;</td>"));
    assert_non_null(strstr(page, "id=\"scores\""));
    assert_non_null(strstr(page, "0.5 <small>(-0.25 to 1)</small>"));
    assert_non_null(strstr(page, "590 computed, 10 from the cache"));
    result.row_count = 2; /* too few to say what scores are worth */
    assert_ok(graft_rank_page_write(&result, "two", f->path));
    assert_null(strstr(page_of(f), "id=\"scores\""));
}

static void a_cross_validation_shows_its_folds(void **state) {
    fixture *f = *state;
    const graft_crossval_fold folds[] = {{50, 45, 0.9, 0.3125, 0.5, 0.01, false}, {50, 40, 0.8, 0.4, 0.5, 0.1, true}};
    const graft_crossval_class rare[] = {{hostile, 1}};
    const graft_crossval_result result = {.n = 100,
                                          .width = 7,
                                          .classes = 2,
                                          .fold_count = 2,
                                          .folds = folds,
                                          .mean = 0.85,
                                          .std = 0.0707,
                                          .interval95 = {0.4, 1},
                                          .baseline = 0.5,
                                          .head = "logistic",
                                          .features = hostile,
                                          .duplicates = 3,
                                          .rare_count = 1,
                                          .rare = rare};
    assert_ok(graft_crossval_page_write(&result, "digits.csv", f->path));
    const char *page = page_of(f);
    assert_non_null(strstr(page, "class=\"verdict bad\"><strong>85.0&#8239;%</strong>"));
    assert_non_null(strstr(page, "not surely more than always"));
    /* Wilson's interval of 45 in 50. */
    assert_non_null(strstr(page, "90.0&#8239;% <small>(78.6&#8239;% to 95.7&#8239;%)</small>"));
    assert_non_null(strstr(page, "<td class=\"n\">0.3125</td><td class=\"n\">0.01</td>"));
    assert_non_null(strstr(page, "<td class=\"n\">0.1 (default)</td>"));
    assert_non_null(strstr(page, "3 samples repeat an earlier one"));
    assert_non_null(strstr(page, "1 distinct samples for 2 folds"));
}

static graft_advice advice_of(void) {
    const double none = (double)NAN;
    graft_advice advice = {.train = 3000,
                           .validation = 300,
                           .classes = 10,
                           .smallest = 100,
                           .largest = 800,
                           .size = GRAFT_ADVICE_MEDIUM,
                           .likeness = GRAFT_ADVICE_DIFFERENT,
                           .skill = 0.5,
                           .accuracy = 0.625,
                           .interval95 = {0.5, 0.75},
                           .knn = 0.375,
                           .majority = 0.25,
                           .pixels = none,
                           .domain = {0.04, 0.01, 0.005, none, none, none, 64, 32},
                           .images_per_second = 120,
                           .strategy = GRAFT_STRATEGY_STAGES,
                           .reason = hostile};
    advice.strategies[GRAFT_STRATEGY_HEAD] =
        (graft_advice_strategy){true, false, "none", "pool", "pool", 0, 0, 0.625, 0.0125, 0, none, 12};
    advice.strategies[GRAFT_STRATEGY_STAGES] =
        (graft_advice_strategy){true, true, "stage:2", hostile, "conv", 4321, 99, none, none, 8, 0.0001, 600};
    return advice;
}

static void advice_shows_the_matrix_and_its_place(void **state) {
    fixture *f = *state;
    graft_advice advice = advice_of();
    assert_ok(graft_advice_page_write(&advice, hostile, f->path));
    const char *page = page_of(f);
    assert_non_null(strstr(page, "(--fine-tune stage:2); what lies before stays frozen.</p>"));
    assert_non_null(strstr(page, "<td class=\"here\" aria-current=\"true\">stage:2 <small>this data</small></td>"));
    assert_non_null(strstr(page, "the last stages learn <small>advised</small>"));
    assert_null(strstr(page, "everything learns"));
    assert_non_null(strstr(page, "62.5&#8239;% <small>(50.0&#8239;% to 75.0&#8239;%)</small>"));
    assert_non_null(strstr(page, "<td class=\"n\">4321</td><td class=\"n\">8</td><td class=\"n\">0.0001</td>"));
    assert_non_null(strstr(page, "<dt>MMD</dt><dd>0.2000;"));
    assert_null(strstr(page, "<dt>CKA</dt>"));
    assert_null(strstr(page, "raw pixels"));
    advice.domain.cka = 0.5;
    advice.domain.cka_null5 = 0.75;
    advice.domain.cka_p_value = 0.005;
    assert_ok(graft_advice_page_write(&advice, "again", f->path));
    assert_non_null(strstr(page_of(f), "<dt>CKA</dt><dd>0.5000; 95&#8239;% of random divisions stay above 0.7500"));
}

static void advice_without_a_network_knows_the_row_alone(void **state) {
    fixture *f = *state;
    graft_advice advice = advice_of();
    advice.likeness = GRAFT_ADVICE_UNKNOWN;
    advice.strategy = GRAFT_STRATEGY_COUNT;
    advice.accuracy = advice.knn = advice.domain.mmd2 = (double)NAN;
    advice.pixels = 0.5;
    assert_ok(graft_advice_page_write(&advice, "data", f->path));
    const char *page = page_of(f);
    assert_non_null(strstr(page, "class=\"verdict warn\">no network was given"));
    assert_non_null(strstr(page, "<tr class=\"chosen\"><th scope=\"row\">medium"));
    assert_null(strstr(page, "aria-current"));
    assert_null(strstr(page, "id=\"strategies\""));
    assert_non_null(strstr(page, "raw pixels, nearest neighbours"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_ranking_shows_intervals_and_scores, setup, teardown),
        cmocka_unit_test_setup_teardown(a_cross_validation_shows_its_folds, setup, teardown),
        cmocka_unit_test_setup_teardown(advice_shows_the_matrix_and_its_place, setup, teardown),
        cmocka_unit_test_setup_teardown(advice_without_a_network_knows_the_row_alone, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
