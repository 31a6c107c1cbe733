/* Decoded pictures for training that reads each of many in every epoch: decoded and reduced once, then read from memory
 * that the system keeps or drops as it likes.
 *
 * CACHE/pixels/<key>-<number>.pix are shards of up to GRAFT_SHARD_PICTURES pictures, written whole under another name
 * and then renamed, never changed: 64 bytes of header, then records in ascending places, each a multiple of 8 bytes:
 *   u64 checksum of the rest of the record | u64 content high, low | u32 width, height | RGB rows, padded with 0
 * A shard that a process has mapped is marked as in use; others go where the cache passes its limit (cache-evict.h).
 * The key holds the side and this layout's version. A record counts only when its checksum is right. A process that is
 * killed loses the shard it was working on; what it left is removed after a day. What is not stored (no cache wanted,
 * the context's limit reached, a picture of over GRAFT_STORED_BYTES) is decoded whenever it is asked for, to the same
 * pixels: the store changes the time that training takes and nothing else. */
#ifndef GRAFT_SRC_TRANSFER_PICTURE_STORE_H
#define GRAFT_SRC_TRANSFER_PICTURE_STORE_H

#include "base/hash.h"
#include "data/image.h"
#include <graft/data.h>

enum { GRAFT_SHARD_PICTURES = 1024, GRAFT_STORED_BYTES = 1 << 20 };

typedef struct graft_picture_store graft_picture_store;

/* `side`: pixels of the network's input. Pictures whose shorter side is over a quarter more are reduced to that, with
 * antialiasing, so that crops of them are still as sharp as the network sees. Damaged shards are left out, with a
 * warning. */
GRAFT_MUST_CHECK graft_status graft_picture_store_open(graft_context *context, int side, graft_picture_store **out);
void graft_picture_store_close(graft_picture_store *store);

/* Decodes and stores those of data's samples that are not there yet. Errors: GRAFT_E_DATA (a file changed since its
 * check), GRAFT_E_CANCELLED: whole shards stay. */
GRAFT_MUST_CHECK graft_status graft_picture_store_fill(graft_picture_store *store, const graft_dataset *data,
                                                       const size_t *sample, size_t count);

/* The stored picture, upright; *out borrows from the store and is not to be written to. From any thread. */
bool graft_picture_store_find(const graft_picture_store *store, graft_hash content, graft_image *out);

/* The same picture from a decoded one: *out is `decoded` itself where that is small enough, else its pixels go into
 * *room, which is grown (NULL and 0 at first; release with graft_release). */
GRAFT_MUST_CHECK graft_status graft_picture_reduce(int side, const graft_image *decoded, unsigned char **room,
                                                   size_t *capacity, graft_resize_scratch *scratch, graft_image *out);
/* What graft_decode is asked for at least, on both sides, before graft_picture_reduce. */
int graft_picture_least(int side);
int graft_picture_store_side(const graft_picture_store *store);

#endif
