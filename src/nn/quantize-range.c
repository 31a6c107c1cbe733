/* How far values reach over the samples, and what their integers count in. */
#include "nn/quantize-internal.h"

#include "base/threads.h"
#include "nn/ops/ops.h"
#include <math.h>
#include <string.h>

#define FEWEST_BINS 128   /* a clipping below leaves too few levels to speak of */
#define BIN_STEP 16       /* between the clippings that are tried */
#define MORE 1.1F         /* of a channel's range: other pictures reach a little further */
#define LEAST_SHARE 0.02F /* of the value's range that each channel has: what sleeps here may wake elsewhere */

/* ---- which values there are ---- */

static int place_of(const graft_calibrator *self, const graft_plan_builder *builder, int host) {
    for (int i = 0; i < self->count; i++)
        if (graft_builder_resolve(builder, self->ranges[i].node) == host) return i;
    return -1;
}

static void join(graft_calibrator *self, int a, int b) {
    const int from = self->ranges[a].group, to = self->ranges[b].group;
    for (int i = 0; i < self->count; i++)
        if (self->ranges[i].group == from) self->ranges[i].group = to;
}

static void add_range(graft_calibrator *self, const graft_plan_builder *builder, int host) {
    const graft_plan_node *planned = &builder->nodes[host];
    const int place = self->count++;
    graft_range *r = &self->ranges[place];
    r->node = self->nodes[place] = graft_builder_value_node(builder, host);
    const graft_shape *shape = &graft_graph_node(self->graph, r->node)->output;
    r->weighted = planned->node->op == &graft_op_conv2d || planned->node->op == &graft_op_dense;
    r->by_channel = shape->rank == 3 && graft_builder_may_scale_channels(builder, host);
    r->channels = shape->rank == 3 ? (size_t)shape->dim[0] : 1;
    r->area = (size_t)graft_shape_count(shape) / r->channels;
    r->first = self->channels;
    r->group = place;
    r->low = INFINITY;
    self->channels += r->channels;
    r->inputs[0] =
        planned->node->input_count > 0 ? place_of(self, builder, graft_builder_producer(builder, host, 0)) : -1;
    r->inputs[1] = planned->addend >= 0 ? place_of(self, builder, graft_builder_resolve(builder, planned->addend)) : -1;
    if (r->inputs[1] >= 0) join(self, place, r->inputs[1]);
}

static graft_status list(graft_calibrator *self, graft_plan_builder *builder) {
    GRAFT_TRY(graft_passes_run(builder));
    graft_builder_mark_needed(builder);
    self->ranges = graft_allocate_zero((size_t)builder->count, sizeof *self->ranges);
    self->nodes = graft_allocate_zero((size_t)builder->count, sizeof *self->nodes);
    if (self->ranges == NULL || self->nodes == NULL) return graft_fail_memory("a calibration");
    for (int i = 0; i < builder->count; i++)
        if (builder->nodes[i].needed && builder->nodes[i].into == i) add_range(self, builder, i);
    return GRAFT_OK;
}

graft_status graft_calibrator_list(graft_calibrator *self) {
    graft_plan plan = {.batch = 1};
    graft_plan_builder builder;
    graft_status status = graft_builder_open(&builder, self->graph, &plan, self->outputs, self->output_count);
    if (status == GRAFT_OK) status = list(self, &builder);
    graft_builder_close(&builder);
    return status;
}

/* ---- what each worker sees ---- */

typedef struct sight {
    float *low, *largest; /* one a channel of all values */
    uint64_t *bins;       /* GRAFT_RANGE_BINS a value */
} sight;

typedef struct watch {
    graft_calibrator *self;
    graft_calibrator_plan plan;
    sight *sights; /* one a worker */
    float *means;  /* one a channel of all values, sample by sample: added up in their order */
} watch;

static graft_status see_ranges(void *argument, int worker, size_t sample) {
    watch *w = argument;
    GRAFT_TRY(graft_calibrator_run(w->self, &w->plan, worker, sample));
    for (int i = 0; i < w->self->count; i++) {
        const graft_range *r = &w->self->ranges[i];
        const float *x = graft_plan_state_output(w->plan.states[worker], i, 0);
        for (size_t c = 0; c < r->channels; c++, x += r->area) {
            float *low = &w->sights[worker].low[r->first + c], *largest = &w->sights[worker].largest[r->first + c];
            float sum = 0.0F;
            for (size_t k = 0; k < r->area; k++) {
                *low = fminf(*low, x[k]);
                *largest = fmaxf(*largest, fabsf(x[k]));
                sum += x[k];
                if (!isfinite(x[k])) *largest = INFINITY;
            }
            w->means[sample * w->self->channels + r->first + c] = sum / (float)r->area;
        }
    }
    return GRAFT_OK;
}

static graft_status see_magnitudes(void *argument, int worker, size_t sample) {
    watch *w = argument;
    GRAFT_TRY(graft_calibrator_run(w->self, &w->plan, worker, sample));
    for (int i = 0; i < w->self->count; i++) {
        const graft_range *r = &w->self->ranges[i];
        const float *x = graft_plan_state_output(w->plan.states[worker], i, 0);
        uint64_t *bins = w->sights[worker].bins + (size_t)i * GRAFT_RANGE_BINS;
        for (size_t c = 0; c < r->channels; c++, x += r->area) {
            const float top = r->profile == NULL ? r->top : r->top * r->profile[c];
            const float scale = top > 0.0F ? (float)GRAFT_RANGE_BINS / top : 0.0F;
            for (size_t k = 0; k < r->area; k++) {
                const float place = fabsf(x[k]) * scale;
                bins[place < GRAFT_RANGE_BINS - 1 ? (int)place : GRAFT_RANGE_BINS - 1]++;
            }
        }
    }
    return GRAFT_OK;
}

static void clear_watch(watch *w) {
    for (int i = 0; i < w->plan.threads && w->sights != NULL; i++) {
        graft_release(w->sights[i].low);
        graft_release(w->sights[i].largest);
        graft_release(w->sights[i].bins);
    }
    graft_release(w->sights);
    graft_release(w->means);
    graft_calibrator_close(&w->plan);
}

static graft_status open_sight(const graft_calibrator *self, sight *s) {
    s->low = graft_allocate(self->channels, sizeof *s->low);
    s->largest = graft_allocate_zero(self->channels, sizeof *s->largest);
    s->bins = graft_allocate_zero((size_t)self->count * GRAFT_RANGE_BINS, sizeof *s->bins);
    if (s->low == NULL || s->largest == NULL || s->bins == NULL) return graft_fail_memory("a calibration");
    for (size_t i = 0; i < self->channels; i++)
        s->low[i] = INFINITY;
    return GRAFT_OK;
}

/* Minima, maxima and counts are the same in whatever order they come. */
static void gather(const graft_calibrator *self, watch *w) {
    for (int t = 1; t < w->plan.threads; t++) {
        for (size_t i = 0; i < self->channels; i++) {
            w->sights[0].low[i] = fminf(w->sights[0].low[i], w->sights[t].low[i]);
            w->sights[0].largest[i] = fmaxf(w->sights[0].largest[i], w->sights[t].largest[i]);
        }
        for (size_t i = 0; i < (size_t)self->count * GRAFT_RANGE_BINS; i++)
            w->sights[0].bins[i] += w->sights[t].bins[i];
    }
}

/* ---- units ---- */

static graft_status settle_ranges(graft_calibrator *self, const sight *s) {
    for (int i = 0; i < self->count; i++) {
        graft_range *r = &self->ranges[i];
        for (size_t c = 0; c < r->channels; c++) {
            r->low = fminf(r->low, s->low[r->first + c]);
            r->largest = fmaxf(r->largest, s->largest[r->first + c]);
        }
        if (!isfinite(r->largest))
            return graft_fail(GRAFT_E_DATA, "%s: its values on the calibration samples are not finite",
                              graft_graph_node(self->graph, r->node)->name);
        r->top = r->largest;
    }
    return GRAFT_OK;
}

static graft_status make_mean(const watch *w, graft_range *r) {
    const size_t samples = w->self->given->count;
    if (r->channels == 1) return GRAFT_OK;
    r->mean = graft_allocate(r->channels, sizeof *r->mean);
    if (r->mean == NULL) return graft_fail_memory("a calibration");
    for (size_t c = 0; c < r->channels; c++) {
        double sum = 0.0;
        for (size_t s = 0; s < samples; s++)
            sum += (double)w->means[s * w->self->channels + r->first + c];
        r->mean[c] = (float)(sum / (double)samples);
    }
    return GRAFT_OK;
}

/* Channels of added values are alike in all of them, or in none. */
static bool group_by_channel(const graft_calibrator *self, int group) {
    size_t channels = self->ranges[group].channels;
    bool all = true;
    for (int i = 0; i < self->count; i++)
        if (self->ranges[i].group == group) {
            channels = channels == self->ranges[i].channels ? channels : 0;
            all = all && self->ranges[i].by_channel;
        }
    return all && channels > 1;
}

/* Each channel's share of its value's range, the largest in any of the group. */
static graft_status make_profile(graft_calibrator *self, const sight *s, graft_range *of) {
    of->profile = graft_allocate(of->channels, sizeof *of->profile);
    if (of->profile == NULL) return graft_fail_memory("a calibration");
    for (size_t c = 0; c < of->channels; c++) {
        float share = LEAST_SHARE;
        for (int i = 0; i < self->count; i++) {
            const graft_range *r = &self->ranges[i];
            if (r->group == of->group && r->largest > 0.0F)
                share = fmaxf(share, fminf(1.0F, MORE * s->largest[r->first + c] / r->largest));
        }
        of->profile[c] = share;
    }
    of->top = 0.0F;
    for (size_t c = 0; c < of->channels; c++)
        of->top = fmaxf(of->top, s->largest[of->first + c] / of->profile[c]);
    return GRAFT_OK;
}

/* The squared error, in bins, of clipping after `kept` bins and rounding to `levels` steps. Rounding leaves a twelfth
 * of the step's square, but of numbers that become 0 all of theirs. */
static double squared_error(const uint64_t *bins, int kept, int levels) {
    const double step = (double)kept / levels;
    double sum = 0.0;
    for (int i = 0; i < GRAFT_RANGE_BINS; i++) {
        const double x = i + 0.5;
        const double error = i >= kept ? (x - kept) * (x - kept) : x < step / 2 ? x * x : step * step / 12.0;
        sum += (double)bins[i] * error;
    }
    return sum;
}

/* What one step is worth: where the squared error is least. */
static void choose_unit(graft_range *r, const uint64_t *bins) {
    const int levels = r->low < 0.0F ? 127 : 255;
    double energy = 0.0, least = squared_error(bins, GRAFT_RANGE_BINS, levels);
    int best = GRAFT_RANGE_BINS;
    r->unit = 1.0F;
    if (r->top <= 0.0F) return;
    for (int kept = FEWEST_BINS; kept < GRAFT_RANGE_BINS; kept += BIN_STEP) {
        const double error = squared_error(bins, kept, levels);
        if (error < least) {
            least = error;
            best = kept;
        }
    }
    for (int i = 0; i < GRAFT_RANGE_BINS; i++)
        energy += (double)bins[i] * (i + 0.5) * (i + 0.5);
    r->unit = r->top * (float)best / (float)GRAFT_RANGE_BINS / (float)levels;
    r->storing = least / energy;
}

static graft_status see(graft_calibrator *self, watch *w) {
    GRAFT_TRY(graft_parallel_for(self->context, self->given->count, see_ranges, w));
    gather(self, w);
    GRAFT_TRY(settle_ranges(self, &w->sights[0]));
    for (int i = 0; i < self->count; i++)
        GRAFT_TRY(make_mean(w, &self->ranges[i]));
    for (int i = 0; i < self->count; i++)
        if (group_by_channel(self, self->ranges[i].group))
            GRAFT_TRY(make_profile(self, &w->sights[0], &self->ranges[i]));
    GRAFT_TRY(graft_parallel_for(self->context, self->given->count, see_magnitudes, w));
    gather(self, w);
    for (int i = 0; i < self->count; i++)
        choose_unit(&self->ranges[i], w->sights[0].bins + (size_t)i * GRAFT_RANGE_BINS);
    return GRAFT_OK;
}

graft_status graft_calibrator_see(graft_calibrator *self) {
    watch w = {.self = self};
    graft_status status = graft_calibrator_open(self, self->nodes, self->count, false, &w.plan);
    if (status != GRAFT_OK) return status;
    w.sights = graft_allocate_zero((size_t)w.plan.threads, sizeof *w.sights);
    if (w.sights == NULL) status = graft_fail_memory("a calibration");
    for (int i = 0; i < w.plan.threads && status == GRAFT_OK; i++)
        status = open_sight(self, &w.sights[i]);
    if (status == GRAFT_OK) {
        w.means = graft_allocate(self->given->count * self->channels, sizeof *w.means);
        status = w.means == NULL ? graft_fail_memory("a calibration") : see(self, &w);
    }
    clear_watch(&w);
    return status;
}
