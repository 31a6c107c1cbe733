/* The loop of adversarial training: epochs, checkpoints, what each epoch leaves in the run's folder. */
#include "transfer/gan-internal.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/threads.h"
#include "train/sampler.h"
#include "transfer/model-internal.h"
#include "transfer/tune-internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Where training stands. A graft_epoch keeps of a GAN's epoch: loss, the discriminator's; val_loss, the generator's;
 * accuracy, D(x); val_accuracy, D(G(z)); and, in a run that measures epochs, rate, the distance (NaN: not measured). */
typedef struct loop {
    graft_gan_job *job;
    graft_sampler sampler;
    graft_checkpoint at;
    graft_history history;
    graft_graph *nothing; /* a checkpoint's graph: all is in its arrays */
    graft_adversarial_sums sums;
    graft_phase *phase;
    uint64_t steps_per_epoch, steps;
    double begun, epoch_begun, deadline;                   /* deadline 0: none */
    char *checkpoints, *samples, *model, *best, *backbone; /* paths; NULL: no folder */
    bool measured;                                         /* result.fid is of the networks as they are */
    size_t batch_begin;
} loop;

/* ---- what a checkpoint must agree on ---- */

static void hash_graph(graft_hasher *hasher, const graft_graph *graph) {
    for (int i = 0; i < graft_graph_count(graph); i++) {
        const graft_node *node = graft_graph_node(graph, i);
        graft_hasher_add_text(hasher, node->name);
        for (int k = 0; k < node->param_count; k++)
            graft_hasher_add(hasher, node->params[k].value->data, node->params[k].value->bytes);
    }
}

/* Distances by another base, size or count cannot be told in one history. */
static graft_status hash_distance(const graft_gan_job *job, graft_hasher *hasher) {
    const graft_gan_options *o = &job->options;
    graft_hash network;
    if (o->fid_every == 0) return GRAFT_OK;
    GRAFT_TRY(graft_graph_hash(o->fid_base->graph, &network));
    graft_hasher_add_u64(hasher, network.high);
    graft_hasher_add_u64(hasher, network.low);
    graft_hasher_add_u64(hasher, (uint64_t)o->fid_base->spec.width);
    graft_hasher_add_u64(hasher, (uint64_t)o->fid_base->spec.scaling);
    graft_hasher_add_u64(hasher, (uint64_t)o->fid_every);
    graft_hasher_add_u64(hasher, (uint64_t)o->fid_count);
    return GRAFT_OK;
}

/* What decides about steps; not how many there will be. */
static graft_status hash_options(const void *self, graft_hasher *hasher) {
    const graft_gan_job *job = self;
    const graft_gan_options *o = &job->options;
    const double numbers[] = {o->lr, o->lr_discriminator, o->betas[0], o->betas[1], o->label_smoothing, o->ema};
    const int64_t counts[] = {o->batch, o->loss, o->freeze_discriminator, o->seed, job->model.spec.spectral};
    graft_hasher_add(hasher, numbers, sizeof numbers);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        graft_hasher_add_u64(hasher, (uint64_t)counts[i]);
    graft_hasher_add_text(hasher, o->augment ? o->augment : "");
    return hash_distance(job, hasher);
}

/* Their first values. */
static graft_status hash_networks(const void *self, graft_hasher *hasher) {
    const graft_gan_job *job = self;
    hash_graph(hasher, job->model.generator);
    hash_graph(hasher, job->model.discriminator);
    return GRAFT_OK;
}

static graft_status hash_pictures(const void *self, graft_hasher *hasher) {
    const graft_gan_job *job = self;
    for (size_t i = 0; i < job->count; i++) {
        const graft_hash content = graft_sample_content(job->data, job->sample[i]);
        graft_hasher_add_u64(hasher, content.high);
        graft_hasher_add_u64(hasher, content.low);
    }
    return GRAFT_OK;
}

/* The networks' input size is all there is to preprocessing. */
static graft_status identify(const graft_gan_job *job, graft_identity *out) {
    GRAFT_TRY(graft_identity_add(out, GRAFT_IDENTITY_DATA, hash_pictures, job));
    GRAFT_TRY(graft_identity_add(out, GRAFT_IDENTITY_OPTIONS, hash_options, job));
    return graft_identity_add(out, GRAFT_IDENTITY_NETWORK, hash_networks, job);
}

/* ---- epochs ---- */

static graft_status add_epoch(loop *self, double distance) {
    const graft_adversarial_sums *s = &self->sums;
    const graft_epoch epoch = {.phase = 1,
                               .epoch = self->at.epoch,
                               .steps = self->at.step,
                               .rate = distance,
                               .loss = s->discriminator / s->samples,
                               .accuracy = s->real / s->samples,
                               .val_loss = s->generator / s->samples,
                               .val_accuracy = s->generated / s->samples};
    GRAFT_TRY(graft_history_add(&self->history, &epoch));
    self->sums = (graft_adversarial_sums){0};
    self->at.epoch++;
    self->at.step_in_epoch = 0;
    return GRAFT_OK;
}

static graft_gan_epoch epoch_of(const loop *self, const graft_epoch *epoch, double seconds) {
    return (graft_gan_epoch){.epoch = epoch->epoch,
                             .steps = epoch->steps,
                             .discriminator_loss = epoch->loss,
                             .generator_loss = epoch->val_loss,
                             .real = epoch->accuracy,
                             .generated = epoch->val_accuracy,
                             .seconds = seconds,
                             .distance = self->job->options.fid_every > 0 ? epoch->rate : (double)NAN};
}

/* The result's epochs follow the history. */
static graft_status tell_epochs(loop *self, double seconds) {
    graft_gan_result *out = self->job->out;
    const size_t count = self->history.count;
    graft_gan_epoch *epochs = graft_resize(out->epochs, count, sizeof *epochs);
    if (!epochs) return graft_fail_memory("epochs");
    out->epochs = epochs;
    for (size_t i = out->epoch_count; i < count; i++)
        epochs[i] = epoch_of(self, &self->history.epochs[i], i + 1 == count ? seconds : 0);
    out->epoch_count = count;
    double least = (double)INFINITY;
    for (size_t i = 0; i < count; i++) {
        if (!(epochs[i].distance < least)) continue;
        least = epochs[i].distance;
        out->best_epoch = epochs[i].epoch;
    }
    return GRAFT_OK;
}

static graft_status write_checkpoint(loop *self) {
    return self->checkpoints ? graft_checkpoint_write(self->checkpoints, &self->at) : GRAFT_OK;
}

static graft_status store_networks(const loop *self) {
    graft_gan_model *model = &self->job->model;
    GRAFT_TRY(graft_adversarial_store(self->job->gan, GRAFT_GENERATOR, false, model->generator));
    GRAFT_TRY(graft_adversarial_store(self->job->gan, GRAFT_DISCRIMINATOR, false, model->discriminator));
    return model->average ? graft_adversarial_store(self->job->gan, GRAFT_GENERATOR, true, model->average) : GRAFT_OK;
}

static graft_status write_sheet(const loop *self, uint32_t epoch) {
    const graft_gan_job *job = self->job;
    graft_gan_maker maker;
    char *path = graft_text_format("%s/epoch-%04u.png", self->samples, epoch);
    if (!path) return graft_fail_memory("a path");
    graft_status status = graft_folder_make(self->samples);
    if (status == GRAFT_OK) {
        status = graft_gan_maker_init(&maker, job->context,
                                      job->model.average ? job->model.average : job->model.generator, &job->model.spec);
        if (status == GRAFT_OK)
            status = graft_gan_sheet(&maker, (uint64_t)job->options.seed, (size_t)job->options.samples, path);
        graft_gan_maker_clear(&maker);
    }
    graft_release(path);
    return status;
}

/* The distance of the networks that are stored. */
static graft_status measure(loop *self) {
    graft_gan_job *job = self->job;
    const graft_gan_options *o = &job->options;
    graft_gan_fid_options options = GRAFT_GAN_FID_OPTIONS_INIT;
    options.count = o->fid_count;
    options.only = o->only;
    options.seed = o->seed;
    if (!job->meter)
        GRAFT_TRY(graft_gan_meter_new(job->context, job->data, o->fid_base, &job->model.spec, &options, &job->meter));
    GRAFT_TRY(graft_gan_meter_read(job->meter, job->model.average ? job->model.average : job->model.generator,
                                   &job->out->fid));
    self->measured = true;
    return GRAFT_OK;
}

static graft_status measure_epoch(loop *self, bool last, double *distance) {
    const int64_t every = self->job->options.fid_every;
    *distance = (double)NAN;
    self->measured = false;
    if (every == 0 || (!last && self->at.epoch % (uint64_t)every != 0)) return GRAFT_OK;
    GRAFT_TRY(measure(self));
    *distance = self->job->out->fid.distance;
    return GRAFT_OK;
}

static graft_status write_epoch(const loop *self, uint32_t epoch) {
    const graft_gan_job *job = self->job;
    if (!self->model) return GRAFT_OK;
    GRAFT_TRY(graft_gan_model_save(&job->model, self->model));
    GRAFT_TRY(graft_gan_backbone_save(&job->model, self->backbone));
    return job->out->best_epoch == epoch ? graft_gan_model_save(&job->model, self->best) : GRAFT_OK;
}

/* A cancel comes between steps, or after the last one of an epoch: the checkpoint goes on from there. */
static graft_status stop_here(loop *self, graft_status status) {
    char text[512];
    if (status != GRAFT_E_CANCELLED) return status;
    snprintf(text, sizeof text, "%s", graft_error_text());
    GRAFT_TRY(write_checkpoint(self));
    graft_error_set_text(text);
    return GRAFT_E_CANCELLED;
}

/* What takes its time, and can be cancelled, while where training stands has not changed. */
static graft_status look_at_epoch(loop *self, bool last, double *distance) {
    GRAFT_TRY(store_networks(self));
    GRAFT_TRY(measure_epoch(self, last, distance));
    return self->model ? write_sheet(self, self->at.epoch) : GRAFT_OK;
}

/* What people look at comes before the checkpoint: a run that is killed in between makes it again, to the same bytes.
 */
static graft_status end_epoch(loop *self, bool last) {
    const graft_gan_job *job = self->job;
    const uint32_t epoch = self->at.epoch;
    const double seconds = graft_now() - self->epoch_begun;
    double distance;
    graft_status status = look_at_epoch(self, last, &distance);
    if (status != GRAFT_OK) return stop_here(self, status);
    GRAFT_TRY(add_epoch(self, distance));
    GRAFT_TRY(tell_epochs(self, seconds));
    GRAFT_TRY(write_epoch(self, epoch));
    GRAFT_TRY(write_checkpoint(self));
    if (job->options.on_epoch) job->options.on_epoch(job->options.user, &job->out->epochs[job->out->epoch_count - 1]);
    self->epoch_begun = graft_now();
    return GRAFT_OK;
}

/* ---- steps ---- */

static graft_status load_one(void *argument, int worker, size_t index) {
    const loop *self = argument;
    graft_gan_job *job = self->job;
    const size_t place = self->sampler.order[self->batch_begin + index];
    const size_t pixels = (size_t)(job->model.spec.channels * job->model.spec.size * job->model.spec.size);
    const uint32_t view = job->views.count > 1 ? (uint32_t)((self->at.epoch + place) % job->views.count) : 0;
    return graft_picture_load(&job->loaders[worker], job->sample[place], &job->views, view,
                              graft_adversarial_pictures(job->gan) + index * pixels);
}

static graft_status take_step(loop *self) {
    graft_gan_job *job = self->job;
    const size_t batch = (size_t)job->options.batch;
    const graft_adversarial_sums before = self->sums;
    bool finite;
    self->batch_begin = (size_t)self->at.step_in_epoch * batch;
    const double begun = graft_now();
    GRAFT_TRY(graft_parallel_for(job->context, batch, load_one, self));
    const double waited = (graft_now() - begun) * graft_context_threads(job->context);
    graft_adversarial_latents((uint64_t)job->options.seed, self->at.step, batch, (size_t)job->model.spec.latent,
                              graft_adversarial_vectors(job->gan));
    graft_status status = graft_adversarial_step(job->gan, self->at.step, &self->sums, &finite);
    if (status == GRAFT_OK && !finite)
        status = graft_fail(GRAFT_E_DATA,
                            "step %llu: the loss is not finite: lower --lr, or try --spectral-norm; the last "
                            "epoch's networks stay",
                            (unsigned long long)self->at.step + 1);
    if (status != GRAFT_OK) {
        self->sums = before;
        return status;
    }
    self->at.step++;
    self->at.step_in_epoch++;
    return graft_phase_add(self->phase, batch, waited);
}

static graft_status run_epoch(loop *self, bool *out_of_time) {
    const uint64_t every = (uint64_t)self->job->options.checkpoint_steps;
    graft_sampler_shuffle(&self->sampler, self->at.epoch);
    while (self->at.step_in_epoch < self->steps_per_epoch && self->at.step < self->steps && !*out_of_time) {
        graft_status status = graft_cancelled(self->job->context);
        if (status == GRAFT_OK) status = take_step(self);
        if (status != GRAFT_OK) return stop_here(self, status);
        if (every > 0 && self->at.step % every == 0) GRAFT_TRY(write_checkpoint(self));
        *out_of_time = self->deadline > 0 && graft_now() >= self->deadline;
    }
    return end_epoch(self, self->at.step >= self->steps || *out_of_time);
}

static graft_status run_all(loop *self) {
    bool out_of_time = false;
    const uint64_t batch = (uint64_t)self->job->options.batch;
    self->epoch_begun = graft_now();
    GRAFT_TRY(graft_phase_begin(self->job->context, "gan", (self->steps - self->at.step) * batch, &self->phase));
    graft_status status = GRAFT_OK;
    /* An epoch that was cancelled after its last step ends first. */
    while (status == GRAFT_OK && (self->at.step < self->steps || self->at.step_in_epoch > 0) && !out_of_time)
        status = run_epoch(self, &out_of_time);
    graft_phase_end(self->phase);
    self->job->out->stop = self->at.step < self->steps ? "time" : "finished";
    self->job->out->steps = self->at.step;
    self->job->out->seconds = graft_now() - self->begun;
    if (status == GRAFT_OK && self->job->options.fid_base && !self->measured) status = measure(self);
    self->job->out->measured = status == GRAFT_OK && self->measured;
    return status;
}

/* ---- beginning ---- */

static graft_status name_files(loop *self) {
    const char *folder = self->job->options.folder;
    if (!folder) return GRAFT_OK;
    self->checkpoints = graft_path_join(folder, "checkpoints");
    self->samples = graft_path_join(folder, "samples");
    self->model = graft_path_join(folder, "model.graft");
    self->best = graft_path_join(folder, "best.graft");
    self->backbone = graft_path_join(folder, "discriminator.safetensors");
    return self->checkpoints && self->samples && self->model && self->best && self->backbone
               ? GRAFT_OK
               : graft_fail_memory("a path");
}

static graft_status resume(loop *self) {
    bool found = false;
    if (!self->job->options.resume || !self->checkpoints) return GRAFT_OK;
    graft_file_sweep(self->job->options.folder, "", 0);
    graft_file_sweep(self->samples, "", 0);
    GRAFT_TRY(graft_checkpoint_read(self->job->context, self->checkpoints, &self->at, &found));
    if (!found) return GRAFT_OK;
    GRAFT_TRY(graft_adversarial_restore(self->job->gan));
    GRAFT_TRY(store_networks(self));
    return self->history.count > 0 ? tell_epochs(self, 0) : GRAFT_OK;
}

static graft_status begin(loop *self) {
    const graft_gan_options *o = &self->job->options;
    double seconds;
    self->begun = graft_now();
    GRAFT_TRY(graft_duration_parse("time", o->time, &seconds));
    if (seconds > 0) self->deadline = self->begun + seconds;
    GRAFT_TRY(graft_sampler_init(&self->sampler, self->job->count, (uint64_t)o->seed, NULL, 0));
    self->steps_per_epoch = self->job->count / (size_t)o->batch;
    self->steps = o->steps > 0 ? (uint64_t)o->steps : (uint64_t)o->epochs * self->steps_per_epoch;
    GRAFT_TRY(name_files(self));
    GRAFT_TRY(graft_graph_new("gan", &self->nothing));
    self->at.phase = 1;
    self->at.epoch = 1;
    self->at.history = &self->history;
    self->at.graph = self->nothing;
    graft_adversarial_state(self->job->gan, &self->at);
    _Static_assert(sizeof self->sums == 10 * sizeof(float), "doubles pass as pairs of floats, bit by bit");
    self->at.arrays[self->at.array_count++] = (graft_checkpoint_array){"sums", (void *)&self->sums, 10};
    GRAFT_TRY(identify(self->job, &self->at.identity));
    return resume(self);
}

graft_status graft_gan_run(graft_gan_job *job) {
    loop self = {.job = job};
    graft_status status = begin(&self);
    if (status == GRAFT_OK) status = run_all(&self);
    graft_sampler_clear(&self.sampler);
    graft_history_clear(&self.history);
    graft_graph_free(self.nothing);
    graft_release(self.checkpoints);
    graft_release(self.samples);
    graft_release(self.model);
    graft_release(self.best);
    graft_release(self.backbone);
    return status;
}
