/* NodeProto as JSON. */
#include "base/alloc.h"
#include "base/error.h"
#include "formats/onnx-internal.h"
#include "formats/onnx.pb-c.h"

#include <math.h>
#include <string.h>

#define TYPE(name) ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__##name

graft_status graft_onnx_text(const char *text, const char *what, graft_json **out) {
    *out = graft_json_new_text(text ? text : "");
    if (!*out) return graft_fail_memory("a text");
    if (strcmp(graft_json_text(*out, ""), text ? text : "") == 0) return GRAFT_OK;
    graft_json_free(*out);
    *out = NULL;
    return graft_fail(GRAFT_E_DATA, "%s is no UTF-8: '%.100s'", what, text);
}

static graft_status add_text(graft_json *array, const char *text, const char *what) {
    graft_json *value = NULL;
    GRAFT_TRY(graft_onnx_text(text, what, &value));
    graft_json_add(array, value);
    return GRAFT_OK;
}

/* Bytes that may hold anything; a NUL inside ends them too early and is refused. */
static graft_status bytes_as_text(const ProtobufCBinaryData *bytes, graft_json **out) {
    if (bytes->len > 0 && memchr(bytes->data, '\0', bytes->len))
        return graft_fail(GRAFT_E_DATA, "a text with a zero byte in it");
    char *text = graft_text_copy_n(bytes->len > 0 ? (const char *)bytes->data : "", bytes->len);
    if (!text) return graft_fail_memory("a text");
    graft_status status = graft_onnx_text(text, "a text", out);
    graft_release(text);
    return status;
}

static graft_status real(float value, graft_json **out) {
    if (!isfinite(value)) return graft_fail(GRAFT_E_DATA, "%g, expected a finite number", (double)value);
    *out = graft_json_new_real((double)value);
    return GRAFT_OK;
}

/* Files older than IR version 4 may leave the type out. */
static int type_of(const Onnx__AttributeProto *a) {
    if (a->type != TYPE(UNDEFINED)) return a->type;
    if (a->has_f) return TYPE(FLOAT);
    if (a->has_i) return TYPE(INT);
    if (a->has_s) return TYPE(STRING);
    if (a->t) return TYPE(TENSOR);
    if (a->n_floats > 0) return TYPE(FLOATS);
    if (a->n_strings > 0) return TYPE(STRINGS);
    return TYPE(INTS);
}

static graft_status list(const Onnx__AttributeProto *a, int type, graft_json *out) {
    for (size_t i = 0; type == TYPE(INTS) && i < a->n_ints; i++)
        graft_json_add(out, graft_json_new_int(a->ints[i]));
    for (size_t i = 0; type == TYPE(FLOATS) && i < a->n_floats; i++) {
        graft_json *value = NULL;
        GRAFT_TRY(real(a->floats[i], &value));
        graft_json_add(out, value);
    }
    for (size_t i = 0; type == TYPE(STRINGS) && i < a->n_strings; i++) {
        graft_json *value = NULL;
        GRAFT_TRY(bytes_as_text(&a->strings[i], &value));
        graft_json_add(out, value);
    }
    return GRAFT_OK;
}

/* The tensor becomes an entry: {"tensor": "NODE OUTPUT/ATTRIBUTE"}. */
static graft_status tensor(graft_container *container, const Onnx__NodeProto *node, const Onnx__AttributeProto *a,
                           graft_json **out) {
    if (!a->t) return graft_fail(GRAFT_E_DATA, "no tensor in it");
    char *name = graft_text_format("%s/%s", node->n_output > 0 ? node->output[0] : "", a->name);
    if (!name) return graft_fail_memory("a tensor's name");
    graft_status status = graft_onnx_tensor_add(container, a->t, name);
    if (status == GRAFT_OK) {
        *out = graft_json_new_object();
        graft_json_set_text(*out, "tensor", name);
    }
    graft_release(name);
    return status;
}

static graft_status attribute(graft_container *container, const Onnx__NodeProto *node, const Onnx__AttributeProto *a,
                              graft_json **out) {
    int type = type_of(a);
    if (a->ref_attr_name && a->ref_attr_name[0])
        return graft_fail(GRAFT_E_DATA, "a reference to a function's attribute, expected a value");
    switch (type) {
    case TYPE(FLOAT):
        return real(a->f, out);
    case TYPE(INT):
        *out = graft_json_new_int(a->i);
        return GRAFT_OK;
    case TYPE(STRING):
        return bytes_as_text(&a->s, out);
    case TYPE(TENSOR):
        return tensor(container, node, a, out);
    case TYPE(FLOATS):
    case TYPE(INTS):
    case TYPE(STRINGS):
        *out = graft_json_new_array();
        return list(a, type, *out);
    case TYPE(GRAPH):
    case TYPE(GRAPHS):
        return graft_fail(GRAFT_E_DATA, "a graph inside a node (loops and conditions cannot be read)");
    default:
        return graft_fail(GRAFT_E_DATA, "an attribute of type %d, expected numbers, texts or a tensor", type);
    }
}

static graft_status attributes(graft_container *container, const Onnx__NodeProto *node, graft_json *out) {
    for (size_t i = 0; i < node->n_attribute; i++) {
        const Onnx__AttributeProto *a = node->attribute[i];
        graft_json *value = NULL;
        if (!a->name || a->name[0] == '\0') return graft_fail(GRAFT_E_DATA, "an attribute without a name");
        GRAFT_TRY(graft_onnx_text(a->name, "an attribute's name", &value));
        graft_json_free(value);
        value = NULL;
        if (graft_json_get(out, a->name)) return graft_fail(GRAFT_E_DATA, "attribute '%s' twice", a->name);
        graft_status status = attribute(container, node, a, &value);
        if (status != GRAFT_OK) {
            graft_json_free(value);
            return graft_fail_in(status, "attribute '%s'", a->name);
        }
        graft_json_set(out, a->name, value);
    }
    return GRAFT_OK;
}

static graft_status names(char *const *texts, size_t count, graft_json *out) {
    for (size_t i = 0; i < count; i++)
        GRAFT_TRY(add_text(out, texts[i], "a tensor's name"));
    return GRAFT_OK;
}

graft_status graft_onnx_node_config(graft_container *container, const Onnx__NodeProto *node, graft_json **out) {
    graft_json *object = graft_json_new_object(), *op = NULL, *name = NULL, *domain = NULL;
    graft_json *inputs = graft_json_new_array(), *outputs = graft_json_new_array(), *given = graft_json_new_object();
    graft_status status = graft_onnx_text(node->op_type, "an operator's name", &op);
    if (status == GRAFT_OK) status = graft_onnx_text(node->name, "a node's name", &name);
    if (status == GRAFT_OK) status = graft_onnx_text(node->domain, "a domain's name", &domain);
    if (status == GRAFT_OK) status = names(node->input, node->n_input, inputs);
    if (status == GRAFT_OK) status = names(node->output, node->n_output, outputs);
    if (status == GRAFT_OK) status = attributes(container, node, given);
    const char *domain_text = graft_json_text(domain, "");
    graft_json_set(object, "op", op);
    graft_json_set(object, "name", name);
    if (domain_text[0] != '\0' && strcmp(domain_text, "ai.onnx") != 0)
        graft_json_set(object, "domain", domain);
    else
        graft_json_free(domain);
    graft_json_set(object, "inputs", inputs);
    graft_json_set(object, "outputs", outputs);
    graft_json_set(object, "attributes", given);
    if (status != GRAFT_OK) {
        graft_json_free(object);
        return status;
    }
    *out = object;
    return GRAFT_OK;
}
