#include "data/augment/op.h"

#include <math.h>
#include <string.h>

#define GRAFT_AUGMENTATION_ROW(name) extern const graft_augmentation graft_augmentation_##name;
#include "data/augmentations.def"
#undef GRAFT_AUGMENTATION_ROW

static const graft_augmentation *const registry[] = {
#define GRAFT_AUGMENTATION_ROW(name) &graft_augmentation_##name,
#include "data/augmentations.def"
#undef GRAFT_AUGMENTATION_ROW
};

enum { ROWS = sizeof registry / sizeof registry[0] };

const graft_augmentation *graft_augmentation_at(size_t index) {
    return index < ROWS ? registry[index] : NULL;
}

const graft_augmentation *graft_augmentation_find(const char *name) {
    for (size_t i = 0; i < ROWS; i++)
        if (strcmp(registry[i]->name, name) == 0) return registry[i];
    return NULL;
}

double graft_draw(graft_rng *rng, double low, double high) {
    return low + (high - low) * graft_rng_uniform(rng);
}

double graft_draw_log(graft_rng *rng, double low, double high) {
    return exp(graft_draw(rng, log(low), log(high)));
}
