/* What the losses share: the loop over samples and the stable softmax. */
#ifndef GRAFT_SRC_TRAIN_LOSSES_LOSSES_H
#define GRAFT_SRC_TRAIN_LOSSES_LOSSES_H

#include "train/loss.h"

#include <math.h>

/* Losses of the registry, for those that are made of others. */
extern const graft_loss graft_loss_binary, graft_loss_mse;

/* The loss of one sample and, when `gradient` is not NULL, its derivative by each output. */
typedef double (*graft_loss_of_one)(const void *attributes, const float *output, const float *target, int classes,
                                    float *gradient);

/* Runs `one` over the batch, with weights and scale applied. */
void graft_loss_each(const void *attributes, graft_loss_batch *batch, graft_loss_of_one one);

/* log(sum(exp(output))) without overflow. */
double graft_log_sum_exp(const float *output, int classes);

#endif
