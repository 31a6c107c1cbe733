/* Runs a program with the very functions that the generated text consists of. */
#include "export/c-params.h"
#include "export/c-write.h"
#include <math.h>
#include <string.h>

#include "export/c-kernels/met.inc"
#include "export/c-kernels/rescale.inc"
#include "export/c-kernels/shade.inc"
#include "export/c-kernels/within.inc"

#include "export/c-kernels/add_f32.inc"
#include "export/c-kernels/add_i8.inc"
#include "export/c-kernels/avgpool_f32.inc"
#include "export/c-kernels/avgpool_i8.inc"
#include "export/c-kernels/bilinear_f32.inc"
#include "export/c-kernels/conv_f32.inc"
#include "export/c-kernels/conv_i8.inc"
#include "export/c-kernels/copy_f32.inc"
#include "export/c-kernels/copy_i8.inc"
#include "export/c-kernels/dense_i8.inc"
#include "export/c-kernels/depthwise_f32.inc"
#include "export/c-kernels/depthwise_i8.inc"
#include "export/c-kernels/dequantize.inc"
#include "export/c-kernels/elu_f32.inc"
#include "export/c-kernels/exp_f32.inc"
#include "export/c-kernels/gelu_f32.inc"
#include "export/c-kernels/hard_sigmoid_f32.inc"
#include "export/c-kernels/hard_swish_f32.inc"
#include "export/c-kernels/layernorm_f32.inc"
#include "export/c-kernels/lookup_i8.inc"
#include "export/c-kernels/lrn_f32.inc"
#include "export/c-kernels/maxpool_f32.inc"
#include "export/c-kernels/maxpool_i8.inc"
#include "export/c-kernels/multiply_f32.inc"
#include "export/c-kernels/multiply_i8.inc"
#include "export/c-kernels/nearest_f32.inc"
#include "export/c-kernels/nearest_i8.inc"
#include "export/c-kernels/pad_f32.inc"
#include "export/c-kernels/pad_i8.inc"
#include "export/c-kernels/pixels_f32.inc"
#include "export/c-kernels/pixels_i8.inc"
#include "export/c-kernels/quantize.inc"
#include "export/c-kernels/relu_f32.inc"
#include "export/c-kernels/sigmoid_f32.inc"
#include "export/c-kernels/softmax_f32.inc"
#include "export/c-kernels/softplus_f32.inc"
#include "export/c-kernels/softsign_f32.inc"
#include "export/c-kernels/swish_f32.inc"
#include "export/c-kernels/tanh_f32.inc"
#include "export/c-kernels/transpose_f32.inc"
#include "export/c-kernels/transpose_i8.inc"

/* A function of the text, called with what a step holds. */
#define P(type) ((const type *)(const void *)step->params)
#define RUN(name, ...)                                                                     \
    static void run_##name(const graft_c_step *step, const void *const in[2], void *out) { \
        name(__VA_ARGS__);                                                                 \
    }
RUN(conv_f32, P(window), step->arrays[0].values, step->arrays[1].values, step->arrays[2].values, in[0], out)
RUN(depthwise_f32, P(window), step->arrays[0].values, step->arrays[1].values, step->arrays[2].values, in[0], out)
RUN(maxpool_f32, P(window), in[0], out)
RUN(avgpool_f32, P(window), in[0], out)
RUN(add_f32, P(pair), step->arrays[0].values, in[0], in[1], out)
RUN(multiply_f32, P(pair), step->arrays[0].values, in[0], in[1], out)
RUN(copy_f32, P(piece), in[0], out)
RUN(pad_f32, P(margins), step->arrays[0].values, in[0], out)
RUN(transpose_f32, P(table), in[0], out)
RUN(nearest_f32, P(enlargement), in[0], out)
RUN(bilinear_f32, P(enlargement), in[0], out)
RUN(softmax_f32, P(line), in[0], out)
RUN(lrn_f32, P(response), step->arrays[0].values, in[0], out)
RUN(layernorm_f32, P(table), step->arrays[0].values, step->arrays[1].values, step->arrays[2].values, in[0], out)
RUN(relu_f32, P(elements), step->arrays[0].values, in[0], out)
RUN(elu_f32, P(elements), step->arrays[0].values, in[0], out)
RUN(sigmoid_f32, P(elements), in[0], out)
RUN(tanh_f32, P(elements), in[0], out)
RUN(swish_f32, P(elements), in[0], out)
RUN(hard_sigmoid_f32, P(elements), step->arrays[0].values, in[0], out)
RUN(hard_swish_f32, P(elements), step->arrays[0].values, in[0], out)
RUN(gelu_f32, P(elements), in[0], out)
RUN(softplus_f32, P(elements), in[0], out)
RUN(softsign_f32, P(elements), in[0], out)
RUN(exp_f32, P(elements), in[0], out)
RUN(pixels_f32, P(picture), step->arrays[0].values, in[0], out)
RUN(pixels_i8, P(picture), step->arrays[0].values, in[0], out)
RUN(quantize, P(elements), step->arrays[0].values, in[0], out)
RUN(dequantize, P(elements), step->arrays[0].values, in[0], out)
RUN(conv_i8, P(window), step->arrays[0].values, step->arrays[1].values, step->arrays[2].values, step->arrays[3].values,
    step->arrays[4].values, step->arrays[5].values, in[0], out)
RUN(dense_i8, P(window), step->arrays[0].values, step->arrays[1].values, step->arrays[2].values, step->arrays[3].values,
    in[0], out)
RUN(depthwise_i8, P(window), step->arrays[0].values, step->arrays[1].values, step->arrays[2].values,
    step->arrays[3].values, step->arrays[4].values, step->arrays[5].values, in[0], out)
RUN(maxpool_i8, P(window), in[0], out)
RUN(avgpool_i8, P(window), step->arrays[0].values, step->arrays[1].values, step->arrays[2].values,
    step->arrays[3].values, in[0], out)
RUN(add_i8, P(pair), step->arrays[0].values, in[0], in[1], out)
RUN(multiply_i8, P(pair), step->arrays[0].values, in[0], in[1], out)
RUN(copy_i8, P(piece), step->arrays[0].values, in[0], out)
RUN(pad_i8, P(margins), step->arrays[0].values, in[0], out)
RUN(transpose_i8, P(table), in[0], out)
RUN(nearest_i8, P(enlargement), in[0], out)
RUN(lookup_i8, P(elements), step->arrays[0].values, in[0], out)

#define GRAFT_C_KERNEL(name, in_place, needs) extern const char *const graft_c_text_##name[];
#include "export/c-kernels.def"
#undef GRAFT_C_KERNEL
#define GRAFT_C_PART(name) extern const char *const graft_c_text_##name[];
#include "export/c-parts.def"
#undef GRAFT_C_PART

static const graft_c_kernel kernels[] = {
#define GRAFT_C_KERNEL(name, in_place, needs) {#name, needs, graft_c_text_##name, in_place, run_##name},
#include "export/c-kernels.def"
#undef GRAFT_C_KERNEL
};

const graft_c_kernel *graft_c_kernel_of(graft_c_kernel_id id) {
    return &kernels[id];
}

static const struct {
    const char *name;
    const char *const *text;
} parts[] = {
#define GRAFT_C_PART(name) {#name, graft_c_text_##name},
#include "export/c-parts.def"
#undef GRAFT_C_PART
};

const char *graft_c_part(size_t index, const char *const **text) {
    if (index >= sizeof parts / sizeof *parts) return NULL;
    *text = parts[index].text;
    return parts[index].name;
}

static void measure_value(graft_c_value *value, const float *numbers) {
    for (size_t i = 0; i < value->count; i++) {
        if (numbers[i] < value->least) value->least = numbers[i];
        if (numbers[i] > value->most) value->most = numbers[i];
    }
    for (size_t i = 0; value->channels != NULL && i < value->count; i++) {
        double *range = value->channels + 2 * (i % value->channel_count);
        range[0] = fmin(range[0], (double)numbers[i]);
        range[1] = fmax(range[1], (double)numbers[i]);
    }
}

int8_t graft_c_quantized(float x, float inverse_scale, float zero) {
    const elements one = {1};
    const float numbers[2] = {inverse_scale, zero};
    int8_t q;
    quantize(&one, numbers, &x, &q);
    return q;
}

/* C,H,W becomes H,W,C, and int8 where the program takes that. */
static void take_input(const graft_c_program *program, const float *input, void *to) {
    const graft_shape *shape = &graft_graph_node(program->graph, graft_graph_input(program->graph))->output;
    const graft_c_value *value = &program->values[program->input];
    const table planes = {(int)shape->dim[0], (int)(graft_shape_count(shape) / shape->dim[0])};
    if (value->type == GRAFT_C_FLOAT) {
        transpose_f32(&planes, input, to);
        return;
    }
    int8_t *q = to;
    for (int i = 0; i < planes.columns; i++)
        for (int c = 0; c < planes.rows; c++)
            *q++ = graft_c_quantized(input[c * planes.columns + i], (float)(1 / value->scale), (float)value->zero);
}

void graft_c_run(graft_c_program *program, const float *input, void *workspace, float *output, bool measure) {
    char *const at = workspace;
    take_input(program, input, at + program->values[program->input].offset);
    if (measure)
        measure_value(&program->values[program->input], (const void *)(at + program->values[program->input].offset));
    for (size_t i = 0; i < program->step_count; i++) {
        const graft_c_step *step = &program->steps[i];
        const void *in[2] = {NULL, NULL};
        void *out = step->output == program->output ? (void *)output : at + program->values[step->output].offset;
        for (int k = 0; k < step->input_count; k++)
            in[k] = at + program->values[step->inputs[k]].offset;
        kernels[step->kernel].run(step, in, out);
        /* the pieces of one value follow each other: it is whole after the last */
        const bool whole = i + 1 == program->step_count || step[1].output != step->output;
        if (measure && whole) measure_value(&program->values[step->output], out);
    }
}
