/* Opening what is converted, whatever it is. */
#include "export/convert-internal.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "formats/container.h"
#include "transfer/classifier.h"
#include "transfer/cuts.h"
#include "transfer/model-internal.h"

#include <string.h>

static graft_status open_either(graft_context *context, const char *path, const graft_backbone_options *options,
                                const char *classes, graft_convert_network *network) {
    if (strcmp(path, "none") != 0) {
        graft_status status = graft_model_open(&network->model, context, path, options, classes);
        if (status != GRAFT_E_USAGE || classes) return status;
    }
    return graft_backbone_open(&network->backbone, context, path, options);
}

/* A foreign file need not say how pictures are prepared: the network can be written all the same. */
static graft_status open_foreign(graft_context *context, const char *path, const graft_convert_options *options,
                                 graft_convert_network *network) {
    graft_backbone_options given = GRAFT_BACKBONE_OPTIONS_INIT;
    given.arch = options->arch;
    given.preprocess = options->preprocess;
    given.image_size = options->image_size;
    network->prepared = true;
    graft_status status = open_either(context, path, &given, options->classes, network);
    if (status != GRAFT_E_USAGE || options->preprocess != GRAFT_SCALING_UNKNOWN) return status;
    given.preprocess = GRAFT_SCALING_RAW;
    network->prepared = false;
    status = open_either(context, path, &given, options->classes, network);
    if (status == GRAFT_OK)
        graft_log(context, GRAFT_LOG_WARNING,
                  "%s: how pictures were prepared is not known and not written (--preprocess says it)", path);
    return status;
}

static graft_status open_graft(graft_context *context, const char *path, const graft_convert_options *options,
                               graft_convert_network *network) {
    graft_backbone_options given = GRAFT_BACKBONE_OPTIONS_INIT;
    given.preprocess = options->preprocess;
    given.image_size = options->image_size;
    network->prepared = true;
    return graft_model_open(&network->model, context, path, &given, options->classes);
}

static graft_status find_format(graft_context *context, const char *path, graft_convert_network *network) {
    graft_container *file;
    GRAFT_TRY(graft_container_open(context, path, &file));
    network->format = graft_model_is_graft(file) ? "graft" : graft_container_format(file);
    graft_container_free(file);
    return GRAFT_OK;
}

static graft_status copy_graph(graft_convert_network *network, const char *layer) {
    if (network->model && !layer) return graft_model_graph(network->model, &network->graph);
    const graft_graph *graph = network->model ? network->model->graph : graft_backbone_graph(network->backbone);
    graft_cut cut = {.node = graft_graph_output(graph)};
    if (layer) GRAFT_TRY(graft_cut_named(graph, layer, GRAFT_POOL_NONE, &cut));
    GRAFT_TRY(graft_graph_prefix(graph, &cut.node, 1, &network->graph, NULL));
    graft_graph_set_quantization(network->graph, NULL);
    return GRAFT_OK;
}

static graft_status describe(graft_convert_network *network, const graft_convert_options *options) {
    const graft_model *model = network->model;
    graft_export_source *source = &network->source;
    source->name = model ? model->name : graft_backbone_name(network->backbone);
    source->graph = network->graph;
    if (network->prepared)
        source->preprocess = model ? graft_model_preprocess(model) : graft_backbone_preprocess(network->backbone);
    if (!model || options->layer) return GRAFT_OK;
    source->class_count = graft_model_class_count(model);
    if (!graft_model_class(model, 0)) return GRAFT_OK;
    network->classes = graft_allocate(source->class_count, sizeof(*network->classes));
    if (!network->classes) return graft_fail_memory("class names");
    for (size_t i = 0; i < source->class_count; i++)
        network->classes[i] = graft_model_class(model, i);
    source->classes = network->classes;
    return GRAFT_OK;
}

graft_status graft_convert_network_open(graft_context *context, const char *path, const graft_convert_options *options,
                                        graft_convert_network *network) {
    *network = (graft_convert_network){.format = "none"};
    bool untrained = strcmp(path, "none") == 0;
    if (!untrained) GRAFT_TRY(find_format(context, path, network));
    GRAFT_TRY(strcmp(network->format, "graft") == 0 ? open_graft(context, path, options, network)
                                                    : open_foreign(context, path, options, network));
    GRAFT_TRY(copy_graph(network, options->layer));
    return describe(network, options);
}

void graft_convert_network_clear(graft_convert_network *network) {
    graft_graph_free(network->graph);
    graft_release(network->classes);
    graft_model_free(network->model);
    graft_backbone_free(network->backbone);
    *network = (graft_convert_network){0};
}
