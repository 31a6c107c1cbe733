/* The target "onnx": a network, with its preprocessing, as an ONNX file that any runtime takes pictures with. */
#include "export/onnx-builder.h"

#include "base/alloc.h"
#include "base/error.h"
#include "formats/onnx.h"
#include "transfer/model-internal.h"

#include <string.h>

static const struct {
    const char *op;
    graft_to_onnx_layer emit;
} layers[] = {
#define GRAFT_TO_ONNX(op, function) {#op, function},
#include "export/onnx-layers.def"
#undef GRAFT_TO_ONNX
};

static graft_status emit_layer(graft_to_onnx_builder *builder) {
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++)
        if (strcmp(layers[i].op, builder->node->op->name) == 0) return layers[i].emit(builder);
    return graft_fail(GRAFT_E_USAGE, "ONNX: layer %.200s: operation %s, which graft does not write to ONNX files",
                      builder->node->name, builder->node->op->name);
}

/* What the output is computed from. */
static void mark_needed(const graft_graph *graph, bool *needed) {
    needed[graft_graph_output(graph)] = needed[graft_graph_input(graph)] = true;
    for (int i = graft_graph_count(graph) - 1; i >= 0; i--) {
        const graft_node *node = graft_graph_node(graph, i);
        for (int k = 0; needed[i] && k < node->input_count; k++)
            needed[node->inputs[k]] = true;
    }
}

static graft_status emit_layers(graft_to_onnx_builder *builder, const bool *needed) {
    for (int i = 0; i < graft_graph_count(builder->graph); i++) {
        if (!needed[i] || i == graft_graph_input(builder->graph)) continue;
        builder->node = graft_graph_node(builder->graph, i);
        builder->index = i;
        GRAFT_TRY(emit_layer(builder));
    }
    return GRAFT_OK;
}

/* The file's output is called like the layer, whatever computes it last. */
static void name_output(graft_to_onnx_builder *builder) {
    const int output = graft_graph_output(builder->graph);
    const char *name = graft_graph_node(builder->graph, output)->name;
    graft_json *node = graft_json_new_object(), *from = graft_json_new_array(), *to = graft_json_new_array();
    graft_json_add(from, graft_json_new_text(builder->values[output]));
    graft_json_add(to, graft_json_new_text(name));
    graft_json_set_text(node, "op", "Identity");
    graft_json_set_text(node, "name", name);
    graft_json_set(node, "inputs", from);
    graft_json_set(node, "outputs", to);
    graft_json_add(builder->nodes, node);
}

/* ---- what the file says about itself ---- */

static graft_json *value_info(const graft_node *node) {
    graft_json *list = graft_json_new_array(), *value = graft_json_new_object(), *shape = graft_json_new_array();
    graft_json_add(shape, graft_json_new_int(-1));
    for (int i = 0; i < node->output.rank; i++)
        graft_json_add(shape, graft_json_new_int(node->output.dim[i]));
    graft_json_set_text(value, "name", node->name);
    graft_json_set(value, "shape", shape);
    graft_json_set_text(value, "dtype", "f32");
    graft_json_add(list, value);
    return list;
}

static graft_status set_dump(graft_json *object, const char *key, const graft_json *value) {
    char *text;
    GRAFT_TRY(graft_json_dump(value, 0, &text, NULL));
    graft_json_set_text(object, key, text);
    graft_release(text);
    return GRAFT_OK;
}

/* What is left to do with a picture outside of the file, laid out as in graft's own models. */
static graft_status add_preprocess(graft_json *metadata, const graft_preprocess *spec) {
    char inside[GRAFT_SCALING_TEXT];
    graft_preprocess left;
    graft_json *json;
    graft_preprocess_init(&left, GRAFT_SCALING_RAW);
    left.width = spec->width;
    left.height = spec->height;
    left.channels = spec->channels;
    left.fit = spec->fit;
    left.filter = spec->filter;
    GRAFT_TRY(graft_preprocess_to_json(&left, &json));
    graft_json_set_text(json, "input", spec->channels == 1 ? "grey 0..255" : "RGB 0..255");
    graft_json_set_text(json, "inside", graft_scaling_text(spec->scaling, inside));
    graft_status status = set_dump(metadata, GRAFT_STORED_PREPROCESS, json);
    graft_json_free(json);
    return status;
}

static graft_status add_classes(graft_json *metadata, const graft_export_source *source) {
    graft_json *list = graft_json_new_array();
    for (size_t i = 0; i < source->class_count; i++)
        graft_json_add(list, graft_json_new_text(source->classes[i]));
    graft_status status = set_dump(metadata, GRAFT_STORED_CLASSES, list);
    graft_json_free(list);
    return status;
}

static const char with_preprocessing[] =
    "Input: float32 N,C,H,W, pixels 0..255, RGB (or grey), resized as metadata " GRAFT_STORED_PREPROCESS
    " says; scaling and "
    "channel order are part of the network. Output: one row a picture; " GRAFT_STORED_CLASSES " names its columns.";
static const char without_preprocessing[] =
    "Input: float32 N,C,H,W, already scaled as the network was trained; the scaling is not known to this file.";

static graft_status describe(const graft_export_source *source, graft_to_onnx_builder *builder, graft_json **out) {
    graft_json *graph = graft_json_new_object(), *metadata = graft_json_new_object();
    char *producer = graft_text_format("graft %s", graft_version());
    graft_status status = producer && graph && metadata ? GRAFT_OK : graft_fail_memory("an ONNX file");
    if (status == GRAFT_OK && source->preprocess) status = add_preprocess(metadata, source->preprocess);
    if (status == GRAFT_OK && source->classes) status = add_classes(metadata, source);
    graft_json_set_text(metadata, "graft_version", graft_version());
    graft_json_set_text(graph, "format", "onnx");
    graft_json_set_int(graph, "ir_version", GRAFT_ONNX_IR);
    graft_json_set_int(graph, "opset", GRAFT_ONNX_OPSET);
    if (producer) graft_json_set_text(graph, "producer", producer);
    graft_json_set_text(graph, "name", source->name);
    graft_json_set_text(graph, "doc", source->preprocess ? with_preprocessing : without_preprocessing);
    graft_json_set(graph, "inputs", value_info(graft_graph_node(builder->graph, graft_graph_input(builder->graph))));
    graft_json_set(graph, "outputs", value_info(graft_graph_node(builder->graph, graft_graph_output(builder->graph))));
    graft_json_set(graph, "nodes", graft_json_keep(builder->nodes));
    graft_json_set(graph, "metadata", metadata);
    graft_release(producer);
    if (status == GRAFT_OK)
        *out = graph;
    else
        graft_json_free(graph);
    return status;
}

/* A failed addition sticks to the JSON and is told when it is dumped. */
static graft_status check_memory(const graft_json *json) {
    char *text = NULL;
    graft_status status = graft_json_dump(json, 0, &text, NULL);
    graft_release(text);
    return status;
}

static graft_status build(graft_to_onnx_builder *builder, const graft_export_source *source) {
    const graft_graph *graph = source->graph;
    bool *needed = graft_allocate_zero((size_t)graft_graph_count(graph), sizeof *needed);
    if (!needed) return graft_fail_memory("an ONNX graph");
    if (graft_graph_output(graph) == graft_graph_input(graph)) {
        graft_release(needed);
        return graft_fail(GRAFT_E_USAGE, "ONNX: the network has no layer but its input");
    }
    mark_needed(graph, needed);
    builder->values[graft_graph_input(graph)] = graft_graph_node(graph, graft_graph_input(graph))->name;
    graft_status status = graft_to_onnx_preprocess(builder, source->preprocess, needed);
    if (status == GRAFT_OK) status = emit_layers(builder, needed);
    if (status == GRAFT_OK) name_output(builder);
    graft_release(needed);
    return status;
}

static graft_status write(graft_context *context, const graft_export_source *source,
                          const graft_convert_options *options, const char *path, graft_convert_report *report) {
    graft_to_onnx_builder builder;
    graft_json *json = NULL;
    (void)options;
    (void)report;
    graft_status status = graft_graph_complete(source->graph);
    if (status != GRAFT_OK) return status;
    GRAFT_TRY_TO(done, status, graft_to_onnx_begin(&builder, source->graph));
    GRAFT_TRY_TO(done, status, build(&builder, source));
    GRAFT_TRY_TO(done, status, describe(source, &builder, &json));
    GRAFT_TRY_TO(done, status, check_memory(json));
    status = graft_onnx_write(context, path, json, builder.tensor_names, builder.tensors, builder.tensor_count);
done:
    graft_json_free(json);
    graft_to_onnx_clear(&builder);
    return status;
}

const graft_exporter graft_exporter_onnx = {
    .name = "onnx",
    .help = "ONNX, operator set 13, with the preprocessing inside",
    .extension = ".onnx",
    .reads_back = true,
    .prepares = true,
    .write = write,
};
