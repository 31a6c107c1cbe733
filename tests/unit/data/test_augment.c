/* Chains of augmentations: words, ranges, what every row promises. */
#include "golden-pictures.h"

#include "data/augment.h"
#include "data/augment/op.h"

#include <math.h>

static graft_augment *parse(const char *spec) {
    graft_augment *augment;
    assert_ok(graft_augment_parse(spec, &augment));
    assert_non_null(augment);
    return augment;
}

static void chains_are_words_with_options(void **state) {
    (void)state;
    graft_augment *augment = parse(" flip rotate:10\tcrop:scale=0.6,1  brightness:0.2:p=0.5 grey:0.3 ");
    assert_string_equal(graft_augment_describe(augment),
                        "flip:axis=horizontal:p=0.5 rotate:degrees=10:p=1 "
                        "crop:scale=0.6,1:ratio=0.75,1.3333333333333333:p=1 brightness:share=0.2:p=0.5 grey:p=0.3");
    graft_augment *again = parse(graft_augment_describe(augment));
    assert_string_equal(graft_augment_describe(again), graft_augment_describe(augment));
    assert_true(graft_hash_equal(graft_augment_hash(again), graft_augment_hash(augment)));
    graft_augment_free(again);
    again = parse("rotate:10 flip crop:0.6,1 brightness:0.2:p=0.5 grey:0.3");
    assert_false(graft_hash_equal(graft_augment_hash(again), graft_augment_hash(augment)));
    graft_augment_free(again);
    graft_augment_free(augment);
}

static void no_words_are_no_augmentation(void **state) {
    (void)state;
    const char *const empty[] = {NULL, "", " \n", "none"};
    for (size_t i = 0; i < 4; i++) {
        graft_augment *augment;
        assert_ok(graft_augment_parse(empty[i], &augment));
        assert_null(augment);
        assert_string_equal(graft_augment_describe(augment), "none");
    }
    graft_augment_free(NULL);
}

static void errors_name_the_word_and_the_nearest(void **state) {
    (void)state;
    char many[33 * 5 + 1] = "", longest[400];
    for (int i = 0; i < 33; i++)
        memcpy(many + i * 5, "flip ", 6);
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    const struct {
        const char *spec, *part, *other;
    } bad[] = {
        {"flip rotatee:10", "word 2, \"rotatee:10\" at character 6", "did you mean \"rotate\""},
        {"zzzzz", "there is no \"zzzzz\"", "graft list augmentations"},
        {"rotate:181", "word 1", "0 to 180 degrees"},
        {"rotate:-1", "degrees", "0 to 180"},
        {"rotate:nan", "nan", "a number"},
        {"rotate:", "degrees", "a number"},
        {"rotate:10:20", "\"20\" has no name", "OPTION=VALUE"},
        {"rotate:degres=10", "no option \"degres\"", "\"degrees\""},
        {"rotate:10:p=2", "p", "0 to 1"},
        {"grey:2", "p", "0 to 1"},
        {"grey:colour=1", "no option \"colour\"", "\"p\""},
        {"crop:1,0.5", "scale: received 1,0.5", "smaller number first"},
        {"crop:scale=0.5", "2 numbers", "0.5"},
        {"crop:scale=0.5,1,2", "2 numbers", "word 1"},
        {"crop:scale=0,1", "0.001 to 1", "of the area"},
        {"flip:sideways", "sideways", "horizontal|vertical"},
        {"randaugment:n=1e3", "whole number", "1e3"},
        {":", "there is no \"\"", "word 1"},
        {"rotate::", "degrees", "received \"\""},
        {"=", "there is no \"=\"", "word 1"},
        {"blur:sigma=0.1,inf", "2 numbers", "inf"},
        {"flip,rotate", "there is no \"flip,rotate\"", "word 1"},
        {many, "more than 32 words", "shorter"},
        {longest, "399 characters", "at most 255"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        graft_augment *augment;
        assert_fails(GRAFT_E_USAGE, bad[i].part, graft_augment_parse(bad[i].spec, &augment));
        assert_non_null(strstr(graft_error_text(), bad[i].other));
        assert_null(augment);
    }
}

/* 48x32, every pixel different. */
static test_file test_picture(void) {
    unsigned char rgb[48 * 32 * 3];
    test_file file;
    for (int i = 0; i < 48 * 32; i++) {
        rgb[i * 3] = (unsigned char)(40 + i % 48 * 4);
        rgb[i * 3 + 1] = (unsigned char)(30 + i / 48 * 6);
        rgb[i * 3 + 2] = (unsigned char)(i * 7);
    }
    assert_ok(graft_png_write(rgb, 48, 32, &file.bytes, &file.length));
    return file;
}

static void every_row_parses_changes_pixels_and_keeps_the_size(void **state) {
    (void)state;
    enum { SIDE = 24, BYTES = SIDE * SIDE * 3 };
    test_file file = test_picture();
    graft_decoder *decoder = new_decoder();
    graft_preprocess spec;
    graft_preprocess_init(&spec, GRAFT_SCALING_TF);
    spec.width = spec.height = SIDE;
    unsigned char plain[BYTES], pixels[BYTES + 8];
    assert_ok(graft_image_prepare(decoder, file.bytes, file.length, &spec, plain, NULL));
    size_t rows = 0;
    for (const graft_augmentation *op; (op = graft_augmentation_at(rows)) != NULL; rows++) {
        char chain[128];
        assert_in_range(op->attribute_size, 0, GRAFT_AUGMENT_ATTRIBUTES);
        assert_true(op->place || op->paint);
        assert_ptr_equal(graft_augmentation_find(op->name), op);
        /* what fills the outside shows only where something moves */
        snprintf(chain, sizeof chain, "%s%s:p=1%s", strcmp(op->name, "fill") == 0 ? "translate:0.5 " : "", op->name,
                 strcmp(op->name, "fill") == 0 ? ":mode=constant" : "");
        graft_augment *augment = parse(chain);
        graft_view view = {.augment = augment, .content = graft_hash_bytes(file.bytes, file.length)};
        int changed = 0;
        for (view.number = 0; view.number < 20; view.number++) {
            memset(pixels + BYTES, 77, 8);
            assert_ok(graft_image_prepare_view(decoder, file.bytes, file.length, &spec, &view, pixels, NULL));
            changed += memcmp(pixels, plain, BYTES) != 0;
            for (int i = 0; i < 8; i++)
                assert_int_equal(pixels[BYTES + i], 77);
            if (view.number == 0) assert_memory_equal(pixels, plain, BYTES);
        }
        if (changed < 15) fail_msg("%s: %d of 19 views are changed", chain, changed);
        graft_augment_free(augment);
        /* and never with a probability of 0 */
        snprintf(chain, sizeof chain, "%s:p=0", op->name);
        view.augment = augment = parse(chain);
        view.number = 1;
        assert_ok(graft_image_prepare_view(decoder, file.bytes, file.length, &spec, &view, pixels, NULL));
        assert_memory_equal(pixels, plain, BYTES);
        graft_augment_free(augment);
    }
    assert_int_equal(rows, 22);
    graft_decoder_free(decoder);
    graft_release(file.bytes);
}

enum { DRAWS = 4000 };

/* Places `op` with a fresh stream each time. */
static graft_geometry draw_place(const char *name, const void *attributes, uint64_t index, double aspect) {
    graft_geometry geometry = graft_geometry_start(100, 100, aspect);
    graft_rng rng = graft_rng_make(5, GRAFT_RNG_TEST, 0, index);
    graft_augmentation_find(name)->place(attributes, &rng, &geometry);
    return geometry;
}

/* Whether draws stay in a range and reach close to its ends. */
typedef struct reach {
    double low, high;
} reach;

static void see(reach *seen, double value) {
    seen->low = fmin(seen->low, value);
    seen->high = fmax(seen->high, value);
}

static void assert_reach(const char *what, reach seen, double low, double high) {
    double slack = 1e-9, near = (high - low) * 0.01;
    if (seen.low < low - slack || seen.high > high + slack || seen.low > low + near || seen.high < high - near)
        fail_msg("%s: %g..%g, expected %g..%g", what, seen.low, seen.high, low, high);
}

static void spatial_draws_fill_their_ranges(void **state) {
    (void)state;
    const reach none = {INFINITY, -INFINITY};
    reach angle = none, right = none, down = none, zoom = none, stretch = none, shear = none;
    struct {
        double amount;
        int axis;
    } both = {.axis = GRAFT_AXIS_BOTH}, only_x = {.axis = GRAFT_AXIS_X};
    double degrees = 25;
    for (uint64_t i = 0; i < DRAWS; i++) {
        const double *m = NULL;
        graft_geometry g = draw_place("rotate", &degrees, i, 1);
        m = g.map.m;
        see(&angle, atan2(m[3], m[0]) * 180 / acos(-1));
        both.amount = 0.3;
        g = draw_place("translate", &both, i, 1);
        see(&right, -m[2] / 100);
        see(&down, -m[5] / 100);
        g = draw_place("zoom", &both, i, 1);
        see(&zoom, 1 / m[0]);
        assert_true(m[0] == m[4]);
        only_x.amount = 0.3;
        g = draw_place("zoom", &only_x, i, 1);
        see(&stretch, 1 / m[0]);
        assert_true(m[4] == 1);
        only_x.amount = 40;
        g = draw_place("shear", &only_x, i, 1);
        see(&shear, atan(m[1]) * 180 / acos(-1));
        assert_true(m[3] == 0);
    }
    assert_reach("rotate", angle, -25, 25);
    assert_reach("translate x", right, -0.3, 0.3);
    assert_reach("translate y", down, -0.3, 0.3);
    assert_reach("zoom", zoom, 0.7, 1.3);
    assert_reach("zoom x", stretch, 0.7, 1.3);
    assert_reach("shear", shear, -40, 40);
}

static void crops_keep_area_ratio_and_borders(void **state) {
    (void)state;
    const double aspect = 1.25; /* of the whole picture, as its small one is square */
    reach area = {INFINITY, -INFINITY}, ratio = {INFINITY, -INFINITY}, left = area, top = area;
    struct {
        double scale[2], ratio[2];
    } crop = {{0.2, 0.5}, {0.75, 4.0 / 3}};
    for (uint64_t i = 0; i < DRAWS; i++) {
        graft_geometry g = draw_place("crop", &crop, i, aspect);
        const double *m = g.map.m;
        see(&area, m[0] * m[4]);
        see(&ratio, m[0] * aspect / m[4]);
        see(&left, m[2] / 100 / (1 - m[0]));
        see(&top, m[5] / 100 / (1 - m[4]));
    }
    assert_reach("area", area, 0.2, 0.5);
    assert_reach("ratio", ratio, 0.75, 4.0 / 3);
    assert_reach("left", left, 0, 1);
    assert_reach("top", top, 0, 1);
    /* what cannot fit is the largest box in the middle */
    crop.scale[0] = crop.scale[1] = 1;
    crop.ratio[0] = crop.ratio[1] = 0.5;
    graft_geometry g = draw_place("crop", &crop, 0, aspect);
    assert_true(fabs(g.map.m[0] - 0.4) < 1e-12 && g.map.m[4] == 1 && fabs(g.map.m[2] - 30) < 1e-9);
}

static void colour_draws_fill_their_ranges(void **state) {
    (void)state;
    const char *const names[] = {"brightness", "contrast", "saturation"};
    for (size_t n = 0; n < 3; n++) {
        reach seen = {INFINITY, -INFINITY};
        double share = 0.4;
        for (uint64_t i = 0; i < DRAWS; i++) {
            /* red 200 over a luma of 100 */
            unsigned char rgb[6] = {100, 100, 100, 100, 100, 100};
            if (n == 2) memcpy(rgb, (unsigned char[]){200, 57, 61, 200, 57, 61}, 6);
            if (n == 1) memcpy(rgb, (unsigned char[]){0, 0, 0, 100, 100, 100}, 6);
            graft_picture picture = {rgb, 2, 1};
            graft_rng rng = graft_rng_make(9, GRAFT_RNG_TEST, 0, i);
            assert_ok(graft_augmentation_find(names[n])->paint(&share, &rng, &picture));
            /* the factor, from a difference of 100 (50 for contrast) */
            see(&seen, n == 0 ? rgb[0] / 100.0 : n == 1 ? (rgb[3] - 50) / 50.0 : (rgb[0] - 100) / 100.0);
        }
        if (seen.low < 0.56 || seen.low > 0.65 || seen.high > 1.4001 || seen.high < 1.35)
            fail_msg("%s: factors %g..%g, expected 0.6..1.4", names[n], seen.low, seen.high);
    }
}

static void noise_has_its_deviation(void **state) {
    (void)state;
    enum { SIDE = 128 };
    unsigned char *rgb = graft_allocate(SIDE * SIDE, 3);
    memset(rgb, 128, SIDE * SIDE * 3);
    double std = 0.05, sum = 0, squares = 0;
    graft_picture picture = {rgb, SIDE, SIDE};
    graft_rng rng = graft_rng_make(2, GRAFT_RNG_TEST, 0, 0);
    assert_ok(graft_augmentation_find("noise")->paint(&std, &rng, &picture));
    for (int i = 0; i < SIDE * SIDE * 3; i++) {
        sum += rgb[i] - 128;
        squares += (rgb[i] - 128) * (rgb[i] - 128);
    }
    double mean = sum / (SIDE * SIDE * 3), deviation = sqrt(squares / (SIDE * SIDE * 3));
    assert_true(fabs(mean) < 0.2);
    assert_true(fabs(deviation - 0.05 * 255) < 0.2);
    graft_release(rgb);
}

static void erased_boxes_keep_area_and_ratio(void **state) {
    (void)state;
    enum { SIDE = 64 };
    struct {
        double scale[2], ratio[2];
        int colour;
    } erase = {{0.1, 0.3}, {0.5, 2}, 2};
    unsigned char *rgb = graft_allocate(SIDE * SIDE, 3);
    graft_picture picture = {rgb, SIDE, SIDE};
    for (uint64_t i = 0; i < 500; i++) {
        memset(rgb, 200, SIDE * SIDE * 3);
        graft_rng rng = graft_rng_make(3, GRAFT_RNG_TEST, 0, i);
        assert_ok(graft_augmentation_find("erase")->paint(&erase, &rng, &picture));
        int black = 0, left = SIDE, right = -1, top = SIDE, bottom = -1;
        for (int k = 0; k < SIDE * SIDE; k++) {
            if (rgb[k * 3] != 0) continue;
            black++;
            left = k % SIDE < left ? k % SIDE : left;
            right = k % SIDE > right ? k % SIDE : right;
            top = k / SIDE < top ? k / SIDE : top;
            bottom = k / SIDE > bottom ? k / SIDE : bottom;
        }
        int width = right - left + 1, height = bottom - top + 1;
        assert_int_equal(black, width * height);
        assert_true(black > 0.09 * SIDE * SIDE && black < 0.31 * SIDE * SIDE);
        assert_true((double)height / width > 0.46 && (double)height / width < 2.15);
    }
    graft_release(rgb);
}

static graft_status parse_once(void *argument) {
    graft_augment *augment;
    graft_status status = graft_augment_parse(argument, &augment);
    graft_augment_free(augment);
    return status;
}

static void failing_allocations_are_told(void **state) {
    (void)state;
    char spec[] = "flip rotate:10 crop:scale=0.6,1 augmix randaugment:2 blur:1,2";
    test_failing_allocations(parse_once, spec);
}

/* docs/augmentation.md has every operation and every option. */
static void the_manual_names_every_option(void **state) {
    (void)state;
    test_file page = read_path(test_source("docs/augmentation.md"));
    const char *text = (const char *)page.bytes;
    for (size_t i = 0; graft_augmentation_at(i); i++) {
        const graft_augmentation *op = graft_augmentation_at(i);
        char head[64];
        snprintf(head, sizeof head, "\n| `%s", op->name);
        const char *line = strstr(text, head);
        if (!line) fail_msg("docs/augmentation.md has no row that begins with `%s", op->name);
        const char *end = strchr(line + 1, '\n');
        for (const graft_option *row = op->attributes; row && row->name; row++) {
            const char *option = strstr(line, row->name);
            if (!option || option > end) fail_msg("docs/augmentation.md does not name %s of %s", row->name, op->name);
            const char *fallback = strstr(line, row->fallback);
            if (strlen(row->fallback) < 12 && (!fallback || fallback > end))
                fail_msg("docs/augmentation.md does not have the default %s of %s", row->fallback, op->name);
        }
    }
    graft_release(page.bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chains_are_words_with_options),
        cmocka_unit_test(no_words_are_no_augmentation),
        cmocka_unit_test(errors_name_the_word_and_the_nearest),
        cmocka_unit_test(every_row_parses_changes_pixels_and_keeps_the_size),
        cmocka_unit_test(spatial_draws_fill_their_ranges),
        cmocka_unit_test(crops_keep_area_ratio_and_borders),
        cmocka_unit_test(colour_draws_fill_their_ranges),
        cmocka_unit_test(noise_has_its_deviation),
        cmocka_unit_test(erased_boxes_keep_area_and_ratio),
        cmocka_unit_test(failing_allocations_are_told),
        cmocka_unit_test(the_manual_names_every_option),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
