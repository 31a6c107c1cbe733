/* The shards of one weight group of a TF.js model: files that, one behind the other, are its bytes. */
#ifndef GRAFT_SRC_FORMATS_TFJS_SHARDS_H
#define GRAFT_SRC_FORMATS_TFJS_SHARDS_H

#include "base/file.h"
#include "json/json.h"

typedef struct graft_tfjs_shards {
    graft_mapping *shard;
    size_t count;
} graft_tfjs_shards;

/* Maps the files that `paths` (a list of texts) names relative to the folder of `model`, the path of model.json.
 * Errors: GRAFT_E_DATA, with the shard's name: missing, outside of the folder, not `bytes` in all. Close it also
 * after a failure. */
GRAFT_MUST_CHECK graft_status graft_tfjs_shards_open(const char *model, const graft_json *paths, uint64_t bytes,
                                                     graft_tfjs_shards *out);
/* Copies `length` bytes from `offset` on; they lie within the bytes given to open. */
void graft_tfjs_shards_copy(const graft_tfjs_shards *shards, uint64_t offset, void *out, size_t length);
void graft_tfjs_shards_close(graft_tfjs_shards *shards);

#endif
