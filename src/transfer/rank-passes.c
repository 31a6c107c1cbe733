/* The layers to compare, and one pass a network that computes all of them. */
#include "transfer/rank-internal.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"

#include <string.h>

static graft_status add_cut(graft_rank_base *base, const graft_cut *cut) {
    for (size_t i = 0; i < base->layers; i++)
        if (base->cuts[i].node == cut->node) return GRAFT_OK;
    base->cuts[base->layers++] = *cut;
    return GRAFT_OK;
}

/* Of the layers that were named those that this network has; `used` marks them. */
static graft_status named_cuts(const graft_rank_options *options, graft_rank_base *base, bool *used) {
    const graft_graph *graph = base->backbone->graph;
    for (size_t i = 0; i < GRAFT_RANK_LAYERS_MAX && options->layers[i]; i++) {
        graft_cut cut;
        if (graft_graph_find(graph, options->layers[i]) < 0) continue;
        used[i] = true;
        GRAFT_TRY(graft_cut_named(graph, options->layers[i], options->pool, &cut));
        GRAFT_TRY(add_cut(base, &cut));
    }
    if (base->layers > 0) return GRAFT_OK;
    graft_cut none;
    GRAFT_TRY(graft_cut_named(graph, options->layers[0], options->pool, &none)); /* fails: names the nearest */
    return graft_fail(GRAFT_E_INTERNAL, "%s: a layer that is and is not", base->name);
}

/* The answers of a classifier of at least two classes. */
static graft_status find_source(graft_rank_base *base) {
    const graft_graph *graph = base->backbone->graph;
    int last = graft_cut_last(graph), output = graft_graph_output(graph);
    base->head_reads = -1;
    for (size_t i = 0; i < base->layers; i++)
        if (base->cuts[i].node == last) base->head_reads = (int)i;
    if (base->backbone->untrained || last == output || base->head_reads < 0) return GRAFT_OK;
    graft_cut cut;
    GRAFT_TRY(graft_cut_make(graph, output, GRAFT_POOL_NONE, &cut));
    if (cut.area != 1 || cut.width < 2 || cut.width > GRAFT_CLASS_LIMIT) return GRAFT_OK;
    base->cuts[base->layers] = cut;
    base->source = true;
    return GRAFT_OK;
}

static graft_status choose_cuts(const graft_ranking *self, graft_rank_base *base, bool *used) {
    const graft_rank_options *options = &self->options;
    if (options->layers[0]) {
        graft_status status = named_cuts(options, base, used);
        if (status != GRAFT_OK) return graft_fail_in(status, "%s", base->name);
    } else {
        graft_cut found[GRAFT_CUT_LIMIT];
        size_t count;
        GRAFT_TRY(graft_cut_candidates(base->backbone->graph, options->pool, found, &count));
        for (size_t i = 0; i < count; i++)
            GRAFT_TRY(add_cut(base, &found[i]));
    }
    return find_source(base);
}

static graft_status compute(graft_ranking *self, graft_rank_base *base) {
    graft_features_result result;
    GRAFT_TRY(graft_features_open(self->context, base->backbone->graph, &base->backbone->spec, base->cuts,
                                  base->layers + base->source, NULL, &base->features));
    GRAFT_TRY(graft_features_compute(base->features, self->data, self->sample, self->count, 1, &result));
    self->computed += result.computed;
    self->cached += result.cached;
    return GRAFT_OK;
}

static graft_status list_candidates(graft_ranking *self) {
    size_t count = 0;
    for (size_t b = 0; b < self->base_count; b++)
        count += self->bases[b].layers;
    self->candidates = graft_allocate(count, sizeof(*self->candidates));
    if (!self->candidates) return graft_fail_memory("the layers to compare");
    for (size_t b = 0; b < self->base_count; b++)
        for (size_t i = 0; i < self->bases[b].layers; i++)
            self->candidates[self->candidate_count++] = (graft_rank_candidate){b, i};
    return GRAFT_OK;
}

graft_status graft_ranking_pass(graft_ranking *self) {
    bool used[GRAFT_RANK_LAYERS_MAX] = {false};
    double begun = graft_now();
    for (size_t b = 0; b < self->base_count; b++)
        GRAFT_TRY(choose_cuts(self, &self->bases[b], used));
    for (size_t i = 0; i < GRAFT_RANK_LAYERS_MAX && self->options.layers[i]; i++)
        if (!used[i])
            return graft_fail(GRAFT_E_USAGE, "layer %s: none of the %zu networks has it (graft summary lists layers)",
                              self->options.layers[i], self->base_count);
    for (size_t b = 0; b < self->base_count; b++) {
        graft_log(self->context, GRAFT_LOG_INFO, "%s: %zu layers in one pass", self->bases[b].name,
                  self->bases[b].layers);
        graft_status status = compute(self, &self->bases[b]);
        if (status != GRAFT_OK) return graft_fail_in(status, "%s", self->bases[b].name);
    }
    self->features_seconds = graft_now() - begun;
    return list_candidates(self);
}
