/* What the files that read PyTorch's .pth share: a pickle's storages, and the tensors that are views of them. */
#ifndef GRAFT_SRC_FORMATS_PTH_H
#define GRAFT_SRC_FORMATS_PTH_H

#include "base/file.h"
#include "formats/archive.h"
#include "formats/container-internal.h"
#include "formats/pickle.h"

typedef struct pth_storage {
    graft_dtype dtype;
    bool found;
    uint64_t bytes;
    const unsigned char *data; /* in a legacy file */
    size_t member;             /* in an archive */
} pth_storage;

typedef struct pth_tensor {
    size_t storage;
    uint64_t offset, stride[GRAFT_MAX_RANK]; /* in elements */
} pth_tensor;

typedef struct pth {
    graft_archive *archive; /* NULL: a legacy file */
    graft_mapping mapping;  /* of a legacy file */
    uint64_t file_bytes, tensor_bytes;
    graft_strmap *keys; /* storages by their keys */
    pth_storage *storages;
    size_t storage_count, storage_capacity;
    pth_tensor *tensors; /* one an entry */
    size_t tensor_capacity;
    unsigned char *loaded; /* the storage read last from an archive: others may share it */
    size_t loaded_storage;
} pth;

/* The storages that a pickle refers to. Errors: GRAFT_E_DATA. */
GRAFT_MUST_CHECK graft_status graft_pth_list_storages(graft_container *container, const graft_pickle *pickle);
/* The storage under a key that need not end with NUL. */
bool graft_pth_find_storage(const pth *state, const char *key, size_t length, size_t *storage);
/* Adds the tensors of a pickle to the container. Errors: GRAFT_E_DATA. */
GRAFT_MUST_CHECK graft_status graft_pth_add_tensors(graft_container *container, const graft_pickle *pickle);

#endif
