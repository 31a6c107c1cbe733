/* HDF5's metadata checksum: Bob Jenkins' lookup3 (hashlittle, public domain, burtleburtle.net/bob/c/lookup3.c),
 * started at 0. */
#include "formats/h5-check.h"

#include <string.h>

static uint32_t rotate(uint32_t value, int bits) {
    return value << bits | value >> (32 - bits);
}

static void mix(uint32_t s[3]) {
    static const int bits[6] = {4, 6, 8, 16, 19, 4};
    for (int i = 0; i < 6; i++) {
        uint32_t *a = &s[i % 3], *b = &s[(i + 1) % 3], *c = &s[(i + 2) % 3];
        *a = (*a - *c) ^ rotate(*c, bits[i]);
        *c += *b;
    }
}

static void finish(uint32_t s[3]) {
    static const int bits[7] = {14, 11, 25, 16, 4, 14, 24};
    for (int i = 0; i < 7; i++) {
        uint32_t *to = &s[(i + 2) % 3], from = s[(i + 1) % 3];
        *to = (*to ^ from) - rotate(from, bits[i]);
    }
}

uint32_t graft_h5_checksum(const unsigned char *bytes, size_t length) {
    uint32_t s[3];
    s[0] = s[1] = s[2] = 0xdeadbeef + (uint32_t)length;
    for (; length > 12; bytes += 12, length -= 12) {
        for (size_t i = 0; i < 3; i++)
            s[i] += graft_h5_u32(bytes + 4 * i);
        mix(s);
    }
    if (length == 0) return s[2];
    unsigned char last[12] = {0};
    memcpy(last, bytes, length);
    for (size_t i = 0; i < 3; i++)
        s[i] += graft_h5_u32(last + 4 * i);
    finish(s);
    return s[2];
}
