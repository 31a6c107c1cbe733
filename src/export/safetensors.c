/* Whole networks as safetensors: tensors LAYER/parameter in graft's own layout, the structure in the metadata. */
#include "export/export-common.h"

#include "base/alloc.h"
#include "base/error.h"

static graft_status add_parameters(const graft_graph *graph, graft_tensor_list *list) {
    for (int i = 0; i < graft_graph_count(graph); i++) {
        const graft_node *node = graft_graph_node(graph, i);
        for (int j = 0; j < node->param_count; j++) {
            const graft_param *param = &node->params[j];
            char *name = graft_text_format("%s/%s", node->name, param->name);
            if (!name) return graft_fail_memory("a tensor's name");
            graft_status status =
                graft_tensor_list_add(list, "", name, param->value->dtype, param->value->shape, param->value->data);
            graft_release(name);
            GRAFT_TRY(status);
        }
    }
    return GRAFT_OK;
}

static graft_status write_file(graft_context *context, const graft_export_source *source,
                               const graft_convert_options *options, const char *path) {
    graft_tensor_list list = {0};
    graft_json *metadata = NULL;
    (void)context;
    (void)options;
    graft_status status = graft_export_metadata(source, true, &metadata);
    if (status == GRAFT_OK) {
        graft_json_set_text(metadata, "format", "graft-network");
        status = add_parameters(source->graph, &list);
    }
    if (status == GRAFT_OK) status = graft_safetensors_write(path, list.item, list.count, metadata);
    graft_tensor_list_clear(&list);
    graft_json_free(metadata);
    return status;
}

const graft_exporter graft_exporter_safetensors = {
    .name = "safetensors",
    .help = "graft's own layout of layers and parameters, the structure in the metadata",
    .extension = ".safetensors",
    .reads_back = true,
    .write = write_file,
};
