/* Programs as data. */
#include "export/c-internal.h"
#include "export/c-params.h"
#include <string.h>

size_t graft_c_type_size(graft_c_type type) {
    return type == GRAFT_C_FLOAT || type == GRAFT_C_INT32 ? 4 : 1;
}

void graft_c_program_free(graft_c_program *program) {
    for (size_t i = 0; i < program->step_count; i++)
        for (int k = 0; k < program->steps[i].array_count; k++)
            graft_release(program->steps[i].arrays[k].values);
    for (size_t i = 0; i < program->value_count; i++)
        graft_release(program->values[i].channels);
    graft_release(program->steps);
    graft_release(program->values);
    *program = (graft_c_program){.graph = NULL};
}

graft_status graft_c_add_value(graft_c_program *program, graft_c_type type, int64_t count, int *out) {
    if (!graft_reserve(&program->values, &program->value_capacity, program->value_count + 1, sizeof *program->values))
        return graft_fail_memory("C source");
    *out = (int)program->value_count;
    program->values[program->value_count++] = (graft_c_value){.type = type, .count = (size_t)count};
    return GRAFT_OK;
}

graft_status graft_c_add_step(graft_c_program *program, graft_c_kernel_id kernel, const char *name,
                              const char *struct_name, const void *params, size_t size, graft_c_step **out) {
    if (!graft_reserve(&program->steps, &program->step_capacity, program->step_count + 1, sizeof *program->steps))
        return graft_fail_memory("C source");
    graft_c_step *step = *out = &program->steps[program->step_count++];
    *step = (graft_c_step){.kernel = kernel, .name = name, .struct_name = struct_name, .output = -1};
    if (size > sizeof step->params) return graft_fail(GRAFT_E_INTERNAL, "%s: too many parameters", struct_name);
    memcpy(step->params, params, size);
    step->param_count = (int)(size / sizeof(int));
    return GRAFT_OK;
}

graft_status graft_c_add_array(graft_c_step *step, const char *name, graft_c_type type, size_t count, void *values) {
    void **to = values;
    if (step->array_count == GRAFT_C_ARRAYS) return graft_fail(GRAFT_E_INTERNAL, "%s: too many arrays", step->name);
    graft_c_array *array = &step->arrays[step->array_count];
    *array = (graft_c_array){name, type, count, graft_allocate_zero(count, graft_c_type_size(type))};
    if (array->values == NULL) return graft_fail_memory("C source");
    step->array_count++;
    *to = array->values;
    return GRAFT_OK;
}

int graft_c_weight_channel(const graft_c_step *step, size_t index) {
    window p;
    memcpy(&p, step->params, sizeof p);
    if (step->kernel == GRAFT_C_depthwise_f32 || step->kernel == GRAFT_C_depthwise_i8)
        return (int)(index % (size_t)p.in_channels);
    const size_t cells = (size_t)p.kernel_height * (size_t)p.kernel_width * (size_t)(p.in_channels / p.groups);
    const size_t outputs = (size_t)(p.out_channels / p.groups), group = index / (cells * outputs);
    const size_t within = index % (cells * outputs), block = within / (cells * BLOCK);
    const size_t left = outputs - block * BLOCK, width = left < BLOCK ? left : BLOCK;
    return (int)(group * outputs + block * BLOCK + (within - block * cells * BLOCK) % width);
}

int graft_c_weight_input(const graft_c_step *step, size_t index) {
    window p;
    memcpy(&p, step->params, sizeof p);
    const size_t inputs = (size_t)p.in_channels, block = index / (inputs * BLOCK);
    const size_t left = (size_t)p.out_channels - block * BLOCK, width = left < BLOCK ? left : BLOCK;
    return (int)((index - block * inputs * BLOCK) / width);
}
