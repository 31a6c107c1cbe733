/* The layers of a file that holds weights alone. */
#include "zoo/names-pair.h"

#include "base/alloc.h"
#include "base/error.h"

#include <string.h>

typedef struct container_rule {
    const char *format;
    bool grouped, ordered;
} container_rule;

static const container_rule rules[] = {
#define GRAFT_NAMES_CONTAINER(format_, grouped_, ordered_) \
    {.format = format_, .grouped = (grouped_), .ordered = (ordered_)},
#include "zoo/names-containers.def"
#undef GRAFT_NAMES_CONTAINER
};

static container_rule rule_of(const graft_container *container) {
    const char *format = graft_container_format(container);
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (strcmp(rules[i].format, format) == 0) return rules[i];
    return (container_rule){.format = format};
}

/* Where the weight's own name begins in "layer/kernel" or "layer.weight". */
static const char *last_part(const char *name) {
    const char *part = name;
    for (const char *at = name; *at; at++)
        if (*at == '/' || *at == '.') part = at + 1;
    return part;
}

static graft_status name_layer(const graft_entry *entry, bool grouped, char **out) {
    const char *part = last_part(entry->name);
    if (grouped && entry->group[0])
        *out = graft_text_copy(entry->group);
    else
        *out = graft_text_copy_n(entry->name, part > entry->name ? (size_t)(part - entry->name) - 1 : 0);
    return *out ? GRAFT_OK : graft_fail_memory("names of layers");
}

/* Which layer an entry belongs to, a new one if need be. */
static graft_status find_layer(graft_names_file *file, char *name, size_t *out) {
    if (graft_strmap_get(file->by_name, name, out)) {
        graft_release(name);
        return GRAFT_OK;
    }
    *out = file->layer_count;
    graft_status status = graft_strmap_set(file->by_name, name, *out);
    if (status == GRAFT_OK && !graft_reserve(&file->layers, &file->layer_capacity, *out + 1, sizeof *file->layers))
        status = graft_fail_memory("a list of layers");
    if (status != GRAFT_OK) {
        graft_release(name);
        return status;
    }
    file->layers[file->layer_count++] = (graft_file_layer){.name = name};
    return GRAFT_OK;
}

static graft_status read_weights(graft_names_file *file, const size_t *layer_of) {
    size_t at = 0;
    for (size_t i = 0; i < file->layer_count; i++) {
        file->layers[i].first = at;
        at += file->layers[i].count;
        file->layers[i].count = 0;
    }
    for (size_t i = 0; i < file->weight_count; i++) {
        graft_file_layer *layer = &file->layers[layer_of[i]];
        graft_file_weight *weight = &file->weights[layer->first + layer->count++];
        weight->entry = i;
        weight->name = graft_text_copy(last_part(graft_container_entry(file->container, i)->name));
        if (!weight->name) return graft_fail_memory("names of weights");
    }
    return GRAFT_OK;
}

static graft_status read_layers(graft_names_file *file, size_t *layer_of) {
    const container_rule rule = rule_of(file->container);
    file->ordered = rule.ordered;
    for (size_t i = 0; i < file->weight_count; i++) {
        char *name;
        GRAFT_TRY(name_layer(graft_container_entry(file->container, i), rule.grouped, &name));
        GRAFT_TRY(find_layer(file, name, &layer_of[i]));
        file->layers[layer_of[i]].count++;
    }
    return read_weights(file, layer_of);
}

graft_status graft_names_file_read(graft_container *container, graft_names_file *out) {
    *out = (graft_names_file){.container = container, .weight_count = graft_container_count(container)};
    size_t *layer_of = graft_allocate(out->weight_count, sizeof *layer_of);
    out->weights = graft_allocate_zero(out->weight_count, sizeof *out->weights);
    graft_status status = layer_of && out->weights ? GRAFT_OK : graft_fail_memory("a list of weights");
    if (status == GRAFT_OK) status = graft_strmap_new(&out->by_name);
    if (status == GRAFT_OK) status = graft_names_index_new(&out->index);
    if (status == GRAFT_OK) status = read_layers(out, layer_of);
    graft_release(layer_of);
    if (status != GRAFT_OK) graft_names_file_clear(out);
    return status;
}

void graft_names_file_clear(graft_names_file *file) {
    for (size_t i = 0; i < file->layer_count; i++)
        graft_release(file->layers[i].name);
    for (size_t i = 0; file->weights && i < file->weight_count; i++)
        graft_release(file->weights[i].name);
    graft_release(file->layers);
    graft_release(file->weights);
    graft_strmap_free(file->by_name);
    graft_names_index_free(file->index);
    *file = (graft_names_file){0};
}

bool graft_names_is_counter(const graft_entry *entry) {
    return strcmp(last_part(entry->name), "num_batches_tracked") == 0;
}
