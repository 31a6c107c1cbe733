/* The SHA-256 that seals a model file: of all its bytes, with 64 zeros where the digest itself stands. */
#ifndef GRAFT_SRC_TRANSFER_MODEL_SEAL_H
#define GRAFT_SRC_TRANSFER_MODEL_SEAL_H

#include <graft/base.h>

#define GRAFT_SEAL_KEY "sha256"
#define GRAFT_SEAL_BLANK "0000000000000000000000000000000000000000000000000000000000000000"

/* Puts the digest into a finished file whose metadata holds GRAFT_SEAL_BLANK, and syncs it. */
GRAFT_MUST_CHECK graft_status graft_seal_write(const char *path);
/* Errors: GRAFT_E_DATA: the bytes are not those that were sealed. */
GRAFT_MUST_CHECK graft_status graft_seal_verify(const char *path);

#endif
