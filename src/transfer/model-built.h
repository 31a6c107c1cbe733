/* Models whose networks are built anew from a specification (of series, of generators): one sealed safetensors file
 * with the tensors, whose metadata hold the specification. */
#ifndef GRAFT_SRC_TRANSFER_MODEL_BUILT_H
#define GRAFT_SRC_TRANSFER_MODEL_BUILT_H

#include "formats/container.h"
#include "transfer/tensor-list.h"
#include "json/json.h"

typedef struct graft_built_kind {
    const char *format; /* in the metadata */
    int version;
    const char *expected; /* what a file of another format is not, and what writes one: of the error */
} graft_built_kind;

/* Writes atomically, sealed. `specification` stays the caller's; the list is only read. Errors: GRAFT_E_IO,
 * GRAFT_E_MEMORY. */
GRAFT_MUST_CHECK graft_status graft_built_write(const graft_built_kind *kind, const graft_json *specification,
                                                const graft_tensor_list *list, const char *path);
/* Checks format, version and seal of a file that is open; release *specification with graft_json_free.
 * Errors: GRAFT_E_DATA, GRAFT_E_IO, GRAFT_E_MEMORY. */
GRAFT_MUST_CHECK graft_status graft_built_read(const graft_built_kind *kind, const graft_container *file,
                                               const char *path, graft_json **specification);
/* A whole number of a specification. Errors: GRAFT_E_DATA (absent, out of range). */
GRAFT_MUST_CHECK graft_status graft_built_whole(const graft_json *specification, const char *key, int64_t low,
                                                int64_t high, int64_t *out);

#endif
