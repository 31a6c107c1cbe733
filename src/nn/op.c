#include "nn/op.h"

#include "nn/ops/ops.h"

#include <string.h>

static const graft_op *const registry[] = {
#define GRAFT_OP(name) &graft_op_##name,
#include "nn/ops.def"
#undef GRAFT_OP
};

enum { OP_COUNT = sizeof(registry) / sizeof(registry[0]) };

const graft_op *graft_op_at(size_t index) {
    return index < OP_COUNT ? registry[index] : NULL;
}

const graft_op *graft_op_find(const char *name) {
    for (size_t i = 0; name && i < OP_COUNT; i++)
        if (strcmp(registry[i]->name, name) == 0) return registry[i];
    return NULL;
}
