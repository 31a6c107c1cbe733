/* The option tables of this module's public structs: command line, help and documentation come from the rows. */
#include <graft/bench.h>
#include <graft/precision.h>
#include <graft/train.h>

#include "base/option-rows.h"

static const graft_option backbone_rows[] = {
    {.name = "preprocess",
     .type = GRAFT_OPTION_ENUM,
     .offset = offsetof(graft_backbone_options, preprocess),
     .fallback = "auto",
     .choices = GRAFT_SCALING_CHOICES,
     .help = "scaling of pixel values that the network was trained with"},
    {.name = "fit",
     .type = GRAFT_OPTION_ENUM,
     .offset = offsetof(graft_backbone_options, fit),
     .fallback = "squash",
     .choices = GRAFT_FIT_CHOICES,
     .help = "how a picture that is not square meets the network's input"},
    {.name = "filter",
     .type = GRAFT_OPTION_ENUM,
     .offset = offsetof(graft_backbone_options, filter),
     .fallback = "auto",
     .choices = "auto|" GRAFT_FILTER_CHOICES,
     .help = "resampling filter; auto is the network's own, else bilinear"},
    {.name = "image-size",
     .type = GRAFT_OPTION_INT,
     .offset = offsetof(graft_backbone_options, image_size),
     .fallback = "0",
     .min = 0,
     .max = 4096,
     .unit = "px",
     .help = "side of the network's square input; 0 is the size it was pretrained at"},
    {.name = "arch",
     .type = GRAFT_OPTION_TEXT,
     .offset = offsetof(graft_backbone_options, arch),
     .unit = "NAME",
     .help = "network of a file that holds weights alone (found out when not given); with --base none: the untrained "
             "network to train from scratch"},
    GRAFT_OPTION_END};

static const graft_option precision_rows[] = {
    {.name = "base-precision",
     .type = GRAFT_OPTION_ENUM,
     .offset = offsetof(graft_precision_options, precision),
     .fallback = "f32",
     .choices = GRAFT_PRECISION_CHOICES,
     .help = "what the frozen layers compute on; int8: integers where that stays exact enough, calibrated on training "
             "pictures; floats without VNNI instructions"},
    {.name = "max-drop",
     .type = GRAFT_OPTION_DOUBLE,
     .offset = offsetof(graft_precision_options, max_drop),
     .fallback = "0.03",
     .min = 0,
     .max = 1,
     .help = "int8 is refused (exit code 4) when it changes the class of more than this share of the held-back "
             "pictures; for features alone: when 1 - their mean cosine with those of floats is more"},
    GRAFT_OPTION_END};

#define ROW(member) .offset = offsetof(graft_train_options, member)
static const graft_option train_rows[] = {
    {.name = "head",
     .type = GRAFT_OPTION_TEXT,
     ROW(head),
     .fallback = "logistic",
     .unit = "logistic|knn|majority|LAYERS",
     .help = "the classifier on top of the features; or layers such as \"gap dropout:0.2 dense:256:relu dense\""},
    {.name = "layer",
     .type = GRAFT_OPTION_TEXT,
     ROW(layer),
     .fallback = "auto",
     .unit = "NAME",
     .help = "layer the features are taken from; auto is cross-validated among the last stages' ends"},
    {.name = "pool",
     .type = GRAFT_OPTION_ENUM,
     ROW(pool),
     .fallback = "avg",
     .choices = GRAFT_POOL_CHOICES,
     .help = "how a layer's map becomes a vector"},
    {.name = "folds",
     .type = GRAFT_OPTION_INT,
     ROW(folds),
     .fallback = "5",
     .min = 2,
     .max = 20,
     .help = "folds of the cross-validation on the training split"},
    {.name = "c",
     .type = GRAFT_OPTION_DOUBLE,
     ROW(c),
     .fallback = "0",
     .min = 0,
     .max = 1e6,
     .help = "inverse strength of the regularisation; 0 is chosen by cross-validation"},
    SEED(seed, "seed of the folds and of training"),
    GRAFT_OPTION_END};
#undef ROW

static const graft_option extract_rows[] = {
    {.name = "layer",
     .type = GRAFT_OPTION_TEXT,
     .offset = offsetof(graft_extract_options, layer),
     .unit = "NAME",
     .help = "layer the features are taken from; the last before the head when not given"},
    {.name = "pool",
     .type = GRAFT_OPTION_ENUM,
     .offset = offsetof(graft_extract_options, pool),
     .fallback = "avg",
     .choices = GRAFT_POOL_CHOICES,
     .help = "how a layer's map becomes a vector"},
    {.name = "output",
     .letter = 'o',
     .type = GRAFT_OPTION_TEXT,
     .offset = offsetof(graft_extract_options, output),
     .unit = "F.npy",
     .help = "file for the features (.npy or .npz); the rows' samples go into a .csv beside it"},
    GRAFT_OPTION_END};

static const graft_option bench_rows[] = {
    {.name = "batch",
     .type = GRAFT_OPTION_INT,
     .offset = offsetof(graft_bench_options, batch),
     .fallback = "0",
     .min = 0,
     .max = 1024,
     .unit = "pictures",
     .help = "that a thread takes at a time; 0: by the network's and the cache's sizes"},
    {.name = "precision",
     .type = GRAFT_OPTION_ENUM,
     .offset = offsetof(graft_bench_options, precision),
     .fallback = "f32",
     .choices = GRAFT_PRECISION_CHOICES,
     .help = "of weights and activations; int8: for speed, on made-up pictures, with little regard to exactness"},
    {.name = "train",
     .type = GRAFT_OPTION_FLAG,
     .offset = offsetof(graft_bench_options, train),
     .help = "forward and backward through all layers instead of inference"},
    {.name = "exact",
     .type = GRAFT_OPTION_FLAG,
     .offset = offsetof(graft_bench_options, exact),
     .help = "every convolution by its definition, none by Winograd's algorithm"},
    {.name = "size",
     .type = GRAFT_OPTION_INT,
     .offset = offsetof(graft_bench_options, size),
     .fallback = "0",
     .min = 0,
     .max = 4096,
     .unit = "px",
     .help = "height and width of the pictures, for an architecture's name; 0: the published ones"},
    {.name = "seconds",
     .type = GRAFT_OPTION_DOUBLE,
     .offset = offsetof(graft_bench_options, seconds),
     .fallback = "3",
     .min = 0.01,
     .max = 3600,
     .unit = "s",
     .help = "of measuring"},
    GRAFT_OPTION_END};

const graft_option *graft_backbone_option_table(void) {
    return backbone_rows;
}

const graft_option *graft_precision_option_table(void) {
    return precision_rows;
}

const graft_option *graft_train_option_table(void) {
    return train_rows;
}

const graft_option *graft_bench_option_table(void) {
    return bench_rows;
}

const graft_option *graft_extract_option_table(void) {
    return extract_rows;
}
