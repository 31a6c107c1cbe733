/* What a check found for a file, remembered by the hash of the file's content. */
#ifndef GRAFT_SRC_DATA_FINDINGS_H
#define GRAFT_SRC_DATA_FINDINGS_H

#include "base/hash.h"
#include "data/likeness.h"
#include "data/quality.h"

#define GRAFT_FAULT_SIZE 100

/* One record of the file, as it is in memory: a cache does not travel between machines. */
typedef struct graft_finding {
    graft_hash content;
    uint64_t perceptual;
    graft_likeness likeness;
    graft_quality quality;
    int32_t width, height;
    uint8_t type, orientation, grey, unused;
    char fault[GRAFT_FAULT_SIZE]; /* "": sound */
    uint64_t checksum;            /* of everything before it; set when written */
} graft_finding;

typedef struct graft_findings graft_findings;

/* Reads what the context's cache folder remembers. No cache, no file or a damaged one is no error: damaged records
 * are left out, so that their files are checked again. */
GRAFT_MUST_CHECK graft_status graft_findings_open(graft_context *context, graft_findings **out);
void graft_findings_free(graft_findings *findings);
/* NULL when nothing is known. Threads may look up side by side. */
const graft_finding *graft_findings_get(const graft_findings *findings, graft_hash content);

/* Adds `count` findings to the file. Another process that saves at the same moment may replace them, which costs a
 * check and nothing else: the file always is one version or another, whole. Failures are logged, not returned. */
void graft_findings_save(graft_context *context, graft_finding *found, size_t count);

#endif
