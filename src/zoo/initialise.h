/* First values of weights. */
#ifndef GRAFT_SRC_ZOO_INITIALISE_H
#define GRAFT_SRC_ZOO_INITIALISE_H

#include "nn/graph.h"

typedef enum graft_initialiser {
    GRAFT_INIT_GLOROT,  /* Keras: uniform, +-sqrt(6 / (inputs + outputs)) (Glorot and Bengio 2010); biases 0 */
    GRAFT_INIT_HE,      /* normal, variance 2 / inputs (He et al. 2015); dense as GLOROT; biases 0 */
    GRAFT_INIT_HE_OUT,  /* torchvision's ResNets: normal, variance 2 / outputs; dense as LECUN */
    GRAFT_INIT_LECUN,   /* PyTorch's layers: uniform, +-1 / sqrt(inputs), biases too */
    GRAFT_INIT_SCALING, /* EfficientNet: normal, variance 2 / outputs; dense uniform, +-1 / sqrt(outputs); biases 0 */
    GRAFT_INIT_DCGAN,   /* normal, deviation 0.02 (Radford et al. 2016), gammas by it about 1; biases 0 */
} graft_initialiser;

/* Gives a value to every parameter that has none: kernels by `rule`; gamma, variance and scale 1 (GRAFT_INIT_DCGAN
 * draws gammas too); beta, mean, shift 0.
 * A value depends on the seed and the names of layer and parameter alone. Errors: GRAFT_E_MEMORY. */
GRAFT_MUST_CHECK graft_status graft_graph_initialise(graft_graph *graph, graft_initialiser rule, uint64_t seed);
/* Forgets what the network learnt: every value is drawn anew, but for the rescaling of pixels that it begins with. */
GRAFT_MUST_CHECK graft_status graft_graph_redraw(graft_graph *graph, graft_initialiser rule, uint64_t seed);

#endif
