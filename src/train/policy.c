#include "train/policy.h"

#include <math.h>

size_t graft_policy_first_trained(const graft_history *history) {
    size_t first = 0;
    while (first < history->count && history->epochs[first].epoch == 0)
        first++;
    return first;
}

size_t graft_policy_first_tuned(const graft_history *history) {
    size_t first = graft_policy_first_trained(history);
    while (first < history->count && history->epochs[first].phase == 0)
        first++;
    return first;
}

/* The loss that goes with an accuracy: validation's or training's. */
static double loss_beside(const graft_epoch *epoch, graft_monitor monitor) {
    bool held_back = monitor == GRAFT_MONITOR_VAL_ACC || monitor == GRAFT_MONITOR_VAL_LOSS;
    return held_back ? epoch->val_loss : epoch->loss;
}

size_t graft_policy_best(const graft_history *history, size_t first, graft_monitor monitor) {
    size_t best = history->count;
    double merit = -INFINITY;
    for (size_t i = first; i < history->count; i++) {
        const graft_epoch *epoch = &history->epochs[i];
        double here = graft_epoch_merit(epoch, monitor);
        bool better = here > merit; /* never true for NaN */
        if (best < i && here == merit && epoch->phase != history->epochs[best].phase)
            better = loss_beside(epoch, monitor) < loss_beside(&history->epochs[best], monitor);
        if (better) {
            merit = here;
            best = i;
        }
    }
    return best;
}

/* Walks the history; *waiting is the epochs since the last improvement or reduction. */
static int count_stalls(const graft_history *history, size_t first, graft_monitor monitor, uint32_t patience,
                        double delta, uint32_t *waiting) {
    double best = -INFINITY;
    int stalls = 0;
    *waiting = 0;
    for (size_t i = first; i < history->count; i++) {
        double here = graft_epoch_merit(&history->epochs[i], monitor);
        if (here > best + (isinf(best) ? 0 : delta)) {
            best = here;
            *waiting = 0;
        } else if (++*waiting == patience) {
            stalls++;
            *waiting = 0;
        }
    }
    return stalls;
}

bool graft_policy_stalled(const graft_history *history, size_t first, graft_monitor monitor, uint32_t patience,
                          double delta) {
    uint32_t waiting;
    return patience > 0 && count_stalls(history, first, monitor, patience, delta, &waiting) > 0;
}

int graft_policy_reductions(const graft_history *history, size_t first, graft_monitor monitor, uint32_t patience,
                            double delta) {
    uint32_t waiting;
    return patience > 0 ? count_stalls(history, first, monitor, patience, delta, &waiting) : 0;
}

bool graft_policy_below_baseline(const graft_history *history, size_t first, double baseline, uint32_t patience) {
    if (patience == 0 || history->count < first + patience || isnan(baseline)) return false;
    for (size_t i = history->count - patience; i < history->count; i++)
        if (!(history->epochs[i].val_accuracy < baseline)) return false;
    return true;
}
