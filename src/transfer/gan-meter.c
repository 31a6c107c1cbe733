/* How far generated pictures are from real ones, by features of a network (Heusel et al. 2017). What is known of the
 * real ones is computed once. */
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

enum { BLOCK = 512, TOGETHER = 8, PICTURES = 5000, PICTURES_MOST = 200000 };

/* What one worker needs. */
typedef struct eye {
    graft_picture_loader loader; /* real pictures as the generator makes them */
    graft_decoder *decoder;
    graft_plan_state *state;
    unsigned char *pixels; /* as the base takes them */
    float *value;          /* a real picture */
} eye;

struct graft_gan_meter {
    graft_context *context;
    const graft_backbone *base;
    graft_gan_spec spec;
    graft_gan_fid_options options;
    graft_preprocess prepare; /* of the generator's pictures */
    graft_dataset *data;
    size_t *sample, sample_count;
    graft_gan_maker *maker; /* while pictures are generated */
    graft_plan *plan;
    graft_cut cut;
    eye *eyes;
    int workers;
    unsigned char *block; /* RGB pictures of the generator's size */
    float *rows;          /* features of the kind that is being looked at */
    graft_phase *phase;
    size_t first, count; /* of the block */
    size_t real_count, made_count;
    graft_gaussian real;
    double floor;
};

/* ---- making ---- */

static graft_status open_eyes(graft_gan_meter *self) {
    const graft_preprocess *spec = &self->base->spec;
    const size_t pixels = (size_t)spec->width * (size_t)spec->height;
    const size_t floats = (size_t)(self->spec.channels * self->spec.size * self->spec.size);
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

static graft_status open_base(graft_gan_meter *self) {
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

static graft_status choose_pictures(graft_gan_meter *self) {
    const graft_gan_fid_options *o = &self->options;
    self->made_count = o->count > 0 ? (size_t)o->count : PICTURES;
    GRAFT_TRY(graft_gan_choose(self->data, o->only, &self->sample, &self->sample_count));
    if (self->sample_count < 4)
        return graft_fail(GRAFT_E_DATA, "%s: %zu sound pictures, expected 4 or more", graft_dataset_path(self->data),
                          self->sample_count);
    graft_rng rng = graft_rng_make((uint64_t)o->seed, GRAFT_RNG_SHUFFLE, 0, 0);
    graft_rng_shuffle(&rng, self->sample, self->sample_count);
    self->real_count = self->made_count < self->sample_count ? self->made_count : self->sample_count;
    return GRAFT_OK;
}

static graft_status make_room(graft_gan_meter *self) {
    self->block = graft_allocate(BLOCK, (size_t)(self->spec.size * self->spec.size) * 3);
    if (!self->block) return graft_fail_memory("pictures");
    self->rows = graft_allocate(self->made_count, self->cut.width * sizeof *self->rows);
    return self->rows ? GRAFT_OK : graft_fail_memory("features");
}

static void free_room(graft_gan_meter *self) {
    graft_release(self->block);
    graft_release(self->rows);
    self->block = NULL;
    self->rows = NULL;
}

void graft_gan_meter_free(graft_gan_meter *self) {
    if (!self) return;
    for (int i = 0; self->eyes && i < self->workers; i++) {
        eye *e = &self->eyes[i];
        graft_picture_loader_clear(&e->loader);
        graft_decoder_free(e->decoder);
        graft_plan_state_free(e->state);
        graft_release(e->pixels);
        graft_release(e->value);
    }
    graft_release(self->eyes);
    graft_plan_free(self->plan);
    free_room(self);
    graft_release(self->sample);
    graft_gaussian_clear(&self->real);
    graft_release(self);
}

/* ---- looking ---- */

static unsigned char *picture_at(const graft_gan_meter *self, size_t index) {
    return self->block + index * (size_t)(self->spec.size * self->spec.size) * 3;
}

static graft_status load_real(void *argument, int worker, size_t index) {
    const graft_gan_meter *self = argument;
    eye *e = &self->eyes[worker];
    GRAFT_TRY(graft_picture_load(&e->loader, self->sample[self->first + index], NULL, 0, e->value));
    graft_gan_paint(&self->spec, e->value, picture_at(self, index));
    return GRAFT_OK;
}

static graft_status look(void *argument, int worker, size_t index) {
    const graft_gan_meter *self = argument;
    eye *e = &self->eyes[worker];
    const int side = (int)self->spec.size;
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

/* Features of `count` real pictures, or generated ones. */
static graft_status look_at(graft_gan_meter *self, bool real, size_t count) {
    const uint64_t seed = (uint64_t)self->options.seed;
    GRAFT_TRY(graft_phase_begin(self->context, "fid", count, &self->phase));
    graft_status status = GRAFT_OK;
    for (self->first = 0; status == GRAFT_OK && self->first < count; self->first += self->count) {
        self->count = count - self->first < BLOCK ? count - self->first : BLOCK;
        status = real ? graft_parallel_for(self->context, self->count, load_real, self)
                      : graft_gan_make(self->maker, seed, self->first, self->count, self->block);
        if (status == GRAFT_OK)
            status = graft_parallel_for(self->context, (self->count + TOGETHER - 1) / TOGETHER, look, self);
        if (status == GRAFT_OK) status = graft_phase_add(self->phase, self->count, 0);
    }
    graft_phase_end(self->phase);
    return status;
}

/* ---- comparing ---- */

static graft_status halves(const graft_gan_meter *self, double *out) {
    graft_gaussian a = {0}, b = {0};
    const size_t half = self->real_count / 2;
    graft_status status = graft_gaussian_fit(self->rows, half, self->cut.width, &a);
    if (status == GRAFT_OK)
        status = graft_gaussian_fit(self->rows + half * self->cut.width, self->real_count - half, self->cut.width, &b);
    if (status == GRAFT_OK) status = graft_frechet_distance(&a, &b, out);
    graft_gaussian_clear(&a);
    graft_gaussian_clear(&b);
    return status;
}

/* Room for pictures and their features is there while it is used alone: between, training wants the memory. */
static graft_status look_at_real(graft_gan_meter *self) {
    graft_status status = make_room(self);
    if (status == GRAFT_OK) status = look_at(self, true, self->real_count);
    if (status == GRAFT_OK) status = halves(self, &self->floor);
    if (status == GRAFT_OK) status = graft_gaussian_fit(self->rows, self->real_count, self->cut.width, &self->real);
    free_room(self);
    return status;
}

static graft_status begin(graft_gan_meter *self) {
    graft_gan_preprocess(&self->spec, &self->prepare);
    GRAFT_TRY(choose_pictures(self));
    GRAFT_TRY(open_base(self));
    GRAFT_TRY(open_eyes(self));
    return look_at_real(self);
}

graft_status graft_gan_fid_check(const graft_gan_fid_options *options) {
    if (options->count >= 0 && (options->count == 0 || options->count >= 4) && options->count <= PICTURES_MOST)
        return GRAFT_OK;
    return graft_fail(GRAFT_E_USAGE, "%lld pictures of each kind, expected 4 to %d", (long long)options->count,
                      (int)PICTURES_MOST);
}

graft_status graft_gan_meter_new(graft_context *context, graft_dataset *data, const graft_backbone *base,
                                 const graft_gan_spec *spec, const graft_gan_fid_options *options,
                                 graft_gan_meter **out) {
    *out = NULL;
    GRAFT_TRY(graft_gan_fid_check(options));
    graft_gan_meter *self = graft_allocate_zero(1, sizeof *self);
    if (!self) return graft_fail_memory("a measurement");
    self->context = context;
    self->base = base;
    self->spec = *spec;
    self->options = *options;
    self->data = data;
    graft_status status = begin(self);
    if (status == GRAFT_OK)
        *out = self;
    else
        graft_gan_meter_free(self);
    return status;
}

graft_status graft_gan_meter_read(graft_gan_meter *self, const graft_graph *generator, graft_gan_fid_result *out) {
    graft_gan_maker maker = {0};
    graft_gaussian made = {0};
    *out = (graft_gan_fid_result){.distance = NAN,
                                  .floor = self->floor,
                                  .real = self->real_count,
                                  .generated = self->made_count,
                                  .features = self->cut.width,
                                  .size = self->base->spec.width,
                                  .base = self->base->name};
    self->maker = &maker;
    graft_status status = make_room(self);
    if (status == GRAFT_OK) status = graft_gan_maker_init(&maker, self->context, generator, &self->spec);
    if (status == GRAFT_OK) status = look_at(self, false, self->made_count);
    if (status == GRAFT_OK) status = graft_gaussian_fit(self->rows, self->made_count, self->cut.width, &made);
    if (status == GRAFT_OK) status = graft_frechet_distance(&made, &self->real, &out->distance);
    graft_gan_maker_clear(&maker);
    graft_gaussian_clear(&made);
    free_room(self);
    self->maker = NULL;
    return status;
}
