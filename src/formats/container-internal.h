/* What the files of this module share: the container's insides and how a format fills them. */
#ifndef GRAFT_SRC_FORMATS_CONTAINER_INTERNAL_H
#define GRAFT_SRC_FORMATS_CONTAINER_INTERNAL_H

#include "base/strmap.h"
#include "formats/container.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the files' little-endian bytes are used as they are");

#define GRAFT_CONTAINER_MAX_ENTRIES 65536
#define GRAFT_CONTAINER_MAX_BYTES ((uint64_t)4 << 30) /* of one tensor, as stored and as F32 */

struct graft_container {
    char *path;
    const graft_format *format;
    graft_entry *entries;
    size_t count, capacity;
    char **texts; /* what the entries' names and groups point to */
    size_t text_count, text_capacity;
    graft_strmap *names;
    graft_json *config;   /* NULL: weights only */
    graft_json *metadata; /* always an object */
    void *state;          /* the format's own */
};

/* Adds an entry; the texts are copied. Errors: GRAFT_E_DATA (a second tensor of that name, too many tensors),
 * GRAFT_E_MEMORY. */
GRAFT_MUST_CHECK graft_status graft_container_add(graft_container *container, const graft_entry *entry);

/* Bytes of a tensor. Errors: GRAFT_E_DATA: negative sizes, or more than GRAFT_CONTAINER_MAX_BYTES. */
GRAFT_MUST_CHECK graft_status graft_container_size(graft_dtype dtype, const graft_shape *shape, uint64_t *bytes);

/* A JSON list of sizes. Errors: GRAFT_E_DATA. */
GRAFT_MUST_CHECK graft_status graft_container_parse_shape(const graft_json *json, graft_shape *out);

/* What a row of formats.def stands for:
 *   probe  is it this format? `head` holds the file's first bytes, up to GRAFT_PROBE_BYTES
 *   open   fills entries, config and metadata; may leave a state, also when it fails
 *   read   one tensor in its entry's dtype
 *   close  releases the state, which is NULL when open left none */
#define GRAFT_FORMAT(symbol, name, help)                                                                               \
    bool graft_##symbol##_probe(const unsigned char *head, size_t length);                                             \
    GRAFT_MUST_CHECK graft_status graft_##symbol##_open(graft_context *context, const char *path,                      \
                                                        graft_container *container);                                   \
    GRAFT_MUST_CHECK graft_status graft_##symbol##_read(graft_container *container, size_t index, graft_tensor **out); \
    void graft_##symbol##_close(void *state);
#include "formats/formats.def"
#undef GRAFT_FORMAT

#endif
