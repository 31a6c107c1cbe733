#include "base/strmap.h"

#include <string.h>

enum { LONGEST = 63 }; /* names beyond are compared by their beginning */

static size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

size_t graft_text_distance(const char *a, const char *b) {
    size_t n = smaller(strlen(a), LONGEST), m = smaller(strlen(b), LONGEST);
    size_t cost[LONGEST + 1][LONGEST + 1];
    for (size_t i = 0; i <= n; i++)
        cost[i][0] = i;
    for (size_t j = 0; j <= m; j++)
        cost[0][j] = j;
    for (size_t i = 1; i <= n; i++) {
        for (size_t j = 1; j <= m; j++) {
            size_t best = cost[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            best = smaller(best, smaller(cost[i - 1][j], cost[i][j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                best = smaller(best, cost[i - 2][j - 2] + 1);
            cost[i][j] = best;
        }
    }
    return cost[n][m];
}

const char *graft_text_nearest(const char *text, const char *const *candidates, size_t count) {
    const char *nearest = NULL;
    size_t best = strlen(text) / 3 + 2; /* one typo in a short word, more in a long one */
    for (size_t i = 0; i < count; i++) {
        size_t distance = graft_text_distance(text, candidates[i]);
        bool begins = strlen(text) >= 3 && strncmp(text, candidates[i], strlen(text)) == 0;
        if (begins) distance = smaller(distance, 1);
        if (distance < best && distance < strlen(candidates[i])) {
            best = distance;
            nearest = candidates[i];
        }
    }
    return nearest;
}
