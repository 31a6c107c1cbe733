/* Writing ONNX files. The messages are built in memory and packed piece by piece into the file, so that weights are
 * never copied. */
#include "formats/onnx.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "formats/onnx.pb-c.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#define GRAFT_ONNX_LIMIT INT32_MAX /* bytes of a protobuf message */

/* Memory that lives until the file is written, and the first failure. */
typedef struct room {
    struct room *next;
    max_align_t bytes[];
} room;

typedef struct onnx_writer {
    room *rooms;
    const char *path;
    graft_status status; /* sticky */
    ProtobufCBuffer buffer;
    graft_file_writer *file;
} onnx_writer;

static void *take(onnx_writer *self, size_t count, size_t size) {
    size_t bytes;
    if (!graft_multiply_sizes(count ? count : 1, size, &bytes) || bytes > SIZE_MAX - sizeof(room)) return NULL;
    room *one = graft_allocate_zero(1, sizeof(room) + bytes);
    if (!one) {
        if (self->status == GRAFT_OK) self->status = graft_fail_memory("an ONNX file");
        return NULL;
    }
    one->next = self->rooms;
    self->rooms = one;
    return one->bytes;
}

static void leave_rooms(onnx_writer *self) {
    while (self->rooms) {
        room *next = self->rooms->next;
        graft_release(self->rooms);
        self->rooms = next;
    }
}

static char *copy_text(onnx_writer *self, const char *text) {
    char *copy = take(self, strlen(text) + 1, 1);
    if (copy) memcpy(copy, text, strlen(text) + 1);
    return copy;
}

static char *text_of(onnx_writer *self, const graft_json *object, const char *key, const char *fallback) {
    return copy_text(self, graft_json_text(graft_json_get(object, key), fallback));
}

/* One new message, initialised, and its place in an array of pointers. */
#define MESSAGE(self, pointer, init)                  \
    do {                                              \
        (pointer) = take(self, 1, sizeof *(pointer)); \
        if (!(pointer)) return false;                 \
        init(pointer);                                \
    } while (0)

/* ---- attributes ---- */

static bool all_integers(const graft_json *list) {
    for (size_t i = 0; i < graft_json_count(list); i++)
        if (graft_json_type_of(graft_json_at(list, i)) != GRAFT_JSON_INT) return false;
    return true;
}

static bool fill_list(onnx_writer *self, Onnx__AttributeProto *out, const graft_json *list) {
    const size_t count = graft_json_count(list);
    if (all_integers(list)) {
        out->type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS;
        out->n_ints = count;
        out->ints = take(self, count, sizeof *out->ints);
        for (size_t i = 0; out->ints && i < count; i++)
            out->ints[i] = graft_json_int(graft_json_at(list, i), 0);
        return out->ints != NULL;
    }
    out->type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOATS;
    out->n_floats = count;
    out->floats = take(self, count, sizeof *out->floats);
    for (size_t i = 0; out->floats && i < count; i++)
        out->floats[i] = (float)graft_json_real(graft_json_at(list, i), 0);
    return out->floats != NULL;
}

static bool fill_attribute(onnx_writer *self, Onnx__AttributeProto *out, const char *name, const graft_json *value) {
    out->name = copy_text(self, name);
    out->has_type = true;
    switch (graft_json_type_of(value)) {
    case GRAFT_JSON_INT:
        out->type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT;
        out->has_i = true;
        out->i = graft_json_int(value, 0);
        return out->name != NULL;
    case GRAFT_JSON_REAL:
        out->type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT;
        out->has_f = true;
        out->f = (float)graft_json_real(value, 0);
        return out->name != NULL;
    case GRAFT_JSON_TEXT:
        out->type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRING;
        out->has_s = true;
        out->s.len = strlen(graft_json_text(value, ""));
        out->s.data = (uint8_t *)copy_text(self, graft_json_text(value, ""));
        return out->name && out->s.data;
    case GRAFT_JSON_ARRAY:
        return out->name && fill_list(self, out, value);
    default:
        self->status = graft_fail(GRAFT_E_USAGE, "%s: attribute %.100s, expected a number, a text or a list of numbers",
                                  self->path, name);
        return false;
    }
}

/* ---- nodes ---- */

static char **text_list(onnx_writer *self, const graft_json *list) {
    const size_t count = graft_json_count(list);
    char **out = take(self, count, sizeof *out);
    for (size_t i = 0; out && i < count; i++)
        if (!(out[i] = copy_text(self, graft_json_text(graft_json_at(list, i), "")))) return NULL;
    return out;
}

static bool fill_node(onnx_writer *self, Onnx__NodeProto *out, const graft_json *json) {
    const graft_json *attributes = graft_json_get(json, "attributes"), *value;
    const graft_json *domain = graft_json_get(json, "domain");
    out->op_type = text_of(self, json, "op", "");
    out->name = text_of(self, json, "name", "");
    out->n_input = graft_json_count(graft_json_get(json, "inputs"));
    out->input = text_list(self, graft_json_get(json, "inputs"));
    out->n_output = graft_json_count(graft_json_get(json, "outputs"));
    out->output = text_list(self, graft_json_get(json, "outputs"));
    if (domain) out->domain = copy_text(self, graft_json_text(domain, ""));
    out->n_attribute = graft_json_count(attributes);
    out->attribute = take(self, out->n_attribute, sizeof *out->attribute);
    if (!out->op_type || !out->name || !out->input || !out->output || !out->attribute) return false;
    for (size_t i = 0; i < out->n_attribute; i++) {
        const char *key = graft_json_key(attributes, i, &value);
        MESSAGE(self, out->attribute[i], onnx__attribute_proto__init);
        if (!fill_attribute(self, out->attribute[i], key, value)) return false;
    }
    return true;
}

/* ---- tensors ---- */

static int element_type(const char *name) {
    static const struct {
        const char *name;
        int type;
    } types[] = {
        {"F32", ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT},  {"F16", ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT16},
        {"F64", ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE}, {"BF16", ONNX__TENSOR_PROTO__DATA_TYPE__BFLOAT16},
        {"U8", ONNX__TENSOR_PROTO__DATA_TYPE__UINT8},   {"I8", ONNX__TENSOR_PROTO__DATA_TYPE__INT8},
        {"U16", ONNX__TENSOR_PROTO__DATA_TYPE__UINT16}, {"I16", ONNX__TENSOR_PROTO__DATA_TYPE__INT16},
        {"U32", ONNX__TENSOR_PROTO__DATA_TYPE__UINT32}, {"I32", ONNX__TENSOR_PROTO__DATA_TYPE__INT32},
        {"U64", ONNX__TENSOR_PROTO__DATA_TYPE__UINT64}, {"I64", ONNX__TENSOR_PROTO__DATA_TYPE__INT64},
        {"BOOL", ONNX__TENSOR_PROTO__DATA_TYPE__BOOL},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcasecmp(types[i].name, name) == 0) return types[i].type;
    return ONNX__TENSOR_PROTO__DATA_TYPE__UNDEFINED;
}

static bool fill_tensor(onnx_writer *self, Onnx__TensorProto *out, const char *name, const graft_tensor *tensor) {
    out->name = copy_text(self, name);
    out->n_dims = (size_t)tensor->shape.rank;
    out->dims = take(self, out->n_dims, sizeof *out->dims);
    if (!out->name || !out->dims) return false;
    for (size_t i = 0; i < out->n_dims; i++)
        out->dims[i] = tensor->shape.dim[i];
    out->has_data_type = true;
    out->data_type = element_type(graft_dtype_name(tensor->dtype));
    out->has_raw_data = true;
    out->raw_data.len = tensor->bytes;
    out->raw_data.data = tensor->data;
    return true;
}

static bool fill_value(onnx_writer *self, Onnx__ValueInfoProto *out, const graft_json *json) {
    const graft_json *shape = graft_json_get(json, "shape");
    Onnx__TensorShapeProto *dims;
    out->name = text_of(self, json, "name", "");
    MESSAGE(self, out->type, onnx__type_proto__init);
    MESSAGE(self, out->type->tensor_type, onnx__type_proto__tensor__init);
    MESSAGE(self, dims, onnx__tensor_shape_proto__init);
    out->type->tensor_type->has_elem_type = true;
    out->type->tensor_type->elem_type = element_type(graft_json_text(graft_json_get(json, "dtype"), "f32"));
    out->type->tensor_type->shape = dims;
    dims->n_dim = graft_json_count(shape);
    dims->dim = take(self, dims->n_dim, sizeof *dims->dim);
    if (!out->name || !dims->dim) return false;
    for (size_t i = 0; i < dims->n_dim; i++) {
        const int64_t value = graft_json_int(graft_json_at(shape, i), -1);
        MESSAGE(self, dims->dim[i], onnx__tensor_shape_proto__dimension__init);
        dims->dim[i]->value_case = value < 0 ? ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM
                                             : ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
        if (value >= 0)
            dims->dim[i]->dim_value = value;
        else if (!(dims->dim[i]->dim_param = copy_text(self, "N")))
            return false;
    }
    return true;
}

/* ---- the whole ---- */

static bool fill_values(onnx_writer *self, const graft_json *list, size_t *count, Onnx__ValueInfoProto ***out) {
    *count = graft_json_count(list);
    *out = take(self, *count, sizeof **out);
    if (!*out) return false;
    for (size_t i = 0; i < *count; i++) {
        MESSAGE(self, (*out)[i], onnx__value_info_proto__init);
        if (!fill_value(self, (*out)[i], graft_json_at(list, i))) return false;
    }
    return true;
}

static bool fill_graph(onnx_writer *self, Onnx__GraphProto *out, const graft_json *json, const char *const *names,
                       const graft_tensor *const *tensors, size_t count) {
    const graft_json *nodes = graft_json_get(json, "nodes");
    out->name = text_of(self, json, "name", "graph");
    out->n_node = graft_json_count(nodes);
    out->node = take(self, out->n_node, sizeof *out->node);
    out->n_initializer = count;
    out->initializer = take(self, count, sizeof *out->initializer);
    if (!out->name || !out->node || !out->initializer) return false;
    for (size_t i = 0; i < out->n_node; i++) {
        MESSAGE(self, out->node[i], onnx__node_proto__init);
        if (!fill_node(self, out->node[i], graft_json_at(nodes, i))) return false;
    }
    for (size_t i = 0; i < count; i++) {
        MESSAGE(self, out->initializer[i], onnx__tensor_proto__init);
        if (!fill_tensor(self, out->initializer[i], names[i], tensors[i])) return false;
    }
    return fill_values(self, graft_json_get(json, "inputs"), &out->n_input, &out->input) &&
           fill_values(self, graft_json_get(json, "outputs"), &out->n_output, &out->output);
}

static bool fill_metadata(onnx_writer *self, Onnx__ModelProto *out, const graft_json *metadata) {
    const graft_json *value;
    out->n_metadata_props = graft_json_count(metadata);
    out->metadata_props = take(self, out->n_metadata_props, sizeof *out->metadata_props);
    if (!out->metadata_props) return false;
    for (size_t i = 0; i < out->n_metadata_props; i++) {
        const char *key = graft_json_key(metadata, i, &value);
        MESSAGE(self, out->metadata_props[i], onnx__string_string_entry_proto__init);
        out->metadata_props[i]->key = copy_text(self, key);
        out->metadata_props[i]->value = copy_text(self, graft_json_text(value, ""));
        if (!out->metadata_props[i]->key || !out->metadata_props[i]->value) return false;
    }
    return true;
}

/* "pytorch 1.13.1": a name and what follows. */
static bool fill_producer(onnx_writer *self, Onnx__ModelProto *out, const graft_json *json) {
    char *name = text_of(self, json, "producer", "graft");
    char *space = name ? strrchr(name, ' ') : NULL;
    if (!name) return false;
    if (space) {
        *space = '\0';
        out->producer_version = space + 1;
    }
    out->producer_name = name;
    return true;
}

static bool fill_model(onnx_writer *self, Onnx__ModelProto *out, const graft_json *json) {
    const graft_json *doc = graft_json_get(json, "doc");
    out->has_ir_version = true;
    out->ir_version = graft_json_int(graft_json_get(json, "ir_version"), 7);
    if (doc && !(out->doc_string = copy_text(self, graft_json_text(doc, "")))) return false;
    out->n_opset_import = 1;
    out->opset_import = take(self, 1, sizeof *out->opset_import);
    if (!out->opset_import) return false;
    MESSAGE(self, out->opset_import[0], onnx__operator_set_id_proto__init);
    out->opset_import[0]->domain = copy_text(self, "");
    out->opset_import[0]->has_version = true;
    out->opset_import[0]->version = graft_json_int(graft_json_get(json, "opset"), 13);
    return out->opset_import[0]->domain && fill_producer(self, out, json) &&
           fill_metadata(self, out, graft_json_get(json, "metadata"));
}

/* protobuf-c's callback: bytes go to the file as they come. */
static void append(ProtobufCBuffer *buffer, size_t length, const uint8_t *bytes) {
    onnx_writer *self = (onnx_writer *)((char *)buffer - offsetof(onnx_writer, buffer));
    if (self->status == GRAFT_OK && length > 0) self->status = graft_file_writer_write(self->file, bytes, length);
}

static graft_status check_size(const onnx_writer *self, const graft_tensor *const *tensors, size_t count,
                               const Onnx__ModelProto *model) {
    uint64_t bytes = 0;
    for (size_t i = 0; i < count; i++)
        bytes += tensors[i]->bytes;
    if (bytes <= GRAFT_ONNX_LIMIT) bytes = onnx__model_proto__get_packed_size(model);
    if (bytes <= GRAFT_ONNX_LIMIT) return GRAFT_OK;
    return graft_fail(GRAFT_E_USAGE, "%s: %.1f GiB, expected less than the 2 GiB that an ONNX file can hold",
                      self->path, (double)bytes / 1073741824.0);
}

graft_status graft_onnx_write(graft_context *context, const char *path, const graft_json *graph,
                              const char *const *names, const graft_tensor *const *tensors, size_t count) {
    onnx_writer self = {.path = path, .buffer = {.append = append}};
    Onnx__ModelProto model = ONNX__MODEL_PROTO__INIT;
    Onnx__GraphProto body = ONNX__GRAPH_PROTO__INIT;
    (void)context;
    model.graph = &body;
    if (fill_model(&self, &model, graph) && fill_graph(&self, &body, graph, names, tensors, count))
        self.status = check_size(&self, tensors, count, &model);
    else if (self.status == GRAFT_OK)
        self.status = graft_fail_memory("an ONNX file");
    if (self.status == GRAFT_OK) self.status = graft_file_writer_open(path, &self.file);
    if (self.status == GRAFT_OK) (void)onnx__model_proto__pack_to_buffer(&model, &self.buffer);
    if (self.status == GRAFT_OK)
        self.status = graft_file_writer_commit(&self.file);
    else
        graft_file_writer_abort(self.file);
    leave_rooms(&self);
    return self.status;
}
