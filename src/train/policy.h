/* Decisions as pure functions of the history: a resumed run decides as the unbroken one did. */
#ifndef GRAFT_SRC_TRAIN_POLICY_H
#define GRAFT_SRC_TRAIN_POLICY_H

#include "train/history.h"

/* Epochs from `first` on are looked at; indices are into history->epochs. */

/* Where the epochs that trained begin (epoch 0 is the network as it was), and those of fine-tuning, after the head's
 * own phase 0; history->count when there are none. */
size_t graft_policy_first_trained(const graft_history *history);
size_t graft_policy_first_tuned(const graft_history *history);

/* The epoch with the best figure; history->count when there is none (or only NaN). Of equals in one phase the earliest
 * is it, of equals in two phases that of the smaller loss: where accuracy has reached its height in an earlier phase,
 * what a later one learns still counts. */
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
