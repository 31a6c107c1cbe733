/* Losses: one loss is one file in losses/ and one row in losses.def. A loss takes raw outputs (logits), since the
 * combination with softmax or sigmoid is both exact and cheap. */
#ifndef GRAFT_SRC_TRAIN_LOSS_H
#define GRAFT_SRC_TRAIN_LOSS_H

#include <graft/option.h>

typedef struct graft_loss_batch {
    const float *output; /* count x classes, raw */
    const float *target; /* count x classes: one-hot, smoothed or mixed; sums to 1 for exclusive classes */
    const float *weight; /* count; NULL: all 1 */
    size_t count;
    int classes;
    double scale;    /* the gradient is multiplied by it: 1 / effective batch size for a mean */
    float *gradient; /* count x classes: of scale * sum of weighted losses; NULL: not wanted */
    double sum;      /* result: sum of weighted losses, unscaled */
} graft_loss_batch;

typedef struct graft_loss {
    const char *name, *help;
    size_t attribute_size;
    const graft_option *attributes;
    void (*evaluate)(const void *attributes, graft_loss_batch *batch);
    /* 1 when one sample's answer is right, else 0; NaN when there is no such thing. NULL: the largest of both. */
    double (*correct)(const void *attributes, const float *output, const float *target, int classes);
} graft_loss;

const graft_loss *graft_loss_find(const char *name);
const graft_loss *graft_loss_at(size_t index); /* NULL past the end: the registry */

/* What `correct` says of a sample. */
double graft_loss_correct(const graft_loss *loss, const void *attributes, const float *output, const float *target,
                          int classes);
/* 1 when the largest values of both stand in the same place, the first of equals; else 0. */
double graft_loss_agree(const float *output, const float *target, int count);

enum { GRAFT_LOSS_ATTRIBUTES = 64 }; /* bytes every loss' attributes fit */

/* Weights that make every class count the same: n / (classes * n_class), mean 1 over the samples (King and Zeng 2001;
 * scikit-learn's "balanced"). A class without samples gets 0. */
void graft_class_weights(const size_t *class_size, int classes, float *weight);

#endif
