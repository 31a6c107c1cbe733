#include "transfer/tune-source.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/threads.h"

#include <string.h>

static uint32_t view_of(const graft_tune_source *self, uint32_t epoch, size_t sample) {
    return self->views ? (uint32_t)((epoch + sample) % self->views->count) : 0;
}

static graft_status load(void *argument, int worker, uint32_t epoch, size_t index, float *input, float *target) {
    const graft_tune_source *self = argument;
    uint32_t view = view_of(self, epoch, index);
    memset(target, 0, (size_t)self->classes * sizeof(*target));
    target[self->label[index]] = 1;
    if (self->features)
        return graft_features_read_view(self->features, 0, self->data, self->sample[index], view,
                                        self->record + (size_t)worker * self->record_bytes, input);
    return graft_picture_load(&self->loader[worker], self->sample[index], self->views, view, input);
}

/* No step of training allocates: what the workers need is there before. */
static graft_status make_records(graft_tune_source *source, int threads) {
    size_t bytes = graft_features_record_bytes(source->features);
    source->record_bytes = (bytes + GRAFT_ALIGNMENT - 1) / GRAFT_ALIGNMENT * GRAFT_ALIGNMENT;
    source->record = graft_allocate_aligned((size_t)threads, source->record_bytes);
    return source->record ? GRAFT_OK : graft_fail_memory("the workers' records");
}

static graft_status make_loaders(graft_tune_source *source, int threads, const graft_preprocess *spec) {
    source->loader = graft_allocate_zero((size_t)threads, sizeof(*source->loader));
    if (!source->loader) return graft_fail_memory("the workers' pictures");
    source->loader_count = threads;
    for (int i = 0; i < threads; i++)
        GRAFT_TRY(graft_picture_loader_init(&source->loader[i], source->data, spec));
    return GRAFT_OK;
}

graft_status graft_tune_source_init(graft_tune_source *source, graft_context *context, const graft_features *features,
                                    const graft_dataset *data, const graft_preprocess *spec, const size_t *sample,
                                    const int *label, size_t count, const graft_views *views) {
    *source = (graft_tune_source){.source = {.self = source, .count = count, .label = label, .load = load},
                                  .features = features,
                                  .data = data,
                                  .sample = sample,
                                  .label = label,
                                  .classes = (int)graft_dataset_class_count(data),
                                  .views = views};
    int threads = graft_context_threads(context);
    return features ? make_records(source, threads) : make_loaders(source, threads, spec);
}

void graft_tune_source_use(graft_tune_source *source, const graft_picture_store *store) {
    for (int i = 0; i < source->loader_count; i++)
        graft_picture_loader_use(&source->loader[i], store);
}

void graft_tune_source_clear(graft_tune_source *source) {
    for (int i = 0; i < source->loader_count; i++)
        graft_picture_loader_clear(&source->loader[i]);
    graft_release(source->loader);
    graft_release(source->record);
    *source = (graft_tune_source){0};
}
