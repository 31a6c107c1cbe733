#include "support/support.h"

#include "base/context.h"
#include "data/dataset-internal.h"
#include "picture-folders.h"

#include <stdlib.h>

static graft_dataset *check(folder_fixture *f, const graft_data_options *options, graft_check_result *result) {
    graft_dataset *dataset;
    assert_ok(graft_dataset_open(&dataset, f->context, f->root, options));
    assert_ok(graft_dataset_check(dataset));
    if (result) {
        *result = (graft_check_result)GRAFT_CHECK_RESULT_INIT;
        graft_dataset_check_result(dataset, result);
    }
    return dataset;
}

static const graft_sample *sample_named(const graft_dataset *dataset, const char *name) {
    for (size_t i = 0; i < graft_dataset_count(dataset); i++)
        if (strcmp(graft_dataset_sample(dataset, i)->name, name) == 0) return graft_dataset_sample(dataset, i);
    fail_msg("no sample %s", name);
    return NULL;
}

/* How many samples of `before` are in another split in `after`. */
static size_t count_moved(const graft_dataset *before, const graft_dataset *after) {
    size_t moved = 0;
    for (size_t i = 0; i < graft_dataset_count(before); i++) {
        const graft_sample *sample = graft_dataset_sample(before, i);
        if (sample->split != sample_named(after, sample->name)->split) moved++;
    }
    return moved;
}

static void behaviour_19_shares_are_kept_class_by_class(void **state) {
    folder_fixture *f = *state;
    graft_data_options options = GRAFT_DATA_OPTIONS_INIT;
    options.validation = 0.3;
    options.test = 0.2;
    options.seed = 7;
    put_pictures(f->root, "cat", 300, 1000);
    put_pictures(f->root, "dog", 150, 2000);
    graft_dataset *dataset = check(f, &options, NULL);
    const size_t size[] = {300, 150};
    for (size_t label = 0; label < 2; label++) { /* within four standard deviations of the binomial */
        double validation =
            (double)graft_dataset_class_size(dataset, label, GRAFT_SPLIT_VALIDATION) - 0.3 * (double)size[label];
        double test = (double)graft_dataset_class_size(dataset, label, GRAFT_SPLIT_TEST) - 0.2 * (double)size[label];
        assert_true(validation * validation < 16 * 0.21 * (double)size[label]);
        assert_true(test * test < 16 * 0.16 * (double)size[label]);
    }
    graft_dataset *again = check(f, &options, NULL);
    assert_int_equal(count_moved(dataset, again), 0);
    graft_dataset_free(again);
    options.seed = 8;
    again = check(f, &options, NULL);
    assert_true(count_moved(dataset, again) > 100);
    graft_dataset_free(again);
    graft_dataset_free(dataset);
}

static void behaviour_19_adding_files_never_moves_old_ones(void **state) {
    folder_fixture *f = *state;
    put_pictures(f->root, "cat", 200, 1000);
    put_pictures(f->root, "dog", 200, 2000);
    graft_dataset *before = check(f, NULL, NULL);
    put_pictures(f->root, "cat/a", 20, 5000); /* before, between and after the old names */
    put_pictures(f->root, "dog/z", 20, 6000);
    put_pictures(f->root, "ant", 20, 7000);
    graft_dataset *after = check(f, NULL, NULL);
    assert_int_equal(graft_dataset_count(after), 460);
    assert_int_equal(count_moved(before, after), 0);
    graft_dataset_free(before);
    graft_dataset_free(after);
}

static void behaviour_19_a_file_keeps_its_draw_when_it_is_renamed(void **state) {
    folder_fixture *f = *state;
    put_pictures(f->root, "cat", 60, 1000);
    put_pictures(f->root, "dog", 60, 2000);
    graft_dataset *before = check(f, NULL, NULL);
    for (int i = 0; i < 60; i++) {
        char from[64], to[64];
        snprintf(from, sizeof from, "cat/%04d.jpg", i);
        snprintf(to, sizeof to, "cat/%04d.jpg", 5000 - 7 * i);
        assert_int_equal(rename(path_in(f->root, from), path_in(f->root, to)), 0);
    }
    graft_dataset *after = check(f, NULL, NULL);
    for (int i = 0; i < 60; i++) {
        char from[64], to[64];
        snprintf(from, sizeof from, "cat/%04d.jpg", i);
        snprintf(to, sizeof to, "cat/%04d.jpg", 5000 - 7 * i);
        assert_int_equal(sample_named(before, from)->split, sample_named(after, to)->split);
    }
    graft_dataset_free(before);
    graft_dataset_free(after);
}

static void behaviour_19_near_duplicates_stay_together_with_the_original(void **state) {
    folder_fixture *f = *state;
    graft_check_result result;
    put_pictures(f->root, "cat", 60, 1000);
    put_pictures(f->root, "dog", 60, 2000);
    graft_dataset *before = check(f, NULL, &result);
    assert_int_equal(result.near_duplicates, 0);
    for (uint64_t i = 0; i < 60; i++) {
        char name[64];
        snprintf(name, sizeof name, "cat/%04d copy.jpg", (int)i);
        put_jpeg(f->root, name, 1000 + i, 40);
        if (i < 20) {
            snprintf(name, sizeof name, "cat/%04d (2).jpg", (int)i);
            put_jpeg(f->root, name, 1000 + i, 90);
        }
    }
    graft_dataset *after = check(f, NULL, &result);
    assert_int_equal(result.near_duplicates, 60);
    assert_int_equal(result.exact_duplicates, 20);
    assert_int_equal(result.conflicting, 0);
    assert_int_equal(result.leaking, 0);
    assert_int_equal(count_moved(before, after), 0);
    for (int i = 0; i < 60; i++) {
        char original[64], copy[64];
        snprintf(original, sizeof original, "cat/%04d.jpg", i);
        snprintf(copy, sizeof copy, "cat/%04d copy.jpg", i);
        assert_int_equal(sample_named(after, original)->split, sample_named(after, copy)->split);
    }
    size_t first = graft_dataset_group(after, 1); /* "0000 (2)", "0000 copy", "0000" */
    assert_int_equal(first, 0);
    assert_int_equal(graft_dataset_group(after, 2), 0);
    graft_dataset_free(before);
    graft_dataset_free(after);
}

static void behaviour_19_overlap_of_given_splits_is_counted(void **state) {
    folder_fixture *f = *state;
    graft_check_result result;
    put_pictures(f->root, "train/cat", 5, 1);
    put_pictures(f->root, "train/dog", 5, 10);
    put_picture(f->root, "validation/cat/same.jpg", 2);
    put_jpeg(f->root, "validation/cat/smaller.jpg", 3, 50);
    put_picture(f->root, "validation/cat/own.jpg", 20);
    put_picture(f->root, "validation/dog/wrong.jpg", 4);
    put_picture(f->root, "test/dog/own.jpg", 20);
    graft_dataset *dataset = check(f, NULL, &result);
    assert_int_equal(result.leaking, 3);
    assert_int_equal(result.exact_duplicates, 3);
    assert_int_equal(result.near_duplicates, 1);
    assert_int_equal(result.conflicting, 2); /* dog/wrong.jpg is a cat of train; 20 is a cat and a dog */
    assert_int_equal(sample_named(dataset, "validation/cat/same.jpg")->split, GRAFT_SPLIT_VALIDATION);
    assert_int_equal(sample_named(dataset, "test/dog/own.jpg")->split, GRAFT_SPLIT_TEST);
    graft_dataset_free(dataset);
}

static void every_class_trains_and_validates(void **state) {
    folder_fixture *f = *state;
    for (size_t label = 0; label < 26; label++) {
        char folder[] = {'c', '-', (char)('a' + label), '\0'};
        put_pictures(f->root, folder, 2 + label % 3, 1000 * (label + 1));
    }
    graft_data_options options = GRAFT_DATA_OPTIONS_INIT;
    for (options.test = 0; options.test < 0.7; options.test += 0.3) {
        graft_dataset *dataset = check(f, &options, NULL);
        for (size_t label = 0; label < 26; label++) {
            assert_true(graft_dataset_class_size(dataset, label, GRAFT_SPLIT_TRAIN) >= 1);
            assert_true(graft_dataset_class_size(dataset, label, GRAFT_SPLIT_VALIDATION) >= 1);
        }
        graft_dataset_free(dataset);
    }
}

static void class_of_one_group_is_not_torn(void **state) {
    folder_fixture *f = *state;
    put_pictures(f->root, "cat", 5, 1);
    put_jpeg(f->root, "dog/a.jpg", 9, 90);
    put_jpeg(f->root, "dog/b.jpg", 9, 50);
    put_jpeg(f->root, "dog/c.jpg", 9, 70);
    graft_dataset *dataset = check(f, NULL, NULL);
    graft_split split = sample_named(dataset, "dog/a.jpg")->split;
    assert_int_equal(sample_named(dataset, "dog/b.jpg")->split, split);
    assert_int_equal(sample_named(dataset, "dog/c.jpg")->split, split);
    graft_dataset_free(dataset);
}

static void flat_pictures_are_no_near_duplicates(void **state) {
    folder_fixture *f = *state;
    graft_check_result result;
    put_pictures(f->root, "cat", 3, 1);
    for (int i = 0; i < 5; i++) {
        char name[32], text[64];
        snprintf(name, sizeof name, "dog/%d.ppm", i);
        snprintf(text, sizeof text, "P3 2 1 255  %d 255 255  255 255 255\n", 250 + i);
        put_text(f->root, name, text);
    }
    put_text(f->root, "dog/repeat.ppm", "P3 2 1 255  250 255 255  255 255 255\n");
    graft_dataset *dataset = check(f, NULL, &result);
    assert_int_equal(result.near_duplicates, 0);
    assert_int_equal(result.exact_duplicates, 1);
    graft_dataset_free(dataset);
}

/* A dataset of `count` made-up findings, a third of them near another one. */
static graft_dataset *make_up(folder_fixture *f, size_t count) {
    graft_dataset *dataset;
    graft_rng rng = graft_rng_make(3, GRAFT_RNG_TEST, 0, 0);
    put_pictures(f->root, "cat", 2, 1);
    put_pictures(f->root, "dog", 2, 3);
    assert_ok(graft_dataset_open(&dataset, f->context, f->root, NULL));
    for (size_t i = dataset->count; i < count; i++) {
        const graft_place place = {0};
        assert_ok(graft_dataset_add(dataset, graft_text_copy("x"), &place, NULL));
    }
    dataset->finding = graft_allocate_zero(count, sizeof *dataset->finding);
    assert_non_null(dataset->finding);
    for (size_t i = 0; i < count; i++) {
        graft_finding *finding = dataset->record[i].finding = &dataset->finding[i];
        size_t like = i > 0 && i % 3 == 0 ? graft_rng_below(&rng, (uint32_t)i) : i;
        *finding = dataset->finding[like];
        finding->content = (graft_hash){graft_rng_u64(&rng), i};
        if (like == i) {
            finding->perceptual = graft_rng_u64(&rng) & graft_rng_u64(&rng);
            for (size_t k = 0; k < GRAFT_LIKENESS_BYTES; k++)
                finding->likeness.rgb[k] = (unsigned char)graft_rng_u32(&rng);
        } else {
            for (uint32_t k = graft_rng_below(&rng, 10); k > 0; k--)
                finding->perceptual ^= 1ull << graft_rng_below(&rng, 64);
            finding->likeness.rgb[5] ^= 3;
        }
        finding->orientation = 1;
        dataset->record[i].sample.content[0] = finding->content.high;
        dataset->record[i].sample.content[1] = finding->content.low;
    }
    return dataset;
}

static size_t root_of(const size_t *parent, size_t i) {
    while (parent[i] != i)
        i = parent[i];
    return i;
}

static void groups_equal_those_of_comparing_all_pairs(void **state) {
    folder_fixture *f = *state;
    enum { count = 2000 };
    graft_dataset *dataset = make_up(f, count);
    assert_ok(graft_duplicates_find(dataset));
    size_t *parent = graft_allocate(count, sizeof *parent), repeats = 0;
    for (size_t i = 0; i < count; i++)
        parent[i] = i;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++) {
            const graft_finding *a = &dataset->finding[i], *b = &dataset->finding[j];
            size_t x = root_of(parent, i), y = root_of(parent, j);
            if (__builtin_popcountll(a->perceptual ^ b->perceptual) <= 6 &&
                graft_likeness_near(&a->likeness, graft_likeness_deviation(&a->likeness), &b->likeness,
                                    graft_likeness_deviation(&b->likeness)))
                parent[x > y ? x : y] = x > y ? y : x;
        }
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(graft_dataset_group(dataset, i), root_of(parent, i));
        if (root_of(parent, i) != i) repeats++;
    }
    assert_true(repeats > 300 && repeats < 666);
    graft_release(parent);
    graft_dataset_free(dataset);
}

static void duplicates_among_fifty_thousand_are_found(void **state) {
    folder_fixture *f = *state;
    graft_dataset *dataset = make_up(f, 50000);
    assert_ok(graft_duplicates_find(dataset)); /* of all pairs it would take longer than the test may */
    assert_true(dataset->result.near_duplicates > 5000);
    graft_dataset_free(dataset);
}

#define ROW(name) cmocka_unit_test_setup_teardown(name, folder_setup, folder_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        ROW(behaviour_19_shares_are_kept_class_by_class),
        ROW(behaviour_19_adding_files_never_moves_old_ones),
        ROW(behaviour_19_a_file_keeps_its_draw_when_it_is_renamed),
        ROW(behaviour_19_near_duplicates_stay_together_with_the_original),
        ROW(behaviour_19_overlap_of_given_splits_is_counted),
        ROW(every_class_trains_and_validates),
        ROW(class_of_one_group_is_not_torn),
        ROW(flat_pictures_are_no_near_duplicates),
        ROW(groups_equal_those_of_comparing_all_pairs),
        ROW(duplicates_among_fifty_thousand_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
