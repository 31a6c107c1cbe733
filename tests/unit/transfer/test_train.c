/* The main job on tiny pictures: what is computed, what is decided, what is left behind. */
#include "support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "support/tiny-fixture.h"
#include "json/json.h"
#include <graft/train.h>

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EACH = 14, ALL = 3 * EACH };

typedef struct fixture {
    tiny_fixture tiny;
    uint64_t cancel_after; /* pictures of the phase "features"; 0: never */
    double waiting;
} fixture;

static bool follow(void *user, const graft_progress *progress) {
    fixture *f = user;
    if (strcmp(progress->phase, "features") != 0) return true;
    if (progress->finished) f->waiting = progress->waiting_share;
    return !(f->cancel_after && progress->done >= f->cancel_after);
}

static void open_context(fixture *f, const char *cache, int threads) {
    graft_context_options options = GRAFT_CONTEXT_OPTIONS_INIT;
    options.threads = threads;
    options.cache_dir = cache;
    options.no_cache = !cache;
    options.progress = follow;
    tiny_fixture_open_with(&f->tiny, options);
}

static int setup(void **state) {
    fixture *f = *state = tiny_fixture_new(sizeof(*f), EACH);
    open_context(f, f->tiny.cache, 2);
    return 0;
}

static int teardown(void **state) {
    tiny_fixture_free(*state);
    return 0;
}

static size_t computed(fixture *f) {
    tiny_run t = tiny_train(&f->tiny, NULL);
    size_t count = graft_run_timing_of(t.run)->features_computed;
    tiny_run_free(t);
    return count;
}

static void assert_same_predictions(const graft_run *a, const graft_run *b) {
    for (int split = 0; split < 2; split++) {
        const graft_predictions *x = graft_run_predictions(a, split), *y = graft_run_predictions(b, split);
        assert_int_equal(graft_predictions_count(x), graft_predictions_count(y));
        for (size_t i = 0; i < graft_predictions_count(x); i++)
            assert_memory_equal(graft_predictions_row(x, i), graft_predictions_row(y, i), 3 * sizeof(float));
    }
}

static void a_run_says_what_it_found(void **state) {
    fixture *f = *state;
    tiny_run t = tiny_train(&f->tiny, NULL);
    const graft_evaluation *validation = graft_run_evaluation(t.run, GRAFT_SPLIT_VALIDATION);
    assert_non_null(validation);
    assert_non_null(graft_run_evaluation(t.run, GRAFT_SPLIT_TRAIN));
    assert_null(graft_run_evaluation(t.run, GRAFT_SPLIT_TEST));
    assert_null(graft_run_predictions(t.run, GRAFT_SPLIT_TEST));
    assert_true(validation->accuracy > 0.9);
    assert_int_equal(validation->n + graft_run_evaluation(t.run, GRAFT_SPLIT_TRAIN)->n, ALL);
    const graft_run_timing *timing = graft_run_timing_of(t.run);
    assert_int_equal(timing->features_computed, ALL);
    assert_int_equal(timing->features_cached, 0);
    assert_true(timing->images_per_second > 0);
    assert_true(timing->waiting_share > 0 && timing->waiting_share < 1);
    assert_true(f->waiting > 0 && f->waiting < 1);
    assert_true(timing->total >= timing->features);
    tiny_run_free(t);
}

static void decisions_have_reasons_and_one_candidate_is_chosen(void **state) {
    fixture *f = *state;
    const char *const expected[] = {"preprocess", "size", "split", "head", "folds", "layer", "c", "fine-tune"};
    tiny_run t = tiny_train(&f->tiny, NULL);
    assert_int_equal(graft_run_decision_count(t.run), 8);
    for (size_t i = 0; i < 8; i++) {
        const graft_decision *decision = graft_run_decision(t.run, i);
        assert_string_equal(decision->what, expected[i]);
        assert_true(strlen(decision->choice) > 0);
        assert_true(strlen(decision->reason) > 0);
    }
    size_t chosen = 0;
    for (size_t i = 0; i < graft_run_candidate_count(t.run); i++)
        chosen += graft_run_candidate(t.run, i)->chosen;
    assert_int_equal(chosen, 1);
    assert_null(graft_run_decision(t.run, 8));
    assert_null(graft_run_candidate(t.run, 1000));
    tiny_run_free(t);
}

static void the_plan_is_json_with_reasons(void **state) {
    fixture *f = *state;
    char *text;
    graft_json *json;
    tiny_run t = tiny_train(&f->tiny, NULL);
    assert_ok(graft_run_plan_json(t.run, &text));
    assert_ok(graft_json_parse(text, strlen(text), "plan", &json));
    assert_int_equal(graft_json_count(graft_json_get(json, "decisions")), 8);
    assert_int_equal(graft_json_count(graft_json_get(json, "candidates")), graft_run_candidate_count(t.run));
    assert_string_equal(graft_json_text(graft_json_get(graft_json_get(json, "options"), "layer"), ""), "auto");
    graft_json_free(json);
    graft_text_free(text);
    tiny_run_free(t);
}

static void a_second_run_computes_no_features(void **state) {
    fixture *f = *state;
    tiny_run first = tiny_train(&f->tiny, NULL), second = tiny_train(&f->tiny, NULL);
    assert_int_equal(graft_run_timing_of(second.run)->features_computed, 0);
    assert_int_equal(graft_run_timing_of(second.run)->features_cached, ALL);
    assert_same_predictions(first.run, second.run);
    tiny_run_free(first);
    tiny_run_free(second);
}

/* The model's network is a prefix of the backbone's, saved and loaded: the same features by the same name. */
static void evaluating_the_saved_model_computes_nothing(void **state) {
    fixture *f = *state;
    graft_model *model;
    graft_predictions *predictions;
    char *path = graft_path_join(f->tiny.folder, "model.graft");
    tiny_run t = tiny_train(&f->tiny, NULL);
    assert_ok(graft_model_save(graft_run_model(t.run), path));
    assert_ok(graft_model_open(&model, f->tiny.context, path, NULL, NULL));
    f->tiny.log.text[0] = '\0';
    assert_ok(graft_model_predict(&predictions, model, t.data));
    assert_non_null(strstr(f->tiny.log.text, "features: 0 computed, 42 from the cache"));
    graft_predictions_free(predictions);
    graft_model_free(model);
    graft_release(path);
    tiny_run_free(t);
}

static void ten_new_pictures_compute_ten(void **state) {
    fixture *f = *state;
    assert_int_equal(computed(f), ALL);
    tiny_pictures(f->tiny.pictures, tiny_classes, 1, 50, 10);
    assert_int_equal(computed(f), 10);
}

static void equal_contents_are_computed_once(void **state) {
    fixture *f = *state;
    char *bytes;
    size_t length;
    char *from = graft_text_format("%s/apple/00.jpg", f->tiny.pictures),
         *to = graft_text_format("%s/apple/copy.jpg", f->tiny.pictures);
    assert_ok(graft_file_read(from, 0, &bytes, &length));
    assert_ok(graft_file_write(to, bytes, length));
    tiny_run t = tiny_train(&f->tiny, NULL);
    assert_int_equal(graft_run_timing_of(t.run)->features_computed, ALL);
    assert_int_equal(graft_run_timing_of(t.run)->features_cached, 1);
    tiny_run_free(t);
    graft_release(bytes);
    graft_release(from);
    graft_release(to);
}

static void damage_stores(fixture *f) {
    char *folder = graft_path_join(f->tiny.cache, "features");
    graft_names names;
    assert_ok(graft_folder_list(folder, &names));
    for (size_t i = 0; i < names.count; i++) {
        char *path = graft_path_join(folder, names.name[i]);
        FILE *file = fopen(path, "r+b");
        fseek(file, 64 + 40, SEEK_SET); /* in the first record's values */
        int byte = fgetc(file);
        fseek(file, 64 + 40, SEEK_SET);
        fputc(byte ^ 4, file);
        fclose(file);
        graft_release(path);
    }
    graft_names_free(&names);
    graft_release(folder);
}

static void a_damaged_record_is_recomputed_and_nothing_changes(void **state) {
    fixture *f = *state;
    open_context(f, f->tiny.cache, 1);
    tiny_run first = tiny_train(&f->tiny, NULL);
    damage_stores(f);
    tiny_run second = tiny_train(&f->tiny, NULL);
    assert_int_equal(graft_run_timing_of(second.run)->features_computed, 1);
    assert_same_predictions(first.run, second.run);
    tiny_run_free(first);
    tiny_run_free(second);
}

static void results_depend_on_neither_cache_nor_threads(void **state) {
    fixture *f = *state;
    tiny_run cached = tiny_train(&f->tiny, NULL);
    for (int threads = 1; threads <= 3; threads++) {
        fixture bare = {.tiny = {.folder = f->tiny.folder, .pictures = f->tiny.pictures, .network = f->tiny.network}};
        open_context(&bare, NULL, threads);
        tiny_run t = tiny_train(&bare.tiny, NULL);
        assert_int_equal(graft_run_timing_of(t.run)->features_computed, ALL);
        assert_same_predictions(cached.run, t.run);
        tiny_run_free(t);
        tiny_fixture_close(&bare.tiny);
    }
    tiny_run_free(cached);
}

/* Progress is reported ten times a second: the network must be slow enough to be caught at work. */
static void a_cancelled_run_keeps_its_cache(void **state) {
    fixture *f = *state;
    tiny_run t;
    graft_backbone_options options = GRAFT_BACKBONE_OPTIONS_INIT;
    options.image_size = 640;
    for (int run = 0; run < 2; run++) {
        open_context(f, f->tiny.cache, 2);
        graft_backbone_free(f->tiny.backbone);
        assert_ok(graft_backbone_open(&f->tiny.backbone, f->tiny.context, f->tiny.network, &options));
        f->cancel_after = run == 0;
        if (run == 0) assert_fails(GRAFT_E_CANCELLED, "", tiny_try_train(&f->tiny, NULL, &t));
    }
    size_t left = computed(f);
    assert_true(left > 0);
    assert_true(left < ALL);
}

static void two_runs_may_share_a_cache(void **state) {
    fixture *f = *state;
    pid_t child[2];
    open_context(f, f->tiny.cache, 1); /* no threads to lose in fork */
    for (int i = 0; i < 2; i++) {
        child[i] = fork();
        if (child[i] == 0) {
            tiny_run t;
            graft_status status = tiny_try_train(&f->tiny, NULL, &t);
            _exit(status == GRAFT_OK && graft_run_evaluation(t.run, GRAFT_SPLIT_VALIDATION)->accuracy > 0.9 ? 0 : 1);
        }
    }
    for (int i = 0; i < 2; i++) {
        int outcome;
        waitpid(child[i], &outcome, 0);
        assert_int_equal(outcome, 0);
    }
    assert_int_equal(computed(f), 0);
}

static void behaviour_8_baselines_stand_beside_the_accuracy(void **state) {
    fixture *f = *state;
    tiny_run t = tiny_train(&f->tiny, NULL);
    const graft_evaluation *validation = graft_run_evaluation(t.run, GRAFT_SPLIT_VALIDATION);
    assert_true(validation->majority_baseline >= 1.0 / 3 && validation->majority_baseline < 1);
    assert_true(validation->knn_baseline > 0.5 && validation->knn_baseline <= 1);
    assert_true(isnan(graft_run_evaluation(t.run, GRAFT_SPLIT_TRAIN)->knn_baseline));
    tiny_run_free(t);
}

static void behaviour_8_a_collapsed_model_raises_an_alarm(void **state) {
    fixture *f = *state;
    tiny_run t = tiny_train(&f->tiny, NULL);
    assert_null(strstr(f->tiny.log.text, "ever predicted"));
    tiny_run_free(t);
    graft_train_options options = GRAFT_TRAIN_OPTIONS_INIT;
    options.head = "majority";
    assert_ok(tiny_try_train(&f->tiny, &options, &t));
    const graft_evaluation *validation = graft_run_evaluation(t.run, GRAFT_SPLIT_VALIDATION);
    assert_int_equal(validation->predicted_classes, 1);
    assert_true(validation->accuracy <= validation->majority_baseline);
    assert_non_null(strstr(f->tiny.log.text, "only 1 of 3 classes are ever predicted"));
    tiny_run_free(t);
}

static void behaviour_4_every_sample_keeps_its_place(void **state) {
    fixture *f = *state;
    tiny_run t = tiny_train(&f->tiny, NULL);
    size_t seen = 0;
    for (int split = 0; split < 2; split++) {
        const graft_predictions *predictions = graft_run_predictions(t.run, split);
        const graft_evaluation *evaluation = graft_run_evaluation(t.run, split);
        size_t right = 0, trace = 0, last = 0;
        for (size_t i = 0; i < graft_predictions_count(predictions); i++) {
            size_t index = graft_predictions_sample(predictions, i);
            const graft_sample *sample = graft_dataset_sample(t.data, index);
            const float *row = graft_predictions_row(predictions, i);
            int best = row[1] > row[0] ? 1 : 0;
            if (row[2] > row[best]) best = 2;
            assert_true(i == 0 || index > last);
            assert_int_equal(sample->split, split);
            assert_int_equal(graft_predictions_label(predictions, i), sample->label);
            assert_true(strncmp(sample->name, tiny_classes[sample->label], strlen(tiny_classes[sample->label])) == 0);
            assert_float_equal(row[0] + row[1] + row[2], 1, 1e-5);
            right += best == sample->label;
            last = index;
        }
        for (size_t i = 0; i < 3; i++)
            trace += evaluation->confusion[i * 3 + i];
        assert_int_equal(trace, right);
        assert_float_equal(evaluation->accuracy, (double)trace / (double)evaluation->n, 1e-15);
        seen += graft_predictions_count(predictions);
    }
    assert_int_equal(seen, ALL);
    tiny_run_free(t);
}

static void a_layer_and_c_may_be_given(void **state) {
    fixture *f = *state;
    tiny_run t;
    graft_train_options options = GRAFT_TRAIN_OPTIONS_INIT;
    options.layer = "relu2";
    options.pool = 1;
    options.c = 0.5;
    assert_ok(tiny_try_train(&f->tiny, &options, &t));
    assert_int_equal(graft_run_candidate_count(t.run), 0); /* nothing to choose */
    assert_true(graft_run_evaluation(t.run, GRAFT_SPLIT_VALIDATION)->accuracy > 0.8);
    tiny_run_free(t);
    options.pool = 2;
    assert_ok(tiny_try_train(&f->tiny, &options, &t));
    tiny_run_free(t);
}

static void options_out_of_range_are_refused(void **state) {
    fixture *f = *state;
    tiny_run t;
    graft_train_options options = GRAFT_TRAIN_OPTIONS_INIT;
    options.head = "forest";
    assert_fails(GRAFT_E_USAGE, "forest", tiny_try_train(&f->tiny, &options, &t));
    options.head = "network"; /* a foreign model's own top is not trained */
    assert_fails(GRAFT_E_USAGE, "network", tiny_try_train(&f->tiny, &options, &t));
    options.head = NULL;
    options.layer = "relu4";
    assert_fails(GRAFT_E_USAGE, "did you mean", tiny_try_train(&f->tiny, &options, &t));
    options.layer = NULL;
    options.folds = 1;
    assert_fails(GRAFT_E_USAGE, "2 to 20", tiny_try_train(&f->tiny, &options, &t));
    options.folds = 0;
    options.c = -1;
    assert_fails(GRAFT_E_USAGE, "c: received", tiny_try_train(&f->tiny, &options, &t));
    options.c = 0;
    options.pool = 3;
    assert_fails(GRAFT_E_USAGE, "pool", tiny_try_train(&f->tiny, &options, &t));
}

static void few_pictures_are_enough(void **state) {
    fixture *f = *state;
    char *few = graft_path_join(f->tiny.folder, "few");
    tiny_pictures(few, tiny_classes, 2, 0, 2);
    graft_release(f->tiny.pictures);
    f->tiny.pictures = few;
    tiny_run t = tiny_train(&f->tiny, NULL);
    assert_non_null(graft_run_model(t.run));
    tiny_run_free(t);
}

/* One class of one training picture takes no layer and no strength from the others: of its two, validation has one. */
static void a_class_of_one_picture_leaves_the_others_their_choice(void **state) {
    fixture *f = *state;
    static const char *const names[] = {"apple", "berry", "cherry", "damson"};
    char *uneven = graft_path_join(f->tiny.folder, "uneven");
    tiny_pictures(uneven, names, 3, 0, 25);
    tiny_pictures(uneven, names + 3, 1, 0, 2);
    graft_release(f->tiny.pictures);
    f->tiny.pictures = uneven;
    tiny_run t = tiny_train(&f->tiny, NULL);
    assert_string_equal(tiny_decision(t.run, "folds"), "5");
    assert_true(graft_run_candidate_count(t.run) > 4);
    for (size_t i = 0; i < graft_run_decision_count(t.run); i++) {
        const graft_decision *decision = graft_run_decision(t.run, i);
        if (strcmp(decision->what, "folds") == 0)
            assert_non_null(strstr(decision->reason, "1 class of a single picture is wrong where it is held out"));
        if (strcmp(decision->what, "layer") == 0)
            assert_non_null(strstr(decision->reason, "cross-validated accuracy 0."));
        if (strcmp(decision->what, "c") == 0) assert_non_null(strstr(decision->reason, "cross-validated among"));
    }
    tiny_run_free(t);
}

/* Training streams its features; a zip of them is written in one go and must fit. */
static void features_beyond_the_memory_limit_train_but_do_not_fit_a_zip(void **state) {
    fixture *f = *state;
    graft_context_options options = GRAFT_CONTEXT_OPTIONS_INIT;
    graft_train_options train_options = GRAFT_TRAIN_OPTIONS_INIT;
    graft_backbone *backbone;
    graft_context *context;
    graft_dataset *data;
    graft_run *run;
    options.threads = 1;
    options.no_cache = true;
    options.memory_limit_bytes = 100000;
    train_options.layer = "relu1";
    train_options.pool = 2;
    char *network = graft_path_join(f->tiny.folder, "tiny.graft");
    assert_ok(graft_context_new(&context, &options));
    assert_ok(graft_backbone_open(&backbone, context, network, NULL));
    assert_ok(graft_dataset_open(&data, context, f->tiny.pictures, NULL));
    assert_ok(graft_train(&run, context, data, backbone, &train_options));
    char *output = graft_path_join(f->tiny.folder, "wide.npz");
    graft_extract_options extract = GRAFT_EXTRACT_OPTIONS_INIT;
    extract.layer = "relu1";
    extract.pool = 2;
    extract.output = output;
    assert_fails(GRAFT_E_USAGE, "--memory", graft_extract(context, backbone, data, &extract, NULL, NULL));
    graft_release(output);
    graft_run_free(run);
    graft_dataset_free(data);
    graft_backbone_free(backbone);
    graft_context_free(context);
    graft_release(network);
}

static graft_status train_once(void *argument) {
    fixture *f = argument;
    graft_dataset *data = NULL;
    graft_run *run = NULL;
    char *plan = NULL;
    graft_train_options options = GRAFT_TRAIN_OPTIONS_INIT;
    options.layer = "pool";
    options.c = 0.1;
    graft_status status = graft_dataset_open(&data, f->tiny.context, f->tiny.pictures, NULL);
    if (status == GRAFT_OK) status = graft_train(&run, f->tiny.context, data, f->tiny.backbone, &options);
    if (status == GRAFT_OK) status = graft_run_plan_json(run, &plan);
    graft_text_free(plan);
    graft_run_free(run);
    graft_dataset_free(data);
    return status;
}

static void every_allocation_may_fail(void **state) {
    fixture *f = *state;
    char *few = graft_path_join(f->tiny.folder, "few");
    tiny_pictures(few, tiny_classes, 2, 0, 2);
    graft_release(f->tiny.pictures);
    f->tiny.pictures = few;
    open_context(f, NULL, 1);
    test_failing_allocations(train_once, f);
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(a_run_says_what_it_found),
        T(decisions_have_reasons_and_one_candidate_is_chosen),
        T(the_plan_is_json_with_reasons),
        T(a_second_run_computes_no_features),
        T(evaluating_the_saved_model_computes_nothing),
        T(ten_new_pictures_compute_ten),
        T(equal_contents_are_computed_once),
        T(a_damaged_record_is_recomputed_and_nothing_changes),
        T(results_depend_on_neither_cache_nor_threads),
        T(a_cancelled_run_keeps_its_cache),
        T(two_runs_may_share_a_cache),
        T(behaviour_8_baselines_stand_beside_the_accuracy),
        T(behaviour_8_a_collapsed_model_raises_an_alarm),
        T(behaviour_4_every_sample_keeps_its_place),
        T(a_layer_and_c_may_be_given),
        T(options_out_of_range_are_refused),
        T(few_pictures_are_enough),
        T(a_class_of_one_picture_leaves_the_others_their_choice),
        T(features_beyond_the_memory_limit_train_but_do_not_fit_a_zip),
        T(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
