/* Learning-rate schedules: one schedule is one file in schedules/ and one row in schedules.def. A schedule is a pure
 * function of the position, so that a resumed run needs no state of it. */
#ifndef GRAFT_SRC_TRAIN_SCHEDULE_H
#define GRAFT_SRC_TRAIN_SCHEDULE_H

#include <graft/option.h>

enum { GRAFT_SCHEDULE_ATTRIBUTES = 64 };

typedef struct graft_position {
    uint64_t step, steps;     /* optimizer steps done, and in all; steps >= 1 */
    uint64_t steps_per_epoch; /* >= 1 */
    int reductions;           /* how often validation has stalled (plateau) */
} graft_position;

typedef struct graft_schedule {
    const char *name, *help;
    size_t attribute_size;
    const graft_option *attributes;
    double (*factor)(const void *attributes, const graft_position *position); /* of the base rate */
} graft_schedule;

const graft_schedule *graft_schedule_find(const char *name);
const graft_schedule *graft_schedule_at(size_t index); /* NULL past the end: the registry */

/* factor() with a linear warm-up over the first `warmup` steps (from 1/warmup to 1); the schedule then runs over
 * the steps that remain. */
double graft_schedule_rate(const graft_schedule *schedule, const void *attributes, uint64_t warmup,
                           const graft_position *position);

#endif
