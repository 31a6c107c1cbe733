/* Runs a fuzz target over its corpus without libFuzzer: each file whole, truncated, and mutated by a fixed
 * random sequence, so that the normal test run exercises every parser. Prints one TAP line a corpus. */
#include "base/alloc.h"
#include "base/file.h"
#include "base/rng.h"

#include <stdio.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TRUNCATIONS = 64, MUTATIONS = 128 };

static void replay(const unsigned char *bytes, size_t length, uint64_t id) {
    unsigned char *copy = graft_allocate(length + 1, 1);
    if (!copy) return;
    LLVMFuzzerTestOneInput(bytes, length);
    for (size_t i = 0; i < TRUNCATIONS; i++) {
        size_t cut = length < TRUNCATIONS ? (i < length ? i : length) : length * i / TRUNCATIONS;
        memcpy(copy, bytes, cut);
        LLVMFuzzerTestOneInput(copy, cut);
    }
    graft_rng rng = graft_rng_make(7, GRAFT_RNG_TEST, 0, id);
    for (int i = 0; i < MUTATIONS && length > 0; i++) {
        memcpy(copy, bytes, length);
        size_t changes = 1 + graft_rng_below(&rng, 8);
        for (size_t k = 0; k < changes; k++) {
            size_t window = length < 512 || graft_rng_below(&rng, 2) ? length : 512;
            copy[graft_rng_below(&rng, (uint32_t)window)] = (unsigned char)graft_rng_u32(&rng);
        }
        LLVMFuzzerTestOneInput(copy, length);
    }
    graft_release(copy);
}

int main(int argc, char **argv) {
    graft_names names = {0};
    if (argc != 2 || graft_folder_list(argv[1], &names) != GRAFT_OK || names.count == 0) {
        printf("1..1\nnot ok 1 - no corpus: %s\n", graft_error_text());
        return 1;
    }
    printf("1..%zu\n", names.count);
    for (size_t i = 0; i < names.count; i++) {
        char *path = graft_path_join(argv[1], names.name[i]);
        char *bytes = NULL;
        size_t length = 0;
        bool read = path && graft_file_read(path, 0, &bytes, &length) == GRAFT_OK;
        if (read) replay((const unsigned char *)bytes, length, i);
        printf("%s %zu - %s\n", read ? "ok" : "not ok", i + 1, names.name[i]);
        graft_release(bytes);
        graft_release(path);
    }
    graft_names_free(&names);
    return 0;
}
