/* Containers of named tensors: Keras .h5 and .keras, TF.js layers models, safetensors, PyTorch .pth, NumPy .npz.
 * A container knows names, types, bytes and attributes; what a network is, it does not know. Files are
 * hostile: every size is checked before it is multiplied, every count has a cap, nothing in a file is run.
 * One format is one file and one row in formats.def. */
#ifndef GRAFT_SRC_FORMATS_CONTAINER_H
#define GRAFT_SRC_FORMATS_CONTAINER_H

#include "tensor/tensor.h"
#include "json/json.h"

typedef struct graft_container graft_container;

/* One tensor as the file describes it. Texts are borrowed from the container. */
typedef struct graft_entry {
    const char *name;  /* unique in the file. Keras: the weight's own name with ":0" cut, "Conv1/kernel" */
    const char *group; /* Keras: the layer that owns it ("Conv1"); "" where the container has no groups */
    int index;         /* place among its group's tensors in the layer's own order, from 0 */
    graft_dtype dtype; /* as stored (quantised files: the type after dequantisation, F32) */
    graft_shape shape; /* in the file's own axis order */
} graft_entry;

/* How entries are named and grouped:
 *   Keras .h5    group: the layer's entry in layer_names; index: the place in its weight_names. A weight called
 *                GROUP/... keeps its name ("Conv1/kernel", "lstm/lstm_cell/kernel"). Others (renamed layers,
 *                nested models) become GROUP/LAST, "conv1_1/kernel" of group "conv1" thus "conv1/kernel"; where
 *                two of a group would then share a name, all such weights of the group become GROUP/WHOLE NAME.
 *   TF.js        the name as in the manifest; group: all but the last component; index: order in the manifest.
 *   Keras 3      (.keras, .weights.h5) "outer/layer/0", where outer is a model or layer that holds it; group: the
 * layer, by its own name where the file has it (else that of its place, "dense_1"); index: the place in the layer's own
 * order. Layers stand in the configuration's order. The optimiser is left out. safetensors  the name as in the header,
 * in the header's order; group "". npz          the member's name without ".npy", in the archive's order; group "".
 *   PyTorch      the key, "conv1.weight"; of dictionaries and lists in each other the keys joined by "/"; group "".
 *                A dictionary under "state_dict", "model_state_dict" or "model" is taken for the whole file, and
 *                "module.", when it begins all the names, is cut. What is no tensor is left out. A file that is one
 *                tensor calls it "tensor".
 *
 * Opens by magic bytes, not by name; a folder or a model.json opens as TF.js. Tensor data is not read yet. A
 * container is for one thread at a time; several may be open at once (HDF5, which is not safe for threads, is
 * entered by one thread of the process at a time, see base/library_lock.h). A file must not shrink while it is
 * open. Errors: GRAFT_E_DATA with file, place, what was found, what was expected. */
GRAFT_MUST_CHECK graft_status graft_container_open(graft_context *context, const char *path, graft_container **out);
void graft_container_free(graft_container *container);

const char *graft_container_path(const graft_container *container);   /* of a folder: its model.json */
const char *graft_container_format(const graft_container *container); /* row name: "keras-h5", "tfjs", ... */
size_t graft_container_count(const graft_container *container);
const graft_entry *graft_container_entry(const graft_container *container, size_t index);
/* The index of `name`, or -1. */
int64_t graft_container_find(const graft_container *container, const char *name);
/* Reads one tensor, converted to F32 (integers by value, quantised shards by scale and minimum). */
GRAFT_MUST_CHECK graft_status graft_container_read(graft_container *container, size_t index, graft_tensor **out);
/* Reads one tensor in its entry's dtype. */
GRAFT_MUST_CHECK graft_status graft_container_read_raw(graft_container *container, size_t index, graft_tensor **out);

/* The network's configuration (Keras: the object with "class_name" and "config"), or NULL: weights only. */
const graft_json *graft_container_config(const graft_container *container);
/* Everything else the file says: safetensors' __metadata__, {"keras_version":..,"backend":..}; never NULL. */
const graft_json *graft_container_metadata(const graft_container *container);

/* What graft itself says about a network in the metadata of other formats, as JSON texts: the structure (in containers
 * of tensors alone), how pictures are prepared, the names of the classes. */
#define GRAFT_STORED_GRAPH "graft_graph"
#define GRAFT_STORED_PREPROCESS "graft_preprocess"
#define GRAFT_STORED_CLASSES "graft_classes"

/* ---- for the files of this module: what a format provides, see container-internal.h ---- */
#define GRAFT_PROBE_BYTES 512
typedef struct graft_format {
    const char *name, *help;
    bool (*probe)(const unsigned char *head, size_t length); /* head: up to GRAFT_PROBE_BYTES first bytes */
    graft_status (*open)(graft_context *context, const char *path, graft_container *container);
    graft_status (*read)(graft_container *container, size_t index, graft_tensor **out);
    void (*close)(void *state);
} graft_format;
const graft_format *graft_format_at(size_t index); /* NULL past the end: the registry */

#endif
