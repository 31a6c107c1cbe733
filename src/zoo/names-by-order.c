/* Pairing layers of equal shapes in the order in which both sides have them: what Keras does without by_name. */
#include "zoo/names-pair.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/error.h"

/* Keyed by a layer's signature, "3x3x3x64 64 ": what it must have in common with another one to be mistaken for it. */
typedef struct sides {
    const graft_names_file *file;
    const graft_names_graph *names;
    graft_strmap *own, *theirs; /* how many layers have the signature */
    graft_strmap *so_far;       /* how many of the graph's are paired */
    graft_strmap *places;       /* "signature#2": the file's layer */
} sides;

static void add_shape(graft_buffer *text, const graft_shape *shape) {
    char dimensions[GRAFT_SHAPE_TEXT];
    /* Normalization's count is the only scalar, and no weight of the graph. */
    if (shape->rank > 0) graft_buffer_format(text, "%s ", graft_shape_text(shape, dimensions));
}

static graft_status take(graft_buffer *text, char **out) {
    graft_buffer_text(text, "");
    graft_status status = graft_buffer_take(text, out, NULL);
    graft_buffer_clear(text);
    return status;
}

static graft_status sign_own(const sides *s, size_t index, char **out) {
    const graft_graph_layer *layer = &s->names->layers[index];
    graft_buffer text;
    graft_buffer_init(&text, 0);
    for (size_t k = 0; k < layer->count; k++) {
        const graft_shape shape = graft_names_stored(s->names, &layer->weight[k]);
        add_shape(&text, &shape);
    }
    return take(&text, out);
}

static graft_status sign_theirs(const sides *s, size_t index, char **out) {
    const graft_file_layer *layer = &s->file->layers[index];
    graft_buffer text;
    graft_buffer_init(&text, 0);
    for (size_t k = 0; k < layer->count; k++)
        add_shape(&text, &graft_container_entry(s->file->container, s->file->weights[layer->first + k].entry)->shape);
    return take(&text, out);
}

static size_t count_of(const graft_strmap *map, const char *key) {
    size_t count;
    return graft_strmap_get(map, key, &count) ? count : 0;
}

static graft_status count_own(sides *s) {
    for (size_t i = 0; i < s->names->layer_count; i++) {
        char *signature;
        GRAFT_TRY(sign_own(s, i, &signature));
        graft_status status = graft_strmap_set(s->own, signature, count_of(s->own, signature) + 1);
        graft_release(signature);
        GRAFT_TRY(status);
    }
    return GRAFT_OK;
}

static graft_status list_theirs(sides *s) {
    for (size_t i = 0; i < s->file->layer_count; i++) {
        char *signature;
        GRAFT_TRY(sign_theirs(s, i, &signature));
        const size_t place = count_of(s->theirs, signature);
        char *key = graft_text_format("%s#%zu", signature, place);
        graft_status status = key ? graft_strmap_set(s->places, key, i) : graft_fail_memory("shapes of layers");
        if (status == GRAFT_OK) status = graft_strmap_set(s->theirs, signature, place + 1);
        graft_release(key);
        graft_release(signature);
        GRAFT_TRY(status);
    }
    return GRAFT_OK;
}

static graft_status pair_one(sides *s, size_t index, const char *signature, graft_pairing *out) {
    size_t from;
    if (count_of(s->own, signature) != count_of(s->theirs, signature)) return GRAFT_OK;
    const size_t place = count_of(s->so_far, signature);
    char *key = graft_text_format("%s#%zu", signature, place);
    if (!key) return graft_fail_memory("shapes of layers");
    if (graft_strmap_get(s->places, key, &from)) graft_pairing_layer(s->file, s->names, index, from, out);
    graft_release(key);
    return graft_strmap_set(s->so_far, signature, place + 1);
}

static graft_status pair_all(sides *s, graft_pairing *out) {
    GRAFT_TRY(graft_strmap_new(&s->own));
    GRAFT_TRY(graft_strmap_new(&s->theirs));
    GRAFT_TRY(graft_strmap_new(&s->so_far));
    GRAFT_TRY(graft_strmap_new(&s->places));
    GRAFT_TRY(count_own(s));
    GRAFT_TRY(list_theirs(s));
    for (size_t i = 0; i < s->names->layer_count; i++) {
        char *signature;
        GRAFT_TRY(sign_own(s, i, &signature));
        graft_status status = pair_one(s, i, signature, out);
        graft_release(signature);
        GRAFT_TRY(status);
    }
    return GRAFT_OK;
}

graft_status graft_pair_by_order(const graft_names_file *file, const graft_names_graph *names, graft_pairing *out) {
    sides s = {.file = file, .names = names};
    graft_status status = graft_pairing_begin(names, "by order", out);
    if (status == GRAFT_OK && file->ordered && names->dialect->layers) status = pair_all(&s, out);
    graft_strmap_free(s.own);
    graft_strmap_free(s.theirs);
    graft_strmap_free(s.so_far);
    graft_strmap_free(s.places);
    if (status == GRAFT_OK) status = graft_pairing_count(file, names, out);
    if (status != GRAFT_OK) graft_pairing_clear(out);
    return status;
}
