/* Keeps features and decoded pictures together below the cache's limit. */
#ifndef GRAFT_SRC_TRANSFER_CACHE_EVICT_H
#define GRAFT_SRC_TRANSFER_CACHE_EVICT_H

#include <graft/base.h>

/* Removes what nobody holds (flock) of the context's cache, stores of features and shards of pictures alike and the
 * least recently used first, until `bytes` more stay below its limit. *fits false: they do not, as what is left is in
 * use. A context without a cache has room. Errors: GRAFT_E_MEMORY; an unreadable folder counts as empty. */
GRAFT_MUST_CHECK graft_status graft_cache_fit(graft_context *context, uint64_t bytes, bool *fits);

#endif
