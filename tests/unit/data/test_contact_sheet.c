/* Contact sheets: where pictures stand, and what is too large. */
#include "support/support.h"

#include "base/alloc.h"
#include "data/contact-sheet.h"
#include "data/image.h"

#include <string.h>

static void pictures_stand_row_by_row(void **state) {
    (void)state;
    graft_contact_sheet sheet;
    unsigned char picture[2 * 3 * 3], *png;
    size_t length;
    graft_decoder *decoder;
    graft_image image;
    assert_ok(graft_contact_sheet_init(&sheet, 5, 3, 2, 4));
    assert_int_equal(sheet.columns, 3);
    assert_int_equal(sheet.rows, 2);
    for (size_t i = 0; i < 5; i++) {
        memset(picture, (int)(10 * i), sizeof picture);
        graft_contact_sheet_place(&sheet, i, picture);
    }
    assert_ok(graft_contact_sheet_png(&sheet, &png, &length));
    assert_ok(graft_decoder_new(&decoder));
    assert_ok(graft_decode(decoder, png, length, 0, 0, &image));
    assert_int_equal(image.width, 3 * 7 + 4);
    assert_int_equal(image.height, 2 * 6 + 4);
    for (int y = 0; y < image.height; y++)
        for (int x = 0; x < image.width; x++) {
            const bool inside = x % 7 >= 4 && y % 6 >= 4;
            const int number = y / 6 * 3 + x / 7, expected = inside && number < 5 ? 10 * number : 255;
            assert_int_equal(image.rgb[(y * image.width + x) * 3 + 1], expected);
        }
    graft_decoder_free(decoder);
    graft_release(png);
    graft_contact_sheet_clear(&sheet);
}

static void one_picture_is_a_sheet(void **state) {
    (void)state;
    graft_contact_sheet sheet;
    assert_ok(graft_contact_sheet_init(&sheet, 1, 4, 4, 0));
    assert_int_equal(sheet.width * sheet.height, 16);
    graft_contact_sheet_clear(&sheet);
}

static void giants_are_refused(void **state) {
    (void)state;
    graft_contact_sheet sheet;
    assert_fails(GRAFT_E_USAGE, "too large: show fewer", graft_contact_sheet_init_grid(&sheet, 400, 1, 1024, 8, 4));
    graft_contact_sheet_clear(&sheet);
    assert_fails(GRAFT_E_USAGE, "too large: show fewer", graft_contact_sheet_init_grid(&sheet, 1, 400, 8, 1024, 4));
    graft_contact_sheet_clear(&sheet);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_stand_row_by_row),
        cmocka_unit_test(one_picture_is_a_sheet),
        cmocka_unit_test(giants_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
