/* Comparisons with a known answer: networks made by hand for pictures made for them. */
#include "support/support.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/file.h"
#include "base/rng.h"
#include "data/dataset.h"
#include "formats/npy.h"
#include "nn/op.h"
#include "transfer/model-internal.h"
#include "json/json.h"
#include <graft/compare.h>
#include <graft/report.h>

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ROWS = 200, SIDE = 16, PIXELS = SIDE * SIDE, KERNEL = 5, MARKS = 4 };

typedef struct fixture {
    char *folder, *table;
    graft_context *context;
    unsigned char pixels[ROWS][PIXELS];
    int label[ROWS];
    float mark[KERNEL * KERNEL]; /* +-1, sum 0 */
} fixture;

static void make_mark(fixture *f) {
    size_t order[KERNEL * KERNEL];
    graft_rng rng = graft_rng_make(11, GRAFT_RNG_TEST, 0, 0);
    for (size_t i = 0; i < KERNEL * KERNEL; i++)
        order[i] = i;
    graft_rng_shuffle(&rng, order, KERNEL * KERNEL);
    for (size_t i = 0; i < KERNEL * KERNEL; i++)
        f->mark[order[i]] = i == 0 ? 0 : i % 2 ? 1 : -1;
}

static unsigned char grey(double value) {
    return (unsigned char)fmin(255, fmax(0, 128 + 24 * value + 0.5));
}

/* Noise; a class has marks, somewhere (also across the borders), the other has their negatives. */
static void draw_marks(fixture *f) {
    for (size_t i = 0; i < ROWS; i++) {
        double value[PIXELS];
        graft_rng rng = graft_rng_make(5, GRAFT_RNG_TEST, 1, i);
        f->label[i] = (int)(i % 2);
        for (size_t k = 0; k < PIXELS; k++)
            value[k] = graft_rng_normal(&rng);
        for (int m = 0; m < MARKS; m++) {
            const size_t top = graft_rng_below(&rng, SIDE), left = graft_rng_below(&rng, SIDE);
            for (size_t k = 0; k < KERNEL * KERNEL; k++)
                value[(top + k / KERNEL) % SIDE * SIDE + (left + k % KERNEL) % SIDE] +=
                    (f->label[i] ? -1.5 : 1.5) * (double)f->mark[k];
        }
        for (size_t k = 0; k < PIXELS; k++)
            f->pixels[i][k] = grey(value[k]);
    }
}

/* Noise; the left or the right half is brighter. */
static void draw_halves(fixture *f) {
    for (size_t i = 0; i < ROWS; i++) {
        graft_rng rng = graft_rng_make(6, GRAFT_RNG_TEST, 2, i);
        f->label[i] = (int)(i % 2);
        for (size_t k = 0; k < PIXELS; k++)
            f->pixels[i][k] = grey(graft_rng_normal(&rng) + ((k % SIDE < SIDE / 2) == (f->label[i] == 0) ? 1.5 : -1.5));
    }
}

static void write_table(fixture *f) {
    graft_buffer text;
    char *taken;
    graft_buffer_init(&text, 0);
    graft_buffer_text(&text, "label");
    for (int k = 0; k < PIXELS; k++)
        graft_buffer_format(&text, ",p%d", k);
    graft_buffer_text(&text, "\n");
    for (size_t i = 0; i < ROWS; i++) {
        graft_buffer_text(&text, f->label[i] ? "b" : "a");
        for (int k = 0; k < PIXELS; k++)
            graft_buffer_format(&text, ",%d", f->pixels[i][k]);
        graft_buffer_text(&text, "\n");
    }
    assert_ok(graft_buffer_take(&text, &taken, NULL));
    assert_ok(graft_file_write(f->table, taken, strlen(taken)));
    graft_release(taken);
}

static int setup(void **state) {
    fixture *f = calloc(1, sizeof(*f));
    graft_context_options options = GRAFT_CONTEXT_OPTIONS_INIT;
    f->folder = test_folder();
    f->table = graft_path_join(f->folder, "table.csv");
    options.threads = 1;
    options.cache_dir = f->folder;
    assert_ok(graft_context_new(&f->context, &options));
    make_mark(f);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    fixture *f = *state;
    graft_context_free(f->context);
    graft_release(f->table);
    test_folder_remove(f->folder);
    free(f);
    return 0;
}

/* Looks for the mark: convolution, a threshold, the mean. `mix`: the kernel's values in another order. `bottom`: the
 * threshold, for pixels of 0..1. */
static void make_backbone(fixture *f, graft_backbone *out, bool mix, float bottom) {
    const graft_input_attributes input = {.shape = {1, SIDE, SIDE}, .rank = 3};
    const graft_conv2d_attributes conv = {.filters = 2,
                                          .kernel = {KERNEL, KERNEL},
                                          .strides = {1, 1},
                                          .dilations = {1, 1},
                                          .same = true,
                                          .groups = 1,
                                          .bias = true};
    const graft_activation_attributes relu = {.kind = GRAFT_ACT_RELU};
    const graft_shape kernel = GRAFT_SHAPE(2, 1, KERNEL, KERNEL), bias = GRAFT_SHAPE(2);
    graft_tensor *weights, *threshold;
    int at;
    *out = (graft_backbone){.context = f->context, .name = graft_text_copy("marks")};
    assert_ok(graft_graph_new("marks", &out->graph));
    assert_ok(graft_graph_add(out->graph, "input", "in", &input, NULL, 0, &at));
    assert_ok(graft_graph_add(out->graph, "conv2d", "conv", &conv, &at, 1, &at));
    assert_ok(graft_tensor_new(GRAFT_F32, &kernel, &weights));
    assert_ok(graft_tensor_new(GRAFT_F32, &bias, &threshold));
    for (int k = 0; k < KERNEL * KERNEL; k++) {
        const float value = f->mark[mix ? (k * 7 + 3) % (KERNEL * KERNEL) : k];
        graft_tensor_f32(weights)[k] = value;
        graft_tensor_f32(weights)[KERNEL * KERNEL + k] = -value;
    }
    graft_tensor_f32(threshold)[0] = graft_tensor_f32(threshold)[1] = -bottom;
    assert_ok(graft_node_set_param(graft_graph_node(out->graph, at), "kernel", weights));
    assert_ok(graft_node_set_param(graft_graph_node(out->graph, at), "bias", threshold));
    assert_ok(graft_graph_add(out->graph, "activation", "relu", &relu, &at, 1, &at));
    assert_ok(graft_graph_add(out->graph, "global_avgpool", "pool", NULL, &at, 1, &at));
    graft_preprocess_init(&out->spec, GRAFT_SCALING_01);
    out->spec.channels = 1;
    out->spec.width = out->spec.height = SIDE;
}

static void clear_backbone(graft_backbone *backbone) {
    graft_graph_free(backbone->graph);
    graft_release(backbone->name);
}

static graft_compare_options usual(void) {
    graft_compare_options options = GRAFT_COMPARE_OPTIONS_INIT;
    options.folds = 5;
    options.sizes = 2;
    options.c = 0.01;
    options.epochs = 3;
    options.label = "label";
    options.fine_tune = "all";
    options.scratch = GRAFT_COMPARE_SCRATCH_SMALL;
    return options;
}

static const graft_compare_arm *arm_of(const graft_compare_result *result, const char *name) {
    for (size_t i = 0; i < result->arm_count; i++)
        if (strcmp(result->arms[i].name, name) == 0) return &result->arms[i];
    fail_msg("no arm %s", name);
    return NULL;
}

static const graft_compare_finding *cause_of(const graft_compare_result *result, const char *name) {
    for (size_t i = 0; i < result->cause_count; i++)
        if (strcmp(result->causes[i].name, name) == 0) return &result->causes[i];
    fail_msg("no cause %s", name);
    return NULL;
}

static void the_right_network_transfers(void **state) {
    fixture *f = *state;
    graft_compare_options options = usual();
    graft_compare_result *result;
    graft_backbone backbone;
    draw_marks(f);
    write_table(f);
    make_backbone(f, &backbone, false, 1);
    assert_ok(graft_compare(&result, f->context, f->table, &backbone, &options));
    assert_int_equal(result->arm_count, 5);
    if (result->verdict != GRAFT_COMPARE_POSITIVE) fail_msg("%s", result->words);
    assert_true(arm_of(result, "frozen")->accuracy > 0.85);
    assert_true(arm_of(result, "finetuned")->accuracy > 0.85);
    assert_true(arm_of(result, "raw")->accuracy < 0.7);
    assert_true(arm_of(result, "random_frozen")->accuracy < 0.75);
    assert_true(result->p_value < 0.05 && result->pairs == 6);
    assert_true(result->by_size.asymptote.interval95[0] > 0);
    assert_int_equal(result->cause_count, 0);
    /* Curves: sizes double; epoch 0 of fine-tuning is the frozen arm's head. */
    const graft_compare_arm *frozen = arm_of(result, "frozen"), *tuned = arm_of(result, "finetuned");
    assert_int_equal(frozen->size_count, 2);
    assert_int_equal(frozen->epoch_count, 0);
    assert_int_equal(tuned->epoch_count, 4);
    assert_float_equal(frozen->sizes[1].x, 160, 1e-9);
    assert_float_equal(frozen->sizes[0].x, 80, 1e-9);
    assert_float_equal(tuned->epochs[0].accuracy, frozen->accuracy, 1e-9);
    assert_float_equal(tuned->epochs[3].accuracy, tuned->accuracy, 1e-9);
    assert_non_null(strstr(result->words, "Positive transfer"));
    graft_compare_free(result);
    clear_backbone(&backbone);
}

static void a_network_with_its_weights_mixed_up_does_not(void **state) {
    fixture *f = *state;
    graft_compare_options options = usual();
    graft_compare_result *result;
    graft_backbone backbone;
    draw_marks(f);
    write_table(f);
    make_backbone(f, &backbone, true, 1);
    options.arms = "raw,frozen";
    options.sizes = 1;
    assert_ok(graft_compare(&result, f->context, f->table, &backbone, &options));
    assert_int_not_equal(result->verdict, GRAFT_COMPARE_POSITIVE);
    assert_true(arm_of(result, "frozen")->accuracy < 0.75);
    graft_compare_free(result);
    clear_backbone(&backbone);
}

static void wrongly_scaled_pictures_are_negative_and_found_out(void **state) {
    fixture *f = *state;
    graft_compare_options options = usual();
    graft_compare_result *result;
    graft_backbone backbone;
    char *text, *page = graft_path_join(f->folder, "page.html"), *html;
    size_t length;
    graft_json *json;
    draw_halves(f);
    write_table(f);
    make_backbone(f, &backbone, false, 60); /* made for pixels of 0..255 */
    options.sizes = 1;
    options.epochs = 1;
    options.folds = 4;
    assert_ok(graft_compare(&result, f->context, f->table, &backbone, &options));
    assert_int_equal(result->verdict, GRAFT_COMPARE_NEGATIVE);
    assert_true(arm_of(result, "raw")->accuracy > 0.9);
    assert_int_equal(cause_of(result, "labels")->state, GRAFT_COMPARE_NO);
    assert_int_equal(cause_of(result, "rows")->state, GRAFT_COMPARE_NO);
    assert_int_equal(cause_of(result, "preprocessing")->state, GRAFT_COMPARE_YES);
    const char *said = cause_of(result, "preprocessing")->text;
    assert_true(strstr(said, "--preprocess raw") || strstr(said, "--preprocess caffe"));
    static const char *const causes[] = {"resolution", "grey", "layer", "batchnorm", "rate"};
    for (size_t i = 0; i < sizeof(causes) / sizeof(*causes); i++)
        assert_int_not_equal(cause_of(result, causes[i])->state, GRAFT_COMPARE_YES);
    assert_true(isfinite(cause_of(result, "rate")->effect.value));
    assert_int_equal(result->remedy_count, 4); /* l2-sp, delta, bss, fewer layers; there is no earlier layer */
    assert_string_equal(result->remedies[1].name, "delta");
    assert_true(isfinite(result->remedies[1].effect.value));
    /* What is written of it. */
    assert_ok(graft_compare_text(result, &text));
    assert_non_null(strstr(text, "verdict    negative\n"));
    assert_non_null(strstr(text, "preprocessing"));
    graft_text_free(text);
    assert_ok(graft_compare_json(result, &text));
    assert_ok(graft_json_parse(text, strlen(text), "json", &json));
    assert_string_equal(graft_json_text(graft_json_get(json, "verdict"), ""), "negative");
    graft_json_free(json);
    graft_text_free(text);
    assert_ok(graft_compare_page_write(result, page));
    assert_ok(graft_file_read(page, 1 << 20, &html, &length));
    assert_non_null(strstr(html, "Accuracy by epochs"));
    assert_non_null(strstr(html, "id=\"remedies\""));
    assert_null(strstr(html, "http://www.example"));
    graft_release(html);
    graft_release(page);
    graft_compare_free(result);
    clear_backbone(&backbone);
}

/* ---- features from a file ---- */

/* The means of eight strips, squeezed: all that the halves need. `shift`: rows of features below their pictures'. */
static char *write_features(const fixture *f, size_t shift, const char *name) {
    enum { WIDTH = 8 };
    float x[ROWS * WIDTH];
    const graft_shape shape = GRAFT_SHAPE(ROWS, WIDTH);
    graft_tensor *tensor;
    for (size_t i = 0; i < ROWS; i++) {
        const size_t from = (i + shift) % ROWS;
        for (size_t k = 0; k < WIDTH; k++) {
            double sum = 0;
            for (size_t p = 0; p < PIXELS; p++)
                sum += p % SIDE / (SIDE / WIDTH) == k ? f->pixels[from][p] - 128.0 : 0;
            x[i * WIDTH + k] = (float)tanh(sum / 300);
        }
    }
    char *path = graft_path_join(f->folder, name);
    assert_ok(graft_tensor_borrow(GRAFT_F32, &shape, x, &tensor));
    assert_ok(graft_npy_write(path, tensor));
    graft_tensor_free(tensor);
    return path;
}

static void features_in_another_order_are_found_out(void **state) {
    fixture *f = *state;
    graft_compare_options options = GRAFT_COMPARE_OPTIONS_INIT;
    graft_compare_result *result;
    options.label = "label";
    options.sizes = 1;
    options.c = 0.01;
    options.folds = 4;
    draw_halves(f);
    /* Classes in blocks, as folders give them, so that the shift mixes them. */
    for (size_t i = 0; i < ROWS; i++) {
        graft_rng rng = graft_rng_make(9, GRAFT_RNG_TEST, 3, i);
        const size_t other = graft_rng_below(&rng, ROWS);
        unsigned char kept[PIXELS];
        const int label = f->label[i];
        memcpy(kept, f->pixels[i], PIXELS);
        memcpy(f->pixels[i], f->pixels[other], PIXELS);
        memcpy(f->pixels[other], kept, PIXELS);
        f->label[i] = f->label[other];
        f->label[other] = label;
    }
    write_table(f);
    for (int shifted = 0; shifted < 2; shifted++) {
        char *path = write_features(f, shifted ? 31 : 0, "features.npy");
        options.features = path;
        options.diagnose = GRAFT_COMPARE_DIAGNOSE_ALWAYS;
        assert_ok(graft_compare(&result, f->context, f->table, NULL, &options));
        assert_int_equal(result->arm_count, 2);
        assert_true(arm_of(result, "raw")->accuracy > 0.9);
        assert_int_equal(cause_of(result, "labels")->state, GRAFT_COMPARE_NO);
        assert_int_equal(cause_of(result, "rows")->state, shifted ? GRAFT_COMPARE_YES : GRAFT_COMPARE_NO);
        assert_int_equal(cause_of(result, "preprocessing")->state, GRAFT_COMPARE_UNKNOWN);
        if (shifted) {
            assert_int_equal(result->verdict, GRAFT_COMPARE_NEGATIVE);
            assert_true(arm_of(result, "frozen")->accuracy < 0.65);
        } else {
            assert_true(arm_of(result, "frozen")->accuracy > 0.9);
        }
        graft_compare_free(result);
        graft_release(path);
    }
}

static void labels_that_mean_nothing_are_found_out(void **state) {
    fixture *f = *state;
    graft_compare_options options = GRAFT_COMPARE_OPTIONS_INIT;
    graft_compare_result *result;
    draw_halves(f);
    for (size_t i = 0; i < ROWS; i++)
        f->label[i] = (int)(i / 2 % 2);
    write_table(f);
    char *path = write_features(f, 0, "features.npy");
    options.label = "label";
    options.sizes = 1;
    options.c = 0.01;
    options.features = path;
    assert_ok(graft_compare(&result, f->context, f->table, NULL, &options));
    assert_int_equal(result->verdict, GRAFT_COMPARE_NONE);
    /* 200 samples are too few to be sure. */
    assert_int_equal(cause_of(result, "labels")->state, GRAFT_COMPARE_POSSIBLE);
    assert_int_equal(cause_of(result, "rows")->state, GRAFT_COMPARE_NO);
    assert_non_null(strstr(cause_of(result, "labels")->text, "shuffled"));
    graft_compare_free(result);
    graft_release(path);
}

static void equal_runs_are_equal(void **state) {
    fixture *f = *state;
    graft_compare_options options = usual();
    graft_compare_result *result[2];
    graft_backbone backbone;
    draw_marks(f);
    write_table(f);
    make_backbone(f, &backbone, false, 1);
    options.sizes = 1;
    options.epochs = 2;
    for (int i = 0; i < 2; i++)
        assert_ok(graft_compare(&result[i], f->context, f->table, &backbone, &options));
    for (size_t i = 0; i < result[0]->arm_count; i++)
        assert_true(result[0]->arms[i].accuracy == result[1]->arms[i].accuracy);
    assert_string_equal(result[0]->words, result[1]->words);
    graft_compare_free(result[0]);
    graft_compare_free(result[1]);
    clear_backbone(&backbone);
}

static void refuses_what_it_cannot_compare(void **state) {
    fixture *f = *state;
    graft_compare_options options = usual();
    graft_compare_result *result;
    graft_backbone backbone;
    draw_halves(f);
    write_table(f);
    char *path = write_features(f, 0, "features.npy");
    make_backbone(f, &backbone, false, 1);
    assert_fails(GRAFT_E_USAGE, "--base", graft_compare(&result, f->context, f->table, NULL, &options));
    options.features = path;
    assert_fails(GRAFT_E_USAGE, "one of the two", graft_compare(&result, f->context, f->table, &backbone, &options));
    options.arms = "raw,finetuned";
    assert_fails(GRAFT_E_USAGE, "finetuned: it needs a network",
                 graft_compare(&result, f->context, f->table, NULL, &options));
    options.arms = "raw,frosted";
    assert_fails(GRAFT_E_USAGE, "frosted", graft_compare(&result, f->context, f->table, NULL, &options));
    options.arms = NULL;
    options.folds = 1;
    assert_fails(GRAFT_E_USAGE, "folds", graft_compare(&result, f->context, f->table, NULL, &options));
    options.folds = 4;
    const graft_shape shape = GRAFT_SHAPE(3, 1);
    float x[] = {1, 2, 3};
    graft_tensor *tensor;
    assert_ok(graft_tensor_borrow(GRAFT_F32, &shape, x, &tensor));
    assert_ok(graft_npy_write(path, tensor));
    graft_tensor_free(tensor);
    assert_fails(GRAFT_E_DATA, "3 rows of features", graft_compare(&result, f->context, f->table, NULL, &options));
    graft_release(path);
    clear_backbone(&backbone);
}

/* ---- pictures as they are ---- */

/* The first rows of a table; every `step`-th. */
static void take_rows(const char *from, const char *to, size_t rows) {
    char *text;
    size_t length, end = 0;
    assert_ok(graft_file_read(from, (size_t)1 << 28, &text, &length));
    for (size_t line = 0; end < length && line <= rows; end++)
        line += text[end] == '\n';
    assert_ok(graft_file_write(to, text, end - (end < length)));
    graft_release(text);
}

/* A published example got 50 % for VGG16's features of these digits: its generator shuffled them. */
static void digits_reproduce_the_published_half_when_rows_are_shuffled(void **state) {
    fixture *f = *state;
    graft_compare_options options = GRAFT_COMPARE_OPTIONS_INIT;
    graft_compare_result *result;
    graft_backbone *backbone;
    take_rows(test_shared("data/mnist_6_8.csv"), f->table, 240);
    graft_backbone_options small = GRAFT_BACKBONE_OPTIONS_INIT;
    small.image_size = 96;
    assert_ok(graft_backbone_open(&backbone, f->context, test_shared("weights/mobilenet_v2_imagenet.h5"), &small));
    options.label = "label";
    options.sizes = 1;
    options.c = 0.01;
    options.arms = "raw,frozen";
    options.diagnose = GRAFT_COMPARE_DIAGNOSE_NEVER;
    assert_ok(graft_compare(&result, f->context, f->table, backbone, &options));
    assert_true(arm_of(result, "raw")->accuracy > 0.93);
    assert_true(arm_of(result, "frozen")->accuracy > 0.9);
    graft_compare_free(result);
    /* The same features, a row late. */
    graft_data_options data_options = GRAFT_DATA_OPTIONS_INIT;
    graft_dataset *data;
    data_options.label = "label";
    assert_ok(graft_dataset_open(&data, f->context, f->table, &data_options));
    assert_ok(graft_dataset_check(data));
    size_t *sample, count, width;
    graft_cut cut;
    graft_features *features;
    graft_features_result done;
    assert_ok(graft_dataset_indices(data, -1, &sample, &count));
    assert_ok(graft_cut_make(backbone->graph, graft_cut_last(backbone->graph), GRAFT_POOL_AVG, &cut));
    assert_ok(graft_features_open(f->context, backbone->graph, &backbone->spec, &cut, 1, NULL, &features));
    assert_ok(graft_features_compute(features, data, sample, count, 1, &done));
    assert_int_equal(done.computed, 0); /* in the cache */
    width = cut.width;
    float *x = graft_allocate(count, width * sizeof(*x));
    graft_rng rng = graft_rng_make(1, GRAFT_RNG_TEST, 0, 0);
    graft_rng_shuffle(&rng, sample, count);
    assert_ok(graft_features_read(features, 0, data, sample, count, x));
    graft_features_close(features);
    const graft_shape shape = GRAFT_SHAPE((int64_t)count, (int64_t)width);
    graft_tensor *tensor;
    char *path = graft_path_join(f->folder, "shuffled.npy");
    assert_ok(graft_tensor_borrow(GRAFT_F32, &shape, x, &tensor));
    assert_ok(graft_npy_write(path, tensor));
    options.features = path;
    options.diagnose = GRAFT_COMPARE_DIAGNOSE_AUTO;
    assert_ok(graft_compare(&result, f->context, f->table, NULL, &options));
    assert_float_equal(arm_of(result, "frozen")->accuracy, 0.5, 0.12);
    assert_int_equal(result->verdict, GRAFT_COMPARE_NEGATIVE);
    assert_int_equal(cause_of(result, "rows")->state, GRAFT_COMPARE_YES);
    assert_int_equal(cause_of(result, "labels")->state, GRAFT_COMPARE_NO);
    graft_compare_free(result);
    graft_tensor_free(tensor);
    graft_release(x);
    graft_release(path);
    graft_release(sample);
    graft_dataset_free(data);
    graft_backbone_free(backbone);
}

/* Photographs of clothing and a network that knows photographs. */
static void photographs_profit_from_imagenet(void **state) {
    static const char *const classes[] = {"dress", "pants", "shoes", "shirt"};
    enum { EACH = 20 };
    fixture *f = *state;
    char *folder = graft_path_join(f->folder, "photographs");
    assert_int_equal(mkdir(folder, 0777), 0);
    for (size_t k = 0; k < sizeof(classes) / sizeof(*classes); k++) {
        char from[4096], to[4096], target[8192], link[8192];
        struct dirent **names;
        snprintf(from, sizeof(from), "%s/%s", test_shared("data/clothing/train"), classes[k]);
        snprintf(to, sizeof(to), "%s/%s", folder, classes[k]);
        assert_int_equal(mkdir(to, 0777), 0);
        char *resolved = realpath(from, NULL);
        assert_non_null(resolved);
        const int count = scandir(resolved, &names, NULL, alphasort);
        assert_true(count > EACH + 2);
        for (int i = 0; i < count; i++) {
            if (i >= 2 && i < EACH + 2) { /* after . and .. */
                snprintf(target, sizeof(target), "%s/%s", resolved, names[i]->d_name);
                snprintf(link, sizeof(link), "%s/%s", to, names[i]->d_name);
                assert_int_equal(symlink(target, link), 0);
            }
            free(names[i]);
        }
        free(names);
        free(resolved);
    }
    graft_compare_options options = GRAFT_COMPARE_OPTIONS_INIT;
    graft_backbone_options small = GRAFT_BACKBONE_OPTIONS_INIT;
    graft_compare_result *result;
    graft_backbone *backbone;
    small.image_size = 128;
    options.sizes = 1;
    options.c = 0.01;
    options.arms = "raw,frozen";
    assert_ok(graft_backbone_open(&backbone, f->context, test_shared("weights/mobilenet_v2_imagenet.h5"), &small));
    assert_ok(graft_compare(&result, f->context, folder, backbone, &options));
    if (result->verdict != GRAFT_COMPARE_POSITIVE) fail_msg("%s", result->words);
    assert_int_equal(result->cause_count, 0);
    graft_compare_free(result);
    graft_backbone_free(backbone);
    graft_release(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_right_network_transfers, setup, teardown),
        cmocka_unit_test_setup_teardown(a_network_with_its_weights_mixed_up_does_not, setup, teardown),
        cmocka_unit_test_setup_teardown(wrongly_scaled_pictures_are_negative_and_found_out, setup, teardown),
        cmocka_unit_test_setup_teardown(features_in_another_order_are_found_out, setup, teardown),
        cmocka_unit_test_setup_teardown(labels_that_mean_nothing_are_found_out, setup, teardown),
        cmocka_unit_test_setup_teardown(equal_runs_are_equal, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_what_it_cannot_compare, setup, teardown),
        cmocka_unit_test_setup_teardown(photographs_profit_from_imagenet, setup, teardown),
        cmocka_unit_test_setup_teardown(digits_reproduce_the_published_half_when_rows_are_shuffled, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
