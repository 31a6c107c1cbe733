/* How far generated pictures are from real ones, by features of a network (Heusel et al. 2017). */
#include "transfer/gan-internal.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "base/rng.h"
#include "base/threads.h"
#include "stats/frechet.h"
#include "transfer/cuts.h"
#include "transfer/model-internal.h"

#include <math.h>
#include <string.h>

enum { BLOCK = 512, TOGETHER = 8, PICTURES = 5000, PICTURES_MOST = 200000 };

/* What one worker needs. */
typedef struct eye {
    graft_picture_loader loader; /* real pictures as the generator makes them */
    graft_decoder *decoder;
    graft_plan_state *state;
    unsigned char *pixels; /* as the base takes them */
    float *value;          /* a real picture */
} eye;

typedef struct job {
    graft_context *context;
    const graft_backbone *base;
    graft_gan_model model;
    graft_preprocess prepare; /* of the generator's pictures */
    graft_dataset *data;
    size_t *sample, sample_count;
    graft_gan_maker maker;
    graft_plan *plan;
    graft_cut cut;
    eye *eyes;
    int workers;
    unsigned char *block; /* RGB pictures of the generator's size */
    float *rows;          /* features of the kind that is being looked at */
    graft_phase *phase;
    size_t first, count; /* of the block */
} job;

/* ---- making ---- */

static graft_status open_eyes(job *self) {
    const graft_preprocess *spec = &self->base->spec;
    const size_t pixels = (size_t)spec->width * (size_t)spec->height;
    const size_t floats = (size_t)(self->model.spec.channels * self->model.spec.size * self->model.spec.size);
    self->workers = graft_context_threads(self->context);
    self->eyes = graft_allocate_zero((size_t)self->workers, sizeof *self->eyes);
    if (!self->eyes) return graft_fail_memory("the workers");
    for (int i = 0; i < self->workers; i++) {
        eye *e = &self->eyes[i];
        GRAFT_TRY(graft_picture_loader_init(&e->loader, self->data, &self->prepare));
        GRAFT_TRY(graft_decoder_new(&e->decoder));
        GRAFT_TRY(graft_plan_state_new(self->plan, &e->state));
        e->pixels = graft_allocate(pixels, 3);
        e->value = graft_allocate(floats, sizeof *e->value);
        if (!e->pixels || !e->value) return graft_fail_memory("a worker's picture");
    }
    return GRAFT_OK;
}

static graft_status open_base(job *self) {
    const graft_graph *graph = self->base->graph;
    graft_plan_options options = GRAFT_PLAN_OPTIONS_INIT;
    graft_graph *prefix;
    int node;
    GRAFT_TRY(graft_cut_make(graph, graft_cut_last(graph), GRAFT_POOL_AVG, &self->cut));
    if (self->cut.width > GRAFT_FRECHET_WIDTH_MOST)
        return graft_fail(GRAFT_E_USAGE, "%s has %zu features, expected at most %d", self->base->name, self->cut.width,
                          (int)GRAFT_FRECHET_WIDTH_MOST);
    GRAFT_TRY(graft_graph_prefix(graph, &self->cut.node, 1, &prefix, &node));
    options.batch = TOGETHER;
    options.floats = true;
    graft_status status = graft_plan_new(self->context, prefix, &options, &self->plan);
    graft_graph_free(prefix);
    return status;
}

static graft_status open_all(job *self, bool last) {
    const graft_gan_spec *spec = &self->model.spec;
    const size_t bytes = (size_t)(spec->size * spec->size) * 3;
    const bool average = self->model.average && !last;
    graft_gan_preprocess(spec, &self->prepare);
    GRAFT_TRY(open_base(self));
    GRAFT_TRY(open_eyes(self));
    self->block = graft_allocate(BLOCK, bytes);
    if (!self->block) return graft_fail_memory("pictures");
    return graft_gan_maker_init(&self->maker, self->context, average ? self->model.average : self->model.generator,
                                spec);
}

static void clear(job *self) {
    for (int i = 0; self->eyes && i < self->workers; i++) {
        eye *e = &self->eyes[i];
        graft_picture_loader_clear(&e->loader);
        graft_decoder_free(e->decoder);
        graft_plan_state_free(e->state);
        graft_release(e->pixels);
        graft_release(e->value);
    }
    graft_release(self->eyes);
    graft_gan_maker_clear(&self->maker);
    graft_plan_free(self->plan);
    graft_release(self->block);
    graft_release(self->rows);
    graft_release(self->sample);
    graft_gan_model_clear(&self->model);
}

/* ---- looking ---- */

static unsigned char *picture_at(const job *self, size_t index) {
    return self->block + index * (size_t)(self->model.spec.size * self->model.spec.size) * 3;
}

static graft_status load_real(void *argument, int worker, size_t index) {
    const job *self = argument;
    eye *e = &self->eyes[worker];
    GRAFT_TRY(graft_picture_load(&e->loader, self->sample[self->first + index], NULL, 0, e->value));
    graft_gan_paint(&self->model.spec, e->value, picture_at(self, index));
    return GRAFT_OK;
}

static graft_status look(void *argument, int worker, size_t index) {
    const job *self = argument;
    eye *e = &self->eyes[worker];
    const int side = (int)self->model.spec.size;
    const graft_view plain = {.number = 0};
    const size_t begin = index * TOGETHER, left = self->count - begin, count = left < TOGETHER ? left : TOGETHER;
    for (size_t i = 0; i < count; i++) {
        const graft_image picture = {
            .width = side, .height = side, .rgb = picture_at(self, begin + i), .orientation = 1};
        GRAFT_TRY(graft_image_show(e->decoder, &picture, &self->base->spec, &plain, e->pixels));
        graft_image_normalize(&self->base->spec, e->pixels, graft_plan_state_input(e->state, (int)i));
    }
    GRAFT_TRY(graft_plan_run(e->state, (int)count));
    for (size_t i = 0; i < count; i++)
        graft_cut_apply(&self->cut, graft_plan_state_output(e->state, 0, (int)i),
                        self->rows + (self->first + begin + i) * self->cut.width);
    return GRAFT_OK;
}

/* Features of `count` real pictures, or generated ones of `seed`. */
static graft_status look_at(job *self, bool real, uint64_t seed, size_t count) {
    for (self->first = 0; self->first < count; self->first += self->count) {
        self->count = count - self->first < BLOCK ? count - self->first : BLOCK;
        GRAFT_TRY(real ? graft_parallel_for(self->context, self->count, load_real, self)
                       : graft_gan_make(&self->maker, seed, self->first, self->count, self->block));
        GRAFT_TRY(graft_parallel_for(self->context, (self->count + TOGETHER - 1) / TOGETHER, look, self));
        GRAFT_TRY(graft_phase_add(self->phase, self->count, 0));
    }
    return GRAFT_OK;
}

/* ---- comparing ---- */

static graft_status halves(const job *self, size_t count, double *out) {
    graft_gaussian a = {0}, b = {0};
    const size_t half = count / 2;
    graft_status status = graft_gaussian_fit(self->rows, half, self->cut.width, &a);
    if (status == GRAFT_OK)
        status = graft_gaussian_fit(self->rows + half * self->cut.width, count - half, self->cut.width, &b);
    if (status == GRAFT_OK) status = graft_frechet_distance(&a, &b, out);
    graft_gaussian_clear(&a);
    graft_gaussian_clear(&b);
    return status;
}

static graft_status compare(job *self, uint64_t seed, graft_gan_fid_result *out) {
    graft_gaussian real = {0}, generated = {0};
    graft_status status;
    GRAFT_TRY_TO(done, status, look_at(self, true, seed, out->real));
    GRAFT_TRY_TO(done, status, halves(self, out->real, &out->floor));
    GRAFT_TRY_TO(done, status, graft_gaussian_fit(self->rows, out->real, self->cut.width, &real));
    GRAFT_TRY_TO(done, status, look_at(self, false, seed, out->generated));
    GRAFT_TRY_TO(done, status, graft_gaussian_fit(self->rows, out->generated, self->cut.width, &generated));
    status = graft_frechet_distance(&generated, &real, &out->distance);
done:
    graft_gaussian_clear(&real);
    graft_gaussian_clear(&generated);
    return status;
}

static graft_status run(job *self, const graft_gan_fid_options *options, graft_gan_fid_result *out) {
    const size_t wanted = options->count > 0 ? (size_t)options->count : PICTURES;
    GRAFT_TRY(graft_gan_choose(self->data, options->only, &self->sample, &self->sample_count));
    if (self->sample_count < 4)
        return graft_fail(GRAFT_E_DATA, "%s: %zu sound pictures, expected 4 or more", graft_dataset_path(self->data),
                          self->sample_count);
    graft_rng rng = graft_rng_make((uint64_t)options->seed, GRAFT_RNG_SHUFFLE, 0, 0);
    graft_rng_shuffle(&rng, self->sample, self->sample_count);
    *out = (graft_gan_fid_result){
        .distance = NAN, .real = wanted < self->sample_count ? wanted : self->sample_count, .generated = wanted};
    GRAFT_TRY(open_all(self, options->last));
    out->features = self->cut.width;
    out->size = self->base->spec.width;
    out->base = self->base->name;
    self->rows = graft_allocate(wanted, self->cut.width * sizeof *self->rows);
    if (!self->rows) return graft_fail_memory("features");
    GRAFT_TRY(graft_phase_begin(self->context, "fid", out->real + out->generated, &self->phase));
    graft_status status = compare(self, (uint64_t)options->seed, out);
    graft_phase_end(self->phase);
    return status;
}

graft_status graft_gan_fid(graft_context *context, const char *model, graft_dataset *data, const graft_backbone *base,
                           const graft_gan_fid_options *options, graft_gan_fid_result *out) {
    graft_gan_fid_options given = GRAFT_GAN_FID_OPTIONS_INIT;
    job self = {.context = context, .base = base, .data = data};
    GRAFT_TRY(graft_options_copy(&given, sizeof given, options, "GRAFT_GAN_FID_OPTIONS_INIT"));
    if (given.count < 0 || (given.count > 0 && given.count < 4) || given.count > PICTURES_MOST)
        return graft_fail(GRAFT_E_USAGE, "%lld pictures of each kind, expected 4 to %d", (long long)given.count,
                          (int)PICTURES_MOST);
    GRAFT_TRY(graft_gan_model_open(context, model, &self.model));
    graft_status status = run(&self, &given, out);
    clear(&self);
    return status;
}
