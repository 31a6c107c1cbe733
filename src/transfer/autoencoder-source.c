#include "transfer/autoencoder-internal.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/rng.h"
#include "base/threads.h"

#include <string.h>

/* What is seen stays a picture: it is clipped to the range. */
static void add_noise(const graft_coding *coding, uint32_t epoch, size_t sample, float *picture) {
    graft_rng rng = graft_rng_make(coding->seed, GRAFT_RNG_NOISE, epoch, sample);
    for (size_t i = 0; i < coding->values; i++) {
        const double value = (double)picture[i] + coding->noise * graft_rng_normal(&rng);
        picture[i] = (float)(value < 0 ? 0 : value > 1 ? 1 : value);
    }
}

static graft_status load(void *argument, int worker, uint32_t epoch, size_t index, float *input, float *target) {
    const graft_coding_source *self = argument;
    const graft_coding *coding = self->coding;
    const uint32_t view = self->views ? (uint32_t)((epoch + index) % self->views->count) : 0;
    const size_t sample = self->sample[index];
    GRAFT_TRY(graft_picture_load(&self->loader[worker], sample, self->views, view, input));
    memcpy(target, input, coding->values * sizeof(*target));
    memset(target + coding->values, 0, 2 * coding->latent * sizeof(*target)); /* a code has no target */
    if (coding->noise > 0) add_noise(coding, epoch, sample, input);
    return GRAFT_OK;
}

graft_status graft_coding_source_init(graft_coding_source *source, graft_context *context, const graft_coding *coding,
                                      const graft_dataset *data, const graft_preprocess *spec, const size_t *sample,
                                      size_t count, const graft_views *views) {
    *source = (graft_coding_source){
        .source = {.self = source, .count = count, .load = load}, .coding = coding, .sample = sample, .views = views};
    const int threads = graft_context_threads(context);
    source->loader = graft_allocate_zero((size_t)threads, sizeof(*source->loader));
    if (!source->loader) return graft_fail_memory("the workers' pictures");
    source->loader_count = threads;
    for (int i = 0; i < threads; i++)
        GRAFT_TRY(graft_picture_loader_init(&source->loader[i], data, spec));
    return GRAFT_OK;
}

void graft_coding_source_use(graft_coding_source *source, const graft_picture_store *store) {
    for (int i = 0; i < source->loader_count; i++)
        graft_picture_loader_use(&source->loader[i], store);
}

void graft_coding_source_clear(graft_coding_source *source) {
    for (int i = 0; i < source->loader_count; i++)
        graft_picture_loader_clear(&source->loader[i]);
    graft_release(source->loader);
    *source = (graft_coding_source){0};
}
