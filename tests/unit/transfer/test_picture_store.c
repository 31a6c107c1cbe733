/* Decoded pictures: what is stored is what a decoder gives, a damaged record is none, a limit only costs time. */
#include "support/support.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/file.h"
#include "data/dataset.h"
#include "support/tiny-fixture.h"
#include "transfer/cache-evict.h"
#include "transfer/cache.h"
#include "transfer/picture.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { EACH = 7 };

typedef struct fixture {
    tiny_fixture tiny;
    graft_dataset *data;
    size_t *sample, count;
} fixture;

static graft_context *context_with(const char *cache, uint64_t limit) {
    graft_context_options options = GRAFT_CONTEXT_OPTIONS_INIT;
    graft_context *context;
    options.threads = 2;
    options.cache_dir = cache;
    options.cache_limit_bytes = limit;
    assert_ok(graft_context_new(&context, &options));
    return context;
}

static int setup(void **state) {
    fixture *f = *state = tiny_fixture_new(sizeof(*f), EACH);
    f->tiny.context = context_with(f->tiny.cache, 0);
    assert_ok(graft_dataset_open(&f->data, f->tiny.context, f->tiny.pictures, NULL));
    assert_ok(graft_dataset_check(f->data));
    assert_ok(graft_dataset_indices(f->data, -1, &f->sample, &f->count));
    return 0;
}

static int teardown(void **state) {
    fixture *f = *state;
    graft_release(f->sample);
    graft_dataset_free(f->data);
    tiny_fixture_free(&f->tiny);
    return 0;
}

static graft_picture_store *filled(const fixture *f, graft_context *context, int side) {
    graft_picture_store *store;
    assert_ok(graft_picture_store_open(context, side, &store));
    assert_ok(graft_picture_store_fill(store, f->data, f->sample, f->count));
    return store;
}

static size_t found(const fixture *f, const graft_picture_store *store) {
    size_t sum = 0;
    graft_image image;
    for (size_t i = 0; i < f->count; i++)
        sum += graft_picture_store_find(store, graft_sample_content(f->data, f->sample[i]), &image);
    return sum;
}

/* Every view of every picture, with and without what is stored. */
static void assert_same_views(const fixture *f, const graft_picture_store *with, const graft_picture_store *without,
                              int side) {
    graft_preprocess spec;
    graft_picture_loader one, two;
    graft_augment *augment;
    assert_ok(graft_augment_parse("crop:0.3,1 flip rotate:10 brightness:0.2", &augment));
    const graft_views views = {.augment = augment, .seed = 3, .count = 4};
    graft_preprocess_init(&spec, GRAFT_SCALING_01);
    spec.width = spec.height = side;
    float *a = malloc((size_t)side * (size_t)side * 3 * sizeof(float)), *b = malloc((size_t)side * (size_t)side * 12);
    assert_ok(graft_picture_loader_init(&one, f->data, &spec));
    assert_ok(graft_picture_loader_init(&two, f->data, &spec));
    graft_picture_loader_use(&one, with);
    graft_picture_loader_use(&two, without);
    for (size_t i = 0; i < f->count; i++)
        for (uint32_t view = 0; view < views.count; view++) {
            assert_ok(graft_picture_load(&one, f->sample[i], &views, view, a));
            assert_ok(graft_picture_load(&two, f->sample[i], &views, view, b));
            assert_memory_equal(a, b, (size_t)side * (size_t)side * 3 * sizeof(float));
        }
    graft_picture_loader_clear(&one);
    graft_picture_loader_clear(&two);
    graft_augment_free(augment);
    free(a);
    free(b);
}

static void stored_pictures_are_the_decoded_ones(void **state) {
    const fixture *f = *state;
    const int sides[] = {8, 64}; /* reduced, and as they are */
    for (size_t i = 0; i < 2; i++) {
        graft_context *none = context_with(NULL, 0);
        graft_picture_store *kept = filled(f, f->tiny.context, sides[i]), *empty = filled(f, none, sides[i]);
        assert_int_equal(found(f, kept), f->count);
        assert_int_equal(found(f, empty), 0);
        assert_same_views(f, kept, empty, sides[i]);
        graft_picture_store_close(kept);
        graft_picture_store_close(empty);
        graft_context_free(none);
        assert_ok(graft_picture_store_open(f->tiny.context, sides[i], &kept)); /* another run finds them */
        assert_int_equal(found(f, kept), f->count);
        graft_picture_store_close(kept);
    }
}

static void without_a_change_a_view_is_the_files(void **state) {
    const fixture *f = *state;
    graft_picture_store *kept = filled(f, f->tiny.context, 64);
    assert_same_views(f, kept, NULL, 64);
    graft_picture_store_close(kept);
}

/* The only shard's path. */
static char *shard_of(const fixture *f) {
    graft_names names;
    char *folder = graft_text_format("%s/pixels", f->tiny.cache);
    assert_ok(graft_folder_list(folder, &names));
    assert_int_equal(names.count, 1);
    char *path = graft_path_join(folder, names.name[0]);
    graft_names_free(&names);
    graft_release(folder);
    return path;
}

static void overwrite(const char *path, long at, const char *bytes) {
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    assert_int_equal(fwrite(bytes, 1, strlen(bytes), file), strlen(bytes));
    assert_int_equal(fclose(file), 0);
}

static void damage_is_never_read(void **state) {
    const fixture *f = *state;
    graft_picture_store *store = filled(f, f->tiny.context, 8);
    graft_picture_store_close(store);
    char *path = shard_of(f);
    overwrite(path, 64 + 32 + 5, "spoilt"); /* a pixel of the first record */
    assert_ok(graft_picture_store_open(f->tiny.context, 8, &store));
    assert_int_equal(found(f, store), f->count - 1);
    graft_picture_store_close(store);
    overwrite(path, 64 + 24, "\xff\xff\xff\xff\xff\xff\xff\xff"); /* its sides */
    assert_ok(graft_picture_store_open(f->tiny.context, 8, &store));
    assert_int_equal(found(f, store), 0);
    assert_ok(graft_picture_store_fill(store, f->data, f->sample, f->count)); /* beside the damaged one */
    assert_int_equal(found(f, store), f->count);
    graft_picture_store_close(store);
    overwrite(path, 0, "no shard");
    assert_ok(graft_picture_store_open(f->tiny.context, 8, &store));
    assert_int_equal(found(f, store), f->count);
    graft_picture_store_close(store);
    graft_release(path);
}

static void what_a_kill_left_is_removed_after_a_day(void **state) {
    const fixture *f = *state;
    const time_t now = time(NULL);
    char *folder = graft_path_join(f->tiny.cache, "pixels");
    assert_ok(graft_folder_make(folder));
    for (int hours = 23; hours <= 25; hours += 2) {
        graft_picture_store *store;
        char *path = graft_path_join(folder, "0123-00000001.pix.tmp-AbC012");
        const struct timespec then[2] = {{.tv_sec = now - hours * 3600L}, {.tv_sec = now - hours * 3600L}};
        assert_ok(graft_file_write(path, "half", 4));
        assert_int_equal(utimensat(AT_FDCWD, path, then, 0), 0);
        assert_ok(graft_picture_store_open(f->tiny.context, 8, &store));
        assert_int_equal(graft_file_kind_of(path), hours < 24 ? GRAFT_FILE_REGULAR : GRAFT_FILE_MISSING);
        graft_picture_store_close(store);
        graft_release(path);
    }
    graft_release(folder);
}

static void a_limit_only_costs_time(void **state) {
    const fixture *f = *state;
    graft_context *narrow = context_with(f->tiny.cache, 1000);
    graft_picture_store *store = filled(f, narrow, 8);
    assert_int_equal(found(f, store), 0);
    graft_picture_store_close(store);
    graft_context_free(narrow);
}

/* ---- together with features ---- */

enum { WIDTH = 256 };
static const graft_hash features_key = {7, 7};

static void store_features(graft_context *context) {
    graft_cache_store *store;
    const float row[WIDTH] = {0};
    assert_ok(graft_cache_open(context, features_key, WIDTH, GRAFT_F32, &store));
    assert_ok(graft_cache_append(store, features_key, 0, row));
    graft_cache_close(store);
}

/* The path of what was stored since `before` was listed, `age` seconds older than it is; its size is added. */
static char *stored_since(const char *folder, const graft_names *before, long age, uint64_t *bytes) {
    graft_names now;
    struct stat info;
    char *path = NULL;
    assert_ok(graft_folder_list(folder, &now));
    assert_int_equal(now.count, before->count + 1);
    for (size_t i = 0; i < now.count && !path; i++)
        if (i == before->count || strcmp(now.name[i], before->name[i]) != 0)
            path = graft_path_join(folder, now.name[i]);
    graft_names_free(&now);
    assert_int_equal(stat(path, &info), 0);
    const struct timespec then[2] = {{.tv_sec = info.st_mtim.tv_sec - age}, {.tv_sec = info.st_mtim.tv_sec - age}};
    assert_int_equal(utimensat(AT_FDCWD, path, then, 0), 0);
    *bytes += (uint64_t)info.st_size;
    return path;
}

static char *stored_shard(const fixture *f, int side, long age, uint64_t *bytes) {
    graft_names before;
    char *folder = graft_path_join(f->tiny.cache, "pixels");
    assert_ok(graft_folder_make(folder));
    assert_ok(graft_folder_list(folder, &before));
    graft_picture_store_close(filled(f, f->tiny.context, side));
    char *path = stored_since(folder, &before, age, bytes);
    graft_names_free(&before);
    graft_release(folder);
    return path;
}

static bool is_there(const char *path) {
    return graft_file_kind_of(path) == GRAFT_FILE_REGULAR;
}

static void the_oldest_of_the_whole_cache_goes_first(void **state) {
    const fixture *f = *state;
    uint64_t bytes = 0, more = 0;
    bool fits;
    char *old = stored_shard(f, 8, 300, &bytes), *young = stored_shard(f, 12, 100, &bytes);
    char *wanted = stored_shard(f, 16, 0, &more), *folder = graft_path_join(f->tiny.cache, "features");
    assert_int_equal(unlink(wanted), 0); /* for its size */
    store_features(f->tiny.context);
    char *features = stored_since(folder, &(graft_names){0}, 200, &bytes);
    graft_context *narrow = context_with(f->tiny.cache, bytes + more - 1);
    graft_picture_store *store = filled(f, narrow, 16);
    assert_int_equal(found(f, store), f->count);
    assert_false(is_there(old));
    assert_true(is_there(features) && is_there(young) && is_there(wanted));
    /* What is in use stays, whatever its age. */
    graft_context *none = context_with(f->tiny.cache, 1);
    graft_picture_store *used;
    assert_ok(graft_picture_store_open(f->tiny.context, 12, &used));
    assert_ok(graft_cache_fit(none, 0, &fits));
    assert_false(fits);
    assert_false(is_there(features));
    assert_true(is_there(young) && is_there(wanted));
    assert_int_equal(found(f, used), f->count);
    graft_picture_store_close(used);
    assert_ok(graft_cache_fit(none, 0, &fits));
    assert_false(fits);
    assert_true(!is_there(young) && is_there(wanted));
    graft_picture_store_close(store);
    assert_ok(graft_cache_fit(none, 0, &fits));
    assert_true(fits);
    assert_false(is_there(wanted));
    graft_context_free(none);
    graft_context_free(narrow);
    graft_release(features);
    graft_release(folder);
    graft_release(wanted);
    graft_release(young);
    graft_release(old);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(stored_pictures_are_the_decoded_ones, setup, teardown),
        cmocka_unit_test_setup_teardown(without_a_change_a_view_is_the_files, setup, teardown),
        cmocka_unit_test_setup_teardown(damage_is_never_read, setup, teardown),
        cmocka_unit_test_setup_teardown(what_a_kill_left_is_removed_after_a_day, setup, teardown),
        cmocka_unit_test_setup_teardown(a_limit_only_costs_time, setup, teardown),
        cmocka_unit_test_setup_teardown(the_oldest_of_the_whole_cache_goes_first, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
