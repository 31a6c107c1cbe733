/* From ONNX's dimensions, the batch among them, to a node's C,H,W and back. */
#include "import/onnx.h"

#include <string.h>

graft_status graft_onnx_axis(int64_t axis, int rank, int *out) {
    if (axis < -rank || axis >= rank)
        return graft_fail(GRAFT_E_DATA, "axis %lld of %d dimensions", (long long)axis, rank);
    *out = (int)(axis < 0 ? axis + rank : axis);
    return GRAFT_OK;
}

graft_status graft_onnx_node_axis(const graft_onnx_value *value, int64_t axis, int64_t *out) {
    int at = 0, rank = value->dims.rank;
    GRAFT_TRY(graft_onnx_axis(axis, rank, &at));
    if (at == 0) return graft_fail(GRAFT_E_DATA, "axis 0, the batch: samples are computed one by one");
    if (rank > 4 && at > 2) return graft_fail(GRAFT_E_DATA, "axis %d of %d dimensions, expected at most 4", at, rank);
    *out = !value->channels_last ? at - 1 : at == 3 ? 0 : at;
    return GRAFT_OK;
}

bool graft_onnx_spatial(const graft_onnx_value *value, const int64_t *axes, int count) {
    int rank = value->dims.rank;
    bool seen[GRAFT_MAX_RANK] = {false};
    if (rank < 3 || count != rank - 2) return false;
    for (int i = 0; i < count; i++) {
        int64_t axis = axes[i] < 0 ? axes[i] + rank : axes[i];
        if (axis < 1 || axis >= rank || seen[axis] || axis == (value->channels_last ? 3 : 1)) return false;
        seen[axis] = true;
    }
    return true;
}

graft_shape graft_onnx_dims_of(const graft_onnx *onnx, int node, int rank, bool channels_last) {
    const graft_shape *s = &graft_graph_node(onnx->graph, node)->output;
    graft_shape dims = {.rank = rank};
    for (int i = 1; i < rank; i++)
        dims.dim[i] = i - 1 < s->rank ? s->dim[i - 1] : 1;
    if (rank == 2 && s->rank == 3) dims.dim[1] = graft_shape_count(s);
    if (channels_last && rank == 4) dims = GRAFT_SHAPE(0, s->dim[1], s->dim[2], s->dim[0]);
    dims.dim[0] = onnx->batch;
    return dims;
}

/* ---- constants by channel ---- */

/* The channel of a constant's element that is spread over `value`, 0 where all channels get it. */
static int64_t channel_of(const graft_shape *constant, const graft_onnx_value *value, int64_t element) {
    int channel_axis = value->channels_last ? 3 : 1, lead = value->dims.rank - constant->rank;
    int64_t rest = element, channel = 0;
    for (int i = constant->rank; i-- > 0;) {
        if (i + lead == channel_axis) channel = rest % constant->dim[i];
        rest /= constant->dim[i];
    }
    return channel;
}

static graft_status check_spread(const graft_shape *constant, const graft_onnx_value *value) {
    char one[GRAFT_SHAPE_TEXT], other[GRAFT_SHAPE_TEXT];
    int lead = value->dims.rank - constant->rank;
    bool fits = lead >= 0 || graft_shape_count(constant) == 1;
    for (int i = 0; i < constant->rank && lead >= 0; i++)
        fits = fits && (constant->dim[i] == 1 || constant->dim[i] == value->dims.dim[i + lead]);
    if (fits && (lead >= 0 || constant->rank == value->dims.rank)) return GRAFT_OK;
    return graft_fail(GRAFT_E_DATA, "a constant of %s beside %s, expected one that fits into it",
                      graft_shape_text(constant, one), graft_shape_text(&value->dims, other));
}

graft_status graft_onnx_by_channel(const graft_tensor *constant, const graft_onnx_value *value, double **out,
                                   size_t *count) {
    int channel_axis = value->channels_last ? 3 : 1, lead = value->dims.rank - constant->shape.rank;
    GRAFT_TRY(check_spread(&constant->shape, value));
    bool each = channel_axis < value->dims.rank && channel_axis >= lead && constant->shape.dim[channel_axis - lead] > 1;
    *count = each ? (size_t)constant->shape.dim[channel_axis - lead] : 1;
    double *numbers = graft_allocate_zero(*count, sizeof *numbers);
    bool *known = graft_allocate_zero(*count, sizeof *known), same = true;
    if (numbers && known) {
        for (int64_t i = 0; i < graft_shape_count(&constant->shape); i++) {
            int64_t c = each ? channel_of(&constant->shape, value, i) : 0;
            double number = graft_onnx_number(constant, i);
            same = same && (!known[c] || numbers[c] == number);
            numbers[c] = number;
            known[c] = true;
        }
    }
    graft_release(known);
    *out = numbers;
    if (numbers && known && same) return GRAFT_OK;
    graft_release(numbers);
    *out = NULL;
    if (same) return graft_fail_memory("constants");
    return graft_fail(GRAFT_E_DATA, "a constant that differs inside a channel, expected one number for each channel");
}

/* ---- reshaping ---- */

static graft_status fail_reshape(const graft_onnx_value *value, const graft_shape *dims) {
    char one[GRAFT_SHAPE_TEXT], other[GRAFT_SHAPE_TEXT];
    return graft_fail(GRAFT_E_DATA, "%s to %s: expected the batch to stay in front and the channels where they are",
                      graft_shape_text(&value->dims, one), graft_shape_text(dims, other));
}

/* One channel stays one when the 1 in its place comes or goes. */
static bool keeps_channel(const graft_onnx_value *value, const graft_shape *dims) {
    int last = value->dims.rank;
    if (dims->rank != 3 && !(dims->rank == 4 && dims->dim[1] == 1)) return false;
    return dims->dim[0] == value->dims.dim[0] && dims->dim[dims->rank - 1] == value->dims.dim[last - 1] &&
           dims->dim[dims->rank - 2] == value->dims.dim[last - 2];
}

/* The node's shape for dims. */
static graft_reshape_attributes node_shape(const graft_shape *dims) {
    graft_reshape_attributes a = {.shape = {1}, .rank = dims->rank > 2 ? 3 : 1};
    for (int i = 1; i < dims->rank && i < 4; i++)
        a.shape[i - 1] = dims->dim[i];
    for (int i = 4; i < dims->rank; i++)
        a.shape[2] *= dims->dim[i];
    if (dims->rank == 3) a.shape[2] = 1;
    return a;
}

/* N,H,W,C to another N,H,W,C: Keras' order of the elements. */
static graft_status keep_order(graft_onnx_call *call, const graft_reshape_attributes *a) {
    int input;
    GRAFT_TRY(graft_onnx_flow(call, 0, &input));
    call->output.scale = 1;
    call->output.shift = 0;
    return graft_onnx_node(call, "reshape", NULL, a, &input, 1, &call->output.node);
}

graft_status graft_onnx_reshape_to(graft_onnx_call *call, const graft_shape *dims) {
    const graft_onnx_value *value = graft_onnx_input(call, 0);
    if (graft_shape_count(dims) != graft_shape_count(&value->dims)) return fail_reshape(value, dims);
    const char *label = call->label;
    if (graft_onnx_is_part(value) || (value->kind == GRAFT_ONNX_CHANNEL && !keeps_channel(value, dims)))
        return fail_reshape(value, dims);
    bool batch_stays =
        dims->rank > 0 ? value->dims.rank > 0 && dims->dim[0] == value->dims.dim[0] : value->dims.rank == 0;
    if (!batch_stays && graft_shape_count(dims) != 1) return fail_reshape(value, dims);
    call->output = *value;
    call->output.label = label;
    call->output.dims = *dims;
    if (value->kind != GRAFT_ONNX_FLOW) return GRAFT_OK;
    const graft_shape *now = &graft_graph_node(call->onnx->graph, value->node)->output;
    graft_reshape_attributes a = node_shape(dims);
    graft_shape wanted = graft_shape_make((int)a.rank, a.shape);
    bool pixel = now->rank == 3 && now->dim[1] == 1 && now->dim[2] == 1;
    if (value->channels_last && !pixel && !(graft_shape_equal(dims, &value->dims)) && dims->rank != 2) {
        if (dims->rank != 4) return fail_reshape(value, dims);
        a.order = call->output.channels_last = true;
        return keep_order(call, &a);
    }
    call->output.channels_last = value->channels_last && graft_shape_equal(dims, &value->dims);
    if (call->output.channels_last || (graft_shape_equal(now, &wanted) && !value->channels_last)) return GRAFT_OK;
    int input, node;
    GRAFT_TRY(graft_onnx_flow(call, 0, &input));
    if (a.rank == 1) {
        graft_flatten_attributes flat = {.order = value->channels_last};
        GRAFT_TRY(graft_onnx_node(call, "flatten", NULL, &flat, &input, 1, &node));
    } else {
        GRAFT_TRY(graft_onnx_node(call, "reshape", NULL, &a, &input, 1, &node));
    }
    call->output.node = node;
    call->output.scale = 1;
    call->output.shift = 0;
    return GRAFT_OK;
}
