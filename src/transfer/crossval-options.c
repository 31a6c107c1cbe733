/* The option table of graft_crossval_options: command line, help and documentation come from the rows. */
#include <graft/crossval.h>

#include "base/option-rows.h"

#define ROW(member) .offset = offsetof(graft_crossval_options, member)
static const graft_option rows[] = {
    {.name = "folds",
     .type = GRAFT_OPTION_INT,
     ROW(folds),
     .fallback = "10",
     .min = 2,
     .max = 1000,
     .help = "parts, each of which is held out once"},
    {.name = "head",
     .type = GRAFT_OPTION_ENUM,
     ROW(head),
     .fallback = "logistic",
     .choices = GRAFT_CROSSVAL_HEAD_CHOICES,
     .help = "the classifier that is fitted on the other folds"},
    {.name = "c",
     .type = GRAFT_OPTION_DOUBLE,
     ROW(c),
     .fallback = "0",
     .min = 0,
     .max = 1e9,
     .help = "logistic: inverse regularisation; 0: chosen inside each fold by cross-validation"},
    {.name = "neighbours",
     .type = GRAFT_OPTION_INT,
     ROW(neighbours),
     .fallback = "5",
     .min = 1,
     .max = 10000,
     .help = "knn: how many vote"},
    {.name = "layer",
     .type = GRAFT_OPTION_TEXT,
     ROW(layer),
     .unit = "NAME",
     .help = "layer the features are taken from; the last before the head when not given"},
    {.name = "pool",
     .type = GRAFT_OPTION_ENUM,
     ROW(pool),
     .fallback = "avg",
     .choices = GRAFT_POOL_CHOICES,
     .help = "how a layer's map becomes a vector"},
    LABEL(label),
    {.name = "labels",
     .type = GRAFT_OPTION_TEXT,
     ROW(labels),
     .unit = "FILE",
     .help = "for .npy and .npz: the rows' classes, a .csv or a .npy of integers; else the .csv beside"},
    SEED(seed, "seed of the folds"),
    GRAFT_OPTION_END};
#undef ROW

const graft_option *graft_crossval_option_table(void) {
    return rows;
}
