/* How well a file fits an architecture: what choosing and loading share. */
#ifndef GRAFT_SRC_ZOO_LOAD_FIT_H
#define GRAFT_SRC_ZOO_LOAD_FIT_H

#include "zoo/arch.h"
#include "zoo/names.h"

/* The best pairing of a file and a graph over dialects and ways of pairing. */
typedef struct graft_fitting {
    graft_names_graph names;
    graft_pairing pairing;
} graft_fitting;
/* `features`: the names of the layers before the classifier; NULL: all are. */
GRAFT_MUST_CHECK graft_status graft_fit_graph(const graft_names_file *file, const graft_graph *graph,
                                              const graft_graph *features, const char *arch, graft_fitting *out);
void graft_fitting_clear(graft_fitting *fitting);

/* What an architecture makes of a file. */
typedef struct graft_candidate_arch {
    const char *arch;
    double multiplier;
    const graft_dialect *dialect;
    bool whole;      /* all before the classifier fits */
    const char *how; /* "by name", "by order" */
    bool by_order;
    bool head_whole, no_top;             /* all of the classifier fits; it was tried without one */
    size_t wanted, paired, named, spare; /* named: that the file has, of whatever shape */
    int64_t classes;                     /* of the file's classifier; 0: none found */
} graft_candidate_arch;
/* Tries a file with an architecture and its width multipliers; with all flavours of it where `arch` names none
 * ("resnet50"). Errors: as graft_arch_build. */
GRAFT_MUST_CHECK graft_status graft_fit_arch(const graft_names_file *file, const char *arch, graft_candidate_arch *out);

/* Finds the one architecture whose file it is. out->whole false: none. Errors: GRAFT_E_USAGE: several. */
GRAFT_MUST_CHECK graft_status graft_fit_table(const graft_names_file *file, graft_candidate_arch *out);

#endif
