/* The context's insides that lower modules need. */
#ifndef GRAFT_SRC_BASE_CONTEXT_H
#define GRAFT_SRC_BASE_CONTEXT_H

#include <graft/base.h>

void graft_log(graft_context *context, graft_log_level level, const char *format, ...) GRAFT_PRINTF(3, 4);

/* GRAFT_E_CANCELLED (with its text) once a cancel was asked for, else GRAFT_OK. */
GRAFT_MUST_CHECK graft_status graft_cancelled(const graft_context *context);

/* The cache folder, made when it is missing; NULL with --no-cache or when it cannot be made (logged once). */
const char *graft_context_cache_dir(graft_context *context);
/* The folder of pretrained models, which may not exist yet; NULL: the caller named none. */
const char *graft_context_models_dir(const graft_context *context);
/* Folders of networks that come with graft, NULL ends them; NULL: none. */
const char *const *graft_context_backbone_dirs(const graft_context *context);
uint64_t graft_context_cache_limit(const graft_context *context);
uint64_t graft_context_memory_limit(const graft_context *context);

/* One phase of a long-running call. Begin, add from any thread, end; `waited` seconds go into
 * waiting_share. add returns GRAFT_E_CANCELLED when the callback or a signal asked to stop. */
typedef struct graft_phase graft_phase;
GRAFT_MUST_CHECK graft_status graft_phase_begin(graft_context *context, const char *name, uint64_t total,
                                                graft_phase **out);
GRAFT_MUST_CHECK graft_status graft_phase_add(graft_phase *phase, uint64_t units, double waited);
double graft_phase_waiting_share(const graft_phase *phase);
double graft_phase_seconds(const graft_phase *phase);
void graft_phase_end(graft_phase *phase); /* reports the end; NULL is fine */

/* Seconds of a monotonic clock. */
double graft_now(void);

#endif
