/* The insides of generative adversarial networks. */
#ifndef GRAFT_SRC_TRANSFER_GAN_INTERNAL_H
#define GRAFT_SRC_TRANSFER_GAN_INTERNAL_H

#include "nn/plan.h"
#include "train/adversarial.h"
#include "transfer/picture.h"
#include "zoo/initialise.h"
#include <graft/gan.h>

enum {
    GRAFT_GAN_SIZE_LEAST = 16,
    GRAFT_GAN_SIZE_MOST = 256,
    GRAFT_GAN_WIDTH_MOST = 1024,
    GRAFT_GAN_LATENT_MOST = 4096
};

/* What networks are built from. */
typedef struct graft_gan_spec {
    int64_t size, channels, latent, width;
    bool spectral;
} graft_gan_spec;

typedef struct graft_gan_arch {
    const char *name, *help;
    graft_initialiser initialiser;
    /* Appends what leads from a latent vector (latent,1,1) to pictures between -1 and 1. */
    graft_status (*generator)(graft_graph *graph, const graft_gan_spec *spec, int input, int *out);
    /* Appends what leads from pictures to one number; *features: the last map before it. */
    graft_status (*discriminator)(graft_graph *graph, const graft_gan_spec *spec, int input, int *features, int *out);
} graft_gan_arch;
#define GRAFT_GAN_ARCH(id, name, help, initialiser)                                                               \
    graft_status graft_gan_##id##_generator(graft_graph *graph, const graft_gan_spec *spec, int input, int *out); \
    graft_status graft_gan_##id##_discriminator(graft_graph *graph, const graft_gan_spec *spec, int input,        \
                                                int *features, int *out);
#include "transfer/gan-archs.def"
#undef GRAFT_GAN_ARCH

const graft_gan_arch *graft_gan_arch_at(size_t index); /* NULL past the end: the registry */
/* NULL: the first. Errors: GRAFT_E_USAGE with the nearest name. */
GRAFT_MUST_CHECK graft_status graft_gan_arch_find(const char *name, const graft_gan_arch **out);

/* Both networks, values unset. */
GRAFT_MUST_CHECK graft_status graft_gan_generator(const graft_gan_arch *arch, const graft_gan_spec *spec,
                                                  graft_graph **out);
GRAFT_MUST_CHECK graft_status graft_gan_discriminator(const graft_gan_arch *arch, const graft_gan_spec *spec,
                                                      graft_graph **out, int *features);
/* Whether each node of a discriminator learns when its first `frozen` layers (convolutions, with what follows each) do
 * not; *out is released by the caller. Errors: GRAFT_E_USAGE: no layer would learn. */
GRAFT_MUST_CHECK graft_status graft_gan_freeze(const graft_graph *discriminator, int64_t frozen, bool **out);
/* How pictures become what both networks compute with. */
void graft_gan_preprocess(const graft_gan_spec *spec, graft_preprocess *out);

/* A model: both networks as they were left, and the generator's average. */
typedef struct graft_gan_model {
    const graft_gan_arch *arch;
    graft_gan_spec spec;
    graft_graph *generator, *discriminator, *average; /* average: NULL where there is none */
    int features;                                     /* node of the discriminator */
} graft_gan_model;
void graft_gan_model_clear(graft_gan_model *model);
GRAFT_MUST_CHECK graft_status graft_gan_model_save(const graft_gan_model *model, const char *path);
/* `path`: a file, or a run's folder with one. */
GRAFT_MUST_CHECK graft_status graft_gan_model_open(graft_context *context, const char *path, graft_gan_model *out);
/* Sets arch and spec from what a file says of them. Errors: GRAFT_E_DATA, GRAFT_E_USAGE: another version's. */
GRAFT_MUST_CHECK graft_status graft_gan_spec_read(const graft_json *json, graft_gan_model *model);
/* The discriminator up to its last map as a backbone. */
GRAFT_MUST_CHECK graft_status graft_gan_backbone_save(const graft_gan_model *model, const char *path);

/* Sound pictures of training and validation, of the classes `only` (NULL: all). Release *sample with graft_release.
 * Errors: GRAFT_E_USAGE: a class that is not there. */
GRAFT_MUST_CHECK graft_status graft_gan_choose(graft_dataset *data, const char *only, size_t **sample, size_t *count);

/* Vectors of pictures to be looked at come after those of any step of training, which count from 0. */
#define GRAFT_LATENTS_OF_PICTURES (UINT64_C(1) << 63)

/* What makes pictures: a generator's inference plan and a state a worker. */
typedef struct graft_gan_maker {
    graft_context *context;
    graft_plan *plan;
    graft_plan_state **states; /* one a worker; NULL before its first */
    int workers;
    graft_gan_spec spec;
} graft_gan_maker;
GRAFT_MUST_CHECK graft_status graft_gan_maker_init(graft_gan_maker *maker, graft_context *context,
                                                   const graft_graph *generator, const graft_gan_spec *spec);
void graft_gan_maker_clear(graft_gan_maker *maker);
/* Pictures number `first` on of `seed`, RGB rows of size x size x 3 bytes one after the other. */
GRAFT_MUST_CHECK graft_status graft_gan_make(graft_gan_maker *maker, uint64_t seed, size_t first, size_t count,
                                             unsigned char *rgb);
/* A picture C,H,W between -1 and 1 as RGB rows. */
void graft_gan_paint(const graft_gan_spec *spec, const float *value, unsigned char *rgb);
GRAFT_MUST_CHECK graft_status graft_gan_sheet(graft_gan_maker *maker, uint64_t seed, size_t count, const char *path);

/* Measures generators of one shape by the same real pictures, whose features are computed once. Data (checked) and base
 * are borrowed; so is the text `only`. Training draws nothing that this draws, and nothing of it is touched. */
typedef struct graft_gan_meter graft_gan_meter;
GRAFT_MUST_CHECK graft_status graft_gan_fid_check(const graft_gan_fid_options *options);
GRAFT_MUST_CHECK graft_status graft_gan_meter_new(graft_context *context, graft_dataset *data,
                                                  const graft_backbone *base, const graft_gan_spec *spec,
                                                  const graft_gan_fid_options *options, graft_gan_meter **out);
GRAFT_MUST_CHECK graft_status graft_gan_meter_read(graft_gan_meter *meter, const graft_graph *generator,
                                                   graft_gan_fid_result *out);
void graft_gan_meter_free(graft_gan_meter *meter);

/* Puts defaults in the place of zeros, but for the networks' (see graft_gan_spec_of). Errors: GRAFT_E_USAGE. */
GRAFT_MUST_CHECK graft_status graft_gan_options_read(const graft_gan_options *given, graft_gan_options *out);
/* The networks asked for, `from`'s (NULL: none) where the options leave them open. `colour`: a picture has it. */
GRAFT_MUST_CHECK graft_status graft_gan_spec_of(const graft_gan_options *options, const graft_gan_model *from,
                                                bool colour, const graft_gan_arch **arch, graft_gan_spec *out);

/* A training job. */
typedef struct graft_gan_job {
    graft_context *context;
    graft_dataset *data;
    graft_gan_options options;
    graft_gan_model model;
    graft_adversarial *gan;
    size_t *sample, count; /* its pictures */
    graft_preprocess prepare;
    graft_augment *augment;
    graft_views views;
    graft_picture_store *store;
    graft_picture_loader *loaders; /* one a worker */
    int loader_count;
    graft_gan_meter *meter; /* NULL before the first measurement */
    graft_gan_result *out;
} graft_gan_job;
/* The loop over steps and epochs, from where the checkpoint in the job's folder stands. */
GRAFT_MUST_CHECK graft_status graft_gan_run(graft_gan_job *job);

#endif
