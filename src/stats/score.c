/* The registry of scores. */
#include "stats/score.h"

#include <string.h>

static const graft_score *const registry[] = {
#define GRAFT_SCORE(id) &graft_score_##id,
#include "stats/scores.def"
#undef GRAFT_SCORE
};

const graft_score *graft_score_at(size_t index) {
    return index < GRAFT_SCORE_COUNT ? registry[index] : NULL;
}

const graft_score *graft_score_find(const char *name) {
    for (size_t i = 0; i < GRAFT_SCORE_COUNT; i++)
        if (strcmp(registry[i]->name, name) == 0) return registry[i];
    return NULL;
}
