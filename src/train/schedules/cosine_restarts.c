#include "train/schedule.h"

#include <math.h>

typedef struct cosine_restarts {
    double period, growth, last;
} cosine_restarts;

static const graft_option attributes[] = {
    {.name = "period",
     .type = GRAFT_OPTION_DOUBLE,
     .offset = offsetof(cosine_restarts, period),
     .fallback = "5",
     .min = 1e-3,
     .max = 1e6,
     .help = "epochs of the first cosine"},
    {.name = "growth",
     .type = GRAFT_OPTION_DOUBLE,
     .offset = offsetof(cosine_restarts, growth),
     .fallback = "2",
     .min = 1,
     .max = 10,
     .help = "each is longer by this factor"},
    {.name = "last",
     .type = GRAFT_OPTION_DOUBLE,
     .offset = offsetof(cosine_restarts, last),
     .fallback = "0",
     .min = 0,
     .max = 1,
     .help = "share of the rate at the end of each"},
    GRAFT_OPTION_END,
};

static double factor(const void *a, const graft_position *p) {
    const cosine_restarts *o = a;
    double at = (double)p->step / (double)p->steps_per_epoch, period = o->period;
    while (at >= period) {
        at -= period;
        period *= o->growth;
    }
    return o->last + (1 - o->last) * 0.5 * (1 + cos(3.14159265358979324 * at / period));
}

const graft_schedule graft_schedule_cosine_restarts = {
    .name = "cosine_restarts",
    .help = "cosines that begin anew, each longer (Loshchilov and Hutter 2017)",
    .attribute_size = sizeof(cosine_restarts),
    .attributes = attributes,
    .factor = factor,
};
