#include "transfer/distill-source.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/threads.h"

#include <string.h>

static graft_status load(void *argument, int worker, uint32_t epoch, size_t index, float *input, float *target) {
    const graft_distill_source *self = argument;
    uint32_t view = self->views ? (uint32_t)((epoch + index) % self->views->count) : 0;
    size_t taught = self->teacher->feature_width + self->teacher->logit_width, sample = self->sample[index];
    GRAFT_TRY(graft_teacher_read(self->teacher, self->data, sample, view,
                                 self->record + (size_t)worker * self->record_bytes, target));
    memset(target + taught, 0, self->classes * sizeof(*target));
    if (self->classes > 0) target[taught + (size_t)self->label[index]] = 1;
    return graft_picture_load(&self->loader[worker], sample, self->views, view, input);
}

graft_status graft_distill_source_init(graft_distill_source *source, graft_context *context,
                                       const graft_teacher *teacher, const graft_dataset *data,
                                       const graft_preprocess *spec, const size_t *sample, const int *label,
                                       size_t count, size_t classes, const graft_views *views) {
    *source = (graft_distill_source){.source = {.self = source, .count = count, .label = label, .load = load},
                                     .teacher = teacher,
                                     .data = data,
                                     .sample = sample,
                                     .label = label,
                                     .classes = classes,
                                     .views = views};
    int threads = graft_context_threads(context);
    size_t bytes = graft_features_record_bytes(teacher->features);
    source->record_bytes = (bytes + GRAFT_ALIGNMENT - 1) / GRAFT_ALIGNMENT * GRAFT_ALIGNMENT;
    source->record = graft_allocate_aligned((size_t)threads, source->record_bytes);
    source->loader = graft_allocate_zero((size_t)threads, sizeof(*source->loader));
    if (!source->record || !source->loader) return graft_fail_memory("the workers' pictures");
    source->loader_count = threads;
    for (int i = 0; i < threads; i++)
        GRAFT_TRY(graft_picture_loader_init(&source->loader[i], data, spec));
    return GRAFT_OK;
}

void graft_distill_source_use(graft_distill_source *source, const graft_picture_store *store) {
    for (int i = 0; i < source->loader_count; i++)
        graft_picture_loader_use(&source->loader[i], store);
}

void graft_distill_source_clear(graft_distill_source *source) {
    for (int i = 0; i < source->loader_count; i++)
        graft_picture_loader_clear(&source->loader[i]);
    graft_release(source->loader);
    graft_release(source->record);
    *source = (graft_distill_source){0};
}
