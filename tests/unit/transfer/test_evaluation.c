/* What an evaluation says beyond accuracy, from a model that was trained on tiny pictures. */
#include "support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "stats/metrics.h"
#include "support/tiny-fixture.h"
#include "transfer/model-internal.h"
#include "json/json.h"
#include <graft/report.h>

#include <math.h>
#include <string.h>

enum { EACH = 12 };

typedef struct fixture {
    tiny_fixture tiny;
    char *logistic, *knn;
} fixture;

static char *train(fixture *f, const char *head, const char *name) {
    graft_train_options options = GRAFT_TRAIN_OPTIONS_INIT;
    options.head = head;
    options.c = 1e-2;
    return tiny_train_model(&f->tiny, &options, name);
}

static int setup(void **state) {
    fixture *f = *state = tiny_fixture_new(sizeof(*f), EACH);
    tiny_fixture_open(&f->tiny, 2);
    f->logistic = train(f, "logistic", "logistic.graft");
    f->knn = train(f, "knn", "knn.graft");
    return 0;
}

static int teardown(void **state) {
    fixture *f = *state;
    graft_release(f->logistic);
    graft_release(f->knn);
    tiny_fixture_free(&f->tiny);
    return 0;
}

static graft_predictions *predict(fixture *f, const char *path, graft_model **model, graft_dataset **data) {
    graft_predictions *predictions;
    assert_ok(graft_model_open(model, f->tiny.context, path, NULL, NULL));
    if (!*data) assert_ok(graft_dataset_open(data, f->tiny.context, f->tiny.pictures, NULL));
    assert_ok(graft_model_predict(&predictions, *model, *data));
    return predictions;
}

/* The first picture gets a label that the model does not give it: one is wrong at least, as calibration needs. */
static void mislabel_first(graft_predictions *predictions) {
    predictions->label[0] = (graft_argmax(graft_predictions_row(predictions, 0), TINY_CLASSES) + 1) % TINY_CLASSES;
}

static void a_temperature_changes_confidence_alone(void **state) {
    fixture *f = *state;
    graft_model *model, *saved;
    graft_dataset *data = NULL;
    graft_evaluation *evaluation, *after;
    char *path = graft_path_join(f->tiny.folder, "calibrated.graft"), *text, *json;
    graft_predictions *before = predict(f, f->logistic, &model, &data);
    mislabel_first(before);
    assert_ok(graft_evaluate(&evaluation, before));
    assert_null(evaluation->calibration);
    assert_ok(graft_evaluation_calibrate(evaluation, before));
    const double t = evaluation->calibration->temperature;
    assert_true(t < 0.9); /* C was small: the model is too modest */
    assert_true(evaluation->calibration->loss < evaluation->loss);
    assert_ok(graft_model_set_temperature(model, t));
    assert_ok(graft_model_save(model, path));
    graft_predictions *tempered = predict(f, path, &saved, &data);
    mislabel_first(tempered);
    for (size_t i = 0; i < graft_predictions_count(before); i++) {
        const float *p = graft_predictions_row(before, i), *q = graft_predictions_row(tempered, i);
        double sum = 0;
        for (int k = 0; k < TINY_CLASSES; k++)
            sum += pow((double)p[k], 1 / t);
        for (int k = 0; k < TINY_CLASSES; k++)
            assert_float_equal((double)q[k], pow((double)p[k], 1 / t) / sum, 1e-4);
    }
    assert_ok(graft_evaluate(&after, tempered));
    assert_float_equal(after->accuracy, evaluation->accuracy, 0);
    assert_float_equal(after->loss, evaluation->calibration->loss, 1e-4);
    assert_ok(graft_evaluation_text(evaluation, &text));
    assert_non_null(strstr(text, "calibrated temperature 0."));
    graft_text_free(text);
    assert_ok(graft_evaluation_json(evaluation, &json));
    assert_non_null(strstr(json, "\"calibration\":{\"temperature\":0."));
    graft_text_free(json);
    assert_fails(GRAFT_E_USAGE, "temperature of 0", graft_model_set_temperature(model, 0));
    graft_evaluation_free(evaluation);
    graft_evaluation_free(after);
    graft_predictions_free(before);
    graft_predictions_free(tempered);
    graft_model_free(model);
    graft_model_free(saved);
    graft_dataset_free(data);
    graft_release(path);
}

static void assert_uncalibrated(const graft_predictions *predictions, const char *words) {
    graft_evaluation *evaluation;
    assert_ok(graft_evaluate(&evaluation, predictions));
    assert_fails(GRAFT_E_DATA, words, graft_evaluation_calibrate(evaluation, predictions));
    assert_null(evaluation->calibration);
    graft_evaluation_free(evaluation);
}

/* With nothing wrong the surest model is the best one, with nothing right the least sure: no temperature is. */
static void a_temperature_at_its_bound_is_none(void **state) {
    fixture *f = *state;
    graft_model *model;
    graft_dataset *data = NULL;
    graft_predictions *predictions = predict(f, f->logistic, &model, &data);
    for (size_t i = 0; i < graft_predictions_count(predictions); i++)
        predictions->label[i] = graft_argmax(graft_predictions_row(predictions, i), TINY_CLASSES);
    assert_uncalibrated(predictions, "36 of 36 samples are labelled right");
    for (size_t i = 0; i < graft_predictions_count(predictions); i++) {
        const float *row = graft_predictions_row(predictions, i);
        int least = 0;
        for (int k = 1; k < TINY_CLASSES; k++)
            if (row[k] < row[least]) least = k;
        predictions->label[i] = least;
    }
    assert_uncalibrated(predictions, "0 of 36 samples are labelled right");
    graft_predictions_free(predictions);
    graft_model_free(model);
    graft_dataset_free(data);
}

static void only_a_logistic_head_keeps_a_temperature(void **state) {
    fixture *f = *state;
    graft_model *model;
    assert_ok(graft_model_open(&model, f->tiny.context, f->knn, NULL, NULL));
    assert_fails(GRAFT_E_USAGE, "head knn", graft_model_set_temperature(model, 2));
    graft_model_free(model);
}

static void two_models_are_compared_sample_by_sample(void **state) {
    fixture *f = *state;
    graft_model *first, *second;
    graft_dataset *data = NULL;
    graft_evaluation *evaluation, *other;
    graft_predictions *a = predict(f, f->logistic, &first, &data), *b = predict(f, f->knn, &second, &data);
    assert_ok(graft_evaluate(&evaluation, a));
    assert_ok(graft_evaluate(&other, b));
    assert_ok(graft_evaluation_against(evaluation, a, b));
    const graft_comparison *against = evaluation->against;
    assert_float_equal(against->accuracy, other->accuracy, 0);
    double gap = ((double)against->first_only - (double)against->second_only) / (double)evaluation->n;
    assert_true(fabs(evaluation->accuracy - other->accuracy - gap) < 1e-12);
    assert_true(against->p_value > 0 && against->p_value <= 1 && against->exact);
    graft_evaluation_free(evaluation);
    graft_evaluation_free(other);
    graft_predictions_free(b);

    char *part = graft_path_join(f->tiny.folder, "pictures/apple/00.jpg");
    assert_int_equal(remove(part), 0);
    graft_dataset *fewer = NULL;
    graft_model_free(second);
    b = predict(f, f->knn, &second, &fewer);
    assert_ok(graft_evaluate(&evaluation, a));
    assert_fails(GRAFT_E_USAGE, "same samples", graft_evaluation_against(evaluation, a, b));
    assert_null(evaluation->against);
    graft_evaluation_free(evaluation);
    graft_predictions_free(a);
    graft_predictions_free(b);
    graft_model_free(first);
    graft_model_free(second);
    graft_dataset_free(data);
    graft_dataset_free(fewer);
    graft_release(part);
}

static void ranking_and_coverage_are_told(void **state) {
    fixture *f = *state;
    graft_model *model;
    graft_dataset *data = NULL;
    graft_evaluation *evaluation;
    graft_predictions *predictions = predict(f, f->logistic, &model, &data);
    assert_ok(graft_evaluate(&evaluation, predictions));
    char *text, *json;
    graft_json *object;
    assert_int_equal(evaluation->coverage_count, 10);
    assert_float_equal(evaluation->coverage[0].coverage, 1, 0);
    assert_float_equal(evaluation->coverage[0].accuracy, evaluation->accuracy, 1e-12);
    for (size_t i = 0; i < TINY_CLASSES; i++) {
        const graft_class_figures *figures = &evaluation->per_class[i];
        assert_true(figures->recall95[0] <= figures->recall && figures->recall <= figures->recall95[1]);
        assert_true(figures->roc_auc >= 0.5 && figures->roc_auc <= 1 && figures->pr_auc <= 1);
    }
    assert_ok(graft_evaluation_json(evaluation, &json));
    assert_ok(graft_json_parse(json, strlen(json), "the evaluation", &object));
    const graft_json *one = graft_json_at(graft_json_get(object, "per_class"), 1);
    assert_true(graft_json_real(graft_json_get(one, "roc_auc"), 0) == evaluation->per_class[1].roc_auc);
    assert_true(graft_json_real(graft_json_at(graft_json_get(one, "recall95"), 0), -1) ==
                evaluation->per_class[1].recall95[0]);
    assert_int_equal(graft_json_count(graft_json_get(object, "coverage")), 10);
    assert_null(graft_json_get(object, "against"));
    graft_json_free(object);
    graft_text_free(json);
    assert_ok(graft_evaluation_text(evaluation, &text));
    assert_non_null(strstr(text, "reject below"));
    graft_text_free(text);
    graft_evaluation_free(evaluation);
    graft_predictions_free(predictions);
    graft_model_free(model);
    graft_dataset_free(data);
}

/* Pictures of one class alone, of a model of three: everything is predicted to be of it, as it should. */
static void behaviour_08_a_part_of_the_classes_is_no_alarm(void **state) {
    fixture *f = *state;
    char *part = graft_path_join(f->tiny.folder, "part"), *text;
    graft_data_options options = GRAFT_DATA_OPTIONS_INIT;
    graft_model *model;
    graft_dataset *data;
    graft_evaluation *evaluation;
    graft_predictions *predictions;
    tiny_pictures(part, tiny_classes, 1, 0, EACH);
    options.allow_one_class = true;
    assert_ok(graft_model_open(&model, f->tiny.context, f->logistic, NULL, NULL));
    assert_ok(graft_dataset_open(&data, f->tiny.context, part, &options));
    assert_ok(graft_model_predict(&predictions, model, data));
    f->tiny.log.text[0] = '\0';
    assert_ok(graft_evaluate(&evaluation, predictions));
    assert_int_equal(evaluation->predicted_classes, 1);
    assert_int_equal(evaluation->classes, 3);
    assert_false(evaluation->collapsed);
    assert_null(strstr(f->tiny.log.text, "ever predicted"));
    assert_ok(graft_evaluation_text(evaluation, &text));
    assert_null(strstr(text, "alarm"));
    graft_text_free(text);
    graft_evaluation_free(evaluation);
    graft_predictions_free(predictions);
    graft_dataset_free(data);
    graft_model_free(model);
    graft_release(part);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranking_and_coverage_are_told),
        cmocka_unit_test(a_temperature_changes_confidence_alone),
        cmocka_unit_test(behaviour_08_a_part_of_the_classes_is_no_alarm),
        cmocka_unit_test(a_temperature_at_its_bound_is_none),
        cmocka_unit_test(only_a_logistic_head_keeps_a_temperature),
        cmocka_unit_test(two_models_are_compared_sample_by_sample), /* last: it removes a picture */
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
