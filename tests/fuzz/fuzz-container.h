/* Opens a container and reads all of it, as every fuzz target of a format does. */
#ifndef GRAFT_TESTS_FUZZ_CONTAINER_H
#define GRAFT_TESTS_FUZZ_CONTAINER_H

#include "formats/container.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void fuzz_container(const char *path) {
    graft_context *context = NULL;
    graft_container *container = NULL;
    if (graft_context_new(&context, NULL) != GRAFT_OK) return;
    if (graft_container_open(context, path, &container) == GRAFT_OK) {
        for (size_t i = 0; i < graft_container_count(container); i++) {
            graft_tensor *tensor = NULL;
            if (graft_container_read(container, i, &tensor) == GRAFT_OK) graft_tensor_free(tensor);
        }
    }
    graft_container_free(container);
    graft_context_free(context);
}

/* Writes the bytes to a new file (HDF5 opens nothing that has no place in a folder); to be unlinked. */
static inline bool fuzz_file(const uint8_t *data, size_t size, char path[32]) {
    snprintf(path, 32, "/tmp/graft-fuzz-XXXXXX");
    int file = mkstemp(path);
    if (file < 0) return false;
    bool written = write(file, data, size) == (ssize_t)size;
    close(file);
    return written;
}

#endif
