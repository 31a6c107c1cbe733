#include "fuzz-container.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char path[32];
    if (!fuzz_file(data, size, path)) return 0;
    fuzz_container(path);
    unlink(path);
    return 0;
}
