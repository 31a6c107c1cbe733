#include "support/support.h"

#include "base/inflate.h"

#include <string.h>

/* Python 3.11: gzip.compress(b"abc" * 1000, 9, mtime=0), zlib.compress(b"abc" * 1000, 9). */
static const unsigned char gzip[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xed, 0xc2, 0x41, 0x11,
                                     0x00, 0x00, 0x0c, 0x02, 0xa0, 0xac, 0x6a, 0xff, 0x0e, 0xab, 0xb1, 0x07, 0x1c, 0xe9,
                                     0xa2, 0xaa, 0xaa, 0xfe, 0x7e, 0x0b, 0x45, 0xb9, 0x2b, 0xb8, 0x0b, 0x00, 0x00};
static const unsigned char zlib[] = {0x78, 0xda, 0xed, 0xc2, 0x41, 0x11, 0x00, 0x00, 0x0c, 0x02,
                                     0xa0, 0xac, 0x6a, 0xff, 0x0e, 0xab, 0xb1, 0x07, 0x1c, 0xe9,
                                     0xa2, 0xaa, 0xaa, 0xfe, 0x7e, 0xec, 0xd4, 0x7c, 0xad};

static void expect_abc(const unsigned char *text, size_t length) {
    for (size_t i = 0; i < length; i++)
        assert_int_equal(text[i], "abc"[i % 3]);
}

static void both_forms_are_unpacked(void **state) {
    (void)state;
    unsigned char out[3000];
    size_t got;
    bool whole;
    assert_ok(graft_inflate(GRAFT_DEFLATED_GZIP, gzip, sizeof gzip, out, sizeof out, &got, &whole));
    assert_true(whole);
    assert_int_equal(got, 3000);
    expect_abc(out, got);
    memset(out, 0, sizeof out);
    assert_ok(graft_inflate(GRAFT_DEFLATED_ZLIB, zlib, sizeof zlib, out, sizeof out, &got, &whole));
    assert_true(whole && got == 3000);
    expect_abc(out, got);
    assert_ok(graft_inflate(GRAFT_DEFLATED_ZLIB, zlib, sizeof zlib, NULL, 3000, &got, &whole));
    assert_true(whole && got == 3000);
    assert_ok(graft_inflate(GRAFT_DEFLATED_ZLIB, zlib, sizeof zlib, NULL, 100000, &got, &whole));
    assert_true(whole && got == 3000);
}

static void more_than_the_room_is_told_and_not_written(void **state) {
    (void)state;
    unsigned char out[20];
    size_t got;
    bool whole;
    memset(out, 'x', sizeof out);
    assert_ok(graft_inflate(GRAFT_DEFLATED_GZIP, gzip, sizeof gzip, out, 16, &got, &whole));
    assert_int_equal(got, 17);
    assert_false(whole);
    expect_abc(out, 16);
    assert_memory_equal(out + 16, "xxxx", 4);
    assert_ok(graft_inflate(GRAFT_DEFLATED_ZLIB, zlib, sizeof zlib, NULL, 2999, &got, &whole));
    assert_true(!whole && got == 3000);
    assert_ok(graft_inflate(GRAFT_DEFLATED_ZLIB, zlib, sizeof zlib, NULL, 0, &got, &whole));
    assert_true(!whole && got == 1);
}

static void cut_and_damaged_streams_are_not_whole(void **state) {
    (void)state;
    unsigned char out[3000], bytes[sizeof gzip];
    size_t got;
    bool whole;
    for (size_t cut = 0; cut < sizeof gzip; cut++) {
        assert_ok(graft_inflate(GRAFT_DEFLATED_GZIP, gzip, cut, out, sizeof out, &got, &whole));
        assert_false(whole);
        assert_true(got <= sizeof out);
    }
    memcpy(bytes, gzip, sizeof gzip);
    bytes[sizeof gzip - 6] ^= 1; /* the checksum */
    assert_ok(graft_inflate(GRAFT_DEFLATED_GZIP, bytes, sizeof bytes, out, sizeof out, &got, &whole));
    assert_false(whole);
    assert_ok(graft_inflate(GRAFT_DEFLATED_GZIP, zlib, sizeof zlib, out, sizeof out, &got, &whole));
    assert_false(whole);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_forms_are_unpacked),
        cmocka_unit_test(more_than_the_room_is_told_and_not_written),
        cmocka_unit_test(cut_and_damaged_streams_are_not_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
