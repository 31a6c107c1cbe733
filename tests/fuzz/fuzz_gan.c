/* What a generative model's file says of its networks, and building them from it. */
#include "base/alloc.h"
#include "base/error.h"
#include "transfer/gan-internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void build(const graft_gan_model *model) {
    graft_graph *graph;
    int features;
    if (graft_gan_generator(model->arch, &model->spec, &graph) == GRAFT_OK) graft_graph_free(graph);
    if (graft_gan_discriminator(model->arch, &model->spec, &graph, &features) == GRAFT_OK) graft_graph_free(graph);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    graft_gan_model model = {0};
    graft_json *json;
    if (graft_json_parse((const char *)data, size, "input", &json) != GRAFT_OK) return 0;
    if (graft_gan_spec_read(json, &model) == GRAFT_OK) build(&model);
    graft_json_free(json);
    return 0;
}
