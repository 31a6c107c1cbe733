#include "support/support.h"

#include <graft/graft.h>
#include <string.h>

static graft_context *context;

/* Figures are never compared: only that they belong to what was asked for. */
static void check(const char *network, const graft_bench_options *options, int batch) {
    graft_bench_result result;
    assert_ok(graft_bench(context, network, options, &result));
    assert_string_equal(result.name, network);
    assert_int_equal(result.threads, 2);
    assert_true(batch == 0 ? result.batch > 0 : result.batch == batch);
    assert_true(result.images_per_second > 0.0 && result.gflops > 0.0);
}

static void test_inference_and_training(void **state) {
    (void)state;
    graft_bench_options options = GRAFT_BENCH_OPTIONS_INIT;
    options.seconds = 0.01;
    check("resnet8", &options, 0);
    options.batch = 3;
    options.exact = true;
    check("resnet8", &options, 3);
    options.train = true;
    check("resnet8", &options, 3);
}

static void test_integers(void **state) {
    (void)state;
    graft_bench_options options = GRAFT_BENCH_OPTIONS_INIT;
    graft_bench_result result;
    options.seconds = 0.01;
    options.precision = GRAFT_PRECISION_INT8;
    const graft_status status = graft_bench(context, "resnet8", &options, &result);
    if (status == GRAFT_E_USAGE) {
        assert_non_null(strstr(graft_error_text(), "VNNI"));
    } else {
        assert_int_equal(status, GRAFT_OK);
        assert_int_equal(result.layers, 10);
        assert_true(result.int8_layers > 5);
    }
    options.train = true;
    assert_fails(GRAFT_E_USAGE, "gradients", graft_bench(context, "resnet8", &options, &result));
    options.precision = 2;
    assert_fails(GRAFT_E_USAGE, "precision 2", graft_bench(context, "resnet8", &options, &result));
}

static void test_wrong_calls(void **state) {
    (void)state;
    graft_bench_options options = GRAFT_BENCH_OPTIONS_INIT;
    graft_bench_result result;
    assert_fails(GRAFT_E_DATA, "nothing.h5", graft_bench(context, "nothing.h5", NULL, &result));
    options.batch = 100000;
    assert_fails(GRAFT_E_USAGE, "batch of 100000", graft_bench(context, "resnet8", &options, &result));
    options.batch = 1;
    options.size = 1;
    assert_fails(GRAFT_E_USAGE, "1", graft_bench(context, "resnet8", &options, &result));
}

static int setup(void **state) {
    (void)state;
    context = test_context(2);
    return context == NULL;
}

static int teardown(void **state) {
    (void)state;
    graft_context_free(context);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_inference_and_training),
        cmocka_unit_test(test_integers),
        cmocka_unit_test(test_wrong_calls),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
