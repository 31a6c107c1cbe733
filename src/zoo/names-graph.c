/* The layers of a graph as a dialect's files have them. */
#include "zoo/names.h"

#include "base/alloc.h"
#include "base/error.h"
#include "nn/op.h"

#include <string.h>

/* The node that ends the layer a node is part of: NAME for NAME/linear and NAME/depthwise, which come before it. */
static int layer_end(const graft_graph *graph, int index) {
    static const char *const suffixes[] = {"/linear", "/depthwise"};
    const char *name = graft_graph_node(graph, index)->name;
    const size_t length = strlen(name);
    for (size_t i = 0; i < 2; i++) {
        const size_t width = strlen(suffixes[i]);
        char own[GRAFT_NODE_NAME + 1];
        if (length <= width || strcmp(name + length - width, suffixes[i]) != 0) continue;
        memcpy(own, name, length - width);
        own[length - width] = '\0';
        const int n = graft_graph_find(graph, own);
        const graft_node *end = n > index ? graft_graph_node(graph, n) : NULL;
        if (end && end->input_count == 1 && end->inputs[0] == index) return layer_end(graph, n);
    }
    return index;
}

static graft_role kernel_role(const graft_graph *graph, int index, bool layers) {
    const graft_node *node = graft_graph_node(graph, index);
    const graft_conv2d_attributes *conv = node->attributes;
    if (strcmp(node->op->name, "conv2d") != 0) return GRAFT_ROLE_DENSE;
    if (conv->groups > 1 && node->params[0].shape.dim[1] == 1) return GRAFT_ROLE_DEPTHWISE;
    const int before = node->inputs[0];
    const char *name = graft_graph_node(graph, before)->name;
    const size_t length = strlen(node->name);
    const bool second = strncmp(name, node->name, length) == 0 && strcmp(name + length, "/depthwise") == 0;
    return layers && second ? GRAFT_ROLE_POINTWISE : GRAFT_ROLE_CONV;
}

static graft_role role_of(const graft_graph *graph, int index, const char *param, bool layers) {
    static const struct {
        const char *param;
        graft_role role;
    } roles[] = {{"bias", GRAFT_ROLE_BIAS},        {"gamma", GRAFT_ROLE_GAMMA}, {"beta", GRAFT_ROLE_BETA},
                 {"mean", GRAFT_ROLE_MEAN},        {"shift", GRAFT_ROLE_SHIFT}, {"scale", GRAFT_ROLE_SCALE},
                 {"variance", GRAFT_ROLE_VARIANCE}};
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (strcmp(roles[i].param, param) == 0) return roles[i].role;
    return kernel_role(graph, index, layers);
}

/* Keras' Normalization has the mean first, which makes the shift. */
static int param_at(const graft_node *node, int i) {
    return strcmp(node->op->name, "scale_shift") == 0 ? node->param_count - 1 - i : i;
}

static void add_node(graft_names_graph *names, graft_graph_layer *layer, int index) {
    const graft_node *node = graft_graph_node(names->graph, index);
    for (int i = 0; i < node->param_count && layer->count < GRAFT_LAYER_WEIGHTS; i++) {
        const char *param = node->params[param_at(node, i)].name;
        const graft_role role = role_of(names->graph, index, param, names->dialect->layers);
        if (names->dialect->weight[role].names)
            layer->weight[layer->count++] = (graft_graph_weight){role, index, param};
    }
}

/* layer_of: of every node; *count layers. */
static void find_layers(const graft_names_graph *names, size_t *layer_of, size_t *count) {
    *count = 0;
    for (int n = graft_graph_count(names->graph) - 1; n >= 0; n--) {
        const int end = names->dialect->layers ? layer_end(names->graph, n) : n;
        layer_of[n] = end == n ? (*count)++ : layer_of[end];
    }
}

static graft_status fill(graft_names_graph *names, const graft_graph *features, const size_t *layer_of,
                         const size_t *place) {
    for (int n = 0; n < graft_graph_count(names->graph); n++) {
        const graft_node *node = graft_graph_node(names->graph, n);
        graft_graph_layer *layer = &names->layers[place[layer_of[n]]];
        add_node(names, layer, n);
        layer->head = features && graft_graph_find(features, node->name) < 0;
        graft_release(layer->name);
        layer->name = graft_text_copy(node->name); /* the last one's stays */
        if (!layer->name) return graft_fail_memory("names of layers");
    }
    size_t kept = 0;
    for (size_t i = 0; i < names->layer_count; i++) {
        if (names->layers[i].count > 0)
            names->layers[kept++] = names->layers[i];
        else
            graft_release(names->layers[i].name);
    }
    names->layer_count = kept;
    return GRAFT_OK;
}

static graft_status read_layers(graft_names_graph *names, const graft_graph *features, size_t *layer_of,
                                size_t *place) {
    size_t count;
    find_layers(names, layer_of, &count);
    names->layers = graft_allocate_zero(count, sizeof *names->layers);
    if (!names->layers) return graft_fail_memory("a list of layers");
    names->layer_count = count;
    GRAFT_TRY(graft_names_order(names->graph, layer_of, count, place));
    return fill(names, features, layer_of, place);
}

graft_status graft_names_graph_read(const graft_graph *graph, const graft_graph *features, const graft_dialect *dialect,
                                    graft_names_graph *out) {
    const size_t nodes = (size_t)graft_graph_count(graph);
    size_t *layer_of = graft_allocate(nodes, sizeof *layer_of), *place = graft_allocate(nodes, sizeof *place);
    *out = (graft_names_graph){.graph = graph, .dialect = dialect};
    graft_status status = layer_of && place ? read_layers(out, features, layer_of, place) : graft_fail_memory("layers");
    graft_release(layer_of);
    graft_release(place);
    if (status != GRAFT_OK) graft_names_graph_clear(out);
    return status;
}

void graft_names_graph_clear(graft_names_graph *names) {
    for (size_t i = 0; i < names->layer_count; i++)
        graft_release(names->layers[i].name);
    graft_release(names->layers);
    *names = (graft_names_graph){0};
}

graft_shape graft_names_stored(const graft_names_graph *names, const graft_graph_weight *weight) {
    return graft_keras_stored_shape(names->dialect->weight[weight->role].layout,
                                    graft_graph_node(names->graph, weight->node), weight->param);
}

bool graft_names_fits(const graft_names_graph *names, const graft_graph_weight *weight, const graft_shape *shape) {
    const graft_shape stored = graft_names_stored(names, weight);
    if (graft_keras_fits(shape, &stored)) return true;
    return !names->dialect->layers && weight->role == GRAFT_ROLE_DENSE && shape->rank == 4 &&
           shape->dim[0] == stored.dim[0] && graft_shape_count(shape) == graft_shape_count(&stored);
}
