/* ModelProto as the container's configuration, and the checks of a graph: every tensor is made once, before it is
 * read. */
#include "base/alloc.h"
#include "base/error.h"
#include "formats/onnx-internal.h"
#include "formats/onnx.pb-c.h"

#include <string.h>

enum { MADE, LATER }; /* what a map of tensors' names says */

static const char *text_of(const char *text) {
    return text ? text : "";
}

/* ---- inputs and outputs ---- */

/* A dimension with a name or without any is -1. */
static graft_status add_shape(const Onnx__TensorShapeProto *shape, graft_json *out) {
    graft_json *list = graft_json_new_array();
    for (size_t i = 0; i < shape->n_dim; i++) {
        bool fixed = shape->dim[i]->value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
        int64_t size = fixed ? shape->dim[i]->dim_value : -1;
        graft_json_add(list, graft_json_new_int(size >= 0 ? size : -1));
    }
    graft_json_set(out, "shape", list);
    if (shape->n_dim <= GRAFT_MAX_RANK) return GRAFT_OK;
    return graft_fail(GRAFT_E_DATA, "%zu dimensions, expected at most %d", shape->n_dim, GRAFT_MAX_RANK);
}

static graft_status add_value(const Onnx__ValueInfoProto *value, graft_json *array) {
    graft_json *object = graft_json_new_object(), *name = NULL;
    graft_json_add(array, object); /* owned by the array from here */
    GRAFT_TRY(graft_onnx_text(value->name, "a tensor's name", &name));
    graft_json_set(object, "name", name);
    const Onnx__TypeProto__Tensor *type = value->type ? value->type->tensor_type : NULL;
    if (!type) return graft_fail(GRAFT_E_DATA, "'%s' is no tensor", text_of(value->name));
    if (type->shape) GRAFT_TRY(add_shape(type->shape, object));
    graft_json_set_text(object, "dtype", graft_onnx_dtype_text(type->elem_type));
    return GRAFT_OK;
}

static graft_status add_inputs(graft_container *container, const Onnx__GraphProto *graph, graft_strmap *known,
                               graft_json *config) {
    graft_json *list = graft_json_new_array();
    graft_json_set(config, "inputs", list);
    for (size_t i = 0; i < graph->n_input; i++) {
        const char *name = text_of(graph->input[i]->name);
        GRAFT_TRY(graft_strmap_set(known, name, MADE));
        if (graft_container_find(container, name) < 0) GRAFT_TRY(add_value(graph->input[i], list));
    }
    return GRAFT_OK;
}

static graft_status add_outputs(const Onnx__GraphProto *graph, const graft_strmap *known, graft_json *config) {
    graft_json *list = graft_json_new_array();
    graft_json_set(config, "outputs", list);
    for (size_t i = 0; i < graph->n_output; i++) {
        size_t state = MADE;
        const char *name = text_of(graph->output[i]->name);
        if (!graft_strmap_get(known, name, &state))
            return graft_fail(GRAFT_E_DATA, "output '%s' is made by no node", name);
        GRAFT_TRY(add_value(graph->output[i], list));
    }
    return GRAFT_OK;
}

/* ---- nodes ---- */

static graft_status expect_outputs(const Onnx__GraphProto *graph, graft_strmap *known) {
    for (size_t i = 0; i < graph->n_initializer; i++)
        GRAFT_TRY(graft_strmap_set(known, text_of(graph->initializer[i]->name), MADE));
    for (size_t i = 0; i < graph->n_node; i++)
        for (size_t k = 0; k < graph->node[i]->n_output; k++) {
            size_t state = MADE;
            const char *name = graph->node[i]->output[k];
            if (name[0] == '\0') continue;
            if (graft_strmap_get(known, name, &state))
                return graft_fail(GRAFT_E_DATA, "tensor '%s' is made twice, expected unique names", name);
            GRAFT_TRY(graft_strmap_set(known, name, LATER));
        }
    return GRAFT_OK;
}

static graft_status check_order(const Onnx__NodeProto *node, graft_strmap *known) {
    for (size_t k = 0; k < node->n_input; k++) {
        size_t state = MADE;
        const char *name = node->input[k];
        if (name[0] == '\0') continue;
        if (!graft_strmap_get(known, name, &state))
            return graft_fail(GRAFT_E_DATA, "its input '%s' is no tensor of the file", name);
        if (state == LATER)
            return graft_fail(GRAFT_E_DATA, "its input '%s' is made after it: a cycle, or nodes out of order", name);
    }
    for (size_t k = 0; k < node->n_output; k++)
        if (node->output[k][0] != '\0') GRAFT_TRY(graft_strmap_set(known, node->output[k], MADE));
    return GRAFT_OK;
}

static graft_status add_nodes(graft_container *container, const Onnx__GraphProto *graph, graft_strmap *known,
                              graft_json *config) {
    graft_json *list = graft_json_new_array();
    graft_json_set(config, "nodes", list);
    if (graph->n_node > GRAFT_ONNX_MAX_NODES)
        return graft_fail(GRAFT_E_DATA, "%zu nodes, expected at most %d", graph->n_node, GRAFT_ONNX_MAX_NODES);
    GRAFT_TRY(expect_outputs(graph, known));
    for (size_t i = 0; i < graph->n_node; i++) {
        const Onnx__NodeProto *node = graph->node[i];
        graft_json *json = NULL;
        graft_status status = check_order(node, known);
        if (status == GRAFT_OK) status = graft_onnx_node_config(container, node, &json);
        if (status == GRAFT_E_DATA)
            return graft_fail_in(status, "node %zu '%.200s' (%.100s)", i, text_of(node->name), text_of(node->op_type));
        GRAFT_TRY(status);
        graft_json_add(list, json);
    }
    return GRAFT_OK;
}

/* ---- the whole ---- */

static graft_status add_header(const Onnx__ModelProto *model, graft_json *config) {
    int64_t opset = -1;
    for (size_t i = 0; i < model->n_opset_import; i++) {
        const char *domain = text_of(model->opset_import[i]->domain);
        if (domain[0] == '\0' || strcmp(domain, "ai.onnx") == 0) opset = model->opset_import[i]->version;
    }
    if (opset < 1) return graft_fail(GRAFT_E_DATA, "no version of ONNX's operators in it (opset_import)");
    graft_json *producer = NULL, *name = NULL;
    const char *version = text_of(model->producer_version);
    char *both = graft_text_format("%s%s%s", text_of(model->producer_name), version[0] != '\0' ? " " : "", version);
    if (!both) return graft_fail_memory("the producer's name");
    graft_status status = graft_onnx_text(both, "the producer's name", &producer);
    graft_release(both);
    GRAFT_TRY(status);
    graft_json_set_text(config, "format", "onnx");
    graft_json_set_int(config, "ir_version", model->ir_version);
    graft_json_set_int(config, "opset", opset);
    graft_json_set(config, "producer", producer);
    GRAFT_TRY(graft_onnx_text(model->graph->name, "the graph's name", &name));
    graft_json_set(config, "name", name);
    return GRAFT_OK;
}

static graft_status fill(graft_container *container, const Onnx__ModelProto *model, graft_strmap *known) {
    graft_json *config = container->config;
    GRAFT_TRY(add_header(model, config));
    GRAFT_TRY(add_inputs(container, model->graph, known, config));
    GRAFT_TRY(add_nodes(container, model->graph, known, config));
    return add_outputs(model->graph, known, config);
}

graft_status graft_onnx_config(graft_container *container, const Onnx__ModelProto *model) {
    graft_strmap *known = NULL;
    container->config = graft_json_new_object();
    if (!container->config) return graft_fail_memory("a configuration");
    GRAFT_TRY(graft_strmap_new(&known));
    graft_status status = fill(container, model, known);
    graft_strmap_free(known);
    if (status == GRAFT_E_DATA) return graft_fail_in(status, "%s", container->path);
    return status;
}
