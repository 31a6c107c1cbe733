#include "train/schedule.h"

#include <math.h>

typedef struct polynomial {
    double power;
} polynomial;

static const graft_option attributes[] = {
    {.name = "power",
     .type = GRAFT_OPTION_DOUBLE,
     .offset = offsetof(polynomial, power),
     .fallback = "1",
     .min = 0,
     .max = 10,
     .help = "1 falls in a straight line"},
    GRAFT_OPTION_END,
};

static double factor(const void *a, const graft_position *p) {
    double left = 1 - fmin(1, (double)p->step / (double)p->steps);
    return pow(left, ((const polynomial *)a)->power);
}

const graft_schedule graft_schedule_polynomial = {
    .name = "polynomial",
    .help = "(1 - progress)^power",
    .attribute_size = sizeof(polynomial),
    .attributes = attributes,
    .factor = factor,
};
