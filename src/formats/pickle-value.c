/* The values a pickle is made of. */
#include "base/alloc.h"
#include "base/error.h"
#include "formats/pickle.h"

#include <string.h>

#define MAX_ITEMS ((size_t)8 << 20)

graft_status graft_pickle_fail(const graft_pickle *p, const char *found) {
    return graft_fail(GRAFT_E_DATA, "%s: pickle, byte %zu: %s (damaged, or not written by torch.save)", p->what,
                      (size_t)(p->at - p->start), found);
}

const graft_pickle_value *graft_pickle_at(const graft_pickle *p, uint32_t number) {
    return &p->values[number];
}

const graft_pickle_value *graft_pickle_item(const graft_pickle *p, const graft_pickle_value *value, size_t index) {
    return &p->values[value->items[index]];
}

bool graft_pickle_is_text(const graft_pickle_value *value, const char *text) {
    return value->kind == GRAFT_PICKLE_TEXT && value->length == strlen(text) &&
           memcmp(value->text, text, value->length) == 0;
}

const graft_pickle_value *graft_pickle_get(const graft_pickle *p, const graft_pickle_value *dict, const char *key) {
    for (size_t i = 0; dict->kind == GRAFT_PICKLE_DICT && i + 1 < dict->count; i += 2) {
        if (graft_pickle_is_text(graft_pickle_item(p, dict, i), key)) return graft_pickle_item(p, dict, i + 1);
    }
    return NULL;
}

graft_status graft_pickle_make(graft_pickle *p, graft_pickle_value value, uint32_t *out) {
    if (p->count >= GRAFT_PICKLE_MAX_VALUES) return graft_pickle_fail(p, "more than 2097152 values");
    if (!graft_reserve(&p->values, &p->capacity, p->count + 1, sizeof value)) return graft_fail_memory("a pickle");
    *out = (uint32_t)p->count;
    p->values[p->count++] = value;
    return GRAFT_OK;
}

graft_status graft_pickle_append(graft_pickle *p, uint32_t list, uint32_t item) {
    graft_pickle_value *value = &p->values[list];
    if (++p->items > MAX_ITEMS) return graft_pickle_fail(p, "more than 8388608 items");
    if (!graft_reserve(&value->items, &value->capacity, value->count + 1, sizeof item)) {
        return graft_fail_memory("a pickle");
    }
    value->items[value->count++] = item;
    return GRAFT_OK;
}

void graft_pickle_clear(graft_pickle *p) {
    for (size_t i = 0; i < p->count; i++)
        graft_release(p->values[i].items);
    graft_release(p->values);
    graft_release(p->stack);
    graft_release(p->memo);
    graft_release(p->marks);
    *p = (graft_pickle){0};
}
