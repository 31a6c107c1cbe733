/* Files: whole reads with a cap, mappings, atomic replacement, ordered folder listings. */
#ifndef GRAFT_SRC_BASE_FILE_H
#define GRAFT_SRC_BASE_FILE_H

#include <graft/base.h>
#include <stdio.h>

/* Reads a whole regular file of at most `limit` bytes (0: 1 GiB). *out is NUL-terminated; release with
 * graft_release. Errors: GRAFT_E_DATA: missing, no permission, not a regular file, too large. */
GRAFT_MUST_CHECK graft_status graft_file_read(const char *path, size_t limit, char **out, size_t *length);
/* The same into memory of the caller's that grows where it must and serves the next file too: *bytes has *capacity
 * bytes (NULL and 0 at first); release with graft_release, also after a failure. */
GRAFT_MUST_CHECK graft_status graft_file_read_into(const char *path, size_t limit, char **bytes, size_t *capacity,
                                                   size_t *length);

/* A read-only mapping of a whole regular file. An empty file maps to length 0 and data NULL. */
typedef struct graft_mapping {
    const unsigned char *data;
    size_t length;
} graft_mapping;
GRAFT_MUST_CHECK graft_status graft_file_map(const char *path, graft_mapping *out);
/* The same of a file of a cache: a shared flock marks it as in use until it is unmapped, and its time of change becomes
 * now, for who removes the least recently used. Where either cannot be done it is mapped all the same. */
GRAFT_MUST_CHECK graft_status graft_file_map_cached(const char *path, graft_mapping *out);
void graft_file_unmap(graft_mapping *mapping);

/* Writes to a temporary file beside `path`; commit syncs and renames it over `path`, so that a reader, a
 * full disk or a crash sees the old bytes or the new ones, never a mixture. */
typedef struct graft_file_writer graft_file_writer;
GRAFT_MUST_CHECK graft_status graft_file_writer_open(const char *path, graft_file_writer **out);
GRAFT_MUST_CHECK graft_status graft_file_writer_write(graft_file_writer *writer, const void *bytes, size_t length);
/* Overwrites bytes already written, at an absolute offset (for headers known only at the end). */
GRAFT_MUST_CHECK graft_status graft_file_writer_patch(graft_file_writer *writer, uint64_t offset, const void *bytes,
                                                      size_t length);
GRAFT_MUST_CHECK graft_status graft_file_writer_commit(graft_file_writer **writer); /* frees in any case */
void graft_file_writer_abort(graft_file_writer *writer); /* removes the temporary file; NULL is fine */
/* All of the above in one go. */
GRAFT_MUST_CHECK graft_status graft_file_write(const char *path, const void *bytes, size_t length);

/* What stands between a file's name and six or more letters and digits while it is being written. */
#define GRAFT_FILE_TEMPORARY ".tmp-"
/* Removes what writers that were killed left in `folder`: temporary files whose names begin with `stem` ("": with
 * anything) and that nobody has written to for `age` seconds. What cannot be removed stays. */
void graft_file_sweep(const char *folder, const char *stem, double age);

/* An unnamed file for what does not fit into memory: in the context's cache folder, else in the system's folder for
 * temporary files; gone with its last descriptor. Close *fd with close(). Errors: GRAFT_E_DATA. */
GRAFT_MUST_CHECK graft_status graft_file_scratch(graft_context *context, int *fd);
/* Whole reads and writes at an offset, going on after interruptions; false when it cannot be done. */
bool graft_file_pread(int fd, void *bytes, size_t length, uint64_t offset);
bool graft_file_pwrite(int fd, const void *bytes, size_t length, uint64_t offset);

typedef enum graft_file_kind {
    GRAFT_FILE_MISSING,
    GRAFT_FILE_REGULAR,
    GRAFT_FILE_FOLDER,
    GRAFT_FILE_OTHER
} graft_file_kind;
graft_file_kind graft_file_kind_of(const char *path); /* follows links */

/* The names in a folder, without "." and "..", in byte order. */
typedef struct graft_names {
    char **name;
    size_t count;
} graft_names;
GRAFT_MUST_CHECK graft_status graft_folder_list(const char *path, graft_names *out);
void graft_names_free(graft_names *names);

GRAFT_MUST_CHECK graft_status graft_folder_make(const char *path); /* with its parents */
char *graft_path_join(const char *folder, const char *name);       /* NULL without memory; graft_release */
const char *graft_path_name(const char *path);                     /* after the last '/' ; borrowed */

#endif
