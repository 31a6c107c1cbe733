#include "base/alloc.h"
#include "data/idx.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    for (int dimensions = 1; dimensions <= 3; dimensions += 2) {
        graft_idx idx;
        unsigned sum = 0;
        if (graft_idx_parse("x", data, size, dimensions, &idx) != GRAFT_OK) continue;
        for (size_t i = 0; i < idx.count * (size_t)idx.width * (size_t)idx.height; i++)
            sum += idx.values[i];
        if (sum == 1U << 31) abort(); /* so that the reads are not left out */
        graft_release(idx.values);
    }
    return 0;
}
