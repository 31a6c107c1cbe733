/* A map from text to a size_t, for names in files and graphs. */
#ifndef GRAFT_SRC_BASE_STRMAP_H
#define GRAFT_SRC_BASE_STRMAP_H

#include <graft/base.h>

typedef struct graft_strmap graft_strmap;
GRAFT_MUST_CHECK graft_status graft_strmap_new(graft_strmap **out);
void graft_strmap_free(graft_strmap *map);
/* Copies `key`; an existing key gets the new value. */
GRAFT_MUST_CHECK graft_status graft_strmap_set(graft_strmap *map, const char *key, size_t value);
bool graft_strmap_get(const graft_strmap *map, const char *key, size_t *value);
size_t graft_strmap_count(const graft_strmap *map);

/* Optimal-string-alignment distance (Damerau), for "did you mean". */
size_t graft_text_distance(const char *a, const char *b);
/* The candidate nearest to `text` when it is near enough to be meant, else NULL. */
const char *graft_text_nearest(const char *text, const char *const *candidates, size_t count);

#endif
