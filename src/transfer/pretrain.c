/* graft_pretrain, graft_distill and graft_autoencoder_train: from options to a student ready to learn. */
#include "transfer/pretrain-internal.h"

#include "base/alloc.h"
#include "base/error.h"
#include "data/dataset.h"

#include <stdio.h>
#include <string.h>

static void clear(graft_pretraining *self) {
    if (self->begun) graft_tuning_clear(&self->tuning);
    graft_teacher_clear(&self->teacher);
    graft_augment_free(self->augment);
    graft_picture_store_close(self->pictures);
    graft_release(self->checkpoints);
    graft_release(self->snapshot);
}

/* The parts of what the student puts out. */
static graft_status plan_outputs(graft_pretraining *self, const graft_dataset *data, size_t *outputs) {
    const graft_distill_options *d = &self->distill;
    size_t classes = graft_dataset_class_count(data);
    *outputs = classes;
    if (!self->master) return GRAFT_OK;
    bool chosen = d->cosine > 0 || d->squares > 0;
    self->parts = (graft_distill_parts){
        .features = (int)self->teacher.feature_width,
        .logits = (int)self->teacher.logit_width,
        .classes = d->labels > 0 ? (int)classes : 0,
        .cosine = chosen ? (float)d->cosine : 1.0F,
        .squares = chosen ? (float)d->squares : 1.0F,
        .logit_weight = 1,
        .label_weight = (float)d->labels,
        .temperature = d->temperature > 0 ? (float)d->temperature : 4.0F,
    };
    *outputs = self->teacher.feature_width + self->teacher.logit_width + (size_t)self->parts.classes;
    return GRAFT_OK;
}

static graft_status begin(graft_pretraining *self, graft_dataset *data) {
    graft_tune_network student;
    size_t outputs;
    if (self->coding) {
        GRAFT_TRY(graft_coding_network(self->coding, &student, &self->feature_node, &self->spec));
        self->options.tune.loss = self->coding->words;
    } else {
        GRAFT_TRY(plan_outputs(self, data, &outputs));
        GRAFT_TRY(graft_pretrain_student(self, outputs, &student));
    }
    self->begun = true;
    GRAFT_TRY(graft_tuning_init(&self->tuning, self->context, data, &self->spec, &self->options.tune,
                                self->options.seed, &student));
    self->tuning.untrained = true;
    if (self->master) {
        self->tuning.recipe.loss = &graft_loss_distill;
        memcpy(self->tuning.recipe.loss_attributes, &self->parts, sizeof(self->parts));
    }
    return GRAFT_OK;
}

static graft_status hash_teacher(const graft_pretraining *self, graft_hasher *hasher) {
    for (size_t i = 0; i < self->teacher.cut_count; i++) {
        graft_hash network;
        GRAFT_TRY(graft_cut_hash(self->master->graph, &self->teacher.cuts[i], &network));
        graft_hasher_add_u64(hasher, network.high);
        graft_hasher_add_u64(hasher, network.low);
    }
    if (self->master) graft_preprocess_hash(&self->master->spec, hasher);
    return GRAFT_OK;
}

/* Another teacher, other sizes, views or noise are another run. */
static graft_status hash_options(const void *opaque, graft_hasher *hasher) {
    const graft_pretraining *self = opaque;
    graft_hasher_add_u64(hasher, self->views.count);
    if (self->coding) graft_hasher_add(hasher, &self->coding->noise, sizeof(self->coding->noise));
    for (int i = 0; i < self->size_count; i++) {
        graft_hasher_add_u64(hasher, (uint64_t)self->sizes[i].side);
        graft_hasher_add_u64(hasher, self->sizes[i].epochs);
    }
    return hash_teacher(self, hasher);
}

/* ---- the job ---- */

static graft_status check_distill(const graft_distill_options *d) {
    const struct {
        const char *name;
        double value, high;
    } ranges[] = {{"cosine", d->cosine, 1000},
                  {"squares", d->squares, 1000},
                  {"temperature", d->temperature, 1000},
                  {"labels", d->labels, 1000}};
    for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++)
        if (!(ranges[i].value >= 0 && ranges[i].value <= ranges[i].high))
            return graft_fail(GRAFT_E_USAGE, "--%s: received %g, expected 0 to %g", ranges[i].name, ranges[i].value,
                              ranges[i].high);
    return GRAFT_OK;
}

static graft_status name_files(graft_pretraining *self) {
    const char *folder = self->options.tune.folder;
    if (!folder) return GRAFT_OK;
    self->checkpoints = graft_path_join(folder, "checkpoints");
    self->snapshot = graft_path_join(folder, "backbone.safetensors");
    return self->checkpoints && self->snapshot ? GRAFT_OK : graft_fail_memory("a path");
}

static graft_status decide(graft_pretraining *self) {
    char text[160];
    size_t used = 0;
    for (int i = 0; i < self->size_count; i++) {
        int length = snprintf(text + used, sizeof(text) - used, "%s%dx%u", i ? ":" : "", self->sizes[i].side,
                              self->sizes[i].epochs);
        if (length > 0 && (size_t)length < sizeof(text) - used) used += (size_t)length;
    }
    GRAFT_TRY(graft_run_decide(self->run, "arch", self->options.arch, "all of it learns, from its first values on"));
    return graft_run_decide(self->run, "sizes", text, "pixels and epochs of each");
}

static graft_status make_epochs(graft_pretraining *self) {
    const graft_tune_options *o = &self->options.tune;
    double seconds;
    uint32_t epochs = (uint32_t)o->epochs;
    GRAFT_TRY(graft_duration_parse("time", o->time, &seconds));
    if (seconds > 0 && self->sizes[0].epochs == 0 && epochs == 0)
        GRAFT_TRY(graft_pretrain_fit_epochs(self, seconds, &epochs));
    /* What was fitted is a guess: the time is a limit all the same. */
    if (seconds > 0) self->tuning.deadline = self->run->begun + seconds;
    return graft_pretrain_share_epochs(self->sizes, self->size_count, epochs);
}

/* Pretraining sees new views in every epoch: their numbers never come round. A teacher's views are a few. */
static graft_status make_views(graft_pretraining *self) {
    enum { FRESH = 1 << 30, TAUGHT = 4 };
    const graft_tune_options *o = &self->options.tune;
    GRAFT_TRY(graft_augment_parse(o->augment, &self->augment));
    self->views = (graft_views){.augment = self->augment, .seed = self->options.seed, .count = 1};
    if (self->augment) self->views.count = o->views > 0 ? (uint32_t)o->views : self->master ? TAUGHT : FRESH;
    return GRAFT_OK;
}

static graft_status ask_teacher(graft_pretraining *self) {
    const graft_tuning *tuning = &self->tuning;
    graft_features_result result;
    if (!self->master) return GRAFT_OK;
    GRAFT_TRY(graft_teacher_compute(&self->teacher, tuning->data, tuning->train, tuning->train_count,
                                    tuning->validation, tuning->validation_count, self->views.count, &result));
    self->run->timing.features = result.seconds;
    self->run->timing.features_computed = result.computed;
    self->run->timing.features_cached = result.cached;
    return GRAFT_OK;
}

/* Decoded once, for all sizes. */
static graft_status decode_pictures(graft_pretraining *self) {
    const graft_tuning *tuning = &self->tuning;
    int largest = 0;
    for (int i = 0; i < self->size_count; i++)
        if (self->sizes[i].side > largest) largest = self->sizes[i].side;
    GRAFT_TRY(graft_picture_store_open(self->context, largest, &self->pictures));
    GRAFT_TRY(graft_picture_store_fill(self->pictures, tuning->data, tuning->train, tuning->train_count));
    return graft_picture_store_fill(self->pictures, tuning->data, tuning->validation, tuning->validation_count);
}

static graft_status carry_out(graft_pretraining *self, graft_dataset *data) {
    int side;
    GRAFT_TRY(graft_pretrain_defaults(&self->options, self->master != NULL));
    GRAFT_TRY(graft_pretrain_side(self, &side));
    GRAFT_TRY(graft_pretrain_parse_sizes(self->options.progressive, side, self->sizes, &self->size_count));
    GRAFT_TRY(name_files(self));
    GRAFT_TRY(make_views(self));
    if (self->master)
        GRAFT_TRY(graft_teacher_open(&self->teacher, self->context, self->master, self->distill.to,
                                     self->distill.layers, &self->views));
    GRAFT_TRY(graft_dataset_check(data));
    GRAFT_TRY(begin(self, data));
    if (self->tuning.train_count == 0)
        return graft_fail(GRAFT_E_DATA, "%s: no sound training pictures", graft_dataset_path(data));
    GRAFT_TRY(ask_teacher(self));
    GRAFT_TRY(decode_pictures(self));
    GRAFT_TRY(make_epochs(self));
    GRAFT_TRY(graft_identity_add(&self->tuning.identity, GRAFT_IDENTITY_OPTIONS, hash_options, self));
    GRAFT_TRY(decide(self));
    GRAFT_TRY(graft_run_resumable(self->run, self->options.tune.folder, graft_pretrain_run(self)));
    return self->coding ? graft_pretrain_finish_coding(self) : GRAFT_OK;
}

static graft_status work(graft_run **out, graft_context *context, graft_dataset *data, graft_pretraining *self) {
    graft_run *run = graft_allocate_zero(1, sizeof(*run));
    *out = NULL;
    if (!run) return graft_fail_memory("a run");
    run->context = self->context = context;
    run->data = data;
    run->begun = graft_now();
    self->run = run;
    graft_status status = carry_out(self, data);
    run->timing.total = graft_now() - run->begun;
    clear(self);
    if (status == GRAFT_OK)
        *out = run;
    else
        graft_run_free(run);
    return status;
}

graft_status graft_pretrain(graft_run **out, graft_context *context, graft_dataset *data,
                            const graft_pretrain_options *options) {
    graft_pretraining self = {.options = GRAFT_PRETRAIN_OPTIONS_INIT};
    GRAFT_TRY(graft_options_copy(&self.options, sizeof(self.options), options, "GRAFT_PRETRAIN_OPTIONS_INIT"));
    return work(out, context, data, &self);
}

graft_status graft_distill(graft_run **out, graft_context *context, graft_dataset *data, const graft_backbone *teacher,
                           const graft_pretrain_options *options, const graft_distill_options *distill) {
    graft_pretraining self = {
        .options = GRAFT_PRETRAIN_OPTIONS_INIT, .distill = GRAFT_DISTILL_OPTIONS_INIT, .master = teacher};
    GRAFT_TRY(graft_options_copy(&self.options, sizeof(self.options), options, "GRAFT_PRETRAIN_OPTIONS_INIT"));
    GRAFT_TRY(graft_options_copy(&self.distill, sizeof(self.distill), distill, "GRAFT_DISTILL_OPTIONS_INIT"));
    GRAFT_TRY(check_distill(&self.distill));
    return work(out, context, data, &self);
}

graft_status graft_pretrain_coding(graft_run **out, graft_context *context, graft_dataset *data, graft_coding *coding) {
    graft_pretraining self = {.options = coding->options.pretrain, .coding = coding};
    return work(out, context, data, &self);
}
