/* A node's shapes and parameters. */
#include "base/buffer.h"
#include "nn/graph-internal.h"

#include <string.h>

void graft_params_free(graft_param *params, int count) {
    for (int i = 0; i < count; i++) {
        graft_release(params[i].name);
        graft_tensor_free(params[i].value);
    }
    graft_release(params);
}

static graft_status check_shape(const graft_shape *shape, const char *what) {
    bool sound = true;
    for (int i = 0; i < shape->rank; i++)
        sound = sound && shape->dim[i] >= 1 && shape->dim[i] <= GRAFT_MAX_DIMENSION;
    int64_t count = sound ? graft_shape_count(shape) : -1;
    if (count >= 1 && count <= GRAFT_MAX_ELEMENTS) return GRAFT_OK;
    char text[GRAFT_SHAPE_TEXT];
    return graft_fail(GRAFT_E_DATA, "%s would be %s, expected dimensions of 1 to %lld and at most %lld numbers", what,
                      graft_shape_text(shape, text), (long long)GRAFT_MAX_DIMENSION, (long long)GRAFT_MAX_ELEMENTS);
}

graft_status graft_node_declare(graft_node *node, const char *name, const graft_shape *shape) {
    GRAFT_TRY(check_shape(shape, name));
    graft_param *params = graft_resize(node->params, (size_t)node->param_count + 1, sizeof(*params));
    if (!params) return graft_fail_memory("parameters");
    node->params = params;
    graft_param *param = &params[node->param_count];
    *param = (graft_param){.name = graft_text_copy(name), .shape = *shape};
    if (!param->name) return graft_fail_memory("a parameter's name");
    node->param_count++;
    return GRAFT_OK;
}

graft_status graft_node_infer(const graft_graph *graph, graft_node *node, const graft_shape *outputs) {
    graft_shape *inputs = graft_allocate((size_t)node->input_count, sizeof(*inputs));
    if (!inputs) return graft_fail_memory("shapes");
    for (int i = 0; i < node->input_count; i++)
        inputs[i] = outputs ? outputs[node->inputs[i]] : graph->nodes[node->inputs[i]]->output;
    graft_status status = node->op->infer(node, inputs, &node->output);
    if (status == GRAFT_OK) status = check_shape(&node->output, "the output");
    if (status == GRAFT_OK && node->op->params) status = node->op->params(node, inputs);
    graft_release(inputs);
    if (status == GRAFT_OK || status == GRAFT_E_MEMORY) return status;
    return graft_fail_in(status, "layer '%s' (%s)", node->name, node->op->name);
}

static int64_t area(const graft_shape *shape) {
    return shape->rank == 3 ? shape->dim[1] * shape->dim[2] : 1;
}

static bool halved(const graft_shape *in, const graft_shape *out) {
    if (in->rank != 3 || out->rank != 3) return area(out) < area(in);
    for (int axis = 1; axis < 3; axis++)
        if (out->dim[axis] < in->dim[axis] && 2 * out->dim[axis] <= in->dim[axis] + 1) return true;
    return false;
}

/* A squeeze branch ends at 1x1 and is then spread over the main path: the widest input decides. A convolution without
 * padding trims its borders: only halving counts. */
int graft_node_stage(const graft_graph *graph, const graft_node *node) {
    const graft_node *widest = NULL;
    for (int i = 0; i < node->input_count; i++) {
        const graft_node *input = graph->nodes[node->inputs[i]];
        if (!widest || area(&input->output) > area(&widest->output)) widest = input;
    }
    if (!widest) return 0;
    return widest->stage + halved(&widest->output, &node->output);
}

graft_param *graft_node_param(const graft_node *node, const char *name) {
    for (int i = 0; i < node->param_count; i++)
        if (strcmp(node->params[i].name, name) == 0) return &node->params[i];
    return NULL;
}

static graft_status refuse_param(const graft_node *node, const char *name, const graft_tensor *value) {
    const graft_param *param = graft_node_param(node, name);
    if (!param)
        return graft_fail(GRAFT_E_DATA, "layer '%s' (%s) has no parameter '%s'", node->name, node->op->name, name);
    char received[GRAFT_SHAPE_TEXT], expected[GRAFT_SHAPE_TEXT];
    return graft_fail(GRAFT_E_DATA, "%s/%s: %s of shape %s, expected F32 of shape %s", node->name, name,
                      graft_dtype_name(value->dtype), graft_shape_text(&value->shape, received),
                      graft_shape_text(&param->shape, expected));
}

graft_status graft_node_set_param(graft_node *node, const char *name, graft_tensor *value) {
    graft_param *param = graft_node_param(node, name);
    if (!param || value->dtype != GRAFT_F32 || !graft_shape_equal(&value->shape, &param->shape)) {
        graft_status status = refuse_param(node, name, value);
        graft_tensor_free(value);
        return status;
    }
    graft_tensor_free(param->value);
    param->value = value;
    return GRAFT_OK;
}

graft_status graft_graph_complete(const graft_graph *graph) {
    enum { SHOWN = 5, TEXT_LIMIT = 4096 };
    graft_buffer list;
    graft_buffer_init(&list, TEXT_LIMIT);
    size_t missing = 0;
    for (int i = 0; i < graph->count; i++) {
        const graft_node *node = graph->nodes[i];
        for (int k = 0; k < node->param_count; k++) {
            if (node->params[k].value || missing++ >= SHOWN) continue;
            graft_buffer_format(&list, "%s%.100s/%s", missing > 1 ? ", " : "", node->name, node->params[k].name);
        }
    }
    graft_status status = graft_buffer_status(&list);
    if (status == GRAFT_OK && missing)
        status = graft_fail(GRAFT_E_DATA, "%zu parameters have no values: %s%s", missing, list.data,
                            missing > SHOWN ? ", ..." : "");
    graft_buffer_clear(&list);
    return status;
}
