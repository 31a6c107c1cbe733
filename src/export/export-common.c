#include "export/export-common.h"

#include "base/alloc.h"
#include "base/error.h"
#include "nn/op.h"
#include "transfer/network-write.h"

graft_status graft_export_metadata(const graft_export_source *source, bool graph, graft_json **out) {
    return graft_network_metadata(graph ? source->graph : NULL, source->preprocess, source->classes,
                                  source->class_count, out);
}

graft_status graft_export_unique(graft_strmap *taken, const char *name, char **out) {
    size_t place;
    *out = graft_text_copy(name);
    for (int number = 2; *out && graft_strmap_get(taken, *out, &place); number++) {
        graft_release(*out);
        *out = graft_text_format("%s_%d", name, number);
    }
    graft_status status = *out ? graft_strmap_set(taken, *out, 1) : graft_fail_memory("a layer's name");
    if (status == GRAFT_OK) return status;
    graft_release(*out);
    *out = NULL;
    return status;
}

graft_status graft_export_refuse(const graft_node *node, const char *target, const char *why) {
    return graft_fail(GRAFT_E_USAGE, "layer '%.200s' (%s): %s cannot say it: %s", node->name, node->op->name, target,
                      why);
}
