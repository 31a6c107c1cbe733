#include "train/schedule.h"

#include <math.h>

static const graft_option attributes[] = {
    GRAFT_OPTION_END,
};

static double factor(const void *a, const graft_position *p) {
    (void)a, (void)p;
    return 1;
}

const graft_schedule graft_schedule_constant = {
    .name = "constant",
    .help = "the same rate throughout",
    .attribute_size = 0,
    .attributes = attributes,
    .factor = factor,
};
