/* Hashes: XXH3 (128 bits) for contents and keys, SHA-256 (and MD5, where others publish it) for files that travel. */
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

typedef enum graft_digest_kind { GRAFT_DIGEST_MD5, GRAFT_DIGEST_SHA256 } graft_digest_kind;
#define GRAFT_DIGEST_TEXT 65 /* 64 hexadecimal digits (MD5: 32) and the NUL */
typedef struct graft_digest graft_digest;
GRAFT_MUST_CHECK graft_status graft_digest_new(graft_digest_kind kind, graft_digest **out);
void graft_digest_free(graft_digest *digest); /* NULL is fine */
GRAFT_MUST_CHECK graft_status graft_digest_add(graft_digest *digest, const void *bytes, size_t length);
GRAFT_MUST_CHECK graft_status graft_digest_text(graft_digest *digest,
                                                char out[GRAFT_DIGEST_TEXT]); /* once, at the end */

#endif
