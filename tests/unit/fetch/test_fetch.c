/* Downloads from a server of our own that does everything wrong that a server can. */
#include "support/http.h"
#include "support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "fetch/fetch.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { LENGTH = 300000, CUT = 100000 };

typedef struct place {
    char *folder, *into, *path, *part, *tag;
    pid_t server;
    int port;
    graft_context *context;
    unsigned char *bytes;
    char sha256[GRAFT_DIGEST_TEXT], md5[GRAFT_DIGEST_TEXT];
} place;

static void digest(graft_digest_kind kind, const void *bytes, size_t length, char out[GRAFT_DIGEST_TEXT]) {
    graft_digest *digest;
    assert_ok(graft_digest_new(kind, &digest));
    assert_ok(graft_digest_add(digest, bytes, length));
    assert_ok(graft_digest_text(digest, out));
    graft_digest_free(digest);
}

static int set_up(void **state) {
    place *p = calloc(1, sizeof *p);
    unsigned value = 1;
    p->folder = test_folder();
    p->into = test_folder();
    p->path = graft_path_join(p->into, "model.bin");
    p->part = graft_text_format("%s.part", p->path);
    p->tag = graft_text_format("%s.part.tag", p->path);
    p->bytes = malloc(LENGTH);
    for (int i = 0; i < LENGTH; i++) {
        value = value * 1664525u + 1013904223u;
        p->bytes[i] = (unsigned char)(value >> 24);
    }
    char *file = graft_path_join(p->folder, "f.bin");
    assert_ok(graft_file_write(file, p->bytes, LENGTH));
    graft_release(file);
    digest(GRAFT_DIGEST_SHA256, p->bytes, LENGTH, p->sha256);
    digest(GRAFT_DIGEST_MD5, p->bytes, LENGTH, p->md5);
    setenv("no_proxy", "127.0.0.1", 1);
    p->server = test_http_start(p->folder, &p->port);
    assert_true(p->server > 0);
    p->context = test_context(1);
    *state = p;
    return 0;
}

static int tear_down(void **state) {
    place *p = *state;
    test_http_stop(p->server);
    graft_context_free(p->context);
    test_folder_remove(p->folder);
    test_folder_remove(p->into);
    graft_release(p->path);
    graft_release(p->part);
    graft_release(p->tag);
    free(p->bytes);
    free(p);
    return 0;
}

/* With the digest that is right. */
static graft_status get(place *p, const char *what, graft_fetch_options *options, graft_fetch_result *result) {
    char url[256];
    graft_fetch_options own = {.kind = GRAFT_DIGEST_SHA256, .digest = p->sha256, .stall_seconds = 20};
    graft_fetch_result unused;
    snprintf(url, sizeof url, "http://127.0.0.1:%d/%s/f.bin", p->port, what);
    return graft_fetch(p->context, url, p->path, options ? options : &own, result ? result : &unused);
}

static void assert_arrived(const place *p) {
    char *text;
    size_t length;
    assert_ok(graft_file_read(p->path, 0, &text, &length));
    assert_int_equal(length, LENGTH);
    assert_memory_equal(text, p->bytes, LENGTH);
    graft_release(text);
    assert_int_equal(graft_file_kind_of(p->part), GRAFT_FILE_MISSING);
    assert_int_equal(graft_file_kind_of(p->tag), GRAFT_FILE_MISSING);
}

/* Nothing under the final name; the part has `kept` bytes, or is not there for 0. */
static void assert_kept(const place *p, size_t kept) {
    char *text = NULL;
    size_t length = 0;
    assert_int_equal(graft_file_kind_of(p->path), GRAFT_FILE_MISSING);
    if (kept == 0) assert_int_equal(graft_file_kind_of(p->part), GRAFT_FILE_MISSING);
    if (kept > 0) assert_ok(graft_file_read(p->part, 0, &text, &length));
    assert_int_equal(length, kept);
    graft_release(text);
}

static void whole_files_arrive_and_are_hashed(void **state) {
    place *p = *state;
    graft_fetch_result result;
    assert_ok(get(p, "plain", NULL, &result));
    assert_arrived(p);
    assert_int_equal(result.bytes, LENGTH);
    assert_int_equal(result.resumed, 0);
    assert_string_equal(result.sha256, p->sha256);
    unlink(p->path);
    graft_fetch_options md5 = {.kind = GRAFT_DIGEST_MD5, .digest = p->md5};
    assert_ok(get(p, "plain", &md5, &result));
    assert_string_equal(result.sha256, p->sha256);
    unlink(p->path);
    char first[9] = "";
    memcpy(first, p->sha256, 8);
    graft_fetch_options prefix = {.kind = GRAFT_DIGEST_SHA256, .digest = first};
    assert_ok(get(p, "plain", &prefix, NULL));
    unlink(p->path);
    graft_fetch_options unknown = {.digest = ""};
    assert_ok(get(p, "plain", &unknown, NULL));
    assert_arrived(p);
}

static void redirections_are_followed_five_times(void **state) {
    place *p = *state;
    assert_ok(get(p, "redirect/5", NULL, NULL));
    assert_arrived(p);
    unlink(p->path);
    assert_fails(GRAFT_E_DATA, "more than 5 redirections", get(p, "redirect/6", NULL, NULL));
    assert_fails(GRAFT_E_DATA, "more than 5 redirections", get(p, "loop", NULL, NULL));
    assert_fails(GRAFT_E_DATA, "graft models add FILE", get(p, "to-file", NULL, NULL));
    assert_kept(p, 0);
}

static void a_cut_connection_is_resumed(void **state) {
    place *p = *state;
    graft_fetch_result result;
    assert_fails(GRAFT_E_DATA, "after 100000 bytes, which stay", get(p, "cut/100000", NULL, NULL));
    assert_kept(p, CUT);
    assert_ok(get(p, "cut/100000", NULL, &result));
    assert_int_equal(result.resumed, CUT);
    assert_arrived(p);
    unlink(p->path);
    /* Without a version the digest will tell; without either it begins anew. */
    assert_fails(GRAFT_E_DATA, "which stay", get(p, "cut-untagged/100000", NULL, NULL));
    assert_ok(get(p, "cut-untagged/100000", NULL, &result));
    assert_int_equal(result.resumed, CUT);
    unlink(p->path);
    graft_fetch_options unknown = {0};
    assert_fails(GRAFT_E_DATA, "which stay", get(p, "cut-untagged/100000", &unknown, NULL));
    assert_fails(GRAFT_E_DATA, "which stay", get(p, "cut-untagged/100000", &unknown, NULL));
    assert_kept(p, CUT);
}

static void a_part_of_another_version_begins_anew(void **state) {
    place *p = *state;
    graft_fetch_result result;
    const char *const ways[] = {"changed/100000", "no-range/100000"};
    for (size_t i = 0; i < 2; i++) {
        assert_fails(GRAFT_E_DATA, "which stay", get(p, ways[i], NULL, NULL));
        assert_kept(p, CUT);
        assert_ok(get(p, ways[i], NULL, &result));
        assert_int_equal(result.resumed, 0);
        assert_arrived(p);
        unlink(p->path);
    }
    /* Another address. */
    assert_fails(GRAFT_E_DATA, "which stay", get(p, "cut/100000", NULL, NULL));
    assert_ok(get(p, "plain", NULL, &result));
    assert_int_equal(result.resumed, 0);
    assert_arrived(p);
    unlink(p->path);
    /* A version that does not tell that it changed: the digest does, and it is brought once more. */
    assert_fails(GRAFT_E_DATA, "which stay", get(p, "cut-mixed/100000", NULL, NULL));
    assert_ok(get(p, "cut-mixed/100000", NULL, &result));
    assert_arrived(p);
}

static void put_part(const place *p, const char *what, const void *bytes, size_t length) {
    char tag[300];
    snprintf(tag, sizeof tag, "http://127.0.0.1:%d/%s/f.bin\n\"v1\"\n", p->port, what);
    assert_ok(graft_file_write(p->part, bytes, length));
    assert_ok(graft_file_write(p->tag, tag, strlen(tag)));
}

static void odd_parts_do_no_harm(void **state) {
    place *p = *state;
    graft_fetch_result result;
    /* All of it is there. */
    put_part(p, "plain", p->bytes, LENGTH);
    assert_ok(get(p, "plain", NULL, &result));
    assert_int_equal(result.resumed, LENGTH);
    assert_arrived(p);
    unlink(p->path);
    /* More than all. */
    unsigned char *more = calloc(1, LENGTH + 5);
    put_part(p, "plain", more, LENGTH + 5);
    free(more);
    assert_ok(get(p, "plain", NULL, &result));
    assert_arrived(p);
    unlink(p->path);
    /* Other bytes. */
    put_part(p, "plain", "graft", 5);
    assert_ok(get(p, "plain", NULL, &result));
    assert_arrived(p);
    unlink(p->path);
    /* A server that gives another part. */
    put_part(p, "other-range", p->bytes, CUT);
    assert_ok(get(p, "other-range", NULL, &result));
    assert_arrived(p);
    unlink(p->path);
    assert_ok(graft_file_write(p->tag, "\n\n\n", 3));
    assert_ok(graft_file_write(p->part, "graft", 5));
    assert_ok(get(p, "plain", NULL, NULL));
    assert_arrived(p);
    unlink(p->path);
    assert_int_equal(symlink("/etc/hostname", p->part), 0);
    assert_fails(GRAFT_E_DATA, "model.bin.part", get(p, "plain", NULL, NULL));
}

static void wrong_bytes_are_removed(void **state) {
    place *p = *state;
    assert_fails(GRAFT_E_DATA, "expected", get(p, "wrong", NULL, NULL));
    assert_kept(p, 0);
    assert_fails(GRAFT_E_DATA, "SHA-256", get(p, "short", NULL, NULL));
    assert_kept(p, 0);
    graft_fetch_options md5 = {.kind = GRAFT_DIGEST_MD5, .digest = p->md5};
    assert_fails(GRAFT_E_DATA, "MD5", get(p, "wrong", &md5, NULL));
    assert_fails(GRAFT_E_DATA, "empty file", get(p, "empty", NULL, NULL));
    assert_kept(p, 0);
    assert_fails(GRAFT_E_DATA, "cut after 300000 bytes", get(p, "long", NULL, NULL));
    assert_kept(p, LENGTH);
}

static void refusals_are_told(void **state) {
    place *p = *state;
    assert_fails(GRAFT_E_DATA, "404, there is no such file", get(p, "status/404", NULL, NULL));
    assert_fails(GRAFT_E_DATA, "403", get(p, "status/403", NULL, NULL));
    assert_fails(GRAFT_E_DATA, "500, it is in trouble", get(p, "status/500", NULL, NULL));
    assert_fails(GRAFT_E_DATA, "204", get(p, "status/204", NULL, NULL));
    assert_fails(GRAFT_E_DATA, "cut", get(p, "nothing", NULL, NULL));
    assert_fails(GRAFT_E_DATA, "graft models add FILE", get(p, "garbage", NULL, NULL));
    assert_kept(p, 0);
    /* A part outlives a server in trouble. */
    put_part(p, "status/500", p->bytes, CUT);
    assert_fails(GRAFT_E_DATA, "500", get(p, "status/500", NULL, NULL));
    assert_kept(p, CUT);
    graft_fetch_result result;
    test_http_stop(p->server);
    assert_fails(GRAFT_E_DATA, "graft models add FILE", get(p, "plain", NULL, NULL));
    p->server = test_http_start(p->folder, &p->port);
    assert_fails(GRAFT_E_USAGE, "no address", graft_fetch(p->context, "file:///etc/hostname", p->path, NULL, &result));
    assert_fails(GRAFT_E_USAGE, "no address", graft_fetch(p->context, "model.h5", p->path, NULL, &result));
}

static void limits_hold(void **state) {
    place *p = *state;
    graft_fetch_options stall = {.digest = p->sha256, .kind = GRAFT_DIGEST_SHA256, .stall_seconds = 0.3};
    graft_fetch_result result;
    assert_fails(GRAFT_E_DATA, "nothing came for 0.3 seconds", get(p, "stall/100000", &stall, NULL));
    assert_kept(p, CUT);
    assert_ok(get(p, "stall/100000", NULL, &result));
    assert_int_equal(result.resumed, CUT);
    unlink(p->path);
    assert_fails(GRAFT_E_DATA, "the limit is", get(p, "huge", NULL, NULL));
    graft_fetch_options small = {.limit = 1000};
    assert_fails(GRAFT_E_DATA, "the limit is 1000", get(p, "plain", &small, NULL));
    graft_fetch_options large = {.limit = 1000000};
    assert_fails(GRAFT_E_DATA, "the limit is 1000000", get(p, "endless", &large, NULL));
    assert_int_equal(graft_file_kind_of(p->path), GRAFT_FILE_MISSING);
    graft_fetch_options room = {.limit = (uint64_t)1 << 60};
    assert_fails(GRAFT_E_DATA, "make room", get(p, "huge", &room, NULL));
}

static void one_at_a_time(void **state) {
    place *p = *state;
    int fd = open(p->part, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    assert_fails(GRAFT_E_DATA, "another process", get(p, "plain", NULL, NULL));
    assert_int_equal(graft_file_kind_of(p->part), GRAFT_FILE_REGULAR);
    close(fd);
    assert_ok(get(p, "plain", NULL, NULL));
    assert_arrived(p);
}

static bool stop_at_once(void *user, const graft_progress *progress) {
    *(uint64_t *)user = progress->done;
    return false;
}

static void a_cancelled_one_can_go_on(void **state) {
    place *p = *state;
    uint64_t seen = 0;
    graft_context *context = p->context;
    graft_context_options options = GRAFT_CONTEXT_OPTIONS_INIT;
    graft_fetch_result result;
    options.progress = stop_at_once;
    options.user = &seen;
    options.threads = 1;
    assert_ok(graft_context_new(&p->context, &options));
    assert_fails(GRAFT_E_CANCELLED, "", get(p, "slow", NULL, NULL));
    graft_context_free(p->context);
    p->context = context;
    assert_true(seen > 0);
    assert_int_equal(graft_file_kind_of(p->path), GRAFT_FILE_MISSING);
    assert_int_equal(graft_file_kind_of(p->part), GRAFT_FILE_REGULAR);
    char url[300];
    char *text;
    size_t length;
    /* The same bytes from where they come at once. */
    snprintf(url, sizeof url, "http://127.0.0.1:%d/plain/f.bin\n\"v1\"\n", p->port);
    assert_ok(graft_file_write(p->tag, url, strlen(url)));
    assert_ok(graft_file_read(p->part, 0, &text, &length));
    graft_release(text);
    assert_ok(get(p, "plain", NULL, &result));
    assert_int_equal(result.resumed, length);
    assert_arrived(p);
}

static graft_status no(void *user, const char *path) {
    snprintf(user, 300, "%s", path);
    return GRAFT_E_DATA;
}

static void the_check_comes_before_the_name(void **state) {
    place *p = *state;
    char seen[300] = "";
    graft_fetch_options options = {.check = no, .user = seen};
    graft_status status = get(p, "plain", &options, NULL);
    assert_int_equal(status, GRAFT_E_DATA);
    assert_string_equal(seen, p->part);
    assert_kept(p, 0);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(whole_files_arrive_and_are_hashed),
        TEST(redirections_are_followed_five_times),
        TEST(a_cut_connection_is_resumed),
        TEST(a_part_of_another_version_begins_anew),
        TEST(odd_parts_do_no_harm),
        TEST(wrong_bytes_are_removed),
        TEST(refusals_are_told),
        TEST(limits_hold),
        TEST(one_at_a_time),
        TEST(a_cancelled_one_can_go_on),
        TEST(the_check_comes_before_the_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
