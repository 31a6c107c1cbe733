/* How the pictures of an ONNX file that graft did not write were prepared. */
#include "transfer/model-internal.h"

#include "base/alloc.h"
#include "base/error.h"
#include "nn/op.h"
#include "zoo/recognise.h"

#include <math.h>
#include <string.h>

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
graft_status graft_onnx_recognise(const graft_container *file, const graft_graph *graph,
                                  graft_backbone_options *options) {
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
