/* The record of a stored model, as it lies beside its file. */
#include "models/record.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    graft_record record;
    if (graft_record_parse((const char *)data, size, "input", &record) != GRAFT_OK) return 0;
    /* What is taken can name a file of the folder, and nothing else. */
    if (!graft_record_name_is_good(record.name) || strchr(record.file, '/') || record.bytes == 0) __builtin_trap();
    return 0;
}
