#include "base/context.h"

#include "base/alloc.h"
#include "base/context-internal.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/threads.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MAX_THREADS = 256, LOG_LINE = 2048 };

static const uint64_t default_cache_limit = (uint64_t)4 << 30;

/* Options of an older caller are shorter: the rest is zero, the default. */
static graft_status read_options(graft_context_options *out, const graft_context_options *options) {
    *out = (graft_context_options)GRAFT_CONTEXT_OPTIONS_INIT;
    if (!options) return GRAFT_OK;
    if (options->struct_size < sizeof options->struct_size)
        return graft_fail(GRAFT_E_USAGE, "context options: struct_size is %zu; start from GRAFT_CONTEXT_OPTIONS_INIT",
                          options->struct_size);
    memcpy(out, options, options->struct_size < sizeof *out ? options->struct_size : sizeof *out);
    if (out->threads < 0 || out->threads > MAX_THREADS)
        return graft_fail(GRAFT_E_USAGE, "threads: received %d, allowed are 1 to %d, or 0 for all cores", out->threads,
                          MAX_THREADS);
    return GRAFT_OK;
}

/* A copy that ends as `given` does. */
static graft_status copy_folders(const char *const *given, char ***out) {
    size_t count = 0;
    while (given[count])
        count++;
    *out = graft_allocate_zero(count + 1, sizeof **out);
    for (size_t i = 0; *out && i < count; i++)
        if (!((*out)[i] = graft_text_copy(given[i]))) return graft_fail_memory("the folders' names");
    return *out ? GRAFT_OK : graft_fail_memory("the folders' names");
}

graft_status graft_context_new(graft_context **out, const graft_context_options *options) {
    graft_context_options given;
    *out = NULL;
    GRAFT_TRY(read_options(&given, options));
    graft_context *context = graft_allocate_zero(1, sizeof *context);
    if (!context) return graft_fail_memory("a context");
    pthread_mutex_init(&context->callbacks, NULL);
    context->threads = given.threads ? given.threads : graft_physical_cores();
    context->cache_limit = given.cache_limit_bytes ? given.cache_limit_bytes : default_cache_limit;
    context->memory_limit = given.memory_limit_bytes ? given.memory_limit_bytes : graft_memory_present() / 2;
    context->log = given.log;
    context->progress = given.progress;
    context->user = given.user;
    atomic_init(&context->cancelled, false);
    graft_status status = GRAFT_OK;
    if (given.cache_dir && !given.no_cache) {
        context->cache_dir = graft_text_copy(given.cache_dir);
        if (!context->cache_dir) status = graft_fail_memory("the cache folder's name");
    }
    if (status == GRAFT_OK && given.models_dir) {
        context->models_dir = graft_text_copy(given.models_dir);
        if (!context->models_dir) status = graft_fail_memory("the models folder's name");
    }
    if (status == GRAFT_OK && given.backbone_dirs) status = copy_folders(given.backbone_dirs, &context->backbone_dirs);
    if (status == GRAFT_OK && context->threads > 1) status = graft_pool_new(context->threads, &context->pool);
    if (status != GRAFT_OK) {
        graft_context_free(context);
        return status;
    }
    *out = context;
    return GRAFT_OK;
}

void graft_context_free(graft_context *context) {
    if (!context) return;
    graft_pool_free(context->pool);
    pthread_mutex_destroy(&context->callbacks);
    graft_release(context->cache_dir);
    graft_release(context->models_dir);
    for (size_t i = 0; context->backbone_dirs && context->backbone_dirs[i]; i++)
        graft_release(context->backbone_dirs[i]);
    graft_release(context->backbone_dirs);
    graft_release(context);
}

void graft_context_cancel(graft_context *context) {
    atomic_store(&context->cancelled, true);
}

graft_status graft_cancelled(const graft_context *context) {
    if (!atomic_load(&context->cancelled)) return GRAFT_OK;
    return graft_fail(GRAFT_E_CANCELLED, "stopped on request");
}

void graft_log(graft_context *context, graft_log_level level, const char *format, ...) {
    if (!context->log) return;
    char line[LOG_LINE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    for (char *c = line; *c; c++)
        if ((unsigned char)*c < 0x20) *c = ' ';
    pthread_mutex_lock(&context->callbacks);
    context->log(context->user, level, line);
    pthread_mutex_unlock(&context->callbacks);
}

const char *graft_context_cache_dir(graft_context *context) {
    if (!context->cache_dir || context->cache_warned) return NULL;
    if (!context->cache_made) {
        if (graft_folder_make(context->cache_dir) != GRAFT_OK || access(context->cache_dir, W_OK) != 0) {
            context->cache_warned = true;
            graft_log(context, GRAFT_LOG_WARNING, "cache folder %s cannot be written: going on without a cache",
                      context->cache_dir);
            return NULL;
        }
        context->cache_made = true;
    }
    return context->cache_dir;
}

const char *graft_context_models_dir(const graft_context *context) {
    return context->models_dir;
}

const char *const *graft_context_backbone_dirs(const graft_context *context) {
    return (const char *const *)context->backbone_dirs;
}

uint64_t graft_context_cache_limit(const graft_context *context) {
    return context->cache_limit;
}

uint64_t graft_context_memory_limit(const graft_context *context) {
    return context->memory_limit;
}

int graft_context_threads(const graft_context *context) {
    return context->threads;
}

double graft_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}
