#include "support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "data/resize-internal.h"

#include <string.h>

/* tests/golden/resize/resize.bin, see write.py beside it. */
typedef struct golden {
    char *bytes;
    size_t length, at;
    int count;
    graft_image picture[16];
} golden;

static const unsigned char *take_bytes(golden *file, size_t count) {
    assert_true(count <= file->length - file->at);
    file->at += count;
    return (unsigned char *)file->bytes + file->at - count;
}

static int take_int(golden *file) {
    int32_t value;
    memcpy(&value, take_bytes(file, sizeof value), sizeof value);
    return value;
}

static golden open_golden(void) {
    golden file = {0};
    assert_ok(graft_file_read(test_source("tests/golden/resize/resize.bin"), 0, &file.bytes, &file.length));
    file.count = take_int(&file);
    assert_in_range(file.count, 1, 16);
    for (int i = 0; i < file.count; i++) {
        file.picture[i].width = take_int(&file);
        file.picture[i].height = take_int(&file);
        size_t bytes = (size_t)file.picture[i].width * (size_t)file.picture[i].height * 3;
        file.picture[i].rgb = (unsigned char *)file.bytes + file.at;
        take_bytes(&file, bytes);
    }
    return file;
}

static void compare_with_pillow(const graft_resize_passes *passes) {
    golden file = open_golden();
    graft_resize_scratch scratch = {0};
    int cases = take_int(&file);
    assert_in_range(cases, 300, 10000);
    for (int i = 0; i < cases; i++) {
        const graft_image *picture = &file.picture[take_int(&file)];
        graft_filter filter = (graft_filter)take_int(&file);
        float box[4];
        memcpy(box, take_bytes(&file, sizeof box), sizeof box);
        int width = take_int(&file), height = take_int(&file);
        size_t bytes = (size_t)width * (size_t)height * 3;
        const unsigned char *expected = take_bytes(&file, bytes);
        /* exactly as large as needed: an access beyond either picture is for the sanitizer to see */
        graft_image in = *picture;
        size_t in_bytes = (size_t)in.width * (size_t)in.height * 3;
        in.rgb = graft_allocate(in_bytes, 1);
        unsigned char *out = graft_allocate(bytes, 1);
        assert_true(in.rgb && out);
        memcpy(in.rgb, picture->rgb, in_bytes);
        graft_resize_window window = {.columns = width, .rows = height};
        assert_ok(
            graft_resize_part(&in, box, filter, width, height, &window, out, (size_t)width * 3, &scratch, passes));
        if (memcmp(out, expected, bytes) != 0)
            fail_msg("%s: case %d: %dx%d to %dx%d, filter %d", passes->name, i, in.width, in.height, width, height,
                     filter);
        graft_release(in.rgb);
        graft_release(out);
    }
    assert_int_equal(file.at, file.length);
    graft_resize_scratch_free(&scratch);
    graft_release(file.bytes);
}

static void resize_equals_pillow(void **state) {
    (void)state;
    int compared = 0;
    for (size_t i = 0; i < graft_resize_implementation_count; i++) {
        if (!graft_resize_implementations[i].supported()) {
            print_message("# SKIP: this processor has no %s\n", graft_resize_implementations[i].name);
            continue;
        }
        compare_with_pillow(&graft_resize_implementations[i]);
        compared++;
    }
    assert_in_range(compared, 1, 3);
}

static void a_window_is_the_part_of_the_whole(void **state) {
    (void)state;
    golden file = open_golden();
    const graft_image *in = &file.picture[3];
    graft_resize_scratch scratch = {0};
    unsigned char whole[40 * 30 * 3], part[20 * 10 * 3];
    const graft_resize_window window = {.left = 7, .top = 11, .columns = 20, .rows = 10};
    for (int filter = GRAFT_FILTER_NEAREST; filter <= GRAFT_FILTER_LANCZOS; filter++) {
        assert_ok(graft_image_resize(in, NULL, (graft_filter)filter, 40, 30, whole, &scratch));
        assert_ok(graft_resize_part(in, NULL, (graft_filter)filter, 40, 30, &window, part, 60, &scratch, NULL));
        for (int y = 0; y < 10; y++)
            assert_memory_equal(part + y * 60, whole + ((y + 11) * 40 + 7) * 3, 60);
    }
    graft_resize_scratch_free(&scratch);
    graft_release(file.bytes);
}

static void sizes_and_boxes_are_checked(void **state) {
    (void)state;
    unsigned char pixels[12] = {0}, out[12];
    graft_image in = {.width = 2, .height = 2, .rgb = pixels};
    graft_resize_scratch scratch = {0};
    const float outside[4] = {0, 0, 2.5f, 2}, empty[4] = {1, 0, 1, 2}, none[4] = {0, 0, 0.0f / 1, 2};
    assert_fails(GRAFT_E_USAGE, "0x2", graft_image_resize(&in, NULL, GRAFT_FILTER_BILINEAR, 0, 2, out, &scratch));
    assert_fails(GRAFT_E_USAGE, "70000", graft_image_resize(&in, NULL, GRAFT_FILTER_NEAREST, 70000, 2, out, &scratch));
    assert_fails(GRAFT_E_USAGE, "inside", graft_image_resize(&in, outside, GRAFT_FILTER_BILINEAR, 2, 2, out, &scratch));
    assert_fails(GRAFT_E_USAGE, "inside", graft_image_resize(&in, empty, GRAFT_FILTER_BILINEAR, 2, 2, out, &scratch));
    assert_fails(GRAFT_E_USAGE, "inside", graft_image_resize(&in, none, GRAFT_FILTER_BILINEAR, 2, 2, out, &scratch));
    graft_resize_scratch_free(&scratch);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resize_equals_pillow),
        cmocka_unit_test(a_window_is_the_part_of_the_whole),
        cmocka_unit_test(sizes_and_boxes_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
