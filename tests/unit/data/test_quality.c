#include "support/support.h"

#include "base/alloc.h"
#include "data/quality.h"

#include <string.h>

/* A checkerboard of squares of `size` pixels, 0 and `light`. */
static graft_image board(int width, int height, int size, unsigned char light) {
    graft_image image = {.width = width, .height = height, .rgb = graft_allocate((size_t)width * (size_t)height, 3)};
    assert_non_null(image.rgb);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            memset(image.rgb + ((size_t)y * (size_t)width + (size_t)x) * 3, (x / size + y / size) % 2 ? light : 0, 3);
    return image;
}

static void by_hand(void **state) {
    (void)state;
    graft_quality quality;
    graft_image image = board(4, 4, 1, 100);
    assert_ok(graft_quality_of(&image, &quality));
    assert_float_equal((double)quality.brightness, 50, 1e-4);
    /* The four inner Laplacians are 4 * 100 and -4 * 100, two of each. */
    assert_float_equal((double)quality.sharpness, 160000, 1);
    graft_release(image.rgb);
    image = board(64, 48, 64, 255); /* one square: black */
    assert_ok(graft_quality_of(&image, &quality));
    assert_true(quality.brightness == 0 && quality.sharpness == 0);
    graft_release(image.rgb);
}

static void size_does_not_blur(void **state) {
    (void)state;
    graft_quality small, large;
    graft_image image = board(400, 300, 20, 200);
    assert_ok(graft_quality_of(&image, &small));
    graft_release(image.rgb);
    image = board(1600, 1200, 80, 200);
    assert_ok(graft_quality_of(&image, &large));
    graft_release(image.rgb);
    assert_float_equal((double)large.sharpness, (double)small.sharpness, 0.05 * (double)small.sharpness);
}

static void strange_shapes_are_safe(void **state) {
    (void)state;
    static const int sizes[][2] = {{1, 1}, {2, 2}, {3, 1}, {1, 3000}, {3000, 2}, {513, 1}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        graft_quality quality;
        graft_image image = board(sizes[i][0], sizes[i][1], 1, 200);
        assert_ok(graft_quality_of(&image, &quality));
        assert_true(quality.brightness >= 0 && quality.brightness <= 255 && quality.sharpness >= 0);
        graft_release(image.rgb);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_hand),
        cmocka_unit_test(size_does_not_blur),
        cmocka_unit_test(strange_shapes_are_safe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
