/* What files call the parameters of a network, from three small tables:
 *   names-containers.def  how a format groups tensors into layers
 *   names-dialects.def    what a framework calls and how it stores each kind of weight
 *   names-families.def    networks whose files have other layers' names than the table of architectures
 * A file and a graph are both lists of layers with weights; a pairing says which tensor each parameter gets. The tables
 * stand here, beside the architectures, because families are theirs; how Keras stores a weight is import's knowledge.
 */
#ifndef GRAFT_SRC_ZOO_NAMES_H
#define GRAFT_SRC_ZOO_NAMES_H

#include "base/strmap.h"
#include "formats/container.h"
#include "import/layout.h"
#include "nn/graph.h"

/* What a weight does in its layer. */
typedef enum graft_role {
    GRAFT_ROLE_CONV,      /* the kernel of a convolution */
    GRAFT_ROLE_DEPTHWISE, /* of a depthwise one */
    GRAFT_ROLE_POINTWISE, /* of a separable one's second half */
    GRAFT_ROLE_DENSE,
    GRAFT_ROLE_BIAS,
    GRAFT_ROLE_GAMMA,
    GRAFT_ROLE_BETA,
    GRAFT_ROLE_MEAN,
    GRAFT_ROLE_VARIANCE,
    GRAFT_ROLE_SHIFT, /* of fixed numbers: their mean and variance in Keras' Normalization */
    GRAFT_ROLE_SCALE,
    GRAFT_ROLE_COUNT
} graft_role;

typedef struct graft_dialect {
    const char *name, *help;
    char separator; /* between layer and weight */
    bool layers;    /* Keras' layers: a separable convolution or one with an activation is a single layer */
    struct {
        const char *names; /* joined by '|', the usual one first; NULL: not stored */
        graft_keras_layout layout;
    } weight[GRAFT_ROLE_COUNT];
} graft_dialect;
const graft_dialect *graft_dialect_at(size_t index); /* NULL past the end */
/* Whether `name` is one of the weight's names in the dialect. */
bool graft_dialect_calls(const graft_dialect *dialect, graft_role role, const char *name);

/* ---- a file's layers ---- */

typedef struct graft_file_layer {
    char *name;
    size_t first, count; /* among the file's weights */
} graft_file_layer;

typedef struct graft_file_weight {
    char *name; /* the last part of the tensor's name */
    size_t entry;
} graft_file_weight;

typedef struct graft_names_index graft_names_index; /* names-pair.h */

typedef struct graft_names_file {
    graft_container *container; /* borrowed */
    bool ordered;               /* layers stand in the network's order, weights in their layer's */
    graft_file_layer *layers;
    size_t layer_count, layer_capacity;
    graft_file_weight *weights;
    size_t weight_count;
    graft_strmap *by_name; /* layers */
    graft_names_index *index;
} graft_names_file;
GRAFT_MUST_CHECK graft_status graft_names_file_read(graft_container *container, graft_names_file *out);
void graft_names_file_clear(graft_names_file *file);

/* The rows of names-families.def for an architecture: among first..end-1; end is first when there are none. Equal
 * identities are equal sets. */
typedef struct graft_names_rules {
    const char *arch; /* borrowed */
    size_t first, end;
    uint64_t identity;
} graft_names_rules;
graft_names_rules graft_names_rules_of(const char *arch);
/* The layer called `given` in a file: *out gets the table's name for it as new text, or NULL when no rule says
 * otherwise. */
GRAFT_MUST_CHECK graft_status graft_names_rewrite(const graft_names_rules *rules, const char *given, char **out);

/* ---- a graph's layers ---- */

typedef struct graft_graph_weight {
    graft_role role;
    int node;
    const char *param; /* borrowed from the graph */
} graft_graph_weight;

enum { GRAFT_LAYER_WEIGHTS = 5 };
typedef struct graft_graph_layer {
    char *name;
    bool head; /* part of the classifier */
    graft_graph_weight weight[GRAFT_LAYER_WEIGHTS];
    size_t count;
} graft_graph_layer;

typedef struct graft_names_graph {
    const graft_graph *graph; /* borrowed */
    const graft_dialect *dialect;
    graft_graph_layer *layers; /* those with weights, in Keras' order where the dialect has layers */
    size_t layer_count;
} graft_names_graph;
/* `features`: the same network without its classifier, which tells what the head is; NULL: nothing is. */
GRAFT_MUST_CHECK graft_status graft_names_graph_read(const graft_graph *graph, const graft_graph *features,
                                                     const graft_dialect *dialect, graft_names_graph *out);
void graft_names_graph_clear(graft_names_graph *names);

/* Sorts layers as Keras does: by their distance from the output, then by the order in which a walk back from the output
 * meets them. place[i]: of node i's layer. `layer_of`: node -> layer, `count` layers. */
GRAFT_MUST_CHECK graft_status graft_names_order(const graft_graph *graph, const size_t *layer_of, size_t count,
                                                size_t *place);

/* The shape in which the file should have a weight. */
graft_shape graft_names_stored(const graft_names_graph *names, const graft_graph_weight *weight);
/* Whether a tensor can become the parameter: its shape is the stored one; PyTorch's convolutions over a whole map are
 * dense layers, too. */
bool graft_names_fits(const graft_names_graph *names, const graft_graph_weight *weight, const graft_shape *shape);

/* ---- pairing ---- */

enum { GRAFT_NO_ENTRY = -1 };

/* Figures without "head" are of the network before its classifier. */
typedef struct graft_pairing {
    int64_t *entry;        /* of layer i's weight k at i * GRAFT_LAYER_WEIGHTS + k; GRAFT_NO_ENTRY: none */
    const char *how;       /* "by name", "by order" */
    size_t wanted, paired; /* paired: those that fit */
    size_t wrong, first_wrong, missing, first_missing; /* of another shape; firsts: places in `entry` */
    size_t head_wanted, head_paired, head_wrong, last_head_wrong;
    size_t spare; /* of a whole one: tensors of the file that nobody takes, training's counters left out */
} graft_pairing;
/* The entry may be one of another shape: counted as wrong. */
GRAFT_MUST_CHECK graft_status graft_pair_by_name(const graft_names_file *file, const graft_names_graph *names,
                                                 const char *arch, graft_pairing *out);
/* Layers of equal shapes in the file's order; nothing is paired where their numbers differ. */
GRAFT_MUST_CHECK graft_status graft_pair_by_order(const graft_names_file *file, const graft_names_graph *names,
                                                  graft_pairing *out);
/* Whether the file has as many layers of every shape as the graph, or more: else pairing by order cannot be whole. */
GRAFT_MUST_CHECK graft_status graft_pair_order_fits(const graft_names_file *file, const graft_names_graph *names,
                                                    bool *out);
void graft_pairing_clear(graft_pairing *pairing);
/* The whole network before its classifier is in the file, and nothing of it has another shape. */
bool graft_pairing_whole(const graft_pairing *pairing);
/* PyTorch counts the batches its normalisations have seen; nothing but training reads that. */
bool graft_names_is_counter(const graft_entry *entry);

#endif
