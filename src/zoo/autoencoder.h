/* Autoencoders as tables: a row of autoencoders.def, or a text file of one's own that keeps to what stands there. */
#ifndef GRAFT_SRC_ZOO_AUTOENCODER_H
#define GRAFT_SRC_ZOO_AUTOENCODER_H

#include "zoo/arch.h"

/* What measures a reconstruction, places in the choices of the loss "reconstruction". */
typedef enum graft_reconstruction { GRAFT_RECONSTRUCTION_MSE, GRAFT_RECONSTRUCTION_BINARY } graft_reconstruction;

typedef struct graft_autoencoder_arch {
    graft_arch net; /* `help` and `name` of the row are its own */
    graft_reconstruction loss;
    double noise;
} graft_autoencoder_arch;

const graft_autoencoder_arch *graft_autoencoder_arch_at(size_t index); /* NULL past the end: the registry */

/* Layers that every autoencoder names. */
#define GRAFT_LAYER_LATENT "latent"
#define GRAFT_LAYER_LOG_VARIANCE "log_variance"
#define GRAFT_LAYER_DECODED "decoded"

/* The network `name` of the table, or of the text file `name` (it ends in ".net"), for pictures of the size and
 * channels of `options`, with first values drawn from `seed`. *arch is NULL for a file. Errors: GRAFT_E_USAGE (no such
 * name, with the nearest; pictures too small), GRAFT_E_DATA (a file that keeps not to the names above). */
GRAFT_MUST_CHECK graft_status graft_autoencoder_build(const char *name, const graft_arch_options *options,
                                                      uint64_t seed, const graft_autoencoder_arch **arch,
                                                      graft_graph **out);

#endif
