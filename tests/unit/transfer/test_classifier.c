/* A model as one graph answers what the model answers. */
#include "support/support.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "data/image.h"
#include "nn/op.h"
#include "nn/plan.h"
#include "support/networks.h"
#include "support/tiny-fixture.h"
#include "transfer/classifier.h"
#include "transfer/model-internal.h"
#include <graft/train.h>

#include <stdio.h>
#include <string.h>

enum { EACH = 12, SIZE = 16 };

static int setup(void **state) {
    tiny_fixture *f = *state = tiny_fixture_new(sizeof(*f), EACH);
    f->context = test_context(1);
    tiny_network(f->context, f->network, SIZE, TINY_CLASSES, 1);
    assert_ok(graft_backbone_open(&f->backbone, f->context, f->network, NULL));
    return 0;
}

static int teardown(void **state) {
    tiny_fixture_free(*state);
    return 0;
}

static void read_picture(const char *path, const graft_preprocess *spec, float *input) {
    graft_decoder *decoder;
    char *bytes;
    size_t length;
    unsigned char pixels[SIZE * SIZE * 3];
    assert_ok(graft_decoder_new(&decoder));
    assert_ok(graft_file_read(path, 0, &bytes, &length));
    assert_ok(graft_image_prepare(decoder, (const unsigned char *)bytes, length, spec, pixels, NULL));
    graft_image_normalize(spec, pixels, input);
    graft_release(bytes);
    graft_decoder_free(decoder);
}

static void compare(tiny_fixture *f, graft_model *model, const graft_graph *graph, graft_dataset *data,
                    double tolerance) {
    graft_predictions *predictions;
    graft_plan *plan;
    graft_plan_state *state;
    assert_ok(graft_model_predict(&predictions, model, data));
    assert_ok(graft_plan_new(f->context, graph, NULL, &plan));
    assert_ok(graft_plan_state_new(plan, &state));
    size_t count = graft_predictions_class_count(predictions);
    assert_int_equal(graft_plan_output_size(plan, 0), count);
    assert_int_equal(graft_graph_node(graph, graft_graph_output(graph))->output.rank, 1);
    assert_true(graft_predictions_count(predictions) > 0);
    for (size_t row = 0; row < graft_predictions_count(predictions); row++) {
        const graft_sample *sample = graft_dataset_sample(data, graft_predictions_sample(predictions, row));
        read_picture(sample->path, graft_model_preprocess(model), graft_plan_state_input(state, 0));
        assert_ok(graft_plan_run(state, 1));
        for (size_t i = 0; i < count; i++)
            assert_float_equal(graft_plan_state_output(state, 0, 0)[i], graft_predictions_row(predictions, row)[i],
                               tolerance);
    }
    graft_plan_state_free(state);
    graft_plan_free(plan);
    graft_predictions_free(predictions);
}

static void check_model(tiny_fixture *f, graft_model *model, double tolerance) {
    graft_graph *graph;
    graft_dataset *data;
    graft_data_options options = GRAFT_DATA_OPTIONS_INIT;
    options.unlabelled = true;
    assert_ok(graft_model_graph(model, &graph));
    assert_ok(graft_dataset_open(&data, f->context, f->pictures, &options));
    compare(f, model, graph, data, tolerance);
    graft_dataset_free(data);
    graft_graph_free(graph);
}

static void train_model(tiny_fixture *f, const graft_train_options *options, graft_model **out) {
    char *path = tiny_train_model(f, options, "trained.graft");
    assert_true(graft_graph_find(graft_backbone_graph(f->backbone), "relu3") >= 0);
    assert_ok(graft_model_open(out, f->context, path, NULL, NULL));
    graft_release(path);
}

static void a_logistic_head_becomes_layers(void **state) {
    tiny_fixture *f = *state;
    for (int pool = GRAFT_POOL_AVG; pool <= GRAFT_POOL_NONE; pool++) {
        graft_train_options options = GRAFT_TRAIN_OPTIONS_INIT;
        graft_model *model;
        options.layer = "relu3";
        options.pool = pool;
        train_model(f, &options, &model);
        /* Maps that are kept whole pass through half precision on their way to the head. */
        check_model(f, model, pool == GRAFT_POOL_NONE ? 1e-3 : 1e-5);
        graft_model_free(model);
    }
}

static void a_whole_classifier_stays_as_it_is(void **state) {
    tiny_fixture *f = *state;
    graft_model *model;
    assert_ok(graft_model_open(&model, f->context, f->network, NULL, NULL));
    check_model(f, model, 1e-5);
    graft_model_free(model);
}

static void a_sigmoid_unit_becomes_two_classes(void **state) {
    tiny_fixture *f = *state;
    const graft_activation_attributes sigmoid = {.kind = GRAFT_ACT_SIGMOID};
    const graft_dense_attributes unit = {.units = 1, .bias = true};
    char name[] = "unit";
    size_t width = 1;
    graft_graph *tiny = tiny_graph(SIZE, 3, 1);
    graft_model model = {
        .context = f->context, .name = name, .head = &graft_head_network, .state = &width, .class_count = 2};
    int pool = graft_graph_find(tiny, "pool");
    assert_ok(graft_graph_prefix(tiny, &pool, 1, &model.graph, &pool));
    int at = network_add(model.graph, "dense", "graft/dense", &unit, (const int[]){pool, -1}); /* the name is taken */
    at = network_add(model.graph, "activation", "sigmoid", &sigmoid, (const int[]){at, -1});
    network_fill(model.graph, 3);
    graft_preprocess_init(&model.spec, GRAFT_SCALING_01);
    model.spec.width = model.spec.height = SIZE;
    assert_ok(graft_cut_make(model.graph, at, GRAFT_POOL_NONE, &model.cut));
    check_model(f, &model, 1e-5);
    graft_graph_free(model.graph);
    graft_graph_free(tiny);
}

static void a_head_that_is_no_network_is_refused(void **state) {
    tiny_fixture *f = *state;
    graft_train_options options = GRAFT_TRAIN_OPTIONS_INIT;
    graft_model *model;
    graft_graph *graph;
    options.head = "knn";
    train_model(f, &options, &model);
    assert_fails(GRAFT_E_USAGE, "its head is knn", graft_model_graph(model, &graph));
    assert_null(graph);
    graft_model_free(model);
}

static graft_status make_graph(void *model) {
    graft_graph *graph;
    GRAFT_TRY(graft_model_graph(model, &graph));
    graft_graph_free(graph);
    return GRAFT_OK;
}

static void out_of_memory_is_told(void **state) {
    tiny_fixture *f = *state;
    graft_model *model;
    graft_train_options options = GRAFT_TRAIN_OPTIONS_INIT;
    options.layer = "relu3";
    train_model(f, &options, &model);
    test_failing_allocations(make_graph, model);
    graft_model_free(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_logistic_head_becomes_layers),
        cmocka_unit_test(a_whole_classifier_stays_as_it_is),
        cmocka_unit_test(a_sigmoid_unit_becomes_two_classes),
        cmocka_unit_test(a_head_that_is_no_network_is_refused),
        cmocka_unit_test(out_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
