/* The sizes of pretraining, one after the other, each a phase of one plan. */
#include "transfer/pretrain-internal.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "transfer/network-write.h"

#include <stdio.h>
#include <string.h>

static const double nothing_left = 1e-9; /* seconds: less than it takes to ask the clock twice */

static const char *const stops[] = {"finished", "early", "nan", "negative", "time"};

/* Pictures as samples of what is learnt from them: their labels, what a teacher makes of them, or themselves. */
typedef struct part {
    graft_tune_source labelled;
    graft_distill_source taught;
    graft_coding_source coded;
    const graft_sample_source *source; /* of the one that is used */
} part;

/* One size at work. */
typedef struct stage {
    graft_pretraining *self;
    graft_tune_phase phase; /* spec, suffix (the network at this size), plan, micro, bytes */
    graft_preprocess spec;  /* of its pictures */
    part train, validation;
    graft_run_phase figures;
    graft_status failed;
} stage;

/* ---- the network ---- */

graft_status graft_pretrain_resized(const graft_pretraining *self, int side, graft_graph **graph,
                                    graft_preprocess *spec) {
    const graft_graph *network = self->tuning.network.graph;
    const int output = graft_graph_output(network);
    GRAFT_TRY(graft_graph_prefix(network, &output, 1, graph, NULL));
    *spec = self->spec;
    spec->width = spec->height = side;
    return graft_graph_resize_input(*graph, side, side);
}

graft_status graft_pretrain_write(const graft_pretraining *self, const graft_graph *graph, const char *path) {
    graft_graph *backbone;
    graft_json *metadata = NULL;
    GRAFT_TRY(graft_graph_prefix(graph, &self->feature_node, 1, &backbone, NULL));
    graft_status status = graft_graph_resize_input(backbone, self->spec.height, self->spec.width);
    if (status == GRAFT_OK) status = graft_network_metadata(backbone, &self->spec, NULL, 0, &metadata);
    if (status == GRAFT_OK) status = graft_network_write(path, backbone, metadata, self->options.store == 1);
    graft_json_free(metadata);
    graft_graph_free(backbone);
    return status;
}

/* ---- what is told ---- */

static graft_status add_epoch(graft_pretraining *self, const graft_epoch *from, double seconds) {
    graft_run_epoch epoch;
    GRAFT_TRY(graft_run_add_epoch(self->run, from, seconds, &epoch));
    if (self->options.tune.on_epoch) self->options.tune.on_epoch(self->options.tune.user, &epoch);
    return GRAFT_OK;
}

/* Epochs of the history that were not told yet: a resumed run tells first what went before. */
static graft_status tell_history(graft_pretraining *self, size_t end) {
    while (self->run->epoch_count < end)
        GRAFT_TRY(add_epoch(self, &self->tuning.history.epochs[self->run->epoch_count], 0));
    return GRAFT_OK;
}

static void on_epoch(void *user, const graft_epoch *epoch, double seconds) {
    stage *at = user;
    if (at->failed == GRAFT_OK) at->failed = tell_history(at->self, at->self->tuning.history.count - 1);
    if (at->failed == GRAFT_OK) at->failed = add_epoch(at->self, epoch, seconds);
}

static graft_status on_weights(void *user, const graft_graph *graph) {
    const stage *at = user;
    return at->self->snapshot ? graft_pretrain_write(at->self, graph, at->self->snapshot) : GRAFT_OK;
}

static graft_status tell_phase(stage *at) {
    const graft_tune_options *o = &at->self->options.tune;
    graft_run *run = at->self->run;
    if (o->on_phase) o->on_phase(o->user, &at->figures);
    if (!at->figures.stop) return GRAFT_OK;
    char **texts = run->phase_texts[run->phase_count];
    graft_run_phase *kept = &run->phases[run->phase_count++];
    *kept = at->figures;
    kept->first = texts[0] = graft_text_copy(at->figures.first);
    kept->boundary = texts[1] = graft_text_copy(at->figures.boundary);
    return texts[0] && texts[1] ? GRAFT_OK : graft_fail_memory("the history");
}

/* ---- one size ---- */

static graft_status open_part(stage *at, part *out, const size_t *sample, const int *label, size_t count,
                              const graft_views *views) {
    const graft_pretraining *self = at->self;
    const graft_dataset *data = self->tuning.data;
    if (self->coding) {
        out->source = &out->coded.source;
        GRAFT_TRY(
            graft_coding_source_init(&out->coded, self->context, self->coding, data, &at->spec, sample, count, views));
    } else if (self->master) {
        out->source = &out->taught.source;
        GRAFT_TRY(graft_distill_source_init(&out->taught, self->context, &self->teacher, data, &at->spec, sample, label,
                                            count, (size_t)self->parts.classes, views));
    } else {
        out->source = &out->labelled.source;
        GRAFT_TRY(
            graft_tune_source_init(&out->labelled, self->context, NULL, data, &at->spec, sample, label, count, views));
    }
    graft_coding_source_use(&out->coded, self->pictures);
    graft_distill_source_use(&out->taught, self->pictures);
    graft_tune_source_use(&out->labelled, self->pictures);
    return GRAFT_OK;
}

static void close_part(part *self) {
    graft_coding_source_clear(&self->coded);
    graft_distill_source_clear(&self->taught);
    graft_tune_source_clear(&self->labelled);
}

static graft_status open_stage(stage *at, graft_pretraining *self, const graft_tune_spec *spec, int side) {
    graft_train_plan_options options = GRAFT_TRAIN_PLAN_OPTIONS_INIT;
    graft_graph_totals totals;
    const graft_tuning *tuning = &self->tuning;
    *at = (stage){.self = self, .phase.spec = spec};
    options.batchnorm = GRAFT_BATCHNORM_TRAIN;
    options.seed = self->options.seed;
    GRAFT_TRY(graft_pretrain_resized(self, side, &at->phase.suffix, &at->spec));
    at->phase.freeze.first = graft_graph_input(at->phase.suffix) + 1;
    GRAFT_TRY(open_part(at, &at->train, tuning->train, tuning->train_label, tuning->train_count, &self->views));
    GRAFT_TRY(
        open_part(at, &at->validation, tuning->validation, tuning->validation_label, tuning->validation_count, NULL));
    GRAFT_TRY(graft_tune_fit_memory(&self->tuning, &at->phase, &options));
    GRAFT_TRY(graft_train_plan_new(self->context, at->phase.suffix, &options, &at->phase.plan));
    graft_graph_totals_of(at->phase.suffix, &totals);
    const int input = graft_graph_input(at->phase.suffix);
    at->figures = (graft_run_phase){.phase = spec->number,
                                    .first = graft_graph_node(at->phase.suffix, input + 1)->name,
                                    .boundary = graft_graph_node(at->phase.suffix, input)->name,
                                    .trainable = totals.trainable,
                                    .frozen = totals.parameters - totals.trainable,
                                    .epochs = spec->epochs,
                                    .batch = tuning->batch,
                                    .micro_batch = at->phase.micro,
                                    .bytes = at->phase.bytes};
    return GRAFT_OK;
}

static void close_stage(stage *at) {
    graft_train_plan_free(at->phase.plan);
    graft_graph_free(at->phase.suffix);
    close_part(&at->train);
    close_part(&at->validation);
}

static graft_status fit(stage *at, bool resume) {
    graft_pretraining *self = at->self;
    graft_tuning *tuning = &self->tuning;
    graft_fit_options options;
    graft_fit_result result;
    graft_tune_phase_options(tuning, &at->phase, &options);
    options.name = self->coding ? "autoencode" : self->master ? "distill" : "pretrain";
    options.keep_last = true; /* sizes are no rivals: the last one's end is what the schedule leads to */
    options.baseline = (double)NAN;
    options.checkpoint_folder = self->checkpoints;
    options.on_epoch = on_epoch;
    options.on_weights = on_weights;
    options.user = at;
    if (tuning->deadline > 0) {
        options.seconds = tuning->deadline - graft_now();
        if (!(options.seconds > nothing_left)) options.seconds = nothing_left;
    }
    const graft_sample_source *validation = at->validation.source->count > 0 ? at->validation.source : NULL;
    GRAFT_TRY(graft_fit_run(self->context, at->phase.plan, at->phase.suffix, at->train.source, validation, &options,
                            resume, &tuning->history, &result));
    GRAFT_TRY(at->failed);
    GRAFT_TRY(tell_history(self, tuning->history.count));
    at->figures.stop = stops[result.stop];
    at->figures.best_epoch = result.best_epoch;
    at->figures.seconds = result.seconds;
    return GRAFT_OK;
}

static graft_status run_size(graft_pretraining *self, const graft_tune_spec *spec, int side, bool resume) {
    stage at;
    graft_status status;
    GRAFT_TRY_TO(done, status, open_stage(&at, self, spec, side));
    GRAFT_TRY_TO(done, status, tell_phase(&at));
    GRAFT_TRY_TO(done, status, fit(&at, resume));
    GRAFT_TRY_TO(done, status, graft_tune_network_take(&self->tuning.network, at.phase.suffix));
    status = tell_phase(&at);
done:
    close_stage(&at);
    return status;
}

graft_status graft_pretrain_run(graft_pretraining *self) {
    graft_tuning *tuning = &self->tuning;
    int begin;
    for (int i = 0; i < self->size_count; i++)
        tuning->specs[tuning->spec_count++] = (graft_tune_spec){i + 1, 0, self->sizes[i].epochs};
    GRAFT_TRY(graft_tuning_resume(tuning, self->checkpoints, &begin));
    for (int i = 0; i < self->size_count; i++) {
        if (tuning->specs[i].number < begin) continue;
        GRAFT_TRY(run_size(self, &tuning->specs[i], self->sizes[i].side, tuning->specs[i].number == begin));
        const char *stop = self->run->phases[self->run->phase_count - 1].stop;
        if (strcmp(stop, "nan") == 0 || strcmp(stop, "time") == 0) break;
    }
    if (self->snapshot) GRAFT_TRY(graft_pretrain_write(self, tuning->network.graph, self->snapshot));
    self->run->pretrained_spec = self->spec;
    self->run->half = self->options.store == 1;
    return graft_graph_prefix(tuning->network.graph, &self->feature_node, 1, &self->run->pretrained, NULL);
}

graft_status graft_run_save_backbone(const graft_run *run, const char *path) {
    graft_json *metadata;
    if (!run->pretrained) return graft_fail(GRAFT_E_USAGE, "%s: the run has no backbone", path);
    GRAFT_TRY(graft_network_metadata(run->pretrained, &run->pretrained_spec, NULL, 0, &metadata));
    graft_status status = graft_network_write(path, run->pretrained, metadata, run->half);
    graft_json_free(metadata);
    return status;
}
