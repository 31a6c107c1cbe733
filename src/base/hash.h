/* Hashes: XXH3 (128 bits) for contents and keys, SHA-256 for files that are published. */
#ifndef GRAFT_SRC_BASE_HASH_H
#define GRAFT_SRC_BASE_HASH_H

#include <graft/base.h>

typedef struct graft_hash {
    uint64_t high, low;
} graft_hash;

#define GRAFT_HASH_TEXT 33 /* 32 hexadecimal digits and the NUL */

graft_hash graft_hash_bytes(const void *bytes, size_t length);
bool graft_hash_equal(graft_hash a, graft_hash b);
int graft_hash_compare(graft_hash a, graft_hash b);
void graft_hash_to_text(graft_hash hash, char out[GRAFT_HASH_TEXT]);
GRAFT_MUST_CHECK bool graft_hash_from_text(const char *text, graft_hash *out);

/* A running hash over parts; integers go in as little-endian bytes, texts with their length. */
typedef struct graft_hasher graft_hasher;
GRAFT_MUST_CHECK graft_status graft_hasher_new(graft_hasher **out);
void graft_hasher_free(graft_hasher *hasher);
void graft_hasher_add(graft_hasher *hasher, const void *bytes, size_t length);
void graft_hasher_add_text(graft_hasher *hasher, const char *text);
void graft_hasher_add_u64(graft_hasher *hasher, uint64_t value);
graft_hash graft_hasher_value(const graft_hasher *hasher);

/* 64-bit XXH3, for checksums of records. */
uint64_t graft_checksum(const void *bytes, size_t length);

#define GRAFT_SHA256_TEXT 65
typedef struct graft_sha256 graft_sha256;
GRAFT_MUST_CHECK graft_status graft_sha256_new(graft_sha256 **out);
void graft_sha256_free(graft_sha256 *sha);
GRAFT_MUST_CHECK graft_status graft_sha256_add(graft_sha256 *sha, const void *bytes, size_t length);
GRAFT_MUST_CHECK graft_status graft_sha256_text(graft_sha256 *sha, char out[GRAFT_SHA256_TEXT]);

#endif
