/* Reading zip archives: what PyTorch, Keras 3 and NumPy pack their files into. Members are stored or deflated; an
 * archive whose members would unpack to far more than the file, overlap or share a name is refused when it is opened.
 */
#ifndef GRAFT_SRC_FORMATS_ARCHIVE_H
#define GRAFT_SRC_FORMATS_ARCHIVE_H

#include <graft/base.h>

/* What a file may unpack to: this, or that many times its own size. */
#define GRAFT_ARCHIVE_FREE_BYTES ((uint64_t)16 << 20)
#define GRAFT_ARCHIVE_MAX_RATIO 100
bool graft_archive_is_bomb(uint64_t file_bytes, uint64_t unpacked_bytes);

/* The name of the first member, from a file's first bytes; NULL: no zip archive. Not NUL-terminated. */
const char *graft_archive_first_name(const unsigned char *head, size_t length, size_t *name_length);

typedef struct graft_archive graft_archive;

/* Errors: GRAFT_E_DATA. */
GRAFT_MUST_CHECK graft_status graft_archive_open(const char *path, graft_archive **out);
void graft_archive_close(graft_archive *archive);

uint64_t graft_archive_file_bytes(const graft_archive *archive);
size_t graft_archive_count(const graft_archive *archive);
const char *graft_archive_name(const graft_archive *archive, size_t index);
uint64_t graft_archive_size(const graft_archive *archive, size_t index); /* unpacked */
bool graft_archive_find(const graft_archive *archive, const char *name, size_t *index);

/* Unpacks the first `length` bytes of a member, at most its size; the checksum is verified when that is all of it.
 * Errors: GRAFT_E_DATA. */
GRAFT_MUST_CHECK graft_status graft_archive_read(graft_archive *archive, size_t index, void *out, size_t length);
/* Unpacks a member that must have at most `limit` bytes. *out is NUL-terminated; release with graft_release. */
GRAFT_MUST_CHECK graft_status graft_archive_take(graft_archive *archive, size_t index, uint64_t limit, char **out,
                                                 size_t *length);

#endif
