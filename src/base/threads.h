/* A fixed pool of workers. Work is handed out index by index; results must not depend on which worker
 * gets which index, so that the bytes do not depend on the number of threads. */
#ifndef GRAFT_SRC_BASE_THREADS_H
#define GRAFT_SRC_BASE_THREADS_H

#include <graft/base.h>

/* worker: 0..graft_context_threads()-1, unique among the calls under way. */
typedef graft_status (*graft_work_fn)(void *argument, int worker, size_t index);

/* Calls fn for 0..count-1 on the context's workers (the caller is one of them) and waits. After a
 * failure or a cancel no further index is begun; the error of the lowest failed index is returned,
 * with its text. Nested calls run in the calling worker alone. */
GRAFT_MUST_CHECK graft_status graft_parallel_for(graft_context *context, size_t count, graft_work_fn fn,
                                                 void *argument);
/* The same, but a cancel does not end it: for changes that must be made whole, or another call would have to undo them.
 * They should be short; the cancel is seen by the next call that looks for it. */
GRAFT_MUST_CHECK graft_status graft_parallel_for_uncancellable(graft_context *context, size_t count, graft_work_fn fn,
                                                               void *argument);

int graft_context_threads(const graft_context *context);
/* Physical cores this process may use, at least 1. */
int graft_physical_cores(void);

#endif
