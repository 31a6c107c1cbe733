#include "formats/h5-check.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/strmap.h"

#include <stdio.h>
#include <string.h>

#define MAX_STEPS ((uint64_t)50 << 20)
#define SUPERBLOCK 96 /* bytes of version 0 with 8-byte addresses and lengths, with the root's entry */

const unsigned char *graft_h5_bytes(const h5_walk *walk, uint64_t address, uint64_t length) {
    return address <= walk->length && length <= walk->length - address ? walk->data + address : NULL;
}

graft_status graft_h5_damaged(const h5_walk *walk, uint64_t address, const char *what) {
    return graft_fail(GRAFT_E_DATA, "%s: truncated or damaged at byte %llu: %s (copy or download it again)", walk->path,
                      (unsigned long long)address, what);
}

graft_status graft_h5_step(h5_walk *walk, uint64_t address) {
    return ++walk->steps < MAX_STEPS ? GRAFT_OK
                                     : graft_h5_damaged(walk, address, "its parts refer to each other too often");
}

uint16_t graft_h5_u16(const unsigned char *bytes) {
    uint16_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

uint32_t graft_h5_u32(const unsigned char *bytes) {
    uint32_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

uint64_t graft_h5_u64(const unsigned char *bytes) {
    uint64_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

graft_status graft_h5_visit(h5_walk *walk, uint64_t address) {
    char key[24];
    size_t seen = 0;
    snprintf(key, sizeof key, "%llx", (unsigned long long)address);
    if (graft_strmap_get(walk->seen, key, &seen)) return GRAFT_OK;
    GRAFT_TRY(graft_strmap_set(walk->seen, key, 1));
    if (!graft_reserve(&walk->pending, &walk->pending_capacity, walk->pending_count + 1, sizeof *walk->pending)) {
        return graft_fail_memory("the list of an HDF5 file's objects");
    }
    walk->pending[walk->pending_count++] = address;
    return GRAFT_OK;
}

static graft_status fail_truncated(const h5_walk *walk, uint64_t end) {
    return graft_fail(GRAFT_E_DATA, "%s: truncated: %llu bytes, its superblock says %llu (copy or download it again)",
                      walk->path, (unsigned long long)walk->length, (unsigned long long)end);
}

static graft_status check_superblock(h5_walk *walk) {
    const unsigned char *at = walk->data;
    if (at[9] != 0 || at[10] != 0 || at[12] != 0 || at[13] != 8 || at[14] != 8) {
        return graft_h5_damaged(walk, 8, "versions or sizes in the superblock that Keras' files do not have");
    }
    walk->leaf_k = graft_h5_u16(at + 16);
    walk->internal_k = graft_h5_u16(at + 18);
    uint64_t end = graft_h5_u64(at + 40);
    if (walk->leaf_k == 0 || walk->leaf_k > 1024 || walk->internal_k == 0 || walk->internal_k > 1024) {
        return graft_h5_damaged(walk, 16, "the superblock's node sizes");
    }
    if (graft_h5_u64(at + 24) != 0 || graft_h5_u64(at + 32) != H5_UNDEFINED || graft_h5_u64(at + 48) != H5_UNDEFINED) {
        return graft_h5_damaged(walk, 24, "addresses in the superblock that Keras' files do not have");
    }
    if (end > walk->length || end < SUPERBLOCK) return fail_truncated(walk, end);
    walk->length = end;
    if (graft_h5_u32(at + 72) == 1) {
        GRAFT_TRY(graft_h5_check_group(walk, graft_h5_u64(at + 80), graft_h5_u64(at + 88)));
    }
    return graft_h5_visit(walk, graft_h5_u64(at + 64));
}

/* Versions 2 and 3: a checksum guards the superblock and most of what follows, but no global heap and no chunk. */
static graft_status check_new_superblock(h5_walk *walk) {
    const unsigned char *at = walk->data;
    uint64_t end = graft_h5_u64(at + 28);
    if (graft_h5_checksum(at, 44) != graft_h5_u32(at + 44))
        return graft_h5_damaged(walk, 0, "the superblock's checksum");
    if (at[9] != 8 || at[10] != 8 || graft_h5_u64(at + 12) != 0)
        return graft_h5_damaged(walk, 9, "sizes or addresses in the superblock that Keras' files do not have");
    if (end > walk->length) return fail_truncated(walk, end);
    walk->length = end;
    return graft_h5_visit(walk, graft_h5_u64(at + 36));
}

static graft_status walk_pending(h5_walk *walk) {
    while (walk->pending_count > 0)
        GRAFT_TRY(graft_h5_check_object(walk, walk->pending[--walk->pending_count]));
    return GRAFT_OK;
}

static graft_status walk_file(h5_walk *walk) {
    if (walk->length < SUPERBLOCK) return graft_h5_damaged(walk, walk->length, "too short for HDF5");
    unsigned version = walk->data[8];
    if (version == 1 || version > 3) {
        return graft_fail(GRAFT_E_DATA, "%s: HDF5 superblock version %u, expected 0, 2 or 3 (rewrite it with h5repack)",
                          walk->path, version);
    }
    GRAFT_TRY(version == 0 ? check_superblock(walk) : check_new_superblock(walk));
    return walk_pending(walk);
}

graft_status graft_h5_check_at(h5_walk *walk, uint64_t address) {
    GRAFT_TRY(graft_h5_visit(walk, address));
    return walk_pending(walk);
}

static graft_status make_walk(const char *path, h5_walk **out) {
    *out = graft_allocate_zero(1, sizeof **out);
    if (!*out) return graft_fail_memory("an HDF5 file");
    (*out)->path = path;
    return graft_strmap_new(&(*out)->seen);
}

graft_status graft_h5_check_open(const char *path, h5_walk **out) {
    GRAFT_TRY(make_walk(path, out));
    GRAFT_TRY(graft_file_map(path, &(*out)->mapping));
    (*out)->data = (*out)->mapping.data;
    (*out)->length = (*out)->mapping.length;
    return walk_file(*out);
}

graft_status graft_h5_check_image(const char *name, const void *bytes, size_t length, h5_walk **out) {
    GRAFT_TRY(make_walk(name, out));
    (*out)->data = bytes;
    (*out)->length = length;
    return walk_file(*out);
}

void graft_h5_check_close(h5_walk *walk) {
    if (!walk) return;
    graft_strmap_free(walk->seen);
    graft_release(walk->pending);
    graft_file_unmap(&walk->mapping);
    graft_release(walk);
}
