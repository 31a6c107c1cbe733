/* Spectral normalisation (Miyato et al. 2018): every kernel divided by its largest singular value, which one round of
 * power iteration after each update follows. The network computes with W / s, s = u^T W v; what the optimizer changes
 * is W, and the gradient goes through s as well, u and v taken as fixed. A kernel O,I,H,W is the matrix O x IHW, as
 * PyTorch's torch.nn.utils.spectral_norm has it. */
#ifndef GRAFT_SRC_TRAIN_SPECTRAL_H
#define GRAFT_SRC_TRAIN_SPECTRAL_H

#include "nn/train-plan.h"

typedef struct graft_spectral graft_spectral;

/* Of every kernel among `parameters` (a plan's, borrowed), whose values are taken for W. u is drawn by `seed` and
 * layer, and iterated until it is near; then value[] holds W / s: tell the plan. */
GRAFT_MUST_CHECK graft_status graft_spectral_new(graft_context *context, const graft_parameters *parameters,
                                                 uint64_t seed, graft_spectral **out);
void graft_spectral_free(graft_spectral *spectral);

/* What the optimizer changes: parameters->count floats, kernels not divided, the rest as it is. */
float *graft_spectral_values(graft_spectral *spectral);
/* u and v of all kernels, one after the other, for checkpoints. */
float *graft_spectral_vectors(graft_spectral *spectral, size_t *count);
size_t graft_spectral_count(const graft_spectral *spectral); /* kernels */

/* One round of power iteration, then value[]. */
GRAFT_MUST_CHECK graft_status graft_spectral_iterate(graft_context *context, graft_spectral *spectral);
/* value[] by u and v as they are: after a checkpoint was read. To the same bytes as the iteration that left them. */
GRAFT_MUST_CHECK graft_status graft_spectral_apply(graft_context *context, graft_spectral *spectral);
/* gradient[], which is by W / s, becomes that by W. */
GRAFT_MUST_CHECK graft_status graft_spectral_gradient(graft_context *context, graft_spectral *spectral);

#endif
