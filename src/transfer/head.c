#include "transfer/head.h"

#include <string.h>

static const graft_head *const heads[] = {
#define GRAFT_HEAD(id) &graft_head_##id,
#include "transfer/heads.def"
#undef GRAFT_HEAD
};

const graft_head *graft_head_at(size_t index) {
    return index < sizeof(heads) / sizeof(*heads) ? heads[index] : NULL;
}

const graft_head *graft_head_find(const char *name) {
    for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++)
        if (strcmp(heads[i]->name, name) == 0) return heads[i];
    return NULL;
}
