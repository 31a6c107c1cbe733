/* What the files of this module share. */
#ifndef GRAFT_SRC_FETCH_FETCH_INTERNAL_H
#define GRAFT_SRC_FETCH_FETCH_INTERNAL_H

#include "fetch/fetch.h"

enum { GRAFT_FETCH_TAG = 512, GRAFT_FETCH_URL = 4096 };

/* The file as far as it is there: open, locked, with the digests of what it holds. */
typedef struct graft_part {
    char *path, *tag_path;
    int fd;
    uint64_t length, kept;     /* now; of an earlier attempt */
    char tag[GRAFT_FETCH_TAG]; /* of the version it belongs to; "": unknown */
    graft_digest_kind kind;    /* of `wanted` */
    graft_digest *sha256, *wanted;
} graft_part;

/* Opens and locks PATH.part and hashes what is there; what belongs to another address, or (unless `certain`: a digest
 * will tell in the end) to an unknown version, is dropped. Errors: GRAFT_E_DATA: another process has it; cannot be
 * written. */
GRAFT_MUST_CHECK graft_status graft_part_open(graft_context *context, const char *path, const char *url,
                                              graft_digest_kind kind, bool certain, graft_part *out);
void graft_part_close(graft_part *part); /* the file stays; an empty one goes */
GRAFT_MUST_CHECK graft_status graft_part_restart(graft_part *part);
/* Remembers which version of `url` the bytes are of. */
GRAFT_MUST_CHECK graft_status graft_part_mark(graft_part *part, const char *url, const char *tag);
GRAFT_MUST_CHECK graft_status graft_part_add(graft_part *part, const void *bytes, size_t length);
/* Ends the digests: once. */
GRAFT_MUST_CHECK graft_status graft_part_digests(graft_part *part, char sha256[GRAFT_DIGEST_TEXT],
                                                 char wanted[GRAFT_DIGEST_TEXT]);
GRAFT_MUST_CHECK graft_status graft_part_finish(graft_part *part, const char *path); /* gives it its own name */
void graft_part_drop(graft_part *part);                                              /* removes it */

/* One request: the rest of the part, or all of it. *again: the server will not go on, and the part is empty now: ask
 * once more. */
GRAFT_MUST_CHECK graft_status graft_fetch_rest(graft_context *context, const char *url,
                                               const graft_fetch_options *options, graft_part *part, bool *again);

#endif
