/* graft_gan_train: from options to two networks ready to play. */
#include "transfer/gan-internal.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "base/threads.h"

static void clear(graft_gan_job *job) {
    for (int i = 0; i < job->loader_count; i++)
        graft_picture_loader_clear(&job->loaders[i]);
    graft_release(job->loaders);
    graft_gan_meter_free(job->meter);
    graft_picture_store_close(job->store);
    graft_adversarial_free(job->gan);
    graft_gan_model_clear(&job->model);
    graft_augment_free(job->augment);
    graft_release(job->sample);
}

/* ---- pictures ---- */

static graft_status choose_pictures(graft_gan_job *job) {
    GRAFT_TRY(graft_gan_choose(job->data, job->options.only, &job->sample, &job->count));
    if (job->count == 0) return graft_fail(GRAFT_E_DATA, "%s: no sound pictures", graft_dataset_path(job->data));
    if (job->count >= (size_t)job->options.batch) return GRAFT_OK;
    return graft_fail(GRAFT_E_DATA, "%s: %zu pictures, expected at least the %lld of a step: lower --batch",
                      graft_dataset_path(job->data), job->count, (long long)job->options.batch);
}

static bool has_colour(const graft_dataset *data) {
    graft_check_result check = GRAFT_CHECK_RESULT_INIT;
    graft_dataset_check_result(data, &check);
    return check.grey < check.sound;
}

static graft_status open_pictures(graft_gan_job *job) {
    enum { FRESH = 1 << 30 }; /* views: their numbers never come round */
    graft_gan_preprocess(&job->model.spec, &job->prepare);
    GRAFT_TRY(graft_augment_parse(job->options.augment, &job->augment));
    job->views =
        (graft_views){.augment = job->augment, .seed = (uint64_t)job->options.seed, .count = job->augment ? FRESH : 1};
    GRAFT_TRY(graft_picture_store_open(job->context, job->prepare.height, &job->store));
    GRAFT_TRY(graft_picture_store_fill(job->store, job->data, job->sample, job->count));
    job->loader_count = graft_context_threads(job->context);
    job->loaders = graft_allocate_zero((size_t)job->loader_count, sizeof *job->loaders);
    if (!job->loaders) {
        job->loader_count = 0;
        return graft_fail_memory("the workers' pictures");
    }
    for (int i = 0; i < job->loader_count; i++) {
        GRAFT_TRY(graft_picture_loader_init(&job->loaders[i], job->data, &job->prepare));
        graft_picture_loader_use(&job->loaders[i], job->store);
    }
    return GRAFT_OK;
}

/* ---- networks ---- */

static graft_status draw(const graft_gan_job *job, graft_graph *graph) {
    return graft_graph_initialise(graph, job->model.arch->initialiser, (uint64_t)job->options.seed);
}

static graft_status build_networks(graft_gan_job *job) {
    graft_gan_model *model = &job->model;
    GRAFT_TRY(graft_gan_generator(model->arch, &model->spec, &model->generator));
    GRAFT_TRY(graft_gan_discriminator(model->arch, &model->spec, &model->discriminator, &model->features));
    GRAFT_TRY(draw(job, model->generator));
    return draw(job, model->discriminator);
}

/* With an average, a graph that takes it. */
static graft_status make_average(graft_gan_job *job) {
    graft_gan_model *model = &job->model;
    graft_graph_free(model->average);
    model->average = NULL;
    if (!(job->options.ema > 0)) return GRAFT_OK;
    GRAFT_TRY(graft_gan_generator(model->arch, &model->spec, &model->average));
    return draw(job, model->average);
}

static graft_status open_networks(graft_gan_job *job) {
    const graft_gan_options *o = &job->options;
    graft_gan_model *model = &job->model;
    if (o->from) GRAFT_TRY(graft_gan_model_open(job->context, o->from, model));
    const graft_gan_model *from = o->from ? model : NULL;
    graft_gan_spec spec;
    const graft_gan_arch *arch;
    GRAFT_TRY(graft_gan_spec_of(o, from, has_colour(job->data), &arch, &spec));
    model->arch = arch;
    model->spec = spec;
    if (!from) GRAFT_TRY(build_networks(job));
    return make_average(job);
}

static graft_status open_players(graft_gan_job *job) {
    const graft_gan_options *o = &job->options;
    graft_adversarial_options options = {.batch = (int)o->batch,
                                         .loss = (graft_gan_loss)o->loss,
                                         .rate = {o->lr, o->lr_discriminator},
                                         .beta1 = o->betas[0],
                                         .beta2 = o->betas[1],
                                         .epsilon = 1e-8,
                                         .smoothing = o->label_smoothing,
                                         .ema = o->ema,
                                         .momentum = 0.9,
                                         .spectral = job->model.spec.spectral,
                                         .seed = (uint64_t)o->seed};
    bool *learns = NULL;
    if (o->freeze_discriminator > 0)
        GRAFT_TRY(graft_gan_freeze(job->model.discriminator, o->freeze_discriminator, &learns));
    options.learns = learns;
    graft_status status =
        graft_adversarial_new(job->context, job->model.generator, job->model.discriminator, &options, &job->gan);
    graft_release(learns);
    return status;
}

static void describe(const graft_gan_job *job) {
    graft_gan_result *out = job->out;
    graft_graph_totals generator, discriminator;
    const graft_gan_spec *spec = &job->model.spec;
    graft_graph_totals_of(job->model.generator, &generator);
    graft_graph_totals_of(job->model.discriminator, &discriminator);
    out->pictures = job->count;
    out->image_size = spec->size;
    out->channels = spec->channels;
    out->latent = spec->latent;
    out->width = spec->width;
    out->spectral_norm = spec->spectral;
    out->average = job->model.average != NULL;
    out->generator_parameters = generator.parameters;
    out->discriminator_parameters = discriminator.parameters;
    out->frozen = discriminator.trainable -
                  (int64_t)graft_train_plan_parameters(graft_adversarial_plan(job->gan, GRAFT_DISCRIMINATOR))->count;
}

static graft_status carry_out(graft_gan_job *job) {
    GRAFT_TRY(graft_dataset_check(job->data));
    GRAFT_TRY(choose_pictures(job));
    GRAFT_TRY(open_networks(job));
    GRAFT_TRY(open_players(job));
    GRAFT_TRY(open_pictures(job));
    describe(job);
    if (job->options.on_begin) job->options.on_begin(job->options.user, job->out);
    return graft_gan_run(job);
}

graft_status graft_gan_train(graft_context *context, graft_dataset *data, const graft_gan_options *options,
                             graft_gan_result *out) {
    graft_gan_job job = {.context = context, .data = data, .out = out};
    *out = (graft_gan_result){.stop = ""};
    GRAFT_TRY(graft_gan_options_read(options, &job.options));
    graft_status status = carry_out(&job);
    clear(&job);
    return status;
}

void graft_gan_result_clear(graft_gan_result *result) {
    graft_release(result->epochs);
    result->epochs = NULL;
    result->epoch_count = 0;
}
