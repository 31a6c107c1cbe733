#include "train/schedule.h"

#include <math.h>

typedef struct exponential {
    double gamma;
} exponential;

static const graft_option attributes[] = {
    {.name = "gamma",
     .type = GRAFT_OPTION_DOUBLE,
     .offset = offsetof(exponential, gamma),
     .fallback = "0.9",
     .min = 0,
     .max = 1,
     .help = "the factor of one epoch"},
    GRAFT_OPTION_END,
};

static double factor(const void *a, const graft_position *p) {
    return pow(((const exponential *)a)->gamma, (double)p->step / (double)p->steps_per_epoch);
}

const graft_schedule graft_schedule_exponential = {
    .name = "exponential",
    .help = "times gamma each epoch, smoothly",
    .attribute_size = sizeof(exponential),
    .attributes = attributes,
    .factor = factor,
};
