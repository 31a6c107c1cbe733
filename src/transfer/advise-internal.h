/* The insides of advice. */
#ifndef GRAFT_SRC_TRANSFER_ADVISE_INTERNAL_H
#define GRAFT_SRC_TRANSFER_ADVISE_INTERNAL_H

#include "transfer/rule.h"
#include "transfer/run-internal.h"

/* The public advice and what its members borrow from. */
typedef struct graft_advice_owner {
    graft_advice advice;
    graft_run *run;
    char reason[512];
    char fine_tune[64];
    char *texts[2 * GRAFT_STRATEGY_COUNT]; /* layer and boundary of each strategy */
} graft_advice_owner;

/* advise-strategies.c: the four strategies with their costs, and the one that training would take. `choice` is that
 * of the frozen features. */
GRAFT_MUST_CHECK graft_status graft_advice_strategies(graft_advice_owner *self, const graft_choice *choice);

/* advise-domain.c: advice.domain, where the network's file says what it learned from. */
GRAFT_MUST_CHECK graft_status graft_advice_measure_domain(graft_advice_owner *self);

#endif
