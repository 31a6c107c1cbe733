/* Whole Keras 2 models in HDF5: the functional configuration, and the weights below model_weights as Keras lays them
 * out (keras/saving/hdf5_format.py of Keras 2). */
#include "export/export-common.h"
#include "export/keras-out.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"

#include <string.h>

#define KERAS_VERSION "2.8.0" /* the layers are those of this one */

/* ---- names ---- */

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* A name that TensorFlow takes for a scope and HDF5 for a group. */
static char *clean_name(const char *name) {
    char *clean = graft_text_format("%s%s", is_letter(name[0]) ? "" : "layer_", name);
    for (char *c = clean; c && *c; c++)
        if (!is_letter(*c) && *c != '_' && *c != '-' && *c != '.') *c = '_';
    return clean;
}

static graft_status reserve_name(graft_keras_out *out, int node) {
    const int named = out->fused[node] >= 0 ? out->fused[node] : node;
    if (out->done[node]) return GRAFT_OK;
    char *clean = clean_name(graft_graph_node(out->graph, named)->name);
    if (!clean) return graft_fail_memory("a layer's name");
    graft_status status = graft_export_unique(out->taken, clean, &out->output[node]);
    graft_release(clean);
    return status;
}

/* ---- activations inside of layers ---- */

static bool takes_activation(const graft_node *node) {
    return strcmp(node->op->name, "conv2d") == 0 || strcmp(node->op->name, "dense") == 0;
}

/* "conv/linear" followed by "conv" was one layer once, and becomes one again. */
static bool belongs_to(const graft_node *node, const graft_node *activation) {
    const size_t length = strlen(activation->name);
    return strncmp(node->name, activation->name, length) == 0 && strcmp(node->name + length, "/linear") == 0 &&
           graft_keras_out_function(activation) != NULL;
}

static void fuse(graft_keras_out *out, int *readers) {
    const int count = graft_graph_count(out->graph);
    readers[graft_graph_output(out->graph)]++;
    for (int i = 0; i < count; i++) {
        const graft_node *node = graft_graph_node(out->graph, i);
        for (int k = 0; k < node->input_count; k++)
            readers[node->inputs[k]]++;
        out->fused[i] = -1;
    }
    for (int i = 0; i < count; i++) {
        const graft_node *node = graft_graph_node(out->graph, i);
        if (node->input_count != 1 || readers[node->inputs[0]] != 1) continue;
        const graft_node *before = graft_graph_node(out->graph, node->inputs[0]);
        if (!takes_activation(before) || !belongs_to(before, node)) continue;
        out->fused[node->inputs[0]] = i;
        out->done[i] = true;
    }
}

/* ---- layers ---- */

static graft_status set_up(graft_keras_out *out) {
    const int count = graft_graph_count(out->graph);
    int most = 2;
    for (int i = 0; i < count; i++)
        if (graft_graph_node(out->graph, i)->input_count > most) most = graft_graph_node(out->graph, i)->input_count;
    out->output = graft_allocate_zero((size_t)count, sizeof(*out->output));
    out->fused = graft_allocate_zero((size_t)count, sizeof(*out->fused));
    out->done = graft_allocate_zero((size_t)count, sizeof(*out->done));
    out->input = graft_allocate_zero((size_t)most, sizeof(*out->input));
    out->layers = graft_json_new_array();
    int *readers = graft_allocate_zero((size_t)count, sizeof(*readers));
    graft_status status = out->output && out->fused && out->done && out->input && out->layers && readers
                              ? graft_strmap_new(&out->taken)
                              : graft_fail_memory("a Keras model");
    if (status == GRAFT_OK) fuse(out, readers);
    graft_release(readers);
    for (int i = 0; i < count && status == GRAFT_OK; i++)
        status = reserve_name(out, i);
    return status;
}

static const char *layer_of(const graft_keras_out *out, int node) {
    return out->output[out->done[node] ? graft_graph_node(out->graph, node)->inputs[0] : node];
}

static graft_status write_layers(graft_keras_out *out, graft_context *context) {
    for (int i = 0; i < graft_graph_count(out->graph); i++) {
        const graft_node *node = graft_graph_node(out->graph, i);
        if (out->done[i]) continue;
        GRAFT_TRY(graft_cancelled(context));
        out->node = i;
        out->input_count = node->input_count;
        for (int k = 0; k < node->input_count; k++)
            out->input[k] = layer_of(out, node->inputs[k]);
        GRAFT_TRY(graft_keras_out_op(out));
    }
    return GRAFT_OK;
}

/* ---- the model ---- */

static graft_json *one_tensor(const char *layer) {
    graft_json *list = graft_json_new_array(), *tensor = graft_json_new_array();
    graft_json_add(tensor, graft_json_new_text(layer));
    graft_json_add(tensor, graft_json_new_int(0));
    graft_json_add(tensor, graft_json_new_int(0));
    graft_json_add(list, tensor);
    return list;
}

static graft_status write_config(graft_keras_out *out, const char *name) {
    char *clean = clean_name(name), *text = NULL;
    graft_json *model = graft_json_new_object(), *config = graft_json_new_object();
    graft_json_set_text(config, "name", clean ? clean : "model");
    graft_json_set_bool(config, "trainable", true);
    graft_json_set(config, "layers", graft_json_keep(out->layers));
    graft_json_set(config, "input_layers", one_tensor(layer_of(out, graft_graph_input(out->graph))));
    graft_json_set(config, "output_layers", one_tensor(layer_of(out, graft_graph_output(out->graph))));
    graft_json_set_text(model, "class_name", "Functional");
    graft_json_set(model, "config", config);
    graft_status status = graft_json_dump(model, 0, &text, NULL);
    if (status == GRAFT_OK) status = graft_h5_write_text(out->file, "/", "model_config", text);
    graft_json_free(model);
    graft_release(text);
    graft_release(clean);
    return status;
}

static graft_status write_versions(graft_keras_out *out, const char *group) {
    GRAFT_TRY(graft_h5_write_text(out->file, group, "keras_version", KERAS_VERSION));
    return graft_h5_write_text(out->file, group, "backend", "tensorflow");
}

static graft_status write_own(graft_keras_out *out, const graft_export_source *source) {
    graft_json *metadata;
    GRAFT_TRY(graft_export_metadata(source, false, &metadata));
    graft_status status = GRAFT_OK;
    for (size_t i = 0; status == GRAFT_OK && i < graft_json_count(metadata); i++) {
        const graft_json *value;
        const char *key = graft_json_key(metadata, i, &value);
        status = graft_h5_write_text(out->file, "/", key, graft_json_text(value, ""));
    }
    graft_json_free(metadata);
    return status;
}

static graft_status write_model(graft_keras_out *out, graft_context *context, const graft_export_source *source) {
    GRAFT_TRY(graft_h5_write_group(out->file, "/model_weights"));
    GRAFT_TRY(set_up(out));
    GRAFT_TRY(write_layers(out, context));
    GRAFT_TRY(graft_h5_write_texts(out->file, "/model_weights", "layer_names", (const char *const *)out->layer,
                                   out->layer_count));
    GRAFT_TRY(write_versions(out, "/model_weights"));
    GRAFT_TRY(write_versions(out, "/"));
    GRAFT_TRY(write_config(out, source->name));
    return write_own(out, source);
}

static void clear(graft_keras_out *out) {
    for (int i = 0; out->output && i < graft_graph_count(out->graph); i++)
        graft_release(out->output[i]);
    for (size_t i = 0; i < out->layer_count; i++)
        graft_release(out->layer[i]);
    graft_release(out->output);
    graft_release(out->fused);
    graft_release(out->done);
    graft_release(out->layer);
    graft_release(out->input);
    graft_json_free(out->layers);
    graft_strmap_free(out->taken);
    graft_h5_writer_free(out->file);
}

static graft_status write_file(graft_context *context, const graft_export_source *source,
                               const graft_convert_options *options, const char *path, graft_convert_report *report) {
    graft_keras_out out = {.graph = source->graph};
    graft_graph_totals totals;
    (void)options;
    (void)report;
    graft_graph_totals_of(source->graph, &totals);
    graft_status status = graft_h5_writer_new((uint64_t)totals.parameters * sizeof(float), &out.file);
    if (status == GRAFT_OK) status = write_model(&out, context, source);
    if (status == GRAFT_OK) status = graft_h5_writer_commit(out.file, path);
    clear(&out);
    return status;
}

const graft_exporter graft_exporter_keras_h5 = {
    .name = "keras-h5",
    .help = "whole Keras 2 model, for Keras, TensorFlow and TensorFlow.js' converter",
    .extension = ".h5",
    .reads_back = true,
    .write = write_file,
};
