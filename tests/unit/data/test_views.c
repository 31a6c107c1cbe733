/* Views: what is exact, what is deterministic, how the one warp behaves. */
#include "golden-pictures.h"

#include <graft/augment.h>

#include "base/rng.h"
#include "base/threads.h"
#include "data/augment.h"
#include "data/augment/warp.h"

#include <math.h>

enum { SIDE = 40, BYTES = SIDE * SIDE * 3 };

/* A smooth picture, as a JPEG or a PNG. */
static test_file smooth_picture(int width, int height, bool jpeg) {
    test_file file;
    unsigned char *rgb = graft_allocate((size_t)width * (size_t)height, 3);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            unsigned char *pixel = rgb + (y * width + x) * 3;
            double u = (double)x / width, v = (double)y / height;
            pixel[0] = (unsigned char)(20 + 200 * u);
            pixel[1] = (unsigned char)(20 + 200 * v);
            pixel[2] = (unsigned char)(128 + 100 * sin(9 * u) * cos(7 * v));
        }
    if (jpeg)
        assert_ok(graft_jpeg_write(rgb, width, height, 95, &file.bytes, &file.length));
    else
        assert_ok(graft_png_write(rgb, width, height, &file.bytes, &file.length));
    graft_release(rgb);
    return file;
}

static graft_augment *parse(const char *spec) {
    graft_augment *augment;
    assert_ok(graft_augment_parse(spec, &augment));
    return augment;
}

static graft_preprocess spec_of(graft_fit fit) {
    graft_preprocess spec;
    graft_preprocess_init(&spec, GRAFT_SCALING_TORCH);
    spec.width = spec.height = SIDE;
    spec.fit = fit;
    return spec;
}

static void prepare_view(const test_file *file, const graft_preprocess *spec, const char *chain, uint32_t number,
                         unsigned char *pixels) {
    graft_decoder *decoder = new_decoder();
    graft_augment *augment = parse(chain);
    graft_view view = {.augment = augment, .seed = 3, .content = {1, 2}, .number = number};
    assert_ok(graft_image_prepare_view(decoder, file->bytes, file->length, spec, &view, pixels, NULL));
    graft_augment_free(augment);
    graft_decoder_free(decoder);
}

static void prepare_plain(const test_file *file, const graft_preprocess *spec, unsigned char *pixels) {
    graft_decoder *decoder = new_decoder();
    assert_ok(graft_image_prepare(decoder, file->bytes, file->length, spec, pixels, NULL));
    graft_decoder_free(decoder);
}

/* Pictures of all shapes and kinds, one after the other, in all fits. */
static void with_every_picture(void (*check)(const test_file *file, const graft_preprocess *spec)) {
    const int sizes[][2] = {{400, 533}, {533, 400}, {90, 61}, {13, 200}, {40, 40}, {1, 1}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int jpeg = 0; jpeg < 2; jpeg++)
            for (int fit = GRAFT_FIT_SQUASH; fit <= GRAFT_FIT_PAD; fit++)
                for (int filter = GRAFT_FILTER_NEAREST; filter <= GRAFT_FILTER_LANCZOS; filter += 1) {
                    test_file file = smooth_picture(sizes[i][0], sizes[i][1], jpeg);
                    graft_preprocess spec = spec_of((graft_fit)fit);
                    spec.filter = (graft_filter)filter;
                    check(&file, &spec);
                    graft_release(file.bytes);
                }
}

static void check_plain(const test_file *file, const graft_preprocess *spec) {
    unsigned char plain[BYTES], pixels[BYTES];
    prepare_plain(file, spec, plain);
    prepare_view(file, spec, "flip:p=1 rotate:40 crop brightness:1 noise augmix", 0, pixels);
    assert_memory_equal(pixels, plain, BYTES);
    prepare_view(file, spec, "none", 7, pixels);
    assert_memory_equal(pixels, plain, BYTES);
}

static void view_0_is_the_plain_picture(void **state) {
    (void)state;
    with_every_picture(check_plain);
}

static void check_no_change(const test_file *file, const graft_preprocess *spec) {
    unsigned char plain[BYTES], pixels[BYTES];
    prepare_plain(file, spec, plain);
    prepare_view(file, spec, "rotate:0 translate:0 zoom:0 shear:0 flip:p=1 flip:p=1 fill:edge", 1, pixels);
    assert_memory_equal(pixels, plain, BYTES);
}

static void spatial_words_without_effect_change_no_byte(void **state) {
    (void)state;
    with_every_picture(check_no_change);
}

static void check_flips(const test_file *file, const graft_preprocess *spec) {
    unsigned char plain[BYTES], across[BYTES], down[BYTES], both[BYTES];
    prepare_plain(file, spec, plain);
    prepare_view(file, spec, "flip:p=1", 1, across);
    prepare_view(file, spec, "flip:vertical:p=1", 1, down);
    prepare_view(file, spec, "flip:p=1 flip:vertical:p=1", 1, both);
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            const unsigned char *here = plain + (y * SIDE + x) * 3;
            int left = SIDE - 1 - x, up = SIDE - 1 - y;
            assert_memory_equal(across + (y * SIDE + left) * 3, here, 3);
            assert_memory_equal(down + (up * SIDE + x) * 3, here, 3);
            assert_memory_equal(both + (up * SIDE + left) * 3, here, 3);
        }
}

static void flips_are_exact(void **state) {
    (void)state;
    with_every_picture(check_flips);
}

/* A translation by whole network pixels shows the plain picture's pixels. */
static void a_warp_agrees_with_the_plain_resize(void **state) {
    (void)state;
    const char *const chains[] = {"rotate:0.0001", "shear:0.0001", "translate:0.0001 rotate:0.0001"};
    for (int jpeg = 0; jpeg < 2; jpeg++)
        for (int width = 30; width < 700; width += 151) {
            test_file file = smooth_picture(width, 300, jpeg);
            for (int fit = GRAFT_FIT_SQUASH; fit <= GRAFT_FIT_PAD; fit++) {
                graft_preprocess spec = spec_of((graft_fit)fit);
                unsigned char plain[BYTES], pixels[BYTES];
                prepare_plain(&file, &spec, plain);
                for (int i = 0; i < 3; i++) {
                    int64_t difference = 0;
                    prepare_view(&file, &spec, chains[i], 1, pixels);
                    for (int k = 0; k < BYTES; k++)
                        difference += abs(plain[k] - pixels[k]);
                    /* hard edges beside the bars of pad may fall on either side of a pixel */
                    if (difference > (fit == GRAFT_FIT_PAD ? 4 : 1) * BYTES)
                        fail_msg("%d px, fit %d, %s: mean difference %g", width, fit, chains[i],
                                 (double)difference / BYTES);
                }
            }
            graft_release(file.bytes);
        }
}

/* The sharpness of a warp is that of the plain resize: noise keeps its variance within a fifth. */
static void a_warp_neither_blurs_nor_aliases(void **state) {
    (void)state;
    enum { SOURCE = 320 };
    unsigned char *rgb = graft_allocate(SOURCE * SOURCE, 3);
    graft_rng rng = graft_rng_make(1, GRAFT_RNG_TEST, 0, 0);
    for (int i = 0; i < SOURCE * SOURCE * 3; i++)
        rgb[i] = (unsigned char)graft_rng_u32(&rng);
    test_file file;
    assert_ok(graft_png_write(rgb, SOURCE, SOURCE, &file.bytes, &file.length));
    graft_release(rgb);
    double variance[2];
    const char *const chains[] = {"none", "rotate:30"};
    for (int i = 0; i < 2; i++) {
        graft_preprocess spec = spec_of(GRAFT_FIT_SQUASH);
        unsigned char pixels[BYTES];
        double sum = 0, squares = 0;
        prepare_view(&file, &spec, chains[i], 1, pixels);
        for (int k = 0; k < BYTES; k++) {
            sum += pixels[k];
            squares += pixels[k] * pixels[k];
        }
        variance[i] = squares / BYTES - sum / BYTES * sum / BYTES;
    }
    if (variance[1] < variance[0] * 0.8 || variance[1] > variance[0] * 1.2)
        fail_msg("variance %g after a rotation, %g plain", variance[1], variance[0]);
    graft_release(file.bytes);
}

static void a_composed_map_equals_its_steps(void **state) {
    (void)state;
    graft_geometry whole = graft_geometry_start(60, 30, 1.5), step[5];
    for (int i = 0; i < 5; i++)
        step[i] = graft_geometry_start(60, 30, 1.5);
    graft_geometry *both[5][2] = {
        {&whole, &step[0]}, {&whole, &step[1]}, {&whole, &step[2]}, {&whole, &step[3]}, {&whole, &step[4]}};
    for (int i = 0; i < 2; i++) {
        graft_geometry_rotate(both[0][i], 20);
        graft_geometry_crop(both[1][i], 0.1, 0.2, 0.5, 0.6);
        graft_geometry_shear(both[2][i], 0.3, -0.2);
        graft_geometry_flip(both[3][i], true, false);
        graft_geometry_zoom(both[4][i], 1.4, 0.9);
    }
    for (int k = 0; k < 50; k++) {
        double x = k * 1.3 - 3, y = k * 0.7 - 2, x1 = x, y1 = y, x2, y2;
        /* a view's point goes back through the last step first */
        for (int i = 4; i >= 0; i--)
            graft_affine_apply(&step[i].map, x1, y1, &x1, &y1);
        graft_affine_apply(&whole.map, x, y, &x2, &y2);
        assert_true(fabs(x1 - x2) < 1e-9 && fabs(y1 - y2) < 1e-9);
    }
}

/* Turning a quarter of a square picture is a permutation of its pixels. */
static void quarter_turns_are_counter_clockwise(void **state) {
    (void)state;
    unsigned char rgb[5 * 5 * 3], out[5 * 5 * 3];
    for (int i = 0; i < 75; i++)
        rgb[i] = (unsigned char)(i * 3);
    graft_image image = {.width = 5, .height = 5, .rgb = rgb};
    graft_geometry geometry = graft_geometry_start(5, 5, 1);
    graft_geometry_rotate(&geometry, 90);
    graft_warp_bilinear(&image, &geometry.map, &geometry.border, 5, 5, out);
    for (int y = 0; y < 5; y++)
        for (int x = 0; x < 5; x++)
            assert_memory_equal(out + (y * 5 + x) * 3, rgb + (x * 5 + 4 - y) * 3, 3);
}

static void borders_are_filled_as_asked(void **state) {
    (void)state;
    const unsigned char row[4 * 3] = {10, 10, 10, 20, 20, 20, 30, 30, 30, 40, 40, 40};
    unsigned char copy[12], out[16 * 3];
    memcpy(copy, row, sizeof copy);
    const unsigned char expected[3][16] = {
        {30, 40, 40, 30, 20, 10, 10, 20, 30, 40, 40, 30, 20, 10, 10, 20},
        {10, 10, 10, 10, 10, 10, 10, 20, 30, 40, 40, 40, 40, 40, 40, 40},
        {7, 7, 7, 7, 7, 7, 10, 20, 30, 40, 7, 7, 7, 7, 7, 7},
    };
    graft_image image = {.width = 4, .height = 1, .rgb = copy};
    for (int fill = GRAFT_FILL_REFLECT; fill <= GRAFT_FILL_CONSTANT; fill++) {
        graft_affine map = {{1, 0, -6, 0, 1, 0}};
        graft_border border = {.fill = (graft_fill)fill, .colour = {7, 7, 7}};
        graft_warp_bilinear(&image, &map, &border, 16, 1, out);
        for (int x = 0; x < 16; x++)
            assert_int_equal(out[x * 3 + 1], expected[fill][x]);
        /* far beyond any picture, and not a number of pixels that fits an integer */
        map.m[2] = -1e300;
        graft_warp_bilinear(&image, &map, &border, 16, 1, out);
    }
}

/* With pad, what is outside the picture has the padding's colour, whatever `fill` says. */
static void behaviour_16_padding_stays_padding(void **state) {
    (void)state;
    test_file file = smooth_picture(100, 400, false);
    graft_preprocess spec = spec_of(GRAFT_FIT_PAD);
    unsigned char pixels[BYTES];
    for (uint32_t number = 1; number < 20; number++) {
        prepare_view(&file, &spec, "translate:0.1 rotate:10 fill:reflect", number, pixels);
        for (int y = 0; y < SIDE; y++) {
            assert_memory_equal(pixels + y * SIDE * 3, ((unsigned char[]){124, 116, 104}), 3);
            assert_memory_equal(pixels + (y * SIDE + SIDE - 1) * 3, ((unsigned char[]){124, 116, 104}), 3);
        }
    }
    graft_release(file.bytes);
}

/* What training makes of a sample is decided by graft_view alone; the plain preparation cannot be augmented. */
static void behaviour_18_preparing_without_a_view_is_never_augmented(void **state) {
    (void)state;
    test_file file = smooth_picture(90, 61, true);
    graft_preprocess spec = spec_of(GRAFT_FIT_SQUASH);
    unsigned char before[BYTES], after[BYTES], view[BYTES];
    graft_decoder *decoder = new_decoder();
    graft_augment *augment = parse("rotate:40 noise");
    graft_view training = {.augment = augment, .number = 1};
    assert_ok(graft_image_prepare(decoder, file.bytes, file.length, &spec, before, NULL));
    assert_ok(graft_image_prepare_view(decoder, file.bytes, file.length, &spec, &training, view, NULL));
    assert_ok(graft_image_prepare(decoder, file.bytes, file.length, &spec, after, NULL));
    assert_memory_equal(before, after, BYTES);
    assert_memory_not_equal(before, view, BYTES);
    graft_augment_free(augment);
    graft_decoder_free(decoder);
    graft_release(file.bytes);
}

typedef struct views_job {
    test_file file;
    graft_preprocess spec;
    graft_augment *augment;
    bool backwards;
    unsigned char (*pixels)[BYTES];
} views_job;

enum { VIEWS = 60 };

static graft_status one_view(void *argument, int worker, size_t index) {
    (void)worker;
    views_job *job = argument;
    if (job->backwards) index = VIEWS - 1 - index;
    graft_decoder *decoder;
    graft_status status = graft_decoder_new(&decoder);
    graft_view view = {job->augment, 11, {5, index % 3}, (uint32_t)(index / 3)};
    if (status == GRAFT_OK)
        status = graft_image_prepare_view(decoder, job->file.bytes, job->file.length, &job->spec, &view,
                                          job->pixels[index], NULL);
    graft_decoder_free(decoder);
    return status;
}

static void behaviour_24_views_do_not_depend_on_threads(void **state) {
    (void)state;
    views_job job = {.file = smooth_picture(300, 200, true),
                     .spec = spec_of(GRAFT_FIT_SQUASH),
                     .augment = parse("flip rotate:20 crop:0.3,1 hue:0.2 blur noise erase randaugment augmix")};
    unsigned char(*first)[BYTES] = NULL;
    for (int threads = 1; threads <= 4; threads++) {
        graft_context *context = test_context(threads);
        job.backwards = threads > 1;
        job.pixels = graft_allocate(VIEWS, BYTES);
        assert_ok(graft_parallel_for(context, VIEWS, one_view, &job));
        if (first) assert_memory_equal(job.pixels, first, VIEWS * BYTES);
        if (first)
            graft_release(job.pixels);
        else
            first = job.pixels;
        graft_context_free(context);
    }
    /* each view and each content differs from the others, but for view 0 */
    for (int a = 0; a < VIEWS; a++)
        for (int b = 0; b < a; b++)
            assert_int_equal(memcmp(first[a], first[b], BYTES) == 0, a < 3);
    graft_release(first);
    graft_release(job.file.bytes);
    graft_augment_free(job.augment);
}

static void large_jpegs_are_decoded_as_densely_as_the_view_needs(void **state) {
    (void)state;
    test_file file = smooth_picture(640, 640, true);
    graft_preprocess spec = spec_of(GRAFT_FIT_SQUASH);
    static const struct {
        const char *chain;
        int width;
    } cases[] = {{"flip:p=1", 80}, {"rotate:30", 80}, {"crop:0.25,0.2501:ratio=1,1", 160}, {"crop:0.01,0.01", 640}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        unsigned char pixels[BYTES];
        graft_image size;
        graft_decoder *decoder = new_decoder();
        graft_augment *augment = parse(cases[i].chain);
        graft_view view = {.augment = augment, .number = 1};
        assert_ok(graft_image_prepare_view(decoder, file.bytes, file.length, &spec, &view, pixels, &size));
        assert_int_equal(size.width, cases[i].width);
        assert_int_equal(size.file_width, 640);
        assert_null(size.rgb);
        graft_augment_free(augment);
        graft_decoder_free(decoder);
    }
    graft_release(file.bytes);
}

static void bad_files_fail_as_plain_ones_do(void **state) {
    (void)state;
    test_file file = smooth_picture(60, 60, true);
    graft_decoder *decoder = new_decoder();
    graft_augment *augment = parse("rotate:30");
    graft_view view = {.augment = augment, .number = 1};
    graft_preprocess spec = spec_of(GRAFT_FIT_SQUASH);
    unsigned char pixels[BYTES], plain[BYTES];
    for (size_t length = 0; length < file.length; length += 7) {
        char text[256];
        graft_status status = graft_image_prepare(decoder, file.bytes, length, &spec, plain, NULL);
        snprintf(text, sizeof text, "%s", graft_error_text());
        assert_int_equal(status, GRAFT_E_DATA);
        assert_fails(status, text, graft_image_prepare_view(decoder, file.bytes, length, &spec, &view, pixels, NULL));
    }
    spec.width = 0;
    assert_fails(GRAFT_E_USAGE, "0x40",
                 graft_image_prepare_view(decoder, file.bytes, file.length, &spec, &view, pixels, NULL));
    graft_augment_free(augment);
    graft_decoder_free(decoder);
    graft_release(file.bytes);
}

static graft_status prepare_once(void *argument) {
    test_file *file = argument;
    unsigned char pixels[BYTES];
    graft_decoder *decoder = NULL;
    graft_augment *augment = NULL;
    graft_preprocess spec = spec_of(GRAFT_FIT_SQUASH);
    graft_status status = graft_augment_parse("rotate:30 blur:p=1 sharpness augmix", &augment);
    graft_view view = {.augment = augment, .number = 1};
    if (status == GRAFT_OK) status = graft_decoder_new(&decoder);
    if (status == GRAFT_OK)
        status = graft_image_prepare_view(decoder, file->bytes, file->length, &spec, &view, pixels, NULL);
    graft_decoder_free(decoder);
    graft_augment_free(augment);
    return status;
}

static void failing_allocations_are_told(void **state) {
    (void)state;
    test_file file = smooth_picture(100, 80, false);
    test_failing_allocations(prepare_once, &file);
    graft_release(file.bytes);
}

static void sheets_show_the_views(void **state) {
    (void)state;
    char *folder = test_folder(), in[512], out[512];
    snprintf(in, sizeof in, "%s/in.png", folder);
    snprintf(out, sizeof out, "%s/out.png", folder);
    test_file file = smooth_picture(60, 50, false);
    assert_ok(graft_file_write(in, file.bytes, file.length));
    graft_context *context = test_context(2);
    graft_augment_options options = GRAFT_AUGMENT_OPTIONS_INIT;
    assert_fails(GRAFT_E_USAGE, "-o FILE", graft_augment_sheet(context, in, &options));
    options.output = out;
    options.augment = "flip:p=1";
    options.views = 5;
    options.size = SIDE;
    assert_ok(graft_augment_sheet(context, in, &options));
    test_file sheet = read_path(out);
    graft_decoder *decoder = new_decoder();
    graft_image image;
    assert_ok(graft_decode(decoder, sheet.bytes, sheet.length, 0, 0, &image));
    assert_int_equal(image.width, 3 * 44 + 4);
    assert_int_equal(image.height, 2 * 44 + 4);
    unsigned char plain[BYTES], white[3] = {255, 255, 255};
    graft_preprocess spec = spec_of(GRAFT_FIT_SQUASH);
    prepare_plain(&file, &spec, plain);
    for (int x = 0; x < SIDE; x++) {
        const unsigned char *row = image.rgb + (4 + 7) * image.width * 3;
        assert_memory_equal(row + (4 + x) * 3, plain + (7 * SIDE + x) * 3, 3);
        assert_memory_equal(row + (48 + x) * 3, plain + (7 * SIDE + SIDE - 1 - x) * 3, 3);
    }
    assert_memory_equal(image.rgb + (image.height * image.width - 1) * 3, white, 3);
    options.augment = "flop";
    assert_fails(GRAFT_E_USAGE, "did you mean \"flip\"", graft_augment_sheet(context, in, &options));
    options.augment = NULL;
    options.views = 401;
    assert_fails(GRAFT_E_USAGE, "1 to 400", graft_augment_sheet(context, in, &options));
    options.views = 2;
    assert_ok(graft_file_write(in, "no picture", 10));
    assert_fails(GRAFT_E_DATA, in, graft_augment_sheet(context, in, &options));
    graft_decoder_free(decoder);
    graft_context_free(context);
    graft_release(sheet.bytes);
    graft_release(file.bytes);
    test_folder_remove(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(view_0_is_the_plain_picture),
        cmocka_unit_test(spatial_words_without_effect_change_no_byte),
        cmocka_unit_test(flips_are_exact),
        cmocka_unit_test(a_warp_agrees_with_the_plain_resize),
        cmocka_unit_test(a_warp_neither_blurs_nor_aliases),
        cmocka_unit_test(a_composed_map_equals_its_steps),
        cmocka_unit_test(quarter_turns_are_counter_clockwise),
        cmocka_unit_test(borders_are_filled_as_asked),
        cmocka_unit_test(behaviour_16_padding_stays_padding),
        cmocka_unit_test(behaviour_18_preparing_without_a_view_is_never_augmented),
        cmocka_unit_test(behaviour_24_views_do_not_depend_on_threads),
        cmocka_unit_test(large_jpegs_are_decoded_as_densely_as_the_view_needs),
        cmocka_unit_test(bad_files_fail_as_plain_ones_do),
        cmocka_unit_test(failing_allocations_are_told),
        cmocka_unit_test(sheets_show_the_views),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
