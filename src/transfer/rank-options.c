/* The option table of graft_rank_options: command line, help and documentation come from the rows. */
#include <graft/rank.h>

#include "base/option-rows.h"

#define ROW(member) .offset = offsetof(graft_rank_options, member)
static const graft_option rows[] = {
    {.name = "layer",
     .type = GRAFT_OPTION_TEXTS,
     ROW(layers),
     .count = GRAFT_RANK_LAYERS_MAX,
     .unit = "NAME",
     .help = "a layer to compare, again and again; of a network those that it has; none: its last and the wide ones "
             "before it, as train --layer auto takes them"},
    {.name = "pool",
     .type = GRAFT_OPTION_ENUM,
     ROW(pool),
     .fallback = "avg",
     .choices = GRAFT_POOL_CHOICES,
     .help = "how a layer's map becomes a vector"},
    {.name = "folds",
     .type = GRAFT_OPTION_INT,
     ROW(folds),
     .fallback = "5",
     .min = 2,
     .max = 20,
     .help = "of the cross-validated scores"},
    {.name = "c",
     .type = GRAFT_OPTION_DOUBLE,
     ROW(c),
     .fallback = "0",
     .min = 0,
     .max = 1e6,
     .help = "logistic: inverse regularisation; 0: the best of 0.001, 0.01 and 0.1 at each layer"},
    {.name = "neighbours",
     .type = GRAFT_OPTION_INT,
     ROW(neighbours),
     .fallback = "5",
     .min = 1,
     .max = 10000,
     .help = "knn: how many vote"},
    SEED(seed, "seed of the folds and of the bootstrap"),
    GRAFT_OPTION_END};
#undef ROW

const graft_option *graft_rank_option_table(void) {
    return rows;
}
