#include "support/support.h"

#include "train/optimizer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { N = 7, STEPS = 10 };

static void read_numbers(const char *at, float *out) {
    int used;
    for (int i = 0; i < N; i++, at += used)
        assert_int_equal(sscanf(at, "%f%n", &out[i], &used), 1);
}

static void run_case(const char *line, const float *start, float gradients[STEPS][N]) {
    char name[32], options[64];
    double decay;
    int used;
    assert_int_equal(sscanf(line, "end %31s %63s %lf%n", name, options, &decay, &used), 3);
    float expected[N], value[N], slots[GRAFT_OPTIMIZER_SLOTS][N] = {{0}};
    read_numbers(line + used, expected);
    memcpy(value, start, sizeof value);
    const graft_optimizer *optimizer = graft_optimizer_find(name);
    assert_non_null(optimizer);
    _Alignas(16) char attributes[GRAFT_OPTIMIZER_ATTRIBUTES] = {0};
    assert_true(optimizer->attribute_size <= sizeof attributes);
    assert_ok(graft_options_defaults(optimizer->attributes, attributes));
    char *equals = strchr(options, '=');
    if (equals) {
        *equals = '\0';
        const graft_option *row = graft_option_find(optimizer->attributes, options);
        assert_non_null(row);
        assert_ok(graft_option_set(row, attributes, equals + 1));
    }
    for (int step = 0; step < STEPS; step++) {
        graft_update update = {value, gradients[step], {slots[0], slots[1]}, N, 0.05, decay, (uint64_t)step + 1};
        optimizer->update(attributes, &update);
    }
    for (int i = 0; i < N; i++)
        if (fabsf(value[i] - expected[i]) > 1e-5f * fmaxf(1, fabsf(expected[i])))
            fail_msg("%s %s: value %d is %.9g, expected %.9g", name, options, i, (double)value[i], (double)expected[i]);
}

/* traces.txt was written by PyTorch 1.13 and NumPy: tests/golden/optimizers/make.py. */
static void ten_steps_equal_the_golden_traces(void **state) {
    (void)state;
    FILE *file = fopen(test_source("tests/golden/optimizers/traces.txt"), "r");
    assert_non_null(file);
    float start[N], gradients[STEPS][N];
    char line[512];
    int gradient_count = 0, cases = 0;
    while (fgets(line, sizeof line, file)) {
        if (strncmp(line, "start ", 6) == 0)
            read_numbers(line + 6, start);
        else if (strncmp(line, "gradient ", 9) == 0)
            read_numbers(line + 9, gradients[gradient_count++]);
        else {
            run_case(line, start, gradients);
            cases++;
        }
    }
    fclose(file);
    assert_int_equal(gradient_count, STEPS);
    assert_int_equal(cases, 11);
}

/* Whatever row is added: defaults parse, a step goes downhill, and a zero gradient without decay changes nothing. */
static void every_optimizer_descends(void **state) {
    (void)state;
    for (size_t k = 0; graft_optimizer_at(k); k++) {
        const graft_optimizer *optimizer = graft_optimizer_at(k);
        assert_ptr_equal(graft_optimizer_find(optimizer->name), optimizer);
        _Alignas(16) char attributes[GRAFT_OPTIMIZER_ATTRIBUTES] = {0};
        assert_true(optimizer->slots <= GRAFT_OPTIMIZER_SLOTS);
        assert_ok(graft_options_defaults(optimizer->attributes, attributes));
        float value[3] = {1, -2, 3}, slots[2][3] = {{0}};
        double first = 0, last = 0;
        for (uint64_t step = 1; step <= 200; step++) {
            float gradient[3] = {value[0], 4 * value[1], value[2]};
            last = value[0] * value[0] + 4 * value[1] * value[1] + value[2] * value[2];
            if (step == 1) first = last;
            graft_update update = {value, gradient, {slots[0], slots[1]}, 3, optimizer->default_rate, 0, step};
            optimizer->update(attributes, &update);
        }
        if (!(last < first)) fail_msg("%s: from %g to %g", optimizer->name, first, last);
        float still[2] = {1, 2}, zero[2] = {0}, fresh[2][2] = {{0}};
        graft_update update = {still, zero, {fresh[0], fresh[1]}, 2, 0.1, 0, 1};
        optimizer->update(attributes, &update);
        assert_true(still[0] == 1 && still[1] == 2);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_steps_equal_the_golden_traces),
        cmocka_unit_test(every_optimizer_descends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
