/* The input is an archive, or its only member. */
#include "fuzz-archive.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0 || fuzz_whole_archive(data, size)) return 0;
    fuzz_archive(&(fuzz_member){"a.npy", data, size}, 1);
    return 0;
}
