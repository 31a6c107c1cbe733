#include "stats/quantile.h"

#include "base/alloc.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

static int ascending(const void *a, const void *b) {
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

graft_status graft_quantile(const double *values, size_t count, double quantile, double *out) {
    double *sorted = graft_allocate(count, sizeof(*sorted));
    if (!sorted) return graft_fail_memory("a quantile");
    memcpy(sorted, values, count * sizeof(*sorted));
    qsort(sorted, count, sizeof(*sorted), ascending);
    const double place = quantile * (double)(count - 1);
    const size_t below = (size_t)place, above = below + 1 < count ? below + 1 : below;
    *out = sorted[below] + (place - (double)below) * (sorted[above] - sorted[below]);
    graft_release(sorted);
    return GRAFT_OK;
}
