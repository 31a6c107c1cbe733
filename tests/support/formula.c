#include "support/formula.h"

#include "support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "formats/safetensors.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

uint32_t formula_hash(const char *name) {
    uint32_t h = 0x811C9DC5U;
    for (const char *c = name; *c; c++)
        h = (h ^ (uint8_t)*c) * 0x01000193U;
    return h;
}

double formula_number(uint32_t hash, uint32_t index) {
    uint32_t x = index * 0x9E3779B9U + hash;
    x ^= x >> 16;
    x *= 0x85EBCA6BU;
    x ^= x >> 13;
    x *= 0xC2B2AE35U;
    x ^= x >> 16;
    return (double)(x >> 8) / 8388608.0 - 1.0;
}

void formula_param(const graft_node *node, const graft_param *param, double gain, float *out) {
    static const char linear[] = "/linear";
    char name[600];
    size_t length = strlen(node->name);
    const int64_t count = graft_shape_count(&param->shape);
    /* The weights of a layer with an activation are the layer's. */
    if (length > sizeof linear && strcmp(node->name + length - sizeof linear + 1, linear) == 0)
        length -= sizeof linear - 1;
    snprintf(name, sizeof name, "%.*s/%s", (int)length, node->name, param->name);
    const uint32_t hash = formula_hash(name);
    double size = 0.2, middle = 0;
    if (strcmp(param->name, "kernel") == 0) size = sqrt(gain / ((double)count / (double)param->shape.dim[0]));
    if (strcmp(param->name, "gamma") == 0 || strcmp(param->name, "variance") == 0) size = 0.5, middle = 1.0;
    for (int64_t i = 0; i < count; i++)
        out[i] = (float)(formula_number(hash, (uint32_t)i) * size + middle);
}

static void check_param(const graft_node *node, const graft_param *param, double gain) {
    const int64_t count = graft_shape_count(&param->shape);
    if (!param->value) fail_msg("%s/%s has no value", node->name, param->name);
    const float *got = graft_tensor_f32(param->value);
    float *expected = test_malloc((size_t)count * sizeof *expected);
    formula_param(node, param, gain, expected);
    for (int64_t i = 0; i < count; i++) {
        /* Python rounds the kernels' factor once more. */
        if (!(fabs((double)got[i] - (double)expected[i]) <= 1e-6 * (1 + fabs((double)expected[i]))))
            fail_msg("%s/%s: %g at %lld, expected %g", node->name, param->name, (double)got[i], (long long)i,
                     (double)expected[i]);
    }
    test_free(expected);
}

void formula_check(const graft_graph *graph, double gain) {
    for (int n = 0; n < graft_graph_count(graph); n++) {
        const graft_node *node = graft_graph_node(graph, n);
        for (int i = 0; i < node->param_count; i++)
            if (strcmp(node->params[i].name, "scale") != 0 && strcmp(node->params[i].name, "shift") != 0)
                check_param(node, &node->params[i], gain);
    }
}

static const char *const suffix[][2] = {{"kernel", "weight"}, {"bias", "bias"},         {"gamma", "weight"},
                                        {"beta", "bias"},     {"mean", "running_mean"}, {"variance", "running_var"}};

static const char *torch_name(const char *param) {
    for (size_t i = 0; i < sizeof suffix / sizeof *suffix; i++)
        if (strcmp(suffix[i][0], param) == 0) return suffix[i][1];
    return param;
}

/* Writes the parameters of an architecture of PyTorch's under PyTorch's names, with the formula's values. */
char *formula_write_torch(const char *folder, const char *arch, const graft_arch_options *options) {
    enum { MOST = 600 };
    static graft_named_tensor tensors[MOST];
    graft_graph *graph;
    size_t count = 0;
    assert_ok(graft_arch_build(arch, options, &graph));
    for (int n = 0; n < graft_graph_count(graph); n++) {
        graft_node *node = graft_graph_node(graph, n);
        for (int i = 0; i < node->param_count; i++) {
            graft_tensor *value;
            assert_true(count < MOST);
            assert_ok(graft_tensor_new(GRAFT_F32, &node->params[i].shape, &value));
            formula_param(node, &node->params[i], 6, graft_tensor_f32(value));
            tensors[count].name = graft_text_format("%s.%s", node->name, torch_name(node->params[i].name));
            tensors[count++].tensor = value;
            assert_ok(graft_node_set_param(node, node->params[i].name, value));
        }
    }
    char *path = graft_path_join(folder, "weights.safetensors");
    assert_ok(graft_safetensors_write(path, tensors, count, NULL));
    for (size_t i = 0; i < count; i++)
        graft_release((void *)(uintptr_t)tensors[i].name);
    graft_graph_free(graph);
    return path;
}
