/* What a checkpoint must agree on with the run that goes on from it: in parts, so that a refusal can say which one
 * differs. */
#ifndef GRAFT_SRC_TRAIN_IDENTITY_H
#define GRAFT_SRC_TRAIN_IDENTITY_H

#include "base/hash.h"
#include "json/json.h"

typedef enum graft_identity_part {
    GRAFT_IDENTITY_DATA,
    GRAFT_IDENTITY_OPTIONS,
    GRAFT_IDENTITY_NETWORK, /* as it begins, and what of it learns */
    GRAFT_IDENTITY_PREPROCESSING,
    GRAFT_IDENTITY_PARTS
} graft_identity_part;

typedef struct graft_identity {
    uint64_t part[GRAFT_IDENTITY_PARTS]; /* hashes; 0: nothing of that kind */
    uint64_t micro_batch; /* samples that go through the network together: another number is another order of sums, and
                             with BatchNorm by the batch another network; 0: it is not in question */
} graft_identity;

/* Adds what `add` hashes of `self` to a part. */
typedef graft_status graft_identity_source(const void *self, graft_hasher *hasher);
GRAFT_MUST_CHECK graft_status graft_identity_add(graft_identity *identity, graft_identity_part part,
                                                 graft_identity_source *add, const void *self);

/* NULL without memory. */
graft_json *graft_identity_to_json(const graft_identity *identity);
/* Whether what was written is this run's. Errors: GRAFT_E_DATA: `path` is another run's; says what differs. */
GRAFT_MUST_CHECK graft_status graft_identity_check(const graft_identity *identity, const graft_json *written,
                                                   const char *path);

#endif
