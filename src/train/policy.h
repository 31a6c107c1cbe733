/* Decisions as pure functions of the history: a resumed run decides as the unbroken one did. */
#ifndef GRAFT_SRC_TRAIN_POLICY_H
#define GRAFT_SRC_TRAIN_POLICY_H

#include "train/history.h"

/* Epochs from `first` on are looked at (the beginning of a phase); indices are into history->epochs. */

/* The epoch with the best figure, the earliest of equals; history->count when there is none (or only NaN). */
size_t graft_policy_best(const graft_history *history, size_t first, graft_monitor monitor);

/* True when the last `patience` epochs brought no improvement by more than `delta`. patience 0: never. */
bool graft_policy_stalled(const graft_history *history, size_t first, graft_monitor monitor, uint32_t patience,
                          double delta);

/* How often the figure has stalled for `patience` epochs in a row; each time the count begins anew. */
int graft_policy_reductions(const graft_history *history, size_t first, graft_monitor monitor, uint32_t patience,
                            double delta);

/* Negative transfer: validation accuracy below the frozen baseline in each of the last `patience` epochs. */
bool graft_policy_below_baseline(const graft_history *history, size_t first, double baseline, uint32_t patience);

#endif
