/* The option table of graft_autoencoder_options, and what they come to. */
#include "transfer/autoencoder-internal.h"

#include "base/error.h"
#include "data/dataset.h"
#include "transfer/model-internal.h"

#include <string.h>

enum { DEFAULT_LATENT = 64, LATENT_MOST = 65536, DEFAULT_SIDE = 64, OWN_SIDE_MOST = 128, SIDE_MOST = 1024 };

#define ROW(member) .offset = offsetof(graft_autoencoder_options, member)
#define NUMBER(word, member, fallback_text, low, high, text)                                                        \
    {                                                                                                               \
        .name = word, .type = GRAFT_OPTION_DOUBLE, ROW(member), .fallback = fallback_text, .min = low, .max = high, \
        .help = text                                                                                                \
    }
static const graft_option rows[] = {
    {.name = "arch",
     .type = GRAFT_OPTION_TEXT,
     ROW(pretrain.arch),
     .fallback = "conv",
     .unit = "NAME",
     .help = "conv, denoise or variational (graft list autoencoders), or a .net file"},
    {.name = "latent",
     .type = GRAFT_OPTION_INT,
     ROW(latent),
     .fallback = "64",
     .min = 1,
     .max = LATENT_MOST,
     .help = "numbers of the code"},
    {.name = "image-size",
     .type = GRAFT_OPTION_INT,
     ROW(pretrain.image_size),
     .fallback = "0",
     .min = 0,
     .max = SIDE_MOST,
     .unit = "px",
     .help = "side of its pictures; 0 is their own where all are alike and at most 128, else 64"},
    {.name = "colour",
     .type = GRAFT_OPTION_ENUM,
     ROW(colour),
     .fallback = "auto",
     .choices = GRAFT_COLOUR_CHOICES,
     .help = "of its pictures; auto is grey where all are"},
    {.name = "fit",
     .type = GRAFT_OPTION_ENUM,
     ROW(pretrain.fit),
     .fallback = "squash",
     .choices = GRAFT_FIT_CHOICES,
     .help = "how a picture that is not square meets the network's input"},
    {.name = "loss",
     .type = GRAFT_OPTION_ENUM,
     ROW(loss),
     .fallback = "auto",
     .choices = GRAFT_RECONSTRUCTION_CHOICES,
     .help = "of a reconstruction: squares, or sigmoid cross-entropy; auto is the architecture's"},
    NUMBER("noise", noise, "-1", -1, 1,
           "deviation of the noise on training pictures, a share of the full range; -1 is the architecture's"),
    NUMBER("beta", beta, "1", 0, 1e6, "variational: weight of the code's divergence from the standard Gaussian"),
    NUMBER("quantile", quantile, "0.99", 0.5, 1,
           "of the training pictures' scores, above which a picture is anomalous"),
    {.name = "augment",
     .type = GRAFT_OPTION_TEXT,
     ROW(pretrain.tune.augment),
     .fallback = "none",
     .unit = "WORDS",
     .help = "what training sees and gives back; none is plain pictures (graft list augmentations)"},
    {.name = "views",
     .type = GRAFT_OPTION_INT,
     ROW(pretrain.tune.views),
     .fallback = "0",
     .min = 0,
     .max = 1000,
     .help = "numbered views of each training picture; 0: new ones in every epoch"},
    GRAFT_OPTION_END,
};

const graft_option *graft_autoencoder_option_table(void) {
    return rows;
}

static graft_status check_ranges(const graft_autoencoder_options *o) {
    const struct {
        const char *name;
        double value, low, high;
    } ranges[] = {{"latent", (double)o->latent, 1, LATENT_MOST},
                  {"image-size", (double)o->pretrain.image_size, 0, SIDE_MOST},
                  {"noise", o->noise, -1, 1},
                  {"beta", o->beta, 0, 1e6},
                  {"quantile", o->quantile, 0.5, 1},
                  {"colour", o->colour, 0, 2},
                  {"loss", o->loss, 0, 2}};
    for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++)
        if (!(ranges[i].value >= ranges[i].low && ranges[i].value <= ranges[i].high))
            return graft_fail(GRAFT_E_USAGE, "--%s: received %g, expected %g to %g", ranges[i].name, ranges[i].value,
                              ranges[i].low, ranges[i].high);
    const graft_tune_options *t = &o->pretrain.tune;
    if (t->mixup > 0 || t->cutmix > 0 || t->class_weight || t->balanced || t->loss || o->pretrain.progressive ||
        o->pretrain.from)
        return graft_fail(GRAFT_E_USAGE, "autoencoders take no options of labels, --progressive or --from");
    return GRAFT_OK;
}

/* The pictures' own side, where all have it. */
static int own_side(const graft_dataset *data) {
    int side = 0;
    for (size_t i = 0; i < graft_dataset_count(data); i++) {
        const graft_sample *sample = graft_dataset_sample(data, i);
        if (sample->fault) continue;
        if (side == 0) side = sample->width;
        if (sample->width != side || sample->height != side) return DEFAULT_SIDE;
    }
    return side <= OWN_SIDE_MOST ? side : DEFAULT_SIDE;
}

static graft_status decide(graft_coding *coding, const graft_dataset *data) {
    graft_check_result found = GRAFT_CHECK_RESULT_INIT;
    graft_dataset_check_result(data, &found);
    if (found.per_split[GRAFT_SPLIT_TRAIN] < 2)
        return graft_fail(GRAFT_E_DATA, "%s: %zu sound training pictures of %zu, expected at least 2",
                          graft_dataset_path(data), found.per_split[GRAFT_SPLIT_TRAIN], found.files);
    if (coding->options.pretrain.image_size == 0) coding->options.pretrain.image_size = own_side(data);
    coding->channels = coding->options.colour == 1                                ? 1
                       : coding->options.colour == 0 && found.grey == found.sound ? 1
                                                                                  : 3;
    return GRAFT_OK;
}

graft_status graft_coding_init(graft_coding *coding, graft_dataset *data, const graft_autoencoder_options *options) {
    graft_autoencoder_options *o = &coding->options;
    *coding = (graft_coding){.options = GRAFT_AUTOENCODER_OPTIONS_INIT};
    GRAFT_TRY(graft_options_copy(o, sizeof(*o), options, "GRAFT_AUTOENCODER_OPTIONS_INIT"));
    if (o->latent == 0) o->latent = DEFAULT_LATENT;
    if (o->beta < 0) o->beta = 1;
    if (o->noise < 0) o->noise = -1;
    if (o->quantile == 0) o->quantile = 0.99;
    if (!o->pretrain.arch || !*o->pretrain.arch) o->pretrain.arch = "conv";
    if (!o->pretrain.tune.augment || !*o->pretrain.tune.augment) o->pretrain.tune.augment = "none";
    coding->seed = o->pretrain.seed;
    GRAFT_TRY(check_ranges(o));
    GRAFT_TRY(graft_dataset_check(data));
    return decide(coding, data);
}
