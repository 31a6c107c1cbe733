/* The folder of models: pulled, added, found, checked, removed. */
#include "support/http.h"
#include "support/support.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "models/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct place {
    char *folder, *served, *models;
    graft_context *context;
    graft_file_digests digests; /* of the small whole network that is served as f.h5 */
    char from[64];
    pid_t server;
} place;

static const char *network(void) {
    return test_source("tests/golden/formats/keras-model.h5");
}

static void copy_file(const char *from, const char *folder, const char *name) {
    char *bytes, *to = graft_path_join(folder, name);
    size_t length;
    assert_ok(graft_file_read(from, 0, &bytes, &length));
    assert_ok(graft_file_write(to, bytes, length));
    graft_release(bytes);
    graft_release(to);
}

static int set_up(void **state) {
    place *p = calloc(1, sizeof *p);
    graft_context_options options = GRAFT_CONTEXT_OPTIONS_INIT;
    int port;
    p->folder = test_folder();
    p->served = test_folder();
    p->models = graft_path_join(p->folder, "a/models");
    options.models_dir = p->models;
    options.threads = 1;
    assert_ok(graft_context_new(&p->context, &options));
    copy_file(network(), p->served, "f.h5");
    copy_file(test_source("tests/golden/formats/all-types.safetensors"), p->served, "model.safetensors");
    assert_ok(graft_store_digest(p->context, network(), NULL, &p->digests));
    setenv("no_proxy", "127.0.0.1", 1);
    p->server = test_http_start(p->served, &port);
    assert_true(p->server > 0);
    snprintf(p->from, sizeof p->from, "http://127.0.0.1:%d", port);
    *state = p;
    return 0;
}

static int tear_down(void **state) {
    place *p = *state;
    test_http_stop(p->server);
    graft_context_free(p->context);
    test_folder_remove(p->folder);
    test_folder_remove(p->served);
    graft_release(p->models);
    free(p);
    return 0;
}

static graft_pretrained small_row(const place *p) {
    return (graft_pretrained){.name = "small.test.one",
                              .arch = "small.test",
                              .tag = "one",
                              .format = "keras-h5",
                              .url = "https://example.org/f.h5",
                              .hash_kind = GRAFT_HASH_MD5,
                              .hash = p->digests.md5,
                              .scaling = GRAFT_SCALING_CAFFE,
                              .filter = GRAFT_FILTER_BICUBIC,
                              .licence = "MIT"};
}

static graft_status pull_row(const place *p, const graft_pretrained *row, const char *way, char **path) {
    char from[128];
    graft_pull_options options = GRAFT_PULL_OPTIONS_INIT;
    snprintf(from, sizeof from, "%s/%s/", p->from, way);
    options.from = from;
    return graft_store_pull(path, p->context, row, &options);
}

static const graft_stored_model *listed(const graft_model_list *list, const char *name) {
    for (size_t i = 0; i < graft_model_list_count(list); i++)
        if (strcmp(graft_model_list_at(list, i)->name, name) == 0) return graft_model_list_at(list, i);
    return NULL;
}

static void a_pulled_model_has_its_record(void **state) {
    place *p = *state;
    const graft_pretrained row = small_row(p);
    char *path, *found;
    graft_record record;
    bool known;
    assert_ok(pull_row(p, &row, "plain", &path));
    assert_int_equal(graft_file_kind_of(path), GRAFT_FILE_REGULAR);
    assert_ok(graft_store_find(p->models, "small.test.one", &record, &known));
    assert_true(known);
    assert_string_equal(record.sha256, p->digests.sha256);
    assert_int_equal(record.bytes, p->digests.bytes);
    assert_string_equal(record.file, "small.test.one.h5");
    assert_string_equal(record.arch, ""); /* a whole network */
    assert_string_equal(record.format, "keras-h5");
    assert_string_equal(record.published, "small.test.one");
    assert_string_equal(record.licence, "MIT");
    assert_int_equal(record.scaling, GRAFT_SCALING_CAFFE);
    assert_int_equal(record.filter, 1 + GRAFT_FILTER_BICUBIC);
    assert_non_null(strstr(record.url, "/plain/f.h5"));
    assert_ok(graft_models_path(&found, p->context, "small.test.one"));
    assert_string_equal(found, path);
    graft_text_free(found);
    graft_text_free(path);
    /* What is here is not brought again. */
    assert_ok(pull_row(p, &row, "status/500", &path));
    graft_text_free(path);
    assert_ok(graft_models_remove(p->context, "small.test.one"));
    assert_fails(GRAFT_E_DATA, "nothing of this name", graft_models_remove(p->context, "small.test.one"));
    graft_names names;
    assert_ok(graft_folder_list(p->models, &names));
    assert_int_equal(names.count, 0);
    graft_names_free(&names);
}

static void wrong_files_are_not_kept(void **state) {
    place *p = *state;
    graft_pretrained row = small_row(p);
    char *path;
    graft_names names;
    assert_fails(GRAFT_E_DATA, "MD5", pull_row(p, &row, "wrong", &path));
    assert_null(path);
    /* No hash is known: what no reader knows, or is of another network, is refused. */
    row = (graft_pretrained){.name = "resnet18.torch.x",
                             .arch = "resnet18.torch",
                             .format = "safetensors",
                             .url = "https://example.org/model.safetensors",
                             .hash = ""};
    assert_fails(GRAFT_E_DATA, "what came is removed", pull_row(p, &row, "plain", &path));
    assert_ok(graft_folder_list(p->models, &names));
    assert_int_equal(names.count, 0);
    graft_names_free(&names);
    assert_fails(GRAFT_E_USAGE, "did you mean", graft_models_pull(&path, p->context, "vgg16.keras.imagnet", NULL));
}

static void files_are_added(void **state) {
    place *p = *state;
    char *path;
    graft_add_options options = GRAFT_ADD_OPTIONS_INIT;
    struct stat a, b;
    assert_ok(graft_models_add(&path, p->context, network(), NULL));
    assert_string_equal(graft_path_name(path), "keras-model.h5");
    graft_text_free(path);
    /* Again: nothing to do. Another of that name: refused. */
    assert_ok(graft_models_add(&path, p->context, network(), NULL));
    graft_text_free(path);
    options.name = "keras-model";
    const char *other = test_source("tests/golden/formats/keras-tiny.h5");
    assert_fails(GRAFT_E_USAGE, "another model of this name", graft_models_add(&path, p->context, other, &options));
    /* Names that mean something else. */
    const char *const bad[] = {"vgg16", "vgg16.keras", "a/b", "..", "none", "x.net"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        options.name = bad[i];
        assert_fails(GRAFT_E_USAGE, "--name", graft_models_add(&path, p->context, network(), &options));
    }
    options.name = "vgg16.keras.imagenet";
    assert_fails(GRAFT_E_DATA, "64373286793e3c8b2b4e3219cbf3544b",
                 graft_models_add(&path, p->context, network(), &options));
    options = (graft_add_options)GRAFT_ADD_OPTIONS_INIT;
    options.arch = "vgg16";
    options.name = "other";
    assert_fails(GRAFT_E_USAGE, "leave --arch out", graft_models_add(&path, p->context, network(), &options));
    options.arch = NULL;
    options.link = true;
    options.preprocess = GRAFT_SCALING_TF;
    char *source = graft_path_join(p->served, "f.h5");
    assert_ok(graft_models_add(&path, p->context, source, &options));
    assert_int_equal(stat(source, &a), 0);
    assert_int_equal(stat(path, &b), 0);
    assert_true(a.st_ino == b.st_ino);
    graft_text_free(path);
    graft_release(source);
    assert_fails(GRAFT_E_DATA, "README.md", graft_models_add(&path, p->context, test_source("README.md"), NULL));
    assert_fails(GRAFT_E_DATA, "folder", graft_models_add(&path, p->context, p->served, NULL));
    assert_fails(GRAFT_E_DATA, "cannot be opened", graft_models_add(&path, p->context, "/nowhere.h5", NULL));
    /* Weights alone, of no known network. */
    assert_fails(GRAFT_E_DATA, "",
                 graft_models_add(&path, p->context, test_source("tests/golden/formats/all-types.safetensors"), NULL));
    /* Called like a published file, and not its bytes. */
    copy_file(network(), p->folder, "resnet18-f37072fd.pth");
    source = graft_path_join(p->folder, "resnet18-f37072fd.pth");
    assert_fails(GRAFT_E_DATA, "damaged", graft_models_add(&path, p->context, source, NULL));
    graft_release(source);
}

static void lists_and_verifies(void **state) {
    place *p = *state;
    graft_model_list *list;
    char *path;
    size_t rows = 0;
    while (graft_pretrained_at(rows))
        rows++;
    assert_ok(graft_models_list(&list, p->context)); /* no folder yet */
    assert_int_equal(graft_model_list_count(list), rows);
    assert_int_equal(listed(list, "vgg16.keras.imagenet")->state, GRAFT_STORED_ABSENT);
    graft_model_list_free(list);
    assert_ok(graft_models_verify(&list, p->context, NULL));
    assert_int_equal(graft_model_list_count(list), 0);
    graft_model_list_free(list);
    assert_ok(graft_models_add(&path, p->context, network(), NULL));
    char *part = graft_path_join(p->models, "vgg16.keras.imagenet.h5.part");
    assert_ok(graft_file_write(part, "abc", 3));
    graft_release(part);
    assert_ok(graft_models_list(&list, p->context));
    assert_int_equal(graft_model_list_count(list), rows + 1);
    const graft_stored_model *own = listed(list, "keras-model");
    assert_int_equal(own->state, GRAFT_STORED_PRESENT);
    assert_string_equal(own->path, path);
    assert_string_equal(own->sha256, p->digests.sha256);
    assert_int_equal(listed(list, "vgg16.keras.imagenet")->state, GRAFT_STORED_PARTIAL);
    assert_int_equal(listed(list, "vgg16.keras.imagenet")->bytes, 3);
    graft_model_list_free(list);
    assert_ok(graft_models_verify(&list, p->context, "keras-model"));
    assert_int_equal(graft_model_list_at(list, 0)->state, GRAFT_STORED_PRESENT);
    graft_model_list_free(list);
    /* One bit, then a byte less, then nothing; then a record that is none. */
    FILE *file = fopen(path, "r+");
    assert_non_null(file);
    fseek(file, 1000, SEEK_SET);
    const int was = fgetc(file);
    fseek(file, 1000, SEEK_SET);
    fputc(was ^ 1, file);
    fclose(file);
    const char *const problems[] = {"SHA-256", "its record says", "is missing", "json"};
    for (int i = 0; i < 4; i++) {
        if (i == 1) assert_int_equal(truncate(path, 1000), 0);
        if (i == 2) unlink(path);
        if (i == 3) {
            char *record = graft_path_join(p->models, "keras-model.json");
            assert_ok(graft_file_write(record, "{", 1));
            graft_release(record);
        }
        assert_ok(graft_models_verify(&list, p->context, NULL));
        assert_int_equal(graft_model_list_count(list), 1);
        assert_int_equal(graft_model_list_at(list, 0)->state, GRAFT_STORED_BROKEN);
        assert_non_null(strstr(graft_model_list_at(list, 0)->problem, problems[i]));
        graft_model_list_free(list);
    }
    assert_ok(graft_models_remove(p->context, "keras-model"));
    assert_ok(graft_models_remove(p->context, "vgg16.keras.imagenet"));
    graft_text_free(path);
}

static void names_are_resolved(void **state) {
    place *p = *state;
    graft_record record;
    char *path, *added;
    bool known;
    assert_ok(graft_store_resolve(p->context, "no-such", &record, &path, &known));
    assert_false(known);
    assert_ok(graft_store_resolve(p->context, "../x", &record, &path, &known));
    assert_false(known);
    assert_fails(GRAFT_E_DATA, "graft models pull vgg16",
                 graft_store_resolve(p->context, "vgg16", &record, &path, &known));
    /* An architecture of the tables without weights in the registry. */
    assert_null(graft_published_find("efficientnet_b7"));
    assert_fails(GRAFT_E_DATA, "--base none",
                 graft_store_resolve(p->context, "efficientnet_b7", &record, &path, &known));
    /* A row's file: the bare name means it, though another row comes first. The registry has no hash of this one. */
    graft_add_options options = GRAFT_ADD_OPTIONS_INIT;
    options.name = "mobilenet_v2.keras.imagenet-notop";
    assert_ok(graft_models_add(&added, p->context, network(), &options));
    assert_ok(graft_store_resolve(p->context, "mobilenet_v2", &record, &path, &known));
    assert_true(known);
    assert_string_equal(path, added);
    assert_int_equal(record.scaling, GRAFT_SCALING_TF);
    assert_string_equal(record.published, "");
    graft_text_free(path);
    assert_int_equal(truncate(added, 10), 0);
    assert_fails(GRAFT_E_DATA, "its record says",
                 graft_store_resolve(p->context, "mobilenet_v2", &record, &path, &known));
    graft_text_free(added);
    graft_context *bare = test_context(1);
    assert_fails(GRAFT_E_USAGE, "--models-dir", graft_models_path(&path, bare, "vgg16"));
    assert_fails(GRAFT_E_DATA, "pull vgg16", graft_store_resolve(bare, "vgg16", &record, &path, &known));
    graft_context_free(bare);
}

static graft_status list_and_find(void *argument) {
    const place *p = argument;
    graft_model_list *list = NULL;
    graft_record record;
    char *path = NULL;
    bool known;
    GRAFT_TRY(graft_models_list(&list, p->context));
    const size_t count = graft_model_list_count(list);
    graft_model_list_free(list);
    assert_true(count > 1);
    graft_status status = graft_store_resolve(p->context, "mine", &record, &path, &known);
    graft_text_free(path);
    return status;
}

static void memory_may_run_out(void **state) {
    place *p = *state;
    graft_add_options options = GRAFT_ADD_OPTIONS_INIT;
    char *path;
    options.name = "mine";
    assert_ok(graft_models_add(&path, p->context, network(), &options));
    graft_text_free(path);
    test_failing_allocations(list_and_find, p);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_pulled_model_has_its_record),
        TEST(wrong_files_are_not_kept),
        TEST(files_are_added),
        TEST(lists_and_verifies),
        TEST(names_are_resolved),
        TEST(memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
