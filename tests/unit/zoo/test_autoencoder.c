/* Every row of autoencoders.def gives back pictures of any size that it takes. */
#include "support/support.h"

#include "base/file.h"
#include "nn/op.h"
#include "zoo/autoencoder.h"

#include <stdio.h>
#include <string.h>

static graft_status build(const char *name, int64_t height, int64_t width, int64_t channels, graft_graph **out) {
    const graft_arch_options options = {.height = height, .width = width, .channels = channels, .latent = 10};
    const graft_autoencoder_arch *arch;
    return graft_autoencoder_build(name, &options, 1, &arch, out);
}

static const graft_shape *shape_of(const graft_graph *graph, const char *layer) {
    const int at = graft_graph_find(graph, layer);
    if (at < 0) fail_msg("no layer %s", layer);
    return &graft_graph_node(graph, at)->output;
}

static void pictures_of_every_size_come_back(void **state) {
    (void)state;
    static const int64_t sizes[][2] = {{8, 8}, {9, 9}, {10, 15}, {28, 28}, {31, 33}, {47, 47}, {48, 48}, {64, 49}};
    const graft_shape code = GRAFT_SHAPE(10);
    for (size_t k = 0; graft_autoencoder_arch_at(k); k++) {
        const char *name = graft_autoencoder_arch_at(k)->net.name;
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            const int64_t channels = i % 2 ? 3 : 1;
            const graft_shape picture = GRAFT_SHAPE(channels, sizes[i][0], sizes[i][1]);
            graft_graph *graph;
            assert_ok(build(name, sizes[i][0], sizes[i][1], channels, &graph));
            assert_true(graft_shape_equal(shape_of(graph, "decoded"), &picture));
            assert_true(graft_shape_equal(shape_of(graph, "latent"), &code));
            assert_int_equal(graft_graph_output(graph), graft_graph_find(graph, "decoded"));
            assert_ok(graft_graph_complete(graph));
            graft_graph_free(graph);
        }
    }
}

/* What follows the code sees nothing but the code: no way leads around it. */
static void everything_passes_through_the_code(void **state) {
    (void)state;
    graft_graph *graph;
    assert_ok(build("conv", 28, 28, 1, &graph));
    const int latent = graft_graph_find(graph, "latent"), decoded = graft_graph_find(graph, "decoded");
    graft_graph *decoder;
    assert_ok(graft_graph_suffix(graph, latent, decoded, &decoder, NULL));
    graft_graph_free(decoder);
    graft_graph_free(graph);
}

static void first_values_are_of_the_seed(void **state) {
    (void)state;
    const graft_arch_options options = {.height = 16, .latent = 4, .channels = 1};
    const graft_autoencoder_arch *arch;
    graft_hash hash[3];
    for (int i = 0; i < 3; i++) {
        graft_graph *graph;
        assert_ok(graft_autoencoder_build("variational", &options, i == 2 ? 8 : 7, &arch, &graph));
        assert_int_equal(arch->loss, GRAFT_RECONSTRUCTION_BINARY);
        assert_ok(graft_graph_hash(graph, &hash[i]));
        graft_graph_free(graph);
    }
    assert_true(graft_hash_equal(hash[0], hash[1]) && !graft_hash_equal(hash[0], hash[2]));
}

static void mistakes_are_told(void **state) {
    (void)state;
    graft_graph *graph;
    assert_fails(GRAFT_E_USAGE, "no autoencoder 'denois', did you mean 'denoise'?", build("denois", 16, 16, 1, &graph));
    assert_fails(GRAFT_E_USAGE, "an input of 7x7, the smallest is 8x8", build("conv", 7, 7, 1, &graph));
    assert_fails(GRAFT_E_USAGE, "an input of 1x1, the smallest is 8x8", build("variational", 1, 1, 3, &graph));
}

static void files_keep_to_the_names(void **state) {
    (void)state;
    static const struct {
        const char *text, *error;
    } cases[] = {
        {"input:12:1 flatten latent=dense:latent dense:144 decoded=reshape:1,12,12", NULL},
        {"input:12:1 flatten dense:latent dense:144 decoded=reshape:1,12,12", "no layer latent"},
        {"input:12:1 flatten latent=dense:latent dense:144 reshape:1,12,12", "no layer decoded"},
        {"input:12:1 flatten latent=dense:latent dense:72 decoded=reshape:1,12,6", "layer decoded is 1x12x6"},
        {"input:12:1 latent=conv:1:3 decoded=conv:1:3", "layer latent is 1x12x12, expected a vector"},
    };
    char *folder = test_folder(), path[512];
    snprintf(path, sizeof path, "%s/my.net", folder);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        graft_graph *graph;
        assert_ok(graft_file_write(path, cases[i].text, strlen(cases[i].text)));
        if (cases[i].error) {
            assert_fails(GRAFT_E_DATA, cases[i].error, build(path, 0, 0, 0, &graph));
            continue;
        }
        assert_ok(build(path, 0, 0, 0, &graph));
        graft_graph_free(graph);
    }
    test_folder_remove(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_of_every_size_come_back), cmocka_unit_test(everything_passes_through_the_code),
        cmocka_unit_test(first_values_are_of_the_seed),     cmocka_unit_test(mistakes_are_told),
        cmocka_unit_test(files_keep_to_the_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
