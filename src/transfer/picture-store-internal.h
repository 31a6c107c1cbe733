/* The insides of the store of decoded pictures. */
#ifndef GRAFT_SRC_TRANSFER_PICTURE_STORE_INTERNAL_H
#define GRAFT_SRC_TRANSFER_PICTURE_STORE_INTERNAL_H

#include "base/file.h"
#include "transfer/cache-index.h"
#include "transfer/picture-store.h"

#define GRAFT_SHARD_VERSION 1

typedef struct graft_shard_header {
    char magic[8];
    uint32_t version, side;
    uint64_t reserved[5], checksum;
} graft_shard_header;
_Static_assert(sizeof(graft_shard_header) == 64, "the header has no padding");

typedef struct graft_stored_header {
    uint64_t checksum, content_high, content_low;
    uint32_t width, height;
} graft_stored_header;
_Static_assert(sizeof(graft_stored_header) == 32, "the header has no padding");

struct graft_picture_store {
    graft_context *context;
    char *folder; /* NULL: nothing is kept */
    char key[GRAFT_HASH_TEXT];
    int side;
    unsigned next; /* number of the next shard */
    graft_mapping *shards;
    size_t count, capacity;
    graft_cache_index index; /* a place's fd is its shard */
};

graft_shard_header graft_shard_header_of(const graft_picture_store *store);
size_t graft_stored_bytes(uint32_t width, uint32_t height); /* of a whole record */
/* Maps a shard and takes its records in; a damaged one is told to the log. */
GRAFT_MUST_CHECK graft_status graft_picture_store_add(graft_picture_store *store, const char *path);

#endif
