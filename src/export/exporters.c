/* The registry of what networks can be written as. */
#include "export/export.h"

#include <string.h>

static const graft_exporter *const exporters[] = {
#define GRAFT_EXPORTER(id) &graft_exporter_##id,
#include "export/exporters.def"
#undef GRAFT_EXPORTER
    NULL,
};

const graft_exporter *graft_exporter_at(size_t index) {
    return index < sizeof exporters / sizeof *exporters ? exporters[index] : NULL;
}

const graft_exporter *graft_exporter_find(const char *name) {
    for (size_t i = 0; exporters[i]; i++)
        if (strcmp(exporters[i]->name, name) == 0) return exporters[i];
    return NULL;
}

const graft_exporter *graft_exporter_for(const char *path) {
    const size_t length = strlen(path);
    for (size_t i = 0; exporters[i]; i++) {
        const size_t tail = strlen(exporters[i]->extension);
        if (tail > 0 && length > tail && strcmp(path + length - tail, exporters[i]->extension) == 0)
            return exporters[i];
    }
    return NULL;
}
