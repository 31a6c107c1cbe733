/* The machine a run was made on. */
#ifndef GRAFT_SRC_REPORT_MACHINE_H
#define GRAFT_SRC_REPORT_MACHINE_H

#include <graft/base.h>

typedef struct graft_machine {
    char cpu[128], features[160], system[200]; /* features: those that matter for speed */
    int cores, processors;                     /* physical ones this process may use; logical ones online */
    uint64_t memory;                           /* bytes */
} graft_machine;

void graft_machine_read(graft_machine *machine);

#endif
