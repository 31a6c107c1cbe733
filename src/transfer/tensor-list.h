/* Named tensors on their way into a model file, and back. */
#ifndef GRAFT_SRC_TRANSFER_TENSOR_LIST_H
#define GRAFT_SRC_TRANSFER_TENSOR_LIST_H

#include "formats/container.h"
#include "formats/safetensors.h"
#include "nn/graph.h"

typedef struct graft_tensor_list {
    graft_named_tensor *item;
    struct graft_tensor_owned {
        char *name;
        graft_tensor *tensor; /* which may borrow its data */
    } * owned;                /* what `item` points to */
    size_t count, item_capacity, owned_capacity;
} graft_tensor_list;

void graft_tensor_list_clear(graft_tensor_list *list);
/* Adds prefix + name for data that outlives the list. */
GRAFT_MUST_CHECK graft_status graft_tensor_list_add(graft_tensor_list *list, const char *prefix, const char *name,
                                                    graft_dtype dtype, graft_shape shape, void *data);
/* Adds a tensor and takes it over (also on failure). */
GRAFT_MUST_CHECK graft_status graft_tensor_list_take(graft_tensor_list *list, const char *prefix, const char *name,
                                                     graft_tensor *tensor);

/* Adds prefix + LAYER/parameter for every value of `graph`, which outlives the list. */
GRAFT_MUST_CHECK graft_status graft_tensor_list_add_graph(graft_tensor_list *list, const char *prefix,
                                                          const graft_graph *graph);
/* Writes the list as safetensors, sealed (model-seal.h: `metadata` gets the key), atomically. */
GRAFT_MUST_CHECK graft_status graft_tensor_list_write(const graft_tensor_list *list, graft_json *metadata,
                                                      const char *path);

/* Reads prefix + name and demands its type and shape. Errors: GRAFT_E_DATA naming file and tensor. */
GRAFT_MUST_CHECK graft_status graft_tensor_expect(graft_container *file, const char *prefix, const char *name,
                                                  graft_dtype dtype, graft_shape shape, graft_tensor **out);
/* Every value of `graph`, F32, from prefix + LAYER/parameter. */
GRAFT_MUST_CHECK graft_status graft_tensor_expect_graph(graft_container *file, const char *prefix, graft_graph *graph);

#endif
