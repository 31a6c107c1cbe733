/* Memory: where in the workspace each value lies, and which values are worth computing. */
#include "export/c-internal.h"
#include "nn/plan-internal.h"
#include <string.h>

/* Drops the steps whose output nobody reads, from the end to the beginning. */
static graft_status drop_unread(graft_c_program *program) {
    bool *read = graft_allocate_zero(program->value_count, sizeof *read);
    size_t kept = program->step_count;
    if (read == NULL) return graft_fail_memory("C source");
    read[program->output] = true;
    for (size_t i = program->step_count; i-- > 0;) {
        graft_c_step step = program->steps[i];
        if (!read[step.output]) {
            for (int k = 0; k < step.array_count; k++)
                graft_release(step.arrays[k].values);
            continue;
        }
        for (int k = 0; k < step.input_count; k++)
            read[step.inputs[k]] = true;
        program->steps[--kept] = step;
    }
    program->step_count -= kept;
    memmove(program->steps, program->steps + kept, program->step_count * sizeof *program->steps);
    graft_release(read);
    return GRAFT_OK;
}

/* The last step that reads or writes the value. */
static int last_use(const graft_c_program *program, int value) {
    for (size_t i = program->step_count; i-- > 0;) {
        const graft_c_step *step = &program->steps[i];
        if (step->output == value) return (int)i;
        for (int k = 0; k < step->input_count; k++)
            if (step->inputs[k] == value) return (int)i;
    }
    return -1;
}

/* Whether the step may write over its first input; operands of equal size are exchanged if that makes it possible. */
static bool overwrites(const graft_c_program *program, graft_c_step *step, int at) {
    if (!graft_c_kernel_of(step->kernel)->in_place || step->output == program->output) return false;
    const size_t count = program->values[step->output].count;
    if (step->input_count == 2 && step->inputs[0] == step->inputs[1]) return false;
    if (last_use(program, step->inputs[0]) == at) return true;
    if (step->input_count < 2 || last_use(program, step->inputs[1]) != at ||
        program->values[step->inputs[1]].count != count || step->kernel == GRAFT_C_add_i8 ||
        step->kernel == GRAFT_C_multiply_i8)
        return false;
    const int first = step->inputs[0];
    step->inputs[0] = step->inputs[1];
    step->inputs[1] = first;
    return true;
}

/* buffer_of: a value's buffer, -1 for none. */
static size_t assign(graft_c_program *program, graft_plan_buffer *buffers, int *buffer_of) {
    size_t count = 0;
    for (size_t v = 0; v < program->value_count; v++)
        buffer_of[v] = -1;
    buffer_of[program->input] = (int)count;
    buffers[count++] = (graft_plan_buffer){.bytes = program->values[program->input].count *
                                                    graft_c_type_size(program->values[program->input].type),
                                           .first = -1,
                                           .last = last_use(program, program->input)};
    for (size_t i = 0; i < program->step_count; i++) {
        graft_c_step *step = &program->steps[i];
        const graft_c_value *value = &program->values[step->output];
        if (step->output == program->output || buffer_of[step->output] >= 0) continue;
        const int last = last_use(program, step->output);
        if (overwrites(program, step, (int)i)) {
            buffer_of[step->output] = buffer_of[step->inputs[0]];
            buffers[buffer_of[step->output]].last = last;
            continue;
        }
        buffer_of[step->output] = (int)count;
        buffers[count++] =
            (graft_plan_buffer){.bytes = value->count * graft_c_type_size(value->type), .first = (int)i, .last = last};
    }
    return count;
}

graft_status graft_c_place(graft_c_program *program) {
    GRAFT_TRY(drop_unread(program));
    graft_plan_buffer *buffers = graft_allocate(program->value_count, sizeof *buffers);
    int *buffer_of = graft_allocate(program->value_count, sizeof *buffer_of);
    graft_status status = GRAFT_OK;
    if (buffers == NULL || buffer_of == NULL) {
        status = graft_fail_memory("C source");
    } else {
        const size_t count = assign(program, buffers, buffer_of);
        status = graft_arena_place(buffers, count, &program->workspace);
        for (size_t v = 0; status == GRAFT_OK && v < program->value_count; v++)
            if (buffer_of[v] >= 0) program->values[v].offset = buffers[buffer_of[v]].offset;
    }
    graft_release(buffers);
    graft_release(buffer_of);
    return status;
}
