#include "stats/mcnemar.h"

#include <math.h>

/* Twice the tail of a fair coin; below GRAFT_MCNEMAR_FEW throws everything is exact in double. */
static double binomial(size_t fewer, size_t all) {
    double choose = 1, tail = 0;
    for (size_t i = 0; i <= fewer; i++) {
        tail += choose;
        choose = choose * (double)(all - i) / (double)(i + 1);
    }
    return fmin(1, ldexp(tail, 1 - (int)all));
}

double graft_mcnemar(size_t first, size_t second, bool *exact) {
    size_t all = first + second, fewer = first < second ? first : second;
    *exact = all < GRAFT_MCNEMAR_FEW;
    if (*exact) return binomial(fewer, all);
    double gap = fmax((double)(all - 2 * fewer) - 1, 0);
    return erfc(gap / sqrt(2 * (double)all)); /* chi-square of one degree: gap^2 / all */
}
