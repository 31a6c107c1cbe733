/* Networks on their way out: files of other frameworks, and C source. One target is one file and one row in
 * exporters.def; graft_convert (include/graft/convert.h) opens what is given, calls the row, opens what was written
 * and compares both. */
#ifndef GRAFT_SRC_EXPORT_EXPORT_H
#define GRAFT_SRC_EXPORT_EXPORT_H

#include "nn/graph.h"
#include <graft/convert.h>
#include <graft/preprocess.h>

/* What a row writes; all of it borrowed. */
typedef struct graft_export_source {
    const char *name;                   /* of the network */
    const graft_graph *graph;           /* the whole network with values: up to probabilities, or up to features */
    const graft_preprocess *preprocess; /* NULL: not known */
    const char *const *classes;         /* NULL: not named */
    size_t class_count;                 /* 0: no classifier */
} graft_export_source;

typedef struct graft_exporter {
    const char *name, *help;
    const char *extension; /* ".onnx": how graft_convert knows the target; "" when only --to says it */
    bool reads_back;       /* graft opens what it wrote: graft_convert compares both */
    bool checks_itself;    /* before it writes, unless told not to: nothing can be read again */
    bool prepares;         /* the preprocessing is a part of what it writes */
    /* Writes `path` through a temporary file that is renamed; puts into `report` (or NULL) what it alone knows.
     * Errors: GRAFT_E_USAGE names the op the target cannot say; GRAFT_E_GATE: int8 differs beyond the limit. */
    graft_status (*write)(graft_context *context, const graft_export_source *source,
                          const graft_convert_options *options, const char *path, graft_convert_report *report);
} graft_exporter;

#define GRAFT_EXPORTER(id) extern const graft_exporter graft_exporter_##id;
#include "export/exporters.def"
#undef GRAFT_EXPORTER

const graft_exporter *graft_exporter_at(size_t index); /* NULL past the end: the registry */
const graft_exporter *graft_exporter_find(const char *name);
/* The row for a file's name, or NULL. */
const graft_exporter *graft_exporter_for(const char *path);

#endif
