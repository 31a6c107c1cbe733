#include "transfer/gradcam.h"

#include "base/alloc.h"
#include "base/error.h"
#include "nn/op.h"
#include "nn/plan.h"
#include "nn/train-plan.h"

#include <math.h>
#include <string.h>

/* Up to the layer by the plan for inference, which gives the output too; from there on by a training plan in which
 * nothing learns, for the gradient by its input. */
struct graft_gradcam {
    char *name;
    size_t channels, rows, columns, outputs;
    graft_plan *plan;
    graft_plan_state *state;
    graft_train_plan *tail;
};

static bool is_map(const graft_node *node) {
    return node->output.rank == 3 && node->output.dim[1] * node->output.dim[2] > 1;
}

graft_status graft_gradcam_layer(const graft_graph *graph, int *out) {
    const int output = graft_graph_output(graph);
    bool *marks = graft_allocate_zero((size_t)graft_graph_count(graph), sizeof(*marks));
    *out = -1;
    if (!marks) return graft_fail_memory("the layers' order");
    graft_status status = graft_graph_articulations(graph, marks);
    for (int i = output; status == GRAFT_OK && i >= 0 && *out < 0; i--) {
        const graft_node *node = graft_graph_node(graph, i);
        if (!marks[i] || !is_map(node) || strcmp(node->op->name, "input") == 0) continue;
        const int before = node->input_count == 1 ? node->inputs[0] : -1;
        const bool pool = strcmp(node->op->name, "maxpool2d") == 0 || strcmp(node->op->name, "avgpool2d") == 0;
        *out = pool && before >= 0 && marks[before] && is_map(graft_graph_node(graph, before)) &&
                       strcmp(graft_graph_node(graph, before)->op->name, "input") != 0
                   ? before
                   : i;
    }
    graft_release(marks);
    return status;
}

static graft_status check_layer(const graft_graph *graph, int layer) {
    const graft_node *node = graft_graph_node(graph, layer);
    bool *marks = graft_allocate_zero((size_t)graft_graph_count(graph), sizeof(*marks));
    if (!marks) return graft_fail_memory("the layers' order");
    graft_status status = graft_graph_articulations(graph, marks);
    if (status == GRAFT_OK && !is_map(node))
        status = graft_fail(GRAFT_E_USAGE,
                            "layer %s is no map of several cells: nothing says where (graft summary lists shapes)",
                            node->name);
    if (status == GRAFT_OK && !marks[layer])
        status = graft_fail(GRAFT_E_USAGE, "layer %s: other layers go around it; take one that all paths pass through",
                            node->name);
    graft_release(marks);
    return status;
}

static graft_status make_plan(graft_gradcam *self, graft_context *context, const graft_graph *graph, int layer) {
    const int wanted[] = {layer, graft_graph_output(graph)};
    int outputs[2];
    graft_graph *whole = NULL;
    graft_plan_options options = GRAFT_PLAN_OPTIONS_INIT;
    GRAFT_TRY(graft_graph_prefix(graph, wanted, 2, &whole, outputs));
    options.batch = 1;
    options.outputs = outputs;
    options.output_count = 2;
    graft_status status = graft_plan_new(context, whole, &options, &self->plan);
    graft_graph_free(whole);
    return status == GRAFT_OK ? graft_plan_state_new(self->plan, &self->state) : status;
}

static graft_status make_tail(graft_gradcam *self, graft_context *context, const graft_graph *graph, int layer) {
    graft_graph *tail = NULL;
    graft_train_plan_options options = GRAFT_TRAIN_PLAN_OPTIONS_INIT;
    GRAFT_TRY(graft_graph_suffix(graph, layer, graft_graph_output(graph), &tail, NULL));
    const int count = graft_graph_count(tail);
    for (int i = 0; i < count; i++) { /* what is explained is the network that predicts */
        graft_node *node = graft_graph_node(tail, i);
        if (strcmp(node->op->name, "dropout") == 0) ((graft_dropout_attributes *)node->attributes)->rate = 0;
    }
    bool *trainable = graft_allocate_zero((size_t)count, sizeof(*trainable));
    options.batch = 1;
    options.trainable = trainable;
    options.input_gradient = true;
    graft_status status =
        trainable ? graft_train_plan_new(context, tail, &options, &self->tail) : graft_fail_memory("the gradients");
    graft_release(trainable);
    graft_graph_free(tail);
    return status;
}

graft_status graft_gradcam_new(graft_context *context, const graft_graph *graph, int layer, graft_gradcam **out) {
    *out = NULL;
    if (layer < 0) GRAFT_TRY(graft_gradcam_layer(graph, &layer));
    if (layer < 0)
        return graft_fail(GRAFT_E_USAGE,
                          "%s: none of its layers is a map, so that Grad-CAM has nothing to show (--method occlusion "
                          "does without)",
                          graft_graph_name(graph));
    GRAFT_TRY(check_layer(graph, layer));
    graft_gradcam *self = graft_allocate_zero(1, sizeof(*self));
    if (!self) return graft_fail_memory("an explanation");
    const graft_node *node = graft_graph_node(graph, layer);
    self->name = graft_text_copy(node->name);
    self->channels = (size_t)node->output.dim[0];
    self->rows = (size_t)node->output.dim[1];
    self->columns = (size_t)node->output.dim[2];
    graft_status status = self->name ? make_plan(self, context, graph, layer) : graft_fail_memory("an explanation");
    if (status == GRAFT_OK) self->outputs = graft_plan_output_size(self->plan, 1);
    if (status == GRAFT_OK) status = make_tail(self, context, graph, layer);
    if (status != GRAFT_OK)
        graft_gradcam_free(self);
    else
        *out = self;
    return status;
}

void graft_gradcam_free(graft_gradcam *gradcam) {
    if (!gradcam) return;
    graft_train_plan_free(gradcam->tail);
    graft_plan_state_free(gradcam->state);
    graft_plan_free(gradcam->plan);
    graft_release(gradcam->name);
    graft_release(gradcam);
}

const char *graft_gradcam_layer_name(const graft_gradcam *gradcam) {
    return gradcam->name;
}

size_t graft_gradcam_rows(const graft_gradcam *gradcam) {
    return gradcam->rows;
}

size_t graft_gradcam_columns(const graft_gradcam *gradcam) {
    return gradcam->columns;
}

size_t graft_gradcam_classes(const graft_gradcam *gradcam) {
    return gradcam->outputs;
}

float *graft_gradcam_input(graft_gradcam *gradcam) {
    return graft_plan_state_input(gradcam->state, 0);
}

graft_status graft_gradcam_forward(graft_gradcam *gradcam, const float **output) {
    GRAFT_TRY(graft_plan_run(gradcam->state, 1));
    *output = graft_plan_state_output(gradcam->state, 1, 0);
    return GRAFT_OK;
}

graft_status graft_gradcam_map(graft_gradcam *gradcam, size_t output, float *map) {
    static const uint64_t sample = 0;
    const size_t cells = gradcam->rows * gradcam->columns, outputs = graft_train_plan_output_size(gradcam->tail);
    const float *maps = graft_plan_state_output(gradcam->state, 0, 0);
    if (output >= outputs) return graft_fail(GRAFT_E_USAGE, "output %zu of %zu", output, outputs);
    memcpy(graft_train_plan_input(gradcam->tail), maps, gradcam->channels * cells * sizeof(*maps));
    GRAFT_TRY(graft_train_plan_forward(gradcam->tail, 1, true, 0, &sample));
    float *by_output = graft_train_plan_output_gradient(gradcam->tail);
    memset(by_output, 0, outputs * sizeof(*by_output));
    by_output[output] = 1;
    GRAFT_TRY(graft_train_plan_backward(gradcam->tail, 1));
    const float *gradient = graft_train_plan_input_gradient(gradcam->tail);
    double *sum = graft_allocate_zero(cells, sizeof(*sum));
    if (!sum) return graft_fail_memory("an explanation");
    for (size_t c = 0; c < gradcam->channels; c++) {
        double weight = 0;
        for (size_t i = 0; i < cells; i++)
            weight += (double)gradient[c * cells + i];
        weight /= (double)cells;
        for (size_t i = 0; i < cells; i++)
            sum[i] += weight * (double)maps[c * cells + i];
    }
    for (size_t i = 0; i < cells; i++)
        map[i] = (float)fmax(sum[i], 0);
    graft_release(sum);
    return GRAFT_OK;
}
