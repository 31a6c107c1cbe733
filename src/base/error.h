/* Error texts: thread-local, one line, gaining context on the way up. */
#ifndef GRAFT_SRC_BASE_ERROR_H
#define GRAFT_SRC_BASE_ERROR_H

#include <graft/base.h>

/* Sets the thread's error text (newlines and control bytes are replaced). */
void graft_error_set(const char *format, ...) GRAFT_PRINTF(1, 2);
/* Puts "format: " before the thread's error text: context on the way up. */
void graft_error_prepend(const char *format, ...) GRAFT_PRINTF(1, 2);

/* graft_status graft_fail(graft_status status, const char *format, ...): sets the text, which ends with what was
 * received and what to do about it, and gives `status`. Macros, so that compilers see that a failure is one. */
#define graft_fail(status, ...) (graft_error_set(__VA_ARGS__), (graft_status)(status))
#define graft_fail_in(status, ...) (graft_error_prepend(__VA_ARGS__), (graft_status)(status))
/* GRAFT_E_MEMORY with a text that names what did not fit. */
#define graft_fail_memory(what) (graft_error_set("out of memory for %s", what), GRAFT_E_MEMORY)

void graft_error_clear(void);
/* Sets the text as it is: carries an error from a worker thread to the thread that waits for it. */
void graft_error_set_text(const char *text);

/* Leaves the function when `expression` fails. */
#define GRAFT_TRY(expression)                            \
    do {                                                 \
        graft_status try_status_ = (expression);         \
        if (try_status_ != GRAFT_OK) return try_status_; \
    } while (0)

/* Jumps to `label` when `expression` fails, with the outcome in `variable`. */
#define GRAFT_TRY_TO(label, variable, expression) \
    do {                                          \
        (variable) = (expression);                \
        if ((variable) != GRAFT_OK) goto label;   \
    } while (0)

#endif
