/* Negative conditional entropy of the labels given the source classes (Tran, Nguyen, Hassner 2019, "Transferability and
 * hardness of supervised classification tasks"): -H(Y|Z) = sum P(y,z) log P(y|z), Z the source class that the network's
 * own head finds most probable. */
#include "stats/score.h"

#include "base/alloc.h"
#include "base/error.h"
#include "stats/metrics.h"

#include <math.h>

static graft_status compute(const graft_score_rows *rows, double *value, double *each) {
    size_t from = rows->options.source_classes;
    size_t *both = graft_allocate_zero(from * rows->classes, sizeof(*both)); /* source x classes */
    size_t *total = graft_allocate_zero(from, sizeof(*total));
    int *found = graft_allocate(rows->count, sizeof(*found));
    graft_status status = both && total && found ? GRAFT_OK : graft_fail_memory("the source classes");
    for (size_t i = 0; status == GRAFT_OK && i < rows->count; i++) {
        found[i] = graft_argmax(rows->options.source + i * from, (int)from);
        both[(size_t)found[i] * rows->classes + (size_t)rows->rows->label[i]]++;
        total[found[i]]++;
    }
    if (status == GRAFT_OK) *value = 0;
    for (size_t i = 0; status == GRAFT_OK && i < rows->count; i++) {
        size_t z = (size_t)found[i];
        each[i] = log((double)both[z * rows->classes + (size_t)rows->rows->label[i]] / (double)total[z]);
        *value += each[i] / (double)rows->count;
    }
    graft_release(both);
    graft_release(total);
    graft_release(found);
    return status;
}

const graft_score graft_score_nce = {
    .name = "nce",
    .help = "negative conditional entropy of the labels given the source classes, in nats",
    .source = true,
    .compute = compute,
};
