#include "train/schedule.h"

#include <string.h>

#define GRAFT_SCHEDULE_ROW(name) extern const graft_schedule graft_schedule_##name;
#include "train/schedules.def"
#undef GRAFT_SCHEDULE_ROW

static const graft_schedule *const registry[] = {
#define GRAFT_SCHEDULE_ROW(name) &graft_schedule_##name,
#include "train/schedules.def"
#undef GRAFT_SCHEDULE_ROW
    NULL,
};

const graft_schedule *graft_schedule_at(size_t index) {
    return index < sizeof registry / sizeof registry[0] ? registry[index] : NULL;
}

const graft_schedule *graft_schedule_find(const char *name) {
    for (size_t i = 0; registry[i]; i++)
        if (strcmp(registry[i]->name, name) == 0) return registry[i];
    return NULL;
}

double graft_schedule_rate(const graft_schedule *schedule, const void *attributes, uint64_t warmup,
                           const graft_position *position) {
    if (position->step < warmup) return (double)(position->step + 1) / (double)warmup;
    graft_position after = *position;
    after.step -= warmup;
    after.steps = position->steps > warmup ? position->steps - warmup : 1;
    return schedule->factor(attributes, &after);
}
