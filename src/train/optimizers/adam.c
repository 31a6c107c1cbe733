#include "train/optimizers/moments.h"

static const graft_option attributes[] = {GRAFT_MOMENT_ROWS("0.9", "0.999", "1e-8"), GRAFT_OPTION_END};

const graft_optimizer graft_optimizer_adam = {
    .name = "adam",
    .help = "adaptive moments (Kingma and Ba 2015)",
    .attribute_size = sizeof(graft_moments_options),
    .attributes = attributes,
    .slots = 2,
    .default_rate = 1e-3,
    .update = graft_adam_update,
};
