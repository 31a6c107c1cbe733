/* The insides of autoencoders: a kind of pretraining whose subject are the pictures themselves. */
#ifndef GRAFT_SRC_TRANSFER_AUTOENCODER_INTERNAL_H
#define GRAFT_SRC_TRANSFER_AUTOENCODER_INTERNAL_H

#include "data/contact-sheet.h"
#include "formats/container.h"
#include "train/source.h"
#include "transfer/picture.h"
#include "transfer/tune-network.h"
#include "zoo/autoencoder.h"
#include <graft/autoencoder.h>

/* ---- the model ---- */

struct graft_autoencoder {
    graft_context *context;
    char *arch;
    graft_graph *graph; /* from a picture to its reconstruction on the scale of the input, 0 to 1 */
    graft_preprocess spec;
    int64_t latent;
    double quantile, threshold;
    size_t pictures;
};

/* Key in a model file's metadata. */
#define GRAFT_STORED_AUTOENCODER "graft_autoencoder"
/* What stands there: arch, quantile, threshold, pictures. Errors: GRAFT_E_DATA. */
GRAFT_MUST_CHECK graft_status graft_autoencoder_read(const graft_json *json, graft_autoencoder *model);
/* Of a file that holds an autoencoder, *graph becomes its encoder, up to the code; other graphs stay. Errors:
 * GRAFT_E_DATA: it names no code. */
GRAFT_MUST_CHECK graft_status graft_autoencoder_cut(const graft_container *file, graft_graph **graph);

/* ---- a pass: pictures and what becomes of them ---- */

/* For `count` samples: score[i], unless NULL; and, unless NULL, the i-th picture and its reconstruction as RGB rows at
 * seen + i * size and made + i * size, size = 3 * height * width. */
typedef struct graft_coded {
    double *score;
    unsigned char *seen, *made;
} graft_coded;
GRAFT_MUST_CHECK graft_status graft_autoencoder_pass(const graft_autoencoder *model, const graft_dataset *data,
                                                     const size_t *sample, size_t count, const graft_coded *out);
/* Rows of samples as the network sees them, each above that of what it makes of them. `sheet` is made: clear it, also
 * after a failure. */
GRAFT_MUST_CHECK graft_status graft_autoencoder_draw(const graft_autoencoder *model, const graft_dataset *data,
                                                     const size_t *sample, size_t count, size_t columns,
                                                     graft_contact_sheet *sheet);
/* C,H,W of 0 to 1 as RGB rows. */
void graft_autoencoder_paint(const graft_preprocess *spec, const float *values, unsigned char *rgb);

/* ---- decoding: sheets of points of the code; clear them, also after a failure ---- */

/* Whether the code is a Gaussian, whose prior is the standard one. */
bool graft_autoencoder_has_prior(const graft_autoencoder *model);
/* Pictures of draws from it. Errors: GRAFT_E_USAGE: it has none; the decoder sees more than the code. */
GRAFT_MUST_CHECK graft_status graft_autoencoder_draw_prior(const graft_autoencoder *model, uint64_t seed, size_t count,
                                                           size_t columns, graft_contact_sheet *sheet);
/* A row a pair of samples, 2 * pairs of them: the first, `steps` (2 or more) points evenly on the straight line between
 * both codes, the second. Errors: GRAFT_E_USAGE: the decoder sees more than the code. */
GRAFT_MUST_CHECK graft_status graft_autoencoder_draw_between(const graft_autoencoder *model, const graft_dataset *data,
                                                             const size_t *sample, size_t pairs, size_t steps,
                                                             graft_contact_sheet *sheet);

/* Scores of samples of a dataset that was checked; `sample` is taken over, also on failure. */
GRAFT_MUST_CHECK graft_status graft_scores_make(const graft_autoencoder *model, const graft_dataset *data,
                                                size_t *sample, size_t count, graft_scores **out);

/* ---- training ---- */

/* What training an autoencoder knows beyond any pretraining. */
typedef struct graft_coding {
    graft_autoencoder_options options; /* with defaults in place of zeros */
    int channels;
    uint64_t seed;
    /* By graft_coding_network: */
    const graft_autoencoder_arch *arch; /* NULL: a file */
    graft_reconstruction loss;
    double noise;
    size_t values, latent; /* floats of a picture; of a code when it is Gaussian, else 0 */
    char words[96];        /* the loss for a recipe */
} graft_coding;

/* Checks the options against `data`, which is checked first if it was not, and decides what they leave open. Errors:
 * GRAFT_E_USAGE, GRAFT_E_DATA. */
GRAFT_MUST_CHECK graft_status graft_coding_init(graft_coding *coding, graft_dataset *data,
                                                const graft_autoencoder_options *options);
/* The network whose output the loss takes, *code its layer of the code; fills what stands behind `options`. */
GRAFT_MUST_CHECK graft_status graft_coding_network(graft_coding *coding, graft_tune_network *out, int *code,
                                                   graft_preprocess *spec);
/* What a trained `network` came to: *out ends in the picture, as it is shown. */
GRAFT_MUST_CHECK graft_status graft_coding_decoder(const graft_coding *coding, const graft_graph *network,
                                                   graft_graph **out);

/* Where training gets its samples: a view of a picture, with noise on it, and the view itself. */
typedef struct graft_coding_source {
    graft_sample_source source; /* what a fit takes; it points back here: do not move */
    const graft_coding *coding;
    const size_t *sample;
    const graft_views *views;
    graft_picture_loader *loader; /* one a worker */
    int loader_count;
} graft_coding_source;
/* Noise is a function of seed, epoch and sample: validation, of epoch 0, has the same in every epoch. All arguments are
 * borrowed; `views` may be NULL. */
GRAFT_MUST_CHECK graft_status graft_coding_source_init(graft_coding_source *source, graft_context *context,
                                                       const graft_coding *coding, const graft_dataset *data,
                                                       const graft_preprocess *spec, const size_t *sample, size_t count,
                                                       const graft_views *views);
void graft_coding_source_use(graft_coding_source *source, const graft_picture_store *store);
void graft_coding_source_clear(graft_coding_source *source);

#endif
