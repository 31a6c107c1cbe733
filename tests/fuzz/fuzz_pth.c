/* The input is a stream or an archive, or the pickle of one with a storage of 24 bytes. Streams begin with the magic
 * number; pickles of archives with another opcode than LONG1 of ten bytes. */
#include "fuzz-archive.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const uint8_t storage[24] = {1, 2, 3};
    char path[32];
    if (size < 4 || fuzz_whole_archive(data, size)) return 0;
    if (data[2] != 0x8a && data[2] != 0x95) {
        const fuzz_member members[] = {{"x/data.pkl", data, size}, {"x/data/0", storage, sizeof storage}};
        fuzz_archive(members, 2);
    } else if (fuzz_file(data, size, path)) {
        fuzz_container(path);
        unlink(path);
    }
    return 0;
}
