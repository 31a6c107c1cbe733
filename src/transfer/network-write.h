/* A network as safetensors: tensors LAYER/parameter in graft's own layout, the structure and what else graft knows in
 * the metadata (keys of formats/container.h). */
#ifndef GRAFT_SRC_TRANSFER_NETWORK_WRITE_H
#define GRAFT_SRC_TRANSFER_NETWORK_WRITE_H

#include "nn/graph.h"
#include <graft/preprocess.h>

/* The metadata about a network: preprocessing and classes, as far as they are known (NULL, 0); the structure too when
 * `graph` is not NULL. The caller frees *out. */
GRAFT_MUST_CHECK graft_status graft_network_metadata(const graft_graph *graph, const graft_preprocess *spec,
                                                     const char *const *classes, size_t class_count, graft_json **out);

/* Writes atomically. `half`: values of binary16, except moving statistics, scales and shifts, which stay exact.
 * Errors: GRAFT_E_DATA: a value that binary16 cannot hold. */
GRAFT_MUST_CHECK graft_status graft_network_write(const char *path, const graft_graph *graph, graft_json *metadata,
                                                  bool half);

#endif
