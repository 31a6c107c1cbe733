#include "train/spectral.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/rng.h"
#include "base/threads.h"

#include <math.h>
#include <string.h>

enum { LANES = 16, FIRST_ROUNDS = 15 }; /* as torch.nn.utils.parametrizations.spectral_norm */
static const double tiny = 1e-12;

typedef struct kernel {
    const graft_parameter_segment *segment;
    size_t rows, columns;
    float *u, *v;  /* rows, columns */
    double *image; /* rows: W v */
    double size;   /* s */
} kernel;

struct graft_spectral {
    const graft_parameters *parameters;
    float *values;
    kernel *kernels;
    size_t count, vector_floats;
    float *vectors;
    double *images;
    bool iterate; /* what the workers do just now */
};

/* ---- one kernel ---- */

static double length_of(const double *x, size_t count) {
    double squares = 0;
    for (size_t i = 0; i < count; i++)
        squares += x[i] * x[i];
    return fmax(sqrt(squares), tiny);
}

/* In lanes, which the compiler makes vectors of; of rows, whose sums are added up in double. */
static double dot(const float *a, const float *b, size_t count) {
    float lane[LANES] = {0};
    double sum = 0;
    size_t i = 0;
    for (; i + LANES <= count; i += LANES)
        for (size_t l = 0; l < LANES; l++)
            lane[l] += a[i + l] * b[i + l];
    for (size_t l = 0; l < LANES; l++)
        sum += (double)lane[l];
    for (; i < count; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

/* v = W^T u, of length 1. A row at a time, so that W is read as it lies. */
static void find_v(const kernel *k, const float *w) {
    for (size_t j = 0; j < k->columns; j++)
        k->v[j] = 0;
    for (size_t i = 0; i < k->rows; i++)
        for (size_t j = 0; j < k->columns; j++)
            k->v[j] += k->u[i] * w[i * k->columns + j];
    const float factor = (float)(1 / fmax(sqrt(dot(k->v, k->v, k->columns)), tiny));
    for (size_t j = 0; j < k->columns; j++)
        k->v[j] *= factor;
}

static void find_image(const kernel *k, const float *w) {
    for (size_t i = 0; i < k->rows; i++)
        k->image[i] = dot(w + i * k->columns, k->v, k->columns);
}

static void find_u(const kernel *k) {
    const double length = length_of(k->image, k->rows);
    for (size_t i = 0; i < k->rows; i++)
        k->u[i] = (float)(k->image[i] / length);
}

static graft_status normalize_one(void *argument, int worker, size_t index) {
    (void)worker;
    const graft_spectral *self = argument;
    kernel *k = &self->kernels[index];
    const float *w = self->values + k->segment->offset;
    float *value = self->parameters->value + k->segment->offset;
    if (self->iterate) find_v(k, w);
    find_image(k, w);
    if (self->iterate) find_u(k);
    k->size = 0;
    for (size_t i = 0; i < k->rows; i++)
        k->size += (double)k->u[i] * k->image[i];
    if (!(fabs(k->size) > tiny)) k->size = tiny;
    const float factor = (float)(1 / k->size);
    for (size_t i = 0; i < k->segment->count; i++)
        value[i] = w[i] * factor;
    return GRAFT_OK;
}

/* (G - <G, W / s> u v^T) / s */
static graft_status gradient_of_one(void *argument, int worker, size_t index) {
    (void)worker;
    const graft_spectral *self = argument;
    const kernel *k = &self->kernels[index];
    const float *value = self->parameters->value + k->segment->offset;
    float *gradient = self->parameters->gradient + k->segment->offset;
    double along = 0;
    for (size_t i = 0; i < k->rows; i++)
        along += dot(gradient + i * k->columns, value + i * k->columns, k->columns);
    const float factor = (float)(1 / k->size);
    for (size_t i = 0; i < k->rows; i++) {
        const float part = (float)(along * (double)k->u[i]);
        for (size_t j = 0; j < k->columns; j++)
            gradient[i * k->columns + j] = (gradient[i * k->columns + j] - part * k->v[j]) * factor;
    }
    return GRAFT_OK;
}

/* ---- all of them ---- */

static graft_status normalize(graft_context *context, graft_spectral *self, bool iterate) {
    self->iterate = iterate;
    for (int i = 0; i < self->parameters->segment_count; i++) {
        const graft_parameter_segment *segment = &self->parameters->segments[i];
        if (!segment->decays)
            memcpy(self->parameters->value + segment->offset, self->values + segment->offset,
                   segment->count * sizeof(float));
    }
    return graft_parallel_for_uncancellable(context, self->count, normalize_one, self);
}

graft_status graft_spectral_iterate(graft_context *context, graft_spectral *spectral) {
    return normalize(context, spectral, true);
}

graft_status graft_spectral_apply(graft_context *context, graft_spectral *spectral) {
    return normalize(context, spectral, false);
}

graft_status graft_spectral_gradient(graft_context *context, graft_spectral *spectral) {
    return graft_parallel_for_uncancellable(context, spectral->count, gradient_of_one, spectral);
}

float *graft_spectral_values(graft_spectral *spectral) {
    return spectral->values;
}

float *graft_spectral_vectors(graft_spectral *spectral, size_t *count) {
    *count = spectral->vector_floats;
    return spectral->vectors;
}

size_t graft_spectral_count(const graft_spectral *spectral) {
    return spectral->count;
}

/* ---- making ---- */

static void draw(const kernel *k, uint64_t seed) {
    const char *name = k->segment->node;
    graft_rng rng = graft_rng_make(seed, GRAFT_RNG_INIT, UINT32_C(0x75), graft_checksum(name, strlen(name)));
    double squares = 0;
    for (size_t i = 0; i < k->rows; i++) {
        k->u[i] = (float)graft_rng_normal(&rng);
        squares += (double)k->u[i] * (double)k->u[i];
    }
    for (size_t i = 0; i < k->rows; i++)
        k->u[i] = (float)(k->u[i] / fmax(sqrt(squares), tiny));
}

static graft_status list_kernels(graft_spectral *self) {
    const graft_parameters *p = self->parameters;
    size_t images = 0;
    for (int i = 0; i < p->segment_count; i++) {
        const graft_parameter_segment *segment = &p->segments[i];
        if (!segment->decays) continue;
        const size_t columns = segment->count / segment->rows;
        self->kernels[self->count++] = (kernel){.segment = segment, .rows = segment->rows, .columns = columns};
        self->vector_floats += segment->rows + columns;
        images += segment->rows;
    }
    self->vectors = graft_allocate_zero(self->vector_floats, sizeof *self->vectors);
    self->images = graft_allocate_zero(images, sizeof *self->images);
    if (!self->vectors || !self->images) return graft_fail_memory("spectral normalisation");
    float *at = self->vectors;
    double *image = self->images;
    for (size_t i = 0; i < self->count; i++) {
        kernel *k = &self->kernels[i];
        k->u = at;
        k->v = at + k->rows;
        k->image = image;
        at += k->rows + k->columns;
        image += k->rows;
    }
    return GRAFT_OK;
}

static graft_status begin(graft_context *context, graft_spectral *self, uint64_t seed) {
    const graft_parameters *p = self->parameters;
    self->values = graft_allocate(p->count, sizeof *self->values);
    self->kernels = graft_allocate_zero((size_t)p->segment_count, sizeof *self->kernels);
    if (!self->values || !self->kernels) return graft_fail_memory("spectral normalisation");
    memcpy(self->values, p->value, p->count * sizeof *self->values);
    GRAFT_TRY(list_kernels(self));
    for (size_t i = 0; i < self->count; i++)
        draw(&self->kernels[i], seed);
    for (int round = 0; round < FIRST_ROUNDS; round++)
        GRAFT_TRY(graft_spectral_iterate(context, self));
    return GRAFT_OK;
}

graft_status graft_spectral_new(graft_context *context, const graft_parameters *parameters, uint64_t seed,
                                graft_spectral **out) {
    graft_spectral *self = graft_allocate_zero(1, sizeof *self);
    if (!self) return graft_fail_memory("spectral normalisation");
    self->parameters = parameters;
    graft_status status = begin(context, self, seed);
    if (status == GRAFT_OK)
        *out = self;
    else
        graft_spectral_free(self);
    return status;
}

void graft_spectral_free(graft_spectral *spectral) {
    if (!spectral) return;
    graft_release(spectral->values);
    graft_release(spectral->kernels);
    graft_release(spectral->vectors);
    graft_release(spectral->images);
    graft_release(spectral);
}
