/* Operations on a small picture against Pillow's and torchvision's: tests/golden/augment, see write.py beside it. */
#include "golden-pictures.h"

#include "data/augment/op.h"
#include "data/augment/warp.h"

#include <math.h>

typedef struct golden_case {
    const char *name;
    double parameter;
    const unsigned char *expected;
} golden_case;

typedef struct golden_set {
    test_file file;
    graft_picture picture; /* borrows from the file */
    int count;
    const unsigned char *first;
} golden_set;

static golden_set open_set(void) {
    golden_set set = {.file = read_path(test_source("tests/golden/augment/augment.bin"))};
    set.picture = (graft_picture){set.file.bytes + 8, int_at(set.file.bytes), int_at(set.file.bytes + 4)};
    const unsigned char *after = set.picture.rgb + 3 * graft_picture_count(&set.picture);
    set.count = int_at(after);
    set.first = after + 4;
    return set;
}

static golden_case case_at(const golden_set *set, int index) {
    const unsigned char *at = set->first + (size_t)index * (24 + 3 * graft_picture_count(&set->picture));
    golden_case one = {.name = (const char *)at, .expected = at + 24};
    memcpy(&one.parameter, at + 16, sizeof one.parameter);
    return one;
}

/* false: the case is not about colours. */
static bool paint(const golden_case *one, graft_picture *picture) {
    double value = one->parameter;
    if (strcmp(one->name, "brightness") == 0)
        graft_paint_brightness(picture, value);
    else if (strcmp(one->name, "contrast") == 0)
        graft_paint_contrast(picture, value);
    else if (strcmp(one->name, "saturation") == 0)
        graft_paint_saturation(picture, value);
    else if (strcmp(one->name, "sharpness") == 0)
        assert_ok(graft_paint_sharpness(picture, value));
    else if (strcmp(one->name, "posterize") == 0)
        graft_paint_posterize(picture, (int)value);
    else if (strcmp(one->name, "solarize") == 0)
        graft_paint_solarize(picture, value);
    else if (strcmp(one->name, "autocontrast") == 0)
        graft_paint_autocontrast(picture);
    else if (strcmp(one->name, "equalize") == 0)
        graft_paint_equalize(picture);
    else if (strcmp(one->name, "grey") == 0)
        graft_paint_grey(picture);
    else if (strcmp(one->name, "hue") == 0)
        graft_paint_hue(picture, value);
    else if (strcmp(one->name, "blur") == 0)
        assert_ok(graft_paint_blur(picture, value));
    else
        return false;
    return true;
}

static void colours_equal_pillow_and_torchvision(void **state) {
    (void)state;
    golden_set set = open_set();
    size_t bytes = 3 * graft_picture_count(&set.picture);
    graft_picture copy = set.picture;
    copy.rgb = graft_allocate(bytes, 1);
    int painted = 0;
    for (int i = 0; i < set.count; i++) {
        golden_case one = case_at(&set, i);
        memcpy(copy.rgb, set.picture.rgb, bytes);
        if (!paint(&one, &copy)) continue;
        painted++;
        /* torchvision computes these two in float and rounds its own way */
        int most = strcmp(one.name, "hue") == 0 || strcmp(one.name, "blur") == 0 ? 1 : 0;
        for (size_t k = 0; k < bytes; k++)
            if (abs(copy.rgb[k] - one.expected[k]) > most)
                fail_msg("%s %g: sample %zu is %d, expected %d", one.name, one.parameter, k, copy.rgb[k],
                         one.expected[k]);
    }
    assert_int_equal(painted, 24 + 3 + 3 + 3 + 5 + 3);
    graft_release(copy.rgb);
    graft_release(set.file.bytes);
}

static bool place(const golden_case *one, graft_geometry *geometry) {
    double value = one->parameter;
    if (strcmp(one->name, "rotate") == 0)
        graft_geometry_rotate(geometry, value);
    else if (strcmp(one->name, "translate-x") == 0)
        graft_geometry_translate(geometry, value / geometry->width, 0);
    else if (strcmp(one->name, "translate-y") == 0)
        graft_geometry_translate(geometry, 0, value / geometry->height);
    else if (strcmp(one->name, "zoom") == 0)
        graft_geometry_zoom(geometry, value, value);
    else if (strcmp(one->name, "shear-x") == 0)
        graft_geometry_shear(geometry, tan(value * acos(-1) / 180), 0);
    else
        return false;
    return true;
}

/* Compared where four samples of the picture are mixed: Pillow fades to black within half a pixel of the border. */
static void maps_equal_torchvision(void **state) {
    (void)state;
    golden_set set = open_set();
    int width = set.picture.width, height = set.picture.height, placed = 0;
    graft_image image = {.width = width, .height = height, .rgb = set.picture.rgb};
    unsigned char *warped = graft_allocate((size_t)width * (size_t)height, 3);
    for (int i = 0; i < set.count; i++) {
        golden_case one = case_at(&set, i);
        graft_geometry geometry = graft_geometry_start(width, height, 1);
        if (!place(&one, &geometry)) continue;
        placed++;
        graft_warp_bilinear(&image, &geometry.map, &geometry.border, width, height, warped);
        int compared = 0;
        for (int k = 0; k < width * height; k++) {
            double x, y;
            graft_affine_apply(&geometry.map, k % width + 0.5, k / width + 0.5, &x, &y);
            if (x < 0.5 || y < 0.5 || x > width - 0.5 || y > height - 0.5) continue;
            compared++;
            for (int c = 0; c < 3; c++)
                if (abs(warped[k * 3 + c] - one.expected[k * 3 + c]) > 1)
                    fail_msg("%s %g: sample %d of pixel %d is %d, expected %d", one.name, one.parameter, c, k,
                             warped[k * 3 + c], one.expected[k * 3 + c]);
        }
        assert_true(compared > width * height / 3);
    }
    assert_int_equal(placed, 3 + 4 + 3 + 2);
    graft_release(warped);
    graft_release(set.file.bytes);
}

static void pictures_of_a_pixel_are_no_special_case(void **state) {
    (void)state;
    for (size_t i = 0; graft_augmentation_at(i); i++) {
        const graft_augmentation *op = graft_augmentation_at(i);
        _Alignas(16) char attributes[GRAFT_AUGMENT_ATTRIBUTES] = {0};
        if (op->attributes) assert_ok(graft_options_defaults(op->attributes, attributes));
        for (int side = 1; side <= 3; side++) {
            unsigned char rgb[28];
            for (int k = 0; k < 28; k++)
                rgb[k] = (unsigned char)(k * 9);
            graft_picture picture = {rgb, side, 4 - side};
            graft_rng rng = graft_rng_make(1, GRAFT_RNG_TEST, 0, (uint64_t)side);
            if (op->paint) assert_ok(op->paint(attributes, &rng, &picture));
            assert_int_equal(rgb[side * (4 - side) * 3], side * (4 - side) * 3 * 9 % 256);
        }
    }
}

/* A picture of one colour has nothing to stretch or to equalize. */
static void flat_pictures_stay_as_they_are(void **state) {
    (void)state;
    unsigned char rgb[48];
    graft_picture picture = {rgb, 4, 4};
    memset(rgb, 90, sizeof rgb);
    graft_paint_autocontrast(&picture);
    graft_paint_equalize(&picture);
    graft_paint_hue(&picture, 0.3);
    graft_paint_contrast(&picture, 3);
    assert_ok(graft_paint_blur(&picture, 9));
    assert_ok(graft_paint_sharpness(&picture, 0));
    for (size_t i = 0; i < sizeof rgb; i++)
        assert_int_equal(rgb[i], 90);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(colours_equal_pillow_and_torchvision),
        cmocka_unit_test(maps_equal_torchvision),
        cmocka_unit_test(pictures_of_a_pixel_are_no_special_case),
        cmocka_unit_test(flat_pictures_stay_as_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
