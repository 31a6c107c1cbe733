/* Architectures: totals of parameters as published, sizes, channels, widths, names. */
#include "support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "nn/op.h"
#include "zoo/arch.h"

#include <stdio.h>
#include <string.h>

/* Totals with and without the classifier. Those of Keras count moving statistics: the sums that model.summary() prints
 * for keras.applications (TensorFlow 2.12; https://keras.io/api/applications gives them in millions). Those of
 * torchvision do not: `num_params` of the weights' tables (https://pytorch.org/vision/0.14/models), and for the
 * features the sums over `model.features` or all but `fc`. EfficientNet's Normalization layer has 7 numbers in Keras'
 * count. ResNets for CIFAR-10: keras-io's example cifar10_resnet.py (version 1), and MLPerf Tiny's ResNet8. */
static const struct {
    const char *name;
    int64_t top, no_top;
    int uncounted;
} published[] = {
    {"alexnet.torch", 61100840, 2469696, 0},
    {"vgg16.keras", 138357544, 14714688, 0},
    {"vgg19.keras", 143667240, 20024384, 0},
    {"vgg11.torch", 132863336, 9220480, 0},
    {"vgg13.torch", 133047848, 9404992, 0},
    {"vgg16.torch", 138357544, 14714688, 0},
    {"vgg19.torch", 143667240, 20024384, 0},
    {"resnet50.keras", 25636712, 23587712, 0},
    {"resnet101.keras", 44707176, 42658176, 0},
    {"resnet152.keras", 60419944, 58370944, 0},
    {"resnet18.torch", 11689512, 11176512, 0},
    {"resnet34.torch", 21797672, 21284672, 0},
    {"resnet50.torch", 25557032, 23508032, 0},
    {"resnet101.torch", 44549160, 42500160, 0},
    {"resnet152.torch", 60192808, 58143808, 0},
    {"resnet50_v2.keras", 25613800, 23564800, 0},
    {"resnet101_v2.keras", 44675560, 42626560, 0},
    {"resnet152_v2.keras", 60380648, 58331648, 0},
    {"inception_v3.keras", 23851784, 21802784, 0},
    {"xception.keras", 22910480, 20861480, 0},
    {"mobilenet_v1.keras", 4253864, 3228864, 0},
    {"mobilenet_v2.keras", 3538984, 2257984, 0},
    {"mobilenet_v3_small.keras", 2554968, 939120, 0},
    {"mobilenet_v3_large.keras", 5507432, 2996352, 0},
    {"densenet121.keras", 8062504, 7037504, 0},
    {"densenet169.keras", 14307880, 12642880, 0},
    {"densenet201.keras", 20242984, 18321984, 0},
    {"efficientnet_b0.keras", 5330571, 4049571, 7},
    {"efficientnet_b1.keras", 7856239, 6575239, 7},
    {"efficientnet_b2.keras", 9177569, 7768569, 7},
    {"efficientnet_b3.keras", 12320535, 10783535, 7},
    {"efficientnet_b4.keras", 19466823, 17673823, 7},
    {"efficientnet_b5.keras", 30562527, 28513527, 7},
    {"efficientnet_b6.keras", 43265143, 40960143, 7},
    {"efficientnet_b7.keras", 66658687, 64097687, 7},
    {"squeezenet1_0.torch", 1248424, 735424, 0},
    {"squeezenet1_1.torch", 1235496, 722496, 0},
    {"resnet8.keras", 78666, 78016, 0},
    {"resnet20.keras", 274442, 273792, 0},
    {"resnet32.keras", 470218, 469568, 0},
    {"resnet56.keras", 861770, 861120, 0},
};

enum { PUBLISHED = sizeof published / sizeof *published };

/* Without fixed factors and offsets, which are no weights; torchvision's without moving statistics. */
static int64_t weights(const graft_graph *graph, bool statistics) {
    int64_t total = 0;
    for (int i = 0; i < graft_graph_count(graph); i++) {
        const graft_node *node = graft_graph_node(graph, i);
        if (strcmp(node->op->name, "scale_shift") == 0) continue;
        for (int k = 0; k < node->param_count; k++) {
            const bool moving =
                strcmp(node->params[k].name, "mean") == 0 || strcmp(node->params[k].name, "variance") == 0;
            if (statistics || !moving) total += graft_shape_count(&node->params[k].shape);
        }
    }
    return total;
}

static void totals_are_the_published_ones(void **state) {
    (void)state;
    size_t seen = 0;
    const graft_arch *arch;
    for (size_t i = 0; (arch = graft_arch_at(i)) != NULL; i++) {
        size_t k = 0;
        while (k < PUBLISHED && strcmp(published[k].name, arch->name) != 0)
            k++;
        if (k == PUBLISHED) fail_msg("%s has no published total here", arch->name);
        for (int no_top = 0; no_top < 2; no_top++) {
            const graft_arch_options options = {.no_top = no_top};
            graft_graph *graph;
            assert_ok(graft_arch_build(arch->name, &options, &graph));
            const int64_t got = weights(graph, strstr(arch->name, ".keras") != NULL) + published[k].uncounted;
            const int64_t want = no_top ? published[k].no_top : published[k].top;
            if (got != want)
                fail_msg("%s%s: %lld parameters, published %lld", arch->name, no_top ? " without top" : "",
                         (long long)got, (long long)want);
            if (!no_top)
                assert_int_equal(graft_shape_count(&graft_graph_node(graph, graft_graph_output(graph))->output),
                                 arch->classes);
            graft_graph_free(graph);
        }
        seen++;
    }
    assert_int_equal(seen, PUBLISHED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(totals_are_the_published_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
