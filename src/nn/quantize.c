/* Calibration: the samples run as floats, twice, for the range of each value and for how often each magnitude occurs;
 * then as integers, to see what each node's rounding leaves of its value. */
#include "nn/quantize.h"

#include "nn/ops/ops.h"
#include "nn/plan-internal.h"
#include <math.h>
#include <string.h>

#define BINS 2048        /* of a value's magnitudes, 0 to the largest */
#define FEWEST_BINS 128  /* a clipping below leaves too few levels to speak of */
#define BIN_STEP 16      /* between the clippings that are tried */
#define LEAST_SQNR 30.0  /* dB, of the outputs */
#define FIRST_BOUND 20.0 /* dB that a node's own rounding leaves at least; raised until the outputs are as wanted */
#define LAST_BOUND 45.0
#define BOUND_STEP 5.0
#define CHECK_SAMPLES 16 /* that the measure of rounding is taken on */

typedef struct value {
    int node;      /* the last folded into the host: a name the plan gives the value out by */
    int inputs[2]; /* places in the list of what the host computes from; -1: none */
    bool weighted;
    float low, high; /* seen */
    uint64_t *bins;
    double signal, noise;
    float unit;     /* as integers */
    double storing; /* noise by signal of the value as integers, by the bins */
} value;

typedef struct calibrator {
    graft_context *context;
    const graft_graph *graph;
    const graft_calibration *given;
    const int *outputs;
    int output_count;
    value *values;
    int *nodes; /* of the values, as a plan's outputs */
    int count;
    graft_quantization *record;
} calibrator;

typedef struct runner {
    graft_plan *plan;
    graft_plan_state *state;
} runner;

static void close_runner(runner *r) {
    graft_plan_state_free(r->state);
    graft_plan_free(r->plan);
    *r = (runner){NULL, NULL};
}

static graft_status open_runner(const calibrator *c, const int *outputs, int count, bool int8, runner *out) {
    graft_plan_options options = GRAFT_PLAN_OPTIONS_INIT;
    options.batch = 1;
    options.outputs = outputs;
    options.output_count = count;
    options.quantization = int8 ? c->record : NULL;
    *out = (runner){NULL, NULL};
    GRAFT_TRY(graft_plan_new(c->context, c->graph, &options, &out->plan));
    const graft_status status = graft_plan_state_new(out->plan, &out->state);
    if (status != GRAFT_OK) close_runner(out);
    return status;
}

static graft_status run(const calibrator *c, runner *r, size_t sample) {
    GRAFT_TRY(c->given->sample(c->given->argument, sample, graft_plan_state_input(r->state, 0)));
    return graft_plan_run(r->state, 1);
}

/* ---- which values there are ---- */

static int place_of(const calibrator *c, const graft_plan_builder *builder, int host) {
    for (int i = 0; i < c->count; i++)
        if (graft_builder_resolve(builder, c->values[i].node) == host) return i;
    return -1;
}

static void add_value(calibrator *c, const graft_plan_builder *builder, int host) {
    const graft_plan_node *planned = &builder->nodes[host];
    const graft_op *op = planned->node->op;
    value *v = &c->values[c->count];
    v->node = c->nodes[c->count] = graft_builder_value_node(builder, host);
    v->weighted = op == &graft_op_conv2d || op == &graft_op_dense;
    v->inputs[0] = planned->node->input_count > 0 ? place_of(c, builder, graft_builder_producer(builder, host, 0)) : -1;
    v->inputs[1] = planned->addend >= 0 ? place_of(c, builder, graft_builder_resolve(builder, planned->addend)) : -1;
    v->low = INFINITY;
    v->high = -INFINITY;
    c->count++;
}

static graft_status list_values(calibrator *c, graft_plan_builder *builder) {
    GRAFT_TRY(graft_passes_run(builder));
    graft_builder_mark_needed(builder);
    c->values = graft_allocate_zero((size_t)builder->count, sizeof *c->values);
    c->nodes = graft_allocate_zero((size_t)builder->count, sizeof *c->nodes);
    if (c->values == NULL || c->nodes == NULL) return graft_fail_memory("a calibration");
    for (int i = 0; i < builder->count; i++)
        if (builder->nodes[i].needed && builder->nodes[i].into == i) add_value(c, builder, i);
    return GRAFT_OK;
}

static graft_status find_values(calibrator *c) {
    graft_plan plan = {.batch = 1};
    graft_plan_builder builder;
    graft_status status = graft_builder_open(&builder, c->graph, &plan, c->outputs, c->output_count);
    if (status == GRAFT_OK) status = list_values(c, &builder);
    graft_builder_close(&builder);
    return status;
}

/* ---- their ranges ---- */

static void see_range(value *v, const float *x, size_t count) {
    for (size_t i = 0; i < count; i++) {
        v->low = fminf(v->low, x[i]);
        v->high = fmaxf(v->high, x[i]);
    }
}

static float largest(const value *v) {
    return fmaxf(-v->low, v->high);
}

static void see_magnitudes(value *v, const float *x, size_t count) {
    const float top = largest(v), scale = top > 0.0F ? (float)BINS / top : 0.0F;
    for (size_t i = 0; i < count; i++) {
        const int bin = (int)(fabsf(x[i]) * scale);
        v->bins[bin < BINS ? bin : BINS - 1]++;
    }
}

static graft_status see_all(calibrator *c, void (*see)(value *v, const float *x, size_t count)) {
    runner r;
    graft_status status = GRAFT_OK;
    GRAFT_TRY(open_runner(c, c->nodes, c->count, false, &r));
    for (size_t s = 0; s < c->given->count && status == GRAFT_OK; s++) {
        status = run(c, &r, s);
        for (int i = 0; i < c->count && status == GRAFT_OK; i++)
            see(&c->values[i], graft_plan_state_output(r.state, i, 0), graft_plan_output_size(r.plan, i));
    }
    close_runner(&r);
    return status;
}

static graft_status make_bins(calibrator *c) {
    for (int i = 0; i < c->count; i++) {
        const float top = largest(&c->values[i]);
        if (!isfinite(top))
            return graft_fail(GRAFT_E_DATA, "%s: its values on the calibration samples are not finite",
                              graft_graph_node(c->graph, c->values[i].node)->name);
        c->values[i].bins = graft_allocate_zero(BINS, sizeof *c->values[i].bins);
        if (c->values[i].bins == NULL) return graft_fail_memory("a calibration");
    }
    return GRAFT_OK;
}

/* The squared error, in bins, of clipping after `kept` bins and rounding to `levels` steps. Rounding leaves a twelfth
 * of the step's square, but of numbers that become 0 all of theirs. */
static double squared_error(const value *v, int kept, int levels) {
    const double step = (double)kept / levels;
    double sum = 0.0;
    for (int i = 0; i < BINS; i++) {
        const double x = i + 0.5;
        const double error = i >= kept ? (x - kept) * (x - kept) : x < step / 2 ? x * x : step * step / 12.0;
        sum += (double)v->bins[i] * error;
    }
    return sum;
}

/* What one step is worth: where the squared error is least. */
static void choose_unit(value *v) {
    const int levels = v->low < 0.0F ? 127 : 255;
    double energy = 0.0, least = squared_error(v, BINS, levels);
    int best = BINS;
    v->unit = 1.0F;
    if (largest(v) <= 0.0F) return;
    for (int kept = FEWEST_BINS; kept < BINS; kept += BIN_STEP) {
        const double error = squared_error(v, kept, levels);
        if (error < least) {
            least = error;
            best = kept;
        }
    }
    for (int i = 0; i < BINS; i++)
        energy += (double)v->bins[i] * (i + 0.5) * (i + 0.5);
    v->unit = largest(v) * (float)best / (float)BINS / (float)levels;
    v->storing = least / energy;
}

static graft_status record_values(calibrator *c) {
    graft_quantization *record = c->record;
    record->values = graft_allocate_zero((size_t)c->count, sizeof *record->values);
    if (record->values == NULL) return graft_fail_memory("a calibration");
    record->count = (size_t)c->count;
    for (int i = 0; i < c->count; i++) {
        value *v = &c->values[i];
        graft_quantized_value *to = &record->values[i];
        choose_unit(v);
        to->name = graft_text_copy(graft_graph_node(c->graph, v->node)->name);
        if (to->name == NULL) return graft_fail_memory("a calibration");
        to->unit = v->unit;
        to->is_signed = v->low < 0.0F;
        to->int8 = v->weighted;
        record->weighted += v->weighted;
    }
    return GRAFT_OK;
}

/* ---- what rounds too much ---- */

static void add_noise(value *v, const float *exact, const float *rounded, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const double difference = (double)rounded[i] - exact[i];
        v->signal += (double)exact[i] * exact[i];
        v->noise += difference * difference;
    }
}

static double noise_ratio(const calibrator *c, int place) {
    const value *v = place < 0 ? NULL : &c->values[place];
    return v == NULL || v->signal <= 0.0 ? 0.0 : v->noise / v->signal;
}

static double in_decibels(double ratio) {
    return ratio > 0.0 ? -10.0 * log10(ratio) : 0.0;
}

/* Integers where a node adds little noise to its inputs', and values stored as integers that lose little by it. */
static void judge(calibrator *c, double bound) {
    const double most = pow(10.0, -bound / 10.0);
    c->record->int8 = 0;
    for (int i = 0; i < c->count; i++) {
        const value *v = &c->values[i];
        graft_quantized_value *to = &c->record->values[i];
        const double ratio = noise_ratio(c, i), came = fmax(noise_ratio(c, v->inputs[0]), noise_ratio(c, v->inputs[1]));
        to->sqnr = in_decibels(ratio);
        to->unit = v->storing <= most ? v->unit : 0.0F;
        to->int8 = v->weighted && ratio - came - v->storing <= most;
        to->int8 = to->int8 && c->record->values[v->inputs[0]].unit > 0.0F;
        c->record->int8 += to->int8;
    }
}

static graft_status measure_noise(calibrator *c, runner *exact, runner *rounded) {
    for (size_t s = 0; s < c->given->count && s < CHECK_SAMPLES; s++) {
        GRAFT_TRY(run(c, exact, s));
        GRAFT_TRY(run(c, rounded, s));
        for (int i = 0; i < c->count; i++)
            add_noise(&c->values[i], graft_plan_state_output(exact->state, i, 0),
                      graft_plan_state_output(rounded->state, i, 0), graft_plan_output_size(exact->plan, i));
    }
    return GRAFT_OK;
}

static double cosine(const float *a, const float *b, size_t count) {
    double ab = 0.0, aa = 0.0, bb = 0.0;
    for (size_t i = 0; i < count; i++) {
        ab += (double)a[i] * b[i];
        aa += (double)a[i] * a[i];
        bb += (double)b[i] * b[i];
    }
    return aa > 0.0 && bb > 0.0 ? ab / sqrt(aa * bb) : aa > 0.0 || bb > 0.0 ? 0.0 : 1.0;
}

static graft_status measure_outputs(calibrator *c, runner *exact, runner *rounded) {
    value all = {.signal = 0.0};
    c->record->cosine = 1.0;
    for (size_t s = 0; s < c->given->count && s < CHECK_SAMPLES; s++) {
        GRAFT_TRY(run(c, exact, s));
        GRAFT_TRY(run(c, rounded, s));
        for (int i = 0; i < c->output_count; i++) {
            const float *a = graft_plan_state_output(exact->state, i, 0);
            const float *b = graft_plan_state_output(rounded->state, i, 0);
            const size_t size = graft_plan_output_size(exact->plan, i);
            c->record->cosine = fmin(c->record->cosine, cosine(a, b, size));
            add_noise(&all, a, b, size);
        }
    }
    c->record->sqnr = all.signal > 0.0 && all.noise > 0.0 ? in_decibels(all.noise / all.signal) : INFINITY;
    return GRAFT_OK;
}

static graft_status compare(calibrator *c, const int *outputs, int count,
                            graft_status (*measure)(calibrator *c, runner *exact, runner *rounded)) {
    runner exact, rounded;
    GRAFT_TRY(open_runner(c, outputs, count, false, &exact));
    graft_status status = open_runner(c, outputs, count, true, &rounded);
    if (status == GRAFT_OK) {
        status = measure(c, &exact, &rounded);
        close_runner(&rounded);
    }
    close_runner(&exact);
    return status;
}

/* Nodes go back to floats, those that round most first, until the outputs are near enough. */
static graft_status settle(calibrator *c) {
    const double wanted = c->given->least_sqnr > 0.0 ? c->given->least_sqnr : LEAST_SQNR;
    double bound = FIRST_BOUND;
    do {
        judge(c, bound);
        GRAFT_TRY(compare(c, c->outputs, c->output_count, measure_outputs));
        bound += BOUND_STEP;
    } while (c->record->sqnr < wanted && bound <= LAST_BOUND);
    if (c->record->sqnr >= wanted) return GRAFT_OK;
    judge(c, INFINITY);
    return compare(c, c->outputs, c->output_count, measure_outputs);
}

static graft_status calibrate(calibrator *c) {
    GRAFT_TRY(find_values(c));
    GRAFT_TRY(see_all(c, see_range));
    GRAFT_TRY(make_bins(c));
    GRAFT_TRY(see_all(c, see_magnitudes));
    GRAFT_TRY(record_values(c));
    GRAFT_TRY(compare(c, c->nodes, c->count, measure_noise));
    return settle(c);
}

graft_status graft_quantize(graft_context *context, const graft_graph *graph, const int *outputs, int output_count,
                            const graft_calibration *calibration, graft_quantization **out) {
    const int output = graft_graph_output(graph);
    calibrator c = {.context = context,
                    .graph = graph,
                    .given = calibration,
                    .outputs = outputs == NULL ? &output : outputs,
                    .output_count = outputs == NULL ? 1 : output_count};
    if (calibration->count == 0)
        return graft_fail(GRAFT_E_USAGE, "%s: no samples to calibrate on, expected some", graft_graph_name(graph));
    c.record = graft_allocate_zero(1, sizeof *c.record);
    graft_status status = c.record == NULL ? graft_fail_memory("a calibration") : calibrate(&c);
    for (int i = 0; i < c.count; i++)
        graft_release(c.values[i].bins);
    graft_release(c.values);
    graft_release(c.nodes);
    if (status != GRAFT_OK) {
        graft_quantization_free(c.record);
        return status;
    }
    *out = c.record;
    return GRAFT_OK;
}
