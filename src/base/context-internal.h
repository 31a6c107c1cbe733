/* The context's members, for base alone. */
#ifndef GRAFT_SRC_BASE_CONTEXT_INTERNAL_H
#define GRAFT_SRC_BASE_CONTEXT_INTERNAL_H

#include <graft/base.h>

#include <pthread.h>
#include <stdatomic.h>

typedef struct graft_pool graft_pool; /* threads.c */

struct graft_context {
    int threads;
    char *cache_dir;      /* NULL: no cache */
    char *models_dir;     /* NULL: none */
    char **backbone_dirs; /* NULL ends them; NULL: none */
    bool cache_made, cache_warned;
    uint64_t cache_limit, memory_limit;
    graft_log_fn log;
    graft_progress_fn progress;
    void *user;
    pthread_mutex_t callbacks; /* one log or progress call at a time */
    _Atomic bool cancelled;
    graft_pool *pool; /* NULL with one thread */
};

GRAFT_MUST_CHECK graft_status graft_pool_new(int threads, graft_pool **out);
void graft_pool_free(graft_pool *pool);

#endif
