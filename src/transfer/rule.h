/* Which strategy suits data: the one place where it is decided, for `train` and for `advise`. */
#ifndef GRAFT_SRC_TRANSFER_RULE_H
#define GRAFT_SRC_TRANSFER_RULE_H

#include <graft/advise.h>

typedef struct graft_rule_facts {
    size_t count, classes;          /* training pictures */
    bool measured;                  /* the frozen features' head was measured on pictures held back: */
    double accuracy, majority, knn; /* of it, of the largest class, of k-NN */
} graft_rule_facts;

typedef struct graft_rule {
    graft_advice_size size;
    graft_advice_likeness likeness;
    double skill;       /* share of the way from guessing the largest class to always being right; NaN: not measured */
    const char *choice; /* as --fine-tune takes it */
    char reason[256];
} graft_rule;

void graft_rule_apply(const graft_rule_facts *facts, graft_rule *out);
/* What the rule says of a cell of the matrix when there is something left to win and a class has enough pictures. */
const char *graft_rule_cell(graft_advice_size size, graft_advice_likeness likeness);

#endif
