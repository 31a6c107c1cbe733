/* Names, constants and operators of an ONNX graph under construction. */
#include "export/onnx-builder.h"

#include "base/alloc.h"
#include "base/error.h"

#include <stdio.h>
#include <string.h>

graft_status graft_to_onnx_begin(graft_to_onnx_builder *self, const graft_graph *graph) {
    const size_t count = (size_t)graft_graph_count(graph);
    *self = (graft_to_onnx_builder){.graph = graph};
    self->nodes = graft_json_new_array();
    self->values = graft_allocate_zero(count, sizeof *self->values);
    if (!self->nodes || !self->values) return graft_fail_memory("an ONNX graph");
    GRAFT_TRY(graft_strmap_new(&self->taken));
    /* Layers keep their names: everything else goes around them. */
    for (int i = 0; i < graft_graph_count(graph); i++)
        GRAFT_TRY(graft_strmap_set(self->taken, graft_graph_node(graph, i)->name, 0));
    return GRAFT_OK;
}

void graft_to_onnx_clear(graft_to_onnx_builder *self) {
    for (size_t i = 0; i < self->text_count; i++)
        graft_release(self->texts[i]);
    for (size_t i = 0; i < self->tensor_count; i++)
        graft_tensor_free(self->owned[i]);
    graft_release(self->texts);
    graft_release(self->tensor_names);
    graft_release(self->tensors);
    graft_release(self->owned);
    graft_release(self->values);
    graft_tensor_free(self->first_kernel);
    graft_tensor_free(self->first_bias);
    graft_strmap_free(self->taken);
    graft_json_free(self->nodes);
    *self = (graft_to_onnx_builder){0};
}

/* ---- names ---- */

static graft_status keep_text(graft_to_onnx_builder *self, char *text, const char **out) {
    *out = text;
    if (text && graft_reserve(&self->texts, &self->text_capacity, self->text_count + 1, sizeof *self->texts)) {
        self->texts[self->text_count++] = text;
        return graft_strmap_set(self->taken, text, self->text_count);
    }
    graft_release(text);
    *out = "";
    return graft_fail_memory("an ONNX graph");
}

/* A name in nobody's use: NODE/what, NODE/what_2, ... */
static graft_status new_name(graft_to_onnx_builder *self, const char *what, const char **out) {
    const char *owner = self->node ? self->node->name : "preprocess";
    size_t taken;
    char *text = graft_text_format("%s/%s", owner, what);
    for (int i = 2; text && graft_strmap_get(self->taken, text, &taken); i++) {
        graft_release(text);
        text = graft_text_format("%s/%s_%d", owner, what, i);
    }
    return keep_text(self, text, out);
}

const char *graft_to_onnx_input(const graft_to_onnx_builder *self, int k) {
    return self->values[self->node->inputs[k]];
}

const graft_shape *graft_to_onnx_input_shape(const graft_to_onnx_builder *self, int k) {
    return &graft_graph_node(self->graph, self->node->inputs[k])->output;
}

graft_status graft_to_onnx_give(graft_to_onnx_builder *self, const char *value) {
    self->values[self->index] = value;
    return GRAFT_OK;
}

/* ---- operators ---- */

static graft_json *text_array(const char *const *texts) {
    graft_json *list = graft_json_new_array();
    for (; *texts; texts++)
        graft_json_add(list, graft_json_new_text(*texts));
    return list;
}

graft_status graft_to_onnx_emit(graft_to_onnx_builder *self, const char *op, const char *const *inputs,
                                graft_json *attributes, const char **value) {
    const char *name;
    graft_status status = new_name(self, op, &name);
    graft_json *node = graft_json_new_object();
    graft_json_set_text(node, "op", op);
    graft_json_set_text(node, "name", name);
    graft_json_set(node, "inputs", text_array(inputs));
    graft_json_set(node, "outputs", text_array((const char *const[]){name, NULL}));
    if (attributes) graft_json_set(node, "attributes", attributes);
    graft_json_add(self->nodes, node);
    *value = name;
    return status;
}

graft_status graft_to_onnx_then(graft_to_onnx_builder *self, const char *op, graft_json *attributes,
                                const char **value) {
    return graft_to_onnx_emit(self, op, (const char *const[]){*value, NULL}, attributes, value);
}

graft_status graft_to_onnx_with(graft_to_onnx_builder *self, const char *op, const char *other, const char **value) {
    return graft_to_onnx_emit(self, op, (const char *const[]){*value, other, NULL}, NULL, value);
}

/* ---- constants ---- */

static graft_status add_tensor(graft_to_onnx_builder *self, const char *name, const graft_tensor *tensor,
                               graft_tensor *owned) {
    const size_t needed = self->tensor_count + 1;
    if (!graft_reserve(&self->tensors, &self->tensor_capacity, needed, sizeof *self->tensors) ||
        !graft_reserve(&self->tensor_names, &self->name_capacity, needed, sizeof *self->tensor_names) ||
        !graft_reserve(&self->owned, &self->owned_capacity, needed, sizeof *self->owned)) {
        graft_tensor_free(owned);
        return graft_fail_memory("an ONNX graph");
    }
    self->tensors[self->tensor_count] = tensor;
    self->tensor_names[self->tensor_count] = name;
    self->owned[self->tensor_count++] = owned;
    return GRAFT_OK;
}

graft_status graft_to_onnx_own(graft_to_onnx_builder *self, const char *what, graft_tensor *tensor,
                               const char **value) {
    graft_status status = new_name(self, what, value);
    if (status == GRAFT_OK) return add_tensor(self, *value, tensor, tensor);
    graft_tensor_free(tensor);
    return status;
}

graft_status graft_to_onnx_param(graft_to_onnx_builder *self, const char *what, bool spread, const char **value) {
    const graft_param *param = graft_node_param(self->node, what);
    *value = NULL;
    if (!param) return GRAFT_OK;
    if (!spread || self->node->output.rank != 3) {
        GRAFT_TRY(new_name(self, what, value));
        return add_tensor(self, *value, param->value, NULL);
    }
    graft_tensor *view;
    const graft_shape shape = GRAFT_SHAPE(param->shape.dim[0], 1, 1);
    GRAFT_TRY(graft_tensor_borrow(GRAFT_F32, &shape, param->value->data, &view));
    return graft_to_onnx_own(self, what, view, value);
}

graft_status graft_to_onnx_floats(graft_to_onnx_builder *self, const char *what, const float *numbers,
                                  const graft_shape *shape, const char **value) {
    graft_tensor *tensor;
    GRAFT_TRY(graft_tensor_new(GRAFT_F32, shape, &tensor));
    if (tensor->bytes > 0) memcpy(tensor->data, numbers, tensor->bytes);
    return graft_to_onnx_own(self, what, tensor, value);
}

graft_status graft_to_onnx_ints(graft_to_onnx_builder *self, const char *what, const int64_t *numbers, int64_t count,
                                const char **value) {
    const graft_shape shape = GRAFT_SHAPE(count);
    graft_tensor *tensor;
    GRAFT_TRY(graft_tensor_new(GRAFT_I64, &shape, &tensor));
    if (tensor->bytes > 0) memcpy(tensor->data, numbers, tensor->bytes);
    return graft_to_onnx_own(self, what, tensor, value);
}

graft_status graft_to_onnx_scalar(graft_to_onnx_builder *self, double number, const char **value) {
    const graft_shape scalar = {.rank = 0};
    graft_tensor *tensor;
    size_t at;
    char key[48];
    /* No layer can be called so: it would have to end in a newline. */
    snprintf(key, sizeof key, "constant %.9g\n", number);
    if (graft_strmap_get(self->taken, key, &at)) {
        *value = self->texts[at - 1];
        return GRAFT_OK;
    }
    const graft_node *node = self->node;
    GRAFT_TRY(graft_tensor_new(GRAFT_F32, &scalar, &tensor));
    graft_tensor_f32(tensor)[0] = (float)number;
    self->node = NULL;
    snprintf(key, sizeof key, "%.9g", number);
    graft_status status = graft_to_onnx_own(self, key, tensor, value);
    self->node = node;
    GRAFT_TRY(status);
    snprintf(key, sizeof key, "constant %.9g\n", number);
    return graft_strmap_set(self->taken, key, self->text_count);
}

/* ---- attributes ---- */

graft_json *graft_to_onnx_list(const int64_t *numbers, int count) {
    graft_json *list = graft_json_new_array();
    for (int i = 0; i < count; i++)
        graft_json_add(list, graft_json_new_int(numbers[i]));
    return list;
}

graft_json *graft_to_onnx_int(const char *name, int64_t number) {
    graft_json *attributes = graft_json_new_object();
    graft_json_set_int(attributes, name, number);
    return attributes;
}

graft_json *graft_to_onnx_real(const char *name, double number) {
    graft_json *attributes = graft_json_new_object();
    graft_json_set_real(attributes, name, number);
    return attributes;
}

graft_json *graft_to_onnx_list_of(const char *name, const int64_t *numbers, int count) {
    graft_json *attributes = graft_json_new_object();
    graft_json_set(attributes, name, graft_to_onnx_list(numbers, count));
    return attributes;
}

graft_json *graft_to_onnx_pads(const int64_t padding[4]) {
    return graft_to_onnx_list((const int64_t[]){padding[0], padding[2], padding[1], padding[3]}, 4);
}
