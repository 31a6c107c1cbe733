/* What every test shares: cmocka's includes in their order, folders, the shared data, failing allocations. */
#ifndef GRAFT_TESTS_SUPPORT_H
#define GRAFT_TESTS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <graft/base.h>

/* The path of `relative` below the shared test data ($GRAFT_SHARED, else ../shared beside the source tree). When it is
 * absent the calling test is skipped, loudly: this does not return. */
const char *test_shared(const char *relative);
/* The path of `relative` below the source tree (static storage, valid for four more calls). */
const char *test_source(const char *relative);
/* A fresh empty folder, removed with its contents by test_folder_remove. */
char *test_folder(void);
void test_folder_remove(char *folder);
/* Links to `count` files of each folder of `from`, from its `first` on, in folders of the same names below `to`. */
void test_link_pictures(const char *from, const char *to, size_t first, size_t count);
/* A context with `threads` workers, no cache, silent. */
graft_context *test_context(int threads);

/* What a context said, a line each, but for details: the log of graft_context_options, with `user` a test_log or a
 * struct that begins with one. */
typedef struct test_log {
    char text[8192];
} test_log;
void test_log_add(void *log, graft_log_level level, const char *text);

/* The next of a sequence of numbers in -1..1 that is the same in every run. */
float test_next(uint32_t *seed);
/* As many of them. */
void test_fill(float *out, size_t count, uint32_t seed);

/* Expects GRAFT_OK and prints the error text otherwise. */
#define assert_ok(call)                                                                             \
    do {                                                                                            \
        graft_status status_ = (call);                                                              \
        if (status_ != GRAFT_OK) fail_msg("%s: status %d: %s", #call, status_, graft_error_text()); \
    } while (0)
/* Expects `expected` and an error text that contains `part`. */
#define assert_fails(expected, part, call) test_assert_fails(expected, part, call, #call, __FILE__, __LINE__)
void test_assert_fails(graft_status expected, const char *part, graft_status got, const char *call, const char *file,
                       int line);

/* Have both files the same bytes? */
bool test_files_equal(const char *a, const char *b);

/* Calls `body` again and again, the n-th allocation failing in the n-th call, until it succeeds; `body` must return
 * GRAFT_E_MEMORY cleanly until then. Leaks are for the sanitizer to tell. */
void test_failing_allocations(graft_status (*body)(void *argument), void *argument);

/* Allocations are counted from now on, or no longer; while nothing is allocated. */
void test_count_allocations(bool count);
size_t test_allocations(void);

/* Calls `body` with the path of an older file NAME, alone in its folder, while no file may grow beyond `room` bytes, as
 * on a full disk: `body` must return GRAFT_E_DATA with `part` in the text (NULL: the path), and leave the older file
 * alone and as it was. */
void test_full_disk(const char *name, size_t room, const char *part,
                    graft_status (*body)(void *argument, const char *path), void *argument);

#endif
