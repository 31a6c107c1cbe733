/* The loss of a student that learns from a teacher (Hinton et al. 2015; Romero et al. 2015). It is put together for one
 * student and therefore stands in no registry: what it needs to know are the parts of the student's output. */
#ifndef GRAFT_SRC_TRAIN_DISTILL_H
#define GRAFT_SRC_TRAIN_DISTILL_H

#include "train/loss.h"

/* An output is [features | logits | classes], each part as long as said here, and so is a target: the teacher's
 * features, its raw logits, and a label (one-hot). A part of length 0 is not there. The loss of a sample is
 *   cosine (1 - cos(p, t)) + squares mean((p - t)^2)     over the features
 * + logit_weight T^2 KL(softmax(t / T) || softmax(p / T))   over the logits, T the temperature
 * + label_weight times cross-entropy                        over the classes. */
typedef struct graft_distill_parts {
    int features, logits, classes;
    float cosine, squares, logit_weight, label_weight, temperature;
} graft_distill_parts;
_Static_assert(sizeof(graft_distill_parts) <= GRAFT_LOSS_ATTRIBUTES, "fits a recipe");

/* Its attributes are graft_distill_parts. An answer is right when the classes' largest is the label's; without classes
 * when the logits' largest is the teacher's; of features alone none is right or wrong: NaN. */
extern const graft_loss graft_loss_distill;

#endif
