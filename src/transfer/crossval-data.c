/* Features of a dataset's sound pictures: what a frozen network makes of them, or their raw pixels. */
#include "transfer/crossval-rows.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "base/threads.h"
#include "data/dataset.h"

#include <string.h>

enum { OWN_SIZE_MOST = 64, DEFAULT_SIZE = 32 }; /* pixels */

typedef struct source {
    graft_context *context;
    graft_dataset *data;
    const size_t *sample;
    graft_crossval_rows *out;
} source;

/* ---- pixels ---- */

typedef struct pixels {
    const source *from;
    graft_preprocess spec;
    graft_picture_loader *loaders; /* one a worker */
    graft_phase *phase;
} pixels;

static graft_status load(void *argument, int worker, size_t index) {
    pixels *self = argument;
    graft_picture_loader *loader = &self->loaders[worker];
    const source *from = self->from;
    if (!loader->pixels) {
        graft_picture_loader_clear(loader);
        GRAFT_TRY(graft_picture_loader_init(loader, from->data, &self->spec));
    }
    GRAFT_TRY(graft_picture_load(loader, from->sample[index], NULL, 0, from->out->x + index * from->out->width));
    return graft_phase_add(self->phase, 1, 0);
}

/* The pictures' own size if it is one for all and small. */
static void choose_size(const source *from, int64_t asked, graft_preprocess *spec) {
    const graft_sample *first = graft_dataset_sample(from->data, from->sample[0]);
    spec->width = asked > 0 ? (int)asked : first->width;
    spec->height = asked > 0 ? (int)asked : first->height;
    bool alike = first->width <= OWN_SIZE_MOST && first->height <= OWN_SIZE_MOST;
    for (size_t i = 1; i < from->out->count && alike; i++) {
        const graft_sample *sample = graft_dataset_sample(from->data, from->sample[i]);
        alike = sample->width == first->width && sample->height == first->height;
    }
    if (asked <= 0 && !alike) spec->width = spec->height = DEFAULT_SIZE;
}

static graft_status read_pixels(const source *from, int64_t image_size, graft_shape *shape) {
    graft_check_result check = GRAFT_CHECK_RESULT_INIT;
    graft_crossval_rows *out = from->out;
    pixels self = {.from = from};
    int threads = graft_context_threads(from->context);
    graft_preprocess_init(&self.spec, GRAFT_SCALING_01);
    graft_dataset_check_result(from->data, &check);
    self.spec.channels = check.grey == check.sound ? 1 : 3;
    choose_size(from, image_size, &self.spec);
    *shape = GRAFT_SHAPE(self.spec.channels, self.spec.height, self.spec.width);
    out->width = (size_t)self.spec.width * (size_t)self.spec.height * (size_t)self.spec.channels;
    GRAFT_TRY(graft_crossval_room(from->context, out->count, out->width));
    out->x = graft_allocate_aligned(out->count * out->width, sizeof(float));
    out->features = graft_text_format("raw pixels, %dx%d %s", self.spec.width, self.spec.height,
                                      self.spec.channels == 1 ? "grey" : "RGB");
    self.loaders = graft_allocate_zero((size_t)threads, sizeof(*self.loaders));
    graft_status status = out->x && out->features && self.loaders ? GRAFT_OK : graft_fail_memory("the pixels");
    if (status == GRAFT_OK) status = graft_phase_begin(from->context, "pixels", out->count, &self.phase);
    if (status == GRAFT_OK) status = graft_parallel_for(from->context, out->count, load, &self);
    graft_phase_end(self.phase);
    for (int i = 0; self.loaders && i < threads; i++)
        graft_picture_loader_clear(&self.loaders[i]);
    graft_release(self.loaders);
    return status;
}

/* ---- a network's features ---- */

static graft_status read_features(const source *from, const graft_backbone *backbone,
                                  const graft_crossval_options *options) {
    graft_crossval_rows *out = from->out;
    graft_features *features = NULL;
    graft_features_result result;
    graft_cut cut;
    if (options->layer)
        GRAFT_TRY(graft_cut_named(backbone->graph, options->layer, options->pool, &cut));
    else
        GRAFT_TRY(graft_cut_make(backbone->graph, graft_cut_last(backbone->graph), options->pool, &cut));
    out->width = cut.width;
    GRAFT_TRY(graft_crossval_room(from->context, out->count, out->width));
    out->features =
        graft_text_format("layer %s of %s", graft_graph_node(backbone->graph, cut.node)->name, backbone->name);
    if (!out->features) return graft_fail_memory("a text");
    GRAFT_TRY(graft_features_open(from->context, backbone->graph, &backbone->spec, &cut, 1, NULL, &features));
    graft_status status = graft_features_compute(features, from->data, from->sample, out->count, 1, &result);
    if (status == GRAFT_OK) status = graft_features_room(features, out->count, &out->x);
    if (status == GRAFT_OK) status = graft_features_read(features, 0, from->data, from->sample, out->count, out->x);
    graft_features_close(features);
    return status;
}

/* ---- labels ---- */

static graft_status take_labels(const source *from) {
    graft_crossval_rows *out = from->out;
    size_t classes = graft_dataset_class_count(from->data);
    out->label = graft_allocate(out->count, sizeof(*out->label));
    out->group = graft_allocate(out->count, sizeof(*out->group));
    out->class_name = graft_allocate_zero(classes, sizeof(*out->class_name));
    if (!out->label || !out->group || !out->class_name) return graft_fail_memory("the labels");
    out->classes = classes;
    for (size_t i = 0; i < classes; i++)
        if (!(out->class_name[i] = graft_text_copy(graft_dataset_class(from->data, i))))
            return graft_fail_memory("the classes");
    for (size_t i = 0; i < out->count; i++) {
        out->label[i] = graft_dataset_sample(from->data, from->sample[i])->label;
        out->group[i] = (int64_t)graft_dataset_group(from->data, from->sample[i]);
    }
    return GRAFT_OK;
}

static graft_status read(const source *from, const graft_backbone *backbone, const graft_crossval_options *options) {
    if (from->out->count == 0) return graft_fail(GRAFT_E_DATA, "%s: no sound pictures", graft_dataset_path(from->data));
    if (graft_dataset_has_given_split(from->data))
        graft_log(from->context, GRAFT_LOG_WARNING,
                  "%s holds train and validation: all of it takes part in the cross-validation",
                  graft_dataset_path(from->data));
    GRAFT_TRY(take_labels(from));
    graft_shape shape;
    return backbone ? read_features(from, backbone, options) : read_pixels(from, options->image_size, &shape);
}

graft_status graft_crossval_read_pixels(graft_context *context, graft_dataset *data, int64_t image_size,
                                        const size_t *sample, graft_shape *shape, graft_crossval_rows *out) {
    source from = {.context = context, .data = data, .sample = sample, .out = out};
    if (out->count == 0) return graft_fail(GRAFT_E_DATA, "%s: no sound pictures", graft_dataset_path(data));
    GRAFT_TRY(take_labels(&from));
    return read_pixels(&from, image_size, shape);
}

graft_status graft_crossval_read_dataset(graft_context *context, graft_dataset *data, const graft_backbone *backbone,
                                         const graft_crossval_options *options, graft_crossval_rows *out) {
    size_t *sample;
    GRAFT_TRY(graft_dataset_check(data));
    GRAFT_TRY(graft_dataset_indices(data, -1, &sample, &out->count));
    const source from = {.context = context, .data = data, .sample = sample, .out = out};
    graft_status status = read(&from, backbone, options);
    graft_release(sample);
    return status;
}

graft_status graft_crossval_read_data(graft_context *context, const char *path, const graft_backbone *backbone,
                                      const graft_crossval_options *options, graft_crossval_rows *out) {
    graft_data_options data_options = GRAFT_DATA_OPTIONS_INIT;
    graft_dataset *data;
    data_options.label = options->label;
    GRAFT_TRY(graft_dataset_open(&data, context, path, &data_options));
    graft_status status = graft_crossval_read_dataset(context, data, backbone, options, out);
    graft_dataset_free(data);
    return status;
}
