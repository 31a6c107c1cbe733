/* The option table of graft_compare_options: command line, help and documentation come from the rows. */
#include <graft/compare.h>

#include "base/option-rows.h"

#define ROW(member) .offset = offsetof(graft_compare_options, member)

static const graft_option rows[] = {
    TEXT("features", features, NULL, "FILE",
         "features made elsewhere, .npy or .npz with a row a sample, in place of a network's"),
    INT("folds", folds, "5", 2, 100, NULL, "parts, each of which is held out once"),
    INT("sizes", sizes, "5", 1, 10, NULL, "sizes of the training set, each half of the next; 1 is all of it alone"),
    TEXT("per-class", per_class, NULL, "N,...",
         "sizes of the training set as samples a class, such as 5,20,50, in place of --sizes; where the data name what "
         "tests (else what validates), that is held out, and each fold draws its own training samples"),
    INT("held", held, "0", 0, 1e9, NULL, "with such data, most samples held out, drawn at random; 0 is all of them"),
    INT("epochs", epochs, "8", 1, 1000, NULL, "of arms that are trained step by step"),
    TEXT("arms", arms, NULL, "NAME,...",
         "raw, scratch, random_frozen, frozen, finetuned; all that the data allow when not given"),
    CHOICE("scratch", scratch, "auto", GRAFT_COMPARE_SCRATCH_CHOICES,
           "the network that is trained from scratch: a small one, or the base's own; auto goes by the cost"),
    TEXT("layer", layer, NULL, "NAME", "layer of the frozen features; the last before the head when not given"),
    TEXT("fine-tune", fine_tune, "stage:1", "last:N|stage:K|LAYER|all", "what the finetuned arm trains, with its head"),
    NUMBER("lr", lr, "0", 0, 1000, "rate of fine-tuning; 0 is a tenth of the optimizer's default"),
    TEXT("regularize", regularize, "none", "WORDS", "of fine-tuning, such as l2-sp:0.01 (graft list regularizers)"),
    NUMBER("seconds", seconds, "0", 0, 1e9, "most time of one training run; 0 is no limit but the epochs"),
    NUMBER("c", c, "0", 0, 1e9, "logistic: inverse regularisation; 0: chosen inside each fold by cross-validation"),
    CHOICE("diagnose", diagnose, "auto", GRAFT_COMPARE_DIAGNOSE_CHOICES,
           "check causes and try remedies; auto: unless transfer helps"),
    LABEL(label),
    SEED(seed, "seed of folds, drawn weights and training"),
    GRAFT_OPTION_END};

const graft_option *graft_compare_option_table(void) {
    return rows;
}
