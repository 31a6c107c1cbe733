#include "golden-pictures.h"

#include <math.h>

/* tests/golden/pictures/prepare.bin, see write.py beside it. */
static void behaviour_16_crop_and_pad_equal_torchvision_and_pillow(void **state) {
    (void)state;
    test_file golden = read_golden("prepare.bin", "");
    graft_decoder *decoder = new_decoder();
    const unsigned char *at = golden.bytes + 4;
    for (int i = 0; i < int_at(golden.bytes); i++) {
        graft_preprocess spec;
        graft_preprocess_init(&spec, GRAFT_SCALING_TF);
        spec.fit = int_at(at) == 1 ? GRAFT_FIT_CROP : GRAFT_FIT_PAD;
        spec.filter = (graft_filter)int_at(at + 4);
        spec.width = int_at(at + 16);
        spec.height = int_at(at + 20);
        char name[64];
        snprintf(name, sizeof name, "fitted-%dx%d.png", int_at(at + 8), int_at(at + 12));
        test_file file = read_golden(name, "");
        unsigned char pixels[21 * 21 * 3];
        graft_image size;
        assert_ok(graft_image_prepare(decoder, file.bytes, file.length, &spec, pixels, &size));
        size_t bytes = (size_t)spec.width * (size_t)spec.height * 3;
        if (memcmp(pixels, at + 24, bytes) != 0)
            fail_msg("case %d: %s, fit %d, filter %d to %dx%d", i, name, spec.fit, spec.filter, spec.width,
                     spec.height);
        assert_int_equal(size.width, int_at(at + 8));
        assert_null(size.rgb);
        at += 24 + bytes;
        graft_release(file.bytes);
    }
    assert_ptr_equal(at, golden.bytes + golden.length);
    graft_decoder_free(decoder);
    graft_release(golden.bytes);
}

/* A target that is not square keeps its sides; a smaller picture is enlarged. */
static void a_target_need_not_be_square(void **state) {
    (void)state;
    graft_decoder *decoder = new_decoder();
    test_file file = read_golden("orientation-6.jpg", "");
    unsigned char pixels[64 * 16 * 3 + 1];
    graft_preprocess spec;
    graft_preprocess_init(&spec, GRAFT_SCALING_TORCH);
    spec.width = 64;
    spec.height = 16;
    for (int fit = GRAFT_FIT_SQUASH; fit <= GRAFT_FIT_PAD; fit++) {
        spec.fit = (graft_fit)fit;
        pixels[64 * 16 * 3] = 77;
        assert_ok(graft_image_prepare(decoder, file.bytes, file.length, &spec, pixels, NULL));
        assert_int_equal(pixels[64 * 16 * 3], 77);
    }
    /* 14x23 upright: 10x16 in the middle of 64x16, left of it the mean colour */
    assert_int_equal(pixels[0], 124);
    assert_int_equal(pixels[1], 116);
    assert_int_equal(pixels[2], 104);
    assert_memory_equal(pixels + 26 * 3, pixels, 3);
    assert_memory_not_equal(pixels + 27 * 3, pixels, 3);
    assert_memory_not_equal(pixels + 36 * 3, pixels, 3);
    assert_memory_equal(pixels + 37 * 3, pixels, 3);
    spec.width = 0;
    assert_fails(GRAFT_E_USAGE, "0x16", graft_image_prepare(decoder, file.bytes, file.length, &spec, pixels, NULL));
    graft_decoder_free(decoder);
    graft_release(file.bytes);
}

/* A smooth picture of 512x384 as a JPEG. */
static test_file smooth_jpeg(void) {
    test_file file;
    unsigned char *rgb = graft_allocate(512 * 384, 3);
    for (int y = 0; y < 384; y++)
        for (int x = 0; x < 512; x++) {
            unsigned char *pixel = rgb + (y * 512 + x) * 3;
            pixel[0] = (unsigned char)(x / 2);
            pixel[1] = (unsigned char)(y / 2);
            pixel[2] = (unsigned char)(128 + 100 * sin(x * 0.02) * cos(y * 0.03));
        }
    assert_ok(graft_jpeg_write(rgb, 512, 384, 95, &file.bytes, &file.length));
    graft_release(rgb);
    return file;
}

static void behaviour_21_scaled_decoding_keeps_the_asked_sides(void **state) {
    (void)state;
    static const struct {
        int min_width, min_height, width, height;
    } cases[] = {{0, 0, 512, 384},   {64, 48, 64, 48},     {65, 48, 128, 96},  {64, 49, 128, 96},
                 {128, 96, 128, 96}, {256, 100, 256, 192}, {257, 1, 512, 384}, {1, 193, 512, 384}};
    graft_decoder *decoder = new_decoder();
    test_file file = smooth_jpeg();
    graft_image image;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_ok(graft_decode(decoder, file.bytes, file.length, cases[i].min_width, cases[i].min_height, &image));
        assert_int_equal(image.width, cases[i].width);
        assert_int_equal(image.height, cases[i].height);
        assert_int_equal(image.file_width, 512);
        assert_int_equal(image.file_height, 384);
    }
    /* an upright picture's sides are asked for: 14x23 stored as 23x14 */
    test_file turned = read_golden("orientation-6.jpg", "");
    assert_ok(graft_decode(decoder, turned.bytes, turned.length, 7, 12, &image));
    assert_int_equal(image.width, 7);
    assert_int_equal(image.height, 12);
    assert_ok(graft_decode(decoder, turned.bytes, turned.length, 12, 7, &image));
    assert_int_equal(image.width, 14);
    graft_release(turned.bytes);
    graft_release(file.bytes);
    graft_decoder_free(decoder);
}

static void behaviour_21_scaled_decoding_gives_the_same_input(void **state) {
    (void)state;
    graft_decoder *decoder = new_decoder();
    test_file file = smooth_jpeg();
    graft_preprocess spec;
    graft_preprocess_init(&spec, GRAFT_SCALING_TF);
    spec.width = spec.height = 48;
    unsigned char pixels[48 * 48 * 3], full[48 * 48 * 3];
    graft_image size, whole;
    graft_resize_scratch scratch = {0};
    assert_ok(graft_image_prepare(decoder, file.bytes, file.length, &spec, pixels, &size));
    assert_int_equal(size.width, 128); /* at least twice the input: the resampler does the last halving */
    assert_ok(graft_decode(decoder, file.bytes, file.length, 0, 0, &whole));
    assert_ok(graft_image_resize(&whole, NULL, spec.filter, 48, 48, full, &scratch));
    for (size_t i = 0; i < sizeof pixels; i++)
        assert_in_range(abs(pixels[i] - full[i]), 0, 3);
    spec.width = spec.height = 200;
    unsigned char *large = graft_allocate(200 * 200, 3);
    assert_ok(graft_image_prepare(decoder, file.bytes, file.length, &spec, large, &size));
    assert_int_equal(size.width, 512);
    graft_release(large);
    graft_resize_scratch_free(&scratch);
    graft_release(file.bytes);
    graft_decoder_free(decoder);
}

static void behaviour_3_scalings_are_those_of_the_frameworks(void **state) {
    (void)state;
    static const unsigned char pixels[] = {0, 100, 255, 255, 0, 30};
    static const struct {
        graft_scaling scaling;
        double expected[6]; /* two pixels of the first, second, third channel */
    } cases[] = {
        {GRAFT_SCALING_TF, {-1, 1, 100 / 127.5 - 1, -1, 1, 30 / 127.5 - 1}},
        {GRAFT_SCALING_CAFFE, {255 - 103.939, 30 - 103.939, 100 - 116.779, -116.779, -123.68, 255 - 123.68}},
        {GRAFT_SCALING_TORCH,
         {-0.485 / 0.229, (1 - 0.485) / 0.229, (100 / 255.0 - 0.456) / 0.224, -0.456 / 0.224, (1 - 0.406) / 0.225,
          (30 / 255.0 - 0.406) / 0.225}},
        {GRAFT_SCALING_01, {0, 1, 100 / 255.0, 0, 1, 30 / 255.0}},
        {GRAFT_SCALING_RAW, {0, 255, 100, 0, 255, 30}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        graft_preprocess spec;
        float input[6];
        graft_preprocess_init(&spec, cases[i].scaling);
        assert_int_equal(spec.struct_size, sizeof spec);
        assert_int_equal(spec.width * 1000 + spec.height, 224224);
        assert_int_equal(spec.scaling, cases[i].scaling);
        spec.width = 2;
        spec.height = 1;
        graft_image_normalize(&spec, pixels, input);
        for (int k = 0; k < 6; k++)
            if (fabs((double)input[k] - cases[i].expected[k]) > 2e-5 * (1 + fabs(cases[i].expected[k])))
                fail_msg("scaling %d: %d is %.7g, expected %.7g", cases[i].scaling, k, (double)input[k],
                         cases[i].expected[k]);
    }
}

static void behaviour_15_one_channel_is_luma(void **state) {
    (void)state;
    static const unsigned char pixels[] = {255, 0, 0, 0, 255, 0, 0, 0, 255, 7, 7, 7};
    graft_preprocess spec;
    float input[4];
    graft_preprocess_init(&spec, GRAFT_SCALING_RAW);
    spec.width = 4;
    spec.height = spec.channels = 1;
    graft_image_normalize(&spec, pixels, input);
    const float expected[] = {76, 150, 29, 7}; /* Pillow's convert("L") */
    assert_memory_equal(input, expected, sizeof expected);
}

static void near_pictures_have_near_hashes(void **state) {
    (void)state;
    graft_decoder *decoder = new_decoder();
    graft_image image;
    test_file file = smooth_jpeg();
    assert_ok(graft_decode(decoder, file.bytes, file.length, 0, 0, &image));
    uint64_t full = graft_image_dhash(&image);
    unsigned char *again;
    size_t length;
    assert_ok(graft_jpeg_write(image.rgb, image.width, image.height, 40, &again, &length));
    assert_ok(graft_decode(decoder, again, length, 0, 0, &image));
    assert_in_range(__builtin_popcountll(full ^ graft_image_dhash(&image)), 0, 3);
    assert_ok(graft_decode(decoder, file.bytes, file.length, 64, 48, &image));
    assert_in_range(__builtin_popcountll(full ^ graft_image_dhash(&image)), 0, 3);
    test_file other = read_golden("rgb.png", "");
    assert_ok(graft_decode(decoder, other.bytes, other.length, 0, 0, &image));
    assert_in_range(__builtin_popcountll(full ^ graft_image_dhash(&image)), 16, 48);
    unsigned char one[3] = {9, 9, 9};
    image = (graft_image){.width = 1, .height = 1, .rgb = one};
    assert_int_equal(graft_image_dhash(&image), 0);
    graft_release(again);
    graft_release(other.bytes);
    graft_release(file.bytes);
    graft_decoder_free(decoder);
}

static void jpegs_are_written(void **state) {
    (void)state;
    unsigned char pixel[3] = {200, 100, 50}, *bytes;
    size_t length;
    assert_ok(graft_jpeg_write(pixel, 1, 1, 100, &bytes, &length));
    graft_decoder *decoder = new_decoder();
    graft_image image;
    assert_ok(graft_decode(decoder, bytes, length, 0, 0, &image));
    for (int c = 0; c < 3; c++)
        assert_in_range(image.rgb[c], pixel[c] - 4, pixel[c] + 4);
    graft_release(bytes);
    assert_fails(GRAFT_E_USAGE, "quality 0", graft_jpeg_write(pixel, 1, 1, 0, &bytes, &length));
    assert_fails(GRAFT_E_USAGE, "0x1", graft_jpeg_write(pixel, 0, 1, 90, &bytes, &length));
    graft_decoder_free(decoder);
}

static graft_status prepare_and_write(void *argument) {
    test_file *file = argument;
    graft_decoder *decoder = NULL;
    unsigned char pixels[8 * 8 * 3], *bytes = NULL;
    size_t length;
    graft_preprocess spec;
    graft_preprocess_init(&spec, GRAFT_SCALING_TF);
    spec.width = spec.height = 8;
    graft_status status = graft_decoder_new(&decoder);
    if (status == GRAFT_OK) status = graft_image_prepare(decoder, file->bytes, file->length, &spec, pixels, NULL);
    if (status == GRAFT_OK) status = graft_jpeg_write(pixels, 8, 8, 90, &bytes, &length);
    graft_release(bytes);
    graft_decoder_free(decoder);
    return status;
}

static void failing_allocations_are_told(void **state) {
    (void)state;
    test_file file = read_golden("rgba.png", "");
    test_failing_allocations(prepare_and_write, &file);
    graft_release(file.bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(behaviour_16_crop_and_pad_equal_torchvision_and_pillow),
        cmocka_unit_test(a_target_need_not_be_square),
        cmocka_unit_test(behaviour_21_scaled_decoding_keeps_the_asked_sides),
        cmocka_unit_test(behaviour_21_scaled_decoding_gives_the_same_input),
        cmocka_unit_test(behaviour_3_scalings_are_those_of_the_frameworks),
        cmocka_unit_test(behaviour_15_one_channel_is_luma),
        cmocka_unit_test(near_pictures_have_near_hashes),
        cmocka_unit_test(jpegs_are_written),
        cmocka_unit_test(failing_allocations_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
