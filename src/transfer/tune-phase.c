/* One phase: freeze plan -> boundary -> cache -> suffix -> training plan. */
#include "transfer/tune-internal.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"

#include <string.h>

static bool is_input(const graft_graph *graph, int node) {
    return node == graft_graph_input(graph);
}

static graft_status make_suffix(const graft_tuning *tuning, graft_tune_phase *phase) {
    const graft_graph *network = tuning->network.graph;
    int count = graft_graph_count(network);
    phase->map = graft_allocate((size_t)count, sizeof(*phase->map));
    phase->trainable = graft_allocate_zero((size_t)count, sizeof(*phase->trainable));
    if (!phase->map || !phase->trainable) return graft_fail_memory("the layers that learn");
    GRAFT_TRY(
        graft_graph_suffix(network, phase->freeze.boundary, graft_graph_output(network), &phase->suffix, phase->map));
    for (int i = 0; i < count; i++)
        if (phase->map[i] >= 0) phase->trainable[phase->map[i]] = phase->freeze.trainable[i];
    phase->trainable[graft_graph_input(phase->suffix)] = false;
    if (!tuning->origin) return GRAFT_OK;
    return graft_graph_suffix(tuning->origin, phase->freeze.boundary, graft_graph_output(tuning->origin),
                              &phase->origin, NULL);
}

/* What of the plan's parameters is the head's: regularisers know no start for it. */
static graft_status mark_new(const graft_tuning *tuning, graft_tune_phase *phase) {
    if (!phase->origin) return GRAFT_OK;
    const graft_parameters *parameters = graft_train_plan_parameters(phase->plan);
    phase->segment_new = graft_allocate_zero((size_t)parameters->segment_count + 1, sizeof(bool));
    if (!phase->segment_new) return graft_fail_memory("the layers that are new");
    for (int i = 0; i < parameters->segment_count; i++)
        for (int k = tuning->network.head; k < graft_graph_count(tuning->network.graph); k++)
            phase->segment_new[i] |= phase->map[k] == parameters->segments[i].node_index;
    return GRAFT_OK;
}

/* Training pictures in all their views, validation as it is: augmentation cannot reach it. */
static graft_status fill_cache(graft_tuning *tuning, graft_tune_phase *phase) {
    const graft_graph *network = tuning->network.graph;
    graft_features_result validation;
    graft_cut cut;
    if (is_input(network, phase->freeze.boundary)) return GRAFT_OK;
    GRAFT_TRY(graft_cut_make(network, phase->freeze.boundary, GRAFT_POOL_NONE, &cut));
    GRAFT_TRY(graft_features_open(tuning->context, network, tuning->spec, &cut, 1, &tuning->views, &phase->features));
    GRAFT_TRY(graft_features_compute(phase->features, tuning->data, tuning->train, tuning->train_count,
                                     tuning->views.count, &phase->filled));
    GRAFT_TRY(graft_features_compute(phase->features, tuning->data, tuning->validation, tuning->validation_count, 1,
                                     &validation));
    phase->filled.computed += validation.computed;
    phase->filled.cached += validation.cached;
    phase->filled.seconds += validation.seconds;
    return GRAFT_OK;
}

static graft_status make_sources(graft_tuning *tuning, graft_tune_phase *phase) {
    GRAFT_TRY(graft_tune_source_init(&phase->train, tuning->context, phase->features, tuning->data, tuning->spec,
                                     tuning->train, tuning->train_label, tuning->train_count, &tuning->views));
    return graft_tune_source_init(&phase->validation, tuning->context, phase->features, tuning->data, tuning->spec,
                                  tuning->validation, tuning->validation_label, tuning->validation_count, NULL);
}

static graft_status make_plan(graft_tuning *tuning, graft_tune_phase *phase) {
    graft_train_plan_options options = GRAFT_TRAIN_PLAN_OPTIONS_INIT;
    int taps[GRAFT_RECIPE_TAPS];
    options.trainable = phase->trainable;
    options.batchnorm = (graft_batchnorm_mode)tuning->options->batchnorm;
    options.seed = tuning->seed;
    options.taps = taps;
    GRAFT_TRY(graft_recipe_taps(&tuning->recipe, phase->suffix, taps, &options.tap_count));
    GRAFT_TRY(graft_tune_fit_memory(tuning, phase, &options));
    GRAFT_TRY(graft_train_plan_new(tuning->context, phase->suffix, &options, &phase->plan));
    GRAFT_TRY(mark_new(tuning, phase));
    if (!(tuning->options->layer_decay > 0)) return GRAFT_OK;
    const graft_parameters *parameters = graft_train_plan_parameters(phase->plan);
    phase->segment_rate = graft_allocate((size_t)parameters->segment_count, sizeof(double));
    if (!phase->segment_rate) return graft_fail_memory("the layers' rates");
    graft_freeze_rates(tuning->network.graph, tuning->network.head, parameters, phase->map,
                       tuning->options->layer_decay, phase->segment_rate);
    return GRAFT_OK;
}

graft_status graft_tune_phase_open(graft_tuning *tuning, const graft_tune_spec *spec, graft_tune_phase *out) {
    *out = (graft_tune_phase){.spec = spec};
    graft_batchnorm_mode mode = (graft_batchnorm_mode)tuning->options->batchnorm;
    GRAFT_TRY(graft_freeze_make(tuning->network.graph, spec->from, &out->freeze));
    GRAFT_TRY(graft_freeze_check(tuning->network.graph, &out->freeze, mode, &out->before));
    GRAFT_TRY(graft_graph_limit_quantization(tuning->network.graph, out->freeze.boundary));
    GRAFT_TRY(make_suffix(tuning, out));
    GRAFT_TRY(fill_cache(tuning, out));
    GRAFT_TRY(make_sources(tuning, out));
    return make_plan(tuning, out);
}

void graft_tune_phase_close(graft_tune_phase *phase) {
    graft_train_plan_free(phase->plan);
    graft_tune_source_clear(&phase->train);
    graft_tune_source_clear(&phase->validation);
    graft_features_close(phase->features);
    graft_graph_free(phase->suffix);
    graft_graph_free(phase->origin);
    graft_release(phase->segment_new);
    graft_freeze_clear(&phase->freeze);
    graft_release(phase->map);
    graft_release(phase->trainable);
    graft_release(phase->segment_rate);
    *phase = (graft_tune_phase){0};
}

/* A tenth of the usual rate where pretrained weights learn: what they know must not be washed away. */
double graft_tune_rate(const graft_tuning *tuning, const graft_tune_spec *spec) {
    double usual = tuning->recipe.optimizer->default_rate;
    bool head_alone = spec->from >= tuning->network.head;
    if (spec->number > 0 && tuning->options->lr > 0) return tuning->options->lr;
    if (head_alone && spec->number == 0 && tuning->spec_count == 1 && tuning->options->lr > 0)
        return tuning->options->lr;
    return head_alone || tuning->untrained ? usual : usual / 10;
}

/* The schedule runs over all phases of fine-tuning; the head's own phase has its own. */
static void place_in_schedule(const graft_tuning *tuning, const graft_tune_spec *spec, uint64_t steps_per_epoch,
                              graft_fit_options *out) {
    if (spec->number == 0) return;
    for (const graft_tune_spec *other = tuning->specs; other < tuning->specs + tuning->spec_count; other++) {
        if (other->number == 0) continue;
        out->steps_total += other->epochs * steps_per_epoch;
        if (other->number < spec->number) out->steps_before += other->epochs * steps_per_epoch;
    }
}

void graft_tune_phase_options(const graft_tuning *tuning, const graft_tune_phase *phase, graft_fit_options *out) {
    const graft_tune_options *o = tuning->options;
    uint64_t steps = (tuning->train_count + tuning->batch - 1) / tuning->batch;
    *out = (graft_fit_options)GRAFT_FIT_OPTIONS_INIT;
    out->recipe = &tuning->recipe;
    out->phase = phase->spec->number;
    out->epochs = phase->spec->epochs;
    out->batch = tuning->batch;
    out->fill_batches = o->batchnorm == GRAFT_BATCHNORM_TRAIN;
    out->balanced = o->balanced;
    out->class_weight = tuning->class_weight;
    out->rate = graft_tune_rate(tuning, phase->spec);
    out->segment_rate = phase->segment_rate;
    out->decay = tuning->weight_decay;
    out->clip = o->clip;
    out->ema = o->ema;
    out->warmup = (uint64_t)(o->warmup * (double)steps);
    out->mix = (graft_mix){o->mixup > 0    ? GRAFT_MIX_MIXUP
                           : o->cutmix > 0 ? GRAFT_MIX_CUTMIX
                                           : GRAFT_MIX_NONE,
                           o->mixup > 0 ? o->mixup : o->cutmix};
    out->seed = tuning->seed;
    out->monitor = (graft_monitor)o->monitor;
    if (tuning->validation_count == 0 && out->monitor == GRAFT_MONITOR_VAL_ACC) out->monitor = GRAFT_MONITOR_LOSS;
    out->patience = (uint32_t)o->patience;
    /* Where nothing is pretrained there is nothing to lose: random features are ahead of a network's first epochs. */
    out->baseline = phase->spec->number > 0 && !tuning->untrained ? tuning->baseline : (double)NAN;
    out->checkpoint_steps = (uint64_t)o->checkpoint_steps;
    out->origin = phase->origin;
    out->segment_new = phase->segment_new;
    out->identity = tuning->identity;
    place_in_schedule(tuning, phase->spec, steps, out);
}
