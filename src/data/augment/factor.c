#include "data/augment/factor.h"

const graft_option graft_factor_attributes[] = {
    {.name = "share",
     .type = GRAFT_OPTION_DOUBLE,
     .offset = offsetof(graft_factor, share),
     .fallback = "0.2",
     .min = 0,
     .max = 4,
     .help = "the factor is 1 - share, not below 0, to 1 + share"},
    GRAFT_OPTION_END,
};

double graft_factor_draw(const void *attributes, graft_rng *rng) {
    const double share = ((const graft_factor *)attributes)->share;
    return graft_draw(rng, share < 1 ? 1 - share : 0, 1 + share);
}
