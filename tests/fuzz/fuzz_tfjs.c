/* The input is model.json up to the first NUL, and behind it the bytes of the one shard, "s". */
#include "base/alloc.h"
#include "base/file.h"
#include "fuzz-container.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char folder[] = "/tmp/graft-fuzz-XXXXXX";
    if (!mkdtemp(folder)) return 0;
    char *model = graft_path_join(folder, "model.json"), *shard = graft_path_join(folder, "s");
    const uint8_t *end = size > 0 ? memchr(data, 0, size) : NULL;
    size_t text = end ? (size_t)(end - data) : size, rest = end ? size - text - 1 : 0;
    if (model && shard && graft_file_write(model, data, text) == GRAFT_OK &&
        graft_file_write(shard, end ? end + 1 : data, rest) == GRAFT_OK) {
        fuzz_container(folder);
    }
    if (model) unlink(model);
    if (shard) unlink(shard);
    rmdir(folder);
    graft_release(model);
    graft_release(shard);
    return 0;
}
