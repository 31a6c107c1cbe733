#include "cli.h"

typedef struct extract_arguments {
    const char *base;
    bool json;
    graft_extract_options extract;
    graft_data_options data;
    graft_backbone_options backbone;
    graft_precision_options precision;
    cli_common common;
} extract_arguments;

#define ROW(member) .offset = offsetof(extract_arguments, member)
static const graft_option own_table[] = {
    CLI_ROW_BASE(base, CLI_BASE_FILES ". Without it graft-s, which comes with graft"),
    CLI_ROW_LABEL(data.label),
    CLI_ROW_JSON(json, "what was written as one JSON object"),
    GRAFT_OPTION_END,
};
#undef ROW

bool cli_extract_options(cli_tables *tables) {
    extract_arguments *arguments = cli_tables_start(tables, sizeof *arguments);
    if (!arguments) return false;
    arguments->extract = (graft_extract_options)GRAFT_EXTRACT_OPTIONS_INIT;
    arguments->data = (graft_data_options)GRAFT_DATA_OPTIONS_INIT;
    arguments->data.allow_one_class = true;
    arguments->backbone = (graft_backbone_options)GRAFT_BACKBONE_OPTIONS_INIT;
    arguments->precision = (graft_precision_options)GRAFT_PRECISION_OPTIONS_INIT;
    cli_tables_add(tables, "Features", graft_extract_option_table(), &arguments->extract);
    cli_tables_add(tables, "Network", own_table, arguments);
    cli_tables_add(tables, "Preprocessing", graft_backbone_option_table(), &arguments->backbone);
    cli_tables_add(tables, "Precision", graft_precision_option_table(), &arguments->precision);
    cli_tables_add(tables, "General", cli_common_table, &arguments->common);
    return true;
}

static void tell(const extract_arguments *arguments, size_t rows, size_t width,
                 const graft_precision_result *precision) {
    const bool int8 = precision->precision == GRAFT_PRECISION_INT8;
    const char *output = arguments->extract.output;
    if (!arguments->json) {
        printf("%s: %zu rows of %zu features (float32)\n", output, rows, width);
        if (int8)
            printf("precision %d of %d layers on 8-bit integers, %.1f dB from floats' features, mean cosine %.4f\n",
                   precision->int8_layers, precision->layers, precision->sqnr, precision->cosine);
        return;
    }
    printf("{\"output\":");
    cli_json_text(stdout, output);
    printf(",\"rows\":%zu,\"width\":%zu", rows, width);
    if (int8)
        printf(",\"precision\":\"int8\",\"int8_layers\":%d,\"layers\":%d,\"cosine\":%.6f", precision->int8_layers,
               precision->layers, precision->cosine);
    printf("}\n");
}

graft_status cli_extract_run(cli *self, void *opaque) {
    extract_arguments *arguments = opaque;
    if (!arguments->extract.output)
        return cli_fail(self, GRAFT_E_USAGE, "-o FILE.npy is needed: where the features go");
    graft_dataset *data = NULL;
    graft_backbone *backbone = NULL;
    graft_precision_result precision = {.struct_size = sizeof precision};
    size_t rows = 0, width = 0;
    graft_status status = cli_output_possible(self, arguments->extract.output);
    if (status == GRAFT_OK) status = cli_context_open(self, &arguments->common);
    if (status == GRAFT_OK) status = graft_dataset_open(&data, self->context, self->operand[0], &arguments->data);
    if (status == GRAFT_OK) status = cli_base_open(self, &backbone, arguments->base, &arguments->backbone);
    if (status == GRAFT_OK) status = graft_backbone_quantize(backbone, data, &arguments->precision);
    if (status == GRAFT_OK) graft_backbone_precision(backbone, &precision);
    if (status == GRAFT_OK) status = graft_extract(self->context, backbone, data, &arguments->extract, &rows, &width);
    if (status == GRAFT_OK) tell(arguments, rows, width, &precision);
    graft_backbone_free(backbone);
    graft_dataset_free(data);
    return status;
}
