/* Networks that come with graft: found in the folders that the context names, listed, verified. They need not be there.
 */
#include "support/support.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "models/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char file_name[] = "graft-s.safetensors", row_name[] = "graft-s.distilled";

typedef struct place {
    char *folder, *first, *second, *models;
    graft_context *context;
} place;

static int set_up(void **state) {
    place *p = calloc(1, sizeof *p);
    graft_context_options options = GRAFT_CONTEXT_OPTIONS_INIT;
    p->folder = test_folder();
    p->first = graft_path_join(p->folder, "first");
    p->second = graft_path_join(p->folder, "share/graft/backbones");
    p->models = graft_path_join(p->folder, "models");
    const char *const folders[] = {p->first, p->second, NULL};
    options.backbone_dirs = folders;
    options.models_dir = p->models;
    options.threads = 1;
    assert_ok(graft_context_new(&p->context, &options));
    assert_ok(graft_folder_make(p->first));
    assert_ok(graft_folder_make(p->second));
    *state = p;
    return 0;
}

static int tear_down(void **state) {
    place *p = *state;
    graft_context_free(p->context);
    test_folder_remove(p->folder);
    graft_release(p->first);
    graft_release(p->second);
    graft_release(p->models);
    free(p);
    return 0;
}

static void put(const char *folder, const char *text) {
    char *path = graft_path_join(folder, file_name);
    assert_ok(graft_file_write(path, text, strlen(text)));
    graft_release(path);
}

static void put_network(const char *folder) {
    char *bytes, *path = graft_path_join(folder, file_name);
    size_t length;
    assert_ok(graft_file_read(test_source("tests/golden/formats/keras-model.h5"), 0, &bytes, &length));
    assert_ok(graft_file_write(path, bytes, length));
    graft_release(bytes);
    graft_release(path);
}

static void assert_found(place *p, const char *name, const char *folder) {
    char *found, *wanted = graft_path_join(folder, file_name);
    assert_ok(graft_models_path(&found, p->context, name));
    assert_string_equal(found, wanted);
    graft_text_free(found);
    graft_release(wanted);
}

static void the_first_folder_that_has_it_counts(void **state) {
    place *p = *state;
    char *path;
    put(p->second, "b");
    assert_found(p, "graft-s", p->second);
    put(p->first, "a");
    assert_found(p, "graft-s", p->first);
    assert_found(p, row_name, p->first);
    /* There is nothing to bring, but it is there. */
    assert_ok(graft_models_pull(&path, p->context, "graft-s", NULL));
    assert_int_equal(graft_file_kind_of(path), GRAFT_FILE_REGULAR);
    graft_text_free(path);
    /* Other rows do not come with graft, whatever lies in these folders. */
    assert_fails(GRAFT_E_DATA, "graft models pull vgg16", graft_models_path(&path, p->context, "vgg16"));
}

static void without_it_one_line_says_what_to_do(void **state) {
    place *p = *state;
    char *path;
    assert_fails(GRAFT_E_DATA, "--base", graft_models_path(&path, p->context, "graft-s"));
    const char *text = graft_error_text();
    assert_non_null(strstr(text, "graft models pull"));
    assert_non_null(strstr(text, "graft models add graft-s.safetensors --name graft-s.distilled"));
    assert_non_null(strstr(text, p->first));
    assert_non_null(strstr(text, p->second));
    assert_null(strchr(text, '\n'));
    assert_fails(GRAFT_E_DATA, "--base", graft_models_pull(&path, p->context, "graft-s", NULL));
    graft_context *bare = test_context(1);
    graft_record record;
    bool known;
    assert_fails(GRAFT_E_DATA, "any folder", graft_store_resolve(bare, "graft-s", &record, &path, &known));
    graft_context_free(bare);
}

static void the_folder_of_models_comes_first(void **state) {
    place *p = *state;
    const graft_pretrained *row = graft_published_find(row_name);
    graft_add_options options = GRAFT_ADD_OPTIONS_INIT;
    char *source = graft_path_join(p->second, file_name), *path, *found;
    if (row->hash_kind != GRAFT_HASH_NONE) { /* no other file can be added under its name */
        graft_release(source);
        skip();
    }
    put_network(p->second);
    options.name = row_name;
    assert_ok(graft_models_add(&path, p->context, source, &options));
    assert_ok(graft_models_path(&found, p->context, "graft-s"));
    assert_string_equal(found, path);
    graft_text_free(found);
    graft_text_free(path);
    graft_release(source);
}

static const graft_stored_model *listed(const graft_model_list *list) {
    for (size_t i = 0; i < graft_model_list_count(list); i++)
        if (strcmp(graft_model_list_at(list, i)->name, row_name) == 0) return graft_model_list_at(list, i);
    fail_msg("%s is not listed", row_name);
    return NULL;
}

static void it_is_listed_as_shipped(void **state) {
    place *p = *state;
    graft_model_list *list;
    assert_ok(graft_models_list(&list, p->context));
    assert_int_equal(listed(list)->state, GRAFT_STORED_ABSENT);
    graft_model_list_free(list);
    put(p->second, "four");
    assert_ok(graft_models_list(&list, p->context));
    const graft_stored_model *model = listed(list);
    assert_int_equal(model->state, GRAFT_STORED_SHIPPED);
    assert_string_equal(graft_stored_state_text(model->state), "shipped");
    assert_int_equal(model->bytes, 4);
    assert_string_equal(model->arch, "graft-s");
    assert_string_equal(model->verified, ""); /* nothing was hashed */
    assert_non_null(strstr(model->path, "share/graft/backbones/graft-s.safetensors"));
    graft_model_list_free(list);
}

/* Without a hash in the registry there is nothing to hold it against; with one, these bytes are not it. */
static void verify_hashes_it(void **state) {
    place *p = *state;
    const graft_pretrained *row = graft_published_find(row_name);
    const bool known = row->hash_kind != GRAFT_HASH_NONE;
    const char *const names[] = {"graft-s", NULL};
    put(p->second, "four");
    for (size_t i = 0; i < 2; i++) {
        graft_model_list *list;
        assert_ok(graft_models_verify(&list, p->context, names[i]));
        const graft_stored_model *model = listed(list);
        assert_int_equal(graft_model_list_count(list), 1);
        assert_int_equal(model->state, known ? GRAFT_STORED_BROKEN : GRAFT_STORED_SHIPPED);
        assert_string_equal(model->sha256, "04efaf080f5a3e74e1c29d1ca6a48569382cbbcd324e8d59d2b83ef21c039f00");
        assert_true(model->verified[0] != '\0');
        if (known) assert_non_null(strstr(model->problem, row->hash));
        graft_model_list_free(list);
    }
}

static void other_bytes_are_told(void **state) {
    place *p = *state;
    graft_file_digests digests;
    char *path = graft_path_join(p->first, file_name);
    graft_pretrained row = *graft_published_find(row_name);
    put(p->first, "four");
    row.hash_kind = GRAFT_HASH_SHA256;
    row.hash = "04efaf080f5a3e74e1c29d1ca6a48569382cbbcd324e8d59d2b83ef21c039f00";
    assert_ok(graft_shipped_verify(p->context, &row, path, NULL, &digests));
    put(p->first, "five");
    assert_fails(GRAFT_E_DATA, "its SHA-256 is", graft_shipped_verify(p->context, &row, path, NULL, &digests));
    graft_release(path);
}

/* Whoever puts the file into the tree also tells its hash, and writes its card. */
static void the_file_of_this_tree_is_the_registrys(void **state) {
    (void)state;
    const graft_pretrained *row = graft_published_find(row_name);
    const char *path = test_source(row->url);
    graft_file_digests digests;
    char *card;
    size_t length;
    if (graft_file_kind_of(path) == GRAFT_FILE_MISSING) skip();
    graft_context *context = test_context(1);
    assert_int_equal(row->hash_kind, GRAFT_HASH_SHA256);
    assert_ok(graft_shipped_verify(context, row, path, NULL, &digests));
    assert_true(digests.bytes <= 8000000);
    assert_ok(graft_file_read(test_source("assets/backbones/graft-s.md"), 0, &card, &length));
    assert_non_null(strstr(card, digests.sha256));
    graft_release(card);
    graft_context_free(context);
}

static graft_status list_and_find(void *argument) {
    place *p = argument;
    graft_model_list *list = NULL;
    char *path = NULL;
    graft_status status = graft_models_list(&list, p->context);
    graft_model_list_free(list);
    if (status == GRAFT_OK) status = graft_models_path(&path, p->context, "graft-s");
    graft_text_free(path);
    return status;
}

static void memory_may_run_out(void **state) {
    place *p = *state;
    put(p->second, "four");
    test_failing_allocations(list_and_find, p);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_first_folder_that_has_it_counts),
        TEST(without_it_one_line_says_what_to_do),
        TEST(the_folder_of_models_comes_first),
        TEST(it_is_listed_as_shipped),
        TEST(verify_hashes_it),
        TEST(other_bytes_are_told),
        TEST(the_file_of_this_tree_is_the_registrys),
        TEST(memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
