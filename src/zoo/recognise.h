/* Networks by the shapes of their layers alone. */
#ifndef GRAFT_SRC_ZOO_RECOGNISE_H
#define GRAFT_SRC_ZOO_RECOGNISE_H

#include "zoo/arch.h"

/* The published architecture of `flavour` ("torch", "keras") whose convolutions and fully connected layers have the
 * shapes and strides of `graph`'s, the published classifier among them; NULL when there is none. Errors: those of
 * graft_arch_build. */
GRAFT_MUST_CHECK graft_status graft_arch_recognise(const graft_graph *graph, const char *flavour,
                                                   const graft_arch **out);

#endif
