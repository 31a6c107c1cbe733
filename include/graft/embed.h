/* graft/embed.h: a map of pictures: what a network takes for alike lies together. */
#ifndef GRAFT_EMBED_H
#define GRAFT_EMBED_H

#include <graft/model.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct graft_embed_options {
    size_t struct_size;
    const char *layer; /* NULL: the last layer before the head */
    int pool;          /* 0 avg, 1 max, 2 none */
} graft_embed_options;
#define GRAFT_EMBED_OPTIONS_INIT \
    { .struct_size = sizeof(graft_embed_options) }
GRAFT_API const graft_option *graft_embed_option_table(void);

/* Borrowed members live as long as the embedding; the dataset must outlive it. */
typedef struct graft_embedding {
    const graft_dataset *data;
    size_t n;
    const size_t *sample; /* indices in data, n */
    const float *point;   /* n x 2: the first two principal components of the features, centred */
    double share[2];      /* of the features' variance that each of them has */
    const char *features; /* what they are, for people: "layer X of Y" */
} graft_embedding;

/* All sound pictures of `data` (checked first if it was not) by the features of `backbone`, through the boundary cache.
 * Principal components, exact and repeatable; neighbours at a distance may overlap in two dimensions, which `share`
 * tells. Errors: as for graft_extract; GRAFT_E_DATA (fewer than 2 pictures). */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_embed(graft_embedding **out, graft_context *context, graft_dataset *data,
                                                    const graft_backbone *backbone, const graft_embed_options *options);
/* The pictures behind `predictions` of `data` by the features that the model's head sees. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_embed_predictions(graft_embedding **out, graft_context *context,
                                                                const graft_model *model, const graft_dataset *data,
                                                                const graft_predictions *predictions);
GRAFT_API void graft_embedding_free(graft_embedding *embedding);
/* {"features":..,"share":[..,..],"points":[{"path":..,"label":..,"split":..,"x":..,"y":..},...]}. Release with
 * graft_text_free. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_embedding_json(const graft_embedding *embedding, char **json);
/* The columns path, label, split, x, y, separated by tabs; control bytes in names become spaces. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_embedding_tsv(const graft_embedding *embedding, char **tsv);

#ifdef __cplusplus
}
#endif
#endif
