/* graft/gan.h: generative adversarial networks: a generator of pictures, trained against a discriminator that tells
 * them from real ones (Goodfellow et al. 2014; Radford et al. 2016), from scratch or from networks trained elsewhere.
 */
#ifndef GRAFT_GAN_H
#define GRAFT_GAN_H

#include <graft/model.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Means over the epoch's pictures. */
typedef struct graft_gan_epoch {
    uint32_t epoch; /* from 1 */
    uint64_t steps; /* done when it ended */
    double discriminator_loss, generator_loss;
    double real, generated; /* sigmoid of what the discriminator says: D(x) and D(G(z)), before its step */
    double seconds;         /* 0 for epochs before a resumption */
    double distance;        /* of generated pictures from real ones after it (see below); NaN: not measured */
} graft_gan_epoch;

/* See graft_gan_fid. */
typedef struct graft_gan_fid_result {
    double distance;
    double floor; /* the same between two halves of the real pictures: what chance alone leaves */
    size_t real, generated, features;
    int size;         /* pixels at which the base saw them */
    const char *base; /* its name; borrowed from the backbone */
} graft_gan_fid_result;

typedef struct graft_gan_result {
    size_t pictures; /* that it was trained on */
    int64_t image_size, channels, latent, width;
    int64_t generator_parameters, discriminator_parameters, frozen; /* frozen: of the discriminator's */
    bool spectral_norm, average;
    graft_gan_epoch *epochs;
    size_t epoch_count;
    uint64_t steps;
    double seconds;
    const char *stop; /* "finished", "time" */
    bool measured;    /* with a base: `fid` is of the networks as they were left */
    graft_gan_fid_result fid;
    uint32_t best_epoch; /* of those measured, the first with the least distance; 0: none was */
} graft_gan_result;

#define GRAFT_GAN_LOSSES "non-saturating|hinge"

typedef struct graft_gan_options {
    size_t struct_size;
    /* the networks; with `from` its own, and another value is an error */
    const char *arch;   /* of graft list gan-archs; NULL: dcgan */
    int64_t image_size; /* pixels: a power of two, 16..256; 0: 64 */
    int64_t channels;   /* 1 or 3; 0: 3 where a picture has colour */
    int64_t latent;     /* numbers a picture is made from; 0: 100 */
    int64_t width;      /* channels of the largest maps; 0: 64 */
    bool spectral_norm; /* the discriminator's (Miyato et al. 2018): in place of batch normalisation */
    /* training */
    int64_t batch;                /* 0: 64 */
    int64_t epochs;               /* 0: 25 */
    int64_t steps;                /* of each player, in place of epochs; 0: by epochs */
    const char *time;             /* ends the training, such as "10m"; NULL: never */
    double lr;                    /* Adam's; 0: 0.0002 */
    double lr_discriminator;      /* 0: as lr (Heusel et al. 2017) */
    double betas[2];              /* Adam's; both 0: 0.5 and 0.999 */
    int loss;                     /* place in GRAFT_GAN_LOSSES */
    double label_smoothing;       /* real pictures' target is 1 less this */
    double ema;                   /* share of the generator's average that stays a step, such as 0.999; 0: none */
    const char *augment;          /* what training sees of real pictures, such as "flip"; NULL: they as they are */
    const char *only;             /* classes with commas whose pictures are used; NULL: all */
    const char *from;             /* a run's folder or a model file whose networks are the first ones; NULL: drawn */
    int64_t freeze_discriminator; /* its first layers that stay as they are (Mo et al. 2020) */
    int64_t samples;              /* pictures on each epoch's sheet; 0: 64 */
    int64_t checkpoint_steps;     /* between two checkpoints; 0: an epoch */
    int64_t seed;
    /* Not in the table: */
    const char *folder; /* of the run: checkpoints/, samples/, model.graft, discriminator.safetensors; NULL: nothing */
    bool resume;        /* go on from the checkpoint there */
    void *user;
    void (*on_begin)(void *user, const graft_gan_result *result); /* before the first step: what it will train */
    void (*on_epoch)(void *user, const graft_gan_epoch *epoch);
    /* The distance of generated pictures from real ones as graft_gan_fid measures it, with `seed` and `only`: */
    const graft_backbone *fid_base; /* NULL: it is not measured */
    int64_t fid_count;              /* pictures of each kind; 0: 5000 */
    int64_t fid_every;              /* after each so many epochs and the last one; 0: at the end alone */
} graft_gan_options;
#define GRAFT_GAN_OPTIONS_INIT \
    { .struct_size = sizeof(graft_gan_options) }
GRAFT_API const graft_option *graft_gan_option_table(void);

GRAFT_API void graft_gan_result_clear(graft_gan_result *result);

/* Trains on the sound pictures of training and validation parts, or all where there are no parts; `data` is checked
 * first if it was not. After every epoch the folder has a sheet of generated pictures (samples/epoch-0001.png, ...),
 * always of the same vectors, and the model; and best.graft, the model after the epoch with the least distance so far,
 * where epochs are measured, which changes nothing about the training. A resumed run equals an unbroken one. The result
 * is cleared by the caller, also after a failure. Errors: GRAFT_E_USAGE (options; a class of `only` that is not there;
 * `from` of other networks; `fid_every` without `fid_base`), GRAFT_E_DATA (fewer pictures than a batch; a loss that is
 * not finite: the last checkpoint stays), GRAFT_E_CANCELLED (a checkpoint was written, unless it came while the distance
 * was measured: then the last one stands). */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_gan_train(graft_context *context, graft_dataset *data,
                                                        const graft_gan_options *options, graft_gan_result *out);

typedef struct graft_gan_sample_options {
    size_t struct_size;
    const char *output; /* a PNG */
    int64_t count;      /* pictures on the sheet, 1..4096; 0: 64 */
    int64_t seed;       /* the same seed gives the same pictures, whatever their count */
    bool last;          /* the generator's last weights, where it has an average */
} graft_gan_sample_options;
#define GRAFT_GAN_SAMPLE_OPTIONS_INIT \
    { .struct_size = sizeof(graft_gan_sample_options) }
GRAFT_API const graft_option *graft_gan_sample_option_table(void);

/* Writes a sheet of pictures that the model's generator makes. `model`: a file, or a run's folder. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_gan_sample(graft_context *context, const char *model,
                                                         const graft_gan_sample_options *options);

typedef struct graft_gan_fid_options {
    size_t struct_size;
    int64_t count;    /* pictures of each kind; 0: 5000, real ones at most what there is */
    const char *only; /* as for training */
    int64_t seed;     /* of vectors, and of which real pictures */
    bool last;
} graft_gan_fid_options;
#define GRAFT_GAN_FID_OPTIONS_INIT \
    { .struct_size = sizeof(graft_gan_fid_options) }

/* The Frechet distance (Heusel et al. 2017) between features of generated and of real pictures at the base's last layer
 * before its classifier, maps averaged. Real pictures first become what the generator makes: its size and channels.
 * Figures of different bases, sizes and counts cannot be compared, and none with those of Inception that papers give.
 */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_gan_fid(graft_context *context, const char *model, graft_dataset *data,
                                                      const graft_backbone *base, const graft_gan_fid_options *options,
                                                      graft_gan_fid_result *out);

#ifdef __cplusplus
}
#endif
#endif
