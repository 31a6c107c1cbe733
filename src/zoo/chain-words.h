/* What the words for layers share. */
#ifndef GRAFT_SRC_ZOO_CHAIN_WORDS_H
#define GRAFT_SRC_ZOO_CHAIN_WORDS_H

#include "zoo/chain-internal.h"

/* Groups of options that a word takes. */
enum {
    GRAFT_CHAIN_PADDING = 1,
    GRAFT_CHAIN_POOL = 2,
    GRAFT_CHAIN_BIAS = 4,
    GRAFT_CHAIN_GROUPS = 8,
    GRAFT_CHAIN_DILATION = 16,
    GRAFT_CHAIN_EPSILON = 32,
    GRAFT_CHAIN_AFFINE = 64,
    GRAFT_CHAIN_KEEP = 128,
    GRAFT_CHAIN_ORDER = 256,
    GRAFT_CHAIN_ACTIVATION = 512,
    GRAFT_CHAIN_COUNT = 1024,
    GRAFT_CHAIN_OUTPAD = 2048,
};

/* Four sides from one number or four. */
GRAFT_MUST_CHECK graft_status graft_chain_sides(const graft_chain *chain, const char *place,
                                                const graft_chain_list *list, int64_t out[4]);
/* Height and width from one number or two. */
GRAFT_MUST_CHECK graft_status graft_chain_pair(const graft_chain *chain, const char *place, const char *what,
                                               const graft_chain_list *list, int64_t out[2]);

#endif
