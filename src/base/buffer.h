/* A growable byte buffer with a cap: nothing that comes from a file can make it grow without bound. */
#ifndef GRAFT_SRC_BASE_BUFFER_H
#define GRAFT_SRC_BASE_BUFFER_H

#include <graft/base.h>

typedef struct graft_buffer {
    char *data;    /* NUL-terminated whenever it is not NULL */
    size_t length; /* without the NUL */
    size_t capacity;
    size_t limit;        /* bytes at most; 0: 1 GiB */
    graft_status failed; /* sticky: once an append fails, later ones do nothing */
} graft_buffer;

void graft_buffer_init(graft_buffer *buffer, size_t limit);
void graft_buffer_clear(graft_buffer *buffer); /* releases the bytes */
/* Appends: failures stick and are told once by graft_buffer_status, so that writers stay readable. */
void graft_buffer_add(graft_buffer *buffer, const void *bytes, size_t length);
void graft_buffer_text(graft_buffer *buffer, const char *text);
void graft_buffer_format(graft_buffer *buffer, const char *format, ...) GRAFT_PRINTF(2, 3);
void graft_buffer_base64(graft_buffer *buffer, const void *bytes, size_t length);
GRAFT_MUST_CHECK graft_status graft_buffer_status(const graft_buffer *buffer);
/* Hands the text over; release with graft_release. */
GRAFT_MUST_CHECK graft_status graft_buffer_take(graft_buffer *buffer, char **out, size_t *length);

#endif
