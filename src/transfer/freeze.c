#include "transfer/freeze.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/strmap.h"
#include "nn/op.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool has_parameters(const graft_graph *network, int node) {
    return graft_graph_node(network, node)->param_count > 0;
}

static graft_status find_layer(const graft_graph *network, int head, const char *option, const char *name, int *node) {
    *node = graft_graph_find(network, name);
    if (*node >= 0 && *node < head) return GRAFT_OK;
    const char **names = graft_allocate((size_t)head, sizeof(*names));
    if (!names) return graft_fail_memory("layer names");
    for (int i = 0; i < head; i++)
        names[i] = graft_graph_node(network, i)->name;
    const char *nearest = graft_text_nearest(name, names, (size_t)head);
    graft_release(names);
    return graft_fail(GRAFT_E_USAGE, "--%s: %s has no layer \"%s\"%s%s%s (graft summary lists them)", option,
                      graft_graph_name(network), name, nearest ? "; did you mean \"" : "", nearest ? nearest : "",
                      nearest ? "\"?" : "");
}

/* A layer of several nodes is called after its last; those before it, such as "conv2/linear", which has the values of
 * "conv2" and its activation, are the layer's too. */
static int first_of_layer(const graft_graph *network, int node) {
    const char *name = graft_graph_node(network, node)->name;
    const size_t length = strlen(name);
    for (int i = 0; i < node; i++) {
        const char *other = graft_graph_node(network, i)->name;
        if (strncmp(other, name, length) == 0 && other[length] == '/') return i;
    }
    return node;
}

static bool is_prefixed(const char *text, const char *prefix, const char **rest) {
    size_t length = strlen(prefix);
    *rest = text + length;
    return strncmp(text, prefix, length) == 0;
}

static graft_status parse_count(const char *option, const char *text, const char *number, int *count) {
    char *end;
    errno = 0;
    long value = strtol(number, &end, 10);
    if (end == number || *end || errno || value < 1 || value > 65536)
        return graft_fail(GRAFT_E_USAGE, "--%s: received \"%s\", expected a number from 1 after the colon", option,
                          text);
    *count = (int)value;
    return GRAFT_OK;
}

/* The first node of the last `count` layers with parameters before the head. */
static int last_layers(const graft_graph *network, int head, int count) {
    int from = head;
    for (int i = head - 1; i >= 0 && count > 0; i--) {
        if (!has_parameters(network, i)) continue;
        from = i;
        count--;
    }
    return from;
}

/* The first node of the last `count` spatial stages before the head. */
static int last_stages(const graft_graph *network, int head, int count) {
    int last = 0, from = head;
    for (int i = 0; i < head; i++) {
        const graft_node *node = graft_graph_node(network, i);
        if (node->output.rank == 3 && node->output.dim[1] * node->output.dim[2] > 1 && node->stage > last)
            last = node->stage;
    }
    for (int i = head - 1; i >= 0; i--)
        if (graft_graph_node(network, i)->stage > last - count && has_parameters(network, i)) from = i;
    return from;
}

graft_status graft_freeze_fine_tune(const graft_graph *network, int head, const char *option, const char *text,
                                    int *from) {
    const char *rest;
    int count = 0;
    if (strcmp(text, "none") == 0) {
        *from = head;
        return GRAFT_OK;
    }
    if (strcmp(text, "all") == 0) {
        *from = 0;
        return GRAFT_OK;
    }
    if (is_prefixed(text, "last:", &rest)) {
        GRAFT_TRY(parse_count(option, text, rest, &count));
        *from = last_layers(network, head, count);
        return GRAFT_OK;
    }
    if (is_prefixed(text, "stage:", &rest)) {
        GRAFT_TRY(parse_count(option, text, rest, &count));
        *from = last_stages(network, head, count);
        return GRAFT_OK;
    }
    GRAFT_TRY(find_layer(network, head, option, text, from));
    *from = first_of_layer(network, *from);
    return GRAFT_OK;
}

graft_status graft_freeze_freeze(const graft_graph *network, int head, const char *text, int *from) {
    const char *rest;
    int count = 0;
    if (strcmp(text, "all") == 0 || strcmp(text, "none") == 0) {
        *from = text[0] == 'a' ? head : 0;
        return GRAFT_OK;
    }
    if (is_prefixed(text, "until:", &rest)) {
        GRAFT_TRY(find_layer(network, head, "freeze", rest, from));
        ++*from;
        return GRAFT_OK;
    }
    if (!is_prefixed(text, "first:", &rest))
        return graft_fail(GRAFT_E_USAGE, "--freeze: received \"%s\", expected all, none, until:LAYER or first:N", text);
    GRAFT_TRY(parse_count("freeze", text, rest, &count));
    *from = 0;
    while (*from < head && count > 0)
        count -= has_parameters(network, (*from)++);
    return GRAFT_OK;
}

graft_status graft_freeze_make(const graft_graph *network, int from, graft_freeze_plan *out) {
    int count = graft_graph_count(network);
    *out = (graft_freeze_plan){.first = -1};
    out->trainable = graft_allocate_zero((size_t)count, sizeof(bool));
    bool *passes = graft_allocate_zero((size_t)count, sizeof(bool));
    graft_status status = out->trainable && passes ? GRAFT_OK : graft_fail_memory("a freeze plan");
    if (status == GRAFT_OK) status = graft_graph_articulations(network, passes);
    for (int i = 0; status == GRAFT_OK && i < count; i++) {
        out->trainable[i] = i >= from;
        if (i >= from && out->first < 0 && has_parameters(network, i)) out->first = i;
    }
    if (status == GRAFT_OK && out->first < 0)
        status = graft_fail(GRAFT_E_USAGE, "nothing is left to learn: no layer from node %d on has parameters", from);
    /* A dropout that belongs to what learns must drop anew in each step: it cannot lie before the boundary. */
    for (int i = 0; status == GRAFT_OK && i < out->first; i++) {
        if (i >= from && strcmp(graft_graph_node(network, i)->op->name, "dropout") == 0) break;
        if (passes[i]) out->boundary = i;
    }
    graft_release(passes);
    if (status != GRAFT_OK) graft_freeze_clear(out);
    return status;
}

void graft_freeze_clear(graft_freeze_plan *plan) {
    graft_release(plan->trainable);
    *plan = (graft_freeze_plan){0};
}

static bool is_statistic(const char *parameter) {
    return strcmp(parameter, "mean") == 0 || strcmp(parameter, "variance") == 0;
}

bool graft_freeze_holds(const graft_graph *network, const graft_freeze_plan *plan, graft_batchnorm_mode mode, int node,
                        const char *parameter) {
    if (!plan->trainable[node]) return true;
    if (strcmp(graft_graph_node(network, node)->op->name, "batchnorm") != 0) return false;
    return mode == GRAFT_BATCHNORM_FROZEN || (is_statistic(parameter) && mode == GRAFT_BATCHNORM_STATS);
}

graft_status graft_freeze_check(const graft_graph *network, const graft_freeze_plan *plan, graft_batchnorm_mode mode,
                                graft_freeze_count *out) {
    graft_hasher *hasher;
    *out = (graft_freeze_count){0};
    GRAFT_TRY(graft_hasher_new(&hasher));
    for (int i = 0; i < graft_graph_count(network); i++) {
        const graft_node *node = graft_graph_node(network, i);
        for (int k = 0; k < node->param_count; k++) {
            const graft_param *param = &node->params[k];
            int64_t count = graft_shape_count(&param->shape);
            bool held = graft_freeze_holds(network, plan, mode, i, param->name);
            if (held || is_statistic(param->name))
                out->frozen += count;
            else
                out->trainable += count;
            if (!held) continue;
            graft_hasher_add_text(hasher, node->name);
            graft_hasher_add_text(hasher, param->name);
            graft_hasher_add(hasher, param->value->data, param->value->bytes);
        }
    }
    out->held = graft_hasher_value(hasher);
    graft_hasher_free(hasher);
    return GRAFT_OK;
}

void graft_freeze_rates(const graft_graph *network, int head, const graft_parameters *parameters, const int *map,
                        double decay, double *factor) {
    int depth = 0;
    for (int i = parameters->segment_count - 1; i >= 0; i--) {
        const graft_parameter_segment *segment = &parameters->segments[i];
        int node = segment->node_index;
        bool in_head = false;
        for (int k = head; k < graft_graph_count(network); k++)
            in_head = in_head || map[k] == node;
        bool kernel = strcmp(segment->name, "kernel") == 0;
        factor[i] = in_head ? 1 : pow(decay, depth + 1);
        /* Segments follow the graph: a kernel is the first of its layer. */
        if (!in_head && kernel) depth++;
    }
}
