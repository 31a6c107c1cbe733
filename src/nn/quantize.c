/* Calibration: the samples run as floats, for the range of each value and for how often each magnitude occurs; then as
 * integers, to see what each node's rounding leaves of its value and of the outputs. */
#include "nn/quantize-internal.h"

#include "base/threads.h"
#include "nn/ops/ops.h"
#include <math.h>
#include <string.h>

#define LEAST_SQNR 20.0  /* dB, of the outputs */
#define FIRST_BOUND 15.0 /* dB that a node's own rounding leaves at least; raised until the outputs are as wanted */
#define LAST_BOUND 45.0
#define BOUND_STEP 5.0
#define NOISE_SAMPLES 16 /* that each node's rounding is measured on */

/* ---- plans and their states ---- */

void graft_calibrator_close(graft_calibrator_plan *plan) {
    for (int i = 0; i < plan->threads && plan->states != NULL; i++)
        graft_plan_state_free(plan->states[i]);
    graft_release(plan->states);
    graft_plan_free(plan->plan);
    *plan = (graft_calibrator_plan){NULL, NULL, 0};
}

graft_status graft_calibrator_open(const graft_calibrator *self, const int *outputs, int count, bool int8,
                                   graft_calibrator_plan *out) {
    graft_plan_options options = GRAFT_PLAN_OPTIONS_INIT;
    options.batch = 1;
    options.outputs = outputs;
    options.output_count = count;
    options.floats = !int8;
    options.quantization = int8 ? self->record : NULL;
    *out = (graft_calibrator_plan){.threads = graft_context_threads(self->context)};
    graft_status status = graft_plan_new(self->context, self->graph, &options, &out->plan);
    if (status == GRAFT_OK) {
        out->states = graft_allocate_zero((size_t)out->threads, sizeof(graft_plan_state *));
        if (out->states == NULL) status = graft_fail_memory("a calibration");
    }
    if (status != GRAFT_OK) graft_calibrator_close(out);
    return status;
}

graft_status graft_calibrator_run(const graft_calibrator *self, graft_calibrator_plan *plan, int worker,
                                  size_t sample) {
    if (plan->states[worker] == NULL) GRAFT_TRY(graft_plan_state_new(plan->plan, &plan->states[worker]));
    graft_plan_state *state = plan->states[worker];
    GRAFT_TRY(self->given->sample(self->given->argument, worker, sample, graft_plan_state_input(state, 0)));
    return graft_plan_run(state, 1);
}

/* ---- floats and integers side by side ---- */

typedef struct difference {
    double signal, noise, cosine;
} difference;

typedef struct comparison {
    const graft_calibrator *self;
    graft_calibrator_plan exact, rounded;
    int outputs;
    size_t first;            /* sample */
    difference *differences; /* of each output, sample by sample */
} comparison;

static difference compare_values(const float *exact, const float *rounded, size_t count) {
    double ab = 0.0, aa = 0.0, bb = 0.0, noise = 0.0;
    for (size_t i = 0; i < count; i++) {
        const double a = (double)exact[i], b = (double)rounded[i];
        ab += a * b;
        aa += a * a;
        bb += b * b;
        noise += (a - b) * (a - b);
    }
    const double cosine = aa > 0.0 && bb > 0.0 ? ab / sqrt(aa * bb) : aa > 0.0 || bb > 0.0 ? 0.0 : 1.0;
    return (difference){aa, noise, cosine};
}

static graft_status compare_sample(void *argument, int worker, size_t index) {
    comparison *c = argument;
    GRAFT_TRY(graft_calibrator_run(c->self, &c->exact, worker, c->first + index));
    GRAFT_TRY(graft_calibrator_run(c->self, &c->rounded, worker, c->first + index));
    for (int i = 0; i < c->outputs; i++)
        c->differences[index * (size_t)c->outputs + (size_t)i] = compare_values(
            graft_plan_state_output(c->exact.states[worker], i, 0),
            graft_plan_state_output(c->rounded.states[worker], i, 0), graft_plan_output_size(c->exact.plan, i));
    return GRAFT_OK;
}

/* The differences of `count` outputs over samples first .. first + samples - 1. Release *out. */
static graft_status compare(const graft_calibrator *self, const int *outputs, int count, size_t first, size_t samples,
                            difference **out) {
    comparison c = {.self = self, .outputs = count, .first = first};
    graft_status status = graft_calibrator_open(self, outputs, count, false, &c.exact);
    if (status == GRAFT_OK) status = graft_calibrator_open(self, outputs, count, true, &c.rounded);
    if (status == GRAFT_OK) {
        c.differences = graft_allocate_zero(samples * (size_t)count, sizeof *c.differences);
        if (c.differences == NULL) status = graft_fail_memory("a calibration");
    }
    if (status == GRAFT_OK) status = graft_parallel_for(self->context, samples, compare_sample, &c);
    graft_calibrator_close(&c.exact);
    graft_calibrator_close(&c.rounded);
    if (status == GRAFT_OK)
        *out = c.differences;
    else
        graft_release(c.differences);
    return status;
}

/* ---- what rounds too much ---- */

static double noise_ratio(const graft_calibrator *self, int place) {
    const graft_range *r = place < 0 ? NULL : &self->ranges[place];
    return r == NULL || r->signal <= 0.0 ? 0.0 : r->noise / r->signal;
}

static double in_decibels(double ratio) {
    return ratio > 0.0 ? -10.0 * log10(ratio) : 0.0;
}

/* Integers where a node adds little noise to its inputs', and values stored as integers that lose little by it. */
static void judge(graft_calibrator *self, double bound) {
    const double most = pow(10.0, -bound / 10.0);
    for (int i = 0; i < self->count; i++) {
        const graft_range *r = &self->ranges[i];
        graft_quantized_value *to = &self->record->values[i];
        const double ratio = noise_ratio(self, i);
        const double came = fmax(noise_ratio(self, r->inputs[0]), noise_ratio(self, r->inputs[1]));
        to->sqnr = in_decibels(ratio);
        to->unit = r->storing <= most ? r->unit : 0.0F;
        to->is_signed = r->low < 0.0F;
        to->weighted = r->weighted;
        to->int8 = r->weighted && ratio - came - r->storing <= most;
        to->int8 = to->int8 && self->record->values[r->inputs[0]].unit > 0.0F;
    }
}

static graft_status set_numbers(const float *from, size_t count, float **to) {
    graft_release(*to);
    *to = NULL;
    if (from == NULL) return GRAFT_OK;
    *to = graft_allocate(count, sizeof **to);
    if (*to == NULL) return graft_fail_memory("a calibration");
    memcpy(*to, from, count * sizeof **to);
    return GRAFT_OK;
}

static graft_status set_channels(const graft_range *r, graft_quantized_value *to) {
    to->channels = r->channels;
    GRAFT_TRY(set_numbers(r->profile, r->channels, &to->profile));
    return set_numbers(r->mean, r->channels, &to->mean);
}

/* Who stores what, by who reads it. */
static graft_status decide(graft_calibrator *self, double bound) {
    graft_plan plan = {.batch = 1};
    graft_plan_builder builder;
    judge(self, bound);
    for (int i = 0; i < self->count; i++)
        GRAFT_TRY(set_channels(&self->ranges[i], &self->record->values[i]));
    graft_status status = graft_builder_open(&builder, self->graph, &plan, self->outputs, self->output_count);
    if (status == GRAFT_OK) status = graft_passes_run(&builder);
    if (status == GRAFT_OK) {
        graft_builder_mark_needed(&builder);
        status = graft_builder_decide_int8(&builder, self->record);
    }
    graft_builder_close(&builder);
    self->record->int8 = 0;
    for (int i = 0; i < self->count; i++)
        self->record->int8 += self->record->values[i].int8 && self->ranges[i].weighted;
    return status;
}

static graft_status make_record(graft_calibrator *self) {
    graft_quantization *record = self->record;
    record->values = graft_allocate_zero((size_t)self->count, sizeof *record->values);
    if (record->values == NULL) return graft_fail_memory("a calibration");
    record->samples = self->given->count;
    for (int i = 0; i < self->count; i++) {
        record->values[i].name = graft_text_copy(graft_graph_node(self->graph, self->ranges[i].node)->name);
        if (record->values[i].name == NULL) return graft_fail_memory("a calibration");
        record->count = (size_t)i + 1;
        record->weighted += self->ranges[i].weighted;
    }
    return GRAFT_OK;
}

static graft_status measure_nodes(graft_calibrator *self) {
    const size_t samples = self->given->count < NOISE_SAMPLES ? self->given->count : NOISE_SAMPLES;
    difference *differences;
    GRAFT_TRY(decide(self, -INFINITY));
    GRAFT_TRY(compare(self, self->nodes, self->count, 0, samples, &differences));
    for (size_t i = 0; i < samples * (size_t)self->count; i++) {
        self->ranges[i % (size_t)self->count].signal += differences[i].signal;
        self->ranges[i % (size_t)self->count].noise += differences[i].noise;
    }
    graft_release(differences);
    return GRAFT_OK;
}

static graft_status measure_outputs(graft_calibrator *self) {
    const graft_quantize_samples *given = self->given;
    const size_t own = given->count < NOISE_SAMPLES ? given->count : NOISE_SAMPLES;
    const size_t samples = given->checks > 0 ? given->checks : own;
    double signal = 0.0, noise = 0.0;
    difference *differences;
    GRAFT_TRY(
        compare(self, self->outputs, self->output_count, given->checks > 0 ? given->count : 0, samples, &differences));
    self->record->cosine = 0.0;
    for (size_t i = 0; i < samples * (size_t)self->output_count; i++) {
        signal += differences[i].signal;
        noise += differences[i].noise;
        self->record->cosine += differences[i].cosine;
    }
    self->record->cosine /= (double)(samples * (size_t)self->output_count);
    self->record->sqnr = signal > 0.0 && noise > 0.0 ? in_decibels(noise / signal) : INFINITY;
    graft_release(differences);
    return GRAFT_OK;
}

/* Nodes go back to floats, those that round most first, until the outputs are near enough. */
static graft_status settle(graft_calibrator *self) {
    const double wanted = self->given->least_sqnr > 0.0 ? self->given->least_sqnr : LEAST_SQNR;
    double bound = FIRST_BOUND;
    do {
        GRAFT_TRY(decide(self, bound));
        GRAFT_TRY(measure_outputs(self));
        bound += BOUND_STEP;
    } while (self->record->sqnr < wanted && bound <= LAST_BOUND);
    if (self->record->sqnr >= wanted) return GRAFT_OK;
    GRAFT_TRY(decide(self, INFINITY));
    return measure_outputs(self);
}

static graft_status calibrate(graft_calibrator *self) {
    GRAFT_TRY(graft_calibrator_list(self));
    GRAFT_TRY(graft_calibrator_see(self));
    GRAFT_TRY(make_record(self));
    GRAFT_TRY(measure_nodes(self));
    return settle(self);
}

graft_status graft_quantize(graft_context *context, const graft_graph *graph, const int *outputs, int output_count,
                            const graft_quantize_samples *samples, graft_quantization **out) {
    const int output = graft_graph_output(graph);
    graft_calibrator self = {.context = context,
                             .graph = graph,
                             .given = samples,
                             .outputs = outputs == NULL ? &output : outputs,
                             .output_count = outputs == NULL ? 1 : output_count};
    if (samples->count == 0)
        return graft_fail(GRAFT_E_USAGE, "%s: no samples to calibrate on, expected some", graft_graph_name(graph));
    self.record = graft_allocate_zero(1, sizeof *self.record);
    graft_status status = self.record == NULL ? graft_fail_memory("a calibration") : calibrate(&self);
    for (int i = 0; i < self.count; i++) {
        graft_release(self.ranges[i].profile);
        graft_release(self.ranges[i].mean);
    }
    graft_release(self.ranges);
    graft_release(self.nodes);
    if (status != GRAFT_OK) {
        graft_quantization_free(self.record);
        return status;
    }
    *out = self.record;
    return GRAFT_OK;
}
