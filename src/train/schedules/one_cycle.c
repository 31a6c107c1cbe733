#include "train/schedule.h"

#include <math.h>

typedef struct one_cycle {
    double peak, first, last;
} one_cycle;

static const graft_option attributes[] = {
    {.name = "peak",
     .type = GRAFT_OPTION_DOUBLE,
     .offset = offsetof(one_cycle, peak),
     .fallback = "0.3",
     .min = 0.01,
     .max = 0.99,
     .help = "where on the way the rate is highest"},
    {.name = "first",
     .type = GRAFT_OPTION_DOUBLE,
     .offset = offsetof(one_cycle, first),
     .fallback = "0.04",
     .min = 0,
     .max = 1,
     .help = "share of the rate at the beginning"},
    {.name = "last",
     .type = GRAFT_OPTION_DOUBLE,
     .offset = offsetof(one_cycle, last),
     .fallback = "4e-6",
     .min = 0,
     .max = 1,
     .help = "share of the rate at the end"},
    GRAFT_OPTION_END,
};

static double between(double from, double to, double progress) {
    return to + (from - to) * 0.5 * (1 + cos(3.14159265358979324 * progress));
}

static double factor(const void *a, const graft_position *p) {
    const one_cycle *o = a;
    double progress = fmin(1, (double)p->step / (double)p->steps);
    if (progress < o->peak) return between(o->first, 1, progress / o->peak);
    return between(1, o->last, (progress - o->peak) / (1 - o->peak));
}

const graft_schedule graft_schedule_one_cycle = {
    .name = "one_cycle",
    .help = "up from a share of the rate and down to almost nothing (Smith and Topin 2018)",
    .attribute_size = sizeof(one_cycle),
    .attributes = attributes,
    .factor = factor,
};
