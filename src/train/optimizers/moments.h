/* What the optimizers with two moments share. */
#ifndef GRAFT_SRC_TRAIN_OPTIMIZERS_MOMENTS_H
#define GRAFT_SRC_TRAIN_OPTIMIZERS_MOMENTS_H

#include "train/optimizer.h"

#include <math.h>

typedef struct graft_moments_options {
    double beta1, beta2, epsilon;
} graft_moments_options;

#define GRAFT_MOMENT_ROWS(beta1_text, beta2_text, epsilon_text)                                             \
    {.name = "beta1",                                                                                       \
     .type = GRAFT_OPTION_DOUBLE,                                                                           \
     .offset = offsetof(graft_moments_options, beta1),                                                      \
     .fallback = beta1_text,                                                                                \
     .min = 0,                                                                                              \
     .max = 0.99999,                                                                                        \
     .help = "memory of the mean gradient"},                                                                \
        {.name = "beta2",                                                                                   \
         .type = GRAFT_OPTION_DOUBLE,                                                                       \
         .offset = offsetof(graft_moments_options, beta2),                                                  \
         .fallback = beta2_text,                                                                            \
         .min = 0,                                                                                          \
         .max = 0.999999,                                                                                   \
         .help = "memory of the squared gradient"},                                                         \
    {                                                                                                       \
        .name = "epsilon", .type = GRAFT_OPTION_DOUBLE, .offset = offsetof(graft_moments_options, epsilon), \
        .fallback = epsilon_text, .min = 0, .max = 1, .help = "keeps the division finite"                   \
    }

/* Kingma and Ba 2015, algorithm 1; the decay is decoupled (Loshchilov and Hutter 2019). */
void graft_adam_update(const void *attributes, const graft_update *update);

#endif
