/* The boundary cache: never trusted without its checksums, shared by processes, bounded, dispensable. */
#include "support/support.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/file.h"
#include "transfer/cache.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WIDTH = 7 };
static const graft_hash key = {1, 2};

typedef struct fixture {
    char *folder, *store_path;
    graft_context *context;
    test_log log;
} fixture;

static void open_context(fixture *f, const char *cache, uint64_t limit) {
    graft_context_options options = GRAFT_CONTEXT_OPTIONS_INIT;
    options.threads = 1;
    options.cache_dir = cache;
    options.no_cache = cache == NULL;
    options.cache_limit_bytes = limit;
    options.log = test_log_add;
    options.user = &f->log;
    graft_context_free(f->context);
    assert_ok(graft_context_new(&f->context, &options));
}

static int setup(void **state) {
    fixture *f = calloc(1, sizeof(*f));
    char text[GRAFT_HASH_TEXT];
    f->folder = test_folder();
    graft_hash_to_text(key, text);
    f->store_path = graft_text_format("%s/features/%s.cut", f->folder, text);
    open_context(f, f->folder, 0);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    fixture *f = *state;
    graft_context_free(f->context);
    graft_release(f->store_path);
    test_folder_remove(f->folder);
    free(f);
    return 0;
}

static graft_cache_store *open_store(fixture *f) {
    graft_cache_store *store;
    assert_ok(graft_cache_open(f->context, key, WIDTH, GRAFT_F32, &store));
    return store;
}

static graft_hash content(size_t number) {
    return graft_hash_bytes(&number, sizeof(number));
}

static void make_row(size_t number, float row[WIDTH]) {
    for (size_t i = 0; i < WIDTH; i++)
        row[i] = (float)number * 1000.25f + (float)i / 3;
}

static void append(graft_cache_store *store, size_t number) {
    float row[WIDTH];
    make_row(number, row);
    assert_ok(graft_cache_append(store, content(number), 0, row));
}

static bool read_row(graft_cache_store *store, size_t number, float *row) {
    void *record = graft_allocate(1, graft_cache_record_bytes(store));
    bool there = graft_cache_read(store, content(number), 0, record, row);
    graft_release(record);
    return there;
}

static bool holds(graft_cache_store *store, size_t number) {
    float row[WIDTH], expected[WIDTH];
    make_row(number, expected);
    if (!read_row(store, number, row)) return false;
    assert_memory_equal(row, expected, sizeof(row));
    return true;
}

static void fill(fixture *f, size_t count) {
    graft_cache_store *store = open_store(f);
    for (size_t i = 0; i < count; i++)
        append(store, i);
    graft_cache_close(store);
}

static off_t file_size(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 ? info.st_size : -1;
}

static void records_survive_reopening(void **state) {
    fixture *f = *state;
    fill(f, 200);
    graft_cache_store *store = open_store(f);
    for (size_t i = 0; i < 200; i++)
        assert_true(holds(store, i));
    assert_false(holds(store, 200));
    append(store, 200);
    assert_true(holds(store, 200));
    assert_true(holds(store, 3));
    graft_cache_close(store);
}

static void maps_are_rounded_to_f16_cached_or_not(void **state) {
    fixture *f = *state;
    const float row[3] = {0.1f, 1.0f / 3, 70000.0f};
    for (int cached = 0; cached < 2; cached++) {
        open_context(f, cached ? f->folder : NULL, 0);
        graft_cache_store *store;
        float got[3];
        assert_ok(graft_cache_open(f->context, key, 3, GRAFT_F16, &store));
        f->log.text[0] = '\0';
        assert_ok(graft_cache_append(store, content(2), 0, (const float[]){1, -65504.0f, 65504.0f}));
        assert_string_equal(f->log.text, "");
        assert_ok(graft_cache_append(store, content(1), 0, row));
        assert_true(read_row(store, 1, got));
        const char *told = strstr(f->log.text, "puts out 70000, beyond the +-65504");
        assert_non_null(told);
        assert_ok(graft_cache_append(store, content(3), 0, row));
        assert_null(strstr(told + 1, "puts out"));
        assert_float_equal(got[0], 0.0999755859375f, 0);
        assert_float_equal(got[1], 0.333251953125f, 0);
        assert_float_equal(got[2], 65504.0f, 0);
        graft_cache_close(store);
    }
}

static void a_tail_torn_at_any_byte_is_recomputed(void **state) {
    fixture *f = *state;
    fill(f, 3);
    off_t whole = file_size(f->store_path);
    off_t record = (whole - 64) / 3;
    for (off_t cut = 1; cut <= record; cut++) {
        assert_int_equal(truncate(f->store_path, whole - cut), 0);
        graft_cache_store *store = open_store(f);
        assert_true(holds(store, 1));
        assert_false(holds(store, 2));
        append(store, 2);
        assert_true(holds(store, 2));
        graft_cache_close(store);
        assert_int_equal(file_size(f->store_path), whole);
    }
}

static void flip(const char *path, off_t byte, int bit) {
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    fseek(file, byte, SEEK_SET);
    int value = fgetc(file);
    fseek(file, byte, SEEK_SET);
    fputc(value ^ (1 << bit), file);
    fclose(file);
}

static void a_flipped_bit_is_recomputed_never_used(void **state) {
    fixture *f = *state;
    fill(f, 3);
    off_t whole = file_size(f->store_path), record = (whole - 64) / 3;
    for (off_t byte = 64 + record; byte < 64 + 2 * record; byte++) {
        flip(f->store_path, byte, (int)(byte % 8));
        graft_cache_store *store = open_store(f);
        assert_false(holds(store, 1));
        assert_true(holds(store, 0));
        assert_true(holds(store, 2));
        graft_cache_close(store);
        flip(f->store_path, byte, (int)(byte % 8));
    }
    flip(f->store_path, 64 + record + 40, 3);
    graft_cache_store *store = open_store(f);
    append(store, 1);
    graft_cache_close(store);
    store = open_store(f);
    assert_true(holds(store, 1));
    graft_cache_close(store);
}

static void a_damaged_header_starts_the_store_anew(void **state) {
    fixture *f = *state;
    for (off_t byte = 0; byte < 64; byte++) {
        fill(f, 2);
        flip(f->store_path, byte, 5);
        f->log.text[0] = '\0';
        graft_cache_store *store = open_store(f);
        assert_false(holds(store, 1));
        assert_non_null(strstr(f->log.text, "damaged"));
        append(store, 1);
        assert_true(holds(store, 1));
        graft_cache_close(store);
    }
}

static void several_processes_append_to_one_store(void **state) {
    enum { PROCESSES = 4, EACH = 300 };
    fixture *f = *state;
    pid_t child[PROCESSES];
    for (size_t p = 0; p < PROCESSES; p++) {
        child[p] = fork();
        if (child[p] == 0) {
            graft_cache_store *store;
            if (graft_cache_open(f->context, key, WIDTH, GRAFT_F32, &store) != GRAFT_OK) _exit(1);
            for (size_t i = 0; i < EACH; i++) {
                float row[WIDTH];
                make_row(p * EACH + i, row);
                if (graft_cache_append(store, content(p * EACH + i), 0, row) != GRAFT_OK) _exit(1);
            }
            _exit(0);
        }
    }
    for (size_t p = 0; p < PROCESSES; p++) {
        int outcome;
        assert_int_equal(waitpid(child[p], &outcome, 0), child[p]);
        assert_int_equal(outcome, 0);
    }
    graft_cache_store *store = open_store(f);
    for (size_t i = 0; i < PROCESSES * EACH; i++)
        assert_true(holds(store, i));
    graft_cache_close(store);
}

static void make_store(fixture *f, uint64_t number, time_t age) {
    graft_cache_store *store;
    char text[GRAFT_HASH_TEXT], path[4200];
    float row[256] = {0};
    graft_hash name = {9, number};
    assert_ok(graft_cache_open(f->context, name, 256, GRAFT_F32, &store));
    assert_ok(graft_cache_append(store, content(1), 0, row));
    graft_cache_close(store);
    graft_hash_to_text(name, text);
    snprintf(path, sizeof(path), "%s/features/%s.cut", f->folder, text);
    struct timespec times[2] = {{.tv_sec = 1000000 - age}, {.tv_sec = 1000000 - age}};
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static size_t stores_left(const fixture *f) {
    char *folder = graft_path_join(f->folder, "features");
    graft_names names;
    assert_ok(graft_folder_list(folder, &names));
    size_t count = names.count;
    graft_names_free(&names);
    graft_release(folder);
    return count;
}

static void the_least_recently_used_store_goes_first(void **state) {
    fixture *f = *state;
    for (uint64_t i = 0; i < 4; i++)
        make_store(f, i, (time_t)(100 * i)); /* number 3 is the oldest */
    open_context(f, f->folder, 4096);        /* four hold 4 * 1,120 bytes */
    graft_cache_store *used;
    assert_ok(graft_cache_open(f->context, (graft_hash){9, 2}, 256, GRAFT_F32, &used));
    assert_ok(graft_cache_make_room(f->context, &used, 1, 1056));
    assert_int_equal(stores_left(f), 2);
    float row[256];
    assert_true(read_row(used, 1, row)); /* in use: kept */
    graft_cache_store *newest;
    assert_ok(graft_cache_open(f->context, (graft_hash){9, 0}, 256, GRAFT_F32, &newest));
    assert_true(read_row(newest, 1, row)); /* the youngest of the others */
    graft_cache_close(newest);
    graft_cache_close(used);
}

static void beyond_the_limit_records_live_for_the_run_only(void **state) {
    fixture *f = *state;
    open_context(f, f->folder, 1000);
    graft_cache_store *store = open_store(f);
    assert_ok(graft_cache_make_room(f->context, &store, 1, 100 * graft_cache_record_bytes(store)));
    assert_non_null(strstr(f->log.text, "limit"));
    for (size_t i = 0; i < 100; i++)
        append(store, i);
    for (size_t i = 0; i < 100; i++)
        assert_true(holds(store, i));
    graft_cache_close(store);
    assert_int_equal(file_size(f->store_path), 64);
}

/* A full disk is played by a limit on file sizes: the named and the temporary file both fail. */
static void a_full_disk_drops_the_cache_and_the_run_goes_on(void **state) {
    fixture *f = *state;
    struct rlimit before, small = {.rlim_cur = 400, .rlim_max = RLIM_INFINITY};
    graft_cache_store *store = open_store(f);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small.rlim_max = before.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    float row[WIDTH];
    graft_status status = GRAFT_OK;
    for (size_t i = 0; i < 50 && status == GRAFT_OK; i++) {
        make_row(i, row);
        status = graft_cache_append(store, content(i), 0, row);
    }
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(status, GRAFT_OK);
    for (size_t i = 0; i < 50; i++)
        assert_true(holds(store, i));
    graft_cache_close(store);
    assert_non_null(strstr(f->log.text, "cannot write"));
    assert_int_equal((file_size(f->store_path) - 64) % 64, 0); /* whole records only */
    store = open_store(f);
    assert_true(holds(store, 0));
    assert_false(holds(store, 49));
    graft_cache_close(store);
}

static void no_cache_leaves_no_file(void **state) {
    fixture *f = *state;
    open_context(f, NULL, 0);
    fill(f, 20);
    graft_cache_store *store = open_store(f);
    assert_false(holds(store, 1));
    graft_cache_close(store);
    assert_int_equal(file_size(f->store_path), -1);
}

static void a_cache_folder_that_cannot_be_used_is_done_without(void **state) {
    fixture *f = *state;
    char *blocked = graft_path_join(f->folder, "features");
    assert_ok(graft_file_write(blocked, "x", 1));
    graft_cache_store *store = open_store(f);
    append(store, 1);
    assert_true(holds(store, 1));
    graft_cache_close(store);
    assert_non_null(strstr(f->log.text, "going on without it"));
    graft_release(blocked);
}

static graft_status use_store(void *argument) {
    fixture *f = argument;
    graft_cache_store *store;
    float row[WIDTH] = {0};
    graft_status status = graft_cache_open(f->context, key, WIDTH, GRAFT_F32, &store);
    if (status != GRAFT_OK) return status;
    for (size_t i = 0; i < 40 && status == GRAFT_OK; i++)
        status = graft_cache_append(store, content(i), 0, row);
    graft_cache_close(store);
    return status;
}

static void every_allocation_may_fail(void **state) {
    fixture *f = *state;
    graft_cache_store *store = open_store(f); /* makes the folder */
    graft_cache_close(store);
    test_failing_allocations(use_store, f);
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(records_survive_reopening),
        T(maps_are_rounded_to_f16_cached_or_not),
        T(a_tail_torn_at_any_byte_is_recomputed),
        T(a_flipped_bit_is_recomputed_never_used),
        T(a_damaged_header_starts_the_store_anew),
        T(several_processes_append_to_one_store),
        T(the_least_recently_used_store_goes_first),
        T(beyond_the_limit_records_live_for_the_run_only),
        T(a_full_disk_drops_the_cache_and_the_run_goes_on),
        T(no_cache_leaves_no_file),
        T(a_cache_folder_that_cannot_be_used_is_done_without),
        T(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
