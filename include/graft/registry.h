/* graft/registry.h: what exists, by kind: operations, known networks, heads, file formats, ... */
#ifndef GRAFT_REGISTRY_H
#define GRAFT_REGISTRY_H

#include <graft/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct graft_registry_entry {
    const char *name, *help; /* static text; help is one line */
} graft_registry_entry;

/* Entry `index` of the registry called `kind`; false past its end or when there is no such kind. The kind "kinds"
 * lists the kinds. */
GRAFT_API bool graft_registry_at(const char *kind, size_t index, graft_registry_entry *out);

#ifdef __cplusplus
}
#endif
#endif
