/* Predicting and evaluating: one function, the model's classes, foreign classifiers as they are. */
#include "support/support.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/file.h"
#include "support/tiny-fixture.h"
#include "json/json.h"
#include <graft/train.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { EACH = 12, ALL = 3 * EACH };

typedef struct fixture {
    tiny_fixture tiny;
    char *path, *foreign, *logits; /* models: trained, and made elsewhere with probabilities and with logits */
} fixture;

static int setup(void **state) {
    fixture *f = *state = tiny_fixture_new(sizeof(*f), EACH);
    tiny_fixture_open(&f->tiny, 2);
    f->path = tiny_train_model(&f->tiny, NULL, "model.graft");
    f->foreign = graft_path_join(f->tiny.folder, "foreign");
    f->logits = graft_path_join(f->tiny.folder, "logits");
    tiny_tfjs(f->foreign, 16, 3, 2, true);
    tiny_tfjs(f->logits, 16, 3, 2, false);
    return 0;
}

static int teardown(void **state) {
    fixture *f = *state;
    graft_release(f->path);
    graft_release(f->foreign);
    graft_release(f->logits);
    tiny_fixture_free(&f->tiny);
    return 0;
}

static graft_model *open_model(fixture *f) {
    graft_model *model;
    assert_ok(graft_model_open(&model, f->tiny.context, f->path, NULL, NULL));
    return model;
}

static graft_dataset *open_data(fixture *f, const char *path, bool unlabelled, bool partial) {
    graft_dataset *data;
    graft_data_options options = GRAFT_DATA_OPTIONS_INIT;
    options.unlabelled = unlabelled;
    options.allow_one_class = partial;
    assert_ok(graft_dataset_open(&data, f->tiny.context, path, &options));
    return data;
}

static void behaviour_17_predict_reproduces_evaluate_exactly(void **state) {
    fixture *f = *state;
    graft_model *model = open_model(f);
    graft_dataset *labelled = open_data(f, f->tiny.pictures, false, false);
    graft_predictions *all;
    graft_evaluation *evaluation;
    assert_ok(graft_model_predict(&all, model, labelled));
    assert_ok(graft_evaluate(&evaluation, all));
    assert_int_equal(graft_predictions_count(all), ALL);
    size_t right = 0;
    for (size_t i = 0; i < ALL; i++) { /* one picture at a time, by another dataset */
        const graft_sample *sample = graft_dataset_sample(labelled, graft_predictions_sample(all, i));
        graft_dataset *one = open_data(f, sample->path, true, false);
        graft_predictions *alone;
        assert_ok(graft_model_predict(&alone, model, one));
        assert_int_equal(graft_predictions_count(alone), 1);
        assert_int_equal(graft_predictions_label(alone, 0), -1);
        assert_memory_equal(graft_predictions_row(alone, 0), graft_predictions_row(all, i), 3 * sizeof(float));
        const float *row = graft_predictions_row(alone, 0);
        int best = row[1] > row[0] ? 1 : 0;
        if (row[2] > row[best]) best = 2;
        right += best == sample->label;
        graft_predictions_free(alone);
        graft_dataset_free(one);
    }
    assert_float_equal((double)right / ALL, evaluation->accuracy, 0);
    graft_evaluation_free(evaluation);
    graft_predictions_free(all);
    graft_dataset_free(labelled);
    graft_model_free(model);
}

static void behaviour_5_other_classes_are_an_error_with_the_difference(void **state) {
    fixture *f = *state;
    const char *const other[] = {"apple", "berry", "damson"};
    char *folder = graft_path_join(f->tiny.folder, "other");
    tiny_pictures(folder, other, 3, 0, 2);
    graft_model *model = open_model(f);
    graft_dataset *data = open_data(f, folder, false, false);
    graft_predictions *predictions;
    assert_fails(GRAFT_E_DATA, "damson", graft_model_predict(&predictions, model, data));
    assert_non_null(strstr(graft_error_text(), "cherry"));
    graft_dataset_free(data);
    graft_model_free(model);
    graft_release(folder);
}

static void behaviour_5_a_part_of_the_classes_keeps_the_models_order(void **state) {
    fixture *f = *state;
    const char *const part[] = {"cherry"};
    char *folder = graft_path_join(f->tiny.folder, "part");
    tiny_pictures(folder, part, 1, 20, 4);
    graft_model *model = open_model(f);
    graft_dataset *data = open_data(f, folder, false, true);
    graft_predictions *predictions;
    graft_evaluation *evaluation;
    assert_ok(graft_model_predict(&predictions, model, data));
    assert_ok(graft_evaluate(&evaluation, predictions));
    assert_int_equal(graft_predictions_count(predictions), 4);
    assert_int_equal(evaluation->classes, 3);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(graft_predictions_label(predictions, i), 2);
    assert_int_equal(evaluation->per_class[2].support, 4);
    assert_true(evaluation->accuracy > 0.5);
    graft_evaluation_free(evaluation);
    graft_predictions_free(predictions);
    graft_dataset_free(data);
    graft_model_free(model);
    graft_release(folder);
}

static void evaluation_json_has_the_documented_keys(void **state) {
    fixture *f = *state;
    const char *const keys[] = {
        "n",         "accuracy",          "top_k",        "loss",      "ece", "classes", "confusion",
        "per_class", "majority_baseline", "knn_baseline", "interval95"};
    graft_model *model = open_model(f);
    graft_dataset *data = open_data(f, f->tiny.pictures, false, false);
    graft_predictions *predictions;
    graft_evaluation *evaluation;
    graft_json *json;
    char *text;
    assert_ok(graft_model_predict(&predictions, model, data));
    assert_ok(graft_evaluate(&evaluation, predictions));
    assert_true(isnan(evaluation->top5)); /* of three classes */
    assert_ok(graft_evaluation_json(evaluation, &text));
    assert_null(strchr(text, '\n'));
    assert_ok(graft_json_parse(text, strlen(text), "evaluation", &json));
    for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
        if (!graft_json_get(json, keys[i])) fail_msg("no key %s in %s", keys[i], text);
    assert_int_equal(graft_json_int(graft_json_get(json, "n"), 0), ALL);
    assert_float_equal(graft_json_real(graft_json_get(json, "accuracy"), 0), evaluation->accuracy, 0);
    assert_int_equal(graft_json_count(graft_json_get(json, "confusion")), 3);
    assert_int_equal(graft_json_type_of(graft_json_get(graft_json_get(json, "top_k"), "5")), GRAFT_JSON_NULL);
    graft_json_free(json);
    graft_text_free(text);
    graft_evaluation_free(evaluation);
    graft_predictions_free(predictions);
    graft_dataset_free(data);
    graft_model_free(model);
}

static void a_prediction_is_one_line_of_json(void **state) {
    fixture *f = *state;
    graft_model *model = open_model(f);
    graft_dataset *data = open_data(f, f->tiny.pictures, true, false);
    graft_predictions *predictions;
    graft_json *json;
    char *text;
    assert_ok(graft_model_predict(&predictions, model, data));
    for (int top = 0; top <= 5; top++) {
        assert_ok(graft_predictions_json(predictions, data, 0, top, &text));
        assert_null(strchr(text, '\n'));
        assert_ok(graft_json_parse(text, strlen(text), "prediction", &json));
        const graft_json *list = graft_json_get(json, "top");
        size_t expected = top < 1 ? 1 : top > 3 ? 3 : (size_t)top;
        assert_int_equal(graft_json_count(list), expected);
        assert_string_equal(graft_json_text(graft_json_get(json, "path"), ""), graft_dataset_sample(data, 0)->path);
        assert_string_equal(graft_json_text(graft_json_get(json, "label"), ""),
                            graft_json_text(graft_json_get(graft_json_at(list, 0), "label"), "-"));
        double last = 1;
        for (size_t i = 0; i < expected; i++) {
            double p = graft_json_real(graft_json_get(graft_json_at(list, i), "probability"), 2);
            assert_true(p <= last);
            last = p;
        }
        graft_json_free(json);
        graft_text_free(text);
    }
    graft_evaluation *evaluation;
    assert_fails(GRAFT_E_USAGE, "unlabelled", graft_evaluate(&evaluation, predictions));
    graft_predictions_free(predictions);
    graft_dataset_free(data);
    graft_model_free(model);
}

static void a_foreign_classifier_needs_its_preprocessing(void **state) {
    fixture *f = *state;
    graft_model *model;
    assert_fails(GRAFT_E_USAGE, "--preprocess tf|caffe|torch|01|raw",
                 graft_model_open(&model, f->tiny.context, f->foreign, NULL, NULL));
}

static graft_predictions *predict_foreign(fixture *f, const char *path, const char *names, graft_status expected,
                                          const char *part) {
    graft_backbone_options options = GRAFT_BACKBONE_OPTIONS_INIT;
    graft_model *model;
    graft_predictions *predictions = NULL;
    options.preprocess = GRAFT_SCALING_01;
    assert_ok(graft_model_open(&model, f->tiny.context, path, &options, names));
    graft_dataset *data = open_data(f, f->tiny.pictures, false, false);
    if (expected == GRAFT_OK)
        assert_ok(graft_model_predict(&predictions, model, data));
    else
        assert_fails(expected, part, graft_model_predict(&predictions, model, data));
    graft_dataset_free(data);
    graft_model_free(model);
    return predictions;
}

static void a_foreign_classifier_takes_the_datas_classes_and_says_so(void **state) {
    fixture *f = *state;
    f->tiny.log.text[0] = '\0';
    graft_predictions *predictions = predict_foreign(f, f->foreign, NULL, GRAFT_OK, NULL);
    assert_int_equal(graft_predictions_count(predictions), ALL);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(graft_predictions_class(predictions, i), tiny_classes[i]);
    assert_non_null(strstr(f->tiny.log.text, "byte order"));
    graft_evaluation *evaluation;
    assert_ok(graft_evaluate(&evaluation, predictions));
    assert_true(isnan(evaluation->knn_baseline));
    graft_evaluation_free(evaluation);
    graft_predictions_free(predictions);
}

static void logits_get_a_softmax_and_the_log_says_so(void **state) {
    fixture *f = *state;
    f->tiny.log.text[0] = '\0';
    graft_predictions *whole = predict_foreign(f, f->foreign, NULL, GRAFT_OK, NULL);
    assert_null(strstr(f->tiny.log.text, "logits"));
    graft_predictions *logits = predict_foreign(f, f->logits, NULL, GRAFT_OK, NULL);
    assert_non_null(strstr(f->tiny.log.text, "logits"));
    for (size_t i = 0; i < ALL; i++)
        for (int c = 0; c < 3; c++)
            assert_float_equal(graft_predictions_row(whole, i)[c], graft_predictions_row(logits, i)[c], 1e-6);
    graft_predictions_free(whole);
    graft_predictions_free(logits);
}

static void keep_warnings(void *log, graft_log_level level, const char *text) {
    if (level == GRAFT_LOG_WARNING) test_log_add(log, level, text);
}

/* The foreign model with `count` more tensors, of `shape`, in front. */
static char *with_extra(fixture *f, const char *name, int count, const char *shape) {
    char *folder = graft_path_join(f->tiny.folder, name), *from, *to, *json, *bytes, *text;
    graft_buffer model, weights;
    size_t length;
    assert_ok(graft_folder_make(folder));
    graft_buffer_init(&model, 0);
    graft_buffer_init(&weights, 0);
    from = graft_path_join(f->foreign, "model.json");
    to = graft_path_join(folder, "model.json");
    assert_ok(graft_file_read(from, 0, &json, &length));
    text = strstr(json, "\"weights\":[");
    assert_non_null(text);
    text += strlen("\"weights\":[");
    graft_buffer_add(&model, json, (size_t)(text - json));
    for (int i = 0; i < count; i++) {
        graft_buffer_format(&model, "{\"name\":\"extra%d/kernel\",\"dtype\":\"float32\",\"shape\":%s},", i, shape);
        graft_buffer_add(&weights, "\0\0\0\0", 4);
    }
    graft_buffer_text(&model, text);
    assert_ok(graft_file_write(to, model.data, model.length));
    graft_release(json);
    graft_release(from);
    graft_release(to);
    from = graft_path_join(f->foreign, "weights.bin");
    to = graft_path_join(folder, "weights.bin");
    assert_ok(graft_file_read(from, 0, &bytes, &length));
    graft_buffer_add(&weights, bytes, length);
    assert_ok(graft_file_write(to, weights.data, weights.length));
    graft_release(bytes);
    graft_release(from);
    graft_release(to);
    graft_buffer_clear(&model);
    graft_buffer_clear(&weights);
    return folder;
}

static void behaviour_10_tensors_that_nothing_takes_are_warned_of(void **state) {
    fixture *f = *state;
    graft_context_options options = GRAFT_CONTEXT_OPTIONS_INIT;
    const struct {
        const char *name, *shape;
        int count;
        const char *warning;
    } cases[] = {{"none", "[1]", 0, NULL},
                 {"one", "[1]", 1, "1 of its tensors are not used, nothing in the network takes them: extra0/kernel\n"},
                 {"five", "[1]", 5,
                  "5 of its tensors are not used, nothing in the network takes them: extra0/kernel, "
                  "extra1/kernel, extra2/kernel, ...\n"},
                 {"counter", "[]", 1, NULL}};
    options.no_cache = true;
    options.log = keep_warnings;
    options.user = f;
    graft_context *ordinary = f->tiny.context;
    assert_ok(graft_context_new(&f->tiny.context, &options));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *path = with_extra(f, cases[i].name, cases[i].count, cases[i].shape);
        f->tiny.log.text[0] = '\0';
        graft_predictions_free(predict_foreign(f, path, NULL, GRAFT_OK, NULL));
        if (cases[i].warning && !strstr(f->tiny.log.text, cases[i].warning))
            fail_msg("%s: warned of \"%s\"", cases[i].name, f->tiny.log.text);
        if (!cases[i].warning) assert_null(strstr(f->tiny.log.text, "not used"));
        /* behaviour 5: another order of the classes would measure something else. */
        assert_non_null(strstr(f->tiny.log.text, "does not name its 3 classes"));
        graft_release(path);
    }
    graft_context_free(f->tiny.context);
    f->tiny.context = ordinary;
}

static void class_names_come_from_a_file(void **state) {
    fixture *f = *state;
    char *names = graft_path_join(f->tiny.folder, "names.txt");
    graft_backbone_options options = GRAFT_BACKBONE_OPTIONS_INIT;
    graft_model *model;
    options.preprocess = GRAFT_SCALING_01;
    assert_ok(graft_file_write(names, "cherry\r\nberry\napple", 19));
    graft_predictions *predictions = predict_foreign(f, f->foreign, names, GRAFT_OK, NULL);
    assert_string_equal(graft_predictions_class(predictions, 0), "cherry");
    assert_string_equal(graft_predictions_class(predictions, 2), "apple");
    assert_int_equal(graft_predictions_label(predictions, 0), 2); /* apple/00.jpg */
    graft_predictions_free(predictions);
    assert_ok(graft_file_write(names, "cherry\nberry\n", 13));
    assert_fails(GRAFT_E_DATA, "2 class names", graft_model_open(&model, f->tiny.context, f->foreign, &options, names));
    assert_ok(graft_file_write(names, "cherry\n\nberry\n", 14));
    assert_fails(GRAFT_E_DATA, "line 2 is empty",
                 graft_model_open(&model, f->tiny.context, f->foreign, &options, names));
    graft_release(names);
}

static void a_foreign_classifier_survives_as_graft(void **state) {
    fixture *f = *state;
    graft_backbone_options options = GRAFT_BACKBONE_OPTIONS_INIT;
    graft_model *model;
    char *saved = graft_path_join(f->tiny.folder, "foreign.graft");
    options.preprocess = GRAFT_SCALING_01;
    assert_ok(graft_model_open(&model, f->tiny.context, f->foreign, &options, NULL));
    assert_null(graft_model_class(model, 0));
    assert_ok(graft_model_save(model, saved));
    graft_model_free(model);
    assert_ok(graft_model_open(&model, f->tiny.context, saved, NULL, NULL));
    assert_int_equal(graft_model_class_count(model), 3);
    assert_null(graft_model_class(model, 0));
    graft_model_free(model);
    graft_release(saved);
}

typedef struct prediction {
    fixture *f;
    graft_model *model;
    char *picture;
} prediction;

static graft_status predict_one(void *argument) {
    prediction *p = argument;
    graft_data_options options = GRAFT_DATA_OPTIONS_INIT;
    graft_dataset *data = NULL;
    graft_predictions *predictions = NULL;
    char *text = NULL;
    options.unlabelled = true;
    graft_status status = graft_dataset_open(&data, p->f->tiny.context, p->picture, &options);
    if (status == GRAFT_OK) status = graft_model_predict(&predictions, p->model, data);
    if (status == GRAFT_OK) status = graft_predictions_json(predictions, data, 0, 3, &text);
    graft_text_free(text);
    graft_predictions_free(predictions);
    graft_dataset_free(data);
    return status;
}

static void every_allocation_may_fail(void **state) {
    prediction p = {.f = *state};
    p.model = open_model(p.f);
    p.picture = graft_path_join(p.f->tiny.pictures, "apple/03.jpg");
    test_failing_allocations(predict_one, &p);
    graft_model_free(p.model);
    graft_release(p.picture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(behaviour_17_predict_reproduces_evaluate_exactly),
        cmocka_unit_test(behaviour_5_other_classes_are_an_error_with_the_difference),
        cmocka_unit_test(behaviour_5_a_part_of_the_classes_keeps_the_models_order),
        cmocka_unit_test(evaluation_json_has_the_documented_keys),
        cmocka_unit_test(a_prediction_is_one_line_of_json),
        cmocka_unit_test(a_foreign_classifier_needs_its_preprocessing),
        cmocka_unit_test(a_foreign_classifier_takes_the_datas_classes_and_says_so),
        cmocka_unit_test(logits_get_a_softmax_and_the_log_says_so),
        cmocka_unit_test(behaviour_10_tensors_that_nothing_takes_are_warned_of),
        cmocka_unit_test(class_names_come_from_a_file),
        cmocka_unit_test(a_foreign_classifier_survives_as_graft),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
