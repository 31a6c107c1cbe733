#include "base/hash.h"

#include "base/alloc.h"
#include "base/error.h"

#include <stdio.h>
#include <string.h>
#define XXH_STATIC_LINKING_ONLY /* the size of its state */
#include <xxhash.h>

static graft_hash from_xxh(XXH128_hash_t hash) {
    return (graft_hash){.high = hash.high64, .low = hash.low64};
}

graft_hash graft_hash_bytes(const void *bytes, size_t length) {
    return from_xxh(XXH3_128bits(bytes, length));
}

uint64_t graft_checksum(const void *bytes, size_t length) {
    return XXH3_64bits(bytes, length);
}

bool graft_hash_equal(graft_hash a, graft_hash b) {
    return a.high == b.high && a.low == b.low;
}

int graft_hash_compare(graft_hash a, graft_hash b) {
    if (a.high != b.high) return a.high < b.high ? -1 : 1;
    return a.low == b.low ? 0 : a.low < b.low ? -1 : 1;
}

void graft_hash_to_text(graft_hash hash, char out[GRAFT_HASH_TEXT]) {
    snprintf(out, GRAFT_HASH_TEXT, "%016llx%016llx", (unsigned long long)hash.high, (unsigned long long)hash.low);
}

bool graft_hash_from_text(const char *text, graft_hash *out) {
    uint64_t half[2] = {0, 0};
    if (strlen(text) != GRAFT_HASH_TEXT - 1) return false;
    for (int i = 0; i < GRAFT_HASH_TEXT - 1; i++) {
        char c = text[i];
        int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (digit < 0) return false;
        half[i / 16] = half[i / 16] << 4 | (uint64_t)digit;
    }
    *out = (graft_hash){.high = half[0], .low = half[1]};
    return true;
}

struct graft_hasher {
    XXH3_state_t state;
};

graft_status graft_hasher_new(graft_hasher **out) {
    graft_hasher *hasher = graft_allocate_aligned(1, sizeof *hasher);
    if (!hasher) return graft_fail_memory("a hash state");
    XXH3_128bits_reset(&hasher->state);
    *out = hasher;
    return GRAFT_OK;
}

void graft_hasher_free(graft_hasher *hasher) {
    graft_release(hasher);
}

void graft_hasher_add(graft_hasher *hasher, const void *bytes, size_t length) {
    XXH3_128bits_update(&hasher->state, bytes, length);
}

void graft_hasher_add_u64(graft_hasher *hasher, uint64_t value) {
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(value >> (8 * i));
    graft_hasher_add(hasher, bytes, sizeof bytes);
}

void graft_hasher_add_text(graft_hasher *hasher, const char *text) {
    graft_hasher_add_u64(hasher, strlen(text));
    graft_hasher_add(hasher, text, strlen(text));
}

graft_hash graft_hasher_value(const graft_hasher *hasher) {
    return from_xxh(XXH3_128bits_digest(&hasher->state));
}
