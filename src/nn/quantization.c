/* The record of a quantisation. */
#include "nn/quantize.h"

#include "base/alloc.h"
#include <string.h>

void graft_quantization_free(graft_quantization *quantization) {
    if (quantization == NULL) return;
    for (size_t i = 0; i < quantization->count && quantization->values != NULL; i++)
        graft_release(quantization->values[i].name);
    graft_release(quantization->values);
    graft_release(quantization);
}

const graft_quantized_value *graft_quantization_find(const graft_quantization *quantization, const char *name) {
    for (size_t i = 0; i < quantization->count; i++)
        if (strcmp(quantization->values[i].name, name) == 0) return &quantization->values[i];
    return NULL;
}
