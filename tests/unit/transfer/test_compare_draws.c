/* Training sets of so many samples a class, and data that name what is held out. */
#include "support/support.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "base/rng.h"
#include "data/dataset.h"
#include "nn/op.h"
#include "transfer/compare-internal.h"
#include "transfer/model-internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TRAIN = 90, TEST = 30, SIDE = 8, PIXELS = SIDE * SIDE, CLASSES = 3 };

typedef struct fixture {
    char *folder;
    graft_context *context;
    unsigned char train[TRAIN][PIXELS], test[TEST][PIXELS];
} fixture;

static void write_idx(const fixture *f, const char *name, const unsigned char *values, uint32_t count, bool labels) {
    const uint32_t sizes[] = {count, SIDE, SIDE};
    const size_t head = labels ? 8 : 16, bytes = (size_t)count * (labels ? 1 : PIXELS);
    unsigned char *all = malloc(head + bytes);
    char *path = graft_path_join(f->folder, name);
    memcpy(all, labels ? "\0\0\010\001" : "\0\0\010\003", 4);
    for (size_t i = 0; 4 + 4 * i < head; i++)
        for (int k = 0; k < 4; k++)
            all[4 + 4 * i + (size_t)k] = (unsigned char)(sizes[i] >> (24 - 8 * k));
    memcpy(all + head, values, bytes);
    assert_ok(graft_file_write(path, all, head + bytes));
    graft_release(path);
    free(all);
}

/* Noise; a third of the picture is brighter, which one is the class. */
static void draw(unsigned char *pixels, size_t index, uint64_t set) {
    graft_rng rng = graft_rng_make(set, GRAFT_RNG_TEST, 4, index);
    for (size_t k = 0; k < PIXELS; k++)
        pixels[k] =
            (unsigned char)(graft_rng_below(&rng, 120) + (k / SIDE * CLASSES / SIDE == index % CLASSES ? 100 : 0));
}

static void write_all(const fixture *f) {
    unsigned char label[TRAIN];
    for (size_t i = 0; i < TRAIN; i++)
        label[i] = (unsigned char)(i % CLASSES);
    write_idx(f, "train-images-idx3-ubyte", f->train[0], TRAIN, false);
    write_idx(f, "train-labels-idx1-ubyte", label, TRAIN, true);
    write_idx(f, "t10k-images-idx3-ubyte", f->test[0], TEST, false);
    write_idx(f, "t10k-labels-idx1-ubyte", label, TEST, true);
}

static int setup(void **state) {
    fixture *f = calloc(1, sizeof(*f));
    f->folder = test_folder();
    f->context = test_context(1);
    for (size_t i = 0; i < TRAIN; i++)
        draw(f->train[i], i, 1);
    for (size_t i = 0; i < TEST; i++)
        draw(f->test[i], i, 2);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    fixture *f = *state;
    graft_context_free(f->context);
    test_folder_remove(f->folder);
    free(f);
    return 0;
}

static graft_compare_options usual(void) {
    graft_compare_options options = GRAFT_COMPARE_OPTIONS_INIT;
    options.per_class = "2,5,9";
    options.folds = 3;
    options.epochs = 2;
    options.c = 0.1;
    options.arms = "raw,scratch";
    return options;
}

static graft_study open_study(fixture *f, const graft_compare_options *options) {
    graft_study study = {.context = f->context,
                         .path = f->folder,
                         .options = *options,
                         .folds = (size_t)options->folds,
                         .sizes = 5,
                         .epochs = 1};
    assert_ok(graft_study_sizes(&study));
    assert_ok(graft_study_open(&study));
    return study;
}

/* Every draw: the same test pictures held out, sizes nested and balanced, no training picture in two draws. */
static void draws_share_nothing_but_what_is_held_out(void **state) {
    fixture *f = *state;
    graft_compare_options options = usual();
    int role[TRAIN + TEST], before[TRAIN + TEST], used[TRAIN + TEST] = {0};
    write_all(f);
    graft_study study = open_study(f, &options);
    assert_true(study.drawn);
    assert_int_equal(study.held, TEST);
    assert_int_equal(study.raw.count, TEST + 3 * 9 * CLASSES);
    for (size_t draw_index = 0; draw_index < 3; draw_index++) {
        for (size_t s = 0; s < 3; s++) {
            static const size_t sizes[] = {2, 5, 9};
            size_t of_class[CLASSES] = {0}, held = 0;
            graft_study_roles(&study, s, draw_index, role);
            for (size_t i = 0; i < study.raw.count; i++) {
                const graft_split split = graft_dataset_sample(study.data, study.sample[i])->split;
                assert_true((role[i] == 0) == (split == GRAFT_SPLIT_TEST));
                held += role[i] == 0;
                if (role[i] == 1) of_class[study.raw.label[i]]++;
                if (s > 0 && before[i] == 1) assert_int_equal(role[i], 1);
                before[i] = role[i];
            }
            assert_int_equal(held, TEST);
            for (size_t k = 0; k < CLASSES; k++)
                assert_int_equal(of_class[k], sizes[s]);
        }
        for (size_t i = 0; i < study.raw.count; i++)
            if (role[i] == 1) assert_int_equal(used[i]++, 0);
    }
    graft_study_clear(&study);
}

static void what_repeats_the_held_out_does_not_train(void **state) {
    fixture *f = *state;
    graft_compare_options options = usual();
    graft_compare_result *result;
    int role[TRAIN + TEST];
    /* Each test picture once more among those that train; 60 others, 20 a class, are left. */
    memcpy(f->train, f->test, sizeof(f->test));
    write_all(f);
    options.per_class = "2,10";
    options.folds = 2;
    graft_study study = open_study(f, &options);
    for (size_t draw_index = 0; draw_index < 2; draw_index++) {
        graft_study_roles(&study, 1, draw_index, role);
        for (size_t i = 0; i < study.raw.count; i++)
            if (role[i] == 1)
                assert_true(strcmp(graft_dataset_sample(study.data, study.sample[i])->name, "train/00029") > 0);
    }
    graft_study_clear(&study);
    options.per_class = "2,11";
    assert_fails(GRAFT_E_DATA,
                 "class 0 has 20 training samples that repeat nothing held out, and 2 draws of 11 need 22",
                 graft_compare(&result, f->context, f->folder, NULL, &options));
}

/* Knows no more of a picture than how bright it is, which tells no class. */
static void make_backbone(const fixture *f, graft_backbone *out) {
    const graft_input_attributes input = {.shape = {1, SIDE, SIDE}, .rank = 3};
    const graft_conv2d_attributes conv = {
        .filters = 2, .kernel = {1, 1}, .strides = {1, 1}, .dilations = {1, 1}, .same = true, .groups = 1};
    const graft_shape shape = GRAFT_SHAPE(2, 1, 1, 1);
    graft_tensor *kernel;
    int at;
    *out = (graft_backbone){.context = f->context, .name = graft_text_copy("bright")};
    assert_ok(graft_graph_new("bright", &out->graph));
    assert_ok(graft_graph_add(out->graph, "input", "in", &input, NULL, 0, &at));
    assert_ok(graft_graph_add(out->graph, "conv2d", "conv", &conv, &at, 1, &at));
    assert_ok(graft_tensor_new(GRAFT_F32, &shape, &kernel));
    graft_tensor_f32(kernel)[0] = 1;
    graft_tensor_f32(kernel)[1] = -1;
    assert_ok(graft_node_set_param(graft_graph_node(out->graph, at), "kernel", kernel));
    assert_ok(graft_graph_add(out->graph, "global_avgpool", "pool", NULL, &at, 1, &at));
    graft_preprocess_init(&out->spec, GRAFT_SCALING_01);
    out->spec.channels = 1;
    out->spec.width = out->spec.height = SIDE;
}

static void clear_backbone(graft_backbone *backbone) {
    graft_graph_free(backbone->graph);
    graft_release(backbone->name);
}

/* What is counted for every held-out picture is what accuracies are of: at all sizes and after every epoch. */
static void hits_add_up_to_accuracies(void **state) {
    fixture *f = *state;
    graft_compare_options options = usual();
    static const int arms[] = {GRAFT_ARM_RAW, GRAFT_ARM_SCRATCH, GRAFT_ARM_FINETUNED};
    graft_backbone backbone;
    write_all(f);
    make_backbone(f, &backbone);
    options.arms = "raw,scratch,finetuned";
    options.scratch = GRAFT_COMPARE_SCRATCH_SMALL;
    options.fine_tune = "all";
    graft_study study = {
        .context = f->context, .path = f->folder, .backbone = &backbone, .options = options, .folds = 3, .epochs = 2};
    assert_ok(graft_study_sizes(&study));
    assert_ok(graft_study_open(&study));
    assert_ok(graft_compare_arms_run(&study));
    for (size_t a = 0; a < 3; a++) {
        const graft_compare_scores *scores = &study.arm[arms[a]];
        const size_t points = scores->epochs ? 3 + 3 : 3;
        for (size_t p = 0; p < points; p++) {
            const double *accuracy = p < 3 ? scores->accuracy + 3 * p : scores->epochs + 3 * (p - 3);
            const unsigned char *hits = p < 3 ? scores->hits + p * TEST : scores->epoch_hits + (p - 3) * TEST;
            double right = 0;
            for (size_t i = 0; i < TEST; i++)
                right += hits[i];
            assert_float_equal(right, (accuracy[0] + accuracy[1] + accuracy[2]) * TEST, 1e-3);
        }
    }
    graft_study_clear(&study);
    clear_backbone(&backbone);
}

static void a_comparison_tells_what_was_held_out(void **state) {
    fixture *f = *state;
    graft_compare_options options = usual();
    graft_compare_result *result;
    char *text;
    write_all(f);
    options.held = 12;
    assert_ok(graft_compare(&result, f->context, f->folder, NULL, &options));
    assert_int_equal(result->held_out, 12);
    assert_int_equal(result->arm_count, 2);
    for (size_t a = 0; a < 2; a++) {
        assert_int_equal(result->arms[a].size_count, 3);
        assert_float_equal(result->arms[a].sizes[0].x, 2 * CLASSES, 1e-9);
        assert_float_equal(result->arms[a].sizes[2].x, 9 * CLASSES, 1e-9);
    }
    assert_true(result->arms[0].accuracy > 0.9);
    assert_ok(graft_compare_json(result, &text));
    assert_non_null(strstr(text, "\"held_out\":12"));
    graft_text_free(text);
    graft_compare_free(result);
}

/* ---- a diagnosis ---- */

enum { MANY = 2000 };

static void write_many(const fixture *f, const char *pictures, const char *labels) {
    unsigned char *pixels = malloc((size_t)MANY * PIXELS), *label = malloc(MANY);
    for (size_t i = 0; i < MANY; i++) {
        draw(pixels + i * PIXELS, i, 3);
        label[i] = (unsigned char)(i % CLASSES);
    }
    write_idx(f, pictures, pixels, MANY, false);
    write_idx(f, labels, label, MANY, true);
    free(pixels);
    free(label);
}

static const graft_compare_finding *cause_of(const graft_compare_result *result, const char *name) {
    for (size_t i = 0; i < result->cause_count; i++)
        if (strcmp(result->causes[i].name, name) == 0) return &result->causes[i];
    fail_msg("no cause %s", name);
    return NULL;
}

/* 18 pictures train and 2000 are held out: the part that a diagnosis measures has those that train. */
static void a_diagnosis_of_draws_has_what_trains(void **state) {
    fixture *f = *state;
    graft_compare_options options = usual();
    graft_compare_result *result;
    graft_backbone backbone;
    write_all(f);
    write_many(f, "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte");
    make_backbone(f, &backbone);
    options.per_class = "2";
    options.arms = "raw,frozen";
    assert_ok(graft_compare(&result, f->context, f->folder, &backbone, &options));
    assert_int_equal(result->arm_count, 2);
    assert_int_equal(result->held_out, MANY);
    assert_int_not_equal(result->verdict, GRAFT_COMPARE_POSITIVE);
    assert_true(isfinite(cause_of(result, "preprocessing")->effect.value));
    assert_non_null(strstr(cause_of(result, "preprocessing")->text, "on 418 samples"));
    graft_compare_free(result);
    clear_backbone(&backbone);
}

/* 400 samples of 2000: each of 100 folds has its four. */
static void a_diagnosis_leaves_no_fold_empty(void **state) {
    fixture *f = *state;
    graft_compare_options options = usual();
    graft_compare_result *result;
    graft_backbone backbone;
    write_many(f, "train-images-idx3-ubyte", "train-labels-idx1-ubyte");
    make_backbone(f, &backbone);
    options.per_class = NULL;
    options.sizes = 1;
    options.folds = 100;
    options.seed = 2; /* in whose order the first 400 leave folds empty */
    options.arms = "raw,frozen";
    assert_ok(graft_compare(&result, f->context, f->folder, &backbone, &options));
    assert_int_equal(result->folds, 100);
    assert_true(isfinite(cause_of(result, "preprocessing")->effect.value));
    graft_compare_free(result);
    clear_backbone(&backbone);
}

/* What the data do not allow is told and takes nothing away. */
static void a_check_that_fails_for_the_data_is_unknown(void **state) {
    (void)state;
    graft_study study = {0};
    graft_status failed = graft_fail(GRAFT_E_DATA, "fold 2: of one class");
    assert_ok(graft_compare_settle_cause(&study, "layer", failed));
    assert_int_equal(study.causes[0].state, GRAFT_COMPARE_UNKNOWN);
    assert_string_equal(study.causes[0].text, "not to be measured: fold 2: of one class");
    assert_ok(graft_compare_settle_remedy(&study, "delta", failed));
    assert_int_equal(study.remedies[0].state, GRAFT_COMPARE_UNKNOWN);
    assert_ok(graft_compare_settle_cause(&study, "layer", GRAFT_OK));
    assert_int_equal(graft_compare_settle_cause(&study, "layer", GRAFT_E_CANCELLED), GRAFT_E_CANCELLED);
    assert_int_equal(study.cause_count + study.remedy_count, 2);
    graft_study_clear(&study);
}

/* Data without a test of their own are folded as ever: only the sizes are another. */
static void sizes_by_the_class_work_with_folds_too(void **state) {
    fixture *f = *state;
    graft_compare_options options = usual();
    int role[TRAIN];
    write_all(f);
    char *test = graft_path_join(f->folder, "t10k-images-idx3-ubyte");
    assert_int_equal(remove(test), 0);
    graft_release(test);
    graft_study study = open_study(f, &options);
    assert_false(study.drawn);
    assert_int_equal(study.sizes, 3);
    for (size_t fold = 0; fold < 3; fold++) {
        size_t train = 0, held = 0;
        graft_study_roles(&study, 1, fold, role);
        for (size_t i = 0; i < TRAIN; i++) {
            train += role[i] == 1;
            held += role[i] == 0;
        }
        assert_int_equal(train, 5 * CLASSES);
        assert_int_equal(held, TRAIN / 3);
    }
    graft_study_clear(&study);
}

static void refuses_sizes_that_are_none(void **state) {
    fixture *f = *state;
    graft_compare_options options = usual();
    graft_compare_result *result;
    static const char *const bad[] = {
        "5,5", "20,5", "0", "5,", "five", "5;20", "1,2,3,4,5,6,7,8,9,10,11", "-3", "99999999999999999999"};
    write_all(f);
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        options.per_class = bad[i];
        assert_fails(GRAFT_E_USAGE, "per-class", graft_compare(&result, f->context, f->folder, NULL, &options));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(draws_share_nothing_but_what_is_held_out, setup, teardown),
        cmocka_unit_test_setup_teardown(what_repeats_the_held_out_does_not_train, setup, teardown),
        cmocka_unit_test_setup_teardown(hits_add_up_to_accuracies, setup, teardown),
        cmocka_unit_test_setup_teardown(a_comparison_tells_what_was_held_out, setup, teardown),
        cmocka_unit_test_setup_teardown(a_diagnosis_of_draws_has_what_trains, setup, teardown),
        cmocka_unit_test_setup_teardown(a_diagnosis_leaves_no_fold_empty, setup, teardown),
        cmocka_unit_test(a_check_that_fails_for_the_data_is_unknown),
        cmocka_unit_test_setup_teardown(sizes_by_the_class_work_with_folds_too, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_sizes_that_are_none, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
