#include "train/optimizers/moments.h"

static const graft_option attributes[] = {GRAFT_MOMENT_ROWS("0.9", "0.999", "1e-8"), GRAFT_OPTION_END};

const graft_optimizer graft_optimizer_adamw = {
    .name = "adamw",
    .help = "Adam with weight decay apart from the gradient (Loshchilov and Hutter 2019)",
    .attribute_size = sizeof(graft_moments_options),
    .attributes = attributes,
    .slots = 2,
    .default_rate = 1e-3,
    .default_decay = 1e-2,
    .update = graft_adam_update,
};
