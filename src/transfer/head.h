/* A head: what turns features into class probabilities. One head is one file and one row in heads.def. */
#ifndef GRAFT_SRC_TRANSFER_HEAD_H
#define GRAFT_SRC_TRANSFER_HEAD_H

#include "formats/container.h"
#include "stats/logistic.h"
#include "transfer/tensor-list.h"

#define GRAFT_KNN_NEIGHBOURS 5

typedef struct graft_head_options {
    double c;         /* logistic: inverse regularisation */
    size_t most_rows; /* knn: keeps at most so many training rows, evenly picked; 0: all */
} graft_head_options;

typedef struct graft_head {
    const char *name, *help;
    /* *state is released with `release`; NULL: the head cannot be trained. */
    graft_status (*fit)(graft_context *context, const graft_rows *rows, const graft_head_options *options,
                        void **state);
    /* count rows of features -> count x classes probabilities. */
    graft_status (*predict)(graft_context *context, const void *state, const float *x, size_t count,
                            float *probabilities);
    /* The state as named tensors, borrowed from it or owned by the list; `prefix` begins their names. */
    graft_status (*save)(const void *state, const char *prefix, graft_tensor_list *list);
    graft_status (*load)(graft_container *file, const char *prefix, size_t width, int classes, void **state);
    void (*release)(void *state); /* NULL is fine */
} graft_head;

#define GRAFT_HEAD(id) extern const graft_head graft_head_##id;
#include "transfer/heads.def"
#undef GRAFT_HEAD

/* The `i`-th row that a knn head keeps when it keeps `kept` of `count`. */
size_t graft_knn_picked(size_t i, size_t kept, size_t count);

/* The training rows that a knn head keeps, binary16, count x width; borrowed. NULL for no state. */
const uint16_t *graft_knn_rows(const void *state, size_t *count, size_t *width);

/* The state of the head `network` for a network that puts out `width` values. */
GRAFT_MUST_CHECK graft_status graft_head_network_state(size_t width, void **state);

const graft_head *graft_head_at(size_t index); /* NULL past the end: the registry */
const graft_head *graft_head_find(const char *name);

#endif
