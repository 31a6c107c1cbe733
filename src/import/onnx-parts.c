/* Layer normalisation and bent ReLUs, which older operator sets and graft's own export write as several operators. */
#include "import/onnx.h"

#include <math.h>
#include <string.h>

bool graft_onnx_is_part(const graft_onnx_value *value) {
    return value->kind >= GRAFT_ONNX_MEAN && value->kind <= GRAFT_ONNX_ABOVE;
}

/* What a node puts out, nothing on top. */
static bool is_plain(const graft_onnx_value *value, graft_onnx_kind kind) {
    return value->kind == kind && value->scale == 1 && value->shift == 0;
}

/* The output becomes `kind` of the node that input `input` is of. */
static void become(graft_onnx_call *call, int input, graft_onnx_kind kind) {
    const char *label = call->label;
    call->output = *graft_onnx_input(call, input);
    call->output.label = label;
    call->output.kind = kind;
}

/* ---- layer normalisation ---- */

graft_status graft_onnx_mean_part(graft_onnx_call *call, const int64_t *axes, int count, bool keep, bool *done) {
    const graft_onnx_value *value = graft_onnx_input(call, 0);
    int64_t axis = -1;
    int at = 0, node = value->node;
    *done = false;
    if (count != 1 || !keep || (value->kind != GRAFT_ONNX_FLOW && value->kind != GRAFT_ONNX_SQUARE)) return GRAFT_OK;
    GRAFT_TRY(graft_onnx_axis(axes[0], value->dims.rank, &at));
    if (at > 0) GRAFT_TRY(graft_onnx_node_axis(value, at, &axis));
    if (axis != 0 || graft_graph_node(call->onnx->graph, node)->output.dim[0] != value->dims.dim[at]) return GRAFT_OK;
    *done = true;
    if (value->kind == GRAFT_ONNX_FLOW) GRAFT_TRY(graft_onnx_flow(call, 0, &node));
    become(call, 0, value->kind == GRAFT_ONNX_FLOW ? GRAFT_ONNX_MEAN : GRAFT_ONNX_VARIANCE);
    call->output.dims.dim[at] = 1;
    return GRAFT_OK;
}

graft_status graft_onnx_subtract_part(graft_onnx_call *call, bool *done) {
    const graft_onnx_value *x = graft_onnx_input(call, 0), *mean = graft_onnx_input(call, 1);
    *done = is_plain(x, GRAFT_ONNX_FLOW) && mean->kind == GRAFT_ONNX_MEAN && mean->node == x->node;
    if (*done) become(call, 0, GRAFT_ONNX_CENTRED);
    return GRAFT_OK;
}

graft_status graft_onnx_square_part(graft_onnx_call *call, int input, int other, bool *done) {
    const graft_onnx_value *a = graft_onnx_input(call, input), *b = graft_onnx_input(call, other);
    *done = a->kind == GRAFT_ONNX_CENTRED && b->kind == GRAFT_ONNX_CENTRED && a->node == b->node;
    if (*done) become(call, input, GRAFT_ONNX_SQUARE);
    return GRAFT_OK;
}

/* The square root of a variance and its epsilon. */
graft_status graft_onnx_sqrt(graft_onnx_call *call) {
    GRAFT_TRY(graft_onnx_need_inputs(call, 1, 1));
    const graft_onnx_value *value = graft_onnx_input(call, 0);
    if (value->kind != GRAFT_ONNX_VARIANCE || value->scale != 1 || value->shift < 0)
        return graft_fail(GRAFT_E_DATA, "a square root apart from layer normalisation");
    become(call, 0, GRAFT_ONNX_DEVIATION);
    return GRAFT_OK;
}

graft_status graft_onnx_divide_part(graft_onnx_call *call, bool *done) {
    const graft_onnx_value *centred = graft_onnx_input(call, 0), *deviation = graft_onnx_input(call, 1);
    *done = centred->kind == GRAFT_ONNX_CENTRED && deviation->kind == GRAFT_ONNX_DEVIATION &&
            centred->node == deviation->node;
    if (!*done) return GRAFT_OK;
    const graft_layernorm_attributes a = {.epsilon = deviation->shift};
    int node;
    GRAFT_TRY(graft_onnx_node(call, "layernorm", NULL, &a, &centred->node, 1, &node));
    graft_onnx_result_set(call, node, &centred->dims, 0, centred->channels_last);
    return GRAFT_OK;
}

/* The node again with one parameter more; the one without stays behind, unread. */
graft_status graft_onnx_norm_part(graft_onnx_call *call, int constant, const char *param, bool *done) {
    graft_onnx *onnx = call->onnx;
    const graft_onnx_value *value = graft_onnx_input(call, 1 - constant);
    const bool scale = strcmp(param, "gamma") == 0;
    *done = false;
    if (!is_plain(value, GRAFT_ONNX_FLOW)) return GRAFT_OK;
    const graft_node *node = graft_graph_node(onnx->graph, value->node);
    if (strcmp(node->op->name, "layernorm") != 0) return GRAFT_OK;
    graft_layernorm_attributes a = *(const graft_layernorm_attributes *)node->attributes;
    const int64_t count = graft_shape_count(&graft_onnx_input(call, constant)->dims);
    if (a.center || (scale && a.scale) || count != node->output.dim[0]) return GRAFT_OK;
    *(scale ? &a.scale : &a.center) = true;
    int again;
    GRAFT_TRY(graft_onnx_node(call, "layernorm", NULL, &a, node->inputs, 1, &again));
    for (size_t i = 0, last = onnx->binding_count; i < last; i++) {
        graft_onnx_binding gamma = onnx->bindings[i];
        if (gamma.node == value->node)
            GRAFT_TRY(graft_onnx_bind(call, again, gamma.param, gamma.value, gamma.layout, gamma.factor));
    }
    GRAFT_TRY(graft_onnx_bind(call, again, param, call->inputs[constant], GRAFT_ONNX_PLAIN, 1));
    graft_onnx_result_set(call, again, &value->dims, 0, value->channels_last);
    *done = true;
    return GRAFT_OK;
}

/* ---- x where it is above a threshold, alpha * (x - threshold) below ---- */

static graft_status compare(graft_onnx_call *call, bool equal) {
    double threshold;
    int node;
    GRAFT_TRY(graft_onnx_need_inputs(call, 2, 2));
    GRAFT_TRY(graft_onnx_flow(call, 0, &node));
    GRAFT_TRY(graft_onnx_scalar(call, 1, &threshold));
    become(call, 0, GRAFT_ONNX_ABOVE);
    call->output.shift = equal ? threshold : (double)nextafterf((float)threshold, INFINITY);
    return GRAFT_OK;
}

graft_status graft_onnx_greater(graft_onnx_call *call) {
    return compare(call, false);
}

graft_status graft_onnx_greater_or_equal(graft_onnx_call *call) {
    return compare(call, true);
}

/* The slope below the threshold. */
static bool find_slope(const graft_onnx_value *x, const graft_onnx_value *below, double threshold, double *alpha) {
    *alpha = below->scale;
    if (below->kind != GRAFT_ONNX_FLOW || below->node != x->node) return false;
    return fabs(below->shift + *alpha * threshold) <= 1e-6 * fabs(*alpha * threshold);
}

graft_status graft_onnx_where(graft_onnx_call *call) {
    graft_activation_attributes a = {.kind = GRAFT_ACT_RELU};
    int node;
    double number = 0;
    GRAFT_TRY(graft_onnx_need_inputs(call, 3, 3));
    const graft_onnx_value *above = graft_onnx_input(call, 0), *x = graft_onnx_input(call, 1);
    bool bent = above->kind == GRAFT_ONNX_ABOVE && is_plain(x, GRAFT_ONNX_FLOW) && x->node == above->node;
    if (bent && graft_onnx_is_constant(call, 2)) {
        GRAFT_TRY(graft_onnx_scalar(call, 2, &number));
        bent = number == 0;
    } else if (bent) {
        bent = find_slope(x, graft_onnx_input(call, 2), above->shift, &a.alpha);
    }
    if (!bent) return graft_fail(GRAFT_E_DATA, "a choice apart from a ReLU with a threshold");
    a.threshold = above->shift;
    node = x->node;
    GRAFT_TRY(graft_onnx_node(call, "activation", NULL, &a, &node, 1, &node));
    graft_onnx_result_set(call, node, &x->dims, 0, x->channels_last);
    return GRAFT_OK;
}
