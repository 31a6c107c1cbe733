/* Features into files: one row a sound sample, in order, exact, never half a file. */
#include "support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "formats/npy.h"
#include "support/tiny-fixture.h"
#include "transfer/features.h"
#include <graft/train.h>

#include <stdio.h>
#include <string.h>

static const char *const classes[] = {"apple", "berry, \"ripe\""};
enum { EACH = 6, SOUND = 2 * EACH };

typedef struct fixture {
    tiny_fixture tiny;
    bool cancel;
} fixture;

static bool follow(void *user, const graft_progress *progress) {
    const fixture *f = user;
    return !(f->cancel && strcmp(progress->phase, "features") == 0);
}

static int setup(void **state) {
    fixture *f = *state = tiny_fixture_new(sizeof(*f), 0);
    graft_context_options options = GRAFT_CONTEXT_OPTIONS_INIT;
    options.threads = 2;
    options.no_cache = true;
    options.progress = follow;
    tiny_pictures(f->tiny.pictures, classes, 2, 0, EACH);
    char *broken = graft_path_join(f->tiny.pictures, "apple/03x.jpg");
    assert_ok(graft_file_write(broken, "no picture", 10));
    graft_release(broken);
    tiny_fixture_open_with(&f->tiny, options);
    return 0;
}

static int teardown(void **state) {
    tiny_fixture_free(*state);
    return 0;
}

static graft_status extract(fixture *f, const graft_extract_options *options, size_t *rows, size_t *width) {
    graft_dataset *data;
    assert_ok(graft_dataset_open(&data, f->tiny.context, f->tiny.pictures, NULL));
    graft_status status = graft_extract(f->tiny.context, f->tiny.backbone, data, options, rows, width);
    graft_dataset_free(data);
    return status;
}

static graft_tensor *extract_to(fixture *f, const char *output, const char *layer, int pool) {
    graft_extract_options options = GRAFT_EXTRACT_OPTIONS_INIT;
    graft_tensor *features;
    size_t rows = 0, width = 0;
    options.output = output;
    options.layer = layer;
    options.pool = pool;
    assert_ok(extract(f, &options, &rows, &width));
    assert_ok(graft_npy_read(output, &features));
    assert_int_equal(features->dtype, GRAFT_F32);
    assert_int_equal(features->shape.rank, 2);
    assert_int_equal(features->shape.dim[0], rows);
    assert_int_equal(features->shape.dim[1], width);
    return features;
}

static void rows_are_the_sound_samples_in_order(void **state) {
    fixture *f = *state;
    char *output = graft_path_join(f->tiny.folder, "f.npy"), *csv = graft_path_join(f->tiny.folder, "f.csv"), *text;
    size_t length;
    graft_tensor *features = extract_to(f, output, NULL, 0);
    assert_int_equal(features->shape.dim[0], SOUND);
    assert_int_equal(features->shape.dim[1], 16);
    assert_ok(graft_file_read(csv, 0, &text, &length));
    char expected[4096] = "row,path,label\r\n";
    for (int i = 0; i < SOUND; i++) {
        size_t used = strlen(expected);
        if (i < EACH)
            snprintf(expected + used, sizeof(expected) - used, "%d,apple/%02d.jpg,apple\r\n", i, i);
        else
            snprintf(expected + used, sizeof(expected) - used,
                     "%d,\"berry, \"\"ripe\"\"/%02d.jpg\",\"berry, \"\"ripe\"\"\"\r\n", i, i - EACH);
    }
    assert_string_equal(text, expected); /* 03x.jpg is in quarantine */
    graft_release(text);
    graft_release(csv);
    graft_release(output);
    graft_tensor_free(features);
}

/* pool over relu3 is what the network's own pooling layer gives; max and none agree with the whole map. */
static void pooling_agrees_with_the_map(void **state) {
    fixture *f = *state;
    char *output = graft_path_join(f->tiny.folder, "p.npy");
    graft_tensor *last = extract_to(f, output, NULL, 0), *avg = extract_to(f, output, "relu3", 0);
    graft_tensor *max = extract_to(f, output, "relu3", 1), *map = extract_to(f, output, "relu3", 2);
    graft_difference difference;
    assert_ok(graft_tensor_compare(last, avg, &difference));
    assert_true(difference.max_abs < 1e-5 * difference.max_value);
    assert_int_equal(map->shape.dim[1], 16 * 4 * 4);
    for (size_t i = 0; i < (size_t)SOUND * 16; i++) {
        const float *cells = graft_tensor_f32(map) + i * 16;
        float largest = cells[0], sum = 0;
        for (size_t j = 0; j < 16; j++) {
            if (cells[j] > largest) largest = cells[j];
            sum += cells[j];
        }
        assert_float_equal(graft_tensor_f32(max)[i], largest, 1e-3 * largest); /* the map is rounded to half */
        assert_float_equal(graft_tensor_f32(avg)[i], sum / 16, 1e-3 * largest);
    }
    graft_tensor_free(last);
    graft_tensor_free(avg);
    graft_tensor_free(max);
    graft_tensor_free(map);
    graft_release(output);
}

/* "PK" and the names inside: what it holds is tested where it is written. */
static void npz_holds_features_and_labels(void **state) {
    fixture *f = *state;
    graft_extract_options options = GRAFT_EXTRACT_OPTIONS_INIT;
    char *output = graft_path_join(f->tiny.folder, "f.npz"), *bytes;
    size_t length, rows, width;
    options.output = output;
    assert_ok(extract(f, &options, &rows, &width));
    assert_ok(graft_file_read(output, 0, &bytes, &length));
    assert_memory_equal(bytes, "PK", 2);
    assert_non_null(memmem(bytes, length, "features.npy", 12));
    assert_non_null(memmem(bytes, length, "labels.npy", 10));
    graft_release(bytes);
    graft_release(output);
}

static void an_interrupted_extraction_leaves_no_file(void **state) {
    fixture *f = *state;
    graft_extract_options options = GRAFT_EXTRACT_OPTIONS_INIT;
    char *output = graft_path_join(f->tiny.folder, "never.npy");
    graft_names names;
    options.output = output;
    f->cancel = true;
    assert_fails(GRAFT_E_CANCELLED, "", extract(f, &options, NULL, NULL));
    f->cancel = false;
    assert_ok(graft_folder_list(f->tiny.folder, &names));
    for (size_t i = 0; i < names.count; i++)
        assert_null(strstr(names.name[i], "never"));
    graft_names_free(&names);
    graft_release(output);
}

static void the_output_must_be_npy_or_npz(void **state) {
    fixture *f = *state;
    graft_extract_options options = GRAFT_EXTRACT_OPTIONS_INIT;
    assert_fails(GRAFT_E_USAGE, "nothing", extract(f, &options, NULL, NULL));
    options.output = "features.csv";
    assert_fails(GRAFT_E_USAGE, "features.csv", extract(f, &options, NULL, NULL));
    options.output = ".npy";
    assert_fails(GRAFT_E_USAGE, ".npy", extract(f, &options, NULL, NULL));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_the_sound_samples_in_order),
        cmocka_unit_test(pooling_agrees_with_the_map),
        cmocka_unit_test(npz_holds_features_and_labels),
        cmocka_unit_test(the_output_must_be_npy_or_npz),
        cmocka_unit_test(an_interrupted_extraction_leaves_no_file), /* last: it cancels the context */
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
