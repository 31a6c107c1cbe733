/* The boundary cache: what frozen layers make of a picture, stored once for each (picture, view, cut).
 *
 * One store is one file, CACHE/features/<key>.cut, for one cut of one network with one preprocessing: 64 bytes of
 * header, then records of one fixed size, appended and never changed:
 *   u64 checksum of the rest of the record | u64 content high, low | u64 view | values, padded to 8 bytes
 * A record counts only when its checksum is right; a torn tail or a flipped bit means "not there". Several processes
 * may share a store: appends hold a lock, readers need none. Together with the decoded pictures (picture-store.h)
 * stores stay below the context's limit: what was least recently used goes first, what is in use never. Where the file
 * cannot grow (no cache wanted, disk full, limit reached) records go to an unnamed temporary file, and to memory when
 * even that is full: a run never ends for it. */
#ifndef GRAFT_SRC_TRANSFER_CACHE_H
#define GRAFT_SRC_TRANSFER_CACHE_H

#include "base/hash.h"
#include "tensor/tensor.h"

#define GRAFT_CACHE_VERSION 2

typedef struct graft_cache_store graft_cache_store;

/* `width` values of GRAFT_F32 or GRAFT_F16 a record. A damaged file is replaced; one that cannot be opened is told to
 * the log and done without. */
GRAFT_MUST_CHECK graft_status graft_cache_open(graft_context *context, graft_hash key, size_t width, graft_dtype dtype,
                                               graft_cache_store **out);
void graft_cache_close(graft_cache_store *store);

size_t graft_cache_record_bytes(const graft_cache_store *store);

/* Removes what was least recently used until `bytes` more fit below the context's limit; where they do not, `stores`
 * are told to put new records elsewhere. */
GRAFT_MUST_CHECK graft_status graft_cache_make_room(graft_context *context, graft_cache_store **stores, size_t count,
                                                    uint64_t bytes);

/* The record of `content` seen as `view`: true when it is there and its checksum is right. `row` gets `width` floats.
 * `record` is the caller's room for graft_cache_record_bytes(), aligned as graft_allocate's is. Several threads may
 * read at once, each with a room of its own; nothing is allocated. */
bool graft_cache_read(graft_cache_store *store, graft_hash content, uint64_t view, void *record, float *row);

/* Appends a record. When the store holds GRAFT_F16, values are rounded, and those beyond its range clipped, which the
 * log is told once. Safe from any thread. Errors: GRAFT_E_MEMORY. */
GRAFT_MUST_CHECK graft_status graft_cache_append(graft_cache_store *store, graft_hash content, uint64_t view,
                                                 const float *row);

#endif
