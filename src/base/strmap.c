#include "base/strmap.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/hash.h"

#include <string.h>

/* Open addressing with linear probing; at most 2/3 full. */
typedef struct slot {
    char *key; /* NULL: free */
    size_t value;
} slot;

struct graft_strmap {
    slot *slots;
    size_t capacity; /* a power of two */
    size_t count;
};

graft_status graft_strmap_new(graft_strmap **out) {
    *out = NULL;
    graft_strmap *map = graft_allocate_zero(1, sizeof *map);
    if (map) map->slots = graft_allocate_zero(16, sizeof *map->slots);
    if (!map || !map->slots) {
        graft_release(map);
        return graft_fail_memory("a table of names");
    }
    map->capacity = 16;
    *out = map;
    return GRAFT_OK;
}

void graft_strmap_free(graft_strmap *map) {
    if (!map) return;
    for (size_t i = 0; i < map->capacity; i++)
        graft_release(map->slots[i].key);
    graft_release(map->slots);
    graft_release(map);
}

static slot *find_slot(slot *slots, size_t capacity, const char *key) {
    size_t at = (size_t)graft_checksum(key, strlen(key)) & (capacity - 1);
    while (slots[at].key && strcmp(slots[at].key, key) != 0)
        at = (at + 1) & (capacity - 1);
    return &slots[at];
}

static bool grow(graft_strmap *map) {
    size_t capacity = map->capacity * 2;
    slot *slots = graft_allocate_zero(capacity, sizeof *slots);
    if (!slots) return false;
    for (size_t i = 0; i < map->capacity; i++)
        if (map->slots[i].key) *find_slot(slots, capacity, map->slots[i].key) = map->slots[i];
    graft_release(map->slots);
    map->slots = slots;
    map->capacity = capacity;
    return true;
}

graft_status graft_strmap_set(graft_strmap *map, const char *key, size_t value) {
    slot *place = find_slot(map->slots, map->capacity, key);
    if (place->key) {
        place->value = value;
        return GRAFT_OK;
    }
    char *copy = graft_text_copy(key);
    if (!copy) return graft_fail_memory("a table of names");
    if ((map->count + 1) * 3 > map->capacity * 2) {
        if (!grow(map)) {
            graft_release(copy);
            return graft_fail_memory("a table of names");
        }
        place = find_slot(map->slots, map->capacity, key);
    }
    *place = (slot){.key = copy, .value = value};
    map->count++;
    return GRAFT_OK;
}

bool graft_strmap_get(const graft_strmap *map, const char *key, size_t *value) {
    const slot *place = find_slot(map->slots, map->capacity, key);
    if (!place->key) return false;
    if (value) *value = place->value;
    return true;
}

size_t graft_strmap_count(const graft_strmap *map) {
    return map->count;
}
