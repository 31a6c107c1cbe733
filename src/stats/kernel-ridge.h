/* Kernel ridge regression of the classes' indicators on several blocks of features, scored for rows that it did not
 * see, in closed form: with C = K + noise I, what a row's own group changes is (C^-1)_gg^-1 (C^-1 y)_g (Rasmussen and
 * Williams 2006, section 5.4.2; a group of one: y_i - (C^-1 y)_i / (C^-1)_ii). One factorization gives what thousands
 * of folds would.
 *
 * K(a, b) = exp(-|a - b|^2 / 2 s), where a block's values are replaced by their square roots, signs kept (few large
 * activations would drown the others: Perronnin, Sanchez and Mensink 2010), and its columns standardized, each block
 * weighs the same however wide it is, and s is the mean of |a - b|^2 over all pairs. */
#ifndef GRAFT_SRC_STATS_KERNEL_RIDGE_H
#define GRAFT_SRC_STATS_KERNEL_RIDGE_H

#include <graft/base.h>

typedef struct graft_kernel graft_kernel;

/* For `count` >= 1 rows; keeps count x count floats. The context is borrowed. Free with graft_kernel_free, which takes
 * NULL. Errors: GRAFT_E_MEMORY. */
GRAFT_MUST_CHECK graft_status graft_kernel_new(graft_context *context, size_t count, graft_kernel **out);
void graft_kernel_free(graft_kernel *kernel);

/* Takes a block of features (count x width), which it transforms in place. The bytes do not depend on the number of
 * threads. Errors: GRAFT_E_DATA (a value that is not finite), GRAFT_E_CANCELLED, GRAFT_E_MEMORY. */
GRAFT_MUST_CHECK graft_status graft_kernel_add(graft_kernel *kernel, float *x, size_t width);

/* score (count x classes): how much each class is expected, about 0 to 1 and about 1 in sum, by a regression on all
 * rows but those of the same `group` (ids >= 0; NULL: each row is alone). Labels: 0..classes-1. The ridge is a
 * variance of noise of 0.2, the kernel's own being 1. Called once, after the last block: it uses the kernel up. Errors:
 * GRAFT_E_CANCELLED, GRAFT_E_MEMORY. */
GRAFT_MUST_CHECK graft_status graft_kernel_ridge(graft_kernel *kernel, const int *label, const int64_t *group,
                                                 int classes, float *score);

#endif
