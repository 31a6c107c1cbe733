#include "support/support.h"

#include "base/context.h"
#include "base/error.h"
#include "base/threads.h"

#include <stdatomic.h>
#include <string.h>

enum { COUNT = 1000 };

typedef struct record {
    graft_context *context;
    _Atomic int runs[COUNT];
    _Atomic int in_use[8]; /* calls under way by worker: never two */
    size_t fail_at[2];
} record;

static graft_status mark(void *argument, int worker, size_t index) {
    record *r = argument;
    assert_int_equal(atomic_fetch_add(&r->in_use[worker], 1), 0);
    atomic_fetch_add(&r->runs[index], 1);
    atomic_fetch_sub(&r->in_use[worker], 1);
    return GRAFT_OK;
}

static void every_index_runs_once(void **state) {
    (void)state;
    for (int threads = 1; threads <= 8; threads += 3) {
        record r = {.context = test_context(threads)};
        for (int round = 0; round < 20; round++)
            assert_ok(graft_parallel_for(r.context, COUNT, mark, &r));
        for (int i = 0; i < COUNT; i++)
            assert_int_equal(r.runs[i], 20);
        assert_ok(graft_parallel_for(r.context, 0, mark, &r));
        graft_context_free(r.context);
    }
}

static graft_status fail_at_two_places(void *argument, int worker, size_t index) {
    (void)worker;
    record *r = argument;
    if (index == r->fail_at[0] || index == r->fail_at[1]) return graft_fail(GRAFT_E_DATA, "index %zu", index);
    return GRAFT_OK;
}

static void errors_reach_the_caller_with_their_text(void **state) {
    (void)state;
    record r = {.context = test_context(4), .fail_at = {0, 1}};
    for (int round = 0; round < 200; round++)
        assert_fails(GRAFT_E_DATA, "index 0", graft_parallel_for(r.context, COUNT, fail_at_two_places, &r));
    graft_context_free(r.context);
}

static graft_status nest(void *argument, int worker, size_t index) {
    (void)worker;
    record *r = argument;
    record *inner = &(record){.context = r->context};
    GRAFT_TRY(graft_parallel_for(r->context, 10, mark, inner));
    for (int i = 0; i < 10; i++)
        assert_int_equal(inner->runs[i], 1);
    atomic_fetch_add(&r->runs[index], 1);
    return GRAFT_OK;
}

static void nested_calls_run_in_place(void **state) {
    (void)state;
    record r = {.context = test_context(3)};
    assert_ok(graft_parallel_for(r.context, 50, nest, &r));
    graft_context_free(r.context);
}

static graft_status cancel_soon(void *argument, int worker, size_t index) {
    (void)worker;
    record *r = argument;
    atomic_fetch_add(&r->runs[index], 1);
    if (index == 20) graft_context_cancel(r->context);
    return GRAFT_OK;
}

static void a_cancel_stops_the_rest(void **state) {
    (void)state;
    for (int threads = 1; threads <= 2; threads++) {
        record r = {.context = test_context(threads)};
        assert_fails(GRAFT_E_CANCELLED, "stopped", graft_parallel_for(r.context, COUNT, cancel_soon, &r));
        assert_int_equal(r.runs[COUNT - 1], 0);
        graft_context_free(r.context);
    }
}

static void what_must_be_whole_is_not_cancelled(void **state) {
    (void)state;
    for (int threads = 1; threads <= 3; threads++) {
        record r = {.context = test_context(threads), .fail_at = {COUNT / 2, COUNT / 2}};
        assert_ok(graft_parallel_for_uncancellable(r.context, COUNT, cancel_soon, &r));
        for (int i = 0; i < COUNT; i++)
            assert_int_equal(r.runs[i], 1);
        assert_fails(GRAFT_E_CANCELLED, "stopped", graft_parallel_for(r.context, COUNT, cancel_soon, &r));
        assert_fails(GRAFT_E_DATA, "index 500",
                     graft_parallel_for_uncancellable(r.context, COUNT, fail_at_two_places, &r));
        graft_context_free(r.context);
    }
}

typedef struct seen {
    int calls, finished;
    bool go_on;
    graft_progress last;
} seen;

static bool note(void *user, const graft_progress *progress) {
    seen *s = user;
    s->calls++;
    s->finished += progress->finished;
    s->last = *progress;
    return s->go_on;
}

static void phases_report_and_can_cancel(void **state) {
    (void)state;
    seen s = {.go_on = true};
    graft_context_options options = GRAFT_CONTEXT_OPTIONS_INIT;
    options.threads = 2;
    options.progress = note;
    options.user = &s;
    graft_context *context;
    graft_phase *phase;
    assert_ok(graft_context_new(&context, &options));
    assert_ok(graft_phase_begin(context, "features", 10, &phase));
    assert_ok(graft_phase_add(phase, 10, 0));
    s.go_on = false;
    graft_phase_end(phase);
    assert_int_equal(s.finished, 1);
    assert_int_equal(s.last.done, 10);
    assert_string_equal(s.last.phase, "features");
    assert_fails(GRAFT_E_CANCELLED, "stopped", graft_phase_begin(context, "head", 1, &phase));
    graft_context_free(context);
}

static void options_are_checked(void **state) {
    (void)state;
    graft_context *context;
    graft_context_options options = GRAFT_CONTEXT_OPTIONS_INIT;
    options.threads = 1000;
    assert_fails(GRAFT_E_USAGE, "1 to 256", graft_context_new(&context, &options));
    options = (graft_context_options){0};
    assert_fails(GRAFT_E_USAGE, "struct_size", graft_context_new(&context, &options));
    assert_ok(graft_context_new(&context, NULL));
    assert_true(graft_context_threads(context) >= 1);
    assert_null(graft_context_cache_dir(context));
    graft_context_free(context);
}

static graft_status make_context(void *argument) {
    (void)argument;
    graft_context_options options = GRAFT_CONTEXT_OPTIONS_INIT;
    options.threads = 3;
    options.cache_dir = "/nonexistent";
    graft_context *context;
    GRAFT_TRY(graft_context_new(&context, &options));
    graft_context_free(context);
    return GRAFT_OK;
}

static void contexts_survive_failing_allocations(void **state) {
    (void)state;
    test_failing_allocations(make_context, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_index_runs_once),
        cmocka_unit_test(errors_reach_the_caller_with_their_text),
        cmocka_unit_test(nested_calls_run_in_place),
        cmocka_unit_test(a_cancel_stops_the_rest),
        cmocka_unit_test(what_must_be_whole_is_not_cancelled),
        cmocka_unit_test(phases_report_and_can_cancel),
        cmocka_unit_test(options_are_checked),
        cmocka_unit_test(contexts_survive_failing_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
