/* What a model file says of an autoencoder beside its network. */
#include "transfer/autoencoder-internal.h"

#include "base/alloc.h"

#include <math.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    graft_autoencoder *model = graft_allocate_zero(1, sizeof *model);
    graft_json *json;
    if (model && graft_json_parse((const char *)data, size, "input", &json) == GRAFT_OK) {
        /* What is taken can be compared with scores. */
        if (graft_autoencoder_read(json, model) == GRAFT_OK && (!isfinite(model->threshold) || model->threshold < 0))
            __builtin_trap();
        graft_json_free(json);
    }
    graft_autoencoder_free(model);
    return 0;
}
