/* Opens a container and reads all of it, as every fuzz target of a format does. */
#ifndef GRAFT_TESTS_FUZZ_CONTAINER_H
#define GRAFT_TESTS_FUZZ_CONTAINER_H

#include "formats/container.h"

#include <stdio.h>
#include <sys/mman.h>
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

/* The bytes as a file that has a path but no place on a disk; close the result. */
static inline int fuzz_file(const uint8_t *data, size_t size, char path[64]) {
    int file = memfd_create("fuzz", MFD_CLOEXEC);
    if (file >= 0 && size > 0 && write(file, data, size) != (ssize_t)size) {
        close(file);
        file = -1;
    }
    snprintf(path, 64, "/proc/self/fd/%d", file);
    return file;
}

#endif
