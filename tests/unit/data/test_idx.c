/* MNIST's files: what is read, what is refused. */
#include "support/support.h"

#include "data/dataset.h"
#include "data/idx.h"
#include "picture-folders.h"

enum { PICTURES = 40, SIDE = 8 };

/* ---- files ---- */

static size_t put_head(unsigned char *to, unsigned dimensions, const uint32_t *sizes) {
    const unsigned char magic[] = {0, 0, 8, (unsigned char)dimensions};
    memcpy(to, magic, sizeof magic);
    for (unsigned i = 0; i < dimensions; i++)
        for (int k = 0; k < 4; k++)
            to[4 + 4 * i + (unsigned)k] = (unsigned char)(sizes[i] >> (24 - 8 * k));
    return 4 + 4 * dimensions;
}

/* Pictures of noise, none like another; label i % classes. */
static void put_pair(const char *root, const char *images, const char *labels, size_t count, int classes,
                     uint64_t seed) {
    static unsigned char bytes[16 + PICTURES * SIDE * SIDE];
    const uint32_t sizes[] = {(uint32_t)count, SIDE, SIDE};
    graft_rng rng = graft_rng_make(seed, GRAFT_RNG_TEST, 0, 0);
    size_t head = put_head(bytes, 3, sizes);
    for (size_t i = 0; i < count * SIDE * SIDE; i++)
        bytes[head + i] = (unsigned char)graft_rng_below(&rng, 256);
    put_bytes(root, images, bytes, head + count * SIDE * SIDE);
    head = put_head(bytes, 1, sizes);
    for (size_t i = 0; i < count; i++)
        bytes[head + i] = (unsigned char)(i % (size_t)classes);
    put_bytes(root, labels, bytes, head + count);
}

static void put_mnist(const char *root) {
    put_pair(root, "train-images-idx3-ubyte", "train-labels-idx1-ubyte", PICTURES, 2, 1);
    put_pair(root, "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte", 6, 2, 2);
}

static void a_folder_is_train_and_test(void **state) {
    folder_fixture *f = *state;
    graft_dataset *data;
    char *manifest;
    put_mnist(f->root);
    assert_ok(graft_dataset_open(&data, f->context, f->root, NULL));
    assert_string_equal(graft_dataset_source(data)->name, "idx");
    assert_ok(graft_dataset_check(data));
    assert_int_equal(graft_dataset_count(data), PICTURES + 6);
    assert_int_equal(graft_dataset_class_count(data), 2);
    assert_string_equal(graft_dataset_class(data, 1), "1");
    const graft_sample *first = graft_dataset_sample(data, 0), *seventh = graft_dataset_sample(data, 6);
    assert_string_equal(first->name, "test/00000");
    assert_string_equal(first->path, path_in(f->root, "test/00000"));
    assert_string_equal(seventh->name, "train/00000");
    assert_string_equal(first->type, "IDX");
    assert_int_equal(first->width, SIDE);
    graft_check_result result = GRAFT_CHECK_RESULT_INIT;
    graft_dataset_check_result(data, &result);
    assert_int_equal(result.sound, PICTURES + 6);
    assert_int_equal(result.grey, PICTURES + 6);
    assert_int_equal(result.per_split[GRAFT_SPLIT_TEST], 6);
    assert_true(result.per_split[GRAFT_SPLIT_VALIDATION] > 0);
    assert_int_equal(result.per_split[0] + result.per_split[1], PICTURES);
    for (size_t i = 0; i < graft_dataset_count(data); i++) {
        const graft_sample *sample = graft_dataset_sample(data, i);
        assert_int_equal(sample->split == GRAFT_SPLIT_TEST, i < 6);
        assert_int_equal(sample->label, (i < 6 ? i : i - 6) % 2);
    }
    assert_ok(graft_dataset_manifest(data, &manifest));
    assert_non_null(strstr(manifest, "\"train/00017\""));
    graft_text_free(manifest);
    assert_non_null(strstr(graft_dataset_layout(data), "train-images-idx3-ubyte: 40 grey pictures of 8x8"));
    graft_dataset_free(data);
}

/* Where labels do not count their file need not be there, and the split is drawn all the same. */
static void pictures_without_labels_are_split(void **state) {
    folder_fixture *f = *state;
    graft_dataset *data;
    graft_data_options options = GRAFT_DATA_OPTIONS_INIT;
    options.unlabelled = true;
    put_mnist(f->root);
    assert_int_equal(unlink(path_in(f->root, "train-labels-idx1-ubyte")), 0);
    assert_fails(GRAFT_E_DATA, "labels-idx1-ubyte", graft_dataset_open(&data, f->context, f->root, NULL));
    assert_ok(graft_dataset_open(&data, f->context, f->root, &options));
    assert_ok(graft_dataset_check(data));
    assert_int_equal(graft_dataset_count(data), PICTURES + 6);
    assert_int_equal(graft_dataset_class_count(data), 0);
    graft_check_result result = GRAFT_CHECK_RESULT_INIT;
    graft_dataset_check_result(data, &result);
    assert_int_equal(result.per_split[GRAFT_SPLIT_TEST], 6);
    assert_in_range(result.per_split[GRAFT_SPLIT_VALIDATION], 1, PICTURES / 2);
    size_t *sample, count;
    assert_ok(graft_dataset_indices(data, GRAFT_SPLIT_VALIDATION, &sample, &count));
    assert_int_equal(count, result.per_split[GRAFT_SPLIT_VALIDATION]);
    for (size_t k = 0; k < count; k++)
        assert_int_equal(graft_dataset_sample(data, sample[k])->label, -1);
    graft_release(sample);
    graft_dataset_free(data);
    assert_ok(graft_dataset_open(&data, f->context, path_in(f->root, "train-images-idx3-ubyte"), &options));
    assert_int_equal(graft_dataset_count(data), PICTURES);
    graft_dataset_free(data);
}

/* Labels that lie beside pictures whose classes do not count are what a map may show; spoilt ones are none. */
static void labels_are_kinds_where_they_do_not_count(void **state) {
    folder_fixture *f = *state;
    graft_dataset *data;
    graft_data_options options = GRAFT_DATA_OPTIONS_INIT;
    options.unlabelled = true;
    put_mnist(f->root);
    assert_ok(graft_dataset_open(&data, f->context, f->root, &options));
    assert_int_equal(graft_dataset_class_count(data), 0);
    assert_int_equal(graft_dataset_kind_count(data), 2);
    assert_string_equal(graft_dataset_kind(data, 1), "1");
    for (size_t i = 0; i < graft_dataset_count(data); i++) {
        assert_int_equal(graft_dataset_sample(data, i)->label, -1);
        assert_int_equal(graft_dataset_kind_of(data, i), (i < 6 ? i : i - 6) % 2);
    }
    graft_dataset_free(data);
    put_bytes(f->root, "train-labels-idx1-ubyte", "no labels", 9);
    assert_ok(graft_dataset_open(&data, f->context, f->root, &options));
    assert_int_equal(graft_dataset_kind_count(data), 2); /* of t10k's */
    assert_int_equal(graft_dataset_kind_of(data, 0), 0);
    assert_int_equal(graft_dataset_kind_of(data, 6), -1);
    graft_dataset_free(data);
}

static void one_file_of_pictures_is_enough(void **state) {
    folder_fixture *f = *state;
    graft_dataset *data;
    put_pair(f->root, "emnist-balanced-train-images-idx3-ubyte", "emnist-balanced-train-labels-idx1-ubyte", PICTURES,
             12, 1);
    assert_ok(graft_dataset_open(&data, f->context, path_in(f->root, "emnist-balanced-train-images-idx3-ubyte"), NULL));
    assert_string_equal(graft_dataset_sample(data, 39)->name, "emnist-balanced-train/00039");
    assert_int_equal(graft_dataset_class_count(data), 12);
    assert_string_equal(graft_dataset_class(data, 2), "02"); /* so that byte order is the numbers' */
    assert_int_equal(graft_dataset_sample(data, 39)->label, 39 % 12);
    graft_dataset_free(data);
}

static void pixels_become_grey_pictures(void **state) {
    folder_fixture *f = *state;
    graft_dataset *data;
    graft_decoder *decoder;
    graft_image image;
    char *bytes;
    size_t length;
    graft_idx idx;
    put_mnist(f->root);
    assert_ok(graft_idx_read(path_in(f->root, "train-images-idx3-ubyte"), 3, &idx));
    assert_ok(graft_dataset_open(&data, f->context, f->root, NULL));
    assert_ok(graft_dataset_read(data, 6 + 17, 0, &bytes, &length));
    assert_ok(graft_decoder_new(&decoder));
    assert_ok(graft_decode(decoder, (const unsigned char *)bytes, length, 0, 0, &image));
    assert_int_equal(image.width, SIDE);
    assert_int_equal(image.height, SIDE);
    for (int i = 0; i < 3 * SIDE * SIDE; i++)
        assert_int_equal(image.rgb[i], idx.values[17 * SIDE * SIDE + i / 3]);
    graft_decoder_free(decoder);
    graft_release(bytes);
    graft_release(idx.values);
    graft_dataset_free(data);
}

static void a_classes_file_names_the_labels(void **state) {
    folder_fixture *f = *state;
    graft_dataset *data;
    graft_data_options options = GRAFT_DATA_OPTIONS_INIT;
    put_mnist(f->root);
    put_bytes(f->root, "names.txt", "zebra\nant\n", 10);
    options.classes = path_in(f->root, "names.txt");
    assert_ok(graft_dataset_open(&data, f->context, f->root, &options));
    assert_string_equal(graft_dataset_class(data, 0), "zebra");
    assert_int_equal(graft_dataset_sample(data, 7)->label, 1);
    graft_dataset_free(data);
    put_bytes(f->root, "names.txt", "zebra\n", 6);
    assert_fails(GRAFT_E_DATA, "label 1, expected 0 to 0", graft_dataset_open(&data, f->context, f->root, &options));
}

/* Python 3.11: gzip.compress(struct.pack(">IIII", 0x803, 3, 2, 2) + bytes(range(12)), 9, mtime=0) */
static const unsigned char packed[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x63,
                                       0x60, 0xe0, 0x60, 0x66, 0x60, 0x60, 0x00, 0x61, 0x26, 0x30, 0x66,
                                       0x64, 0x62, 0x66, 0x61, 0x65, 0x63, 0xe7, 0xe0, 0xe4, 0xe2, 0x06,
                                       0x00, 0x63, 0x44, 0x6f, 0xc6, 0x1c, 0x00, 0x00, 0x00};

static void packed_files_are_read(void **state) {
    (void)state;
    graft_idx idx;
    assert_ok(graft_idx_parse("x.gz", packed, sizeof packed, 3, &idx));
    assert_int_equal(idx.count, 3);
    assert_int_equal(idx.width, 2);
    for (int i = 0; i < 12; i++)
        assert_int_equal(idx.values[i], i);
    graft_release(idx.values);
    for (size_t cut = 0; cut < sizeof packed; cut++) {
        assert_int_equal(graft_idx_parse("x.gz", packed, cut, 3, &idx), GRAFT_E_DATA);
        assert_null(idx.values);
    }
}

static void expect_refusal(const char *part, unsigned dimensions, uint32_t count, uint32_t rows, uint32_t columns,
                           size_t length) {
    static unsigned char bytes[64];
    const uint32_t sizes[] = {count, rows, columns};
    graft_idx idx;
    put_head(bytes, dimensions, sizes);
    assert_fails(GRAFT_E_DATA, part, graft_idx_parse("x", bytes, length, 3, &idx));
    assert_null(strchr(graft_error_text(), '\n'));
    assert_null(idx.values);
}

static void sizes_that_lie_are_refused(void **state) {
    (void)state;
    expect_refusal("cut short", 3, 3, 4, 4, 63);
    expect_refusal("bytes behind its end", 3, 2, 4, 4, 64);
    expect_refusal("1 dimensions, expected 3", 1, 3, 4, 4, 64);
    expect_refusal("expected 1 to", 3, 0, 4, 4, 64);
    expect_refusal("expected 1 to", 3, UINT32_MAX, UINT32_MAX, UINT32_MAX, 64);
    expect_refusal("sides of 1 to 4096", 3, 3, 0, 4, 64);
    expect_refusal("sides of 1 to 4096", 3, 3, 4, UINT32_MAX, 64);
    expect_refusal("more than the limit", 3, 1 << 24, 4096, 4096, 64);
    expect_refusal("cut short", 3, 1000, 1024, 1024, 64);
    expect_refusal("within its header", 3, 3, 4, 4, 15);
    expect_refusal("not an IDX file", 3, 3, 4, 4, 3);
}

/* Python 3.11: the header of 2^12 pictures of 512x512, gzip'ed with nothing behind it. */
static void a_packed_bomb_costs_no_memory(void **state) {
    (void)state;
    static const unsigned char bomb[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x63,
                                         0x60, 0xe0, 0x60, 0x66, 0x60, 0x10, 0x60, 0x60, 0x60, 0x60, 0x02,
                                         0x63, 0x00, 0xcc, 0x7b, 0x78, 0x3a, 0x10, 0x00, 0x00, 0x00};
    graft_idx idx;
    assert_fails(GRAFT_E_DATA, "cut short", graft_idx_parse("bomb.gz", bomb, sizeof bomb, 3, &idx));
    assert_null(idx.values);
}

static void files_that_do_not_fit_are_told(void **state) {
    folder_fixture *f = *state;
    graft_dataset *data;
    put_pair(f->root, "train-images-idx3-ubyte", "train-labels", PICTURES, 2, 1);
    assert_fails(GRAFT_E_DATA, "no train-labels-idx1-ubyte", graft_dataset_open(&data, f->context, f->root, NULL));
    put_pair(f->root, "other", "train-labels-idx1-ubyte", 30, 2, 1);
    assert_fails(GRAFT_E_DATA, "40 pictures, but train-labels-idx1-ubyte has 30 labels",
                 graft_dataset_open(&data, f->context, f->root, NULL));
    put_pair(f->root, "train-labels-idx1-ubyte", "other", PICTURES, 2, 1);
    assert_fails(GRAFT_E_DATA, "3 dimensions, expected 1 (labels)",
                 graft_dataset_open(&data, f->context, f->root, NULL));
}

#define ROW(name) cmocka_unit_test_setup_teardown(name, folder_setup, folder_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        ROW(a_folder_is_train_and_test),
        ROW(pictures_without_labels_are_split),
        ROW(labels_are_kinds_where_they_do_not_count),
        ROW(one_file_of_pictures_is_enough),
        ROW(pixels_become_grey_pictures),
        ROW(a_classes_file_names_the_labels),
        cmocka_unit_test(packed_files_are_read),
        cmocka_unit_test(sizes_that_lie_are_refused),
        cmocka_unit_test(a_packed_bomb_costs_no_memory),
        ROW(files_that_do_not_fit_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
