/* A file from the network, over libcurl, which stops here: http and https (certificates are always checked), resumed
 * where an earlier attempt stopped, hashed while it comes, under its own name only when it is whole and right. */
#ifndef GRAFT_SRC_FETCH_FETCH_H
#define GRAFT_SRC_FETCH_FETCH_H

#include "base/hash.h"

/* A member of 0 or NULL means the default. */
typedef struct graft_fetch_options {
    double connect_seconds; /* until the server must have answered a connection: 30 */
    double stall_seconds;   /* without a byte: 60 */
    uint64_t limit;         /* bytes at most: 8 GiB */
    graft_digest_kind kind; /* of `digest` */
    const char *digest;     /* lower-case hexadecimal digits, perhaps only the first; NULL or "": unknown */
    /* Looks at the whole file, under its temporary name, before it gets its own; a failure removes it. */
    graft_status (*check)(void *user, const char *path);
    void *user;
} graft_fetch_options;

typedef struct graft_fetch_result {
    uint64_t bytes;   /* of the file */
    uint64_t resumed; /* of these were there from an earlier attempt */
    char sha256[GRAFT_DIGEST_TEXT];
} graft_fetch_result;

/* Brings `url` to `path`, by way of PATH.part, which is locked against a second process, and PATH.part.tag, which holds
 * the address and the version (ETag or date) that the part belongs to: a file that has changed meanwhile begins anew.
 * Up to 5 redirections are followed, from https to https alone. Progress is told as the phase "pull", in bytes.
 * When the connection breaks, a limit is met, the disk is full or the context is cancelled, the part stays and the next
 * call goes on; bytes with a wrong digest are removed. `options` may be NULL.
 * Errors: GRAFT_E_USAGE: no address of http or https; GRAFT_E_DATA: one line with the address, what happened and what
 * helps; GRAFT_E_CANCELLED. */
GRAFT_MUST_CHECK graft_status graft_fetch(graft_context *context, const char *url, const char *path,
                                          const graft_fetch_options *options, graft_fetch_result *result);

#endif
