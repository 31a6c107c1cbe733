/* Networks by the shapes of their layers, for files whose layers have names of nobody's. */
#include "zoo/recognise.h"

#include "base/error.h"
#include "nn/op.h"

#include <string.h>

typedef struct print {
    uint64_t sum; /* over all layers with kernels, whatever their order */
    int layers;
} print;

static uint64_t mix(uint64_t hash, int64_t value) {
    return (hash ^ (uint64_t)value) * UINT64_C(0x100000001b3); /* FNV-1a, a number a step */
}

static void add_layer(print *p, const graft_node *node) {
    const graft_param *kernel = graft_node_param(node, "kernel");
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    if (!kernel) return;
    for (int i = 0; i < kernel->shape.rank; i++)
        hash = mix(hash, kernel->shape.dim[i]);
    if (strcmp(node->op->name, "conv2d") == 0) {
        const graft_conv2d_attributes *a = node->attributes;
        hash = mix(mix(mix(hash, a->strides[0]), a->dilations[0]), a->groups);
    }
    p->sum += hash ^ hash >> 29;
    p->layers++;
}

static print print_of(const graft_graph *graph) {
    print p = {0, 0};
    for (int i = 0; i < graft_graph_count(graph); i++)
        add_layer(&p, graft_graph_node(graph, i));
    return p;
}

graft_status graft_arch_recognise(const graft_graph *graph, const char *flavour, const graft_arch **out) {
    const print wanted = print_of(graph);
    *out = NULL;
    const graft_arch *arch;
    for (size_t i = 0; (arch = graft_arch_at(i)) != NULL && !*out && wanted.layers > 0; i++) {
        const char *dot = strrchr(arch->name, '.');
        graft_graph *built = NULL;
        if (!dot || strcmp(dot + 1, flavour) != 0) continue;
        GRAFT_TRY(graft_arch_build(arch->name, NULL, &built));
        const print p = print_of(built);
        if (p.layers == wanted.layers && p.sum == wanted.sum) *out = arch;
        graft_graph_free(built);
    }
    return GRAFT_OK;
}
