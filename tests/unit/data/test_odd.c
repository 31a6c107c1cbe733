/* Every file of the shared collection of odd pictures: decoded, or refused with the one line that is due. */
#include "golden-pictures.h"

/* Files not listed here decode. */
static const struct {
    const char *name, *refusal;
} refused[] = {
    {"pillow/bmp/b/badbitcount.bmp", "bits a pixel: 30000"},
    {"pillow/bmp/b/badheadersize.bmp", "a header of bytes 66"},
    {"pillow/bmp/b/badrle.bmp", "a run leaves its row"},
    {"pillow/bmp/b/badwidth.bmp", "4294967169x64 pixels"},
    {"pillow/bmp/b/pal8badindex.bmp", "outside its palette"},
    {"pillow/bmp/b/reallybig.bmp", "3000000x2000000 pixels"},
    {"pillow/bmp/b/shortfile.bmp", "cut short"},
    {"pillow/bmp/q/rgb24jpeg.bmp", "bits a pixel: 0"},
    {"pillow/bmp/q/rgb24png.bmp", "bits a pixel: 0"},
    {"pillow/broken_data_stream.png", "before the IEND chunk"},
    {"pillow/hopper_bad_exif.jpg", "1214 extraneous bytes"},
    {"pillow/truncated_image.png", "before the IEND chunk"},
    {"pillow/truncated_jpeg.jpg", "Premature end"},
};

static const char *expected_refusal(const char *name) {
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (strcmp(refused[i].name, name) == 0) return refused[i].refusal;
    return NULL;
}

static bool is_picture(const char *name) {
    static const char *const endings[] = {".bmp", ".gif", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".webp"};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof endings / sizeof *endings; i++)
        if (strcmp(dot, endings[i]) == 0) return true;
    return false;
}

static size_t try_folder(graft_decoder *decoder, const char *folder, size_t *refusals) {
    graft_names names;
    assert_ok(graft_folder_list(test_shared(folder), &names));
    size_t tried = 0;
    for (size_t i = 0; i < names.count; i++) {
        if (!is_picture(names.name[i])) continue;
        char *relative = graft_path_join(folder, names.name[i]);
        const char *refusal = expected_refusal(relative + strlen("odd/"));
        test_file file = read_path(test_shared(relative));
        graft_image image;
        graft_status status = graft_decode(decoder, file.bytes, file.length, 0, 0, &image);
        if ((status == GRAFT_OK) != (refusal == NULL))
            fail_msg("%s: status %d: %s", relative, status, status ? graft_error_text() : "");
        if (refusal &&
            (status != GRAFT_E_DATA || !strstr(graft_error_text(), refusal) || strchr(graft_error_text(), '\n')))
            fail_msg("%s: \"%s\", expected \"%s\" in it", relative, graft_error_text(), refusal);
        *refusals += refusal != NULL;
        tried++;
        graft_release(file.bytes);
        graft_release(relative);
    }
    graft_names_free(&names);
    return tried;
}

static void behaviour_12_every_odd_file_decodes_or_is_refused_in_one_line(void **state) {
    (void)state;
    static const char *const folders[] = {"odd/pillow", "odd/pillow/bmp/b", "odd/pillow/bmp/g", "odd/pillow/bmp/q",
                                          "odd/pillow/bmp/html"};
    graft_decoder *decoder = new_decoder();
    size_t refusals = 0;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        assert_true(try_folder(decoder, folders[i], &refusals) > 0);
    assert_int_equal(refusals, sizeof refused / sizeof *refused);
    graft_decoder_free(decoder);
}

/* The good ones of the BMP suite come with PNG pictures of what they show. */
static void good_bmps_equal_their_pngs(void **state) {
    (void)state;
    static const char *const pairs[][2] = {
        {"g/pal1.bmp", "pal1"},         {"g/pal1bg.bmp", "pal1bg"},    {"g/pal4.bmp", "pal4"},
        {"g/pal4rle.bmp", "pal4"},      {"g/pal8.bmp", "pal8"},        {"g/pal8rle.bmp", "pal8"},
        {"g/pal8os2.bmp", "pal8"},      {"g/pal8topdown.bmp", "pal8"}, {"g/pal8v5.bmp", "pal8"},
        {"g/pal8w125.bmp", "pal8w125"}, {"g/rgb16.bmp", "rgb16"},      {"g/rgb16-565.bmp", "rgb16-565"},
        {"g/rgb24.bmp", "rgb24"},       {"g/rgb24pal.bmp", "rgb24"},   {"g/rgb32.bmp", "rgb24"},
        {"g/rgb32bf.bmp", "rgb24"},     {"b/rletopdown.bmp", "pal8"},  {"q/rgb32h52.bmp", "rgb24"},
    };
    graft_decoder *decoder = new_decoder(), *other = new_decoder();
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        char bmp[128], png[128];
        snprintf(bmp, sizeof bmp, "odd/pillow/bmp/%s", pairs[i][0]);
        snprintf(png, sizeof png, "odd/pillow/bmp/html/%s.png", pairs[i][1]);
        test_file a = read_path(test_shared(bmp)), b = read_path(test_shared(png));
        graft_image got, expected;
        assert_ok(graft_decode(decoder, a.bytes, a.length, 0, 0, &got));
        assert_ok(graft_decode(other, b.bytes, b.length, 0, 0, &expected));
        assert_int_equal(got.width, expected.width);
        assert_int_equal(got.height, expected.height);
        for (size_t k = 0; k < (size_t)got.width * (size_t)got.height * 3; k++)
            if (abs(got.rgb[k] - expected.rgb[k]) > 1) fail_msg("%s: sample %zu: %d", bmp, k, got.rgb[k]);
        graft_release(a.bytes);
        graft_release(b.bytes);
    }
    graft_decoder_free(decoder);
    graft_decoder_free(other);
}

/* The same photograph in all eight orientations: upright, they show the same up to the JPEGs' losses. */
static void behaviour_14_photographs_in_eight_orientations(void **state) {
    (void)state;
    static const char *const shapes[] = {"Landscape", "Portrait"};
    graft_decoder *decoder = new_decoder(), *first_decoder = new_decoder();
    for (int shape = 0; shape < 2; shape++) {
        graft_image first = {0};
        test_file first_file = {0};
        for (int orientation = 1; orientation <= 8; orientation++) {
            char name[64];
            snprintf(name, sizeof name, "odd/exif-orientation/%s_%d.jpg", shapes[shape], orientation);
            test_file file = read_path(test_shared(name));
            graft_image image;
            assert_ok(graft_decode(orientation == 1 ? first_decoder : decoder, file.bytes, file.length, 0, 0, &image));
            assert_int_equal(image.orientation, orientation);
            assert_int_equal(image.width, shape == 0 ? 1800 : 1200);
            assert_int_equal(image.height, shape == 0 ? 1200 : 1800);
            if (orientation == 1) {
                first = image;
                first_file = file;
                continue;
            }
            /* the number painted on each differs: compare the corners */
            uint64_t difference = 0, compared = 0;
            for (int y = 0; y < image.height; y++)
                for (int x = 0; x < image.width; x++) {
                    if (abs(2 * x - image.width) < image.width / 2 || abs(2 * y - image.height) < image.height / 2)
                        continue;
                    size_t at = ((size_t)y * (size_t)image.width + (size_t)x) * 3;
                    difference += (uint64_t)abs(image.rgb[at] - first.rgb[at]);
                    compared++;
                }
            assert_true(compared > 100000);
            if (difference > 8 * compared)
                fail_msg("%s: mean difference %f", name, (double)difference / (double)compared);
            graft_release(file.bytes);
        }
        graft_release(first_file.bytes);
    }
    graft_decoder_free(decoder);
    graft_decoder_free(first_decoder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(behaviour_12_every_odd_file_decodes_or_is_refused_in_one_line),
        cmocka_unit_test(behaviour_14_photographs_in_eight_orientations),
        cmocka_unit_test(good_bmps_equal_their_pngs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
