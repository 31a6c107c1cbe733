#include "train/schedule.h"

#include <math.h>

typedef struct cosine {
    double last;
} cosine;

static const graft_option attributes[] = {
    {.name = "last",
     .type = GRAFT_OPTION_DOUBLE,
     .offset = offsetof(cosine, last),
     .fallback = "0",
     .min = 0,
     .max = 1,
     .help = "share of the rate at the end"},
    GRAFT_OPTION_END,
};

static double factor(const void *a, const graft_position *p) {
    double last = ((const cosine *)a)->last, progress = fmin(1, (double)p->step / (double)p->steps);
    return last + (1 - last) * 0.5 * (1 + cos(3.14159265358979324 * progress));
}

const graft_schedule graft_schedule_cosine = {
    .name = "cosine",
    .help = "half a cosine down to a last share (Loshchilov and Hutter 2017)",
    .attribute_size = sizeof(cosine),
    .attributes = attributes,
    .factor = factor,
};
