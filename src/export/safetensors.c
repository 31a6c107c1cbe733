/* Whole networks as safetensors: tensors LAYER/parameter in graft's own layout, the structure in the metadata. */
#include "export/export-common.h"

#include "base/error.h"
#include "transfer/network-write.h"

static graft_status write_file(graft_context *context, const graft_export_source *source,
                               const graft_convert_options *options, const char *path, graft_convert_report *report) {
    graft_json *metadata = NULL;
    (void)context;
    (void)report;
    GRAFT_TRY(graft_export_metadata(source, true, &metadata));
    graft_status status = graft_network_write(path, source->graph, metadata, options->store == 1);
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
