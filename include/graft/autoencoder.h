/* graft/autoencoder.h: networks that learn from pictures without labels by giving back what they see through a narrow
 * code. What they learn serves others (their encoder is a backbone), and what they cannot give back is unlike what they
 * learned from. */
#ifndef GRAFT_AUTOENCODER_H
#define GRAFT_AUTOENCODER_H

#include <graft/embed.h>
#include <graft/pretrain.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct graft_autoencoder_options {
    size_t struct_size;
    int64_t latent;  /* numbers of the code; 0: 64 */
    int colour;      /* place in GRAFT_COLOUR_CHOICES: of the pictures that the network sees */
    int loss;        /* place in GRAFT_RECONSTRUCTION_CHOICES: what measures a reconstruction */
    double noise;    /* deviation of the noise on what training sees, a share of the full range; < 0: the arch's */
    double beta;     /* weight of a Gaussian code's divergence; < 0: 1 */
    double quantile; /* of the training pictures' scores, from which on a picture is anomalous; 0: 0.99 */
    /* Of these: arch (NULL: conv; graft list autoencoders, or a .net file), image_size (0: the pictures' own where all
     * are alike and at most 128, else 64), fit, store, seed, and of tune what graft_pretrain takes, without what is of
     * labels; augment NULL is none. */
    graft_pretrain_options pretrain;
} graft_autoencoder_options;
#define GRAFT_AUTOENCODER_OPTIONS_INIT                                             \
    {                                                                              \
        .struct_size = sizeof(graft_autoencoder_options), .noise = -1, .beta = -1, \
        .pretrain = GRAFT_PRETRAIN_OPTIONS_INIT                                    \
    }
#define GRAFT_COLOUR_CHOICES "auto|grey|rgb"
#define GRAFT_RECONSTRUCTION_CHOICES "auto|mse|binary"
/* The rows of all but the training itself, for which graft_pretrain_training_option_table() describes `pretrain`. */
GRAFT_API const graft_option *graft_autoencoder_option_table(void);

/* Trains on all sound training pictures of `data`, whose labels do not count. The run has phases and epochs, an encoder
 * (graft_run_save_backbone) and an autoencoder; accuracies are NaN. All that graft_pretrain says of folders, resuming
 * and limits holds. Errors: as there; GRAFT_E_DATA: fewer than two training pictures. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_autoencoder_train(graft_run **out, graft_context *context,
                                                                graft_dataset *data,
                                                                const graft_autoencoder_options *options);

typedef struct graft_autoencoder graft_autoencoder;
/* Of such a run, borrowed; NULL: another run. */
GRAFT_API const graft_autoencoder *graft_run_autoencoder(const graft_run *run);
/* Where the held-back pictures of the run (all, when none were) lie for its code. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_embed_codes(graft_embedding **out, graft_context *context,
                                                          const graft_run *run);

/* A model file: safetensors with network, preprocessing and threshold, sealed. graft_backbone_open takes it for its
 * encoder. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_autoencoder_save(const graft_autoencoder *model, const char *path);
GRAFT_API GRAFT_MUST_CHECK graft_status graft_autoencoder_open(graft_autoencoder **out, graft_context *context,
                                                               const char *path);
GRAFT_API void graft_autoencoder_free(graft_autoencoder *model);

typedef struct graft_autoencoder_about {
    const char *arch;
    int64_t latent;
    int width, height, channels; /* of the pictures it sees */
    double quantile, threshold;  /* a score above it is anomalous */
    size_t pictures;             /* training pictures that the threshold is of */
} graft_autoencoder_about;
/* Borrowed from the model. */
GRAFT_API void graft_autoencoder_tell(const graft_autoencoder *model, graft_autoencoder_about *out);

/* A picture's score is the mean squared difference between it and its reconstruction, on a scale of 0 to 1. */
typedef struct graft_scores {
    size_t n;
    const size_t *sample; /* indices in the data, of its sound pictures, in its order */
    const double *score;
    double threshold;
} graft_scores;
/* Checks `data` first if it was not. Release with graft_scores_free. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_autoencoder_score(graft_scores **out, const graft_autoencoder *model,
                                                                graft_dataset *data);
GRAFT_API void graft_scores_free(graft_scores *scores);
/* Of a run's pictures of one split, borrowed; NULL: there are none. */
GRAFT_API const graft_scores *graft_run_scores(const graft_run *run, graft_split split);
/* One line of JSON: {"path":..,"score":..,"threshold":..,"anomalous":true|false}. Release with graft_text_free. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_scores_json(const graft_scores *scores, const graft_dataset *data,
                                                          size_t row, char **json);
/* The same of all rows as a table: path, score, threshold, normal or anomalous, separated by tabs, below a line with
 * the columns' names; control bytes in names become spaces. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_scores_tsv(const graft_scores *scores, const graft_dataset *data,
                                                         char **tsv);

/* Sound pictures of `data`, the first `count` (0: 32), as the network sees them, and below each what it makes of it,
 * `columns` in a row (0: 8), as a PNG. Checks `data` first if it was not. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_autoencoder_sheet(const graft_autoencoder *model, graft_dataset *data,
                                                                size_t count, size_t columns, const char *output);

#ifdef __cplusplus
}
#endif
#endif
