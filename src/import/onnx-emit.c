/* Nodes of the graph and their parameters. */
#include "base/context.h"
#include "import/onnx.h"

#include <string.h>

/* ---- nodes ---- */

/* The file's names need not be unique, and some nodes become several. */
static char *unique_name(const graft_graph *graph, const char *base, const char *suffix) {
    char *name = suffix ? graft_text_format("%s/%s", base, suffix) : graft_text_copy(base);
    for (int again = 1; name && graft_graph_find(graph, name) >= 0; again++) {
        graft_release(name);
        name = graft_text_format("%s%s%s:%d", base, suffix ? "/" : "", suffix ? suffix : "", again);
    }
    return name;
}

static graft_status add_node(graft_onnx *onnx, const char *op, const char *base, const char *suffix,
                             const void *attributes, const int *inputs, int count, int *out) {
    char *name = unique_name(onnx->graph, base, suffix);
    if (!name) return graft_fail_memory("a layer's name");
    graft_status status = graft_graph_add(onnx->graph, op, name, attributes, inputs, count, out);
    graft_release(name);
    return status;
}

graft_status graft_onnx_node(graft_onnx_call *call, const char *op, const char *suffix, const void *attributes,
                             const int *inputs, int count, int *out) {
    return add_node(call->onnx, op, call->label, suffix, attributes, inputs, count, out);
}

graft_status graft_onnx_set_param(graft_onnx *onnx, int node, const char *param, const double *numbers, size_t count) {
    graft_node *at = graft_graph_node(onnx->graph, node);
    graft_tensor *tensor = NULL;
    GRAFT_TRY(graft_tensor_new(GRAFT_F32, &graft_node_param(at, param)->shape, &tensor));
    float *values = graft_tensor_f32(tensor);
    for (size_t i = 0; i < tensor->bytes / sizeof *values; i++)
        values[i] = (float)numbers[count == 1 ? 0 : i];
    return graft_node_set_param(at, param, tensor);
}

static graft_status add_affine(graft_onnx *onnx, const char *base, const char *suffix, int input, const double *scale,
                               const double *shift, size_t count, int *out) {
    GRAFT_TRY(add_node(onnx, "scale_shift", base, suffix, NULL, &input, 1, out));
    GRAFT_TRY(graft_onnx_set_param(onnx, *out, "scale", scale, count));
    return graft_onnx_set_param(onnx, *out, "shift", shift, count);
}

graft_status graft_onnx_affine(graft_onnx_call *call, const char *suffix, int input, const double *scale,
                               const double *shift, size_t count, int *out) {
    return add_affine(call->onnx, call->label, suffix, input, scale, shift, count, out);
}

/* One channel as a convolution of 1x1 that weighs all others with 0. */
static graft_status take_channel(graft_onnx *onnx, graft_onnx_value *value) {
    graft_conv2d_attributes a = {
        .filters = 1, .kernel = {1, 1}, .strides = {1, 1}, .dilations = {1, 1}, .groups = 1, .bias = true};
    size_t channels = (size_t)graft_graph_node(onnx->graph, value->node)->output.dim[0];
    if (value->dims.rank != 4)
        return graft_fail(GRAFT_E_DATA, "one channel as N,H,W, expected it to become N,1,H,W first");
    int node;
    GRAFT_TRY(add_node(onnx, "conv2d", value->label, NULL, &a, &value->node, 1, &node));
    double *kernel = graft_allocate_zero(channels, sizeof *kernel);
    if (!kernel) return graft_fail_memory("a kernel");
    kernel[value->channel] = value->scale;
    graft_status status = graft_onnx_set_param(onnx, node, "kernel", kernel, channels);
    graft_release(kernel);
    GRAFT_TRY(status);
    GRAFT_TRY(graft_onnx_set_param(onnx, node, "bias", &value->shift, 1));
    value->kind = GRAFT_ONNX_FLOW;
    value->node = node;
    value->scale = 1;
    value->shift = 0;
    return GRAFT_OK;
}

graft_status graft_onnx_flow(graft_onnx_call *call, int input, int *node) {
    if (!graft_onnx_has(call, input)) return graft_fail(GRAFT_E_DATA, "no input %d", input);
    graft_onnx_value *value = graft_onnx_input(call, input);
    if (graft_onnx_is_part(value))
        return graft_fail(GRAFT_E_DATA, "input %d is known only as a part of a layer normalisation or a bent ReLU",
                          input);
    switch (value->kind) {
    default:
    case GRAFT_ONNX_CONSTANT:
        return graft_fail(GRAFT_E_DATA, "input %d is a constant, expected what depends on the network's input", input);
    case GRAFT_ONNX_ERF:
        return graft_fail(GRAFT_E_DATA, "input %d is Erf's, which is known only as a part of GELU", input);
    case GRAFT_ONNX_CHANNEL:
        GRAFT_TRY(take_channel(call->onnx, value));
        break;
    case GRAFT_ONNX_FLOW:
        if (value->scale == 1 && value->shift == 0) break;
        GRAFT_TRY(add_affine(call->onnx, value->label, NULL, value->node, &value->scale, &value->shift, 1, node));
        value->node = *node;
        value->scale = 1;
        value->shift = 0;
        break;
    }
    *node = value->node;
    return GRAFT_OK;
}

graft_status graft_onnx_picture(graft_onnx_call *call, int input, int *node) {
    GRAFT_TRY(graft_onnx_flow(call, input, node));
    const graft_onnx_value *value = graft_onnx_input(call, input);
    char text[GRAFT_SHAPE_TEXT];
    if (value->dims.rank != 3 && value->dims.rank != 4)
        return graft_fail(GRAFT_E_DATA, "input %d is %s, expected N,C,H,W", input,
                          graft_shape_text(&value->dims, text));
    if (value->channels_last)
        return graft_fail(GRAFT_E_DATA, "input %d has its channels last after a Transpose, expected N,C,H,W", input);
    return GRAFT_OK;
}

void graft_onnx_result_set(graft_onnx_call *call, int node, const graft_shape *dims, int rank, bool channels_last) {
    call->output.kind = GRAFT_ONNX_FLOW;
    call->output.node = node;
    call->output.scale = 1;
    call->output.shift = 0;
    call->output.channels_last = channels_last;
    call->output.dims = dims ? *dims : graft_onnx_dims_of(call->onnx, node, rank, channels_last);
}

void graft_onnx_result_constant(graft_onnx_call *call, graft_tensor *tensor) {
    call->output = graft_onnx_constant_value(tensor);
    call->output.label = call->label;
}

graft_status graft_onnx_apply(graft_onnx_call *call, const char *op, const void *attributes, bool like) {
    int input, node;
    GRAFT_TRY(graft_onnx_flow(call, 0, &input));
    GRAFT_TRY(graft_onnx_node(call, op, NULL, attributes, &input, 1, &node));
    const graft_onnx_value *value = graft_onnx_input(call, 0);
    graft_onnx_result_set(call, node, like ? &value->dims : NULL, value->dims.rank, value->channels_last);
    return GRAFT_OK;
}

/* ---- parameters ---- */

graft_status graft_onnx_bind(graft_onnx_call *call, int node, const char *param, int value, graft_onnx_layout layout,
                             double factor) {
    graft_onnx *onnx = call->onnx;
    if (!graft_reserve(&onnx->bindings, &onnx->binding_capacity, onnx->binding_count + 1, sizeof *onnx->bindings))
        return graft_fail_memory("a list of weights");
    onnx->bindings[onnx->binding_count++] = (graft_onnx_binding){node, param, value, layout, factor};
    return GRAFT_OK;
}

/* I,O/groups,... to O,I/groups,... */
static graft_status swap_in_groups(const graft_node *node, graft_tensor **tensor) {
    const graft_conv2d_transpose_attributes *a = node->attributes;
    const graft_shape *shape = &(*tensor)->shape;
    const int64_t ins = shape->dim[0] / a->groups, outs = shape->dim[1];
    const int64_t area = ins * outs > 0 ? graft_shape_count(shape) / (shape->dim[0] * outs) : 0;
    graft_tensor *swapped = NULL;
    GRAFT_TRY(graft_tensor_new(GRAFT_F32, shape, &swapped));
    const float *from = graft_tensor_f32(*tensor);
    float *to = graft_tensor_f32(swapped);
    for (int64_t g = 0; g < a->groups; g++)
        for (int64_t i = 0; i < ins; i++)
            for (int64_t o = 0; o < outs; o++)
                memcpy(to + ((g * outs + o) * ins + i) * area, from + ((g * ins + i) * outs + o) * area,
                       (size_t)area * sizeof *to);
    graft_tensor_free(*tensor);
    *tensor = swapped;
    return GRAFT_OK;
}

static graft_status arrange(const graft_onnx_binding *binding, const graft_node *node, graft_tensor **tensor) {
    if (binding->layout == GRAFT_ONNX_TURNED) {
        static const int axes[] = {1, 0};
        graft_tensor *turned = NULL;
        GRAFT_TRY(graft_tensor_permute(*tensor, axes, &turned));
        graft_tensor_free(*tensor);
        *tensor = turned;
    }
    if (binding->layout == GRAFT_ONNX_TRANSPOSED) GRAFT_TRY(swap_in_groups(node, tensor));
    for (size_t i = 0; binding->factor != 1 && i < (*tensor)->bytes / sizeof(float); i++)
        graft_tensor_f32(*tensor)[i] = (float)(binding->factor * (double)graft_tensor_f32(*tensor)[i]);
    return graft_tensor_reshape(*tensor, &graft_node_param(node, binding->param)->shape);
}

static graft_status load_one(graft_onnx *onnx, const graft_onnx_binding *binding, graft_node *node) {
    graft_onnx_value *value = &onnx->values[binding->value];
    graft_tensor *tensor = NULL;
    if (value->constant) {
        GRAFT_TRY(graft_tensor_convert(value->constant, GRAFT_F32, &tensor));
    } else {
        GRAFT_TRY(graft_container_read(onnx->container, (size_t)value->entry, &tensor));
        onnx->used[value->entry] = true;
    }
    graft_status status = arrange(binding, node, &tensor);
    if (status != GRAFT_OK) {
        graft_tensor_free(tensor);
        return status;
    }
    return graft_node_set_param(node, binding->param, tensor);
}

graft_status graft_onnx_load(graft_onnx *onnx, graft_context *context, graft_graph *graph) {
    for (size_t i = 0; i < onnx->binding_count; i++) {
        const graft_onnx_binding *binding = &onnx->bindings[i];
        const char *name = graft_graph_node(onnx->graph, binding->node)->name;
        graft_node *node = graft_graph_node(graph, graft_graph_find(graph, name));
        GRAFT_TRY(graft_cancelled(context));
        if (!node) continue; /* nothing depends on it */
        graft_status status = load_one(onnx, binding, node);
        if (status == GRAFT_E_DATA) return graft_fail_in(status, "%s/%s", name, binding->param);
        GRAFT_TRY(status);
    }
    return graft_graph_complete(graph);
}
