/* Where the records of a store lie: a hash table from content and view to place. */
#ifndef GRAFT_SRC_TRANSFER_CACHE_INDEX_H
#define GRAFT_SRC_TRANSFER_CACHE_INDEX_H

#include "base/hash.h"

#include <sys/types.h>

typedef struct graft_cache_place {
    graft_hash content;
    uint64_t view;
    int fd; /* the file that holds the record; -1: `memory` holds it */
    off_t offset;
    void *memory;
    bool used;
} graft_cache_place;

typedef struct graft_cache_index {
    graft_cache_place *place;
    size_t capacity, count; /* capacity: 0 or a power of two */
} graft_cache_index;

/* A later record of the same content and view replaces the earlier. Errors: GRAFT_E_MEMORY. */
GRAFT_MUST_CHECK graft_status graft_cache_index_put(graft_cache_index *index, const graft_cache_place *place);
/* NULL: absent. */
const graft_cache_place *graft_cache_index_get(const graft_cache_index *index, graft_hash content, uint64_t view);
void graft_cache_index_clear(graft_cache_index *index); /* releases the table and the records in memory */

#endif
