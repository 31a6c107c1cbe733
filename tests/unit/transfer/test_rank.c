/* Ranking networks and layers on tiny pictures, and on photographs where they are. */
#include "support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/rng.h"
#include "support/tiny-fixture.h"
#include "transfer/model-internal.h"
#include <graft/rank.h>
#include <graft/report.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { EACH = 14, ALL = 3 * EACH, BASES = 2, SCORES = 7 };

typedef struct fixture {
    tiny_fixture tiny;
    graft_dataset *data;
    graft_backbone *base[BASES];
} fixture;

static void open_all(fixture *f, int threads) {
    graft_context_options options = GRAFT_CONTEXT_OPTIONS_INIT;
    options.threads = threads;
    options.cache_dir = f->tiny.cache;
    assert_ok(graft_context_new(&f->tiny.context, &options));
    for (int b = 0; b < BASES; b++) {
        char name[32];
        snprintf(name, sizeof(name), "tiny%d.graft", b);
        char *path = graft_path_join(f->tiny.folder, name);
        if (graft_file_kind_of(path) == GRAFT_FILE_MISSING)
            tiny_network(f->tiny.context, path, 16, 4 + b, 1 + (uint64_t)b);
        assert_ok(graft_backbone_open(&f->base[b], f->tiny.context, path, NULL));
        graft_release(path);
    }
    assert_ok(graft_dataset_open(&f->data, f->tiny.context, f->tiny.pictures, NULL));
}

static void close_all(fixture *f) {
    graft_dataset_free(f->data);
    for (int b = 0; b < BASES; b++)
        graft_backbone_free(f->base[b]);
    tiny_fixture_close(&f->tiny);
}

static int setup(void **state) {
    fixture *f = *state = tiny_fixture_new(sizeof(*f), EACH);
    open_all(f, 2);
    return 0;
}

static int teardown(void **state) {
    fixture *f = *state;
    close_all(f);
    tiny_fixture_free(&f->tiny);
    return 0;
}

static graft_rank_result *rank(fixture *f, const graft_rank_options *options) {
    static const char *const names[] = {"one", "two"};
    graft_rank_result *result;
    assert_ok(
        graft_rank(&result, f->tiny.context, f->data, (const graft_backbone *const *)f->base, names, BASES, options));
    return result;
}

static void every_network_takes_one_pass(void **state) {
    fixture *f = *state;
    graft_rank_result *result = rank(f, NULL);
    size_t n = result->n;
    assert_true(n > ALL / 2 && n <= ALL);
    assert_int_equal(result->score_count, SCORES);
    assert_string_equal(result->score_names[0], "logistic");
    assert_int_equal(result->computed, BASES * n);
    assert_true(result->row_count >= 2 * BASES);
    double first = 0, before = 2;
    size_t heads = 0;
    for (size_t i = 0; i < result->row_count; i++) {
        const graft_rank_row *row = &result->rows[i];
        double accuracy = row->scores[0].value;
        assert_true(accuracy <= before && accuracy >= 0);
        before = accuracy;
        first += row->first;
        assert_true(strcmp(row->base, "one") == 0 || strcmp(row->base, "two") == 0);
        for (size_t s = 0; s < SCORES; s++) {
            const graft_rank_figure *figure = &row->scores[s];
            if (isnan(figure->value)) continue;
            assert_true(isfinite(figure->interval95[0]) && figure->interval95[0] <= figure->interval95[1]);
            assert_true(figure->interval95[0] <= figure->value + 1e-9 && figure->interval95[1] >= figure->value - 1e-9);
        }
        /* The network's own head reads the last layer alone. */
        bool last = strcmp(row->layer, "pool") == 0;
        heads += last;
        assert_int_equal(isfinite(row->scores[5].value), last);
        assert_int_equal(isfinite(row->scores[6].value), last);
    }
    assert_int_equal(heads, BASES);
    assert_float_equal(first, 1, 1e-9);
    assert_int_equal(result->correlations[5].n, BASES);
    assert_true(isnan(result->correlations[5].spearman.value));     /* two rows say nothing */
    assert_false(fabs(result->correlations[2].spearman.value) > 1); /* none where all accuracies are equal */
    graft_rank_free(result);
    result = rank(f, NULL);
    assert_int_equal(result->computed, 0);
    assert_int_equal(result->cached, BASES * n);
    graft_rank_free(result);
}

/* The text without its seconds. */
static char *text_of(fixture *f) {
    graft_rank_result *result = rank(f, NULL);
    char *json, *text;
    result->features_seconds = result->scores_seconds = 0;
    result->computed = result->cached = 0;
    assert_ok(graft_rank_json(result, &json));
    assert_ok(graft_rank_text(result, &text));
    char *both = graft_text_format("%s\n%s", json, text);
    graft_text_free(json);
    graft_text_free(text);
    graft_rank_free(result);
    return both;
}

static void threads_change_nothing(void **state) {
    fixture *f = *state;
    char *two = text_of(f);
    close_all(f);
    open_all(f, 1);
    char *one = text_of(f);
    assert_string_equal(one, two);
    assert_non_null(strstr(one, "\"correlations\":{\"knn\":{\"n\":"));
    assert_non_null(strstr(one, "best      "));
    graft_release(one);
    graft_release(two);
}

static void layers_can_be_named(void **state) {
    fixture *f = *state;
    graft_rank_options options = GRAFT_RANK_OPTIONS_INIT;
    graft_rank_result *result;
    options.layers[0] = "relu2";
    options.layers[1] = "relu3";
    options.layers[2] = "relu2"; /* again */
    options.folds = 3;
    result = rank(f, &options);
    assert_int_equal(result->row_count, 2 * BASES);
    assert_int_equal(result->folds, 3);
    for (size_t i = 0; i < result->row_count; i++)
        assert_true(isnan(result->rows[i].scores[5].value));
    graft_rank_free(result);
    const graft_backbone *const *bases = (const graft_backbone *const *)f->base;
    options.layers[1] = "relo3";
    assert_fails(GRAFT_E_USAGE, "layer relo3: none of the 2 networks",
                 graft_rank(&result, f->tiny.context, f->data, bases, NULL, BASES, &options));
    options.layers[0] = "relo2";
    options.layers[1] = NULL;
    assert_fails(GRAFT_E_USAGE, "did you mean relu2",
                 graft_rank(&result, f->tiny.context, f->data, bases, NULL, 1, &options));
    assert_null(result);
    options = (graft_rank_options)GRAFT_RANK_OPTIONS_INIT;
    options.folds = 1;
    assert_fails(GRAFT_E_USAGE, "folds", graft_rank(&result, f->tiny.context, f->data, bases, NULL, 1, &options));
    options.folds = 0;
    options.c = -1;
    assert_fails(GRAFT_E_USAGE, "c: received -1",
                 graft_rank(&result, f->tiny.context, f->data, bases, NULL, 1, &options));
    assert_fails(GRAFT_E_USAGE, "0 networks", graft_rank(&result, f->tiny.context, f->data, bases, NULL, 0, NULL));
}

/* ---- photographs ---- */

/* Every layer's weights in another order: what was learned is gone, the statistics stay. */
static void permute(graft_backbone *backbone) {
    graft_rng rng = graft_rng_make(1, GRAFT_RNG_TEST, 0, 0);
    for (int i = 0; i < graft_graph_count(backbone->graph); i++) {
        graft_node *node = graft_graph_node(backbone->graph, i);
        graft_param *kernel = graft_node_param(node, "kernel");
        if (!kernel) continue;
        float *value = graft_tensor_f32(kernel->value);
        for (size_t k = (size_t)graft_shape_count(&kernel->shape); k > 1; k--) {
            size_t other = graft_rng_below(&rng, (uint32_t)k);
            float kept = value[k - 1];
            value[k - 1] = value[other];
            value[other] = kept;
        }
    }
}

static const graft_rank_row *find_row(const graft_rank_result *result, const char *base, const char *layer) {
    for (size_t i = 0; i < result->row_count; i++)
        if (strcmp(result->rows[i].base, base) == 0 && (!layer || strcmp(result->rows[i].layer, layer) == 0))
            return &result->rows[i];
    fail_msg("%s: no row of layer %s", base, layer ? layer : "(any)");
    return NULL;
}

static void known_answers_on_photographs(void **state) {
    (void)state;
    static const char *const names[] = {"learned", "permuted", "elsewhere"};
    const char *folder = test_shared("data/clothing/validation");
    graft_backbone_options options = GRAFT_BACKBONE_OPTIONS_INIT;
    graft_backbone *base[3];
    graft_dataset *data;
    graft_rank_result *result;
    graft_context *context = test_context(2);
    options.image_size = 96;
    assert_ok(graft_backbone_open(&base[0], context, test_shared("weights/mobilenet_v2_imagenet.h5"), &options));
    assert_ok(graft_backbone_open(&base[1], context, test_shared("weights/mobilenet_v2_imagenet.h5"), &options));
    permute(base[1]);
    options.preprocess = GRAFT_SCALING_01;
    assert_ok(graft_backbone_open(&base[2], context, test_shared("weights/tfjs-mobilenet_v2/model.json"), &options));
    assert_ok(graft_dataset_open(&data, context, folder, NULL));
    assert_ok(graft_rank(&result, context, data, (const graft_backbone *const *)base, names, 3, NULL));
    /* What was learned on ImageNet helps; the same weights in disorder do not; by every score. */
    const graft_rank_row *learned = find_row(result, "learned", NULL), *permuted = find_row(result, "permuted", NULL);
    assert_string_equal(result->rows[0].base, "learned");
    assert_true(learned->scores[0].interval95[0] > permuted->scores[0].interval95[1] + 0.1);
    for (size_t s = 0; s < 3; s++)
        assert_true(learned->scores[s].value > permuted->scores[s].value);
    for (size_t s = 5; s < SCORES; s++)
        assert_true(find_row(result, "learned", "global_average_pooling2d")->scores[s].value >
                    find_row(result, "permuted", "global_average_pooling2d")->scores[s].value + 0.1);
    /* A network specialised elsewhere knows more in an earlier layer than in its last. */
    const graft_rank_row *best = find_row(result, "elsewhere", NULL);
    const graft_rank_row *last =
        find_row(result, "elsewhere", graft_graph_node(base[2]->graph, graft_cut_last(base[2]->graph))->name);
    assert_true(best->scores[0].value > last->scores[0].value + 0.02);
    assert_true(result->correlations[2].spearman.value > 0.6);
    graft_rank_free(result);
    graft_dataset_free(data);
    for (int b = 0; b < 3; b++)
        graft_backbone_free(base[b]);
    graft_context_free(context);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_network_takes_one_pass, setup, teardown),
        cmocka_unit_test_setup_teardown(threads_change_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(layers_can_be_named, setup, teardown),
        cmocka_unit_test(known_answers_on_photographs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
