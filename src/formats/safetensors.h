/* Writing safetensors: https://github.com/huggingface/safetensors#format : u64 little-endian header length,
 * JSON header {name: {dtype, shape, data_offsets}, "__metadata__": {text: text}}, then the bytes. */
#ifndef GRAFT_SRC_FORMATS_SAFETENSORS_H
#define GRAFT_SRC_FORMATS_SAFETENSORS_H

#include "base/file.h"
#include "tensor/tensor.h"
#include "json/json.h"

typedef struct graft_named_tensor {
    const char *name;
    const graft_tensor *tensor; /* borrowed */
} graft_named_tensor;

/* Writes atomically. `metadata` maps texts to texts; NULL: none. Header padded with spaces to 8 bytes, tensors
 * sorted by descending element size, then name. */
GRAFT_MUST_CHECK graft_status graft_safetensors_write(const char *path, const graft_named_tensor *tensors, size_t count,
                                                      const graft_json *metadata);
#endif
