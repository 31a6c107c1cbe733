#include "support/support.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/rng.h"
#include "base/strmap.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void errors_are_one_line_and_gain_context(void **state) {
    (void)state;
    assert_int_equal(graft_fail(GRAFT_E_DATA, "conv1/kernel: a\nb\x1b[31m"), GRAFT_E_DATA);
    assert_string_equal(graft_error_text(), "conv1/kernel: a?b?[31m");
    assert_int_equal(graft_fail_in(GRAFT_E_DATA, "%s", "weights.h5"), GRAFT_E_DATA);
    assert_string_equal(graft_error_text(), "weights.h5: conv1/kernel: a?b?[31m");
    char longest[5000];
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_int_equal(graft_fail(GRAFT_E_USAGE, "%s", longest), GRAFT_E_USAGE);
    assert_int_equal(graft_fail_in(GRAFT_E_USAGE, "%s", longest), GRAFT_E_USAGE);
    assert_true(strlen(graft_error_text()) < sizeof longest);
}

static void exit_codes_are_the_contract(void **state) {
    (void)state;
    assert_int_equal(graft_status_exit_code(GRAFT_OK), 0);
    assert_int_equal(graft_status_exit_code(GRAFT_E_USAGE), 2);
    assert_int_equal(graft_status_exit_code(GRAFT_E_DATA), 3);
    assert_int_equal(graft_status_exit_code(GRAFT_E_GATE), 4);
    assert_int_equal(graft_status_exit_code(GRAFT_E_INTERNAL), 5);
    assert_int_equal(graft_status_exit_code(GRAFT_E_CANCELLED), 130);
}

static void allocation_refuses_overflow(void **state) {
    (void)state;
    assert_null(graft_allocate(SIZE_MAX / 2, 3));
    assert_null(graft_allocate_zero(SIZE_MAX, 2));
    assert_null(graft_allocate(SIZE_MAX, 1));
    void *memory = graft_allocate_aligned(3, 5);
    assert_non_null(memory);
    assert_int_equal((uintptr_t)memory % GRAFT_ALIGNMENT, 0);
    graft_release(memory);
    graft_release(NULL);
}

static void buffers_are_capped_and_failures_stick(void **state) {
    (void)state;
    graft_buffer buffer;
    graft_buffer_init(&buffer, 8);
    graft_buffer_text(&buffer, "12345");
    graft_buffer_text(&buffer, "6789");
    graft_buffer_text(&buffer, "");
    assert_fails(GRAFT_E_DATA, "limit", graft_buffer_status(&buffer));
    char *text = NULL;
    assert_fails(GRAFT_E_DATA, "8 bytes", graft_buffer_take(&buffer, &text, NULL));
    assert_null(text);

    graft_buffer_init(&buffer, 0);
    size_t length = 7;
    assert_ok(graft_buffer_take(&buffer, &text, &length));
    assert_string_equal(text, "");
    assert_int_equal(length, 0);
    graft_release(text);
}

static void base64_is_rfc_4648(void **state) {
    (void)state;
    static const char *const pairs[][2] = {
        {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foobar", "Zm9vYmFy"}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        graft_buffer buffer;
        char *text;
        graft_buffer_init(&buffer, 0);
        graft_buffer_base64(&buffer, pairs[i][0], strlen(pairs[i][0]));
        assert_ok(graft_buffer_take(&buffer, &text, NULL));
        assert_string_equal(text, pairs[i][1]);
        graft_release(text);
    }
}

/* FIPS 180-2's example, and the empty message. */
static void digests_give_the_standards_answers(void **state) {
    (void)state;
    char text[GRAFT_DIGEST_TEXT];
    graft_digest *sha;
    assert_ok(graft_digest_new(GRAFT_DIGEST_SHA256, &sha));
    assert_ok(graft_digest_add(sha, "a", 1));
    assert_ok(graft_digest_add(sha, "bc", 2));
    assert_ok(graft_digest_text(sha, text));
    assert_string_equal(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    graft_digest_free(sha);
    /* RFC 1321's. */
    assert_ok(graft_digest_new(GRAFT_DIGEST_MD5, &sha));
    assert_ok(graft_digest_add(sha, "message digest", 14));
    assert_ok(graft_digest_text(sha, text));
    assert_string_equal(text, "f96b697d7cb7938d525a2f31aaf161d0");
    graft_digest_free(sha);
}

static void hashes_round_trip_and_stream(void **state) {
    (void)state;
    graft_hash hash = graft_hash_bytes("graft", 5), back;
    char text[GRAFT_HASH_TEXT];
    graft_hash_to_text(hash, text);
    assert_true(graft_hash_from_text(text, &back));
    assert_true(graft_hash_equal(hash, back));
    assert_int_equal(graft_hash_compare(hash, back), 0);
    text[3] = 'g';
    assert_false(graft_hash_from_text(text, &back));
    assert_false(graft_hash_from_text("12", &back));
    graft_hasher *hasher;
    assert_ok(graft_hasher_new(&hasher));
    graft_hasher_add(hasher, "gr", 2);
    graft_hasher_add(hasher, "aft", 3);
    assert_true(graft_hash_equal(graft_hasher_value(hasher), hash));
    graft_hasher_free(hasher);
}

/* Known answers of Random123's kat_vectors for philox4x32-10. */
static void philox_gives_the_papers_answers(void **state) {
    (void)state;
    static const struct {
        uint32_t counter[4], key[2], out[4];
    } known[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < 3; i++) {
        uint32_t out[4];
        graft_philox4x32(known[i].counter, known[i].key, out);
        assert_memory_equal(out, known[i].out, sizeof out);
    }
}

static void random_streams_differ_by_every_name(void **state) {
    (void)state;
    uint32_t first[5];
    graft_rng rngs[5] = {graft_rng_make(1, GRAFT_RNG_SPLIT, 0, 0), graft_rng_make(2, GRAFT_RNG_SPLIT, 0, 0),
                         graft_rng_make(1, GRAFT_RNG_FOLDS, 0, 0), graft_rng_make(1, GRAFT_RNG_SPLIT, 1, 0),
                         graft_rng_make(1, GRAFT_RNG_SPLIT, 0, (uint64_t)1 << 40)};
    for (int i = 0; i < 5; i++)
        first[i] = graft_rng_u32(&rngs[i]);
    for (int i = 0; i < 5; i++)
        for (int j = 0; j < i; j++)
            assert_int_not_equal(first[i], first[j]);
    double sum = 0, squares = 0;
    for (int i = 0; i < 20000; i++) {
        double value = graft_rng_normal(&rngs[0]);
        sum += value;
        squares += value * value;
        assert_true(graft_rng_below(&rngs[1], 7) < 7);
    }
    assert_true(fabs(sum / 20000) < 0.03);
    assert_true(fabs(squares / 20000 - 1) < 0.05);
}

static void shuffles_are_permutations(void **state) {
    (void)state;
    size_t items[100];
    bool seen[100] = {false};
    for (size_t i = 0; i < 100; i++)
        items[i] = i;
    graft_rng rng = graft_rng_make(3, GRAFT_RNG_SHUFFLE, 0, 0);
    graft_rng_shuffle(&rng, items, 100);
    size_t moved = 0;
    for (size_t i = 0; i < 100; i++) {
        assert_false(seen[items[i]]);
        seen[items[i]] = true;
        moved += items[i] != i;
    }
    assert_true(moved > 80);
}

static void maps_find_what_was_set(void **state) {
    (void)state;
    graft_strmap *map;
    char key[32];
    size_t value;
    assert_ok(graft_strmap_new(&map));
    for (size_t i = 0; i < 1000; i++) {
        snprintf(key, sizeof key, "block_%zu", i);
        assert_ok(graft_strmap_set(map, key, i));
    }
    assert_ok(graft_strmap_set(map, "block_7", 77));
    assert_int_equal(graft_strmap_count(map), 1000);
    assert_true(graft_strmap_get(map, "block_7", &value));
    assert_int_equal(value, 77);
    assert_true(graft_strmap_get(map, "block_999", &value));
    assert_int_equal(value, 999);
    assert_false(graft_strmap_get(map, "block_1000", NULL));
    graft_strmap_free(map);
}

static void the_nearest_name_is_suggested(void **state) {
    (void)state;
    static const char *const names[] = {"train", "evaluate", "predict", "extract", "summary"};
    assert_string_equal(graft_text_nearest("tarin", names, 5), "train");
    assert_string_equal(graft_text_nearest("evalute", names, 5), "evaluate");
    assert_string_equal(graft_text_nearest("eval", names, 5), "evaluate");
    assert_null(graft_text_nearest("zzz", names, 5));
    assert_int_equal(graft_text_distance("kitten", "sitting"), 3);
    assert_int_equal(graft_text_distance("ab", "ba"), 1);
}

static graft_status fill_a_map(void *argument) {
    (void)argument;
    graft_strmap *map;
    GRAFT_TRY(graft_strmap_new(&map));
    graft_status status = GRAFT_OK;
    char key[16];
    for (size_t i = 0; i < 40 && status == GRAFT_OK; i++) {
        snprintf(key, sizeof key, "k%zu", i);
        status = graft_strmap_set(map, key, i);
    }
    graft_strmap_free(map);
    return status;
}

static void maps_survive_failing_allocations(void **state) {
    (void)state;
    test_failing_allocations(fill_a_map, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_are_one_line_and_gain_context),
        cmocka_unit_test(exit_codes_are_the_contract),
        cmocka_unit_test(allocation_refuses_overflow),
        cmocka_unit_test(buffers_are_capped_and_failures_stick),
        cmocka_unit_test(base64_is_rfc_4648),
        cmocka_unit_test(digests_give_the_standards_answers),
        cmocka_unit_test(hashes_round_trip_and_stream),
        cmocka_unit_test(philox_gives_the_papers_answers),
        cmocka_unit_test(random_streams_differ_by_every_name),
        cmocka_unit_test(shuffles_are_permutations),
        cmocka_unit_test(maps_find_what_was_set),
        cmocka_unit_test(the_nearest_name_is_suggested),
        cmocka_unit_test(maps_survive_failing_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
