/* Pairing layers of equal shapes in the order in which both sides have them: what Keras does without by_name. */
#include "zoo/names-pair.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/error.h"

/* A kind is what layers must have in common to be mistaken for each other: their shapes, "3x3x3x64 64 ". */
typedef struct sides {
    const graft_names_graph *names;
    const graft_alike *theirs;
    size_t *kind; /* of each of the graph's layers; NO_KIND: the file has none such */
    size_t *own;  /* how many layers of the graph are of a kind */
} sides;

static const size_t NO_KIND = SIZE_MAX;

static graft_status sort_own(sides *s, graft_buffer *text) {
    for (size_t i = 0; i < s->names->layer_count; i++) {
        const graft_graph_layer *layer = &s->names->layers[i];
        text->length = 0;
        graft_buffer_text(text, "");
        for (size_t k = 0; k < layer->count; k++) {
            const graft_shape shape = graft_names_stored(s->names, &layer->weight[k]);
            graft_signature_add(text, &shape);
        }
        GRAFT_TRY(graft_buffer_status(text));
        if (graft_strmap_get(s->theirs->kinds, text->data, &s->kind[i]))
            s->own[s->kind[i]]++;
        else
            s->kind[i] = NO_KIND;
    }
    return GRAFT_OK;
}

static void clear(sides *s) {
    graft_release(s->kind);
    graft_release(s->own);
}

static graft_status compare(const graft_names_file *file, const graft_names_graph *names, sides *out) {
    graft_buffer text;
    *out = (sides){.names = names};
    GRAFT_TRY(graft_names_alike(file, &out->theirs));
    out->kind = graft_allocate(names->layer_count, sizeof *out->kind);
    out->own = graft_allocate_zero(file->layer_count, sizeof *out->own);
    graft_buffer_init(&text, 0);
    graft_status status = out->kind && out->own ? sort_own(out, &text) : graft_fail_memory("shapes of layers");
    graft_buffer_clear(&text);
    if (status != GRAFT_OK) clear(out);
    return status;
}

static graft_status pair_all(const graft_names_file *file, sides *s, graft_pairing *out) {
    size_t *next = graft_allocate(file->layer_count, sizeof *next);
    if (!next) return graft_fail_memory("shapes of layers");
    for (size_t kind = 0; kind < graft_strmap_count(s->theirs->kinds); kind++)
        next[kind] = s->theirs->first[kind];
    for (size_t i = 0; i < s->names->layer_count; i++) {
        const size_t kind = s->kind[i];
        if (kind == NO_KIND || s->own[kind] != s->theirs->count[kind]) continue;
        graft_pairing_layer(file, s->names, i, next[kind], out);
        next[kind] = s->theirs->next[next[kind]];
    }
    graft_release(next);
    return GRAFT_OK;
}

graft_status graft_pair_by_order(const graft_names_file *file, const graft_names_graph *names, graft_pairing *out) {
    sides s;
    graft_status status = graft_pairing_begin(names, "by order", out);
    if (status == GRAFT_OK && file->ordered && names->dialect->layers) {
        status = compare(file, names, &s);
        if (status == GRAFT_OK) {
            status = pair_all(file, &s, out);
            clear(&s);
        }
    }
    if (status == GRAFT_OK) status = graft_pairing_count(file, names, out);
    if (status != GRAFT_OK) graft_pairing_clear(out);
    return status;
}

graft_status graft_pair_order_fits(const graft_names_file *file, const graft_names_graph *names, bool *out) {
    sides s;
    *out = file->ordered && names->dialect->layers;
    if (!*out) return GRAFT_OK;
    GRAFT_TRY(compare(file, names, &s));
    for (size_t i = 0; *out && i < names->layer_count; i++)
        *out = s.kind[i] != NO_KIND && s.own[s.kind[i]] <= s.theirs->count[s.kind[i]];
    clear(&s);
    return GRAFT_OK;
}
