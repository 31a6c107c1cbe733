/* Nodes that move elements about, or do nothing at all once the network is trained. */
#include "export/c-lower.h"
#include <string.h>

graft_status graft_c_lower_input(graft_c_lowering *lowering, int index) {
    const graft_node *node = graft_graph_node(lowering->graph, index);
    GRAFT_TRY(graft_c_add_value(lowering->program, GRAFT_C_FLOAT, graft_shape_count(&node->output),
                                &lowering->program->input));
    lowering->value[index] = lowering->program->input;
    lowering->program->values[lowering->program->input].readers = lowering->readers[index];
    return GRAFT_OK;
}

graft_status graft_c_lower_dropout(graft_c_lowering *lowering, int index) {
    graft_c_same(lowering, index);
    return GRAFT_OK;
}

/* The node's value becomes its transpose of rows x columns; nothing to do when that moves no element. */
static graft_status transposed(graft_c_lowering *lowering, int index, int64_t rows, int64_t columns) {
    const table p = {(int)rows, (int)columns};
    const int from = lowering->value[index];
    graft_c_step *step;
    if (rows == 1 || columns == 1) return GRAFT_OK;
    GRAFT_TRY(graft_c_node_step(lowering, index, GRAFT_C_transpose_f32, "table", &p, sizeof p, 0, &step));
    step->inputs[0] = from;
    step->input_count = 1;
    return GRAFT_OK;
}

graft_status graft_c_lower_flatten(graft_c_lowering *lowering, int index) {
    const graft_flatten_attributes *a = graft_graph_node(lowering->graph, index)->attributes;
    const graft_shape *in = &graft_c_input(lowering, index, 0)->output;
    graft_c_same(lowering, index);
    return a->order == 1 ? GRAFT_OK : transposed(lowering, index, graft_c_area(in), in->dim[0]);
}

graft_status graft_c_lower_reshape(graft_c_lowering *lowering, int index) {
    const graft_node *node = graft_graph_node(lowering->graph, index);
    const graft_reshape_attributes *a = node->attributes;
    const graft_shape *in = &graft_c_input(lowering, index, 0)->output, *out = &node->output;
    graft_c_same(lowering, index);
    if (a->order == 1) return GRAFT_OK;
    GRAFT_TRY(transposed(lowering, index, graft_c_area(in), in->dim[0]));
    return transposed(lowering, index, out->dim[0], graft_c_area(out));
}

/* Elements that follow each other without a break when all of an axis are taken. */
static int64_t run_length(const graft_shape *shape, int64_t axis) {
    if (axis == 0) return shape->dim[0];
    return shape->dim[0] * shape->dim[2] * (axis == 1 ? shape->dim[1] : 1);
}

graft_status graft_c_lower_concat(graft_c_lowering *lowering, int index) {
    const graft_node *node = graft_graph_node(lowering->graph, index);
    const graft_concat_attributes *a = node->attributes;
    graft_c_program *program = lowering->program;
    const int64_t stride = run_length(&node->output, a->axis), count = graft_shape_count(&node->output);
    int64_t offset = 0;
    int value;
    GRAFT_TRY(graft_c_add_value(program, GRAFT_C_FLOAT, count, &value));
    program->values[value].readers = lowering->readers[index];
    lowering->value[index] = value;
    for (int k = 0; k < node->input_count; k++) {
        const int64_t length = run_length(&graft_c_input(lowering, index, k)->output, a->axis);
        const piece p = {(int)(count / stride), (int)length, (int)stride, (int)offset};
        graft_c_step *step;
        GRAFT_TRY(graft_c_add_step(program, GRAFT_C_copy_f32, node->name, "piece", &p, sizeof p, &step));
        step->inputs[0] = graft_c_input_value(lowering, index, k);
        step->input_count = 1;
        step->output = value;
        offset += length;
    }
    return GRAFT_OK;
}

graft_status graft_c_lower_zeropad2d(graft_c_lowering *lowering, int index) {
    const graft_pad_attributes *a = graft_graph_node(lowering->graph, index)->attributes;
    const graft_shape *in = &graft_c_input(lowering, index, 0)->output;
    const margins p = {(int)in->dim[1],    (int)in->dim[2],    (int)in->dim[0],   (int)a->padding[0],
                       (int)a->padding[1], (int)a->padding[2], (int)a->padding[3]};
    const float zero = 0;
    graft_c_step *step;
    GRAFT_TRY(graft_c_node_step(lowering, index, GRAFT_C_pad_f32, "margins", &p, sizeof p, 1, &step));
    return graft_c_add_floats(step, "value", &zero, 1);
}

graft_status graft_c_lower_upsample2d(graft_c_lowering *lowering, int index) {
    const graft_upsample_attributes *a = graft_graph_node(lowering->graph, index)->attributes;
    const graft_shape *in = &graft_c_input(lowering, index, 0)->output;
    const enlargement p = {(int)in->dim[1], (int)in->dim[2], (int)in->dim[0], (int)a->size[0], (int)a->size[1]};
    graft_c_step *step;
    return graft_c_node_step(lowering, index, a->interpolation == 0 ? GRAFT_C_nearest_f32 : GRAFT_C_bilinear_f32,
                             "enlargement", &p, sizeof p, 1, &step);
}
