/* Which tensor of a file each weight of a graph gets. */
#include "zoo/names-pair.h"

#include "base/alloc.h"
#include "base/error.h"

#include <string.h>

/* ---- figures ---- */

static bool is_optional(const graft_names_graph *names, const graft_graph_weight *weight) {
    return graft_node_param(graft_graph_node(names->graph, weight->node), weight->param)->value != NULL;
}

static void count_weight(const graft_names_file *file, const graft_names_graph *names, size_t layer, size_t k,
                         graft_pairing *out) {
    const graft_graph_layer *own = &names->layers[layer];
    const size_t place = layer * GRAFT_LAYER_WEIGHTS + k;
    const int64_t entry = out->entry[place];
    if (entry < 0 && is_optional(names, &own->weight[k])) return;
    const bool fits = entry >= 0 && graft_names_fits(names, &own->weight[k],
                                                     &graft_container_entry(file->container, (size_t)entry)->shape);
    if (own->head) {
        out->head_wanted++;
        out->head_paired += fits;
        if (entry >= 0 && !fits) {
            out->head_wrong++;
            out->last_head_wrong = place;
        }
        return;
    }
    out->wanted++;
    out->paired += fits;
    if (entry >= 0 && !fits && out->wrong++ == 0) out->first_wrong = place;
    if (entry < 0 && out->missing++ == 0) out->first_missing = place;
}

static graft_status count_spare(const graft_names_file *file, const graft_names_graph *names, graft_pairing *out) {
    bool *used = graft_allocate_zero(file->weight_count, sizeof *used);
    if (!used) return graft_fail_memory("a list of weights");
    for (size_t place = 0; place < names->layer_count * GRAFT_LAYER_WEIGHTS; place++)
        if (out->entry[place] >= 0) used[out->entry[place]] = true;
    for (size_t i = 0; i < file->weight_count; i++)
        out->spare += !used[i] && !graft_names_is_counter(graft_container_entry(file->container, i));
    graft_release(used);
    return GRAFT_OK;
}

graft_status graft_pairing_count(const graft_names_file *file, const graft_names_graph *names, graft_pairing *out) {
    for (size_t i = 0; i < names->layer_count; i++)
        for (size_t k = 0; k < names->layers[i].count; k++)
            count_weight(file, names, i, k, out);
    return graft_pairing_whole(out) ? count_spare(file, names, out) : GRAFT_OK;
}

graft_status graft_pairing_begin(const graft_names_graph *names, const char *how, graft_pairing *out) {
    const size_t count = names->layer_count * GRAFT_LAYER_WEIGHTS;
    *out = (graft_pairing){.how = how, .entry = graft_allocate(count, sizeof *out->entry)};
    if (!out->entry) return graft_fail_memory("a list of weights");
    for (size_t i = 0; i < count; i++)
        out->entry[i] = GRAFT_NO_ENTRY;
    return GRAFT_OK;
}

void graft_pairing_clear(graft_pairing *pairing) {
    graft_release(pairing->entry);
    *pairing = (graft_pairing){0};
}

bool graft_pairing_whole(const graft_pairing *pairing) {
    return pairing->wanted > 0 && pairing->paired == pairing->wanted && pairing->wrong == 0;
}

/* ---- a layer's weights ---- */

/* Keras keeps the order of a layer's weights whatever it calls them. Normalization counts its samples last. */
static bool keeps_places(const graft_names_file *file, const graft_names_graph *names, const graft_graph_layer *own,
                         const graft_file_layer *theirs) {
    if (!file->ordered || !names->dialect->layers) return false;
    return theirs->count == own->count || (own->weight[0].role == GRAFT_ROLE_SHIFT && theirs->count == own->count + 1);
}

void graft_pairing_layer(const graft_names_file *file, const graft_names_graph *names, size_t layer, size_t from,
                         graft_pairing *out) {
    const graft_graph_layer *own = &names->layers[layer];
    const graft_file_layer *theirs = &file->layers[from];
    bool all = true;
    int64_t *entry = &out->entry[layer * GRAFT_LAYER_WEIGHTS];
    for (size_t k = 0; k < own->count; k++) {
        for (size_t i = 0; i < theirs->count && entry[k] < 0; i++) {
            const graft_file_weight *weight = &file->weights[theirs->first + i];
            if (graft_dialect_calls(names->dialect, own->weight[k].role, weight->name))
                entry[k] = (int64_t)weight->entry;
        }
        all = all && entry[k] >= 0;
    }
    for (size_t k = 0; !all && k < own->count && keeps_places(file, names, own, theirs); k++)
        entry[k] = (int64_t)file->weights[theirs->first + k].entry;
}

/* ---- by name ---- */

/* Also as PyTorch calls it: "block/conv/linear" is the module "block.conv", whose activation is a module of its own. */
static bool find_named(const graft_strmap *map, const graft_names_graph *names, const char *name, size_t *from) {
    static const char inner[] = "/linear";
    char module[GRAFT_NODE_NAME + 1];
    const size_t length = strlen(name), tail = sizeof inner - 1;
    const bool cut = length > tail && strcmp(name + length - tail, inner) == 0;
    if (graft_strmap_get(map, name, from)) return true;
    if (names->dialect->separator != '.') return false;
    memcpy(module, name, length + 1);
    if (cut) module[length - tail] = '\0';
    for (char *c = module; *c; c++)
        if (*c == '/') *c = '.';
    return graft_strmap_get(map, module, from);
}

static void pair_named(const graft_names_file *file, const graft_names_graph *names, const graft_strmap *map,
                       graft_pairing *out) {
    for (size_t i = 0; i < names->layer_count; i++) {
        size_t from;
        if (names->dialect->layers && graft_numbered_stem(names->layers[i].name, NULL) >= 0) continue;
        if (find_named(map, names, names->layers[i].name, &from)) graft_pairing_layer(file, names, i, from, out);
    }
}

static graft_status pair_numbered(const graft_names_file *file, const graft_names_graph *names, graft_pairing *out) {
    graft_numbered *own = graft_allocate(names->layer_count, sizeof *own);
    graft_numbered *theirs = graft_allocate(file->layer_count, sizeof *theirs);
    graft_status status = own && theirs ? GRAFT_OK : graft_fail_memory("a list of layers");
    for (int stem = 0; status == GRAFT_OK && stem < graft_numbered_stems(); stem++) {
        size_t count = 0, their_count = 0;
        for (size_t i = 0; i < names->layer_count; i++)
            graft_numbered_add(own, &count, stem, names->layers[i].name, i);
        for (size_t i = 0; count > 0 && i < file->layer_count; i++)
            graft_numbered_add(theirs, &their_count, stem, file->layers[i].name, i);
        if (count == 0 || count != their_count) continue;
        graft_numbered_sort(own, count);
        graft_numbered_sort(theirs, count);
        for (size_t i = 0; i < count; i++)
            graft_pairing_layer(file, names, own[i].layer, theirs[i].layer, out);
    }
    graft_release(own);
    graft_release(theirs);
    return status;
}

graft_status graft_pair_by_name(const graft_names_file *file, const graft_names_graph *names, const char *arch,
                                graft_pairing *out) {
    const graft_strmap *map;
    graft_status status = graft_pairing_begin(names, "by name", out);
    if (status == GRAFT_OK) status = graft_names_layers(file, arch, &map);
    if (status == GRAFT_OK) {
        pair_named(file, names, map, out);
        if (names->dialect->layers) status = pair_numbered(file, names, out);
    }
    if (status == GRAFT_OK) status = graft_pairing_count(file, names, out);
    if (status != GRAFT_OK) graft_pairing_clear(out);
    return status;
}
