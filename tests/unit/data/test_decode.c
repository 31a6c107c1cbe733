#include "golden-pictures.h"

/* Decodes golden picture `name` and expects the pixels in NAME.rgb; returns what was told about it. */
static graft_image decodes_to_golden(const char *name) {
    test_file file = read_golden(name, ""), expected = read_golden(name, ".rgb");
    graft_decoder *decoder = new_decoder();
    graft_image image;
    assert_ok(graft_decode(decoder, file.bytes, file.length, 0, 0, &image));
    if (image.width != int_at(expected.bytes) || image.height != int_at(expected.bytes + 4))
        fail_msg("%s: %dx%d pixels", name, image.width, image.height);
    size_t bytes = (size_t)image.width * (size_t)image.height * 3;
    assert_int_equal(expected.length, bytes + 8);
    for (size_t i = 0; i < bytes; i++)
        if (image.rgb[i] != expected.bytes[8 + i])
            fail_msg("%s: sample %zu is %d, expected %d", name, i, image.rgb[i], expected.bytes[8 + i]);
    image.rgb = NULL;
    graft_decoder_free(decoder);
    graft_release(file.bytes);
    graft_release(expected.bytes);
    return image;
}

static void behaviour_13_type_by_magic_bytes(void **state) {
    (void)state;
    static const struct {
        const char *name;
        graft_image_type type;
    } files[] = {
        {"grey.jpg", GRAFT_IMAGE_JPEG},       {"progressive.jpg", GRAFT_IMAGE_JPEG},
        {"rgb.png", GRAFT_IMAGE_PNG},         {"bit.png", GRAFT_IMAGE_PNG},
        {"palette.png", GRAFT_IMAGE_PNG},     {"palette.gif", GRAFT_IMAGE_GIF},
        {"animated.gif", GRAFT_IMAGE_GIF},    {"rgb.bmp", GRAFT_IMAGE_BMP},
        {"palette.bmp", GRAFT_IMAGE_BMP},     {"bit.bmp", GRAFT_IMAGE_BMP},
        {"rgb.ppm", GRAFT_IMAGE_PNM},         {"bit.pbm", GRAFT_IMAGE_PNM},
        {"grey12.pgm", GRAFT_IMAGE_PNM},      {"plain.ppm", GRAFT_IMAGE_PNM},
        {"lzw.tif", GRAFT_IMAGE_TIFF},        {"palette.tif", GRAFT_IMAGE_TIFF},
        {"bit.tif", GRAFT_IMAGE_TIFF},        {"lossless.webp", GRAFT_IMAGE_WEBP},
        {"webp-named.jpg", GRAFT_IMAGE_WEBP},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        graft_image image = decodes_to_golden(files[i].name);
        assert_int_equal(image.type, files[i].type);
        assert_int_equal(image.orientation, 1);
    }
    assert_string_equal(graft_image_type_name(GRAFT_IMAGE_WEBP), "WebP");
    assert_string_equal(graft_image_type_name(GRAFT_IMAGE_UNKNOWN), "unknown");
}

static void behaviour_14_exif_orientation(void **state) {
    (void)state;
    for (int orientation = 1; orientation <= 8; orientation++) {
        static const char *const types[] = {"jpg", "tif"};
        for (int t = 0; t < 2; t++) {
            char name[64];
            snprintf(name, sizeof name, "orientation-%d.%s", orientation, types[t]);
            graft_image image = decodes_to_golden(name);
            assert_int_equal(image.orientation, orientation);
            assert_int_equal(image.file_width, 23);
            assert_int_equal(image.file_height, 14);
            assert_int_equal(image.width, orientation >= 5 ? 14 : 23);
        }
    }
    assert_int_equal(decodes_to_golden("orientation-6.png").orientation, 6);
}

static void behaviour_15_one_conversion(void **state) {
    (void)state;
    static const char *const names[] = {
        "grey.jpg",   "grey-alpha.png",          "rgba.png",        "grey16.png", "rgb16.png",      "grey16.pgm",
        "grey16.tif", "palette-transparent.png", "transparent.gif", "alpha.webp", "cmyk-adobe.jpg", "cmyk-plain.jpg"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        decodes_to_golden(names[i]);
}

/* Every shorter file is an error; so is none of its error texts longer than a line. */
static void refuses_every_cut(const char *name) {
    test_file file = read_golden(name, "");
    graft_decoder *decoder = new_decoder();
    graft_image image;
    for (size_t length = 0; length < file.length; length++) {
        unsigned char *cut = graft_allocate(length, 1); /* its end is the sanitizer's to watch */
        memcpy(cut, file.bytes, length);
        if (graft_decode(decoder, cut, length, 0, 0, &image) != GRAFT_E_DATA)
            fail_msg("%s cut to %zu of %zu bytes is not refused", name, length, file.length);
        assert_null(strchr(graft_error_text(), '\n'));
        graft_release(cut);
    }
    assert_ok(graft_decode(decoder, file.bytes, file.length, 0, 0, &image));
    graft_decoder_free(decoder);
    graft_release(file.bytes);
}

static void behaviour_12_a_file_cut_short_is_an_error(void **state) {
    (void)state;
    static const char *const names[] = {"orientation-1.jpg", "progressive.jpg",   "cmyk-adobe.jpg", "rgb.png",
                                        "palette.png",       "orientation-6.png", "palette.gif",    "animated.gif",
                                        "rgb.bmp",           "palette.bmp",       "rgb.ppm",        "grey16.pgm",
                                        "lossless.webp",     "alpha.webp",        "webp-named.jpg"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        refuses_every_cut(names[i]);
}

/* A TIFF may end with bytes nobody refers to, and a plain PNM in the middle of a number: most cuts are seen. */
static void tiff_and_plain_pnm_cut_in_half_are_errors(void **state) {
    (void)state;
    static const char *const names[] = {"lzw.tif", "palette.tif", "bit.tif", "plain.ppm"};
    graft_decoder *decoder = new_decoder();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        test_file file = read_golden(names[i], "");
        graft_image image;
        assert_fails(GRAFT_E_DATA, "cut short", graft_decode(decoder, file.bytes, file.length / 2, 0, 0, &image));
        graft_release(file.bytes);
    }
    graft_decoder_free(decoder);
}

static void damage_is_an_error(void **state) {
    (void)state;
    graft_decoder *decoder = new_decoder();
    graft_image image;
    test_file file = read_golden("rgb.png", "");
    file.bytes[file.length / 2] ^= 1; /* the chunk's checksum tells */
    assert_fails(GRAFT_E_DATA, "PNG: damaged", graft_decode(decoder, file.bytes, file.length, 0, 0, &image));
    graft_release(file.bytes);
    file = read_golden("orientation-1.jpg", "");
    memset(file.bytes + file.length / 2, 0xff, 40);
    assert_fails(GRAFT_E_DATA, "JPEG: damaged", graft_decode(decoder, file.bytes, file.length, 0, 0, &image));
    graft_release(file.bytes);
    assert_fails(GRAFT_E_DATA, "empty", graft_decode(decoder, (const unsigned char *)"", 0, 0, 0, &image));
    assert_fails(GRAFT_E_DATA, "not a picture",
                 graft_decode(decoder, (const unsigned char *)"label,pixel\n", 12, 0, 0, &image));
    assert_int_equal(image.type, GRAFT_IMAGE_UNKNOWN);
    graft_decoder_free(decoder);
}

/* Headers of enormous pictures with next to no data: refused by their size, before anything is decoded. */
static void bombs_are_refused_by_their_header(void **state) {
    (void)state;
    static const unsigned char png[] =
        "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x4e\x20\0\0\x4e\x20\x08\2\0\0\0\xb2\x2e\x0a\x09"
        "\0\0\0\0IDAT\x35\xaf\x06\x1e\0\0\0\0IEND\xae\x42\x60\x82";
    static const unsigned char gif[] = "GIF89a\x20\x4e\x20\x4e\0\0\0,\0\0\0\0\x20\x4e\x20\x4e\0\2\1\0\0;";
    static const unsigned char pnm[] = "P5 20000 20000 255\nx";
    static const unsigned char bmp[] = "BM\0\0\0\0\0\0\0\0\x1a\0\0\0\x0c\0\0\0\x20\x4e\x20\x4e\1\0\x18\0\0\0\0";
    static const struct {
        const unsigned char *bytes;
        size_t length;
    } bombs[] = {{png, sizeof png - 1}, {gif, sizeof gif - 1}, {pnm, sizeof pnm - 1}, {bmp, sizeof bmp - 1}};
    graft_decoder *decoder = new_decoder();
    graft_image image;
    for (size_t i = 0; i < sizeof bombs / sizeof *bombs; i++)
        assert_fails(GRAFT_E_DATA, "20000x20000 pixels",
                     graft_decode(decoder, bombs[i].bytes, bombs[i].length, 0, 0, &image));
    test_file jpeg = read_golden("grey.jpg", "");
    for (size_t i = 0; i + 9 < jpeg.length; i++)
        if (jpeg.bytes[i] == 0xff && jpeg.bytes[i + 1] == 0xc0) memcpy(jpeg.bytes + i + 5, "\x4e\x20\x4e\x20", 4);
    assert_fails(GRAFT_E_DATA, "20000x20000 pixels", graft_decode(decoder, jpeg.bytes, jpeg.length, 0, 0, &image));
    graft_release(jpeg.bytes);
    graft_decoder_free(decoder);
}

static graft_status decode_all_kinds(void *argument) {
    test_file *files = argument;
    graft_decoder *decoder = NULL;
    graft_status status = graft_decoder_new(&decoder);
    graft_image image;
    for (int i = 0; i < 5 && status == GRAFT_OK; i++)
        status = graft_decode(decoder, files[i].bytes, files[i].length, 0, 0, &image);
    graft_decoder_free(decoder);
    return status;
}

static void failing_allocations_are_told(void **state) {
    (void)state;
    test_file files[5] = {read_golden("orientation-6.jpg", ""), read_golden("cmyk-adobe.jpg", ""),
                          read_golden("palette.gif", ""), read_golden("orientation-6.tif", ""),
                          read_golden("rgb.ppm", "")};
    test_failing_allocations(decode_all_kinds, files);
    for (int i = 0; i < 5; i++)
        graft_release(files[i].bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(behaviour_12_a_file_cut_short_is_an_error),
        cmocka_unit_test(behaviour_13_type_by_magic_bytes),
        cmocka_unit_test(behaviour_14_exif_orientation),
        cmocka_unit_test(behaviour_15_one_conversion),
        cmocka_unit_test(tiff_and_plain_pnm_cut_in_half_are_errors),
        cmocka_unit_test(damage_is_an_error),
        cmocka_unit_test(bombs_are_refused_by_their_header),
        cmocka_unit_test(failing_allocations_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
