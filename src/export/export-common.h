/* What exporters share. */
#ifndef GRAFT_SRC_EXPORT_EXPORT_COMMON_H
#define GRAFT_SRC_EXPORT_EXPORT_COMMON_H

#include "base/strmap.h"
#include "export/export.h"
#include "transfer/tensor-list.h"

/* What graft says about the source beside the network, as texts of JSON under the keys of formats/container.h: its
 * preprocessing and classes, as far as they are known; the structure too when `graph` is set. */
GRAFT_MUST_CHECK graft_status graft_export_metadata(const graft_export_source *source, bool graph, graft_json **out);

/* A name made unique by a number after it, and remembered; release with graft_release. */
GRAFT_MUST_CHECK graft_status graft_export_unique(graft_strmap *taken, const char *name, char **out);

/* GRAFT_E_USAGE: the layer, what it does, what the target lacks. */
GRAFT_MUST_CHECK graft_status graft_export_refuse(const graft_node *node, const char *target, const char *why);

#endif
