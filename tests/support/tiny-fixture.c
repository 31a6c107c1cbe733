#include "support/tiny-fixture.h"

#include "base/alloc.h"
#include "base/file.h"

#include <stdlib.h>
#include <string.h>

const char *const tiny_classes[TINY_CLASSES] = {"apple", "berry", "cherry"};

void *tiny_fixture_new(size_t size, size_t each) {
    tiny_fixture *f = calloc(1, size);
    assert_non_null(f);
    f->folder = test_folder();
    f->pictures = graft_path_join(f->folder, "pictures");
    f->cache = graft_path_join(f->folder, "cache");
    f->network = graft_path_join(f->folder, "tiny.graft");
    if (each > 0) tiny_pictures(f->pictures, tiny_classes, TINY_CLASSES, 0, each);
    return f;
}

void tiny_fixture_open_with(tiny_fixture *f, graft_context_options options) {
    tiny_fixture_close(f);
    f->log.text[0] = '\0';
    options.log = test_log_add;
    options.user = f;
    assert_ok(graft_context_new(&f->context, &options));
    if (graft_file_kind_of(f->network) == GRAFT_FILE_MISSING) tiny_network(f->context, f->network, 16, 5, 1);
    assert_ok(graft_backbone_open(&f->backbone, f->context, f->network, NULL));
}

void tiny_fixture_open(tiny_fixture *f, int threads) {
    graft_context_options options = GRAFT_CONTEXT_OPTIONS_INIT;
    options.threads = threads;
    options.no_cache = true;
    tiny_fixture_open_with(f, options);
}

void tiny_fixture_close(tiny_fixture *f) {
    graft_backbone_free(f->backbone);
    graft_context_free(f->context);
    f->backbone = NULL;
    f->context = NULL;
}

void tiny_fixture_free(tiny_fixture *f) {
    tiny_fixture_close(f);
    graft_release(f->pictures);
    graft_release(f->cache);
    graft_release(f->network);
    test_folder_remove(f->folder);
    free(f);
}

graft_status tiny_try_train(tiny_fixture *f, const graft_train_options *options, tiny_run *out) {
    *out = (tiny_run){0};
    assert_ok(graft_dataset_open(&out->data, f->context, f->pictures, NULL));
    graft_status status = graft_train(&out->run, f->context, out->data, f->backbone, options);
    if (status != GRAFT_OK) {
        assert_null(out->run);
        graft_dataset_free(out->data);
    }
    return status;
}

tiny_run tiny_train(tiny_fixture *f, const graft_train_options *options) {
    tiny_run out;
    assert_ok(tiny_try_train(f, options, &out));
    return out;
}

void tiny_run_free(tiny_run run) {
    graft_run_free(run.run);
    graft_dataset_free(run.data);
}

graft_train_options tiny_tune_options(void) {
    graft_train_options options = GRAFT_TRAIN_OPTIONS_INIT;
    options.tune.fine_tune = "last:1";
    options.tune.epochs = 4;
    options.tune.batch = 8;
    options.tune.lr = 3e-3;
    return options;
}

const char *tiny_decision(const graft_run *run, const char *what) {
    for (size_t i = 0; i < graft_run_decision_count(run); i++)
        if (strcmp(graft_run_decision(run, i)->what, what) == 0) return graft_run_decision(run, i)->choice;
    return NULL;
}

char *tiny_train_model(tiny_fixture *f, const graft_train_options *options, const char *name) {
    char *path = graft_path_join(f->folder, name);
    tiny_run trained = tiny_train(f, options);
    assert_ok(graft_model_save(graft_run_model(trained.run), path));
    tiny_run_free(trained);
    return path;
}
