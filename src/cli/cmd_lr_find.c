#include "cli.h"

#include <math.h>

typedef struct lr_find_arguments {
    const char *base, *output;
    bool json;
    graft_lr_options range;
    graft_data_options data;
    graft_backbone_options backbone;
    graft_train_options train;
    cli_common common;
} lr_find_arguments;

#define ROW(member) .offset = offsetof(lr_find_arguments, member)
static const graft_option own_table[] = {
    CLI_ROW_BASE(base, CLI_BASE_FILES "; none with --arch. Without it graft-s, which comes with graft"),
    CLI_ROW_OUTPUT(output, "F.svg", "the curve of the loss as a picture"),
    CLI_ROW_JSON(json, CLI_JSON_RESULT),
    GRAFT_OPTION_END,
};
#undef ROW

bool cli_lr_find_options(cli_tables *tables) {
    lr_find_arguments *arguments = cli_tables_start(tables, sizeof *arguments);
    if (!arguments) return false;
    arguments->range = (graft_lr_options)GRAFT_LR_OPTIONS_INIT;
    arguments->data = (graft_data_options)GRAFT_DATA_OPTIONS_INIT;
    arguments->backbone = (graft_backbone_options)GRAFT_BACKBONE_OPTIONS_INIT;
    arguments->train = (graft_train_options)GRAFT_TRAIN_OPTIONS_INIT;
    cli_tables_add(tables, "Result", own_table, arguments);
    cli_tables_add(tables, "Range", graft_lr_option_table(), &arguments->range);
    cli_tables_add(tables, "Head", graft_train_option_table(), &arguments->train);
    cli_tables_add(tables, "Fine-tuning", graft_tune_option_table(), &arguments->train.tune);
    cli_tables_add(tables, "Data", graft_data_option_table(), &arguments->data);
    cli_tables_add(tables, "Network", graft_backbone_option_table(), &arguments->backbone);
    cli_tables_add(tables, "General", cli_common_table, &arguments->common);
    return true;
}

static void tell(const lr_find_arguments *arguments, const graft_lr_curve *curve) {
    double suggested = graft_lr_curve_suggested(curve), rate, loss;
    size_t count = graft_lr_curve_count(curve);
    if (!arguments->json) {
        if (isfinite(suggested))
            printf("rate      %.2g, where the loss falls fastest over %zu steps\n", suggested, count);
        else
            printf("rate      none: the loss never fell; look at the curve, or try a wider range\n");
        if (arguments->output) printf("curve     %s\n", arguments->output);
        return;
    }
    if (isfinite(suggested))
        printf("{\"suggested\":%.9g,\"points\":[", suggested);
    else
        printf("{\"suggested\":null,\"points\":[");
    for (size_t i = 0; i < count; i++) {
        graft_lr_curve_at(curve, i, &rate, &loss);
        printf("%s[%.9g,%.9g]", i ? "," : "", rate, loss);
    }
    printf("]}\n");
}

graft_status cli_lr_find_run(cli *self, void *opaque) {
    lr_find_arguments *arguments = opaque;
    graft_dataset *data = NULL;
    graft_backbone *backbone = NULL;
    graft_lr_curve *curve = NULL;
    graft_status status = GRAFT_OK;
    if (arguments->output) status = cli_output_possible(self, arguments->output);
    if (status == GRAFT_OK) status = cli_context_open(self, &arguments->common);
    if (status == GRAFT_OK) status = graft_dataset_open(&data, self->context, self->operand[0], &arguments->data);
    if (status == GRAFT_OK) status = cli_base_open(self, &backbone, arguments->base, &arguments->backbone);
    if (status == GRAFT_OK)
        status = graft_lr_find(&curve, self->context, data, backbone, &arguments->train, &arguments->range);
    if (status == GRAFT_OK && arguments->output) status = graft_lr_curve_write(curve, arguments->output);
    if (status == GRAFT_OK) tell(arguments, curve);
    graft_lr_curve_free(curve);
    graft_backbone_free(backbone);
    graft_dataset_free(data);
    return status;
}
