#include "support/support.h"

#include "train/loss.h"

#include <math.h>
#include <string.h>

enum { CLASSES = 4, COUNT = 3 };

static double value_of(const graft_loss *loss, const void *attributes, const float *output, const float *target,
                       const float *weight) {
    graft_loss_batch batch = {output, target, weight, COUNT, CLASSES, 1, NULL, 0};
    loss->evaluate(attributes, &batch);
    return batch.sum;
}

/* Every row: the gradient equals central differences, with weights, scale, one-hot and mixed targets. */
static void every_gradient_equals_finite_differences(void **state) {
    (void)state;
    const float target[] = {0, 1, 0, 0, 0.3f, 0, 0.7f, 0, 0, 0, 0, 1}, weight[] = {1, 0.5f, 2};
    for (size_t k = 0; graft_loss_at(k); k++) {
        const graft_loss *loss = graft_loss_at(k);
        assert_ptr_equal(graft_loss_find(loss->name), loss);
        for (int variant = 0; variant < 2; variant++) {
            _Alignas(16) char attributes[GRAFT_LOSS_ATTRIBUTES] = {0};
            assert_ok(graft_options_defaults(loss->attributes, attributes));
            const graft_option *row = graft_option_find(loss->attributes, variant ? "smoothing" : "gamma");
            if (row) assert_ok(graft_option_set(row, attributes, variant ? "0.1" : "1.5"));
            row = graft_option_find(loss->attributes, "latent"); /* the last two of four are a code's */
            if (row && variant) assert_ok(graft_option_set(row, attributes, "1"));
            float output[] = {0.5f, -1, 2, 0.1f, -0.3f, 0.7f, 0.2f, 1.5f, -2, 0.4f, 0, 0.9f}, gradient[COUNT * CLASSES];
            graft_loss_batch batch = {output, target, weight, COUNT, CLASSES, 0.25, gradient, 0};
            loss->evaluate(attributes, &batch);
            for (int i = 0; i < COUNT * CLASSES; i++) {
                float kept = output[i], high = kept + 1e-2f, low = kept - 1e-2f;
                output[i] = high;
                double above = value_of(loss, attributes, output, target, weight);
                output[i] = low;
                double below = value_of(loss, attributes, output, target, weight);
                output[i] = kept;
                double expected = 0.25 * (above - below) / ((double)high - (double)low);
                if (fabs(gradient[i] - expected) > 2e-4)
                    fail_msg("%s: gradient %d is %g, expected %g", loss->name, i, (double)gradient[i], expected);
            }
        }
    }
}

static void cross_entropy_has_known_values(void **state) {
    (void)state;
    const graft_loss *loss = graft_loss_find("cross_entropy");
    double smoothing = 0;
    const float equal[CLASSES] = {3, 3, 3, 3}, huge[CLASSES] = {10000, 0, -10000, 0}, target[CLASSES] = {0, 1, 0, 0};
    float gradient[CLASSES];
    graft_loss_batch batch = {equal, target, NULL, 1, CLASSES, 1, gradient, 0};
    loss->evaluate(&smoothing, &batch);
    assert_true(fabs(batch.sum - log(4)) < 1e-12);
    assert_true(fabs(gradient[1] + 0.75) < 1e-7);
    batch.output = huge;
    loss->evaluate(&smoothing, &batch);
    assert_true(fabs(batch.sum - 10000) < 1e-6);
    assert_true(isfinite(gradient[0]) && isfinite(gradient[2]));
    const graft_loss *focal = graft_loss_find("focal");
    double gamma = 0; /* focal without discount is cross-entropy */
    batch.output = equal;
    focal->evaluate(&gamma, &batch);
    assert_true(fabs(batch.sum - log(4)) < 1e-12);
}

static void class_weights_balance(void **state) {
    (void)state;
    const size_t size[] = {10, 30, 0, 60};
    float weight[4];
    graft_class_weights(size, 4, weight);
    double sum = 0;
    for (int c = 0; c < 4; c++)
        sum += weight[c] * (double)size[c];
    assert_true(fabs(sum - 100) < 1e-4);
    assert_true(fabsf(weight[0] - 3 * weight[1]) < 1e-5f && weight[2] == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_gradient_equals_finite_differences),
        cmocka_unit_test(cross_entropy_has_known_values),
        cmocka_unit_test(class_weights_balance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
