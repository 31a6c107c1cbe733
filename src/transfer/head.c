#include "transfer/head.h"

#include <string.h>

static const graft_head *const heads[] = {
#define GRAFT_HEAD(id) &graft_head_##id,
#include "transfer/heads.def"
#undef GRAFT_HEAD
};

enum { HEAD_COUNT = sizeof(heads) / sizeof(heads[0]) };

const graft_head *graft_head_at(size_t index) {
    return index < HEAD_COUNT ? heads[index] : NULL;
}

const graft_head *graft_head_find(const char *name) {
    for (size_t i = 0; i < HEAD_COUNT; i++)
        if (strcmp(heads[i]->name, name) == 0) return heads[i];
    return NULL;
}
