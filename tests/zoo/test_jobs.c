/* Every architecture of the table through the library's main job, the way `graft train --base none --arch NAME
 * --fine-tune all` takes it, at the smallest size: a head is fitted, all layers learn for one step with frozen
 * statistics, the model is saved and read again and says the same to the bit. Called with PART and PARTS, it takes
 * every PARTS-th row from PART on. */
#include "support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "support/tiny.h"
#include "transfer/model-internal.h"
#include "zoo/arch.h"
#include <graft/train.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const classes[] = {"apple", "berry"};

typedef struct fixture {
    char *folder, *pictures;
    graft_context *context;
} fixture;

static fixture shared;

/* Pictures that are all given to training: nothing to compare by, so that the model that learned is the one kept. */
static int setup(void **state) {
    (void)state;
    shared.folder = test_folder();
    shared.pictures = graft_path_join(shared.folder, "pictures");
    shared.context = test_context(1);
    char *train = graft_path_join(shared.pictures, "train");
    char *validation = graft_path_join(shared.pictures, "validation/apple");
    tiny_pictures(train, classes, 2, 0, 3);
    assert_ok(graft_folder_make(validation));
    graft_release(train);
    graft_release(validation);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    graft_context_free(shared.context);
    graft_release(shared.pictures);
    test_folder_remove(shared.folder);
    return 0;
}

/* Below it, torchvision's networks have nothing left to learn from. */
static int size_of(const graft_arch *arch) {
    return arch->minimum < 32 ? 32 : arch->minimum;
}

/* Where the published classifier begins: VGG's has a hundred million weights that tell nothing of the network. */
static void last_feature(const graft_arch *arch, char *name, size_t room) {
    const graft_arch_options options = {.no_top = true, .height = size_of(arch)};
    graft_graph *features;
    assert_ok(graft_arch_build(arch->name, &options, &features));
    snprintf(name, room, "%s", graft_graph_node(features, graft_graph_output(features))->name);
    graft_graph_free(features);
}

static bool is_statistic(const char *name) {
    return strcmp(name, "mean") == 0 || strcmp(name, "variance") == 0;
}

/* Kernels moved, moving statistics did not. */
static void expect_one_step(const graft_graph *before, const graft_graph *after) {
    size_t kernels = 0, moved = 0;
    for (int n = 0; n < graft_graph_count(after); n++) {
        const graft_node *node = graft_graph_node(after, n);
        const graft_node *was = graft_graph_node(before, graft_graph_find(before, node->name));
        for (int i = 0; was && i < node->param_count; i++) {
            const graft_tensor *now = node->params[i].value;
            const graft_tensor *then = graft_node_param(was, node->params[i].name)->value;
            assert_int_equal(now->bytes, then->bytes);
            const bool same = memcmp(now->data, then->data, now->bytes) == 0;
            if (is_statistic(node->params[i].name)) assert_true(same);
            if (strcmp(node->params[i].name, "kernel") != 0) continue;
            kernels++;
            moved += !same;
        }
    }
    assert_true(kernels > 0);
    assert_int_equal(moved, kernels);
}

static void expect_equal_predictions(const graft_predictions *one, const graft_predictions *other) {
    const size_t rows = graft_predictions_count(one), width = graft_predictions_class_count(one);
    assert_int_equal(rows, 6);
    assert_int_equal(graft_predictions_count(other), rows);
    assert_int_equal(graft_predictions_class_count(other), width);
    for (size_t i = 0; i < rows; i++) {
        const float *p = graft_predictions_row(one, i), *q = graft_predictions_row(other, i);
        for (size_t c = 0; c < width; c++)
            assert_true(isfinite(p[c]));
        assert_memory_equal(p, q, width * sizeof *p);
    }
}

static void expect_the_same_after_a_save(graft_run *run, graft_dataset *data) {
    char *path = graft_path_join(shared.folder, "model.graft");
    graft_model *reloaded;
    graft_predictions *before, *after;
    graft_model *model = (graft_model *)(uintptr_t)graft_run_model(run); /* lent, but not changed by predicting */
    assert_ok(graft_model_predict(&before, model, data));
    assert_ok(graft_model_save(graft_run_model(run), path));
    assert_ok(graft_model_open(&reloaded, shared.context, path, NULL, NULL));
    assert_ok(graft_model_predict(&after, reloaded, data));
    expect_equal_predictions(before, after);
    graft_predictions_free(after);
    graft_predictions_free(before);
    graft_model_free(reloaded);
    remove(path);
    graft_release(path);
}

static void trains_tunes_and_reloads(void **state) {
    const graft_arch *arch = *state;
    char layer[256];
    graft_backbone_options network = GRAFT_BACKBONE_OPTIONS_INIT;
    graft_train_options options = GRAFT_TRAIN_OPTIONS_INIT;
    graft_backbone *backbone;
    graft_dataset *data;
    graft_run *run;
    last_feature(arch, layer, sizeof layer);
    network.arch = arch->name;
    network.image_size = size_of(arch);
    options.layer = layer;
    options.c = 1;
    options.folds = 2;
    options.tune.fine_tune = "all";
    options.tune.epochs = 1;
    options.tune.optimizer = "adam";
    options.tune.lr = 1e-3;
    assert_ok(graft_backbone_open(&backbone, shared.context, "none", &network));
    assert_ok(graft_dataset_open(&data, shared.context, shared.pictures, NULL));
    assert_ok(graft_train(&run, shared.context, data, backbone, &options));
    assert_int_equal(graft_run_epoch_count(run), 1);
    assert_int_equal(graft_run_epoch_at(run, 0)->steps, 1);
    assert_string_equal(graft_run_phase_at(run, 0)->stop, "finished");
    expect_one_step(backbone->graph, graft_run_model(run)->graph);
    expect_the_same_after_a_save(run, data);
    graft_run_free(run);
    graft_dataset_free(data);
    graft_backbone_free(backbone);
}

int main(int argc, char **argv) {
    const size_t part = argc == 3 ? strtoul(argv[1], NULL, 10) : 0, parts = argc == 3 ? strtoul(argv[2], NULL, 10) : 1;
    struct CMUnitTest tests[128];
    size_t count = 0;
    const graft_arch *arch;
    for (size_t i = 0; (arch = graft_arch_at(i)) != NULL && count < sizeof tests / sizeof *tests; i++) {
        if (parts > 0 && i % parts != part) continue;
        tests[count++] = (struct CMUnitTest){arch->name, trains_tunes_and_reloads, NULL, NULL, (void *)(uintptr_t)arch};
    }
    return _cmocka_run_group_tests("zoo", tests, count, setup, teardown);
}
