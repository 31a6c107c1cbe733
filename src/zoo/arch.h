/* Architectures as tables: a family is a text in the chain language (zoo/archs/FAMILY.net), a variant one row of
 * archs.def. Layers have the names that the flavour's framework gives them: Keras' layers, PyTorch's modules. */
#ifndef GRAFT_SRC_ZOO_ARCH_H
#define GRAFT_SRC_ZOO_ARCH_H

#include "nn/graph.h"
#include "zoo/initialise.h"
#include <graft/preprocess.h>

typedef struct graft_arch {
    const char *name; /* "resnet50.keras": flavours of one network differ in more than names and never mix weights */
    const char *help;
    int size, minimum; /* pixels: published, smallest */
    int classes;       /* of the published classifier */
    graft_scaling scaling;
    graft_filter filter;
    graft_initialiser initialiser;
    const char *variables;   /* what the variant sets in the family's text */
    const char *const *text; /* the family's, a line each, NULL at the end */
} graft_arch;

const graft_arch *graft_arch_at(size_t index); /* NULL past the end: the registry */
/* "resnet50.torch", or "resnet50" for the first flavour of the table; NULL when there is none. */
const graft_arch *graft_arch_find(const char *name);

/* Whether `name` means an architecture and not a file with weights: it ends in ".net", or is a name of the table and
 * no file is called so. */
bool graft_arch_is(const char *name);

/* A member of 0 means the published value. */
typedef struct graft_arch_options {
    bool no_top;           /* the features only, without the published classifier */
    int64_t classes;       /* of the classifier */
    int64_t height, width; /* pixels; width 0: as the height */
    int64_t channels;      /* 1 or 3 */
    double multiplier;     /* of the channels: 0.1 to 4, where the family has it */
    int64_t latent;        /* numbers of an autoencoder's code; 0: there is no such variable */
} graft_arch_options;

/* The network `name` of the table, or of the text file `name` (recognised by the '.net' at its end), with its
 * parameters declared and unset. `options` NULL: as published.
 * Errors: GRAFT_E_USAGE: no such name, a size below the smallest one (which the text gives), a multiplier where there
 * is none; GRAFT_E_DATA: "my.net:LINE:COLUMN: received, expected". */
GRAFT_MUST_CHECK graft_status graft_arch_build(const char *name, const graft_arch_options *options, graft_graph **out);
/* The same for a row of another table. */
GRAFT_MUST_CHECK graft_status graft_arch_build_row(const graft_arch *arch, const graft_arch_options *options,
                                                   graft_graph **out);

#endif
