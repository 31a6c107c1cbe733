#include "support/support.h"

#include "train/distill.h"

#include <math.h>
#include <string.h>

enum { FEATURES = 5, LOGITS = 4, CLASSES = 3, SIZE = FEATURES + LOGITS + CLASSES, COUNT = 3 };

static const graft_distill_parts every_part = {.features = FEATURES,
                                               .logits = LOGITS,
                                               .classes = CLASSES,
                                               .cosine = 0.7F,
                                               .squares = 1.3F,
                                               .logit_weight = 0.9F,
                                               .label_weight = 0.4F,
                                               .temperature = 2.5F};

/* ---- the formulas of distill.h, written down a second time, in double throughout ---- */

static double reference_features(const graft_distill_parts *parts, const double *p, const double *t) {
    double pp = 0, tt = 0, pt = 0, squares = 0;
    for (int i = 0; i < parts->features; i++) {
        pp += p[i] * p[i];
        tt += t[i] * t[i];
        pt += p[i] * t[i];
        squares += (p[i] - t[i]) * (p[i] - t[i]);
    }
    return (double)parts->cosine * (1 - pt / sqrt(pp * tt)) + (double)parts->squares * squares / parts->features;
}

static void reference_softmax(const double *x, int count, double temperature, double *out) {
    double sum = 0;
    for (int i = 0; i < count; i++)
        sum += out[i] = exp(x[i] / temperature);
    for (int i = 0; i < count; i++)
        out[i] /= sum;
}

static double reference_logits(const graft_distill_parts *parts, const double *p, const double *t) {
    double of_p[LOGITS], of_t[LOGITS], sum = 0, temperature = (double)parts->temperature;
    reference_softmax(p, LOGITS, temperature, of_p);
    reference_softmax(t, LOGITS, temperature, of_t);
    for (int i = 0; i < LOGITS; i++)
        sum += of_t[i] * log(of_t[i] / of_p[i]);
    return (double)parts->logit_weight * temperature * temperature * sum;
}

static double reference_labels(const graft_distill_parts *parts, const double *p, const double *t) {
    double of_p[CLASSES], sum = 0;
    reference_softmax(p, CLASSES, 1, of_p);
    for (int i = 0; i < CLASSES; i++)
        sum -= t[i] * log(of_p[i]);
    return (double)parts->label_weight * sum;
}

static double reference(const graft_distill_parts *parts, const double *p, const double *t) {
    double sum = parts->features > 0 ? reference_features(parts, p, t) : 0;
    p += parts->features, t += parts->features;
    if (parts->logits > 0) sum += reference_logits(parts, p, t);
    p += parts->logits, t += parts->logits;
    return parts->classes > 0 ? sum + reference_labels(parts, p, t) : sum;
}

/* ---- ---- */

static void fill(float *output, float *target) {
    for (int i = 0; i < COUNT * SIZE; i++) {
        output[i] = (float)sin(1.7 * i + 0.3) * 1.5F;
        target[i] = (float)cos(2.3 * i) * 2;
    }
    for (int n = 0; n < COUNT; n++)
        for (int c = 0; c < CLASSES; c++)
            target[n * SIZE + FEATURES + LOGITS + c] = c == n % CLASSES;
}

static void attributes_of(const graft_distill_parts *parts, char attributes[GRAFT_LOSS_ATTRIBUTES]) {
    memset(attributes, 0, GRAFT_LOSS_ATTRIBUTES);
    memcpy(attributes, parts, sizeof *parts);
}

static void value_and_gradient_are_the_references(void **state) {
    (void)state;
    _Alignas(16) char attributes[GRAFT_LOSS_ATTRIBUTES];
    const float weight[COUNT] = {1, 0.5F, 2};
    float output[COUNT * SIZE], target[COUNT * SIZE], gradient[COUNT * SIZE];
    double p[COUNT * SIZE], t[COUNT * SIZE], sum = 0;
    fill(output, target);
    for (int i = 0; i < COUNT * SIZE; i++) {
        p[i] = (double)output[i];
        t[i] = (double)target[i];
    }
    attributes_of(&every_part, attributes);
    graft_loss_batch batch = {output, target, weight, COUNT, SIZE, 0.25, gradient, 0};
    graft_loss_distill.evaluate(attributes, &batch);
    for (int n = 0; n < COUNT; n++)
        sum += (double)weight[n] * reference(&every_part, p + n * SIZE, t + n * SIZE);
    assert_true(fabs(batch.sum - sum) < 1e-9 * fabs(sum));
    for (int i = 0; i < COUNT * SIZE; i++) {
        const int n = i / SIZE;
        const double step = 1e-5, kept = p[i];
        p[i] = kept + step;
        double above = reference(&every_part, p + n * SIZE, t + n * SIZE);
        p[i] = kept - step;
        double below = reference(&every_part, p + n * SIZE, t + n * SIZE);
        p[i] = kept;
        double expected = 0.25 * (double)weight[n] * (above - below) / (2 * step);
        if (fabs((double)gradient[i] - expected) > 1e-6)
            fail_msg("gradient %d is %.9g, expected %.9g", i, (double)gradient[i], expected);
    }
}

/* Parts that are not there take no room: each alone equals itself among the others. */
static void parts_stand_alone(void **state) {
    (void)state;
    _Alignas(16) char attributes[GRAFT_LOSS_ATTRIBUTES];
    float output[COUNT * SIZE], target[COUNT * SIZE];
    double sums[4];
    fill(output, target);
    for (int k = 0; k < 4; k++) {
        graft_distill_parts parts = every_part;
        const int first = k == 1 ? FEATURES : k == 2 ? FEATURES + LOGITS : 0;
        if (k == 1 || k == 2) parts.features = 0;
        if (k == 0 || k == 2) parts.logits = 0;
        if (k == 0 || k == 1) parts.classes = 0;
        attributes_of(&parts, attributes);
        graft_loss_batch batch = {output + first, target + first, NULL, 1, SIZE, 1, NULL, 0};
        batch.classes = parts.features + parts.logits + parts.classes;
        graft_loss_distill.evaluate(attributes, &batch);
        sums[k] = batch.sum;
    }
    assert_true(fabs(sums[0] + sums[1] + sums[2] - sums[3]) < 1e-9);
}

static void a_perfect_student_loses_nothing(void **state) {
    (void)state;
    _Alignas(16) char attributes[GRAFT_LOSS_ATTRIBUTES];
    float output[COUNT * SIZE], target[COUNT * SIZE], gradient[COUNT * SIZE];
    graft_distill_parts parts = every_part;
    parts.classes = 0;
    fill(output, target);
    memcpy(output, target, sizeof output);
    attributes_of(&parts, attributes);
    graft_loss_batch batch = {output, target, NULL, 1, FEATURES + LOGITS, 1, gradient, 0};
    graft_loss_distill.evaluate(attributes, &batch);
    assert_true(fabs(batch.sum) < 1e-9);
    for (int i = 0; i < FEATURES + LOGITS; i++)
        assert_true(fabsf(gradient[i]) < 1e-6F);
    /* a student that says nothing has a defined loss */
    memset(output, 0, sizeof output);
    graft_loss_distill.evaluate(attributes, &batch);
    assert_true(isfinite(batch.sum) && isfinite(gradient[0]));
}

static void right_means_the_label_else_the_teachers_answer(void **state) {
    (void)state;
    _Alignas(16) char attributes[GRAFT_LOSS_ATTRIBUTES];
    float output[SIZE] = {0}, target[SIZE] = {0};
    graft_distill_parts parts = every_part;
    output[FEATURES + 2] = target[FEATURES + 2] = 3;               /* the logits agree */
    output[FEATURES + LOGITS] = target[FEATURES + LOGITS + 1] = 1; /* the classes do not */
    attributes_of(&parts, attributes);
    assert_true(graft_loss_correct(&graft_loss_distill, attributes, output, target, SIZE) == 0);
    parts.classes = 0;
    attributes_of(&parts, attributes);
    assert_true(graft_loss_correct(&graft_loss_distill, attributes, output, target, SIZE) == 1);
    parts.logits = 0;
    attributes_of(&parts, attributes);
    assert_true(isnan(graft_loss_correct(&graft_loss_distill, attributes, output, target, SIZE)));
    /* other losses: the largest of both */
    const graft_loss *plain = graft_loss_find("cross_entropy");
    assert_true(graft_loss_correct(plain, attributes, output, target, SIZE) == 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(value_and_gradient_are_the_references),
        cmocka_unit_test(parts_stand_alone),
        cmocka_unit_test(a_perfect_student_loses_nothing),
        cmocka_unit_test(right_means_the_label_else_the_teachers_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
