#include "formats/npy.h"
#include "fuzz-container.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char path[64];
    graft_tensor *tensor = NULL;
    int file = fuzz_file(data, size, path);
    if (file < 0) return 0;
    if (graft_npy_read(path, &tensor) == GRAFT_OK) graft_tensor_free(tensor);
    close(file);
    return 0;
}
