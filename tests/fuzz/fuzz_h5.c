#include "fuzz-container.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char path[64];
    int file = fuzz_file(data, size, path);
    if (file < 0) return 0;
    fuzz_container(path);
    close(file);
    return 0;
}
