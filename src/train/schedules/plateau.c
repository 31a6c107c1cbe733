#include "train/schedule.h"

#include <math.h>

typedef struct plateau {
    double gamma;
} plateau;

static const graft_option attributes[] = {
    {.name = "gamma",
     .type = GRAFT_OPTION_DOUBLE,
     .offset = offsetof(plateau, gamma),
     .fallback = "0.2",
     .min = 0,
     .max = 1,
     .help = "what the rate is multiplied by"},
    GRAFT_OPTION_END,
};

static double factor(const void *a, const graft_position *p) {
    return pow(((const plateau *)a)->gamma, p->reductions);
}

const graft_schedule graft_schedule_plateau = {
    .name = "plateau",
    .help = "times gamma whenever validation stalls",
    .attribute_size = sizeof(plateau),
    .attributes = attributes,
    .factor = factor,
};
