/* What pairing looks up in a file, kept from one architecture to the next: a guess asks for all of the table. */
#include "zoo/names-pair.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/error.h"

struct graft_names_index {
    graft_strmap *renamed; /* layers by the table's names, for networks with the rules `rules` */
    uint64_t rules;
    graft_alike alike;
};

graft_status graft_names_index_new(graft_names_index **out) {
    *out = graft_allocate_zero(1, sizeof **out);
    return *out ? GRAFT_OK : graft_fail_memory("names of layers");
}

static void clear_alike(graft_alike *alike) {
    graft_strmap_free(alike->kinds);
    graft_release(alike->count);
    graft_release(alike->first);
    graft_release(alike->next);
    *alike = (graft_alike){0};
}

void graft_names_index_free(graft_names_index *index) {
    if (!index) return;
    graft_strmap_free(index->renamed);
    clear_alike(&index->alike);
    graft_release(index);
}

/* ---- by the table's names ---- */

static graft_status rename_layers(const graft_names_file *file, const graft_names_rules *rules, graft_strmap *map) {
    for (size_t i = 0; i < file->layer_count; i++) {
        char *own;
        GRAFT_TRY(graft_names_rewrite(rules, file->layers[i].name, &own));
        graft_status status = graft_strmap_set(map, own ? own : file->layers[i].name, i);
        graft_release(own);
        GRAFT_TRY(status);
    }
    return GRAFT_OK;
}

graft_status graft_names_layers(const graft_names_file *file, const char *arch, const graft_strmap **out) {
    const graft_names_rules rules = graft_names_rules_of(arch);
    graft_names_index *index = file->index;
    *out = file->by_name;
    if (rules.first == rules.end) return GRAFT_OK;
    if (!index->renamed || index->rules != rules.identity) {
        graft_strmap_free(index->renamed);
        index->renamed = NULL;
        GRAFT_TRY(graft_strmap_new(&index->renamed));
        graft_status status = rename_layers(file, &rules, index->renamed);
        if (status != GRAFT_OK) {
            graft_strmap_free(index->renamed);
            index->renamed = NULL;
            return status;
        }
        index->rules = rules.identity;
    }
    *out = index->renamed;
    return GRAFT_OK;
}

/* ---- by shapes ---- */

void graft_signature_add(graft_buffer *text, const graft_shape *shape) {
    char dimensions[GRAFT_SHAPE_TEXT];
    /* Normalization's count is the only scalar, and no weight of the graph. */
    if (shape->rank > 0) graft_buffer_format(text, "%s ", graft_shape_text(shape, dimensions));
}

static graft_status sign(const graft_names_file *file, size_t index, graft_buffer *text) {
    const graft_file_layer *layer = &file->layers[index];
    text->length = 0;
    graft_buffer_text(text, "");
    for (size_t k = 0; k < layer->count; k++)
        graft_signature_add(text,
                            &graft_container_entry(file->container, file->weights[layer->first + k].entry)->shape);
    return graft_buffer_status(text);
}

/* From the last layer to the first, so that the lists begin with the first. */
static graft_status list_alike(const graft_names_file *file, graft_buffer *text, graft_alike *out) {
    for (size_t i = file->layer_count; i-- > 0;) {
        size_t kind;
        GRAFT_TRY(sign(file, i, text));
        if (!graft_strmap_get(out->kinds, text->data, &kind)) {
            kind = graft_strmap_count(out->kinds);
            GRAFT_TRY(graft_strmap_set(out->kinds, text->data, kind));
            out->first[kind] = file->layer_count;
        }
        out->next[i] = out->first[kind];
        out->first[kind] = i;
        out->count[kind]++;
    }
    return GRAFT_OK;
}

static graft_status make_alike(const graft_names_file *file, graft_alike *out) {
    graft_buffer text;
    out->count = graft_allocate_zero(file->layer_count, sizeof *out->count);
    out->first = graft_allocate(file->layer_count, sizeof *out->first);
    out->next = graft_allocate(file->layer_count, sizeof *out->next);
    if (!out->count || !out->first || !out->next) return graft_fail_memory("shapes of layers");
    GRAFT_TRY(graft_strmap_new(&out->kinds));
    graft_buffer_init(&text, 0);
    graft_status status = list_alike(file, &text, out);
    graft_buffer_clear(&text);
    return status;
}

graft_status graft_names_alike(const graft_names_file *file, const graft_alike **out) {
    graft_alike *alike = &file->index->alike;
    *out = alike;
    if (alike->kinds) return GRAFT_OK;
    graft_status status = make_alike(file, alike);
    if (status != GRAFT_OK) clear_alike(alike);
    return status;
}
