/* What an ONNX file that graft wrote says about itself: pictures go in as pixels 0..255, since scaling is a part of the
 * network; how they were resized, and the names of the classes, stand in the metadata. */
#include "transfer/model-internal.h"

#include "base/alloc.h"
#include "base/error.h"
#include "nn/op.h"
#include "zoo/recognise.h"

#include <math.h>
#include <string.h>

static const graft_option choices[] = {
    {.name = "fit", .type = GRAFT_OPTION_ENUM, .offset = offsetof(graft_preprocess, fit), .choices = GRAFT_FIT_CHOICES},
    {.name = "filter",
     .type = GRAFT_OPTION_ENUM,
     .offset = offsetof(graft_preprocess, filter),
     .choices = GRAFT_FILTER_CHOICES},
    GRAFT_OPTION_END};

/* The metadata's texts are JSON; NULL when there is no such text. */
static graft_status parse(const graft_container *file, const char *key, graft_json **out) {
    const char *text = graft_json_text(graft_json_get(graft_container_metadata(file), key), NULL);
    *out = NULL;
    if (!text || strcmp(graft_container_format(file), "onnx") != 0) return GRAFT_OK;
    return graft_json_parse(text, strlen(text), key, out);
}

/* Whether a network that begins with factors and offsets takes pixels as they are: 0..255 need a small factor or a
 * large offset. torchvision's InceptionV3 begins with factors too, for pictures that are already scaled. */
static bool is_raw(const graft_node *node) {
    const float *scale = graft_tensor_f32(graft_node_param(node, "scale")->value);
    const float *shift = graft_tensor_f32(graft_node_param(node, "shift")->value);
    return fabsf(scale[0]) < 0.1F || fabsf(shift[0]) >= 10;
}

static const graft_node *first_scaling(const graft_graph *graph) {
    int input = graft_graph_input(graph);
    for (int i = 0; i < graft_graph_count(graph); i++) {
        const graft_node *node = graft_graph_node(graph, i);
        if (node->input_count == 1 && node->inputs[0] == input)
            return strcmp(node->op->name, "scale_shift") == 0 ? node : NULL;
    }
    return NULL;
}

/* Names in ONNX files are the exporter's: torchvision's networks are known by their shapes. */
static graft_status recognise(const graft_container *file, const graft_graph *graph, graft_backbone_options *options) {
    const char *producer = graft_json_text(graft_json_get(graft_container_config(file), "producer"), "");
    const graft_node *scaling = first_scaling(graph);
    const graft_arch *arch = NULL;
    if (strcmp(graft_container_format(file), "onnx") != 0 || options->preprocess != GRAFT_SCALING_UNKNOWN)
        return GRAFT_OK;
    if (scaling && is_raw(scaling)) return GRAFT_OK;
    if (strncmp(producer, "pytorch", strlen("pytorch")) == 0) GRAFT_TRY(graft_arch_recognise(graph, "torch", &arch));
    if (arch) {
        /* All of torchvision's weights were trained on the same preparation; its InceptionV3 adapts it inside, and
         * without that takes what the table says. */
        options->preprocess = scaling ? GRAFT_SCALING_TORCH : (int)arch->scaling;
        if (options->filter == 0) options->filter = 1 + (int)arch->filter;
        return GRAFT_OK;
    }
    if (!scaling) return GRAFT_OK;
    return graft_fail(GRAFT_E_USAGE,
                      "%s: the network begins with factors for pictures that are already scaled: pass --preprocess "
                      "tf|caffe|torch|01|raw (what it was trained with)",
                      graft_container_path(file));
}

graft_status graft_stored_preprocess(const graft_container *file, const graft_graph *graph,
                                     graft_backbone_options *options) {
    graft_json *json = NULL;
    graft_preprocess spec = {.scaling = GRAFT_SCALING_RAW};
    graft_status status = parse(file, "graft.preprocess", &json);
    if (status == GRAFT_OK && json) {
        for (const graft_option *row = choices; row->name && status == GRAFT_OK; row++)
            status = graft_option_set(row, &spec, graft_json_text(graft_json_get(json, row->name), "absent"));
        if (options->preprocess == GRAFT_SCALING_UNKNOWN) options->preprocess = GRAFT_SCALING_RAW;
        if (options->fit == 0) options->fit = (int)spec.fit;
        if (options->filter == 0) options->filter = 1 + (int)spec.filter;
    }
    graft_json_free(json);
    if (status != GRAFT_OK) return graft_fail_in(GRAFT_E_DATA, "%s", graft_container_path(file));
    return recognise(file, graph, options);
}

graft_status graft_stored_classes(const graft_container *file, graft_model *model) {
    graft_json *json = NULL;
    graft_status status = parse(file, "graft.classes", &json);
    size_t count = graft_json_count(json);
    if (status != GRAFT_OK || !json) return status;
    const char **names = graft_allocate(count, sizeof *names);
    if (!names) status = graft_fail_memory("class names");
    for (size_t i = 0; i < count && names; i++)
        names[i] = graft_json_text(graft_json_at(json, i), "");
    if (names && count != model->class_count)
        status = graft_fail(GRAFT_E_DATA, "%s: %zu class names in its metadata, the network has %zu classes",
                            graft_container_path(file), count, model->class_count);
    if (status == GRAFT_OK) status = graft_model_set_classes(model, names, count);
    graft_release(names);
    graft_json_free(json);
    return status;
}
