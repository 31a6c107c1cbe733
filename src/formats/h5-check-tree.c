/* B-trees of version 1 and what hangs on them: groups with their local heaps, and chunks. */
#include "base/error.h"
#include "base/inflate.h"
#include "formats/h5-check.h"

#include <string.h>

#define NODE_HEAD 24
#define CHUNK_K 32   /* half the capacity of a chunk B-tree's nodes, with superblock 0 */
#define MAX_LEVEL 16 /* 2^16 nodes at the least: more than any real file */
#define ENTRY 40     /* bytes of a symbol table entry */

typedef struct local_heap {
    const unsigned char *data;
    uint64_t length;
} local_heap;

/* HDF5 follows the list of free blocks: it must end. */
static graft_status check_free_list(h5_walk *walk, uint64_t address, const local_heap *heap, uint64_t next) {
    for (uint64_t blocks = 0; next != 1; blocks++) {
        if (next > heap->length || heap->length - next < 16 || blocks > heap->length / 16) {
            return graft_h5_damaged(walk, address, "a local heap's free list");
        }
        uint64_t size = graft_h5_u64(heap->data + next + 8);
        if (size < 16 || size > heap->length - next)
            return graft_h5_damaged(walk, address, "a local heap's free block");
        next = graft_h5_u64(heap->data + next);
        GRAFT_TRY(graft_h5_step(walk, address));
    }
    return GRAFT_OK;
}

static graft_status open_heap(h5_walk *walk, uint64_t address, local_heap *out) {
    const unsigned char *at = graft_h5_bytes(walk, address, 32);
    if (!at || memcmp(at, "HEAP", 4) != 0 || at[4] != 0) return graft_h5_damaged(walk, address, "no local heap");
    out->length = graft_h5_u64(at + 8);
    out->data = graft_h5_bytes(walk, graft_h5_u64(at + 24), out->length);
    if (!out->data) return graft_h5_damaged(walk, address, "a local heap beyond the file's end");
    return check_free_list(walk, address, out, graft_h5_u64(at + 16));
}

static bool has_name(const local_heap *heap, uint64_t offset) {
    return offset < heap->length && memchr(heap->data + offset, '\0', heap->length - offset);
}

static graft_status check_members(h5_walk *walk, const local_heap *heap, uint64_t address) {
    const unsigned char *at = graft_h5_bytes(walk, address, 8 + 2 * (uint64_t)walk->leaf_k * ENTRY);
    if (!at || memcmp(at, "SNOD", 4) != 0 || at[4] != 1 || graft_h5_u16(at + 6) > 2 * walk->leaf_k) {
        return graft_h5_damaged(walk, address, "no symbol table node");
    }
    for (unsigned i = 0; i < graft_h5_u16(at + 6); i++) {
        const unsigned char *entry = at + 8 + (size_t)i * ENTRY;
        uint32_t kind = graft_h5_u32(entry + 16);
        GRAFT_TRY(graft_h5_step(walk, address));
        if (!has_name(heap, graft_h5_u64(entry)) || kind > 2 ||
            (kind == 2 && !has_name(heap, graft_h5_u32(entry + 24)))) {
            return graft_h5_damaged(walk, address, "a group's member");
        }
        if (kind != 2) GRAFT_TRY(graft_h5_visit(walk, graft_h5_u64(entry + 8)));
    }
    return GRAFT_OK;
}

/* A node of a B-tree with room for 2 * `half` children, each behind a key of `key` bytes; NULL: there is none. */
static const unsigned char *find_node(const h5_walk *walk, uint64_t address, unsigned type, unsigned half, size_t key) {
    const unsigned char *at = graft_h5_bytes(walk, address, NODE_HEAD + 2 * (uint64_t)half * (key + 8) + key);
    bool node = at && memcmp(at, "TREE", 4) == 0 && at[4] == type && graft_h5_u16(at + 6) <= 2 * half;
    return node && at[5] <= MAX_LEVEL ? at : NULL;
}

static graft_status check_group_node(h5_walk *walk, const local_heap *heap, uint64_t address, unsigned expected_level) {
    const unsigned char *node = find_node(walk, address, 0, walk->internal_k, 8);
    if (!node) return graft_h5_damaged(walk, address, "no B-tree node");
    GRAFT_TRY(graft_h5_step(walk, address));
    unsigned level = node[5], count = graft_h5_u16(node + 6);
    if (expected_level <= MAX_LEVEL && level != expected_level)
        return graft_h5_damaged(walk, address, "a B-tree node's level");
    for (unsigned i = 0; i <= count && count > 0; i++) {
        if (!has_name(heap, graft_h5_u64(node + NODE_HEAD + (size_t)i * 16)))
            return graft_h5_damaged(walk, address, "a B-tree key");
    }
    for (unsigned i = 0; i < count; i++) {
        uint64_t child = graft_h5_u64(node + NODE_HEAD + (size_t)i * 16 + 8);
        if (level > 0) {
            GRAFT_TRY(check_group_node(walk, heap, child, level - 1));
        } else {
            GRAFT_TRY(check_members(walk, heap, child));
        }
    }
    return GRAFT_OK;
}

graft_status graft_h5_check_group(h5_walk *walk, uint64_t tree, uint64_t heap) {
    local_heap names = {0};
    GRAFT_TRY(open_heap(walk, heap, &names));
    return check_group_node(walk, &names, tree, MAX_LEVEL + 1);
}

/* HDF5 does not look whether a chunk unpacks to its whole size. */
static graft_status check_chunk(h5_walk *walk, const h5_chunking *chunking, const unsigned char *key,
                                uint64_t address) {
    uint64_t length = graft_h5_u32(key);
    const unsigned char *bytes = graft_h5_bytes(walk, address, length);
    uint64_t check = chunking->checked ? 4 : 0;
    if (!bytes || graft_h5_u32(key + 4) != 0 || length < check) return graft_h5_damaged(walk, address, "a chunk");
    size_t unpacked = length - check;
    bool whole = true;
    if (chunking->deflate)
        GRAFT_TRY(graft_inflate(GRAFT_DEFLATED_ZLIB, bytes, length - check, NULL, chunking->bytes, &unpacked, &whole));
    return whole && unpacked == chunking->bytes
               ? GRAFT_OK
               : graft_h5_damaged(walk, address, "a chunk that does not unpack to its size");
}

static graft_status check_chunk_node(h5_walk *walk, const h5_chunking *chunking, uint64_t address,
                                     unsigned expected_level) {
    size_t key = 8 + 8 * ((size_t)chunking->rank + 1);
    const unsigned char *node = find_node(walk, address, 1, CHUNK_K, key);
    if (!node) return graft_h5_damaged(walk, address, "no B-tree node");
    GRAFT_TRY(graft_h5_step(walk, address));
    unsigned level = node[5];
    if (expected_level <= MAX_LEVEL && level != expected_level)
        return graft_h5_damaged(walk, address, "a B-tree node's level");
    for (unsigned i = 0; i < graft_h5_u16(node + 6); i++) {
        const unsigned char *at = node + NODE_HEAD + i * (key + 8);
        uint64_t child = graft_h5_u64(at + key);
        if (level > 0) {
            GRAFT_TRY(check_chunk_node(walk, chunking, child, level - 1));
        } else {
            GRAFT_TRY(graft_h5_step(walk, address));
            GRAFT_TRY(check_chunk(walk, chunking, at, child));
        }
    }
    return GRAFT_OK;
}

graft_status graft_h5_check_chunks(h5_walk *walk, uint64_t tree, const h5_chunking *chunking) {
    return check_chunk_node(walk, chunking, tree, MAX_LEVEL + 1);
}
