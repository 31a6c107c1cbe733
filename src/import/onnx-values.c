/* Tensors by name: constants, and the network's input. */
#include "import/onnx.h"

#include <string.h>

/* The side of pictures for networks whose file leaves it open; it can be changed at will afterwards. */
enum { OPEN_SIZE = 224, CHAIN_LIMIT = 8, MAX_CHANNELS_LAST = 4 };

graft_status graft_onnx_define(graft_onnx *onnx, const char *name, const graft_onnx_value *value) {
    if (!graft_reserve(&onnx->values, &onnx->value_capacity, onnx->value_count + 1, sizeof *onnx->values))
        return graft_fail_memory("a list of tensors");
    GRAFT_TRY(graft_strmap_set(onnx->names, name, onnx->value_count));
    onnx->values[onnx->value_count++] = *value;
    return GRAFT_OK;
}

/* ---- constants ---- */

static bool is_real(graft_dtype dtype) {
    return dtype == GRAFT_F32 || dtype == GRAFT_F16 || dtype == GRAFT_BF16 || dtype == GRAFT_F64;
}

graft_status graft_onnx_normalise(const graft_tensor *tensor, graft_tensor **out) {
    return graft_tensor_convert(tensor, is_real(tensor->dtype) ? GRAFT_F32 : GRAFT_I64, out);
}

graft_onnx_value graft_onnx_constant_value(graft_tensor *tensor) {
    return (graft_onnx_value){
        .kind = GRAFT_ONNX_CONSTANT, .dims = tensor->shape, .constant = tensor, .entry = -1, .node = -1, .scale = 1};
}

graft_status graft_onnx_value_read(graft_onnx *onnx, graft_onnx_value *value, const graft_tensor **out) {
    if (!value->constant) {
        graft_tensor *raw = NULL;
        size_t entry = (size_t)value->entry;
        bool real = is_real(graft_container_entry(onnx->container, entry)->dtype);
        if (real) {
            GRAFT_TRY(graft_container_read(onnx->container, entry, &value->constant));
        } else {
            GRAFT_TRY(graft_container_read_raw(onnx->container, entry, &raw));
            graft_status status = graft_tensor_convert(raw, GRAFT_I64, &value->constant);
            graft_tensor_free(raw);
            GRAFT_TRY(status);
        }
        onnx->used[entry] = true;
    }
    *out = value->constant;
    return GRAFT_OK;
}

static graft_status define_given(graft_onnx *onnx, const graft_onnx_given *given) {
    graft_tensor *copy = NULL;
    GRAFT_TRY(graft_onnx_normalise(given->value, &copy));
    graft_onnx_value value = graft_onnx_constant_value(copy);
    graft_status status = graft_onnx_define(onnx, given->name, &value);
    if (status != GRAFT_OK) graft_tensor_free(copy);
    return status;
}

graft_status graft_onnx_define_constants(graft_onnx *onnx, const graft_onnx_given *given, size_t count) {
    for (size_t i = 0; i < graft_container_count(onnx->container); i++) {
        const graft_entry *entry = graft_container_entry(onnx->container, i);
        graft_onnx_value value = {
            .kind = GRAFT_ONNX_CONSTANT, .dims = entry->shape, .entry = (int64_t)i, .node = -1, .scale = 1};
        GRAFT_TRY(graft_onnx_define(onnx, entry->name, &value));
    }
    for (size_t i = 0; i < count; i++)
        GRAFT_TRY(define_given(onnx, &given[i]));
    return GRAFT_OK;
}

/* ---- the input ---- */

static bool reads(const graft_json *node, const char *name) {
    const graft_json *inputs = graft_json_get(node, "inputs");
    for (size_t i = 0; i < graft_json_count(inputs); i++)
        if (strcmp(graft_json_text(graft_json_at(inputs, i), ""), name) == 0) return true;
    return false;
}

static bool is_transpose_to_channels_first(const graft_json *node) {
    static const int64_t wanted[] = {0, 3, 1, 2};
    const graft_json *perm = graft_json_get(graft_json_get(node, "attributes"), "perm");
    bool same =
        strcmp(graft_json_text(graft_json_get(node, "op"), ""), "Transpose") == 0 && graft_json_count(perm) == 4;
    for (size_t i = 0; i < 4 && same; i++)
        same = graft_json_int(graft_json_at(perm, i), -1) == wanted[i];
    return same;
}

/* Files of TensorFlow's take N,H,W,C and turn it, perhaps after some arithmetic. */
static bool is_turned_first(const graft_onnx *onnx, const char *name) {
    const graft_json *nodes = graft_json_get(onnx->config, "nodes");
    for (int link = 0; link < CHAIN_LIMIT; link++) {
        const graft_json *reader = NULL;
        for (size_t i = 0; i < graft_json_count(nodes); i++) {
            if (!reads(graft_json_at(nodes, i), name)) continue;
            if (reader) return false;
            reader = graft_json_at(nodes, i);
        }
        if (!reader) return false;
        if (is_transpose_to_channels_first(reader)) return true;
        name = graft_json_text(graft_json_at(graft_json_get(reader, "outputs"), 0), "");
    }
    return false;
}

static graft_status read_dims(const graft_json *shape, graft_shape *dims) {
    int rank = (int)graft_json_count(shape);
    if (graft_json_type_of(shape) != GRAFT_JSON_ARRAY || rank > GRAFT_MAX_RANK)
        return graft_fail(GRAFT_E_DATA, "its input does not say its shape, expected N,C,H,W or N,F");
    *dims = (graft_shape){.rank = rank};
    for (int i = 0; i < rank; i++)
        dims->dim[i] = graft_json_int(graft_json_at(shape, (size_t)i), -1);
    return GRAFT_OK;
}

/* Open sizes get a value: the batch 1, height and width OPEN_SIZE. */
static graft_status close_dims(graft_shape *dims, int channels) {
    for (int i = 0; i < dims->rank; i++) {
        if (dims->dim[i] < 0 && i == 0) dims->dim[i] = 1;
        if (dims->dim[i] < 0 && dims->rank == 4 && i != channels) dims->dim[i] = OPEN_SIZE;
        if (dims->dim[i] < 1 || dims->dim[i] > GRAFT_MAX_DIMENSION)
            return graft_fail(GRAFT_E_DATA, "its input's dimension %d is %lld, expected a number above 0", i,
                              (long long)dims->dim[i]);
    }
    return GRAFT_OK;
}

static graft_status add_input(graft_onnx *onnx, const graft_json *input) {
    const char *name = graft_json_text(graft_json_get(input, "name"), "");
    graft_onnx_value value = {.label = name, .entry = -1, .scale = 1};
    GRAFT_TRY(read_dims(graft_json_get(input, "shape"), &value.dims));
    value.channels_last = value.dims.rank == 4 && value.dims.dim[3] <= MAX_CHANNELS_LAST && is_turned_first(onnx, name);
    GRAFT_TRY(close_dims(&value.dims, value.channels_last ? 3 : 1));
    const graft_shape *d = &value.dims;
    onnx->batch = d->rank > 0 ? d->dim[0] : 1;
    graft_input_attributes a = {.shape = {1}, .rank = d->rank > 2 ? 3 : 1};
    for (int i = 1; i < d->rank; i++) {
        if (i < 4)
            a.shape[i - 1] = d->dim[i];
        else if (a.shape[2] <= GRAFT_MAX_DIMENSION)
            a.shape[2] *= d->dim[i];
    }
    if (d->rank == 3) a.shape[2] = 1;
    if (value.channels_last) memcpy(a.shape, (int64_t[]){d->dim[3], d->dim[1], d->dim[2]}, 3 * sizeof a.shape[0]);
    GRAFT_TRY(graft_graph_add(onnx->graph, "input", name, &a, NULL, 0, &value.node));
    onnx->input = name;
    return graft_onnx_define(onnx, name, &value);
}

graft_status graft_onnx_define_input(graft_onnx *onnx) {
    const graft_json *inputs = graft_json_get(onnx->config, "inputs");
    for (size_t i = 0; i < graft_json_count(inputs); i++) {
        const char *name = graft_json_text(graft_json_get(graft_json_at(inputs, i), "name"), "");
        size_t at;
        if (graft_strmap_get(onnx->names, name, &at)) continue; /* given as a constant */
        if (onnx->input) return graft_fail(GRAFT_E_DATA, "two inputs, '%s' and '%s', expected one", onnx->input, name);
        GRAFT_TRY(add_input(onnx, graft_json_at(inputs, i)));
    }
    return GRAFT_OK;
}
