/* Changes of shape of what flows. */
#include "import/onnx-fold.h"

#include <string.h>

enum { TARGET_LIMIT = GRAFT_MAX_RANK };

/* ---- the dims that come out ---- */

/* 0 keeps a dim, -1 is what is left. */
graft_status graft_onnx_resolve_shape(const graft_shape *from, const int64_t *target, int count, bool allow_zero,
                                      graft_shape *out) {
    int64_t total = graft_shape_count(from), known = 1;
    int open = -1;
    *out = (graft_shape){.rank = count};
    for (int i = 0; i < count; i++) {
        int64_t size = target[i] == 0 && !allow_zero && i < from->rank ? from->dim[i] : target[i];
        if (size == -1 && open < 0) {
            open = i;
            continue;
        }
        if (size < 0 || size > GRAFT_MAX_ELEMENTS || (size > 0 && known > GRAFT_MAX_ELEMENTS / size))
            return graft_fail(GRAFT_E_DATA, "a new shape with %lld in it", (long long)target[i]);
        out->dim[i] = size;
        known *= size;
    }
    if (open >= 0) out->dim[open] = known > 0 ? total / known : 0;
    char text[GRAFT_SHAPE_TEXT], new_text[GRAFT_SHAPE_TEXT];
    if (graft_shape_count(out) == total) return GRAFT_OK;
    return graft_fail(GRAFT_E_DATA, "%s to %s: another count of elements", graft_shape_text(from, text),
                      graft_shape_text(out, new_text));
}

graft_status graft_onnx_flat_shape(const graft_shape *from, int64_t axis, graft_shape *out) {
    int64_t front = 1, total = graft_shape_count(from);
    if (axis < -from->rank || axis > from->rank)
        return graft_fail(GRAFT_E_DATA, "axis %lld of %d dimensions", (long long)axis, from->rank);
    for (int64_t i = 0; i < (axis < 0 ? axis + from->rank : axis); i++)
        front *= from->dim[i];
    *out = GRAFT_SHAPE(front, front > 0 ? total / front : 0);
    return GRAFT_OK;
}

graft_status graft_onnx_squeezed_shape(const graft_shape *from, const int64_t *axes, int count, graft_shape *out) {
    bool gone[GRAFT_MAX_RANK] = {false};
    for (int i = 0; i < from->rank; i++)
        gone[i] = count == 0 && from->dim[i] == 1;
    for (int i = 0; i < count; i++) {
        int at = 0;
        GRAFT_TRY(graft_onnx_axis(axes[i], from->rank, &at));
        if (from->dim[at] != 1)
            return graft_fail(GRAFT_E_DATA, "axis %d is %lld wide, expected 1", at, (long long)from->dim[at]);
        gone[at] = true;
    }
    *out = (graft_shape){0};
    for (int i = 0; i < from->rank; i++)
        if (!gone[i]) out->dim[out->rank++] = from->dim[i];
    return GRAFT_OK;
}

graft_status graft_onnx_unsqueezed_shape(const graft_shape *from, const int64_t *axes, int count, graft_shape *out) {
    bool added[GRAFT_MAX_RANK] = {false};
    int next = 0;
    *out = (graft_shape){.rank = from->rank + count};
    if (out->rank > GRAFT_MAX_RANK) return graft_fail(GRAFT_E_DATA, "more than %d dimensions", GRAFT_MAX_RANK);
    for (int i = 0; i < count; i++) {
        int at = 0;
        GRAFT_TRY(graft_onnx_axis(axes[i], out->rank, &at));
        if (added[at]) return graft_fail(GRAFT_E_DATA, "axis %d twice", at);
        added[at] = true;
    }
    for (int i = 0; i < out->rank; i++)
        out->dim[i] = added[i] ? 1 : from->dim[next++];
    return GRAFT_OK;
}

/* ---- the operators ---- */

graft_status graft_onnx_reshape(graft_onnx_call *call) {
    int64_t target[TARGET_LIMIT], allow_zero;
    int count;
    graft_shape dims;
    GRAFT_TRY(graft_onnx_need_inputs(call, 2, 2));
    GRAFT_TRY(graft_onnx_int(call, "allowzero", 0, &allow_zero));
    GRAFT_TRY(graft_onnx_integers(call, 1, target, TARGET_LIMIT, &count));
    GRAFT_TRY(graft_onnx_resolve_shape(&graft_onnx_input(call, 0)->dims, target, count, allow_zero != 0, &dims));
    return graft_onnx_reshape_to(call, &dims);
}

graft_status graft_onnx_flatten(graft_onnx_call *call) {
    int64_t axis;
    graft_shape dims;
    GRAFT_TRY(graft_onnx_need_inputs(call, 1, 1));
    GRAFT_TRY(graft_onnx_int(call, "axis", 1, &axis));
    GRAFT_TRY(graft_onnx_flat_shape(&graft_onnx_input(call, 0)->dims, axis, &dims));
    return graft_onnx_reshape_to(call, &dims);
}

graft_status graft_onnx_squeeze(graft_onnx_call *call) {
    int64_t axes[TARGET_LIMIT];
    int count;
    graft_shape dims;
    GRAFT_TRY(graft_onnx_need_inputs(call, 1, 2));
    GRAFT_TRY(graft_onnx_list_or_input(call, "axes", 1, axes, TARGET_LIMIT, &count));
    const graft_shape *from = &graft_onnx_input(call, 0)->dims;
    if (count == 0) { /* all of size 1, but for the batch */
        for (int i = 1; i < from->rank; i++)
            if (from->dim[i] == 1) axes[count++] = i;
    }
    GRAFT_TRY(graft_onnx_squeezed_shape(from, axes, count, &dims));
    return graft_onnx_reshape_to(call, &dims);
}

graft_status graft_onnx_unsqueeze(graft_onnx_call *call) {
    int64_t axes[TARGET_LIMIT];
    int count;
    graft_shape dims;
    GRAFT_TRY(graft_onnx_need_inputs(call, 1, 2));
    GRAFT_TRY(graft_onnx_list_or_input(call, "axes", 1, axes, TARGET_LIMIT, &count));
    GRAFT_TRY(graft_onnx_unsqueezed_shape(&graft_onnx_input(call, 0)->dims, axes, count, &dims));
    return graft_onnx_reshape_to(call, &dims);
}

/* A vector that was made N,H,W,C and is turned to N,C,H,W: one reshape in Keras' order. */
static graft_status turn_vector(graft_onnx_call *call, const graft_shape *turned, bool *done) {
    const graft_onnx_value *value = graft_onnx_input(call, 0);
    const graft_graph *graph = call->onnx->graph;
    const graft_node *node = graft_graph_node(graph, value->node);
    *done = strcmp(node->op->name, "reshape") == 0 && ((graft_reshape_attributes *)node->attributes)->order == 0;
    if (!*done) return GRAFT_OK;
    const graft_shape *before = &graft_graph_node(graph, node->inputs[0])->output;
    *done = graft_shape_count(before) == before->dim[0];
    if (!*done) return GRAFT_OK;
    const graft_reshape_attributes a = {
        .shape = {turned->dim[2], turned->dim[3], turned->dim[1]}, .rank = 3, .order = 1};
    GRAFT_TRY(graft_onnx_node(call, "reshape", NULL, &a, node->inputs, 1, &call->output.node));
    call->output.dims = *turned;
    return GRAFT_OK;
}

/* Between N,C,H,W and N,H,W,C nothing moves: it is remembered how the file counts the axes. */
graft_status graft_onnx_transpose(graft_onnx_call *call) {
    static const int64_t to_last[] = {0, 2, 3, 1}, to_first[] = {0, 3, 1, 2};
    int64_t perm[TARGET_LIMIT];
    int count;
    bool same = true, ones = true;
    GRAFT_TRY(graft_onnx_need_inputs(call, 1, 1));
    GRAFT_TRY(graft_onnx_list(call, "perm", perm, TARGET_LIMIT, &count));
    GRAFT_TRY(graft_onnx_identity(call));
    const graft_onnx_value *value = graft_onnx_input(call, 0);
    const graft_shape *dims = &value->dims;
    if (count != dims->rank) return graft_onnx_refuse(call, "perm", "an order of all dimensions");
    int64_t last = -1;
    for (int i = 0; i < count; i++) {
        if (perm[i] < 0 || perm[i] >= count) return graft_onnx_refuse(call, "perm", "an order of all dimensions");
        same = same && perm[i] == i;
        if (dims->dim[perm[i]] == 1) continue; /* moving a 1 moves nothing */
        ones = ones && perm[i] > last;
        last = perm[i];
    }
    if (same || value->kind != GRAFT_ONNX_FLOW)
        return same ? GRAFT_OK : graft_onnx_refuse(call, "perm", "the order as it is");
    bool turns_last = count == 4 && !value->channels_last && memcmp(perm, to_last, sizeof to_last) == 0;
    bool turns_first = count == 4 && value->channels_last && memcmp(perm, to_first, sizeof to_first) == 0;
    graft_shape turned = *dims;
    for (int i = 0; i < count; i++)
        turned.dim[i] = dims->dim[perm[i]];
    if (turns_last || turns_first) {
        call->output.channels_last = turns_last;
        call->output.dims = turned;
        return GRAFT_OK;
    }
    if (ones) return graft_onnx_reshape_to(call, &turned);
    bool done = false;
    if (count == 4 && memcmp(perm, to_first, sizeof to_first) == 0) GRAFT_TRY(turn_vector(call, &turned, &done));
    return done ? GRAFT_OK : graft_onnx_refuse(call, "perm", "one between N,C,H,W and N,H,W,C");
}

/* Types do not matter: everything is computed in F32. */
graft_status graft_onnx_cast(graft_onnx_call *call) {
    enum { FLOAT = 1, FLOAT16 = 10, DOUBLE = 11, BFLOAT16 = 16 };
    int64_t to;
    GRAFT_TRY(graft_onnx_need_inputs(call, 1, 1));
    GRAFT_TRY(graft_onnx_int(call, "to", 0, &to));
    if (to != FLOAT && to != FLOAT16 && to != DOUBLE && to != BFLOAT16)
        return graft_onnx_refuse(call, "to", "a type of floating point numbers");
    return graft_onnx_identity(call);
}

/* ---- side by side ---- */

/* Channels of one tensor, each scaled and shifted, put together again in their order are one scale_shift
 * (torchvision's transform_input). */
static bool are_all_channels(const graft_onnx_call *call) {
    int count = call->input_count, node = graft_onnx_input(call, 0)->node;
    for (int i = 0; i < count; i++) {
        if (!graft_onnx_has(call, i)) return false;
        const graft_onnx_value *value = graft_onnx_input(call, i);
        if (value->kind != GRAFT_ONNX_CHANNEL || value->node != node || value->channel != i) return false;
        if (value->dims.rank != 4) return false;
    }
    return graft_graph_node(call->onnx->graph, node)->output.dim[0] == count;
}

static graft_status join_channels(graft_onnx_call *call) {
    size_t count = (size_t)call->input_count;
    int node;
    double *scale = graft_allocate(count, 2 * sizeof *scale), *shift = scale + count;
    if (!scale) return graft_fail_memory("channels");
    for (size_t i = 0; i < count; i++) {
        scale[i] = graft_onnx_input(call, (int)i)->scale;
        shift[i] = graft_onnx_input(call, (int)i)->shift;
    }
    graft_status status = graft_onnx_affine(call, NULL, graft_onnx_input(call, 0)->node, scale, shift, count, &node);
    graft_release(scale);
    GRAFT_TRY(status);
    graft_onnx_result_set(call, node, NULL, 4, false);
    return GRAFT_OK;
}

graft_status graft_onnx_concat(graft_onnx_call *call) {
    int64_t axis;
    int node;
    graft_concat_attributes a = {0};
    GRAFT_TRY(graft_onnx_need_inputs(call, 1, GRAFT_MAX_NODES));
    GRAFT_TRY(graft_onnx_int(call, "axis", 1, &axis));
    if (axis == 1 && are_all_channels(call)) return join_channels(call);
    int *nodes = graft_allocate((size_t)call->input_count, sizeof *nodes);
    if (!nodes) return graft_fail_memory("a node's inputs");
    graft_status status = GRAFT_OK;
    const graft_onnx_value *first = graft_onnx_input(call, 0);
    for (int i = 0; i < call->input_count && status == GRAFT_OK; i++) {
        status = graft_onnx_flow(call, i, &nodes[i]);
        const graft_onnx_value *value = graft_onnx_has(call, i) ? graft_onnx_input(call, i) : first;
        if (status == GRAFT_OK &&
            (value->dims.rank != first->dims.rank || value->channels_last != first->channels_last))
            status = graft_fail(GRAFT_E_DATA, "inputs with their dimensions in different orders");
    }
    if (status == GRAFT_OK) status = graft_onnx_node_axis(first, axis, &a.axis);
    if (status == GRAFT_OK) status = graft_onnx_node(call, "concat", NULL, &a, nodes, call->input_count, &node);
    graft_release(nodes);
    GRAFT_TRY(status);
    if (first->dims.rank > 4) return graft_fail(GRAFT_E_DATA, "more than 4 dimensions");
    graft_onnx_result_set(call, node, NULL, first->dims.rank, first->channels_last);
    return GRAFT_OK;
}

/* Channels in another order, or some of them, as a convolution of 1x1. */
static graft_status gather_channels(graft_onnx_call *call, int input, const graft_tensor *indices) {
    const int64_t *index = indices->data, count = graft_shape_count(&indices->shape);
    int64_t channels = graft_onnx_input(call, 0)->dims.dim[1];
    graft_conv2d_attributes a = {
        .filters = count, .kernel = {1, 1}, .strides = {1, 1}, .dilations = {1, 1}, .groups = 1};
    int node;
    GRAFT_TRY(graft_onnx_node(call, "conv2d", NULL, &a, &input, 1, &node));
    double *kernel = graft_allocate_zero((size_t)count, (size_t)channels * sizeof *kernel);
    if (!kernel) return graft_fail_memory("a kernel");
    graft_status status = GRAFT_OK;
    for (int64_t i = 0; i < count && status == GRAFT_OK; i++) {
        int64_t at = index[i] < 0 ? index[i] + channels : index[i];
        if (at < 0 || at >= channels)
            status = graft_fail(GRAFT_E_DATA, "channel %lld of %lld", (long long)index[i], (long long)channels);
        else
            kernel[i * channels + at] = 1;
    }
    if (status == GRAFT_OK)
        status = graft_onnx_set_param(call->onnx, node, "kernel", kernel, (size_t)(count * channels));
    graft_release(kernel);
    graft_onnx_result_set(call, node, NULL, 4, false);
    return status;
}

/* One channel of a picture, x[:, i], or a list of them. */
graft_status graft_onnx_gather(graft_onnx_call *call) {
    int64_t axis;
    double index;
    int at, node;
    const graft_tensor *indices = NULL;
    GRAFT_TRY(graft_onnx_need_inputs(call, 2, 2));
    GRAFT_TRY(graft_onnx_int(call, "axis", 0, &axis));
    GRAFT_TRY(graft_onnx_tensor(call, 1, &indices));
    GRAFT_TRY(graft_onnx_picture(call, 0, &node));
    const graft_shape *dims = &graft_onnx_input(call, 0)->dims;
    GRAFT_TRY(graft_onnx_axis(axis, dims->rank, &at));
    if (dims->rank != 4 || at != 1 || indices->shape.rank > 1 || indices->dtype != GRAFT_I64)
        return graft_fail(GRAFT_E_DATA, "expected channels, by their index, of N,C,H,W");
    if (indices->shape.rank == 1 && indices->shape.dim[0] > 1) return gather_channels(call, node, indices);
    GRAFT_TRY(graft_onnx_scalar(call, 1, &index));
    double channels = (double)dims->dim[1];
    if (index < 0) index += channels;
    if (index < 0 || index >= channels) return graft_fail(GRAFT_E_DATA, "channel %g of %g", index, channels);
    call->output.kind = GRAFT_ONNX_CHANNEL;
    call->output.node = node;
    call->output.channel = (int)index;
    call->output.dims = *dims;
    call->output.dims.dim[1] = 1;
    if (indices->shape.rank == 0) call->output.dims = GRAFT_SHAPE(dims->dim[0], dims->dim[2], dims->dim[3]);
    return GRAFT_OK;
}

/* ---- what a shape is ---- */

graft_status graft_onnx_shape(graft_onnx_call *call) {
    graft_tensor *out = NULL;
    GRAFT_TRY(graft_onnx_fold_shape(call, &out));
    graft_onnx_result_constant(call, out);
    return GRAFT_OK;
}

graft_status graft_onnx_size(graft_onnx_call *call) {
    graft_tensor *out = NULL;
    GRAFT_TRY(graft_onnx_fold_size(call, &out));
    graft_onnx_result_constant(call, out);
    return GRAFT_OK;
}
