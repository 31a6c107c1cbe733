/* Functions of each number by itself, and Softmax. */
#include "import/onnx.h"

#include <float.h>
#include <math.h>

static graft_status activate(graft_onnx_call *call, graft_activation_attributes a) {
    GRAFT_TRY(graft_onnx_need_inputs(call, 1, 1));
    return graft_onnx_apply(call, "activation", &a, true);
}

graft_status graft_onnx_relu(graft_onnx_call *call) {
    return activate(call, (graft_activation_attributes){.kind = GRAFT_ACT_RELU});
}

graft_status graft_onnx_sigmoid(graft_onnx_call *call) {
    return activate(call, (graft_activation_attributes){.kind = GRAFT_ACT_SIGMOID});
}

graft_status graft_onnx_tanh(graft_onnx_call *call) {
    return activate(call, (graft_activation_attributes){.kind = GRAFT_ACT_TANH});
}

graft_status graft_onnx_softplus(graft_onnx_call *call) {
    return activate(call, (graft_activation_attributes){.kind = GRAFT_ACT_SOFTPLUS});
}

graft_status graft_onnx_softsign(graft_onnx_call *call) {
    return activate(call, (graft_activation_attributes){.kind = GRAFT_ACT_SOFTSIGN});
}

graft_status graft_onnx_exp(graft_onnx_call *call) {
    return activate(call, (graft_activation_attributes){.kind = GRAFT_ACT_EXP});
}

graft_status graft_onnx_hard_swish(graft_onnx_call *call) {
    return activate(call, (graft_activation_attributes){.kind = GRAFT_ACT_HARD_SWISH});
}

/* |x| is a leaky ReLU of slope -1. */
graft_status graft_onnx_abs(graft_onnx_call *call) {
    return activate(call, (graft_activation_attributes){.kind = GRAFT_ACT_LEAKY_RELU, .alpha = -1});
}

graft_status graft_onnx_leaky_relu(graft_onnx_call *call) {
    graft_activation_attributes a = {.kind = GRAFT_ACT_LEAKY_RELU};
    GRAFT_TRY(graft_onnx_real(call, "alpha", 0.01, &a.alpha));
    return activate(call, a);
}

graft_status graft_onnx_elu(graft_onnx_call *call) {
    graft_activation_attributes a = {.kind = GRAFT_ACT_ELU};
    GRAFT_TRY(graft_onnx_real(call, "alpha", 1, &a.alpha));
    return activate(call, a);
}

graft_status graft_onnx_thresholded_relu(graft_onnx_call *call) {
    graft_activation_attributes a = {.kind = GRAFT_ACT_RELU};
    double alpha;
    GRAFT_TRY(graft_onnx_real(call, "alpha", 1, &alpha));
    a.threshold = (double)nextafterf((float)alpha, INFINITY); /* ONNX: above alpha; here: from the threshold on */
    return activate(call, a);
}

/* alpha * elu(x / alpha), x above 0 as it is */
graft_status graft_onnx_celu(graft_onnx_call *call) {
    graft_activation_attributes a = {.kind = GRAFT_ACT_ELU, .alpha = 1};
    const double zero = 0;
    double alpha;
    int node;
    GRAFT_TRY(graft_onnx_need_inputs(call, 1, 1));
    GRAFT_TRY(graft_onnx_real(call, "alpha", 1, &alpha));
    if (alpha == 0) return graft_onnx_refuse(call, "alpha", "another number than 0");
    double inverse = 1 / alpha;
    GRAFT_TRY(graft_onnx_flow(call, 0, &node));
    GRAFT_TRY(graft_onnx_affine(call, "scaled", node, &inverse, &zero, 1, &node));
    GRAFT_TRY(graft_onnx_node(call, "activation", NULL, &a, &node, 1, &node));
    graft_onnx_result_set(call, node, &graft_onnx_input(call, 0)->dims, 0, graft_onnx_input(call, 0)->channels_last);
    call->output.scale = alpha;
    return GRAFT_OK;
}

graft_status graft_onnx_selu(graft_onnx_call *call) {
    const double alpha_usual = 1.6732632423543772, gamma_usual = 1.0507009873554805; /* Klambauer et al. 2017 */
    double alpha, gamma;
    GRAFT_TRY(graft_onnx_real(call, "alpha", alpha_usual, &alpha));
    GRAFT_TRY(graft_onnx_real(call, "gamma", gamma_usual, &gamma));
    if (fabs(alpha - alpha_usual) < 1e-5 && fabs(gamma - gamma_usual) < 1e-5)
        return activate(call, (graft_activation_attributes){.kind = GRAFT_ACT_SELU});
    GRAFT_TRY(activate(call, (graft_activation_attributes){.kind = GRAFT_ACT_ELU, .alpha = alpha}));
    call->output.scale = gamma;
    return GRAFT_OK;
}

/* clamp(alpha * x + beta, 0, 1) */
graft_status graft_onnx_hard_sigmoid(graft_onnx_call *call) {
    graft_activation_attributes a = {.kind = GRAFT_ACT_HARD_SIGMOID},
                                bounded = {.kind = GRAFT_ACT_RELU, .max_value = 1};
    double beta;
    int node;
    GRAFT_TRY(graft_onnx_need_inputs(call, 1, 1));
    GRAFT_TRY(graft_onnx_real(call, "alpha", 0.2, &a.alpha));
    GRAFT_TRY(graft_onnx_real(call, "beta", 0.5, &beta));
    if (beta == 0.5 && a.alpha > 0) return activate(call, a);
    GRAFT_TRY(graft_onnx_flow(call, 0, &node));
    GRAFT_TRY(graft_onnx_affine(call, "scaled", node, &a.alpha, &beta, 1, &node));
    GRAFT_TRY(graft_onnx_node(call, "activation", NULL, &bounded, &node, 1, &node));
    graft_onnx_result_set(call, node, &graft_onnx_input(call, 0)->dims, 0, graft_onnx_input(call, 0)->channels_last);
    return GRAFT_OK;
}

/* Above 0 as it is, below times a slope for each channel: relu(x) - slope * relu(-x). */
static graft_status prelu_by_channel(graft_onnx_call *call, double *slopes, size_t count) {
    graft_activation_attributes relu = {.kind = GRAFT_ACT_RELU};
    const double minus = -1, zero = 0;
    int x, parts[2], node;
    double *zeros = graft_allocate_zero(count, sizeof *zeros);
    if (!zeros) return graft_fail_memory("slopes");
    for (size_t i = 0; i < count; i++)
        slopes[i] = -slopes[i];
    graft_status status = graft_onnx_flow(call, 0, &x);
    if (status == GRAFT_OK) status = graft_onnx_node(call, "activation", "positive", &relu, &x, 1, &parts[0]);
    if (status == GRAFT_OK) status = graft_onnx_affine(call, "minus", x, &minus, &zero, 1, &node);
    if (status == GRAFT_OK) status = graft_onnx_node(call, "activation", "negative", &relu, &node, 1, &node);
    if (status == GRAFT_OK) status = graft_onnx_affine(call, "slope", node, slopes, zeros, count, &parts[1]);
    if (status == GRAFT_OK) status = graft_onnx_node(call, "add", NULL, NULL, parts, 2, &node);
    graft_release(zeros);
    GRAFT_TRY(status);
    graft_onnx_result_set(call, node, &graft_onnx_input(call, 0)->dims, 0, graft_onnx_input(call, 0)->channels_last);
    return GRAFT_OK;
}

graft_status graft_onnx_prelu(graft_onnx_call *call) {
    const graft_tensor *slope = NULL;
    double *slopes = NULL;
    size_t count;
    GRAFT_TRY(graft_onnx_need_inputs(call, 2, 2));
    GRAFT_TRY(graft_onnx_tensor(call, 1, &slope));
    /* PyTorch's exporter before opset 7 writes a vector of channels, which numpy's rules would put at the end. */
    graft_tensor vector = *slope;
    const graft_onnx_value *value = graft_onnx_input(call, 0);
    if (vector.shape.rank == 1 && value->dims.rank > 2 && call->onnx->opset < 7) {
        vector.shape.rank = value->dims.rank - 1;
        for (int i = 1; i < vector.shape.rank; i++)
            vector.shape.dim[i] = 1;
    }
    GRAFT_TRY(graft_onnx_by_channel(&vector, value, &slopes, &count));
    graft_status status;
    if (count == 1) {
        graft_activation_attributes a = {.kind = GRAFT_ACT_LEAKY_RELU, .alpha = slopes[0]};
        status = graft_onnx_apply(call, "activation", &a, true);
    } else {
        status = prelu_by_channel(call, slopes, count);
    }
    graft_release(slopes);
    return status;
}

/* ---- bounds ---- */

/* Clip to low..high, either of which may be infinite; relu and relu6 where it is one. */
static graft_status clip(graft_onnx_call *call, double low, double high) {
    graft_activation_attributes a = {.kind = GRAFT_ACT_RELU, .max_value = isinf(high) ? 0 : high - low};
    const graft_onnx_value *value = graft_onnx_input(call, 0);
    int node;
    if (isinf(low) && isinf(high)) return graft_onnx_identity(call);
    if (low > high) return graft_fail(GRAFT_E_DATA, "bounds %g and %g, expected the lower one first", low, high);
    if (low == high) return graft_fail(GRAFT_E_DATA, "equal bounds %g: a constant", low);
    if (low == 0 && high == 6) a = (graft_activation_attributes){.kind = GRAFT_ACT_RELU6};
    if (low == 0) return graft_onnx_apply(call, "activation", &a, true);
    /* relu(s * x + t), and back: s = -1 where only the upper bound is there */
    double s = isinf(low) ? -1 : 1, t = isinf(low) ? high : -low;
    if (isinf(low)) a.max_value = 0;
    GRAFT_TRY(graft_onnx_flow(call, 0, &node));
    GRAFT_TRY(graft_onnx_affine(call, "shifted", node, &s, &t, 1, &node));
    GRAFT_TRY(graft_onnx_node(call, "activation", NULL, &a, &node, 1, &node));
    graft_onnx_result_set(call, node, &value->dims, 0, value->channels_last);
    call->output.scale = s;
    call->output.shift = isinf(low) ? high : low;
    return GRAFT_OK;
}

/* Exporters write the largest float for "no bound". */
static double bound(double value) {
    return value >= (double)FLT_MAX ? (double)INFINITY : value <= -(double)FLT_MAX ? -(double)INFINITY : value;
}

graft_status graft_onnx_clip(graft_onnx_call *call) {
    double low, high;
    GRAFT_TRY(graft_onnx_need_inputs(call, 1, 3));
    GRAFT_TRY(graft_onnx_real(call, "min", -(double)FLT_MAX, &low));
    GRAFT_TRY(graft_onnx_real(call, "max", (double)FLT_MAX, &high));
    if (graft_onnx_has(call, 1)) GRAFT_TRY(graft_onnx_scalar(call, 1, &low));
    if (graft_onnx_has(call, 2)) GRAFT_TRY(graft_onnx_scalar(call, 2, &high));
    return clip(call, bound(low), bound(high));
}

/* Max and Min of the flow and one number; either may come first. */
static graft_status extremum(graft_onnx_call *call, bool max) {
    double number;
    GRAFT_TRY(graft_onnx_need_inputs(call, 1, 2));
    if (call->input_count == 1) return graft_onnx_identity(call);
    int constant = graft_onnx_is_constant(call, 0) ? 0 : 1;
    GRAFT_TRY(graft_onnx_scalar(call, constant, &number));
    call->inputs[0] = call->inputs[1 - constant];
    return max ? clip(call, number, (double)INFINITY) : clip(call, -(double)INFINITY, number);
}

graft_status graft_onnx_max(graft_onnx_call *call) {
    return extremum(call, true);
}

graft_status graft_onnx_min(graft_onnx_call *call) {
    return extremum(call, false);
}

/* ---- softmax ---- */

/* Before version 13 the axes from `axis` on count as one. */
graft_status graft_onnx_softmax(graft_onnx_call *call) {
    const graft_onnx_value *value = graft_onnx_input(call, 0);
    const bool joint = call->onnx->opset < 13;
    graft_softmax_attributes a = {0};
    int64_t axis;
    int at, rank = value->dims.rank;
    GRAFT_TRY(graft_onnx_need_inputs(call, 1, 1));
    GRAFT_TRY(graft_onnx_int(call, "axis", joint ? 1 : -1, &axis));
    GRAFT_TRY(graft_onnx_axis(axis, rank, &at));
    int wide = 0;
    for (int i = at; i < rank; i++)
        wide += value->dims.dim[i] > 1;
    if (joint && rank > 2 && at < rank - 1 && (wide > 1 || (wide == 1 && value->dims.dim[at] == 1)))
        return graft_onnx_refuse(call, "axis", "one axis, the others behind it of size 1");
    GRAFT_TRY(graft_onnx_node_axis(value, axis, &a.axis));
    return graft_onnx_apply(call, "softmax", &a, true);
}
