/* A program of floats becomes one of int8, by the ranges that its values take over pictures. */
#include "export/c-quantize.h"
#include "base/context.h"
#include "export/c-params.h"
#include <float.h>
#include <math.h>
#include <string.h>

/* int8 from -128 to 127 spans the range; 0 is met exactly, since padding is made of it. */
static void scale_of(graft_c_value *value, double least, double most) {
    value->scale = (most - least) / 255;
    value->zero = 0;
    if (!(value->scale > 1e-30) || !isfinite(value->scale)) {
        value->scale = 1;
        return;
    }
    const double zero = round(-128 - least / value->scale);
    value->zero = zero < -128 ? -128 : zero > 127 ? 127 : (int)zero;
}

graft_status graft_c_make_q(graft_c_quantizer *self, int value, int like, int *out) {
    const graft_c_value *from = &self->from->values[value];
    GRAFT_TRY(graft_c_add_value(self->to, GRAFT_C_INT8, (int64_t)from->count, out));
    graft_c_value *made = &self->to->values[*out];
    scale_of(made, from->least, from->most);
    if (like >= 0) {
        made->scale = self->to->values[like].scale;
        made->zero = self->to->values[like].zero;
    }
    self->q[value] = *out;
    return GRAFT_OK;
}

bool graft_c_is_dense(const graft_c_step *step) {
    window p;
    memcpy(&p, step->params, sizeof p);
    return step->kernel == GRAFT_C_conv_f32 && p.groups == 1 && p.in_height == 1 && p.in_width == 1 &&
           p.out_height == 1 && p.out_width == 1 && p.kernel_height == 1 && p.kernel_width == 1 && p.top == 0 &&
           p.left == 0;
}

bool graft_c_all_readers(const graft_c_program *program, int value, size_t channels,
                         bool (*fits)(const graft_c_step *step, size_t channels)) {
    bool any = false;
    for (size_t i = 0; i < program->step_count; i++)
        for (int k = 0; k < program->steps[i].input_count; k++) {
            if (program->steps[i].inputs[k] != value) continue;
            if (!fits(&program->steps[i], channels)) return false;
            any = true;
        }
    return any && value != program->output;
}

bool graft_c_is_by_channel(const graft_c_quantizer *self, int value) {
    return self->from->values[value].channels != NULL;
}

/* Some more room: other pictures reach further than those of a few, means over all cells much further. A limit of the
 * activation stays one. */
void graft_c_channel_scale(const graft_c_quantizer *self, int value, size_t channel, double *scale, int *zero) {
    const graft_c_value *from = &self->from->values[value];
    if (from->channels == NULL) {
        const graft_c_value *made = &self->to->values[self->q[value]];
        *scale = made->scale;
        *zero = made->zero;
        return;
    }
    const double *range = from->channels + 2 * channel;
    const double more = (range[1] - range[0]) * 0.5;
    graft_c_value made = {.zero = 0};
    scale_of(&made, range[0] < 0 ? fmax(range[0] - more, from->low) : 0,
             range[1] > 0 ? fmin(range[1] + more, from->high) : 0);
    const double least = (from->most - from->least) / 255 / 64; /* a channel that is dead here may wake elsewhere */
    if (!(range[1] - range[0] > 255 * least)) {
        made.scale = least > 1e-30 ? least : 1;
        made.zero = range[0] < 0 ? 0 : -128;
    }
    *scale = made.scale;
    *zero = made.zero;
}

/* A convolution of 1 x 1 over all channels, or a sum of equals. */
static bool takes_channels(const graft_c_step *step, size_t channels) {
    window p;
    pair sum;
    memcpy(&p, step->params, sizeof p);
    memcpy(&sum, step->params, sizeof sum);
    if (step->kernel == GRAFT_C_add_f32) return !sum.spread && (size_t)sum.channels == channels;
    return step->kernel == GRAFT_C_conv_f32 && (size_t)p.in_channels == channels && p.groups == 1 &&
           p.kernel_height == 1 && p.kernel_width == 1 && p.top == 0 && p.left == 0 && !p.transposed &&
           (p.out_height - 1) * p.stride_down < p.in_height && (p.out_width - 1) * p.stride_right < p.in_width;
}

/* The channels of what the step makes, where a scale for each pays; 0: it does not. Means over all cells: elsewhere the
 * weights that take the scales in lose more than the activations gain. */
static size_t makes_channels(const graft_c_step *step) {
    window p;
    memcpy(&p, step->params, sizeof p);
    return step->kernel == GRAFT_C_avgpool_f32 && p.out_height * p.out_width == 1 ? (size_t)p.out_channels : 0;
}

/* Room for the ranges of each channel where that is worth it. */
static graft_status mark_channels(graft_c_program *program) {
    for (size_t i = 0; i < program->step_count; i++) {
        graft_c_step *step = &program->steps[i];
        graft_c_value *value = &program->values[step->output];
        const size_t channels = makes_channels(step);
        if (channels == 0 || value->channels != NULL ||
            !graft_c_all_readers(program, step->output, channels, takes_channels))
            continue;
        value->channel_count = channels;
        value->channels = graft_allocate_zero(2 * channels, sizeof *value->channels);
        if (value->channels == NULL) return graft_fail_memory("ranges of channels");
        value->low = -FLT_MAX;
        value->high = FLT_MAX;
        for (int k = 0; k < step->array_count; k++)
            if (strcmp(step->arrays[k].name, "bounds") == 0) {
                value->low = ((const float *)step->arrays[k].values)[0];
                value->high = ((const float *)step->arrays[k].values)[1];
            }
    }
    return GRAFT_OK;
}

static graft_status convert(graft_c_quantizer *self, int from, int to, const graft_c_value *int8) {
    const bool quantizes = &self->to->values[to] == int8;
    const double scale = int8->scale;
    const int zero = int8->zero;
    const elements p = {(int)int8->count};
    graft_c_step *step;
    float *numbers;
    GRAFT_TRY(graft_c_add_step(self->to, quantizes ? GRAFT_C_quantize : GRAFT_C_dequantize,
                               quantizes ? "to int8" : "to float", "elements", &p, sizeof p, &step));
    step->inputs[0] = from;
    step->input_count = 1;
    step->output = to;
    GRAFT_TRY(graft_c_add_array(step, "numbers", GRAFT_C_FLOAT, 2, &numbers));
    numbers[0] = (float)(quantizes ? 1 / scale : scale);
    numbers[1] = (float)zero;
    return GRAFT_OK;
}

graft_status graft_c_take_q(graft_c_quantizer *self, int value, int *out) {
    *out = self->q[value];
    if (*out >= 0) return GRAFT_OK;
    GRAFT_TRY(graft_c_make_q(self, value, -1, out));
    return convert(self, self->f[value], *out, &self->to->values[*out]);
}

graft_status graft_c_take_f(graft_c_quantizer *self, int value, int *out) {
    *out = self->f[value];
    if (*out >= 0) return GRAFT_OK;
    GRAFT_TRY(graft_c_add_value(self->to, GRAFT_C_FLOAT, (int64_t)self->from->values[value].count, out));
    self->f[value] = *out;
    return convert(self, self->q[value], *out, &self->to->values[self->q[value]]);
}

/* The step as it is, between floats. */
static graft_status keep(graft_c_quantizer *self, const graft_c_step *step) {
    int in[2] = {-1, -1}, output = self->f[step->output];
    graft_c_step *to;
    for (int k = 0; k < step->input_count; k++)
        GRAFT_TRY(graft_c_take_f(self, step->inputs[k], &in[k]));
    if (output < 0)
        GRAFT_TRY(graft_c_add_value(self->to, GRAFT_C_FLOAT, (int64_t)self->from->values[step->output].count, &output));
    self->f[step->output] = output;
    GRAFT_TRY(graft_c_add_step(self->to, step->kernel, step->name, step->struct_name, step->params,
                               (size_t)step->param_count * sizeof(int), &to));
    memcpy(to->inputs, in, sizeof in);
    to->input_count = step->input_count;
    to->output = output;
    for (int k = 0; k < step->array_count; k++) {
        void *values;
        const graft_c_array *array = &step->arrays[k];
        GRAFT_TRY(graft_c_add_array(to, array->name, array->type, array->count, &values));
        memcpy(values, array->values, array->count * graft_c_type_size(array->type));
    }
    return GRAFT_OK;
}

static graft_status rebuild(graft_c_quantizer *self) {
    const graft_c_program *from = self->from;
    GRAFT_TRY(graft_c_make_q(self, from->input, -1, &self->to->input));
    for (size_t i = 0; i < from->step_count; i++) {
        bool done;
        GRAFT_TRY(graft_c_quantize_step(self, &from->steps[i], &done));
        if (!done) GRAFT_TRY(keep(self, &from->steps[i]));
    }
    GRAFT_TRY(graft_c_take_f(self, from->output, &self->to->output));
    return graft_c_place(self->to);
}

/* Buffers of a run over samples. */
typedef struct bench {
    float *input, *output, *other;
    void *workspace, *second;
} bench;

static void bench_close(bench *self) {
    graft_release(self->input);
    graft_release(self->output);
    graft_release(self->other);
    graft_release(self->workspace);
    graft_release(self->second);
}

static graft_status bench_open(bench *self, const graft_c_program *program, const graft_c_program *other) {
    const size_t outputs = program->values[program->output].count;
    self->input = graft_allocate(program->values[program->input].count, sizeof(float));
    self->output = graft_allocate(outputs, sizeof(float));
    self->other = graft_allocate(outputs, sizeof(float));
    self->workspace = graft_allocate_aligned(program->workspace, 1);
    self->second = graft_allocate_aligned(other ? other->workspace : 1, 1);
    return self->input && self->output && self->other && self->workspace && self->second
               ? GRAFT_OK
               : graft_fail_memory("trial runs of C source");
}

static graft_status measure(graft_context *context, graft_c_program *program, const graft_c_samples *samples,
                            bench *with) {
    graft_phase *phase;
    graft_status status = GRAFT_OK;
    GRAFT_TRY(graft_phase_begin(context, "calibrate", samples->count, &phase));
    for (size_t i = 0; i < samples->count && status == GRAFT_OK; i++) {
        status = samples->load(samples->user, i, with->input);
        if (status != GRAFT_OK) break;
        graft_c_run(program, with->input, with->workspace, with->output, true);
        status = graft_phase_add(phase, 1, 0);
    }
    graft_phase_end(phase);
    return status;
}

graft_status graft_c_quantize(graft_context *context, graft_c_program *program, const graft_c_samples *samples,
                              graft_c_program *out) {
    graft_c_quantizer self = {.from = program, .to = out};
    bench with = {.input = NULL};
    graft_status status;
    *out = (graft_c_program){.graph = program->graph, .input = -1, .output = -1};
    self.q = graft_allocate(program->value_count, sizeof *self.q);
    self.f = graft_allocate(program->value_count, sizeof *self.f);
    if (self.q == NULL || self.f == NULL) {
        status = graft_fail_memory("int8 weights");
        goto done;
    }
    for (size_t i = 0; i < program->value_count; i++)
        self.q[i] = self.f[i] = -1;
    GRAFT_TRY_TO(done, status, bench_open(&with, program, NULL));
    GRAFT_TRY_TO(done, status, mark_channels(program));
    GRAFT_TRY_TO(done, status, measure(context, program, samples, &with));
    status = rebuild(&self);
done:
    bench_close(&with);
    graft_release(self.q);
    graft_release(self.f);
    return status;
}

static size_t largest(const float *values, size_t count) {
    size_t at = 0;
    for (size_t i = 1; i < count; i++)
        if (values[i] > values[at]) at = i;
    return at;
}

static double cosine(const float *a, const float *b, size_t count) {
    double aa = 0, bb = 0, ab = 0;
    for (size_t i = 0; i < count; i++) {
        aa += (double)a[i] * (double)a[i];
        bb += (double)b[i] * (double)b[i];
        ab += (double)a[i] * (double)b[i];
    }
    return aa > 0 && bb > 0 ? ab / sqrt(aa * bb) : aa <= 0 && bb <= 0;
}

graft_status graft_c_compare(graft_context *context, graft_c_program *program, graft_c_program *quantized,
                             const graft_c_samples *samples, graft_c_agreement *out) {
    const size_t outputs = program->values[program->output].count;
    bench with = {.input = NULL};
    graft_phase *phase = NULL;
    graft_status status;
    const size_t first = samples->checks > 0 ? samples->count : 0;
    *out = (graft_c_agreement){.count = samples->checks > 0 ? samples->checks : samples->count};
    GRAFT_TRY_TO(done, status, bench_open(&with, program, quantized));
    GRAFT_TRY_TO(done, status, graft_phase_begin(context, "compare", out->count, &phase));
    for (size_t i = 0; i < out->count; i++) {
        GRAFT_TRY_TO(done, status, samples->load(samples->user, first + i, with.input));
        graft_c_run(program, with.input, with.workspace, with.output, false);
        graft_c_run(quantized, with.input, with.second, with.other, false);
        out->same += largest(with.output, outputs) == largest(with.other, outputs);
        out->cosine += cosine(with.output, with.other, outputs) / (double)out->count;
        for (size_t k = 0; k < outputs; k++)
            out->difference = fmax(out->difference, fabs((double)with.output[k] - (double)with.other[k]));
        GRAFT_TRY_TO(done, status, graft_phase_add(phase, 1, 0));
    }
    status = GRAFT_OK;
done:
    graft_phase_end(phase);
    bench_close(&with);
    return status;
}
