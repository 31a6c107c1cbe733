#include "support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "models/store.h"

#include <stdio.h>
#include <string.h>

static graft_record sample(void) {
    graft_record record = {.name = "my.net-1",
                           .file = "my.net-1.h5",
                           .url = "https://example.org/a \"b\".h5",
                           .bytes = 123456789012,
                           .date = "2025-01-31T12:00:00Z",
                           .verified = "2025-02-01T12:00:00Z",
                           .arch = "vgg16.keras",
                           .format = "keras-h5",
                           .licence = "MIT",
                           .published = "vgg16.keras.imagenet",
                           .scaling = GRAFT_SCALING_CAFFE,
                           .filter = 1 + GRAFT_FILTER_BICUBIC};
    memset(record.sha256, 'a', GRAFT_DIGEST_TEXT - 1);
    return record;
}

static void records_round_trip(void **state) {
    (void)state;
    char *folder = test_folder(), *path = graft_path_join(folder, "r.json");
    graft_record record = sample(), back;
    assert_ok(graft_record_write(path, &record));
    assert_ok(graft_record_read(path, &back));
    assert_memory_equal(&back, &record, sizeof record);
    record.filter = 0;
    record.scaling = GRAFT_SCALING_UNKNOWN;
    memset(record.arch, 0, sizeof record.arch);
    assert_ok(graft_record_write(path, &record));
    assert_ok(graft_record_read(path, &back));
    assert_memory_equal(&back, &record, sizeof record);
    graft_release(path);
    test_folder_remove(folder);
}

static void damaged_records_are_refused(void **state) {
    (void)state;
    char *folder = test_folder(), *path = graft_path_join(folder, "r.json"), *text;
    size_t length;
    graft_record record = sample(), out;
    assert_ok(graft_record_write(path, &record));
    assert_ok(graft_file_read(path, 0, &text, &length));
    for (size_t cut = 0; cut + 2 < length; cut++)
        assert_int_equal(graft_record_parse(text, cut, "r", &out), GRAFT_E_DATA);
    const char *const bad[][2] = {
        {"my.net-1.h5", "../net-1.h5"},
        {"\"my.net-1\"", "\"../net-1\""},
        {"\"my.net-1\"", "\"/y.net-1\""},
        {"123456789012", "-23456789012"},
        {"\"caffe\"", "\"cafee\""},
        {"aaaaaaaa", "aaaaaaaZ"},
        {"https", "ht\\\\ns"},
    };
    for (size_t i = 0; i + 1 < sizeof bad / sizeof *bad; i++) {
        char *at = strstr(text, bad[i][0]);
        assert_non_null(at);
        memcpy(at, bad[i][1], strlen(bad[i][1]));
        assert_fails(GRAFT_E_DATA, "r: ", graft_record_parse(text, length, "r", &out));
        memcpy(at, bad[i][0], strlen(bad[i][0]));
    }
    assert_ok(graft_record_parse(text, length, "r", &out));
    assert_fails(GRAFT_E_DATA, "r: ", graft_record_parse("[]", 2, "r", &out));
    assert_fails(GRAFT_E_DATA, "r: ", graft_record_parse("{}", 2, "r", &out));
    graft_release(text);
    graft_release(path);
    test_folder_remove(folder);
}

static void names_are_words(void **state) {
    (void)state;
    const char *const good[] = {"vgg16", "resnet50.torch.v2", "a", "My_net-1+b"};
    const char *const bad[] = {"",     ".",     "..",     "a/b", "../a", ".hidden", "-x",
                               "none", "a.net", "a.json", "a b", "ä",    "a\n"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(graft_record_name_is_good(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(graft_record_name_is_good(bad[i]));
    char name[GRAFT_RECORD_NAME + 1];
    memset(name, 'a', sizeof name);
    name[GRAFT_RECORD_NAME] = '\0';
    assert_false(graft_record_name_is_good(name));
    name[GRAFT_RECORD_NAME - 1] = '\0';
    assert_true(graft_record_name_is_good(name));
}

/* Every row can be stored: its name is a file's, its hash has the digits of its kind, its address is https or a place
 * in graft's own tree. */
static void the_registry_fits_the_store(void **state) {
    (void)state;
    const graft_pretrained *row;
    for (size_t i = 0; (row = graft_pretrained_at(i)) != NULL; i++) {
        const size_t digits = strlen(row->hash);
        const bool own = strncmp(row->url, "assets/", 7) == 0;
        if (!graft_record_name_is_good(row->name) || (!own && strncmp(row->url, "https://", 8) != 0))
            fail_msg("%s: a name or address that cannot be", row->name);
        if (strspn(row->hash, "0123456789abcdef") != digits) fail_msg("%s: hash %s", row->name, row->hash);
        if (row->hash_kind == GRAFT_HASH_MD5) assert_int_equal(digits, 32);
        if (row->hash_kind == GRAFT_HASH_SHA256) assert_true(digits >= 8 && digits <= 64);
        if (!graft_store_ending(row->url)[0]) fail_msg("%s: no ending", row->url);
        assert_ptr_equal(graft_published_find(row->name), row);
    }
}

static void names_of_the_registry(void **state) {
    (void)state;
    assert_string_equal(graft_published_find("vgg16")->name, "vgg16.keras.imagenet");
    assert_string_equal(graft_published_find("vgg16.torch")->name, "vgg16.torch.imagenet");
    assert_string_equal(graft_published_find("resnet50.torch.v2")->name, "resnet50.torch.v2");
    assert_null(graft_published_find("vgg1"));
    assert_null(graft_published_find(""));
    assert_fails(GRAFT_E_USAGE, "did you mean 'vgg16.torch.imagenet'", graft_published_unknown("vgg16.torch.imagnet"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_round_trip),    cmocka_unit_test(damaged_records_are_refused),
        cmocka_unit_test(names_are_words),       cmocka_unit_test(the_registry_fits_the_store),
        cmocka_unit_test(names_of_the_registry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
