/* The option tables of graft_pretrain_options and graft_distill_options. */
#include <graft/pretrain.h>

#include "base/option-rows.h"

#define ROW(member) .offset = offsetof(graft_pretrain_options, member)

static const graft_option rows[] = {
    TEXT("arch", arch, "graft-s", "NAME|FILE",
         "the network that learns (graft list archs), a .net file, or a network's file, such as an encoder or a "
         "discriminator, whose structure is taken with values drawn anew"),
    TEXT("from", from, NULL, "FILE", "go on from this backbone of the same architecture, not from drawn values"),
    INT("image-size", image_size, "0", 0, 4096, "px", "side of its pictures; 0 is the network's own"),
    TEXT("progressive", progressive, NULL, "SIZE:SIZE...",
         "sizes one after the other, such as 64:96:128, an even share of the epochs each; or 64x10:128x5"),
    CHOICE("fit", fit, "squash", GRAFT_FIT_CHOICES, "how a picture that is not square meets the network's input"),
    CHOICE("filter", filter, "auto", "auto|" GRAFT_FILTER_CHOICES, "resampling filter; auto is the network's own"),
    TEXT("augment", tune.augment, "crop:0.35,1 flip", "WORDS",
         "what training sees; none is plain pictures (graft list augmentations)"),
    INT("views", tune.views, "0", 0, 1000, NULL,
        "numbered views of each training picture; 0: pretrain sees new ones in every epoch, distill 4"),
    GRAFT_OPTION_END,
};

static const graft_option training_rows[] = {
    INT("epochs", tune.epochs, "0", 0, 10000, NULL,
        "passes over the pictures, all sizes together; 0 is 10, or with --time what fits into it"),
    INT("batch", tune.batch, "64", 1, 65536, NULL,
        "pictures of an optimizer step; smaller parts are added up where memory is short"),
    NUMBER("lr", tune.lr, "0", 0, 1000, "learning rate; 0 is the optimizer's default"),
    TEXT("optimizer", tune.optimizer, "adamw", "WORDS", "such as sgd:momentum=0.9:nesterov (graft list optimizers)"),
    TEXT("schedule", tune.schedule, "cosine", "WORDS", "how the rate goes (graft list schedules)"),
    NUMBER("warmup", tune.warmup, "0.5", 0, 1000, "epochs in which the rate rises to its full height"),
    TEXT("weight-decay", tune.weight_decay, "auto", "X",
         "decoupled weight decay, not on biases and norms; auto is the optimizer's own"),
    NUMBER("clip", tune.clip, "0", 0, 1e9, "largest norm of the gradient; 0 is no limit"),
    NUMBER("ema", tune.ema, "0", 0, 0.999999, "share of the averaged weights that stays at each step; 0 is no average"),
    TEXT("time", tune.time, NULL, "DURATION",
         "such as 30m or 8h: as many epochs as fit, or with --epochs the most that it may take"),
    INT("checkpoint-steps", tune.checkpoint_steps, "0", 0, 1000000, "steps", "between two checkpoints; 0 is an epoch"),
    CHOICE("store", store, "f32", GRAFT_STORE_CHOICES, "how kernels are written; f16 takes half the room"),
    SEED(seed, "seed of the first weights, the order, the views and all noise"),
    GRAFT_OPTION_END,
};

static const graft_option label_rows[] = {
    TEXT("loss", tune.loss, "cross_entropy", "WORDS", "such as cross_entropy:smoothing=0.1 (graft list losses)"),
    TEXT("class-weight", tune.class_weight, "none", "none|auto|X,Y,...",
         "weight of each class' samples; auto makes classes count the same"),
    NUMBER("mixup", tune.mixup, "0", 0, 100, "mix pairs of pictures, the share from Beta(X, X); 0 is off"),
    NUMBER("cutmix", tune.cutmix, "0", 0, 100, "mix boxes of pairs of pictures, the share from Beta(X, X); 0 is off"),
    {.name = "balanced", .type = GRAFT_OPTION_FLAG, ROW(tune.balanced), .help = "draw classes evenly"},
    GRAFT_OPTION_END,
};

const graft_option *graft_pretrain_option_table(void) {
    return rows;
}

const graft_option *graft_pretrain_training_option_table(void) {
    return training_rows;
}

const graft_option *graft_pretrain_label_option_table(void) {
    return label_rows;
}

#undef ROW
#define ROW(member) .offset = offsetof(graft_distill_options, member)

static const graft_option distill_rows[] = {
    CHOICE("to", to, "features", GRAFT_DISTILL_CHOICES,
           "what of the teacher is learnt: features through a linear layer that is thrown away, logits, or both"),
    TEXT("layers", layers, NULL, "LAYER,...",
         "the teacher's layers whose mean values are its features; the last before its classifier when not given"),
    NUMBER("cosine", cosine, "1", 0, 1000, "weight of 1 - cosine between features"),
    NUMBER("squares", squares, "1", 0, 1000, "weight of the mean squared difference of features"),
    NUMBER("temperature", temperature, "4", 0.01, 1000, "of the logits"),
    NUMBER("labels", labels, "0", 0, 1000, "weight of the labels' cross-entropy; 0: the data needs none"),
    GRAFT_OPTION_END,
};

const graft_option *graft_distill_option_table(void) {
    return distill_rows;
}
