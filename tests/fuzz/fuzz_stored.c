/* A network as graft stores it in safetensors: structure, preprocessing and classes in the metadata, then tensors. */
#include "fuzz-container.h"
#include "transfer/model-internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char path[32];
    graft_context *context = NULL;
    graft_model *model = NULL;
    graft_context_options options = GRAFT_CONTEXT_OPTIONS_INIT;
    if (!fuzz_file(data, size, path)) return 0;
    options.no_cache = true;
    options.threads = 1;
    if (graft_context_new(&context, &options) == GRAFT_OK &&
        graft_model_open(&model, context, path, NULL, NULL) == GRAFT_OK)
        graft_model_free(model);
    graft_context_free(context);
    unlink(path);
    return 0;
}
