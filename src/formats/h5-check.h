/* Walks an HDF5 file's structures before HDF5 sees them. HDF5 1.10 reads and writes past buffers, leaks and loops
 * without end on damaged files; what it is given has been checked here. The walk covers superblocks 0, 2 and 3, both
 * kinds of object headers, symbol-table groups and links in headers, version 1 B-trees, local and global heaps, and
 * chunks with gzip, shuffle and fletcher32. What only libver="latest" writes (links in fractal heaps, version 2
 * B-trees, new chunk indexes) carries checksums, which HDF5 verifies: the walk does not enter it, and objects that
 * are found only through it are walked when they are opened.
 * Format: HDF5 File Format Specification version 3.0, sections II to IV. */
#ifndef GRAFT_SRC_FORMATS_H5_CHECK_H
#define GRAFT_SRC_FORMATS_H5_CHECK_H

#include "base/file.h"

typedef struct h5_walk h5_walk;

/* Maps the file and walks what can be reached; close it also after a failure. `path` is borrowed.
 * Errors: GRAFT_E_DATA, with the byte where the damage is. */
GRAFT_MUST_CHECK graft_status graft_h5_check_open(const char *path, h5_walk **out);
/* The same for a file in memory, which is borrowed. */
GRAFT_MUST_CHECK graft_status graft_h5_check_image(const char *name, const void *bytes, size_t length, h5_walk **out);
void graft_h5_check_close(h5_walk *walk);
/* Walks from the object header at this address, unless that was done before. */
GRAFT_MUST_CHECK graft_status graft_h5_check_at(h5_walk *walk, uint64_t address);

/* ---- for h5-check*.c ---- */

#define H5_UNDEFINED UINT64_MAX /* the address of what does not exist */

struct h5_walk {
    const char *path;
    graft_mapping mapping;
    const unsigned char *data;
    uint64_t length;             /* up to the end the superblock states */
    unsigned leaf_k, internal_k; /* half the capacity of the groups' nodes */
    uint64_t steps;              /* taken so far: bounded, whatever the file refers to how often */
    struct graft_strmap *seen;   /* object headers, by address */
    uint64_t *pending;           /* object headers still to walk */
    size_t pending_count, pending_capacity;
};

/* `length` bytes at `address`, or NULL when the file does not have them. */
const unsigned char *graft_h5_bytes(const h5_walk *walk, uint64_t address, uint64_t length);
GRAFT_MUST_CHECK graft_status graft_h5_damaged(const h5_walk *walk, uint64_t address, const char *what);
GRAFT_MUST_CHECK graft_status graft_h5_step(h5_walk *walk, uint64_t address);
/* Notes an object header to be walked, once. */
GRAFT_MUST_CHECK graft_status graft_h5_visit(h5_walk *walk, uint64_t address);

uint16_t graft_h5_u16(const unsigned char *bytes);
uint32_t graft_h5_u32(const unsigned char *bytes);
uint64_t graft_h5_u64(const unsigned char *bytes);

/* What newer structures end with. */
uint32_t graft_h5_checksum(const unsigned char *bytes, size_t length);

/* A group's B-tree and local heap; visits its members. */
GRAFT_MUST_CHECK graft_status graft_h5_check_group(h5_walk *walk, uint64_t tree, uint64_t heap);

typedef struct h5_chunking {
    unsigned rank;         /* of the dataset */
    uint64_t bytes;        /* of one unpacked chunk */
    bool deflate, checked; /* the filters: gzip, fletcher32 */
} h5_chunking;
/* A chunked dataset's B-tree and its chunks, which must unpack to their size. */
GRAFT_MUST_CHECK graft_status graft_h5_check_chunks(h5_walk *walk, uint64_t tree, const h5_chunking *chunking);

/* A text in a global heap: `reference` is 16 bytes: length, address, index. */
GRAFT_MUST_CHECK graft_status graft_h5_check_text(h5_walk *walk, const unsigned char *reference);

/* An object header's messages. */
GRAFT_MUST_CHECK graft_status graft_h5_check_object(h5_walk *walk, uint64_t address);

/* What a datatype or dataspace message says. `used`: its bytes. false: damaged, or of no kind that graft reads. */
typedef struct h5_type {
    size_t used;
    uint32_t size;
    unsigned class;
    bool text; /* of variable length */
} h5_type;
bool graft_h5_parse_type(const unsigned char *bytes, size_t length, h5_type *out);
typedef struct h5_space {
    unsigned rank;
    uint64_t count; /* elements; UINT64_MAX when they overflow */
} h5_space;
bool graft_h5_parse_space(const unsigned char *bytes, size_t length, h5_space *out);

#endif
