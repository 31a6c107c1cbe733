/* Sums and products: with constants, of two tensors, and what they are a part of. */
#include "import/onnx.h"

#include <math.h>
#include <string.h>

graft_status graft_onnx_identity(graft_onnx_call *call) {
    const char *label = call->label;
    call->output = *graft_onnx_input(call, 0);
    call->output.label = label;
    return GRAFT_OK;
}

static void take_over(graft_onnx_call *call, int input) {
    const char *label = call->label;
    call->output = *graft_onnx_input(call, input);
    call->output.label = label;
}

/* ---- with a constant ---- */

static const char *linear_ops[] = {"conv2d", "dense", "conv2d_transpose"};

static bool *bias_of(const graft_node *node) {
    if (strcmp(node->op->name, linear_ops[0]) == 0) return &((graft_conv2d_attributes *)node->attributes)->bias;
    if (strcmp(node->op->name, linear_ops[1]) == 0) return &((graft_dense_attributes *)node->attributes)->bias;
    if (strcmp(node->op->name, linear_ops[2]) == 0)
        return &((graft_conv2d_transpose_attributes *)node->attributes)->bias;
    return NULL;
}

/* MatMul or Conv without a bias and then Add is a layer with one; the layer without stays behind, unread. */
static graft_status add_bias(graft_onnx_call *call, const double *shift, size_t count, const graft_onnx_value *value,
                             bool *done) {
    graft_onnx *onnx = call->onnx;
    graft_node *node = graft_graph_node(onnx->graph, value->node);
    bool *bias = bias_of(node);
    int again;
    *done = bias && !*bias && value->scale == 1 && value->shift == 0;
    if (!*done) return GRAFT_OK;
    *bias = true; /* the attributes are copied */
    graft_status status =
        graft_onnx_node(call, node->op->name, NULL, node->attributes, node->inputs, node->input_count, &again);
    *bias = false;
    GRAFT_TRY(status);
    for (size_t i = 0, last = onnx->binding_count; i < last; i++) {
        graft_onnx_binding kernel = onnx->bindings[i];
        if (kernel.node == value->node)
            GRAFT_TRY(graft_onnx_bind(call, again, kernel.param, kernel.value, kernel.layout, kernel.factor));
    }
    GRAFT_TRY(graft_onnx_set_param(onnx, again, "bias", shift, count));
    graft_onnx_result_set(call, again, &value->dims, 0, value->channels_last);
    return GRAFT_OK;
}

/* y = x * scale + shift; one number for all is put off, see graft_onnx_value. */
static graft_status scale_by(graft_onnx_call *call, int input, const double *scale, const double *shift, size_t count) {
    graft_onnx_value *value = graft_onnx_input(call, input);
    int node;
    take_over(call, input);
    if (value->kind == GRAFT_ONNX_CONSTANT) return graft_fail(GRAFT_E_DATA, "input %d is a constant", input);
    if (graft_onnx_is_part(value) && value->kind != GRAFT_ONNX_VARIANCE) return graft_onnx_flow(call, input, &node);
    if (count == 1) {
        call->output.scale *= scale[0];
        call->output.shift = call->output.shift * scale[0] + shift[0];
        return GRAFT_OK;
    }
    GRAFT_TRY(graft_onnx_flow(call, input, &node));
    GRAFT_TRY(graft_onnx_affine(call, NULL, node, scale, shift, count, &node));
    graft_onnx_result_set(call, node, &value->dims, 0, value->channels_last);
    call->output.scale = 1;
    call->output.shift = 0;
    return GRAFT_OK;
}

typedef enum operation { ADD, SUBTRACT, MULTIPLY, DIVIDE } operation;

/* x op numbers, or numbers op x. numbers[i] becomes the scale or the shift, other[i] what is left. */
static graft_status turn_into_affine(operation op, bool constant_first, double *numbers, double *other, size_t count) {
    for (size_t i = 0; i < count; i++) {
        bool sum = op == ADD || op == SUBTRACT;
        if (op == DIVIDE && (constant_first || numbers[i] == 0))
            return graft_fail(GRAFT_E_DATA, "a division by %s", constant_first ? "what depends on the input" : "0");
        if (op == SUBTRACT && !constant_first) numbers[i] = -numbers[i];
        if (op == DIVIDE) numbers[i] = 1 / numbers[i];
        other[i] = !sum ? 0 : op == SUBTRACT && constant_first ? -1 : 1;
        if (!isfinite(numbers[i])) return graft_fail(GRAFT_E_DATA, "a constant that is not finite");
    }
    return GRAFT_OK;
}

/* Before version 7 the second operand was spread from its place `axis` on when the node said so. */
static graft_status place_constant(graft_onnx_call *call, int rank, graft_tensor *constant) {
    int64_t axis;
    int at = 0;
    if (call->onnx->opset >= 7) return GRAFT_OK;
    graft_onnx_ignore(call, "broadcast");
    GRAFT_TRY(graft_onnx_int(call, "axis", rank - constant->shape.rank, &axis));
    if (constant->shape.rank == 0 || constant->shape.rank > rank) return GRAFT_OK;
    GRAFT_TRY(graft_onnx_axis(axis, rank, &at));
    while (at + constant->shape.rank < rank)
        constant->shape.dim[constant->shape.rank++] = 1;
    return GRAFT_OK;
}

static graft_status with_constant(graft_onnx_call *call, operation op, int constant) {
    const graft_tensor *stored = NULL;
    const graft_onnx_value *value = graft_onnx_input(call, 1 - constant);
    double *numbers = NULL;
    size_t count;
    bool done = false;
    GRAFT_TRY(graft_onnx_tensor(call, constant, &stored));
    graft_tensor tensor = *stored; /* borrows its numbers */
    GRAFT_TRY(place_constant(call, value->dims.rank, &tensor));
    GRAFT_TRY(graft_onnx_by_channel(&tensor, value, &numbers, &count));
    double *other = graft_allocate(count, sizeof *other);
    graft_status status =
        other ? turn_into_affine(op, constant == 0, numbers, other, count) : graft_fail_memory("constants");
    bool sum = op == ADD || op == SUBTRACT;
    if (status == GRAFT_OK && (op == ADD || op == MULTIPLY))
        status = graft_onnx_norm_part(call, constant, sum ? "beta" : "gamma", &done);
    if (status == GRAFT_OK && !done && sum && count > 1 && other[0] == 1 && value->kind == GRAFT_ONNX_FLOW)
        status = add_bias(call, numbers, count, value, &done);
    if (status == GRAFT_OK && !done)
        status = scale_by(call, 1 - constant, sum ? other : numbers, sum ? numbers : other, count);
    graft_release(numbers);
    graft_release(other);
    return status;
}

/* ---- two tensors ---- */

static graft_status check_alike(const graft_onnx_call *call, int count) {
    const graft_onnx_value *first = graft_onnx_input(call, 0);
    for (int i = 1; i < count; i++) {
        const graft_onnx_value *other = graft_onnx_input(call, i);
        char one[GRAFT_SHAPE_TEXT], two[GRAFT_SHAPE_TEXT];
        if (first->dims.rank != other->dims.rank || first->channels_last != other->channels_last)
            return graft_fail(GRAFT_E_DATA, "%s and %s, expected dimensions in the same order",
                              graft_shape_text(&first->dims, one), graft_shape_text(&other->dims, two));
    }
    return GRAFT_OK;
}

/* The graph's operation over all inputs, called /`suffix`; its dims are those of the input it is as large as. */
static graft_status merge(graft_onnx_call *call, const char *op, const int *nodes, int count) {
    int node;
    GRAFT_TRY(check_alike(call, count));
    GRAFT_TRY(graft_onnx_node(call, op, NULL, NULL, nodes, count, &node));
    const graft_graph *graph = call->onnx->graph;
    const graft_onnx_value *like = graft_onnx_input(call, 0);
    for (int i = 0; i < count; i++)
        if (graft_shape_equal(&graft_graph_node(graph, nodes[i])->output, &graft_graph_node(graph, node)->output))
            like = graft_onnx_input(call, i);
    graft_onnx_result_set(call, node, &like->dims, 0, like->channels_last);
    return GRAFT_OK;
}

static graft_status add_flows(graft_onnx_call *call, bool subtract) {
    graft_onnx_value *second = graft_onnx_input(call, 1);
    int nodes[2];
    GRAFT_TRY(graft_onnx_flow(call, 0, &nodes[0]));
    if (!subtract) {
        GRAFT_TRY(graft_onnx_flow(call, 1, &nodes[1]));
        return merge(call, "add", nodes, 2);
    }
    double scale = -second->scale, shift = -second->shift;
    if (second->kind != GRAFT_ONNX_FLOW) return graft_fail(GRAFT_E_DATA, "input 1 is only a part of a picture");
    GRAFT_TRY(graft_onnx_affine(call, "minus", second->node, &scale, &shift, 1, &nodes[1]));
    return merge(call, "add", nodes, 2);
}

static graft_status use_activation(graft_onnx_call *call, int input, int kind, double scale) {
    graft_activation_attributes a = {.kind = kind};
    int node = graft_onnx_input(call, input)->node, activated;
    GRAFT_TRY(graft_onnx_node(call, "activation", NULL, &a, &node, 1, &activated));
    const graft_onnx_value *value = graft_onnx_input(call, input);
    graft_onnx_result_set(call, activated, &value->dims, 0, value->channels_last);
    call->output.scale = scale;
    return GRAFT_OK;
}

static bool near(double a, double b) {
    return fabs(a - b) <= 1e-5 * fabs(b);
}

/* x * sigmoid(x) and x * hard_sigmoid(x) are functions of their own; so is x * (1 + erf(x / sqrt 2)), twice GELU. */
static graft_status find_pattern(graft_onnx_call *call, int x, int gate, bool *done) {
    const graft_onnx_value *value = graft_onnx_input(call, x), *other = graft_onnx_input(call, gate);
    *done = false;
    if (value->kind != GRAFT_ONNX_FLOW || value->shift != 0) return GRAFT_OK;
    if (other->kind == GRAFT_ONNX_ERF) {
        if (other->node != value->node || !near(other->scale, other->shift)) return GRAFT_OK;
        *done = true;
        return use_activation(call, x, GRAFT_ACT_GELU, 2 * other->scale * value->scale);
    }
    if (other->kind != GRAFT_ONNX_FLOW || other->scale != 1 || other->shift != 0 || value->scale != 1) return GRAFT_OK;
    const graft_node *node = graft_graph_node(call->onnx->graph, other->node);
    if (strcmp(node->op->name, "activation") != 0 || node->inputs[0] != value->node) return GRAFT_OK;
    const graft_activation_attributes *a = node->attributes;
    bool hard = a->kind == GRAFT_ACT_HARD_SIGMOID && near(a->alpha, 1.0 / 6.0);
    if (a->kind != GRAFT_ACT_SIGMOID && !hard) return GRAFT_OK;
    *done = true;
    return use_activation(call, x, hard ? GRAFT_ACT_HARD_SWISH : GRAFT_ACT_SWISH, 1);
}

static graft_status multiply_flows(graft_onnx_call *call) {
    int nodes[2];
    bool done = false;
    GRAFT_TRY(graft_onnx_square_part(call, 0, 1, &done));
    if (done) return GRAFT_OK;
    for (int x = 0; x < 2; x++) {
        GRAFT_TRY(find_pattern(call, x, 1 - x, &done));
        if (done) return GRAFT_OK;
    }
    GRAFT_TRY(graft_onnx_flow(call, 0, &nodes[0]));
    GRAFT_TRY(graft_onnx_flow(call, 1, &nodes[1]));
    return merge(call, "multiply", nodes, 2);
}

/* erf(y): y has to be x / sqrt 2, as it is in GELU. */
graft_status graft_onnx_erf(graft_onnx_call *call) {
    GRAFT_TRY(graft_onnx_need_inputs(call, 1, 1));
    const graft_onnx_value *value = graft_onnx_input(call, 0);
    if (value->kind != GRAFT_ONNX_FLOW || value->shift != 0 || !near(value->scale, 0.70710678118654752))
        return graft_fail(GRAFT_E_DATA, "the error function apart from GELU, x * (1 + erf(x / sqrt 2)) / 2");
    take_over(call, 0);
    call->output.kind = GRAFT_ONNX_ERF;
    call->output.scale = 1;
    return GRAFT_OK;
}

/* ---- the operators ---- */

static graft_status binary(graft_onnx_call *call, operation op) {
    GRAFT_TRY(graft_onnx_need_inputs(call, 2, 2));
    graft_onnx_ignore(call, "consumed_inputs");
    if (graft_onnx_is_constant(call, 0)) return with_constant(call, op, 0);
    if (graft_onnx_is_constant(call, 1)) return with_constant(call, op, 1);
    if (op == MULTIPLY) return multiply_flows(call);
    bool done = false;
    if (op == DIVIDE) GRAFT_TRY(graft_onnx_divide_part(call, &done));
    if (op == SUBTRACT) GRAFT_TRY(graft_onnx_subtract_part(call, &done));
    if (done) return GRAFT_OK;
    if (op == DIVIDE) return graft_fail(GRAFT_E_DATA, "a division by what depends on the input");
    return add_flows(call, op == SUBTRACT);
}

graft_status graft_onnx_add(graft_onnx_call *call) {
    return binary(call, ADD);
}

graft_status graft_onnx_sub(graft_onnx_call *call) {
    return binary(call, SUBTRACT);
}

graft_status graft_onnx_mul(graft_onnx_call *call) {
    return binary(call, MULTIPLY);
}

graft_status graft_onnx_div(graft_onnx_call *call) {
    return binary(call, DIVIDE);
}

graft_status graft_onnx_neg(graft_onnx_call *call) {
    const double minus = -1, zero = 0;
    GRAFT_TRY(graft_onnx_need_inputs(call, 1, 1));
    return scale_by(call, 0, &minus, &zero, 1);
}

graft_status graft_onnx_sum(graft_onnx_call *call) {
    int count = call->input_count;
    if (count == 1) return graft_onnx_identity(call);
    if (count == 2) return binary(call, ADD);
    GRAFT_TRY(graft_onnx_need_inputs(call, 1, GRAFT_MAX_NODES));
    int *nodes = graft_allocate((size_t)count, sizeof *nodes);
    graft_status status = nodes ? GRAFT_OK : graft_fail_memory("a sum");
    for (int i = 0; i < count && status == GRAFT_OK; i++)
        status = graft_onnx_flow(call, i, &nodes[i]);
    if (status == GRAFT_OK) status = merge(call, "add", nodes, count);
    graft_release(nodes);
    return status;
}

graft_status graft_onnx_mean(graft_onnx_call *call) {
    GRAFT_TRY(graft_onnx_need_inputs(call, 1, GRAFT_MAX_NODES));
    GRAFT_TRY(graft_onnx_sum(call));
    call->output.scale /= call->input_count;
    call->output.shift /= call->input_count;
    return GRAFT_OK;
}

graft_status graft_onnx_pow(graft_onnx_call *call) {
    double exponent;
    int node;
    GRAFT_TRY(graft_onnx_need_inputs(call, 2, 2));
    GRAFT_TRY(graft_onnx_scalar(call, 1, &exponent));
    if (exponent == 1) return graft_onnx_identity(call);
    if (exponent != 2) return graft_fail(GRAFT_E_DATA, "exponent %g, expected 1 or 2", exponent);
    bool done = false;
    GRAFT_TRY(graft_onnx_square_part(call, 0, 0, &done));
    if (done) return GRAFT_OK;
    GRAFT_TRY(graft_onnx_flow(call, 0, &node));
    int nodes[2] = {node, node};
    GRAFT_TRY(graft_onnx_node(call, "multiply", NULL, NULL, nodes, 2, &node));
    graft_onnx_result_set(call, node, &graft_onnx_input(call, 0)->dims, 0, graft_onnx_input(call, 0)->channels_last);
    return GRAFT_OK;
}
