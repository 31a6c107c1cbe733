/* Cross-validation from files: whatever form the features come in, the same rows give the same figures. */
#include "support/support.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/file.h"
#include "base/rng.h"
#include "formats/npy.h"
#include "support/tiny.h"
#include "json/json.h"
#include <graft/crossval.h>
#include <graft/report.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 90, WIDTH = 6 };

typedef struct fixture {
    char *folder;
    graft_context *context;
    float x[ROWS * WIDTH];
    int label[ROWS];
    char warning[512];
} fixture;

static const char *const names[] = {"a, \"quoted\"", "b", "c"};

static void take_log(void *user, graft_log_level level, const char *text) {
    fixture *f = user;
    if (level == GRAFT_LOG_WARNING) snprintf(f->warning, sizeof(f->warning), "%s", text);
}

/* Three classes, `apart` standard deviations from each other. */
static void fill(fixture *f, double apart) {
    graft_rng rng = graft_rng_make(2, GRAFT_RNG_TEST, 0, 0);
    for (size_t i = 0; i < ROWS; i++) {
        f->label[i] = (int)(i % 3);
        for (size_t j = 0; j < WIDTH; j++)
            f->x[i * WIDTH + j] = (float)(graft_rng_normal(&rng) + ((int)j % 3 == f->label[i] ? apart : 0));
    }
}

static int setup(void **state) {
    fixture *f = calloc(1, sizeof(*f));
    graft_context_options options = GRAFT_CONTEXT_OPTIONS_INIT;
    f->folder = test_folder();
    options.threads = 2;
    options.no_cache = true;
    options.log = take_log;
    options.user = f;
    assert_ok(graft_context_new(&f->context, &options));
    fill(f, 1.2);
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

static void put(const fixture *f, const char *name, const char *text) {
    char *path = graft_path_join(f->folder, name);
    assert_ok(graft_file_write(path, text, strlen(text)));
    graft_release(path);
}

static void add_name(graft_buffer *out, const char *name) {
    graft_buffer_text(out, strchr(name, '"') ? "\"a, \"\"quoted\"\"\"" : name);
}

/* Features with the label in the middle. */
static void write_table(const fixture *f, const char *name, size_t rows) {
    graft_buffer text;
    char *taken;
    graft_buffer_init(&text, 0);
    graft_buffer_text(&text, "f0,f1,f2,kind,f3,f4,f5\n");
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j < WIDTH; j++) {
            if (j == 3) {
                add_name(&text, names[f->label[i]]);
                graft_buffer_text(&text, ",");
            }
            graft_buffer_format(&text, "%.9g%s", (double)f->x[i * WIDTH + j], j + 1 < WIDTH ? "," : "\n");
        }
    }
    assert_ok(graft_buffer_take(&text, &taken, NULL));
    put(f, name, taken);
    graft_release(taken);
}

static void write_labels(const fixture *f, const char *name, size_t rows) {
    graft_buffer text;
    char *taken;
    graft_buffer_init(&text, 0);
    graft_buffer_text(&text, "row,path,label\r\n");
    for (size_t i = 0; i < rows; i++) {
        graft_buffer_format(&text, "%zu,x,", i);
        add_name(&text, names[f->label[i]]);
        graft_buffer_text(&text, "\r\n");
    }
    assert_ok(graft_buffer_take(&text, &taken, NULL));
    put(f, name, taken);
    graft_release(taken);
}

static void write_arrays(fixture *f, const char *npy, const char *npz, const char *label_npy) {
    graft_shape matrix = GRAFT_SHAPE(ROWS, WIDTH), column = GRAFT_SHAPE(ROWS);
    graft_tensor *x, *label;
    char *path;
    assert_ok(graft_tensor_borrow(GRAFT_F32, &matrix, f->x, &x));
    assert_ok(graft_tensor_borrow(GRAFT_I32, &column, f->label, &label));
    const graft_named_tensor tensors[] = {{"features", x}, {"labels", label}};
    if (npy) {
        path = graft_path_join(f->folder, npy);
        assert_ok(graft_npy_write(path, x));
        graft_release(path);
    }
    if (npz) {
        path = graft_path_join(f->folder, npz);
        assert_ok(graft_npz_write(path, tensors, 2));
        graft_release(path);
    }
    if (label_npy) {
        path = graft_path_join(f->folder, label_npy);
        assert_ok(graft_npy_write(path, label));
        graft_release(path);
    }
    graft_tensor_free(x);
    graft_tensor_free(label);
}

static graft_status run(fixture *f, const char *name, const graft_crossval_options *options,
                        graft_crossval_result **out) {
    char *path = graft_path_join(f->folder, name);
    graft_status status = graft_crossval(out, f->context, path, NULL, options);
    graft_release(path);
    return status;
}

static void assert_alike(const graft_crossval_result *a, const graft_crossval_result *b) {
    assert_int_equal(a->fold_count, b->fold_count);
    for (size_t i = 0; i < a->fold_count; i++) {
        assert_int_equal(a->folds[i].n, b->folds[i].n);
        assert_int_equal(a->folds[i].correct, b->folds[i].correct);
        assert_true(a->folds[i].loss == b->folds[i].loss);
    }
    assert_true(a->mean == b->mean && a->std == b->std);
}

static void every_form_of_the_same_rows_gives_the_same(void **state) {
    fixture *f = *state;
    graft_crossval_result *table, *other;
    graft_crossval_options options = GRAFT_CROSSVAL_OPTIONS_INIT;
    options.label = "kind";
    write_table(f, "t.csv", ROWS);
    assert_ok(run(f, "t.csv", &options, &table));
    assert_int_equal(table->n, ROWS);
    assert_int_equal(table->width, WIDTH);
    assert_int_equal(table->classes, 3);
    assert_int_equal(table->fold_count, 10);
    for (size_t i = 0; i < 10; i++)
        assert_int_equal(table->folds[i].n, 9);
    assert_in_range((int)(table->mean * 100), 70, 95);
    assert_float_equal(table->baseline, 1.0 / 3, 1e-9);
    assert_true(table->interval95[0] < table->mean && table->mean < table->interval95[1]);
    assert_int_equal(table->rare_count + table->duplicates, 0);

    options.label = NULL;
    write_arrays(f, "f.npy", "f.npz", "l.npy");
    write_labels(f, "f.csv", ROWS);
    assert_ok(run(f, "f.npy", &options, &other));
    assert_alike(table, other);
    graft_crossval_free(other);
    assert_ok(run(f, "f.npz", &options, &other)); /* with f.csv beside it, too */
    assert_alike(table, other);
    graft_crossval_free(other);
    write_arrays(f, "alone.npy", "alone.npz", NULL);
    assert_fails(GRAFT_E_USAGE, "--labels", run(f, "alone.npy", &options, &other));
    assert_ok(run(f, "alone.npz", &options, &other));
    assert_alike(table, other);
    graft_crossval_free(other);
    char *labels = graft_path_join(f->folder, "l.npy");
    options.labels = labels;
    assert_ok(run(f, "alone.npy", &options, &other));
    assert_alike(table, other);
    graft_crossval_free(other);
    graft_release(labels);
    graft_crossval_free(table);
}

static void the_seed_decides_the_folds(void **state) {
    fixture *f = *state;
    graft_crossval_result *one, *two;
    graft_crossval_options options = GRAFT_CROSSVAL_OPTIONS_INIT;
    options.label = "kind";
    options.folds = 4;
    options.c = 0.1;
    write_table(f, "t.csv", ROWS);
    assert_ok(run(f, "t.csv", &options, &one));
    assert_ok(run(f, "t.csv", &options, &two));
    assert_alike(one, two);
    graft_crossval_free(two);
    options.seed = 1;
    assert_ok(run(f, "t.csv", &options, &two));
    assert_true(one->loss != two->loss);
    graft_crossval_free(one);
    graft_crossval_free(two);
}

/* Labels of chance on rows that stand there three times: whoever separates the copies knows them by heart. */
static void copies_share_a_fold(void **state) {
    fixture *f = *state;
    graft_crossval_result *result;
    graft_crossval_options options = GRAFT_CROSSVAL_OPTIONS_INIT;
    options.label = "kind";
    options.head = GRAFT_CROSSVAL_KNN;
    options.neighbours = 1;
    fill(f, 0);
    for (size_t i = 0; i < ROWS; i++) {
        memcpy(f->x + i * WIDTH, f->x + i / 3 * 3 * WIDTH, WIDTH * sizeof(float));
        f->label[i] = (int)(i / 3 % 3);
    }
    write_table(f, "t.csv", ROWS);
    assert_ok(run(f, "t.csv", &options, &result));
    assert_int_equal(result->duplicates, ROWS / 3 * 2);
    assert_true(result->mean < 0.7);
    graft_crossval_free(result);
    fill(f, 1.2);
}

static void rare_classes_are_said(void **state) {
    fixture *f = *state;
    graft_crossval_result *result;
    graft_crossval_options options = GRAFT_CROSSVAL_OPTIONS_INIT;
    char *text, *json;
    graft_json *object;
    options.label = "kind";
    for (size_t i = 0; i < ROWS; i++)
        f->label[i] = i < 3 ? 2 : (int)(i % 2);
    write_table(f, "t.csv", ROWS);
    assert_ok(run(f, "t.csv", &options, &result));
    assert_non_null(strstr(f->warning, "class c has 3 distinct samples, fewer than 10 folds"));
    assert_int_equal(result->rare_count, 1);
    assert_string_equal(result->rare[0].name, "c");
    assert_ok(graft_crossval_text(result, &text));
    assert_non_null(strstr(text, "c: 3 distinct samples for 10 folds"));
    graft_text_free(text);
    assert_ok(graft_crossval_json(result, &json));
    assert_ok(graft_json_parse(json, strlen(json), "the result", &object));
    assert_int_equal(graft_json_count(graft_json_get(object, "folds")), 10);
    assert_int_equal(graft_json_int(graft_json_get(graft_json_at(graft_json_get(object, "folds"), 9), "n"), 0), 9);
    assert_true(graft_json_real(graft_json_get(object, "mean"), 0) == result->mean);
    assert_true(graft_json_real(graft_json_at(graft_json_get(object, "interval95"), 1), 0) == result->interval95[1]);
    assert_string_equal(graft_json_text(graft_json_get(object, "head"), ""), "logistic");
    assert_int_equal(graft_json_int(graft_json_get(graft_json_at(graft_json_get(object, "rare"), 0), "n"), 0), 3);
    graft_json_free(object);
    graft_text_free(json);
    graft_crossval_free(result);
    fill(f, 1.2);
}

static void what_cannot_be_is_refused(void **state) {
    fixture *f = *state;
    graft_crossval_result *result;
    graft_crossval_options options = GRAFT_CROSSVAL_OPTIONS_INIT;
    options.label = "kind";
    put(f, "nan.csv", "a,b,kind\n1,2,x\n3,nan,y\n");
    assert_fails(GRAFT_E_DATA, "line 3, column 2 (b): received \"nan\"", run(f, "nan.csv", &options, &result));
    put(f, "hole.csv", "a,b,kind\n1,2,x\n3,,y\n");
    assert_fails(GRAFT_E_DATA, "line 3, column 2 (b)", run(f, "hole.csv", &options, &result));
    put(f, "class.csv", "a,b,kind\n1,2,\n");
    assert_fails(GRAFT_E_DATA, "line 2, column 3 (kind)", run(f, "class.csv", &options, &result));
    put(f, "ragged.csv", "a,b,kind\n1,x\n");
    assert_fails(GRAFT_E_DATA, "line 2: 2 cells, expected 3", run(f, "ragged.csv", &options, &result));
    put(f, "word.csv", "a,b,kind\n1,word,x\n");
    assert_fails(GRAFT_E_DATA, "\"word\", expected a finite number", run(f, "word.csv", &options, &result));
    put(f, "one.csv", "a,kind\n1,x\n2,x\n");
    assert_fails(GRAFT_E_DATA, "one.csv: all 2 samples are of the class x", run(f, "one.csv", &options, &result));
    put(f, "few.csv", "a,kind\n1,x\n2,y\n");
    assert_fails(GRAFT_E_DATA, "2 samples are fewer than 10 folds", run(f, "few.csv", &options, &result));
    put(f, "empty.csv", "");
    assert_fails(GRAFT_E_DATA, "empty", run(f, "empty.csv", &options, &result));
    put(f, "bare.csv", "a,kind\n");
    assert_fails(GRAFT_E_DATA, "no rows", run(f, "bare.csv", &options, &result));
    options.label = "sort";
    assert_fails(GRAFT_E_USAGE, "0 of its 2 columns", run(f, "one.csv", &options, &result));
    options.label = NULL;
    assert_fails(GRAFT_E_USAGE, "--label COLUMN", run(f, "one.csv", &options, &result));
    options.folds = 1;
    assert_fails(GRAFT_E_USAGE, "folds: received 1", run(f, "one.csv", &options, &result));
    options.folds = 0;

    float kept = f->x[50 * WIDTH + 4];
    f->x[50 * WIDTH + 4] = NAN;
    write_arrays(f, "n.npy", NULL, NULL);
    f->x[50 * WIDTH + 4] = kept;
    write_labels(f, "n.csv", ROWS);
    assert_fails(GRAFT_E_DATA, "row 50, column 4 is nan", run(f, "n.npy", &options, &result));
    write_labels(f, "n.csv", ROWS - 1);
    assert_fails(GRAFT_E_DATA, "89 rows of labels, the features have 90", run(f, "n.npy", &options, &result));
    options.label = "sort";
    assert_fails(GRAFT_E_USAGE, "no column sort", run(f, "n.npy", &options, &result));
    options.labels = "x.csv";
    assert_fails(GRAFT_E_USAGE, "labels", run(f, "one.csv", &options, &result));
    assert_null(result);
}

static void pictures_by_pixels_and_by_a_network(void **state) {
    fixture *f = *state;
    graft_crossval_result *result;
    graft_crossval_options options = GRAFT_CROSSVAL_OPTIONS_INIT;
    static const char *const classes[] = {"apple", "berry"};
    char *pictures = graft_path_join(f->folder, "pictures"), *network = graft_path_join(f->folder, "tiny.graft");
    graft_backbone *backbone;
    tiny_pictures(pictures, classes, 2, 0, 12);
    tiny_network(f->context, network, 16, 5, 1);
    options.folds = 3;
    options.image_size = 8;
    assert_ok(graft_crossval(&result, f->context, pictures, NULL, &options));
    assert_int_equal(result->n, 24);
    assert_int_equal(result->width, 8 * 8 * 3);
    assert_string_equal(result->features, "raw pixels, 8x8 RGB");
    assert_true(result->mean > 0.9);
    graft_crossval_free(result);
    assert_ok(graft_backbone_open(&backbone, f->context, network, NULL));
    options.layer = "relu3";
    assert_ok(graft_crossval(&result, f->context, pictures, backbone, &options));
    assert_int_equal(result->width, 16);
    assert_non_null(strstr(result->features, "layer relu3 of "));
    assert_true(result->mean > 0.9);
    graft_crossval_free(result);
    put(f, "paths.csv",
        "file,kind\npictures/apple/00.jpg,x\npictures/berry/00.jpg,y\npictures/apple/01.jpg,x\n"
        "pictures/berry/01.jpg,y\npictures/apple/02.jpg,x\npictures/berry/02.jpg,y\n");
    options.label = "kind";
    options.folds = 2;
    assert_ok(run(f, "paths.csv", &options, &result));
    assert_int_equal(result->n, 6);
    graft_crossval_free(result);
    write_arrays(f, "f.npy", NULL, NULL);
    char *path = graft_path_join(f->folder, "f.npy");
    assert_fails(GRAFT_E_USAGE, "features already", graft_crossval(&result, f->context, path, backbone, &options));
    graft_release(path);
    graft_backbone_free(backbone);
    graft_release(pictures);
    graft_release(network);
}

static void what_does_not_fit_into_memory_is_refused(void **state) {
    fixture *f = *state;
    graft_context_options options = GRAFT_CONTEXT_OPTIONS_INIT;
    graft_crossval_options how = GRAFT_CROSSVAL_OPTIONS_INIT;
    graft_crossval_result *result;
    graft_context *small;
    how.label = "kind";
    options.memory_limit_bytes = 2 * sizeof(float) * WIDTH * 50;
    options.no_cache = true;
    assert_ok(graft_context_new(&small, &options));
    write_table(f, "t.csv", ROWS);
    char *path = graft_path_join(f->folder, "t.csv");
    assert_fails(GRAFT_E_USAGE, "51 rows of 6 features", graft_crossval(&result, small, path, NULL, &how));
    graft_release(path);
    graft_context_free(small);
}

typedef struct job {
    fixture *f;
    const char *name;
} job;

static graft_status once(void *argument) {
    const job *j = argument;
    graft_crossval_result *result;
    graft_crossval_options options = GRAFT_CROSSVAL_OPTIONS_INIT;
    options.label = strstr(j->name, ".csv") ? "kind" : NULL;
    options.folds = 2;
    options.c = 0.01;
    graft_status status = run(j->f, j->name, &options, &result);
    graft_crossval_free(result);
    return status;
}

static void failing_allocations_are_clean(void **state) {
    fixture *f = *state;
    job table = {f, "t.csv"}, array = {f, "f.npz"};
    write_table(f, "t.csv", 30);
    write_arrays(f, NULL, "f.npz", NULL);
    write_labels(f, "f.csv", ROWS);
    test_failing_allocations(once, &table);
    test_failing_allocations(once, &array);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_of_the_same_rows_gives_the_same),
        cmocka_unit_test(the_seed_decides_the_folds),
        cmocka_unit_test(copies_share_a_fold),
        cmocka_unit_test(rare_classes_are_said),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(pictures_by_pixels_and_by_a_network),
        cmocka_unit_test(what_does_not_fit_into_memory_is_refused),
        cmocka_unit_test(failing_allocations_are_clean),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
