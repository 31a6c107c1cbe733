#include "train/schedule.h"

#include <math.h>

typedef struct step {
    double every, gamma;
} step;

static const graft_option attributes[] = {
    {.name = "every",
     .type = GRAFT_OPTION_DOUBLE,
     .offset = offsetof(step, every),
     .fallback = "10",
     .min = 1e-3,
     .max = 1e6,
     .help = "epochs between two reductions"},
    {.name = "gamma",
     .type = GRAFT_OPTION_DOUBLE,
     .offset = offsetof(step, gamma),
     .fallback = "0.1",
     .min = 0,
     .max = 1,
     .help = "what the rate is multiplied by"},
    GRAFT_OPTION_END,
};

static double factor(const void *a, const graft_position *p) {
    const step *o = a;
    double epochs = (double)p->step / (double)p->steps_per_epoch;
    return pow(o->gamma, floor(epochs / o->every));
}

const graft_schedule graft_schedule_step = {
    .name = "step",
    .help = "times gamma every few epochs",
    .attribute_size = sizeof(step),
    .attributes = attributes,
    .factor = factor,
};
