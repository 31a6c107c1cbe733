#include "support/support.h"

#include "base/alloc.h"
#include "base/file.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static const char *keep(const char *folder, const char *relative) {
    static char paths[5][4096];
    static int next;
    char *path = paths[next++ % 5];
    snprintf(path, sizeof paths[0], "%s/%s", folder, relative);
    return path;
}

/* A test that is skipped half way leaves what it had: LeakSanitizer asks this at the end (sanitizer/lsan_interface.h).
 */
static bool skipped;
__attribute__((visibility("default"))) int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void) {
    return skipped;
}

const char *test_shared(const char *relative) {
    const char *root = getenv("GRAFT_SHARED");
    const char *path = keep(root ? root : GRAFT_TEST_SOURCE_ROOT "/../shared", relative);
    if (graft_file_kind_of(path) == GRAFT_FILE_MISSING) {
        fprintf(stderr, "SKIPPED: the shared test data is absent: %s\n", path);
        skipped = true;
        skip();
    }
    return path;
}

const char *test_source(const char *relative) {
    return keep(GRAFT_TEST_SOURCE_ROOT, relative);
}

char *test_folder(void) {
    const char *base = getenv("TMPDIR");
    char *folder = graft_text_format("%s/graft-test-XXXXXX", base ? base : "/tmp");
    if (!folder || !mkdtemp(folder)) fail_msg("no temporary folder can be made");
    return folder;
}

static void remove_tree(const char *path) {
    graft_names names;
    if (graft_folder_list(path, &names) != GRAFT_OK) return;
    for (size_t i = 0; i < names.count; i++) {
        char *child = graft_path_join(path, names.name[i]);
        if (child && unlink(child) != 0) remove_tree(child); /* links are removed, never followed */
        graft_release(child);
    }
    graft_names_free(&names);
    rmdir(path);
}

void test_folder_remove(char *folder) {
    if (!folder) return;
    remove_tree(folder);
    graft_release(folder);
}

graft_context *test_context(int threads) {
    graft_context_options options = GRAFT_CONTEXT_OPTIONS_INIT;
    graft_context *context;
    options.threads = threads;
    assert_ok(graft_context_new(&context, &options));
    return context;
}

void test_log_add(void *log, graft_log_level level, const char *text) {
    test_log *l = log;
    size_t used = strlen(l->text);
    if (level != GRAFT_LOG_DEBUG) snprintf(l->text + used, sizeof(l->text) - used, "%s\n", text);
}

float test_next(uint32_t *seed) {
    *seed = *seed * 1664525U + 1013904223U;
    return (float)(*seed >> 8) / 8388608.0F - 1.0F;
}

void test_fill(float *out, size_t count, uint32_t seed) {
    for (size_t i = 0; i < count; i++)
        out[i] = test_next(&seed);
}

void test_assert_fails(graft_status expected, const char *part, graft_status got, const char *call, const char *file,
                       int line) {
    if (got == expected && strstr(graft_error_text(), part)) return;
    print_error("%s: status %d (expected %d), text \"%s\" (expected \"%s\" in it)\n", call, got, expected,
                got == GRAFT_OK ? "" : graft_error_text(), part);
    _fail(file, line);
}

bool test_files_equal(const char *a, const char *b) {
    char *left, *right;
    size_t left_length, right_length;
    assert_ok(graft_file_read(a, 0, &left, &left_length));
    assert_ok(graft_file_read(b, 0, &right, &right_length));
    const bool equal = left_length == right_length && memcmp(left, right, left_length) == 0;
    graft_release(left);
    graft_release(right);
    return equal;
}

/* ---- a full disk ---- */

/* A limit on file sizes fails write() as a full disk does. */
void test_full_disk(const char *name, size_t room, const char *part,
                    graft_status (*body)(void *argument, const char *path), void *argument) {
    char *folder = test_folder(), *path = graft_path_join(folder, name), *bytes;
    struct rlimit before, small;
    graft_names left;
    assert_ok(graft_file_write(path, "old", 3));
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = (struct rlimit){.rlim_cur = room, .rlim_max = before.rlim_max};
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    graft_status status = body(argument, path);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, handler);
    assert_fails(GRAFT_E_DATA, part ? part : path, status);
    assert_null(strchr(graft_error_text(), '\n'));
    assert_ok(graft_file_read(path, 0, &bytes, NULL));
    assert_string_equal(bytes, "old");
    assert_ok(graft_folder_list(folder, &left));
    assert_int_equal(left.count, 1); /* nothing temporary is left */
    graft_names_free(&left);
    graft_release(bytes);
    graft_release(path);
    test_folder_remove(folder);
}

void test_link_pictures(const char *from, const char *to, size_t first, size_t count) {
    graft_names classes;
    assert_ok(graft_folder_list(from, &classes));
    for (size_t i = 0; i < classes.count; i++) {
        char *source = graft_path_join(from, classes.name[i]), *target = graft_path_join(to, classes.name[i]);
        graft_names files;
        assert_ok(graft_folder_make(target));
        assert_ok(graft_folder_list(source, &files));
        for (size_t j = first; j < first + count && j < files.count; j++) {
            char *path = graft_path_join(source, files.name[j]), *link = graft_path_join(target, files.name[j]);
            assert_int_equal(symlink(path, link), 0);
            graft_release(path);
            graft_release(link);
        }
        graft_names_free(&files);
        graft_release(source);
        graft_release(target);
    }
    graft_names_free(&classes);
}
