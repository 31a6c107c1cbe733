/* Preprocessing as part of the network: its input is then pixels 0..255, RGB. Where the first layer is a convolution,
 * order and scale of the channels go into its kernel. The mean goes into its bias, unless the convolution pads: its
 * zeros stand for the mean, and the mean is subtracted before it. */
#include "export/onnx-builder.h"

#include "base/error.h"

#include <string.h>

/* The one needed reader of a node's value, or -1. */
static int only_reader(const graft_graph *graph, int node, const bool *needed) {
    int found = -1;
    for (int i = node + 1; i < graft_graph_count(graph); i++) {
        const graft_node *reader = graft_graph_node(graph, i);
        for (int k = 0; needed[i] && k < reader->input_count; k++) {
            if (reader->inputs[k] != node) continue;
            if (found >= 0) return -1;
            found = i;
        }
    }
    return found;
}

static bool any(const int64_t padding[4]) {
    return padding[0] != 0 || padding[1] != 0 || padding[2] != 0 || padding[3] != 0;
}

/* The convolution that reads the input, by itself or behind padding; NULL when something else does. */
static const graft_node *first_convolution(const graft_graph *graph, const bool *needed, bool *padded) {
    int at = graft_graph_input(graph), next;
    *padded = false;
    while ((next = only_reader(graph, at, needed)) >= 0) {
        const graft_node *node = graft_graph_node(graph, next);
        int64_t padding[4];
        if (strcmp(node->op->name, "conv2d") == 0) {
            graft_conv2d_padding(node, &graft_graph_node(graph, at)->output, padding);
            *padded |= any(padding);
            return ((const graft_conv2d_attributes *)node->attributes)->groups == 1 ? node : NULL;
        }
        if (strcmp(node->op->name, "zeropad2d") != 0) return NULL;
        *padded |= any(((const graft_pad_attributes *)node->attributes)->padding);
        at = next;
    }
    return NULL;
}

/* Which of the network's channels the picture's channel c is. */
static int channel(const graft_preprocess *spec, int c) {
    return spec->bgr && spec->channels == 3 ? 2 - c : c;
}

static bool has_mean(const graft_preprocess *spec) {
    bool found = false;
    for (int c = 0; c < spec->channels; c++)
        found |= spec->mean[c] != 0;
    return found;
}

static bool has_scale(const graft_preprocess *spec) {
    bool found = false;
    for (int c = 0; c < spec->channels; c++)
        found |= spec->scale[c] != 1;
    return found;
}

/* kernel: the picture's channels, scaled; bias: less what the mean would have added, where `with_mean`. */
static graft_status fold(graft_to_onnx_builder *self, const graft_preprocess *spec, bool with_mean) {
    const graft_tensor *kernel = graft_node_param(self->first, "kernel")->value;
    const graft_param *bias = graft_node_param(self->first, "bias");
    const int64_t filters = kernel->shape.dim[0], cells = kernel->shape.dim[2] * kernel->shape.dim[3];
    const graft_shape vector = GRAFT_SHAPE(filters);
    GRAFT_TRY(graft_tensor_new(GRAFT_F32, &kernel->shape, &self->first_kernel));
    if (with_mean || bias) GRAFT_TRY(graft_tensor_new(GRAFT_F32, &vector, &self->first_bias));
    for (int64_t o = 0; o < filters; o++) {
        double shift = bias ? graft_tensor_f32(bias->value)[o] : 0;
        for (int c = 0; c < spec->channels; c++) {
            const int from = channel(spec, c);
            const float *source = graft_tensor_f32(kernel) + (o * spec->channels + from) * cells;
            float *target = graft_tensor_f32(self->first_kernel) + (o * spec->channels + c) * cells;
            for (int64_t i = 0; i < cells; i++) {
                const double scaled = (double)source[i] * spec->scale[from];
                target[i] = (float)scaled;
                if (with_mean) shift -= scaled * spec->mean[from];
            }
        }
        if (self->first_bias) graft_tensor_f32(self->first_bias)[o] = (float)shift;
    }
    return GRAFT_OK;
}

graft_status graft_to_onnx_first(graft_to_onnx_builder *self, const char **kernel, const char **bias) {
    graft_tensor *tensor = self->first_kernel;
    self->first_kernel = NULL;
    *bias = NULL;
    GRAFT_TRY(graft_to_onnx_own(self, "kernel", tensor, kernel));
    tensor = self->first_bias;
    self->first_bias = NULL;
    return tensor ? graft_to_onnx_own(self, "bias", tensor, bias) : GRAFT_OK;
}

/* A number for each channel, `numbers` being in the network's order, in the picture's or in the network's own. */
static graft_status spread(graft_to_onnx_builder *self, const graft_preprocess *spec, const char *what,
                           const float numbers[3], bool of_picture, const char **value) {
    const graft_shape shape = GRAFT_SHAPE(spec->channels, 1, 1);
    float ordered[3] = {0};
    for (int c = 0; c < spec->channels; c++)
        ordered[c] = numbers[of_picture ? channel(spec, c) : c];
    return graft_to_onnx_floats(self, what, ordered, &shape, value);
}

static graft_status subtract_mean(graft_to_onnx_builder *self, const graft_preprocess *spec, bool of_picture,
                                  const char **value) {
    const char *mean;
    if (!has_mean(spec)) return GRAFT_OK;
    GRAFT_TRY(spread(self, spec, "mean", spec->mean, of_picture, &mean));
    return graft_to_onnx_with(self, "Sub", mean, value);
}

static graft_status as_nodes(graft_to_onnx_builder *self, const graft_preprocess *spec, const char **value) {
    static const int64_t reversed[3] = {2, 1, 0};
    const char *order, *scale;
    if (spec->bgr && spec->channels == 3) {
        GRAFT_TRY(graft_to_onnx_ints(self, "order", reversed, 3, &order));
        GRAFT_TRY(graft_to_onnx_emit(self, "Gather", (const char *const[]){*value, order, NULL},
                                     graft_to_onnx_int("axis", 1), value));
    }
    GRAFT_TRY(subtract_mean(self, spec, false, value));
    if (!has_scale(spec)) return GRAFT_OK;
    GRAFT_TRY(spread(self, spec, "scale", spec->scale, false, &scale));
    return graft_to_onnx_with(self, "Mul", scale, value);
}

graft_status graft_to_onnx_preprocess(graft_to_onnx_builder *self, const graft_preprocess *spec, const bool *needed) {
    const int input = graft_graph_input(self->graph);
    const graft_shape *shape = &graft_graph_node(self->graph, input)->output;
    const char *value = self->values[input];
    bool padded;
    if (!spec || (!has_mean(spec) && !has_scale(spec) && !spec->bgr)) return GRAFT_OK;
    if (shape->rank != 3 || shape->dim[0] != spec->channels || (spec->channels != 1 && spec->channels != 3)) {
        char text[GRAFT_SHAPE_TEXT];
        return graft_fail(GRAFT_E_USAGE, "ONNX: the network takes %s, its preprocessing makes pictures of %d channels",
                          graft_shape_text(shape, text), spec->channels);
    }
    self->first = first_convolution(self->graph, needed, &padded);
    if (self->first) GRAFT_TRY(fold(self, spec, !padded));
    GRAFT_TRY(self->first ? (padded ? subtract_mean(self, spec, true, &value) : GRAFT_OK)
                          : as_nodes(self, spec, &value));
    self->values[input] = value;
    return GRAFT_OK;
}
