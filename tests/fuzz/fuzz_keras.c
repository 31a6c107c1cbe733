/* The input is an archive, or its config.json up to the first NUL and behind it its model.weights.h5. */
#include "fuzz-archive.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0 || fuzz_whole_archive(data, size)) return 0;
    const uint8_t *end = memchr(data, 0, size);
    size_t text = end ? (size_t)(end - data) : size;
    const fuzz_member members[] = {{"metadata.json", (const uint8_t *)"{}", 2},
                                   {"config.json", data, text},
                                   {"model.weights.h5", end ? end + 1 : data, end ? size - text - 1 : 0}};
    fuzz_archive(members, 3);
    return 0;
}
