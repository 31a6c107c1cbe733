/* A Keras model's configuration, as files carry it, into a graph without weights. */
#include "import/keras.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    graft_json *json;
    graft_keras keras = {.keras3 = size % 2 == 0};
    if (graft_json_parse((const char *)data, size, "input", &json) != GRAFT_OK) return 0;
    if (graft_keras_build(&keras, json) == GRAFT_OK && graft_graph_resize_input(keras.graph, 9, 17) == GRAFT_OK)
        keras.calls = 0;
    graft_keras_clear(&keras);
    graft_json_free(json);
    return 0;
}
