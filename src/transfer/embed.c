/* A map of pictures: features, two principal components, what is written of them. */
#include <graft/embed.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/error.h"
#include "data/dataset.h"
#include "stats/pca.h"
#include "transfer/run-internal.h"
#include "json/json.h"

#include <string.h>

static const char *const split_names[] = {"train", "validation", "test"};

#define ROW(member) .offset = offsetof(graft_embed_options, member)
static const graft_option rows[] = {
    {.name = "layer",
     .type = GRAFT_OPTION_TEXT,
     ROW(layer),
     .unit = "LAYER",
     .help = "whose values are the features; the last layer before the head unless given"},
    {.name = "pool",
     .type = GRAFT_OPTION_ENUM,
     ROW(pool),
     .fallback = "avg",
     .choices = GRAFT_POOL_CHOICES,
     .help = "how a map becomes features"},
    GRAFT_OPTION_END,
};
#undef ROW

const graft_option *graft_embed_option_table(void) {
    return rows;
}

/* The public embedding and what its members borrow from. */
typedef struct owner {
    graft_embedding embedding;
    size_t *sample;
    char *features;
    graft_pca pca;
} owner;

void graft_embedding_free(graft_embedding *embedding) {
    owner *self = (owner *)embedding; /* its first member */
    if (!self) return;
    graft_release(self->sample);
    graft_release(self->features);
    graft_pca_clear(&self->pca);
    graft_release(self);
}

/* What features are made of. */
typedef struct source {
    graft_context *context;
    const graft_graph *graph;
    const graft_preprocess *spec;
    const char *name;
    graft_cut cut;
    const graft_dataset *data;
} source;

static graft_status compute(const source *from, owner *self, size_t count) {
    graft_features *features = NULL;
    graft_features_result result;
    float *x = NULL;
    GRAFT_TRY(graft_features_open(from->context, from->graph, from->spec, &from->cut, 1, NULL, &features));
    graft_status status = graft_features_compute(features, from->data, self->sample, count, 1, &result);
    if (status == GRAFT_OK) status = graft_features_room(features, count, &x);
    if (status == GRAFT_OK) status = graft_features_read(features, 0, from->data, self->sample, count, x);
    if (status == GRAFT_OK) status = graft_pca_fit(from->context, x, count, from->cut.width, 2, &self->pca);
    graft_features_close(features);
    graft_release(x);
    return status;
}

/* Takes `sample` over, also when it fails. */
static graft_status make(const source *from, size_t *sample, size_t count, graft_embedding **out) {
    owner *self = graft_allocate_zero(1, sizeof(*self));
    if (!self) {
        graft_release(sample);
        return graft_fail_memory("a map");
    }
    self->sample = sample;
    self->features =
        graft_text_format("layer %s of %s", graft_graph_node(from->graph, from->cut.node)->name, from->name);
    graft_status status = self->features ? compute(from, self, count) : graft_fail_memory("a map");
    if (status != GRAFT_OK) {
        graft_embedding_free(&self->embedding);
        return status;
    }
    self->embedding = (graft_embedding){.data = from->data,
                                        .n = count,
                                        .sample = self->sample,
                                        .point = self->pca.point,
                                        .share = {self->pca.share[0], self->pca.share[1]},
                                        .features = self->features};
    *out = &self->embedding;
    return GRAFT_OK;
}

graft_status graft_embed(graft_embedding **out, graft_context *context, graft_dataset *data,
                         const graft_backbone *backbone, const graft_embed_options *options) {
    graft_embed_options given = GRAFT_EMBED_OPTIONS_INIT;
    source from = {context, backbone->graph, &backbone->spec, backbone->name, {0}, data};
    size_t *sample = NULL, count = 0;
    *out = NULL;
    GRAFT_TRY(graft_options_copy(&given, sizeof(given), options, "GRAFT_EMBED_OPTIONS_INIT"));
    if (given.layer)
        GRAFT_TRY(graft_cut_named(backbone->graph, given.layer, given.pool, &from.cut));
    else
        GRAFT_TRY(graft_cut_make(backbone->graph, graft_cut_last(backbone->graph), given.pool, &from.cut));
    GRAFT_TRY(graft_dataset_check(data));
    GRAFT_TRY(graft_dataset_indices(data, -1, &sample, &count));
    return make(&from, sample, count, out);
}

graft_status graft_embed_predictions(graft_embedding **out, graft_context *context, const graft_model *model,
                                     const graft_dataset *data, const graft_predictions *predictions) {
    const size_t count = graft_predictions_count(predictions);
    source from = {context, model->graph, &model->spec, model->name, model->cut, data};
    *out = NULL;
    size_t *sample = graft_allocate(count > 0 ? count : 1, sizeof(*sample));
    if (!sample) return graft_fail_memory("a map");
    for (size_t i = 0; i < count; i++)
        sample[i] = graft_predictions_sample(predictions, i);
    return make(&from, sample, count, out);
}

graft_status graft_embed_codes(graft_embedding **out, graft_context *context, const graft_run *run) {
    const graft_graph *encoder = run->pretrained;
    source from = {context, encoder, &run->pretrained_spec, "the autoencoder", {0}, run->data};
    size_t *sample = NULL, count = 0;
    *out = NULL;
    if (!run->autoencoder) return graft_fail(GRAFT_E_USAGE, "the run has no autoencoder");
    GRAFT_TRY(graft_cut_make(encoder, graft_graph_output(encoder), GRAFT_POOL_AVG, &from.cut));
    GRAFT_TRY(graft_dataset_indices(run->data, GRAFT_SPLIT_VALIDATION, &sample, &count));
    if (count < 2) {
        graft_release(sample);
        GRAFT_TRY(graft_dataset_indices(run->data, -1, &sample, &count));
    }
    return make(&from, sample, count, out);
}

static const char *label_of(const graft_dataset *data, const graft_sample *sample) {
    return sample->label >= 0 ? graft_dataset_class(data, (size_t)sample->label) : NULL;
}

graft_status graft_embedding_json(const graft_embedding *embedding, char **json) {
    graft_json *object = graft_json_new_object(), *share = graft_json_new_array(), *points = graft_json_new_array();
    graft_json_set_text(object, "features", embedding->features);
    for (int i = 0; i < 2; i++)
        graft_json_add(share, graft_json_new_real(embedding->share[i]));
    graft_json_set(object, "share", share);
    for (size_t i = 0; i < embedding->n; i++) {
        const graft_sample *sample = graft_dataset_sample(embedding->data, embedding->sample[i]);
        graft_json *row = graft_json_new_object();
        graft_json_set_text(row, "path", sample->name);
        graft_json_set_text(row, "label", label_of(embedding->data, sample));
        graft_json_set_text(row, "split", sample->label >= 0 ? split_names[sample->split] : NULL);
        graft_json_set_real(row, "x", (double)embedding->point[2 * i]);
        graft_json_set_real(row, "y", (double)embedding->point[2 * i + 1]);
        graft_json_add(points, row);
    }
    graft_json_set(object, "points", points);
    graft_status status = graft_json_dump(object, 0, json, NULL);
    graft_json_free(object);
    return status;
}

static void add_name(graft_buffer *out, const char *text) {
    for (const char *c = text ? text : ""; *c; c++)
        graft_buffer_add(out, (unsigned char)*c < ' ' || *c == 127 ? " " : c, 1);
    graft_buffer_text(out, "\t");
}

graft_status graft_embedding_tsv(const graft_embedding *embedding, char **tsv) {
    graft_buffer out;
    graft_buffer_init(&out, 0);
    graft_buffer_text(&out, "path\tlabel\tsplit\tx\ty\n");
    for (size_t i = 0; i < embedding->n; i++) {
        const graft_sample *sample = graft_dataset_sample(embedding->data, embedding->sample[i]);
        add_name(&out, sample->name);
        add_name(&out, label_of(embedding->data, sample));
        graft_buffer_format(&out, "%s\t%.7g\t%.7g\n", sample->label >= 0 ? split_names[sample->split] : "",
                            (double)embedding->point[2 * i], (double)embedding->point[2 * i + 1]);
    }
    return graft_buffer_take(&out, tsv, NULL);
}
