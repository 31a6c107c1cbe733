/* graft/base.h: what every other header needs: status codes, errors, the context.
 *
 * Conventions (docs/conventions.md has the whole page):
 *  - A function that can fail returns graft_status and gives its result through `out` parameters.
 *  - `**out` hands over ownership: release it with the matching `_free`, which accepts NULL.
 *  - A getter returns a borrowed pointer that lives as long as the object it came from.
 *  - Options are structs whose first member is `struct_size`; start from the INIT macro.
 *    A zero or NULL member means the default, unless INIT sets another value there.
 *  - Paths and texts are NUL-terminated UTF-8.
 */
#ifndef GRAFT_BASE_H
#define GRAFT_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define GRAFT_API __attribute__((visibility("default")))
#define GRAFT_MUST_CHECK __attribute__((warn_unused_result))
#define GRAFT_PRINTF(format_index, first) __attribute__((format(printf, format_index, first)))
#else
#define GRAFT_API
#define GRAFT_MUST_CHECK
#define GRAFT_PRINTF(format_index, first)
#endif

/* The outcome of a call. graft_status_exit_code() gives the command line's exit code for it. */
typedef enum graft_status {
    GRAFT_OK = 0,
    GRAFT_E_USAGE = 2,     /* the caller asked for something that does not exist or does not fit */
    GRAFT_E_DATA = 3,      /* a file or folder is missing, broken, or not what it should be */
    GRAFT_E_GATE = 4,      /* a required figure was not reached */
    GRAFT_E_INTERNAL = 5,  /* a defect of graft or of a library below it */
    GRAFT_E_MEMORY = 6,    /* an allocation failed */
    GRAFT_E_CANCELLED = 7, /* the caller asked to stop */
} graft_status;

/* The text of the last failure on the calling thread: one line, never NULL, "" when none.
 * Borrowed: valid until the next graft call on this thread. */
GRAFT_API const char *graft_error_text(void);

/* The process exit code for a status: 0, 2, 3, 4, 5 (also of GRAFT_E_MEMORY), or 130 for GRAFT_E_CANCELLED. */
GRAFT_API int graft_status_exit_code(graft_status status);

/* The version of the library, such as "0.1.0". */
GRAFT_API const char *graft_version(void);

typedef enum graft_log_level {
    GRAFT_LOG_DEBUG,
    GRAFT_LOG_INFO,
    GRAFT_LOG_WARNING,
} graft_log_level;

/* How far a long-running call has come. */
typedef struct graft_progress {
    const char *phase;    /* "check", "features", "head", "finetune", ...; static text */
    uint64_t done;        /* units finished (images, steps) */
    uint64_t total;       /* units in all; 0 when unknown */
    double seconds;       /* since the phase began */
    double rate;          /* units a second */
    double seconds_left;  /* estimate; < 0 when unknown */
    double waiting_share; /* 0..1: share of the workers' time spent waiting for data (reading, decoding) */
    bool finished;        /* the phase ends with this report */
} graft_progress;

/* Called for every line of log, from any thread, one call at a time. `text` has no newline. */
typedef void (*graft_log_fn)(void *user, graft_log_level level, const char *text);

/* Called at most about ten times a second and once at the end of a phase, one call at a time.
 * Return false to cancel: the running call stops soon with GRAFT_E_CANCELLED. */
typedef bool (*graft_progress_fn)(void *user, const graft_progress *progress);

/* Everything that a process would otherwise keep in globals. One context may be used by one
 * thread at a time; several contexts may live side by side. */
typedef struct graft_context graft_context;

typedef struct graft_context_options {
    size_t struct_size;
    int threads;                 /* worker threads, 1..256; 0: physical cores this process may use */
    const char *cache_dir;       /* boundary cache and remembered checks, made when missing; NULL: no cache */
    uint64_t cache_limit_bytes;  /* the cache stays below this; 0: 4 GiB */
    uint64_t memory_limit_bytes; /* a plan chooses its batch to fit; 0: half of the memory present */
    bool no_cache;               /* neither read nor write the cache, even if cache_dir is given */
    graft_log_fn log;            /* NULL: silent */
    graft_progress_fn progress;  /* NULL: none */
    void *user;                  /* handed to both callbacks */
    const char *models_dir;      /* store of pretrained models (graft/models.h), made when first written; NULL: none */
    /* Folders that may hold the networks that come with graft (graft-s.safetensors), looked through in this order; NULL
     * ends the list. pkg-config --variable=backbones graft names the installed one. NULL: none. */
    const char *const *backbone_dirs;
} graft_context_options;

#define GRAFT_CONTEXT_OPTIONS_INIT \
    { .struct_size = sizeof(graft_context_options) }

/* `options` may be NULL. Errors: GRAFT_E_USAGE (a value out of range), GRAFT_E_MEMORY. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_context_new(graft_context **out, const graft_context_options *options);
GRAFT_API void graft_context_free(graft_context *context);

/* Asks whatever runs in this context to stop. Safe in a signal handler and from any thread. */
GRAFT_API void graft_context_cancel(graft_context *context);

/* Releases text that a call handed over (such as a JSON document). NULL is fine. */
GRAFT_API void graft_text_free(char *text);

/* Replaces malloc, realloc and free for graft itself (not for the libraries below it). Process-wide:
 * call it before anything else, and not while another graft call runs. NULL restores the C library's. */
typedef struct graft_allocator {
    void *(*allocate)(void *user, size_t bytes, size_t alignment);
    void *(*resize)(void *user, void *old, size_t bytes);
    void (*release)(void *user, void *memory);
    void *user;
} graft_allocator;
GRAFT_API void graft_allocator_set(const graft_allocator *allocator);

#ifdef __cplusplus
}
#endif
#endif
