/* Steps in int8: the weights of convolutions, the multipliers between scales, tables of functions. */
#include "export/c-params.h"
#include "export/c-quantize.h"
#include "export/c-write.h"
#include <float.h>
#include <math.h>
#include <string.h>

#define LIMIT (INT32_C(1) << 30) /* of sums and of biases: together they fit an int32 */

void graft_c_ratio(double ratio, int bits, int32_t *multiplier, int *shift) {
    int exponent;
    const double share = frexp(ratio, &exponent);
    const int most = bits > 16 ? 62 : 40;
    double whole = round(ldexp(share, bits));
    *multiplier = 0;
    *shift = 1;
    if (!(ratio > 0)) return;
    *shift = bits - exponent;
    if (whole >= ldexp(1, bits)) {
        whole /= 2;
        --*shift;
    }
    if (*shift > most) { /* next to nothing */
        whole = round(ldexp(ratio, most));
        *shift = most;
    }
    if (*shift < 1) { /* no real network comes here: everything saturates */
        whole = ldexp(1, bits) - 1;
        *shift = 1;
    }
    *multiplier = (int32_t)whole;
}

static const graft_c_value *value_of(const graft_c_quantizer *self, int value) {
    return &self->to->values[value];
}

/* The int8 step in place of `step`, reading the first `inputs` in int8. */
static graft_status start(graft_c_quantizer *self, const graft_c_step *step, graft_c_kernel_id kernel, int output,
                          graft_c_step **out) {
    int in[2] = {-1, -1};
    for (int k = 0; k < step->input_count; k++)
        GRAFT_TRY(graft_c_take_q(self, step->inputs[k], &in[k]));
    GRAFT_TRY(graft_c_add_step(self->to, kernel, step->name, step->struct_name, step->params,
                               (size_t)step->param_count * sizeof(int), out));
    memcpy((*out)->inputs, in, sizeof in);
    (*out)->input_count = step->input_count;
    (*out)->output = output;
    return GRAFT_OK;
}

static graft_status range_of(graft_c_step *step, const int32_t *numbers, size_t count) {
    int32_t *to;
    GRAFT_TRY(graft_c_add_array(step, "range", GRAFT_C_INT32, count, &to));
    memcpy(to, numbers, count * sizeof *to);
    return GRAFT_OK;
}

/* A convolution's weights on their way to int8. */
typedef struct weights {
    const graft_c_step *step;
    double *real;   /* as they meet the input's whole numbers when the input has a scale a channel */
    double *scales; /* of each output channel: the largest weight becomes 127, unless the bias would not fit */
    double in_scale;
    int in_zero;
    bool by_channel;
} weights;

static graft_status open_weights(const graft_c_quantizer *self, const graft_c_step *step, const graft_c_value *in,
                                 weights *out) {
    const float *from = step->arrays[0].values, *bias = step->arrays[1].values;
    const size_t count = step->arrays[0].count, channels = step->arrays[1].count;
    out->step = step;
    out->by_channel = graft_c_is_by_channel(self, step->inputs[0]);
    out->in_scale = out->by_channel ? 1 : in->scale;
    out->in_zero = out->by_channel ? 0 : in->zero;
    out->real = graft_allocate(count, sizeof *out->real);
    out->scales = graft_allocate_zero(channels, sizeof *out->scales);
    if (out->real == NULL || out->scales == NULL) return graft_fail_memory("int8 weights");
    for (size_t i = 0; i < count; i++) {
        double *scale = &out->scales[graft_c_weight_channel(step, i)], factor = 1;
        int zero;
        if (out->by_channel)
            graft_c_channel_scale(self, step->inputs[0], (size_t)graft_c_weight_input(step, i), &factor, &zero);
        out->real[i] = from[i] * factor;
        *scale = fmax(*scale, fabs(out->real[i]) / 127);
    }
    for (size_t c = 0; c < channels; c++) {
        out->scales[c] = fmax(out->scales[c], fabs((double)bias[c]) / out->in_scale / LIMIT);
        if (out->scales[c] == 0) out->scales[c] = 1;
    }
    return GRAFT_OK;
}

static void close_weights(weights *self) {
    graft_release(self->real);
    graft_release(self->scales);
}

/* The arrays "weights" and "bias"; the zeros of an input with a scale a channel go into the bias. */
static graft_status add_weights(const graft_c_quantizer *self, const weights *from, graft_c_step *to) {
    const graft_c_step *step = from->step;
    const float *bias = step->arrays[1].values;
    int8_t *w;
    int32_t *b;
    GRAFT_TRY(graft_c_add_array(to, "weights", GRAFT_C_INT8, step->arrays[0].count, &w));
    GRAFT_TRY(graft_c_add_array(to, "bias", GRAFT_C_INT32, step->arrays[1].count, &b));
    for (size_t c = 0; c < step->arrays[1].count; c++)
        b[c] = (int32_t)lround((double)bias[c] / (from->in_scale * from->scales[c]));
    for (size_t i = 0; i < step->arrays[0].count; i++) {
        const int channel = graft_c_weight_channel(step, i);
        w[i] = (int8_t)lround(from->real[i] / from->scales[channel]);
        if (!from->by_channel) continue;
        double scale;
        int zero;
        graft_c_channel_scale(self, step->inputs[0], (size_t)graft_c_weight_input(step, i), &scale, &zero);
        b[channel] -= w[i] * zero;
    }
    return GRAFT_OK;
}

static graft_status fill_linear(const graft_c_quantizer *self, const weights *from, graft_c_step *to) {
    const size_t channels = from->step->arrays[1].count;
    int32_t *multipliers;
    uint8_t *shifts;
    int8_t *zeros;
    GRAFT_TRY(add_weights(self, from, to));
    GRAFT_TRY(graft_c_add_array(to, "multipliers", GRAFT_C_INT32, channels, &multipliers));
    GRAFT_TRY(graft_c_add_array(to, "shifts", GRAFT_C_UINT8, channels, &shifts));
    GRAFT_TRY(graft_c_add_array(to, "zeros", GRAFT_C_INT8, channels, &zeros));
    for (size_t c = 0; c < channels; c++) {
        int shift, zero;
        double scale;
        graft_c_channel_scale(self, from->step->output, c, &scale, &zero);
        graft_c_ratio(from->in_scale * from->scales[c] / scale, 31, &multipliers[c], &shift);
        shifts[c] = (uint8_t)shift;
        zeros[c] = (int8_t)zero;
    }
    return range_of(to, &from->in_zero, 1);
}

static graft_status fill_dense(const graft_c_quantizer *self, const weights *from, graft_c_step *to) {
    float *scales;
    GRAFT_TRY(add_weights(self, from, to));
    GRAFT_TRY(graft_c_add_array(to, "scales", GRAFT_C_FLOAT, from->step->arrays[1].count, &scales));
    for (size_t c = 0; c < from->step->arrays[1].count; c++)
        scales[c] = (float)(from->in_scale * from->scales[c]);
    return range_of(to, &from->in_zero, 1);
}

static bool is_softmax(const graft_c_step *step, size_t channels) {
    (void)channels;
    return step->kernel == GRAFT_C_softmax_f32;
}

/* Logits: the last dense layer gives floats, whose small differences decide. */
static bool gives_floats(const graft_c_quantizer *self, const graft_c_step *step) {
    const float *bounds = step->arrays[2].values;
    return graft_c_is_dense(step) && bounds[0] == -FLT_MAX && bounds[1] == FLT_MAX &&
           (step->output == self->from->output || graft_c_all_readers(self->from, step->output, 0, is_softmax));
}

static graft_status linear(graft_c_quantizer *self, const graft_c_step *step, bool *done) {
    const bool floats = gives_floats(self, step);
    weights from = {.step = step};
    window p;
    int output;
    graft_c_step *to;
    memcpy(&p, step->params, sizeof p);
    const int64_t terms = (int64_t)p.kernel_height * p.kernel_width * (p.in_channels / p.groups);
    *done = terms * 127 * 255 <= LIMIT;
    if (!*done) return GRAFT_OK;
    if (floats) {
        GRAFT_TRY(graft_c_add_value(self->to, GRAFT_C_FLOAT, (int64_t)self->from->values[step->output].count, &output));
        self->f[step->output] = output;
    } else {
        GRAFT_TRY(graft_c_make_q(self, step->output, -1, &output));
    }
    GRAFT_TRY(start(self, step,
                    floats                             ? GRAFT_C_dense_i8
                    : step->kernel == GRAFT_C_conv_f32 ? GRAFT_C_conv_i8
                                                       : GRAFT_C_depthwise_i8,
                    output, &to));
    graft_status status = open_weights(self, step, value_of(self, to->inputs[0]), &from);
    if (status == GRAFT_OK) status = floats ? fill_dense(self, &from, to) : fill_linear(self, &from, to);
    close_weights(&from);
    return status;
}

static graft_status product(graft_c_quantizer *self, const graft_c_step *step) {
    int output, shift;
    int32_t multiplier;
    graft_c_step *to;
    GRAFT_TRY(graft_c_make_q(self, step->output, -1, &output));
    GRAFT_TRY(start(self, step, GRAFT_C_multiply_i8, output, &to));
    const graft_c_value *a = value_of(self, to->inputs[0]), *b = value_of(self, to->inputs[1]);
    const graft_c_value *out = value_of(self, output);
    graft_c_ratio(a->scale * b->scale / out->scale, 31, &multiplier, &shift);
    return range_of(to, (int32_t[]){a->zero, b->zero, out->zero, multiplier, shift}, 5);
}

static graft_status sum(graft_c_quantizer *self, const graft_c_step *step) {
    int output;
    int32_t *numbers;
    pair p;
    graft_c_step *to;
    memcpy(&p, step->params, sizeof p);
    GRAFT_TRY(graft_c_make_q(self, step->output, -1, &output));
    GRAFT_TRY(start(self, step, GRAFT_C_add_i8, output, &to));
    GRAFT_TRY(graft_c_add_array(to, "numbers", GRAFT_C_INT32, 6 * (size_t)p.channels, &numbers));
    for (size_t c = 0; c < (size_t)p.channels; c++, numbers += 6) {
        double scales[3];
        int zeros[3], shift;
        for (int k = 0; k < 3; k++)
            graft_c_channel_scale(self, k < 2 ? step->inputs[k] : step->output, c, &scales[k], &zeros[k]);
        graft_c_ratio(fmax(scales[0], scales[1]) / scales[2], 30, &numbers[3], &shift);
        for (int k = 0; k < 3; k++)
            numbers[k] = zeros[k];
        for (int k = 0; k < 2; k++)
            numbers[3 + k] = (int32_t)lround(ldexp(scales[k] / scales[2], shift));
        numbers[5] = shift;
    }
    return GRAFT_OK;
}

/* A mean, each channel brought to its scale. */
static graft_status mean(graft_c_quantizer *self, const graft_c_step *step) {
    int output, shift;
    int32_t *zeros, *multipliers;
    uint8_t *shifts;
    graft_c_step *to;
    window p;
    memcpy(&p, step->params, sizeof p);
    const size_t channels = (size_t)p.in_channels;
    GRAFT_TRY(graft_c_make_q(self, step->output, -1, &output));
    GRAFT_TRY(start(self, step, GRAFT_C_avgpool_i8, output, &to));
    const graft_c_value *in = value_of(self, to->inputs[0]);
    GRAFT_TRY(graft_c_add_array(to, "zeros", GRAFT_C_INT32, channels, &zeros));
    GRAFT_TRY(graft_c_add_array(to, "multipliers", GRAFT_C_INT32, channels, &multipliers));
    GRAFT_TRY(graft_c_add_array(to, "shifts", GRAFT_C_UINT8, channels, &shifts));
    for (size_t c = 0; c < channels; c++) {
        double scale;
        int zero;
        graft_c_channel_scale(self, step->output, c, &scale, &zero);
        graft_c_ratio(in->scale / scale, 16, &multipliers[c], &shift);
        zeros[c] = zero;
        shifts[c] = (uint8_t)shift;
    }
    return range_of(to, (int32_t[]){in->zero}, 1);
}

/* A piece of something larger, brought to the output's scale. */
static graft_status piece_of(graft_c_quantizer *self, const graft_c_step *step) {
    int output = self->q[step->output], shift;
    int32_t multiplier;
    graft_c_step *to;
    if (output < 0) GRAFT_TRY(graft_c_make_q(self, step->output, -1, &output));
    GRAFT_TRY(start(self, step, GRAFT_C_copy_i8, output, &to));
    const graft_c_value *in = value_of(self, to->inputs[0]), *out = value_of(self, output);
    graft_c_ratio(in->scale / out->scale, 31, &multiplier, &shift);
    return range_of(to, (int32_t[]){in->zero, out->zero, multiplier, shift}, 4);
}

/* Elements are moved or compared: the scale stays. */
static graft_status moved(graft_c_quantizer *self, const graft_c_step *step, graft_c_kernel_id kernel) {
    int in, output;
    graft_c_step *to;
    GRAFT_TRY(graft_c_take_q(self, step->inputs[0], &in));
    GRAFT_TRY(graft_c_make_q(self, step->output, in, &output));
    GRAFT_TRY(start(self, step, kernel, output, &to));
    if (kernel != GRAFT_C_pad_i8) return GRAFT_OK;
    int8_t *zero;
    GRAFT_TRY(graft_c_add_array(to, "value", GRAFT_C_INT8, 1, &zero));
    *zero = (int8_t)value_of(self, in)->zero;
    return GRAFT_OK;
}

/* A function of one number: its own float kernel fills the table. */
static graft_status tabulated(graft_c_quantizer *self, const graft_c_step *step) {
    float x[256], y[256];
    int output;
    int8_t *answers;
    graft_c_step *to, probe = *step;
    const elements all = {256};
    const void *const in[2] = {x, NULL};
    GRAFT_TRY(graft_c_make_q(self, step->output, -1, &output));
    GRAFT_TRY(start(self, step, GRAFT_C_lookup_i8, output, &to));
    const graft_c_value *from = value_of(self, to->inputs[0]), *out = value_of(self, output);
    for (int i = 0; i < 256; i++)
        x[i] = (float)(from->scale * (i - 128 - from->zero));
    memcpy(probe.params, &all, sizeof all);
    graft_c_kernel_of(step->kernel)->run(&probe, in, y);
    GRAFT_TRY(graft_c_add_array(to, "answers", GRAFT_C_INT8, 256, &answers));
    for (int i = 0; i < 256; i++)
        answers[i] = graft_c_quantized(y[i], (float)(1 / out->scale), (float)out->zero);
    return GRAFT_OK;
}

graft_status graft_c_quantize_step(graft_c_quantizer *self, const graft_c_step *step, bool *done) {
    *done = true;
    switch (step->kernel) {
    case GRAFT_C_conv_f32:
    case GRAFT_C_depthwise_f32:
        return linear(self, step, done);
    case GRAFT_C_add_f32:
        return sum(self, step);
    case GRAFT_C_multiply_f32:
        return product(self, step);
    case GRAFT_C_avgpool_f32:
        return mean(self, step);
    case GRAFT_C_copy_f32:
        return piece_of(self, step);
    case GRAFT_C_maxpool_f32:
        return moved(self, step, GRAFT_C_maxpool_i8);
    case GRAFT_C_pad_f32:
        return moved(self, step, GRAFT_C_pad_i8);
    case GRAFT_C_transpose_f32:
        return moved(self, step, GRAFT_C_transpose_i8);
    case GRAFT_C_nearest_f32:
        return moved(self, step, GRAFT_C_nearest_i8);
    default:
        *done = strcmp(step->struct_name, "elements") == 0;
        return *done ? tabulated(self, step) : GRAFT_OK;
    }
}
