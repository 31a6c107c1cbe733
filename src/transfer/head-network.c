/* A foreign classifier's own top: the features are the probabilities already. A single sigmoid unit gives the second of
 * two classes. */
#include "transfer/head.h"

#include "base/alloc.h"
#include "base/error.h"

#include <string.h>

static graft_status predict(graft_context *context, const void *state, const float *x, size_t count,
                            float *probabilities) {
    const size_t *width = state;
    (void)context;
    if (*width > 1) {
        memcpy(probabilities, x, count * *width * sizeof(float));
        return GRAFT_OK;
    }
    for (size_t i = 0; i < count; i++) {
        probabilities[2 * i] = 1 - x[i];
        probabilities[2 * i + 1] = x[i];
    }
    return GRAFT_OK;
}

static graft_status save(const void *state, const char *prefix, graft_tensor_list *list) {
    (void)state;
    (void)prefix;
    (void)list;
    return GRAFT_OK;
}

graft_status graft_head_network_state(size_t width, void **state) {
    size_t *kept = graft_allocate(1, sizeof(*kept));
    *state = kept;
    if (!kept) return graft_fail_memory("the head");
    *kept = width;
    return GRAFT_OK;
}

static graft_status load(graft_container *file, const char *prefix, size_t width, int classes, void **state) {
    (void)prefix;
    *state = NULL;
    if ((size_t)classes != (width == 1 ? 2 : width))
        return graft_fail(GRAFT_E_DATA, "%s: %d classes for %zu outputs", graft_container_path(file), classes, width);
    return graft_head_network_state(width, state);
}

static void release(void *state) {
    graft_release(state);
}

const graft_head graft_head_network = {
    .name = "network",
    .help = "the network's own classifier (foreign models)",
    .predict = predict,
    .save = save,
    .load = load,
    .release = release,
};
