#include "base/threads.h"

#include "base/alloc.h"
#include "base/context-internal.h"
#include "base/context.h"
#include "base/error.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>

typedef struct graft_job {
    graft_context *context; /* whose cancel ends it; NULL: none does */
    graft_work_fn fn;
    void *argument;
    size_t count, next;
    size_t failed_index; /* lowest; SIZE_MAX: none */
    graft_status status;
    char error[2048];
} graft_job;

struct graft_pool {
    int helpers; /* threads besides the caller */
    pthread_t *thread;
    pthread_mutex_t lock;
    pthread_cond_t begin, end;
    graft_job *job; /* NULL: idle */
    uint64_t generation;
    int busy;
    bool stopping;
};

typedef struct helper_start {
    graft_pool *pool;
    int worker;
} helper_start;

/* A call made inside a worker runs there alone: no deadlock, no more threads than asked for. */
static _Thread_local bool inside_worker;

/* Under the pool's lock (or alone): takes the next index, false when there is none to begin. */
static bool take(graft_job *job, size_t *index) {
    if (job->next >= job->count || job->failed_index != SIZE_MAX) return false;
    *index = job->next++;
    return true;
}

static void record_failure(graft_job *job, size_t index, graft_status status) {
    if (index >= job->failed_index) return;
    job->failed_index = index;
    job->status = status;
    snprintf(job->error, sizeof job->error, "%s", graft_error_text());
}

static graft_status run_index(graft_job *job, int worker, size_t index) {
    graft_status status = job->context ? graft_cancelled(job->context) : GRAFT_OK;
    return status == GRAFT_OK ? job->fn(job->argument, worker, index) : status;
}

static void work(graft_pool *pool, graft_job *job, int worker) {
    size_t index;
    inside_worker = true;
    pthread_mutex_lock(&pool->lock);
    while (take(job, &index)) {
        pthread_mutex_unlock(&pool->lock);
        graft_status status = run_index(job, worker, index);
        pthread_mutex_lock(&pool->lock);
        if (status != GRAFT_OK) record_failure(job, index, status);
    }
    pthread_mutex_unlock(&pool->lock);
    inside_worker = false;
}

static void *helper_main(void *argument) {
    helper_start start = *(helper_start *)argument;
    graft_release(argument);
    graft_pool *pool = start.pool;
    uint64_t seen = 0;
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        while (!pool->stopping && pool->generation == seen)
            pthread_cond_wait(&pool->begin, &pool->lock);
        if (pool->stopping) break;
        seen = pool->generation;
        graft_job *job = pool->job;
        pthread_mutex_unlock(&pool->lock);
        work(pool, job, start.worker);
        pthread_mutex_lock(&pool->lock);
        if (--pool->busy == 0) pthread_cond_signal(&pool->end);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

static graft_status start_helper(graft_pool *pool, int worker) {
    helper_start *start = graft_allocate(1, sizeof *start);
    if (!start) return graft_fail_memory("a worker thread");
    *start = (helper_start){pool, worker};
    int error = pthread_create(&pool->thread[pool->helpers], NULL, helper_main, start);
    if (error != 0) {
        graft_release(start);
        return graft_fail(GRAFT_E_INTERNAL, "cannot start worker thread %d: %s", worker, strerror(error));
    }
    pool->helpers++;
    return GRAFT_OK;
}

graft_status graft_pool_new(int threads, graft_pool **out) {
    graft_pool *pool = graft_allocate_zero(1, sizeof *pool);
    if (!pool) return graft_fail_memory("the worker threads");
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->begin, NULL);
    pthread_cond_init(&pool->end, NULL);
    *out = pool;
    pool->thread = graft_allocate((size_t)threads, sizeof *pool->thread);
    if (!pool->thread) return graft_fail_memory("the worker threads");
    for (int i = 1; i < threads; i++)
        GRAFT_TRY(start_helper(pool, i));
    return GRAFT_OK;
}

void graft_pool_free(graft_pool *pool) {
    if (!pool) return;
    pthread_mutex_lock(&pool->lock);
    pool->stopping = true;
    pthread_cond_broadcast(&pool->begin);
    pthread_mutex_unlock(&pool->lock);
    for (int i = 0; i < pool->helpers; i++)
        pthread_join(pool->thread[i], NULL);
    pthread_cond_destroy(&pool->begin);
    pthread_cond_destroy(&pool->end);
    pthread_mutex_destroy(&pool->lock);
    graft_release(pool->thread);
    graft_release(pool);
}

static graft_status run_alone(graft_job *job) {
    size_t index;
    while (take(job, &index))
        GRAFT_TRY(run_index(job, 0, index));
    return GRAFT_OK;
}

static graft_status run(graft_pool *pool, graft_job *job) {
    if (!pool || inside_worker || job->count < 2) return run_alone(job);
    pthread_mutex_lock(&pool->lock);
    pool->job = job;
    pool->busy = pool->helpers;
    pool->generation++;
    pthread_cond_broadcast(&pool->begin);
    pthread_mutex_unlock(&pool->lock);
    work(pool, job, 0);
    pthread_mutex_lock(&pool->lock);
    while (pool->busy > 0)
        pthread_cond_wait(&pool->end, &pool->lock);
    pool->job = NULL;
    pthread_mutex_unlock(&pool->lock);
    if (job->failed_index == SIZE_MAX) return GRAFT_OK;
    graft_error_set_text(job->error);
    return job->status;
}

graft_status graft_parallel_for(graft_context *context, size_t count, graft_work_fn fn, void *argument) {
    graft_job job = {.context = context, .fn = fn, .argument = argument, .count = count, .failed_index = SIZE_MAX};
    return run(context->pool, &job);
}

graft_status graft_parallel_for_uncancellable(graft_context *context, size_t count, graft_work_fn fn, void *argument) {
    graft_job job = {.fn = fn, .argument = argument, .count = count, .failed_index = SIZE_MAX};
    return run(context->pool, &job);
}

/* The first hardware thread of a core names the core. */
static bool is_first_of_its_core(int cpu) {
    char path[96], text[64] = "";
    snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list", cpu);
    FILE *file = fopen(path, "r");
    if (!file) return true;
    bool read = fgets(text, sizeof text, file) != NULL;
    fclose(file);
    int first = cpu;
    return !read || sscanf(text, "%d", &first) != 1 || first == cpu;
}

int graft_physical_cores(void) {
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return 1;
    int cores = 0;
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, &allowed) && is_first_of_its_core(cpu)) cores++;
    if (cores == 0) cores = CPU_COUNT(&allowed);
    return cores < 1 ? 1 : cores > 256 ? 256 : cores;
}
