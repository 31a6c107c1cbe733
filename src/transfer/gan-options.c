/* The option tables of generative adversarial networks, their defaults, and the networks that they ask for. */
#include "transfer/gan-internal.h"

#include "base/error.h"
#include "base/option-rows.h"
#include "transfer/model-internal.h"

#define ROW(member) .offset = offsetof(graft_gan_options, member)

static const graft_option rows[] = {
    TEXT("arch", arch, NULL, "NAME", "both networks (graft list gan-archs); dcgan when not given"),
    INT("image-size", image_size, "0", 0, GRAFT_GAN_SIZE_MOST, "px",
        "side of pictures, 16, 32, 64, 128 or 256; 0 is 64"),
    INT("channels", channels, "0", 0, 3, NULL, "1 grey, 3 colour; 0 is 3 where a picture has colour"),
    INT("latent", latent, "0", 0, GRAFT_GAN_LATENT_MOST, NULL,
        "length of the vector that a picture is made from; 0 is 100"),
    INT("width", width, "0", 0, GRAFT_GAN_WIDTH_MOST, NULL,
        "channels of the largest maps; smaller ones have more; 0 is 64"),
    {.name = "spectral-norm",
     .type = GRAFT_OPTION_FLAG,
     ROW(spectral_norm),
     .help = "normalise the discriminator's weights by their largest singular value, in place of batch normalisation"},
    TEXT("from", from, NULL, "RUN|FILE", "start from the networks of this run or model, not from drawn values"),
    INT("freeze-discriminator", freeze_discriminator, "0", 0, 64, NULL,
        "the discriminator's first layers, which stay as they are"),
    TEXT("only", only, NULL, "CLASS,...", "train on the pictures of these classes alone"),
    INT("batch", batch, "64", 1, 65536, NULL, "real pictures of a step, and as many generated ones"),
    INT("epochs", epochs, "25", 1, 100000, NULL, "passes over the pictures"),
    INT("steps", steps, "0", 0, 1e9, NULL, "of each network, in place of epochs; 0 is by epochs"),
    TEXT("time", time, NULL, "DURATION", "end after this time, such as 30m or 8h"),
    NUMBER("lr", lr, "0.0002", 0, 10, "Adam's learning rate"),
    NUMBER("lr-discriminator", lr_discriminator, "0", 0, 10, "the discriminator's own rate; 0 is as --lr"),
    {.name = "betas",
     .type = GRAFT_OPTION_DOUBLES,
     ROW(betas),
     .count = 2,
     .fallback = "0.5,0.999",
     .min = 0,
     .max = 0.999999,
     .help = "Adam's memory of gradients and of their squares"},
    {.name = "loss",
     .type = GRAFT_OPTION_ENUM,
     ROW(loss),
     .fallback = "non-saturating",
     .choices = GRAFT_GAN_LOSSES,
     .help = "sigmoid cross-entropy, the generator's that its pictures pass for real; or margins of 1"},
    NUMBER("label-smoothing", label_smoothing, "0", 0, 0.5, "real pictures' target is 1 less this"),
    NUMBER("ema", ema, "0", 0, 0.999999, "share of the generator's average that stays at each step; 0 is no average"),
    TEXT("augment", augment, "none", "WORDS", "what training sees of real pictures (graft list augmentations)"),
    INT("samples", samples, "64", 1, 1024, NULL, "pictures on each epoch's sheet"),
    INT("checkpoint-steps", checkpoint_steps, "0", 0, 1000000, "steps", "between two checkpoints; 0 is an epoch"),
    SEED(seed, "seed of first weights, order and vectors"),
    GRAFT_OPTION_END,
};

const graft_option *graft_gan_option_table(void) {
    return rows;
}

#undef ROW
#define ROW(member) .offset = offsetof(graft_gan_sample_options, member)
static const graft_option sample_rows[] = {
    {.name = "output", .letter = 'o', .type = GRAFT_OPTION_TEXT, ROW(output), .unit = "FILE.png", .help = "the sheet"},
    INT("count", count, "64", 1, 4096, NULL, "pictures on the sheet"),
    SEED(seed, "the same seed makes the same pictures, however many"),
    {.name = "last", .type = GRAFT_OPTION_FLAG, ROW(last), .help = "the generator's last weights, not their average"},
    GRAFT_OPTION_END,
};

const graft_option *graft_gan_sample_option_table(void) {
    return sample_rows;
}

/* ---- reading ---- */

static graft_status check_ranges(const graft_gan_options *options) {
    char text[64];
    for (const graft_option *row = rows; row->name; row++) {
        if (row->type != GRAFT_OPTION_INT && row->type != GRAFT_OPTION_DOUBLE) continue;
        graft_gan_options scratch = *options;
        GRAFT_TRY(graft_option_get(row, options, text, sizeof text));
        GRAFT_TRY(graft_option_set(row, &scratch, text));
    }
    if (options->loss >= 0 && options->loss <= GRAFT_GAN_HINGE) return GRAFT_OK;
    return graft_fail(GRAFT_E_USAGE, "--loss: received %d, expected " GRAFT_GAN_LOSSES, options->loss);
}

static graft_status check_distance(const graft_gan_options *options) {
    graft_gan_fid_options fid = GRAFT_GAN_FID_OPTIONS_INIT;
    fid.count = options->fid_count;
    if (options->fid_every < 0 || options->fid_every > 100000)
        return graft_fail(GRAFT_E_USAGE, "--fid-every: received %lld, expected 0 to 100000",
                          (long long)options->fid_every);
    if (options->fid_every > 0 && !options->fid_base)
        return graft_fail(GRAFT_E_USAGE, "--fid-every: --fid-base BASE is needed: whose features are compared");
    return options->fid_base ? graft_gan_fid_check(&fid) : GRAFT_OK;
}

graft_status graft_gan_options_read(const graft_gan_options *given, graft_gan_options *out) {
    *out = (graft_gan_options)GRAFT_GAN_OPTIONS_INIT;
    GRAFT_TRY(graft_options_copy(out, sizeof *out, given, "GRAFT_GAN_OPTIONS_INIT"));
    const graft_gan_arch *arch;
    if (out->arch) GRAFT_TRY(graft_gan_arch_find(out->arch, &arch));
    if (out->batch == 0) out->batch = 64;
    if (out->epochs == 0) out->epochs = 25;
    if (out->lr == 0) out->lr = 2e-4;
    if (out->lr_discriminator == 0) out->lr_discriminator = out->lr;
    if (out->betas[0] == 0 && out->betas[1] == 0) {
        out->betas[0] = 0.5;
        out->betas[1] = 0.999;
    }
    if (out->samples == 0) out->samples = 64;
    GRAFT_TRY(check_distance(out));
    return check_ranges(out);
}

/* The value asked for, `from`'s, or the default. */
static graft_status settle(const char *name, int64_t asked, const int64_t *from, int64_t fallback, int64_t *out) {
    *out = asked > 0 ? asked : from ? *from : fallback;
    if (!from || *out == *from) return GRAFT_OK;
    return graft_fail(GRAFT_E_USAGE, "--%s: received %lld, --from has networks of %lld: leave it out, or start anew",
                      name, (long long)*out, (long long)*from);
}

graft_status graft_gan_spec_of(const graft_gan_options *options, const graft_gan_model *from, bool colour,
                               const graft_gan_arch **arch, graft_gan_spec *out) {
    const graft_gan_spec *has = from ? &from->spec : NULL;
    *out = (graft_gan_spec){.spectral = options->spectral_norm};
    if (from && !options->arch)
        *arch = from->arch;
    else
        GRAFT_TRY(graft_gan_arch_find(options->arch, arch));
    if (from && *arch != from->arch)
        return graft_fail(GRAFT_E_USAGE, "--arch %s: --from has a %s: leave it out, or start anew", (*arch)->name,
                          from->arch->name);
    GRAFT_TRY(settle("image-size", options->image_size, has ? &has->size : NULL, 64, &out->size));
    GRAFT_TRY(settle("channels", options->channels, has ? &has->channels : NULL, colour ? 3 : 1, &out->channels));
    GRAFT_TRY(settle("latent", options->latent, has ? &has->latent : NULL, 100, &out->latent));
    GRAFT_TRY(settle("width", options->width, has ? &has->width : NULL, 64, &out->width));
    if (has && has->spectral && !out->spectral) out->spectral = true;
    if (has && out->spectral != has->spectral)
        return graft_fail(GRAFT_E_USAGE, "--spectral-norm: --from has a discriminator with batch normalisation in its "
                                         "place: leave it out, or start anew");
    if (out->size < GRAFT_GAN_SIZE_LEAST || (out->size & (out->size - 1)) != 0)
        return graft_fail(GRAFT_E_USAGE, "--image-size: received %lld, expected 16, 32, 64, 128 or 256",
                          (long long)out->size);
    if (out->channels == 2) return graft_fail(GRAFT_E_USAGE, "--channels: received 2, expected 1 (grey) or 3 (colour)");
    return GRAFT_OK;
}
