/* The option tables of graft_tune_options and graft_lr_options: command line, help and documentation come from the
 * rows. */
#include <graft/train.h>

#include "base/option-rows.h"

#define ROW(member) .offset = offsetof(graft_tune_options, member)

static const graft_option rows[] = {
    TEXT("fine-tune", fine_tune, NULL, "none|auto|last:N|stage:K|LAYER|all",
         "what learns besides the head: the last N layers with weights, the last K spatial stages, from LAYER on; auto "
         "decides by the data (the default with --time)"),
    TEXT("freeze", freeze, NULL, "all|none|until:LAYER|first:N", "the same, told by what does not learn"),
    TEXT("unfreeze-at", unfreeze_at, NULL, "EPOCH:WHAT,...", "from that epoch of fine-tuning on more learns"),
    INT("epochs", epochs, "8", 1, 10000, NULL, "epochs of fine-tuning"),
    INT("warmup-epochs", warmup_epochs, "5", 1, 10000, NULL,
        "epochs of the head alone before that; a single dense layer begins as logistic regression and needs none"),
    INT("batch", batch, "32", 1, 65536, NULL,
        "pictures of an optimizer step; smaller parts are added up where memory is short"),
    NUMBER("lr", lr, "0", 0, 1000,
           "learning rate; 0 is a tenth of the optimizer's default, or that default for a head alone"),
    TEXT("optimizer", optimizer, "adam", "WORDS", "such as sgd:momentum=0.9:nesterov (graft list optimizers)"),
    TEXT("schedule", schedule, "cosine", "WORDS", "how the rate goes (graft list schedules)"),
    TEXT("loss", loss, "cross_entropy", "WORDS",
         "such as focal:gamma=2 or cross_entropy:smoothing=0.1 (graft list losses)"),
    TEXT("class-weight", class_weight, "none", "none|auto|X,Y,...",
         "weight of each class' samples; auto makes classes count the same"),
    TEXT("weight-decay", weight_decay, "auto", "X",
         "decoupled weight decay, not on biases and norms; auto is the optimizer's own"),
    TEXT("regularize", regularize, "none", "WORDS",
         "what holds fine-tuning back, such as l2-sp:0.01, delta, bss or two of them (graft list regularizers)"),
    NUMBER("clip", clip, "0", 0, 1e9, "largest norm of the gradient; 0 is no limit"),
    NUMBER("ema", ema, "0", 0, 0.999999, "share of the averaged weights that stays at each step; 0 is no average"),
    NUMBER("warmup", warmup, "0", 0, 1000, "epochs in which the rate rises to its full height"),
    TEXT("augment", augment, "none", "WORDS",
         "what training sees, such as \"flip rotate:10\" (graft list augmentations)"),
    INT("views", views, "0", 0, 1000, NULL,
        "numbered views of each training picture, the plain one among them; 0 is 4 with --augment"),
    NUMBER("mixup", mixup, "0", 0, 100, "mix pairs of pictures, the share from Beta(X, X); 0 is off"),
    NUMBER("cutmix", cutmix, "0", 0, 100, "mix boxes of pairs of pictures, the share from Beta(X, X); 0 is off"),
    INT("patience", patience, "0", 0, 10000, "epochs", "stop after so many without improvement; 0 is never"),
    CHOICE("monitor", monitor, "val_acc", GRAFT_TUNE_MONITOR_CHOICES, "the figure by which epochs are compared"),
    NUMBER("layer-decay", layer_decay, "0", 0, 1,
           "each layer learns at this share of the next one's rate; 0 is the same for all"),
    CHOICE("bn", batchnorm, "frozen", GRAFT_TUNE_BATCHNORM_CHOICES,
           "BatchNorm layers that learn: held as they are, scale and shift alone, or with statistics of the batch"),
    {.name = "balanced", .type = GRAFT_OPTION_FLAG, ROW(balanced), .help = "draw classes evenly"},
    TEXT("time", time, NULL, "DURATION", "budget of the whole run such as 90s, 10m or 1h"),
    INT("checkpoint-steps", checkpoint_steps, "0", 0, 1000000, "steps", "between two checkpoints; 0 is an epoch"),
    GRAFT_OPTION_END,
};

const graft_option *graft_tune_option_table(void) {
    return rows;
}

static const graft_option range_rows[] = {
    {.name = "low",
     .type = GRAFT_OPTION_DOUBLE,
     .offset = offsetof(graft_lr_options, low),
     .fallback = "1e-7",
     .min = 1e-12,
     .max = 1000,
     .help = "the first rate"},
    {.name = "high",
     .type = GRAFT_OPTION_DOUBLE,
     .offset = offsetof(graft_lr_options, high),
     .fallback = "1",
     .min = 1e-12,
     .max = 1000,
     .help = "the last rate"},
    {.name = "steps",
     .type = GRAFT_OPTION_INT,
     .offset = offsetof(graft_lr_options, steps),
     .fallback = "100",
     .min = 10,
     .max = 1000,
     .help = "optimizer steps from the first to the last"},
    GRAFT_OPTION_END,
};

const graft_option *graft_lr_option_table(void) {
    return range_rows;
}
