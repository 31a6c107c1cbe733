#include "support/support.h"

#include "data/contact-sheet.h"

#include <string.h>

static void pictures_stand_in_rows_with_gaps(void **state) {
    (void)state;
    graft_contact_sheet sheet;
    const unsigned char tile[2 * 3 * 3] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18};
    assert_ok(graft_contact_sheet_init(&sheet, 5, 2, 3, 1)); /* 3 columns, 2 rows of 2x3 pixels */
    assert_int_equal(sheet.columns, 3);
    assert_int_equal(sheet.rows, 2);
    assert_int_equal(sheet.width, 10);
    assert_int_equal(sheet.height, 9);
    graft_contact_sheet_place(&sheet, 4, tile);
    size_t painted = 0;
    for (size_t i = 0; i < sheet.width * sheet.height * 3; i++)
        painted += sheet.rgb[i] != 255;
    assert_int_equal(painted, sizeof tile);
    assert_memory_equal(sheet.rgb + (5 * 10 + 4) * 3, tile, 6); /* second row, second column */
    assert_memory_equal(sheet.rgb + (7 * 10 + 4) * 3, tile + 12, 6);
    graft_contact_sheet_clear(&sheet);
}

static void one_picture_is_a_sheet(void **state) {
    (void)state;
    graft_contact_sheet sheet;
    assert_ok(graft_contact_sheet_init(&sheet, 1, 4, 4, 0));
    assert_int_equal(sheet.width * sheet.height, 16);
    graft_contact_sheet_clear(&sheet);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_stand_in_rows_with_gaps),
        cmocka_unit_test(one_picture_is_a_sheet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
