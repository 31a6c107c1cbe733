/* Deflated bytes (RFC 1951) in a zlib or gzip stream (RFC 1950, 1952), unpacked into room that the caller has bounded:
 * a few bytes can stand for a thousand times as many. */
#ifndef GRAFT_SRC_BASE_INFLATE_H
#define GRAFT_SRC_BASE_INFLATE_H

#include <graft/base.h>

typedef enum graft_deflated {
    GRAFT_DEFLATED_ZLIB,
    GRAFT_DEFLATED_GZIP, /* the first member; what follows it is ignored */
} graft_deflated;

/* The most bytes that a deflated byte can stand for. */
enum { GRAFT_INFLATE_RATIO = 1032 };

/* Unpacks at most `room` bytes into `out` (NULL: counts them only). *got is how many there were, room + 1 for more;
 * *whole tells that the stream ended as it should, checksum and all. Errors: GRAFT_E_MEMORY. */
GRAFT_MUST_CHECK graft_status graft_inflate(graft_deflated form, const void *bytes, size_t length, void *out,
                                            size_t room, size_t *got, bool *whole);

#endif
