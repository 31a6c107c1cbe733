/* A graph becomes a program: nodes in order, each by its op's row. */
#include "export/c-lower.h"
#include <float.h>
#include <string.h>

typedef graft_status lower(graft_c_lowering *lowering, int index);

static const struct {
    const char *op;
    lower *lower;
} rows[] = {
#define GRAFT_C_OP(name) {#name, graft_c_lower_##name},
#include "export/c-ops.def"
#undef GRAFT_C_OP
};

const graft_node *graft_c_input(const graft_c_lowering *lowering, int index, int k) {
    return graft_graph_node(lowering->graph, graft_graph_node(lowering->graph, index)->inputs[k]);
}

int graft_c_input_value(const graft_c_lowering *lowering, int index, int k) {
    return lowering->value[graft_graph_node(lowering->graph, index)->inputs[k]];
}

void graft_c_same(graft_c_lowering *lowering, int index) {
    const int value = graft_c_input_value(lowering, index, 0);
    lowering->value[index] = value;
    lowering->program->values[value].readers += lowering->readers[index] - 1;
}

graft_status graft_c_node_step(graft_c_lowering *lowering, int index, graft_c_kernel_id kernel, const char *struct_name,
                               const void *params, size_t size, int inputs, graft_c_step **out) {
    const graft_node *node = graft_graph_node(lowering->graph, index);
    graft_c_program *program = lowering->program;
    int value;
    GRAFT_TRY(graft_c_add_value(program, GRAFT_C_FLOAT, graft_shape_count(&node->output), &value));
    GRAFT_TRY(graft_c_add_step(program, kernel, node->name, struct_name, params, size, out));
    for (int k = 0; k < inputs; k++)
        (*out)->inputs[k] = graft_c_input_value(lowering, index, k);
    (*out)->input_count = inputs;
    (*out)->output = lowering->value[index] = value;
    program->values[value].readers = lowering->readers[index];
    return GRAFT_OK;
}

graft_status graft_c_add_floats(graft_c_step *step, const char *name, const float *values, size_t count) {
    float *to;
    GRAFT_TRY(graft_c_add_array(step, name, GRAFT_C_FLOAT, count, &to));
    memcpy(to, values, count * sizeof *to);
    return GRAFT_OK;
}

graft_status graft_c_add_bounds(graft_c_step *step) {
    const float bounds[2] = {-FLT_MAX, FLT_MAX};
    return graft_c_add_floats(step, "bounds", bounds, 2);
}

graft_c_array *graft_c_array_of(graft_c_step *step, const char *name) {
    for (int i = 0; i < step->array_count; i++)
        if (strcmp(step->arrays[i].name, name) == 0) return &step->arrays[i];
    return NULL;
}

graft_c_step *graft_c_host(const graft_c_lowering *lowering, int index) {
    const graft_c_program *program = lowering->program;
    const int value = graft_c_input_value(lowering, index, 0);
    if (program->values[value].readers != 1) return NULL;
    for (size_t i = program->step_count; i-- > 0;) {
        graft_c_step *step = &program->steps[i];
        if (step->output != value) continue;
        const graft_c_array *bounds = graft_c_array_of(step, "bounds");
        if (bounds == NULL) return NULL;
        const float *limits = bounds->values;
        return limits[0] == -FLT_MAX && limits[1] == FLT_MAX ? step : NULL;
    }
    return NULL;
}

/* How many nodes, of those that the output needs, read each. */
static void count_readers(const graft_graph *graph, int *readers) {
    readers[graft_graph_output(graph)] = 1;
    for (int i = graft_graph_count(graph) - 1; i >= 0; i--) {
        const graft_node *node = graft_graph_node(graph, i);
        for (int k = 0; readers[i] > 0 && k < node->input_count; k++)
            readers[node->inputs[k]]++;
    }
}

static graft_status lower_node(graft_c_lowering *lowering, int index) {
    const graft_node *node = graft_graph_node(lowering->graph, index);
    char text[GRAFT_SHAPE_TEXT];
    if (node->output.rank > 3 || node->output.rank == 2 || graft_shape_count(&node->output) <= 0)
        return graft_fail(GRAFT_E_USAGE, "%s (%s): shape %s, expected 1 or 3 dimensions", node->name, node->op->name,
                          graft_shape_text(&node->output, text));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].op, node->op->name) == 0) {
            const graft_status status = rows[i].lower(lowering, index);
            return status == GRAFT_OK ? GRAFT_OK : graft_fail_in(status, "%s (%s)", node->name, node->op->name);
        }
    return graft_fail(GRAFT_E_USAGE,
                      "%s: C source has no function for the op %s: leave the layer out, or use another "
                      "target (graft list exporters)",
                      node->name, node->op->name);
}

/* The output gets memory of its own: it must not be what the input is. */
static graft_status part_output(graft_c_lowering *lowering) {
    graft_c_program *program = lowering->program;
    const int value = lowering->value[graft_graph_output(lowering->graph)];
    program->output = value;
    if (value != program->input) return GRAFT_OK;
    const size_t count = program->values[value].count;
    const piece all = {1, (int)count, (int)count, 0};
    graft_c_step *step;
    GRAFT_TRY(graft_c_add_value(program, GRAFT_C_FLOAT, (int64_t)count, &program->output));
    GRAFT_TRY(graft_c_add_step(program, GRAFT_C_copy_f32, "output", "piece", &all, sizeof all, &step));
    step->inputs[0] = value;
    step->input_count = 1;
    step->output = program->output;
    return GRAFT_OK;
}

graft_status graft_c_lower(const graft_graph *graph, graft_c_program *out) {
    const size_t count = (size_t)graft_graph_count(graph);
    graft_c_lowering lowering = {graph, out, NULL, NULL};
    graft_status status;
    *out = (graft_c_program){.graph = graph, .input = -1, .output = -1};
    GRAFT_TRY(graft_graph_complete(graph));
    if (graft_graph_input(graph) < 0 || graft_graph_output(graph) < 0)
        return graft_fail(GRAFT_E_DATA, "%s: no input or no output, expected one of each", graft_graph_name(graph));
    lowering.value = graft_allocate_zero(count, sizeof *lowering.value);
    lowering.readers = graft_allocate_zero(count, sizeof *lowering.readers);
    if (lowering.value == NULL || lowering.readers == NULL) {
        status = graft_fail_memory("C source");
        goto done;
    }
    count_readers(graph, lowering.readers);
    lowering.readers[graft_graph_input(graph)]++; /* it is there, whoever reads it */
    for (int i = 0; i < (int)count; i++)
        if (lowering.readers[i] > 0) GRAFT_TRY_TO(done, status, lower_node(&lowering, i));
    GRAFT_TRY_TO(done, status, part_output(&lowering));
    status = graft_c_place(out);
done:
    graft_release(lowering.value);
    graft_release(lowering.readers);
    return status;
}
