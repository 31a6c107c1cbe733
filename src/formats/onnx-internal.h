/* What the files that read ONNX share. The messages of onnx.proto are generated when graft is built: headers name them
 * only. */
#ifndef GRAFT_SRC_FORMATS_ONNX_INTERNAL_H
#define GRAFT_SRC_FORMATS_ONNX_INTERNAL_H

#include "base/buffer.h"
#include "base/file.h"
#include "formats/container-internal.h"

#include <protobuf-c/protobuf-c.h>

struct Onnx__ModelProto;
struct Onnx__TensorProto;

#define GRAFT_ONNX_MIN_IR 3
#define GRAFT_ONNX_MAX_IR 13
#define GRAFT_ONNX_MAX_NODES 65536
#define GRAFT_ONNX_MAX_EXTERNALS 1024

/* ---- the file without its numbers ---- */

typedef enum graft_onnx_message {
    GRAFT_ONNX_MODEL,
    GRAFT_ONNX_GRAPH,
    GRAFT_ONNX_NODE,
    GRAFT_ONNX_ATTRIBUTE,
    GRAFT_ONNX_TENSOR,
} graft_onnx_message;

/* What stands in raw_data after graft_onnx_shorten: where the tensor's bytes lie in the file. */
typedef struct graft_onnx_span {
    uint64_t offset, length;
    uint64_t field; /* of TensorProto that held them: raw_data, or float_data or double_data, whose bytes are alike */
} graft_onnx_span;
enum { GRAFT_ONNX_FLOAT_DATA = 4, GRAFT_ONNX_RAW_DATA = 9, GRAFT_ONNX_DOUBLE_DATA = 10 };

/* Copies a message without the bytes of its tensors, so that unpacking takes memory for names and numbers of
 * attributes alone; what is not read is left out. Errors: GRAFT_E_DATA (no protobuf, or one too large). */
GRAFT_MUST_CHECK graft_status graft_onnx_shorten(const unsigned char *data, size_t length, graft_onnx_message kind,
                                                 graft_buffer *out);

/* ---- an open file ---- */

typedef struct graft_onnx_external {
    char *location;
    graft_mapping mapping;
} graft_onnx_external;

typedef struct graft_onnx_bytes {
    const struct Onnx__TensorProto *tensor;
    const unsigned char *data; /* in a mapping; NULL: in the message's typed fields */
} graft_onnx_bytes;

typedef struct graft_onnx_file {
    const char *path; /* borrowed */
    graft_mapping mapping;
    ProtobufCAllocator allocator; /* counts against budget */
    size_t budget;                /* bytes that unpacking may still take */
    bool exhausted;
    ProtobufCMessage *message; /* Onnx__ModelProto or Onnx__TensorProto */
    graft_onnx_external *externals;
    size_t external_count, external_capacity;
    graft_onnx_bytes *tensors; /* one an entry */
    size_t tensor_count, tensor_capacity;
} graft_onnx_file;

/* Maps and unpacks. `file` is zeroed; to be cleared also after a failure. */
GRAFT_MUST_CHECK graft_status graft_onnx_file_open(graft_onnx_file *file, const char *path, graft_onnx_message kind,
                                                   const ProtobufCMessageDescriptor *descriptor);
void graft_onnx_file_clear(graft_onnx_file *file);

/* Finds out type, shape and place of a tensor's numbers and checks that they fit each other. `name` is for errors. */
GRAFT_MUST_CHECK graft_status graft_onnx_tensor_check(graft_onnx_file *file, const struct Onnx__TensorProto *tensor,
                                                      const char *name, graft_entry *entry, graft_onnx_bytes *bytes);
GRAFT_MUST_CHECK graft_status graft_onnx_tensor_take(const graft_onnx_bytes *bytes, const graft_entry *entry,
                                                     graft_tensor **out);
/* Checks a tensor and adds it to the container under `name`. */
GRAFT_MUST_CHECK graft_status graft_onnx_tensor_add(graft_container *container, const struct Onnx__TensorProto *tensor,
                                                    const char *name);

/* A file that is one TensorProto, as the ONNX project's own tests have them. */
GRAFT_MUST_CHECK graft_status graft_onnx_tensor_read(const char *path, graft_tensor **out);

/* Makes the container's configuration of the model, adding the tensors of attributes. */
GRAFT_MUST_CHECK graft_status graft_onnx_config(graft_container *container, const struct Onnx__ModelProto *model);
/* One node as JSON. */
struct Onnx__NodeProto;
GRAFT_MUST_CHECK graft_status graft_onnx_node_config(graft_container *container, const struct Onnx__NodeProto *node,
                                                     graft_json **out);
/* A text of the file as JSON; texts that are not UTF-8 would change on the way. Errors: GRAFT_E_DATA. */
GRAFT_MUST_CHECK graft_status graft_onnx_text(const char *text, const char *what, graft_json **out);
/* "f32" */
const char *graft_onnx_dtype_text(int type);

#endif
