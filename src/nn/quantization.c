/* The record of a quantisation. */
#include "nn/quantize.h"

#include "base/alloc.h"
#include "base/error.h"
#include <string.h>

void graft_quantization_free(graft_quantization *quantization) {
    if (quantization == NULL) return;
    for (size_t i = 0; i < quantization->count && quantization->values != NULL; i++) {
        graft_release(quantization->values[i].name);
        graft_release(quantization->values[i].profile);
        graft_release(quantization->values[i].mean);
    }
    graft_release(quantization->values);
    graft_release(quantization);
}

const graft_quantized_value *graft_quantization_find(const graft_quantization *quantization, const char *name) {
    for (size_t i = 0; i < quantization->count; i++)
        if (strcmp(quantization->values[i].name, name) == 0) return &quantization->values[i];
    return NULL;
}

static graft_status copy_numbers(const float *from, size_t count, float **to) {
    *to = NULL;
    if (from == NULL) return GRAFT_OK;
    *to = graft_allocate(count, sizeof **to);
    if (*to == NULL) return graft_fail_memory("a quantisation");
    memcpy(*to, from, count * sizeof **to);
    return GRAFT_OK;
}

static graft_status copy_value(const graft_quantized_value *from, graft_quantized_value *to) {
    *to = *from;
    to->profile = to->mean = NULL;
    to->name = graft_text_copy(from->name);
    if (to->name == NULL) return graft_fail_memory("a quantisation");
    GRAFT_TRY(copy_numbers(from->profile, from->channels, &to->profile));
    return copy_numbers(from->mean, from->channels, &to->mean);
}

graft_status graft_quantization_copy(const graft_quantization *quantization, const graft_graph *graph, int last,
                                     graft_quantization **out) {
    graft_status status = GRAFT_OK;
    graft_quantization *copy = graft_allocate_zero(1, sizeof *copy);
    if (copy == NULL) return graft_fail_memory("a quantisation");
    *copy = *quantization;
    copy->count = 0;
    copy->int8 = copy->weighted = 0;
    copy->values = graft_allocate_zero(quantization->count, sizeof *copy->values);
    if (copy->values == NULL) status = graft_fail_memory("a quantisation");
    for (size_t i = 0; i < quantization->count && status == GRAFT_OK; i++) {
        const int node = graft_graph_find(graph, quantization->values[i].name);
        if (node < 0 || node > last) continue;
        copy->weighted += quantization->values[i].weighted;
        copy->int8 += quantization->values[i].weighted && quantization->values[i].int8;
        status = copy_value(&quantization->values[i], &copy->values[copy->count++]);
    }
    if (status == GRAFT_OK)
        *out = copy;
    else
        graft_quantization_free(copy);
    return status;
}

void graft_quantization_hash(const graft_quantization *quantization, graft_hasher *hasher) {
    for (size_t i = 0; i < quantization->count; i++) {
        const graft_quantized_value *value = &quantization->values[i];
        graft_hasher_add(hasher, value->name, strlen(value->name) + 1);
        graft_hasher_add(hasher, &value->unit, sizeof value->unit);
        graft_hasher_add_u64(hasher, (uint64_t)value->is_signed | (uint64_t)value->int8 << 1 |
                                         (uint64_t)value->stored << 2 | (uint64_t)(value->profile != NULL) << 3 |
                                         (uint64_t)(value->mean != NULL) << 4);
        if (value->profile != NULL) graft_hasher_add(hasher, value->profile, value->channels * sizeof *value->profile);
        if (value->mean != NULL) graft_hasher_add(hasher, value->mean, value->channels * sizeof *value->mean);
    }
}
