/* Protocol buffers on the wire (protobuf.dev/programming-guides/encoding): a message is copied field by field without
 * the bytes of its tensors. Messages nest as deep as ONNX's do, never deeper. */
#include "base/error.h"
#include "formats/onnx-internal.h"

#include <string.h>

/* Names and attributes of the largest networks take a few MiB. */
#define SHORTENED_LIMIT ((size_t)256 << 20)
enum { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5, LENGTH_BYTES = 5 };

typedef struct reader {
    const unsigned char *start, *at, *end;
    graft_buffer *out;
} reader;

typedef struct field {
    uint32_t number;
    int wire;
    const unsigned char *start; /* of its tag */
    const unsigned char *data;  /* of its value */
    size_t length;              /* of its value */
} field;

static bool take_varint(reader *in, uint64_t *out) {
    *out = 0;
    for (int shift = 0; shift < 64 && in->at < in->end; shift += 7) {
        unsigned char byte = *in->at++;
        *out |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) return true;
    }
    return false;
}

static bool take_field(reader *in, field *out) {
    uint64_t tag = 0, length = 0;
    out->start = in->at;
    if (!take_varint(in, &tag) || tag >> 3 == 0 || tag >> 32 != 0) return false;
    out->number = (uint32_t)(tag >> 3);
    out->wire = (int)(tag & 7);
    out->data = in->at;
    switch (out->wire) {
    case WIRE_VARINT:
        if (!take_varint(in, &length)) return false;
        out->length = (size_t)(in->at - out->data);
        return true;
    case WIRE_BYTES:
        if (!take_varint(in, &length)) return false;
        out->data = in->at;
        break;
    case WIRE_64:
        length = 8;
        break;
    case WIRE_32:
        length = 4;
        break;
    default:
        return false; /* groups: in no message of ONNX */
    }
    if (length > (uint64_t)(in->end - in->at)) return false;
    out->length = (size_t)length;
    in->at += length;
    return true;
}

typedef enum treatment { COPY, LEAVE_OUT, EMPTY, DESCEND, REFER } treatment;

/* Fields that are not copied as they are. EMPTY ones are refused later; it counts that they are there. */
static const struct {
    graft_onnx_message message;
    uint32_t number;
    treatment treatment;
    graft_onnx_message child;
} rules[] = {
    {GRAFT_ONNX_MODEL, 6, LEAVE_OUT, 0}, /* doc_string */
    {GRAFT_ONNX_MODEL, 7, DESCEND, GRAFT_ONNX_GRAPH},
    {GRAFT_ONNX_MODEL, 20, LEAVE_OUT, 0}, /* training_info */
    {GRAFT_ONNX_MODEL, 25, EMPTY, 0},     /* functions */
    {GRAFT_ONNX_GRAPH, 1, DESCEND, GRAFT_ONNX_NODE},
    {GRAFT_ONNX_GRAPH, 5, DESCEND, GRAFT_ONNX_TENSOR},
    {GRAFT_ONNX_GRAPH, 10, LEAVE_OUT, 0}, /* doc_string */
    {GRAFT_ONNX_GRAPH, 13, LEAVE_OUT, 0}, /* value_info: shapes in between, inferred anew */
    {GRAFT_ONNX_GRAPH, 14, LEAVE_OUT, 0}, /* quantization_annotation */
    {GRAFT_ONNX_GRAPH, 15, EMPTY, 0},     /* sparse_initializer */
    {GRAFT_ONNX_NODE, 5, DESCEND, GRAFT_ONNX_ATTRIBUTE},
    {GRAFT_ONNX_NODE, 6, LEAVE_OUT, 0}, /* doc_string */
    {GRAFT_ONNX_ATTRIBUTE, 5, DESCEND, GRAFT_ONNX_TENSOR},
    {GRAFT_ONNX_ATTRIBUTE, 6, EMPTY, 0},      /* g */
    {GRAFT_ONNX_ATTRIBUTE, 10, EMPTY, 0},     /* tensors */
    {GRAFT_ONNX_ATTRIBUTE, 11, EMPTY, 0},     /* graphs */
    {GRAFT_ONNX_ATTRIBUTE, 13, LEAVE_OUT, 0}, /* doc_string */
    {GRAFT_ONNX_ATTRIBUTE, 22, EMPTY, 0},     /* sparse_tensor */
    {GRAFT_ONNX_ATTRIBUTE, 23, EMPTY, 0},     /* sparse_tensors */
    {GRAFT_ONNX_TENSOR, GRAFT_ONNX_FLOAT_DATA, REFER, 0},
    {GRAFT_ONNX_TENSOR, GRAFT_ONNX_RAW_DATA, REFER, 0},
    {GRAFT_ONNX_TENSOR, GRAFT_ONNX_DOUBLE_DATA, REFER, 0},
    {GRAFT_ONNX_TENSOR, 12, LEAVE_OUT, 0}, /* doc_string */
};

static treatment treatment_of(graft_onnx_message kind, const field *f, graft_onnx_message *child) {
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (rules[i].message != kind || rules[i].number != f->number || f->wire != WIRE_BYTES) continue;
        *child = rules[i].child;
        return rules[i].treatment;
    }
    return COPY;
}

static void put_varint(graft_buffer *out, uint64_t value) {
    unsigned char bytes[10];
    size_t count = 0;
    for (; value >= 0x80; value >>= 7)
        bytes[count++] = (unsigned char)(value | 0x80);
    bytes[count++] = (unsigned char)value;
    graft_buffer_add(out, bytes, count);
}

static void put_tag(graft_buffer *out, uint32_t number) {
    put_varint(out, (uint64_t)number << 3 | WIRE_BYTES);
}

static graft_status shorten(reader *in, graft_onnx_message kind);

/* A message inside: its length, known only afterwards, takes five bytes, the first four marked "more follow". */
static graft_status descend(reader *in, const field *f, graft_onnx_message child) {
    static const unsigned char room[LENGTH_BYTES] = {0};
    reader inside = {in->start, f->data, f->data + f->length, in->out};
    put_tag(in->out, f->number);
    graft_buffer_add(in->out, room, sizeof room);
    GRAFT_TRY(graft_buffer_status(in->out));
    size_t begin = in->out->length;
    GRAFT_TRY(shorten(&inside, child));
    GRAFT_TRY(graft_buffer_status(in->out));
    size_t length = in->out->length - begin;
    for (int i = 0; i < LENGTH_BYTES; i++, length >>= 7)
        in->out->data[begin - LENGTH_BYTES + (size_t)i] = (char)((length & 0x7f) | (i < LENGTH_BYTES - 1 ? 0x80 : 0));
    return GRAFT_OK;
}

static void refer(reader *in, const field *f) {
    graft_onnx_span span = {(uint64_t)(f->data - in->start), f->length, f->number};
    put_tag(in->out, GRAFT_ONNX_RAW_DATA);
    put_varint(in->out, sizeof span);
    graft_buffer_add(in->out, &span, sizeof span);
}

static graft_status shorten(reader *in, graft_onnx_message kind) {
    int references = 0;
    while (in->at < in->end) {
        field f;
        graft_onnx_message child = kind;
        if (!take_field(in, &f))
            return graft_fail(GRAFT_E_DATA, "no protocol buffer at byte %zu: damaged or truncated",
                              (size_t)(f.start - in->start));
        switch (treatment_of(kind, &f, &child)) {
        case COPY:
            graft_buffer_add(in->out, f.start, (size_t)(in->at - f.start));
            break;
        case EMPTY:
            put_tag(in->out, f.number);
            put_varint(in->out, 0);
            break;
        case DESCEND:
            GRAFT_TRY(descend(in, &f, child));
            break;
        case REFER:
            if (references++ > 0)
                return graft_fail(GRAFT_E_DATA, "a tensor's numbers in several pieces at byte %zu, expected one",
                                  (size_t)(f.start - in->start));
            refer(in, &f);
            break;
        case LEAVE_OUT:
            break;
        }
    }
    return GRAFT_OK;
}

graft_status graft_onnx_shorten(const unsigned char *data, size_t length, graft_onnx_message kind, graft_buffer *out) {
    reader in = {data, data, data + length, out};
    graft_buffer_init(out, SHORTENED_LIMIT);
    if (length == 0) return graft_fail(GRAFT_E_DATA, "empty, expected a protocol buffer");
    GRAFT_TRY(shorten(&in, kind));
    return graft_buffer_status(out);
}
