/* Open addressing with linear probing; contents are hashes already. */
#include "transfer/cache-index.h"

#include "base/alloc.h"
#include "base/error.h"

static graft_cache_place *find(const graft_cache_index *index, graft_hash content, uint64_t view) {
    size_t mask = index->capacity - 1, at = (size_t)(content.low + view * 0x9e3779b97f4a7c15u) & mask;
    const graft_cache_place *place = index->place;
    while (place[at].used && (place[at].view != view || !graft_hash_equal(place[at].content, content)))
        at = (at + 1) & mask;
    return &index->place[at];
}

static graft_status grow(graft_cache_index *index) {
    graft_cache_index larger = {.capacity = index->capacity ? index->capacity * 2 : 64, .count = index->count};
    larger.place = graft_allocate_zero(larger.capacity, sizeof(*larger.place));
    if (!larger.place) return graft_fail_memory("the index of cached features");
    for (size_t i = 0; i < index->capacity; i++) {
        const graft_cache_place *place = &index->place[i];
        if (place->used) *find(&larger, place->content, place->view) = *place;
    }
    graft_release(index->place);
    *index = larger;
    return GRAFT_OK;
}

graft_status graft_cache_index_put(graft_cache_index *index, const graft_cache_place *place) {
    if (index->count >= index->capacity / 2) GRAFT_TRY(grow(index));
    graft_cache_place *slot = find(index, place->content, place->view);
    if (!slot->used) index->count++;
    if (slot->used && slot->memory != place->memory) graft_release(slot->memory);
    *slot = *place;
    slot->used = true;
    return GRAFT_OK;
}

const graft_cache_place *graft_cache_index_get(const graft_cache_index *index, graft_hash content, uint64_t view) {
    if (!index->capacity) return NULL;
    const graft_cache_place *slot = find(index, content, view);
    return slot->used ? slot : NULL;
}

void graft_cache_index_clear(graft_cache_index *index) {
    for (size_t i = 0; i < index->capacity; i++)
        graft_release(index->place[i].memory);
    graft_release(index->place);
    *index = (graft_cache_index){0};
}
