/* What the ways of pairing share. */
#ifndef GRAFT_SRC_ZOO_NAMES_PAIR_H
#define GRAFT_SRC_ZOO_NAMES_PAIR_H

#include "base/buffer.h"
#include "zoo/names.h"

/* ---- what is looked up in a file: names-index.c ---- */

GRAFT_MUST_CHECK graft_status graft_names_index_new(graft_names_index **out);
void graft_names_index_free(graft_names_index *index);

/* The file's layers by the names that the table has for them; the map is the file's, until another architecture's is
 * asked for. */
GRAFT_MUST_CHECK graft_status graft_names_layers(const graft_names_file *file, const char *arch,
                                                 const graft_strmap **out);

/* The file's layers sorted by their shapes. */
typedef struct graft_alike {
    graft_strmap *kinds;          /* signature -> kind */
    size_t *count, *first, *next; /* layers of a kind; its first one; by layer: the next of its kind */
} graft_alike;
GRAFT_MUST_CHECK graft_status graft_names_alike(const graft_names_file *file, const graft_alike **out);
/* Appends a weight to its layer's signature. */
void graft_signature_add(graft_buffer *text, const graft_shape *shape);

/* ---- pairing ---- */

GRAFT_MUST_CHECK graft_status graft_pairing_begin(const graft_names_graph *names, const char *how, graft_pairing *out);
/* Gives a layer's weights the tensors of layer `from` of the file, by their names, or by their places. */
void graft_pairing_layer(const graft_names_file *file, const graft_names_graph *names, size_t layer, size_t from,
                         graft_pairing *out);
/* Fills in the figures. */
GRAFT_MUST_CHECK graft_status graft_pairing_count(const graft_names_file *file, const graft_names_graph *names,
                                                  graft_pairing *out);

/* Layers that Keras named itself: conv2d, conv2d_1, ... The first number depends on what was made before in the same
 * session, so that their order alone means something. */
typedef struct graft_numbered {
    long number;
    size_t layer;
} graft_numbered;
int graft_numbered_stems(void);
/* Which stem such a name has, or -1; its number, 0 without one (`number` may be NULL). */
int graft_numbered_stem(const char *name, long *number);
/* Appends the layer when its name has the stem. */
void graft_numbered_add(graft_numbered *list, size_t *count, int stem, const char *name, size_t layer);
void graft_numbered_sort(graft_numbered *list, size_t count);

#endif
