#include "train/optimizer.h"

#include <string.h>

#define GRAFT_OPTIMIZER_ROW(name) extern const graft_optimizer graft_optimizer_##name;
#include "train/optimizers.def"
#undef GRAFT_OPTIMIZER_ROW

static const graft_optimizer *const registry[] = {
#define GRAFT_OPTIMIZER_ROW(name) &graft_optimizer_##name,
#include "train/optimizers.def"
#undef GRAFT_OPTIMIZER_ROW
    NULL,
};

const graft_optimizer *graft_optimizer_at(size_t index) {
    return index < sizeof registry / sizeof registry[0] ? registry[index] : NULL;
}

const graft_optimizer *graft_optimizer_find(const char *name) {
    for (size_t i = 0; registry[i]; i++)
        if (strcmp(registry[i]->name, name) == 0) return registry[i];
    return NULL;
}
