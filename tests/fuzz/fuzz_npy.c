#include "formats/npy.h"
#include "fuzz-container.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char path[32];
    graft_tensor *tensor = NULL;
    if (!fuzz_file(data, size, path)) return 0;
    if (graft_npy_read(path, &tensor) == GRAFT_OK) graft_tensor_free(tensor);
    unlink(path);
    return 0;
}
