/* graft/pretrain.h: a backbone of one's own: a network trained from scratch on many labelled pictures, or a small
 * network that learns from a large one. */
#ifndef GRAFT_PRETRAIN_H
#define GRAFT_PRETRAIN_H

#include <graft/train.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct graft_pretrain_options {
    size_t struct_size;
    const char *arch;        /* name of the table of architectures, a .net file, or a network's file, whose structure
                                is taken up to its features with values drawn anew; NULL: graft-s */
    const char *from;        /* file of a backbone of this architecture whose values are the first ones; NULL: drawn */
    int64_t image_size;      /* pixels, of the last epochs and of the backbone; 0: the network's own */
    const char *progressive; /* sizes that share the epochs evenly, "64:96:128", or SIZExEPOCHS each; NULL: one size */
    int fit, filter;         /* graft_fit; 1 + graft_filter, 0: bilinear */
    int store;               /* place in GRAFT_STORE_CHOICES: how the backbone's values are written */
    uint64_t seed;
    /* Of these: epochs (0: 10; with `time` as many as fit into it), batch (0: 64), lr (0: the optimizer's default),
     * optimizer (NULL: adamw), schedule (NULL: cosine), loss, class_weight, weight_decay, clip, ema, warmup (0: half an
     * epoch), augment (NULL: "crop:0.35,1 flip", "none": none), views (0: pretraining sees new ones in every epoch,
     * distilling 4), mixup, cutmix, balanced, time, checkpoint_steps, folder, resume and the callbacks. BatchNorm
     * learns from batches. */
    graft_tune_options tune;
} graft_pretrain_options;
#define GRAFT_PRETRAIN_OPTIONS_INIT \
    { .struct_size = sizeof(graft_pretrain_options), .tune = GRAFT_TUNE_OPTIONS_INIT }
#define GRAFT_STORE_CHOICES "f32|f16"
/* The network and what it sees; how it learns; and what labels alone need. */
GRAFT_API const graft_option *graft_pretrain_option_table(void);
GRAFT_API const graft_option *graft_pretrain_training_option_table(void);
GRAFT_API const graft_option *graft_pretrain_label_option_table(void);

typedef struct graft_distill_options {
    size_t struct_size;
    int to; /* place in GRAFT_DISTILL_CHOICES: what of the teacher is learnt */
    const char
        *layers; /* of the teacher's features, with commas, maps averaged; NULL: the last before its classifier */
    double cosine, squares; /* weights of the features' loss; both 0: 1 and 1 */
    double temperature;     /* of the logits; 0: 4 */
    double labels;          /* weight of the cross-entropy of the data's labels; 0: they are not used */
} graft_distill_options;
#define GRAFT_DISTILL_OPTIONS_INIT \
    { .struct_size = sizeof(graft_distill_options) }
#define GRAFT_DISTILL_CHOICES "features|logits|both"
GRAFT_API const graft_option *graft_distill_option_table(void);

/* Trains options->arch on the labels of `data`, which is checked first if it was not. With tune.folder set,
 * FOLDER/backbone.safetensors is written after every epoch, with the averaged weights when tune.ema is given; FOLDER
 * has what resuming needs. A resumed run equals an unbroken one. The run has phases and epochs and no model: release
 * with graft_run_free. Errors: GRAFT_E_USAGE (options, before any work), GRAFT_E_CANCELLED (a checkpoint was written).
 */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_pretrain(graft_run **out, graft_context *context, graft_dataset *data,
                                                       const graft_pretrain_options *options);
/* The same, learning from `teacher`: what it makes of every numbered view of every picture is computed once, into the
 * boundary cache. Features are standardized (mean and deviation over the training pictures) and met through a linear
 * layer that is thrown away afterwards. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_distill(graft_run **out, graft_context *context, graft_dataset *data,
                                                      const graft_backbone *teacher,
                                                      const graft_pretrain_options *options,
                                                      const graft_distill_options *distill);
/* Writes the backbone of such a run: the network up to its last map, with its structure and preprocessing, as
 * safetensors that graft_backbone_open takes. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_run_save_backbone(const graft_run *run, const char *path);

#ifdef __cplusplus
}
#endif
#endif
