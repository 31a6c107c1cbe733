/* Choosing where to cut is a rule over the graph:
 *  - The classifier is the last layer with weights when only softmax, activations, dropout and changes of shape follow
 * it and it is dense, or a convolution over 1x1 cells, or softmax follows. The last cut is what feeds it. An
 *    encoder's code is none, though it be a dense layer.
 *  - Further candidates are outputs of activations, additions and concatenations at least half as wide as the last map
 *    or vector, each separated from the next by a layer that mixes channels (depthwise convolutions do not). Of several
 *    that are not so separated the first activation counts: in an inverted residual that is the expansion.
 *  - The last candidate is the end of the stage before: the last such output of a larger map that everything after it
 *    is computed from. What a network specialised in lies in its last stage; the one before is of wider use. */
#include "transfer/cuts.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/strmap.h"
#include "nn/op.h"
#include "zoo/autoencoder.h"

#include <string.h>

#define FEATURE_LIMIT ((size_t)1 << 24) /* floats of one sample: 64 MiB */

static const char *const pool_names[GRAFT_POOL_COUNT] = {"avg", "max", "none"};

const char *graft_pool_name(int pool) {
    return pool_names[pool];
}

int graft_pool_find(const char *name) {
    for (int i = 0; i < GRAFT_POOL_COUNT; i++)
        if (strcmp(pool_names[i], name) == 0) return i;
    return -1;
}

static bool is_op(const graft_node *node, const char *name) {
    return strcmp(node->op->name, name) == 0;
}

static size_t area_of(const graft_shape *shape) {
    return shape->rank == 3 ? (size_t)shape->dim[1] * (size_t)shape->dim[2] : 1;
}

graft_status graft_cut_make(const graft_graph *graph, int node, int pool, graft_cut *out) {
    const graft_shape *shape = &graft_graph_node(graph, node)->output;
    int64_t count = graft_shape_count(shape);
    if (pool < GRAFT_POOL_AVG || pool > GRAFT_POOL_NONE)
        return graft_fail(GRAFT_E_USAGE, "pool: %d, expected 0 (avg), 1 (max) or 2 (none)", pool);
    if (count <= 0) {
        char text[GRAFT_SHAPE_TEXT];
        return graft_fail(GRAFT_E_DATA, "layer %s: its output %s has no values", graft_graph_node(graph, node)->name,
                          graft_shape_text(shape, text));
    }
    graft_cut cut = {.node = node, .pool = pool, .area = area_of(shape), .stored = GRAFT_F32};
    cut.channels = (size_t)count / cut.area;
    cut.width = pool == GRAFT_POOL_NONE ? (size_t)count : cut.channels;
    if (pool == GRAFT_POOL_NONE && cut.area > 1) cut.stored = GRAFT_F16;
    if (cut.width > FEATURE_LIMIT)
        return graft_fail(GRAFT_E_USAGE, "layer %s: %zu features a picture, at most %zu: pool them (--pool avg)",
                          graft_graph_node(graph, node)->name, cut.width, FEATURE_LIMIT);
    *out = cut;
    return GRAFT_OK;
}

graft_status graft_cut_named(const graft_graph *graph, const char *name, int pool, graft_cut *out) {
    int node = graft_graph_find(graph, name);
    if (node >= 0) return graft_cut_make(graph, node, pool, out);
    int count = graft_graph_count(graph);
    const char **names = graft_allocate((size_t)count, sizeof(*names));
    if (!names) return graft_fail_memory("layer names");
    for (int i = 0; i < count; i++)
        names[i] = graft_graph_node(graph, i)->name;
    const char *nearest = graft_text_nearest(name, names, (size_t)count);
    graft_release(names);
    return nearest ? graft_fail(GRAFT_E_USAGE, "layer %s: %s has no such layer; did you mean %s?", name,
                                graft_graph_name(graph), nearest)
                   : graft_fail(GRAFT_E_USAGE, "layer %s: %s has no such layer (graft summary lists them)", name,
                                graft_graph_name(graph));
}

static bool keeps_information(const graft_node *node) {
    return is_op(node, "dropout") || is_op(node, "reshape") || is_op(node, "flatten");
}

int graft_cut_last(const graft_graph *graph) {
    int output = graft_graph_output(graph), at = output;
    bool softmax = false;
    for (;;) {
        const graft_node *node = graft_graph_node(graph, at);
        bool pool = is_op(node, "global_avgpool") || is_op(node, "global_maxpool");
        bool passes =
            is_op(node, "softmax") || is_op(node, "activation") || keeps_information(node) || (softmax && pool);
        if (!passes || node->input_count != 1) break;
        softmax = softmax || is_op(node, "softmax");
        at = node->inputs[0];
    }
    const graft_node *top = graft_graph_node(graph, at);
    if (top->input_count != 1) return output;
    const graft_shape *fed = &graft_graph_node(graph, top->inputs[0])->output;
    bool classifier = is_op(top, "dense") || (is_op(top, "conv2d") && (softmax || area_of(fed) == 1));
    if (!classifier || strcmp(top->name, GRAFT_LAYER_LATENT) == 0) return output;
    at = top->inputs[0];
    while (is_op(graft_graph_node(graph, at), "dropout"))
        at = graft_graph_node(graph, at)->inputs[0];
    return is_op(graft_graph_node(graph, at), "input") ? output : at;
}

int graft_cut_last_map(const graft_graph *graph) {
    int at = graft_cut_last(graph);
    for (;;) {
        const graft_node *node = graft_graph_node(graph, at);
        if (area_of(&node->output) > 1 || node->input_count == 0) return at;
        at = node->inputs[0];
    }
}

/* Whether a layer computes new channels from all the old ones. */
static bool mixes_channels(const graft_graph *graph, const graft_node *node) {
    if (is_op(node, "dense")) return true;
    if (!is_op(node, "conv2d")) return false;
    const graft_conv2d_attributes *attributes = node->attributes;
    return attributes->groups == 1 || attributes->groups != graft_graph_node(graph, node->inputs[0])->output.dim[0];
}

/* depth[i]: mixing layers on the longest way from the input to node i. */
static void measure_depth(const graft_graph *graph, int last, int *depth) {
    for (int i = 0; i <= last; i++) {
        const graft_node *node = graft_graph_node(graph, i);
        depth[i] = 0;
        for (int j = 0; j < node->input_count; j++)
            if (depth[node->inputs[j]] > depth[i]) depth[i] = depth[node->inputs[j]];
        if (mixes_channels(graph, node)) depth[i]++;
    }
}

static void mark_needed(const graft_graph *graph, int last, bool *needed) {
    needed[last] = true;
    for (int i = last; i >= 0; i--) {
        const graft_node *node = graft_graph_node(graph, i);
        for (int j = 0; needed[i] && j < node->input_count; j++)
            needed[node->inputs[j]] = true;
    }
}

static bool is_end(const graft_node *node) {
    return is_op(node, "activation") || is_op(node, "add") || is_op(node, "concat");
}

/* Maps kept whole would be larger than the last one's, and there are enough of those. */
static graft_status add_stage_end(const graft_graph *graph, int pool, const bool *needed, graft_cut *out,
                                  size_t *count) {
    int map = graft_cut_last_map(graph), reached = out[0].node; /* the earliest that a later node looks at */
    size_t area = area_of(&graft_graph_node(graph, map)->output);
    if (pool == GRAFT_POOL_NONE || area < 2) return GRAFT_OK;
    for (int i = out[0].node; i > 0; i--) {
        const graft_node *node = graft_graph_node(graph, i);
        if (!needed[i]) continue;
        bool all_pass = reached >= i, listed = false;
        for (size_t k = 0; k < *count; k++)
            listed = listed || out[k].node == i;
        if (all_pass && is_end(node) && area_of(&node->output) > area)
            return listed ? GRAFT_OK : graft_cut_make(graph, i, pool, &out[(*count)++]);
        for (int j = 0; j < node->input_count; j++)
            if (node->inputs[j] < reached) reached = node->inputs[j];
    }
    return GRAFT_OK;
}

static graft_status pick(const graft_graph *graph, int pool, const int *depth, const bool *needed, graft_cut *out,
                         size_t *count) {
    int last = out[0].node, previous = depth[last];
    graft_cut map = {0}, cut = {0};
    GRAFT_TRY(graft_cut_make(graph, graft_cut_last_map(graph), GRAFT_POOL_AVG, &map));
    size_t widest = map.channels < out[0].channels ? map.channels : out[0].channels;
    for (int i = last - 1; i > 0; i--) {
        const graft_node *node = graft_graph_node(graph, i);
        bool activation = is_op(node, "activation");
        if (!needed[i] || !is_end(node)) continue;
        GRAFT_TRY(graft_cut_make(graph, i, GRAFT_POOL_AVG, &cut));
        if (cut.channels * 2 < widest || depth[i] > previous || depth[i] == depth[last]) continue;
        if (depth[i] < previous && *count == GRAFT_CUT_LIMIT - 1) break;
        if (depth[i] == previous && !activation) continue;
        if (depth[i] < previous) ++*count;
        previous = depth[i];
        GRAFT_TRY(graft_cut_make(graph, i, pool, &out[*count - 1]));
    }
    return GRAFT_OK;
}

graft_status graft_cut_candidates(const graft_graph *graph, int pool, graft_cut out[GRAFT_CUT_LIMIT], size_t *count) {
    int last = graft_cut_last(graph);
    *count = 1;
    GRAFT_TRY(graft_cut_make(graph, last, pool, &out[0]));
    int *depth = graft_allocate((size_t)last + 1, sizeof(*depth));
    bool *needed = graft_allocate_zero((size_t)last + 1, sizeof(*needed));
    graft_status status;
    if (depth && needed) {
        measure_depth(graph, last, depth);
        mark_needed(graph, last, needed);
        status = pick(graph, pool, depth, needed, out, count);
        if (status == GRAFT_OK) status = add_stage_end(graph, pool, needed, out, count);
    } else {
        status = graft_fail_memory("the candidate layers");
    }
    graft_release(depth);
    graft_release(needed);
    return status;
}

void graft_cut_apply(const graft_cut *cut, const float *value, float *row) {
    if (cut->pool == GRAFT_POOL_NONE || cut->area == 1) {
        memcpy(row, value, cut->width * sizeof(*row));
        return;
    }
    for (size_t c = 0; c < cut->channels; c++) {
        const float *map = value + c * cut->area;
        double sum = 0;
        float largest = map[0];
        for (size_t i = 0; i < cut->area; i++) {
            sum += (double)map[i];
            if (map[i] > largest) largest = map[i];
        }
        row[c] = cut->pool == GRAFT_POOL_MAX ? largest : (float)(sum / (double)cut->area);
    }
}

graft_status graft_cut_hash(const graft_graph *graph, const graft_cut *cut, graft_hash *out) {
    graft_graph *prefix = NULL;
    graft_hasher *hasher = NULL;
    graft_hash network;
    graft_status status;
    GRAFT_TRY_TO(done, status, graft_graph_prefix_lent(graph, &cut->node, 1, &prefix, NULL));
    GRAFT_TRY_TO(done, status, graft_graph_hash(prefix, &network));
    GRAFT_TRY_TO(done, status, graft_hasher_new(&hasher));
    graft_hasher_add_u64(hasher, network.high);
    graft_hasher_add_u64(hasher, network.low);
    graft_hasher_add_u64(hasher, cut->area == 1 ? GRAFT_POOL_NONE : (uint64_t)cut->pool);
    *out = graft_hasher_value(hasher);
done:
    graft_hasher_free(hasher);
    graft_graph_free(prefix);
    return status;
}
