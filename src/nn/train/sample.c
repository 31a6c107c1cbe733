/* Training of gaussian_sample, the reparameterisation of Kingma and Welling 2014: a draw z = m + d exp(v / 2) e of a
 * mean m and a log-variance v, e standard normal, so that dz / dm = 1 and dz / dv = (z - m) / 2. */
#include "base/rng.h"
#include "nn/ops/ops.h"
#include "nn/train/train-internal.h"
#include <math.h>
#include <string.h>

enum { MEAN, LOG_VARIANCE }; /* inputs, and what is kept of them */

/* The same for forward, where `in` is the mean, and for backward, where it is the gradient by the draw. */
typedef struct drawing {
    const graft_train_plan *plan;
    const float *in, *log_variance;
    float *out;
    size_t size; /* of one sample */
    uint64_t seed;
    double deviation;
    bool backward;
} drawing;

/* Noise is a function of (seed, node, epoch, sample, element) alone, so that backward draws it again. */
static void draw_sample(const drawing *d, size_t sample, size_t begin, size_t end) {
    const uint64_t id = (size_t)d->plan->count > sample ? d->plan->samples[sample] : 0;
    graft_rng rng = graft_rng_make(d->seed, GRAFT_RNG_LATENT, d->plan->epoch, id);
    const size_t offset = sample * d->size;
    rng.counter[0] += (uint32_t)begin; /* a normal number takes one block of the generator */
    for (size_t i = offset + begin; i < offset + end; i++) {
        const double noise = d->deviation * exp(0.5 * (double)d->log_variance[i]) * graft_rng_normal(&rng);
        d->out[i] = (float)(d->backward ? 0.5 * noise * (double)d->in[i] : (double)d->in[i] + noise);
    }
}

static void draw_part(void *argument, size_t begin, size_t end) {
    const drawing *d = argument;
    while (begin < end) {
        const size_t sample = begin / d->size, stop = (sample + 1) * d->size < end ? (sample + 1) * d->size : end;
        draw_sample(d, sample, begin - sample * d->size, stop - sample * d->size);
        begin = stop;
    }
}

static void draw(const graft_train_plan *plan, const graft_train_step *step, bool backward) {
    drawing d = {.plan = plan,
                 .in = step->memory[0],
                 .log_variance = step->memory[1],
                 .out = step->memory[2],
                 .size = (size_t)step->integer,
                 .seed = plan->seed ^ (0x9E3779B97F4A7C15U * ((uint64_t)step->node + 1)),
                 .deviation = step->number[0],
                 .backward = backward};
    if (plan->training && d.deviation > 0)
        graft_dnn_parallel(step->count, draw_part, &d);
    else if (backward)
        memset(d.out, 0, step->count * sizeof *d.out);
    else
        memcpy(d.out, d.in, step->count * sizeof *d.out);
}

static void draw_forward(const graft_train_plan *plan, const graft_train_step *step) {
    draw(plan, step, false);
}

static void draw_backward(const graft_train_plan *plan, const graft_train_step *step) {
    draw(plan, step, true);
}

static graft_status emit(graft_trainer *trainer, int node, graft_train_host host, graft_plan_value in,
                         graft_plan_value out) {
    const graft_train_node *at = graft_trainer_node(trainer, node);
    const graft_gaussian_sample_attributes *a = at->node->attributes;
    const size_t size = (size_t)graft_shape_count(&at->node->output);
    const graft_train_step step = {.host = host,
                                   .what = "gaussian sample",
                                   .node = node,
                                   .places = {graft_place(in), graft_place(at->kept[LOG_VARIANCE]), graft_place(out)},
                                   .place_count = 3,
                                   .count = size * (size_t)trainer->plan->batch,
                                   .number = {a->deviation},
                                   .integer = (int64_t)size};
    trainer->plan->drops_out |= a->deviation > 0; /* it takes the samples' names, as dropout does */
    return graft_trainer_host(trainer, &step);
}

graft_status graft_train_forward_gaussian_sample(graft_trainer *trainer, int node) {
    graft_train_node *at = graft_trainer_node(trainer, node);
    for (int k = MEAN; k <= LOG_VARIANCE; k++)
        GRAFT_TRY(graft_trainer_plain(trainer, node, graft_trainer_input(trainer, node, k), &at->kept[k]));
    GRAFT_TRY(graft_trainer_value(trainer, at->kept[MEAN].layout, &at->value));
    return emit(trainer, node, draw_forward, at->kept[MEAN], at->value);
}

graft_status graft_train_backward_gaussian_sample(graft_trainer *trainer, int node) {
    const graft_train_node *at = graft_trainer_node(trainer, node);
    graft_plan_value gradient, by_log_variance;
    GRAFT_TRY(graft_trainer_plain(trainer, node, at->gradient, &gradient));
    if (graft_trainer_wants(trainer, node, LOG_VARIANCE)) {
        GRAFT_TRY(graft_trainer_value(trainer, at->kept[LOG_VARIANCE].layout, &by_log_variance));
        GRAFT_TRY(emit(trainer, node, draw_backward, gradient, by_log_variance));
        GRAFT_TRY(graft_trainer_give(trainer, node, LOG_VARIANCE, by_log_variance));
    }
    return graft_trainer_wants(trainer, node, MEAN) ? graft_trainer_give(trainer, node, MEAN, gradient) : GRAFT_OK;
}
