/* Keeps the folder of stores below its limit. */
#ifndef GRAFT_SRC_TRANSFER_CACHE_EVICT_H
#define GRAFT_SRC_TRANSFER_CACHE_EVICT_H

#include <graft/base.h>

/* Removes stores nobody holds (flock), the least recently used first, until the folder holds at most `limit` bytes.
 * *left gets what it holds then, which may be more. Errors: GRAFT_E_MEMORY; an unreadable folder counts as empty. */
GRAFT_MUST_CHECK graft_status graft_cache_evict(graft_context *context, const char *folder, uint64_t limit,
                                                uint64_t *left);

#endif
