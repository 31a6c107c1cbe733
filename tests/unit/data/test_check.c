#include "support/support.h"

#include "base/hash.h"
#include "data/dataset.h"
#include "data/findings.h"
#include "picture-folders.h"

#include <stdlib.h>
#include <sys/wait.h>

typedef struct fixture {
    char *root; /* the data lies in root/data */
    char *cache;
    graft_context *context;
    bool stop; /* cancel at the first report */
    uint64_t reported;
    char log[4096];
} fixture;

static void keep_log(void *user, graft_log_level level, const char *text) {
    fixture *f = user;
    (void)level;
    size_t length = strlen(f->log);
    snprintf(f->log + length, sizeof f->log - length, "%s\n", text);
}

static bool watch(void *user, const graft_progress *progress) {
    fixture *f = user;
    assert_string_equal(progress->phase, "check");
    if (progress->finished) f->reported = progress->done;
    return !f->stop;
}

static int setup(void **state) {
    fixture *f = graft_allocate_zero(1, sizeof *f);
    f->root = test_folder();
    f->cache = graft_path_join(f->root, "cache");
    graft_context_options options = GRAFT_CONTEXT_OPTIONS_INIT;
    options.threads = 2;
    options.cache_dir = f->cache;
    options.log = keep_log;
    options.progress = watch;
    options.user = f;
    assert_ok(graft_context_new(&f->context, &options));
    *state = f;
    return 0;
}

static int teardown(void **state) {
    fixture *f = *state;
    graft_context_free(f->context);
    test_folder_remove(f->root);
    graft_release(f->cache);
    graft_release(f);
    return 0;
}

static graft_check_result check(fixture *f, graft_dataset **out) {
    graft_check_result result = GRAFT_CHECK_RESULT_INIT;
    graft_dataset *dataset;
    assert_ok(graft_dataset_open(&dataset, f->context, path_in(f->root, "data"), NULL));
    assert_ok(graft_dataset_check(dataset));
    graft_dataset_check_result(dataset, &result);
    if (out)
        *out = dataset;
    else
        graft_dataset_free(dataset);
    return result;
}

static const graft_sample *sample_named(const graft_dataset *dataset, const char *name) {
    for (size_t i = 0; i < graft_dataset_count(dataset); i++)
        if (strcmp(graft_dataset_sample(dataset, i)->name, name) == 0) return graft_dataset_sample(dataset, i);
    fail_msg("no sample %s", name);
    return NULL;
}

static void expect_fault(const graft_dataset *dataset, const char *name, const char *type, const char *part) {
    const graft_sample *sample = sample_named(dataset, name);
    assert_non_null(sample->fault);
    if (!strstr(sample->fault, part)) fail_msg("%s: \"%s\", expected \"%s\" in it", name, sample->fault, part);
    assert_null(strstr(sample->fault, "/data/")); /* the path is the sample's own */
    assert_string_equal(sample->type, type);
}

static void behaviour_12_bad_files_go_to_quarantine_with_type_and_reason(void **state) {
    fixture *f = *state;
    unsigned char *bytes;
    size_t length;
    put_pictures(f->root, "data/cat", 3, 1);
    put_pictures(f->root, "data/dog", 3, 10);
    jpeg_bytes(50, 90, &bytes, &length);
    put_bytes(f->root, "data/cat/cut.jpg", bytes, length / 2);
    graft_release(bytes);
    put_text(f->root, "data/cat/text.jpg", "these are words, not a picture\n");
    put_text(f->root, "data/cat/page.png", "<!DOCTYPE html><html>404</html>");
    put_bytes(f->root, "data/cat/empty.jpg", "", 0);
    put_bytes(f->root, "data/cat/noise.gif", "\1\2\3\4\5\6\7\x08", 8);
    put_bytes(f->root, "data/cat/phone.heic",
              "\0\0\0\x18"
              "ftypheic\0\0\0\0",
              16);
    put_text(f->root, "data/cat/bomb.ppm", "P6 20000 20000 255\n");
    graft_dataset *dataset;
    graft_check_result result = check(f, &dataset);
    assert_int_equal(result.files, 13);
    assert_int_equal(result.sound, 6);
    assert_int_equal(result.quarantined, 7);
    assert_int_equal(result.per_split[0] + result.per_split[1] + result.per_split[2], 6);
    expect_fault(dataset, "cat/cut.jpg", "JPEG", "");
    expect_fault(dataset, "cat/text.jpg", "text", "a text file, expected a picture");
    expect_fault(dataset, "cat/page.png", "HTML", "HTML, expected a picture");
    expect_fault(dataset, "cat/empty.jpg", "empty", "0 bytes");
    expect_fault(dataset, "cat/noise.gif", "unknown", "first bytes 01 02 03 04");
    expect_fault(dataset, "cat/phone.heic", "HEIC", "HEIC");
    expect_fault(dataset, "cat/bomb.ppm", "PNM", "");
    assert_non_null(strstr(f->log, "7 of 13 files are in quarantine, the first: "));
    assert_int_equal(f->reported, 13);
    size_t in_classes = 0;
    for (size_t i = 0; i < 6; i++)
        in_classes += graft_dataset_class_size(dataset, i / 3, (graft_split)(i % 3));
    assert_int_equal(in_classes, 6);
    graft_dataset_free(dataset);
    assert_int_equal(check(f, NULL).decoded, 0); /* faults are remembered, too */
}

static void behaviour_12_a_file_cut_at_any_byte_is_found(void **state) {
    fixture *f = *state;
    unsigned char *bytes;
    size_t length, cuts = 0;
    put_pictures(f->root, "data/cat", 2, 1);
    put_pictures(f->root, "data/dog", 2, 10);
    jpeg_bytes(50, 40, &bytes, &length);
    for (size_t cut = 0; cut < length; cut += 37, cuts++) {
        char name[64];
        snprintf(name, sizeof name, "data/cat/cut-%05zu.jpg", cut);
        put_bytes(f->root, name, bytes, cut);
    }
    graft_release(bytes);
    graft_check_result result = check(f, NULL);
    assert_int_equal(result.quarantined, cuts);
    assert_int_equal(result.sound, 4);
}

static void too_few_sound_pictures_are_an_error_that_names_one(void **state) {
    fixture *f = *state;
    put_pictures(f->root, "data/cat", 3, 1);
    put_pictures(f->root, "data/dog", 1, 10);
    put_text(f->root, "data/dog/bad.jpg", "words");
    graft_dataset *dataset;
    graft_check_result result = GRAFT_CHECK_RESULT_INIT;
    assert_ok(graft_dataset_open(&dataset, f->context, path_in(f->root, "data"), NULL));
    for (int i = 0; i < 2; i++)
        assert_fails(GRAFT_E_DATA, "class dog has 1 sound picture, expected at least 2; dog/bad.jpg: a text file",
                     graft_dataset_check(dataset));
    graft_dataset_check_result(dataset, &result);
    assert_int_equal(result.quarantined, 1);
    graft_dataset_free(dataset);
}

static void behaviour_13_mistyped_files_are_counted_and_used(void **state) {
    fixture *f = *state;
    put_pictures(f->root, "data/cat", 2, 1);
    put_picture(f->root, "data/cat/jpeg.PNG", 3);
    put_text(f->root, "data/cat/pnm.jpg", "P3 1 2 255  1 2 3  4 5 6\n");
    put_picture(f->root, "data/cat/no-extension", 4);
    put_picture(f->root, "data/cat/fine.JPEG", 5);
    put_pictures(f->root, "data/dog", 2, 10);
    graft_dataset *dataset;
    graft_check_result result = check(f, &dataset);
    assert_int_equal(result.mistyped, 2);
    assert_int_equal(result.quarantined, 0);
    assert_string_equal(sample_named(dataset, "cat/jpeg.PNG")->type, "JPEG");
    assert_string_equal(sample_named(dataset, "cat/pnm.jpg")->type, "PNM");
    assert_int_equal(sample_named(dataset, "cat/pnm.jpg")->height, 2);
    graft_dataset_free(dataset);
}

/* A JPEG with an EXIF block that holds nothing but the orientation. */
static void put_rotated(fixture *f, const char *name, int orientation) {
    static const unsigned char head[] = {0xff, 0xe1, 0, 34,   'E', 'x', 'i', 'f', 0, 0, 'M', 'M', 0, 42, 0, 0, 0, 8,
                                         0,    1,    1, 0x12, 0,   3,   0,   0,   0, 1, 0,   0,   0, 0,  0, 0, 0, 0};
    unsigned char *bytes, *whole;
    size_t length;
    jpeg_bytes(77 + (uint64_t)orientation, 90, &bytes, &length);
    whole = graft_allocate(length + sizeof head, 1);
    memcpy(whole, bytes, 2);
    memcpy(whole + 2, head, sizeof head);
    whole[2 + 29] = (unsigned char)orientation;
    memcpy(whole + 2 + sizeof head, bytes + 2, length - 2);
    put_bytes(f->root, name, whole, length + sizeof head);
    graft_release(whole);
    graft_release(bytes);
}

static void behaviour_14_rotated_files_are_counted(void **state) {
    fixture *f = *state;
    put_pictures(f->root, "data/cat", 2, 1);
    put_pictures(f->root, "data/dog", 2, 10);
    put_rotated(f, "data/cat/one.jpg", 1);
    put_rotated(f, "data/cat/six.jpg", 6);
    put_rotated(f, "data/cat/three.jpg", 3);
    for (int pass = 0; pass < 2; pass++) { /* found, then remembered */
        graft_dataset *dataset;
        graft_check_result result = check(f, &dataset);
        assert_int_equal(result.rotated, 2);
        assert_int_equal(sample_named(dataset, "cat/six.jpg")->orientation, 6);
        assert_int_equal(sample_named(dataset, "cat/six.jpg")->width, picture_height);
        assert_int_equal(sample_named(dataset, "cat/six.jpg")->height, picture_width);
        assert_int_equal(sample_named(dataset, "cat/three.jpg")->width, picture_width);
        graft_dataset_free(dataset);
    }
}

static void grey_pictures_are_counted(void **state) {
    fixture *f = *state;
    put_pictures(f->root, "data/cat", 2, 1);
    put_pictures(f->root, "data/dog", 2, 10);
    put_text(f->root, "data/cat/grey.pgm", "P2 2 2 255  1 2 3 250\n");
    put_text(f->root, "data/cat/equal.ppm", "P3 1 2 255  9 9 9  4 4 4\n");
    put_text(f->root, "data/cat/colour.ppm", "P3 1 2 255  9 9 9  4 4 5\n");
    assert_int_equal(check(f, NULL).grey, 2);
}

static void what_was_found_is_remembered_by_content(void **state) {
    fixture *f = *state;
    graft_dataset *first, *second;
    put_pictures(f->root, "data/cat", 4, 1);
    put_pictures(f->root, "data/dog", 4, 10);
    graft_check_result result = check(f, &first);
    assert_int_equal(result.decoded, 8);
    assert_int_equal(rename(path_in(f->root, "data/cat"), path_in(f->root, "data/fox")), 0);
    put_pictures(f->root, "data/fox/new", 2, 20);
    result = check(f, &second);
    assert_int_equal(result.decoded, 2);
    const graft_sample *a = sample_named(first, "cat/0003.jpg"), *b = sample_named(second, "fox/0003.jpg");
    assert_memory_equal(a->content, b->content, sizeof a->content);
    assert_int_equal(a->perceptual, b->perceptual);
    assert_int_equal(b->width, picture_width);
    assert_int_equal(b->height, picture_height);
    assert_string_equal(b->type, "JPEG");
    assert_ok(graft_dataset_check(second)); /* again: nothing changes */
    assert_int_equal(sample_named(second, "fox/0003.jpg")->perceptual, a->perceptual);
    graft_dataset_free(first);
    graft_dataset_free(second);
}

static char *manifest_of(const char *data, const char *cache, int threads) {
    graft_context_options options = GRAFT_CONTEXT_OPTIONS_INIT;
    graft_context *context;
    graft_dataset *dataset;
    char *json;
    options.threads = threads;
    options.cache_dir = cache;
    assert_ok(graft_context_new(&context, &options));
    assert_ok(graft_dataset_open(&dataset, context, data, NULL));
    assert_ok(graft_dataset_check(dataset));
    assert_ok(graft_dataset_manifest(dataset, &json));
    graft_dataset_free(dataset);
    graft_context_free(context);
    return json;
}

static void manifest_is_the_same_for_any_threads_and_when_remembered(void **state) {
    fixture *f = *state;
    put_pictures(f->root, "data/cat", 20, 1);
    put_pictures(f->root, "data/dog", 20, 30);
    put_jpeg(f->root, "data/dog/like.jpg", 3, 50);
    put_text(f->root, "data/cat/bad.ppm", "P6 9 9 255\nshort");
    const char *data = path_in(f->root, "data");
    char *one = manifest_of(data, f->cache, 1), *remembered = manifest_of(data, f->cache, 3);
    char *four = manifest_of(data, path_in(f->root, "other cache"), 4);
    assert_string_equal(one, remembered);
    assert_string_equal(one, four);
    graft_text_free(one);
    graft_text_free(remembered);
    graft_text_free(four);
}

static void damaged_records_are_checked_again(void **state) {
    fixture *f = *state;
    char *bytes;
    size_t length;
    put_pictures(f->root, "data/cat", 4, 1);
    put_pictures(f->root, "data/dog", 4, 10);
    check(f, NULL);
    const char *file = path_in(f->cache, "findings-2");
    assert_ok(graft_file_read(file, 0, &bytes, &length));
    assert_int_equal(length, 16 + 8 * sizeof(graft_finding));
    bytes[16 + 2 * sizeof(graft_finding) + offsetof(graft_finding, width)] ^= 1; /* one bit of one record */
    assert_ok(graft_file_write(file, bytes, length));
    assert_int_equal(check(f, NULL).decoded, 1);
    assert_int_equal(check(f, NULL).decoded, 0);
    assert_ok(graft_file_write(file, bytes, 16 + sizeof(graft_finding) + 5)); /* cut within the second record */
    assert_int_equal(check(f, NULL).decoded, 7);
    bytes[3] ^= 4; /* no file of ours */
    assert_ok(graft_file_write(file, bytes, length));
    assert_int_equal(check(f, NULL).decoded, 8);
    assert_ok(graft_file_write(file, bytes, 3));
    assert_int_equal(check(f, NULL).decoded, 8);
    for (size_t i = 0; i < length; i++)
        bytes[i] = (char)(i * 31);
    assert_ok(graft_file_write(file, bytes, length));
    assert_int_equal(check(f, NULL).decoded, 8);
    assert_int_equal(check(f, NULL).decoded, 0);
    graft_release(bytes);
}

static void cache_that_cannot_be_written_is_only_logged(void **state) {
    fixture *f = *state;
    put_pictures(f->root, "data/cat", 2, 1);
    put_pictures(f->root, "data/dog", 2, 10);
    put_folder(f->root, "cache/findings-2/in the way");
    assert_int_equal(check(f, NULL).decoded, 4);
    assert_non_null(strstr(f->log, "is not remembered"));
    assert_int_equal(check(f, NULL).decoded, 4);
}

/* A second context on the same cache, as the next run of a program would have. */
static size_t decoded_by_next_run(fixture *f, const char *data) {
    graft_context_options options = GRAFT_CONTEXT_OPTIONS_INIT;
    graft_check_result result = GRAFT_CHECK_RESULT_INIT;
    graft_context *context;
    graft_dataset *dataset;
    options.threads = 2;
    options.cache_dir = f->cache;
    assert_ok(graft_context_new(&context, &options));
    assert_ok(graft_dataset_open(&dataset, context, data, NULL));
    assert_ok(graft_dataset_check(dataset));
    graft_dataset_check_result(dataset, &result);
    graft_dataset_free(dataset);
    graft_context_free(context);
    return result.decoded;
}

static void cancelled_check_is_not_done_but_remembered(void **state) {
    fixture *f = *state;
    graft_dataset *dataset;
    char *json;
    put_pictures(f->root, "data/cat", 4, 1);
    put_pictures(f->root, "data/dog", 4, 10);
    f->stop = true;
    assert_ok(graft_dataset_open(&dataset, f->context, path_in(f->root, "data"), NULL));
    assert_fails(GRAFT_E_CANCELLED, "", graft_dataset_check(dataset));
    assert_fails(GRAFT_E_USAGE, "before graft_dataset_check", graft_dataset_manifest(dataset, &json));
    assert_fails(GRAFT_E_CANCELLED, "", graft_dataset_check(dataset));
    graft_dataset_free(dataset);
    assert_int_equal(decoded_by_next_run(f, path_in(f->root, "data")), 0);
}

static void check_cancelled_half_way_goes_on_from_there(void **state) {
    fixture *f = *state;
    graft_dataset *dataset;
    const char *clothes = test_shared("data/clothing");
    f->stop = true; /* at the first report, a tenth of a second on */
    assert_ok(graft_dataset_open(&dataset, f->context, clothes, NULL));
    assert_fails(GRAFT_E_CANCELLED, "", graft_dataset_check(dataset));
    graft_dataset_free(dataset);
    size_t decoded = decoded_by_next_run(f, clothes);
    assert_true(decoded > 0 && decoded < 3409);
}

static void processes_that_save_at_once_leave_a_whole_file(void **state) {
    fixture *f = *state;
    enum { children = 4 };
    pid_t child[children];
    put_pictures(f->root, "data/cat", 4, 1);
    put_pictures(f->root, "data/dog", 4, 10);
    for (int i = 0; i < children; i++) {
        child[i] = fork();
        if (child[i] == 0) _exit(decoded_by_next_run(f, path_in(f->root, "data")) <= 8 ? 0 : 1);
        assert_true(child[i] > 0);
    }
    for (int i = 0; i < children; i++) {
        int outcome = 1;
        assert_int_equal(waitpid(child[i], &outcome, 0), child[i]);
        assert_int_equal(outcome, 0);
    }
    assert_int_equal(decoded_by_next_run(f, path_in(f->root, "data")), 0);
    struct stat info;
    assert_int_equal(stat(path_in(f->cache, "findings-2"), &info), 0);
    assert_int_equal(info.st_size, 16 + 8 * sizeof(graft_finding));
}

static void unreadable_file_goes_to_quarantine(void **state) {
    fixture *f = *state;
    if (geteuid() == 0) skip(); /* root may read anything */
    graft_dataset *dataset;
    put_pictures(f->root, "data/cat", 3, 1);
    put_pictures(f->root, "data/dog", 2, 10);
    assert_int_equal(chmod(path_in(f->root, "data/cat/0002.jpg"), 0), 0);
    check(f, &dataset);
    expect_fault(dataset, "cat/0002.jpg", "unknown", "cannot be opened");
    graft_dataset_free(dataset);
}

static void file_that_vanishes_goes_to_quarantine(void **state) {
    fixture *f = *state;
    graft_dataset *dataset;
    put_pictures(f->root, "data/cat", 3, 1);
    put_pictures(f->root, "data/dog", 2, 10);
    assert_ok(graft_dataset_open(&dataset, f->context, path_in(f->root, "data"), NULL));
    assert_int_equal(unlink(path_in(f->root, "data/cat/0002.jpg")), 0);
    assert_ok(graft_dataset_check(dataset));
    expect_fault(dataset, "cat/0002.jpg", "unknown", "cannot be opened");
    graft_dataset_free(dataset);
}

static void behaviour_19_manifest_tells_files_hashes_labels_and_splits(void **state) {
    fixture *f = *state;
    graft_dataset *dataset;
    char *json, hash[GRAFT_HASH_TEXT], *bytes;
    size_t length;
    put_pictures(f->root, "data/train/cat", 3, 1);
    put_pictures(f->root, "data/train/dog \xc3\xa9", 2, 10);
    put_pictures(f->root, "data/validation/cat", 1, 3);
    put_text(f->root, "data/train/cat/bad.jpg", "words");
    check(f, &dataset);
    assert_ok(graft_dataset_manifest(dataset, &json));
    assert_ok(graft_file_read(path_in(f->root, "data/train/cat/0002.jpg"), 0, &bytes, &length));
    graft_hash_to_text(graft_hash_bytes(bytes, length), hash);
    assert_non_null(strstr(json, hash));
    assert_non_null(strstr(json, "\"path\":\"train/dog \xc3\xa9/0001.jpg\""));
    assert_non_null(strstr(json, "\"label\":\"dog \xc3\xa9\""));
    assert_non_null(strstr(json, "\"split\":\"validation\""));
    assert_non_null(strstr(json, "\"fault\":\"a text file"));
    assert_non_null(strstr(json, "\"duplicate_of\":\"train/cat/0002.jpg\""));
    assert_non_null(strstr(json, "\"leaking\": 1"));
    assert_non_null(strstr(json, "\"given_split\": true"));
    graft_text_free(json);
    graft_release(bytes);
    graft_dataset_free(dataset);
}

typedef struct paths {
    const char *data, *cache; /* NULL: no cache */
} paths;

static graft_status open_check_and_tell(void *argument) {
    const paths *p = argument;
    graft_context *context = NULL;
    graft_dataset *dataset = NULL;
    char *json = NULL;
    graft_context_options options = GRAFT_CONTEXT_OPTIONS_INIT;
    options.threads = 1;
    options.no_cache = p->cache == NULL;
    options.cache_dir = p->cache;
    graft_status status = graft_context_new(&context, &options);
    if (status == GRAFT_OK) status = graft_dataset_open(&dataset, context, p->data, NULL);
    if (status == GRAFT_OK) status = graft_dataset_check(dataset);
    if (status == GRAFT_OK) status = graft_dataset_manifest(dataset, &json);
    graft_text_free(json);
    graft_dataset_free(dataset);
    graft_context_free(context);
    return status;
}

static void failing_allocations_leave_nothing_behind(void **state) {
    fixture *f = *state;
    put_pictures(f->root, "data/cat", 2, 1);
    put_pictures(f->root, "data/dog", 2, 10);
    put_folder(f->root, "data/empty");
    paths p = {.data = path_in(f->root, "data")};
    test_failing_allocations(open_check_and_tell, &p);
    p.cache = f->cache;
    test_failing_allocations(open_check_and_tell, &p);
}

static void behaviour_12_the_clothes_are_sound(void **state) {
    fixture *f = *state;
    graft_dataset *dataset;
    graft_check_result result = GRAFT_CHECK_RESULT_INIT, again = GRAFT_CHECK_RESULT_INIT;
    const char *clothes = test_shared("data/clothing");
    for (int pass = 0; pass < 2; pass++) {
        assert_ok(graft_dataset_open(&dataset, f->context, clothes, NULL));
        assert_true(graft_dataset_has_given_split(dataset));
        assert_int_equal(graft_dataset_class_count(dataset), 10);
        assert_ok(graft_dataset_check(dataset));
        graft_dataset_check_result(dataset, pass == 0 ? &result : &again);
        print_message("# check of %zu files: %zu decoded, %.2f s, %.0f %% waiting\n", result.files,
                      pass == 0 ? result.decoded : again.decoded, pass == 0 ? result.seconds : again.seconds,
                      100 * (pass == 0 ? result.waiting_share : again.waiting_share));
        /* One photograph was compressed twice and put into two classes. */
        const graft_sample *repeat = sample_named(dataset, "train/skirt/637a56e4-7fa6-4f75-8859-0f8902461554.jpg");
        assert_true(repeat->duplicate_of >= 0);
        assert_string_equal(graft_dataset_sample(dataset, (size_t)repeat->duplicate_of)->name,
                            "train/shorts/6075b4a5-5b1a-4ce0-aea0-9dbfbca7c35c.jpg");
        graft_dataset_free(dataset);
    }
    assert_int_equal(result.files, 3409);
    assert_int_equal(result.sound, 3409);
    assert_int_equal(result.per_split[GRAFT_SPLIT_TRAIN], 3068);
    assert_int_equal(result.per_split[GRAFT_SPLIT_VALIDATION], 341);
    assert_int_equal(result.exact_duplicates, 0);
    assert_int_equal(result.near_duplicates, 1);
    assert_int_equal(result.conflicting, 1);
    assert_int_equal(result.leaking, 0);
    assert_true(result.imbalance > 7.09 && result.imbalance < 7.1); /* 795 / 112 */
    assert_int_equal(again.decoded, 0);
}

#define ROW(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        ROW(behaviour_12_bad_files_go_to_quarantine_with_type_and_reason),
        ROW(behaviour_12_a_file_cut_at_any_byte_is_found),
        ROW(too_few_sound_pictures_are_an_error_that_names_one),
        ROW(behaviour_13_mistyped_files_are_counted_and_used),
        ROW(behaviour_14_rotated_files_are_counted),
        ROW(grey_pictures_are_counted),
        ROW(what_was_found_is_remembered_by_content),
        ROW(manifest_is_the_same_for_any_threads_and_when_remembered),
        ROW(damaged_records_are_checked_again),
        ROW(cache_that_cannot_be_written_is_only_logged),
        ROW(cancelled_check_is_not_done_but_remembered),
        ROW(check_cancelled_half_way_goes_on_from_there),
        ROW(processes_that_save_at_once_leave_a_whole_file),
        ROW(unreadable_file_goes_to_quarantine),
        ROW(file_that_vanishes_goes_to_quarantine),
        ROW(behaviour_19_manifest_tells_files_hashes_labels_and_splits),
        ROW(failing_allocations_leave_nothing_behind),
        ROW(behaviour_12_the_clothes_are_sound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
