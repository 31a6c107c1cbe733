#include "support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "train/tensorboard.h"

#include <string.h>

static uint64_t little_endian(const char *bytes, int count) {
    uint64_t value = 0;
    for (int i = count - 1; i >= 0; i--)
        value = value << 8 | (unsigned char)bytes[i];
    return value;
}

/* RFC 3720, B.4: CRC-32C of 32 zero bytes is 8a9136aa; masking is a rotation and an addition. */
static void the_checksum_is_castagnolis(void **state) {
    (void)state;
    const unsigned char zeros[32] = {0};
    uint32_t crc = 0x8a9136aau;
    assert_int_equal(graft_masked_crc32c(zeros, sizeof zeros), (uint32_t)((crc >> 15 | crc << 17) + 0xa282ead8u));
}

/* Reads the file as a TFRecord reader does: both checksums of every record, then the fields of the last one. */
static void records_are_framed_and_checked(void **state) {
    (void)state;
    char *folder = test_folder(), *path = graft_path_join(folder, "events.out.tfevents.graft"), *bytes;
    graft_event_file *file;
    size_t length;
    assert_ok(graft_event_file_open(folder, 1000.5, &file));
    assert_ok(graft_event_file_scalar(file, 1001.5, 300, "val_acc", 0.5f));
    assert_ok(graft_event_file_close(file));
    assert_ok(graft_file_read(path, 0, &bytes, &length));
    size_t at = 0, records = 0, size = 0;
    const char *event = NULL;
    while (at < length) {
        size = (size_t)little_endian(bytes + at, 8);
        assert_int_equal(little_endian(bytes + at + 8, 4), graft_masked_crc32c(bytes + at, 8));
        event = bytes + at + 12;
        assert_true(at + 16 + size <= length);
        assert_int_equal(little_endian(event + size, 4), graft_masked_crc32c(event, size));
        at += 16 + size;
        records++;
    }
    assert_int_equal(at, length);
    assert_int_equal(records, 2);
    /* wall_time 1001.5; step 300 as a varint; summary { value { tag: "val_acc" simple_value: 0.5 } } */
    static const char expected[] = "\x09\x00\x00\x00\x00\x00\x4c\x8f\x40"
                                   "\x10\xac\x02"
                                   "\x2a\x10\x0a\x0e\x0a\x07val_acc\x15\x00\x00\x00\x3f";
    assert_int_equal(size, sizeof expected - 1);
    assert_memory_equal(event, expected, size);
    graft_release(bytes);
    graft_release(path);
    test_folder_remove(folder);
}

static void a_folder_that_cannot_be_written_is_told(void **state) {
    (void)state;
    graft_event_file *file;
    assert_fails(GRAFT_E_DATA, "cannot be written", graft_event_file_open("/nonexistent", 0, &file));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_checksum_is_castagnolis),
        cmocka_unit_test(records_are_framed_and_checked),
        cmocka_unit_test(a_folder_that_cannot_be_written_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
