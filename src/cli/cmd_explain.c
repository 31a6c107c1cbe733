#include "cli.h"

#include <string.h>

typedef struct explain_arguments {
    const char *output, *classes;
    bool json;
    graft_explain_options explain;
    graft_backbone_options backbone;
    cli_common common;
} explain_arguments;

#define ROW(member) .offset = offsetof(explain_arguments, member)
static const graft_option own_table[] = {
    CLI_ROW_OUTPUT(output, "FILE.png", "the picture as the network sees it, under its map"),
    CLI_ROW_JSON(json, "the explanation with its map as one JSON object"),
    CLI_ROW_FOREIGN_CLASSES(classes),
    GRAFT_OPTION_END,
};
#undef ROW

bool cli_explain_options(cli_tables *tables) {
    explain_arguments *arguments = cli_tables_start(tables, sizeof *arguments);
    if (!arguments) return false;
    arguments->explain = (graft_explain_options)GRAFT_EXPLAIN_OPTIONS_INIT;
    arguments->backbone = (graft_backbone_options)GRAFT_BACKBONE_OPTIONS_INIT;
    cli_tables_add(tables, "Explanation", graft_explain_option_table(), &arguments->explain);
    cli_tables_add(tables, "Result", own_table, arguments);
    cli_tables_add(tables, "Foreign models", graft_backbone_option_table(), &arguments->backbone);
    cli_tables_add(tables, "General", cli_common_table, &arguments->common);
    return true;
}

static graft_status check_output(cli *self, const char *output) {
    const char *dot = output ? strrchr(output, '.') : NULL;
    if (!output) return GRAFT_OK;
    if (!dot || strcmp(dot, ".png") != 0)
        return cli_fail(self, GRAFT_E_USAGE, "--output %s: expected a name that ends in .png", output);
    return cli_output_possible(self, output);
}

static void tell(const graft_explanation *found, const char *output) {
    printf("%s: %s, %.4f\n", found->path, found->label, (double)found->probability);
    if (found->reason) printf("not Grad-CAM: %s\n", found->reason);
    if (found->peak <= 0 && found->layer)
        printf("Grad-CAM at layer %s: nothing there speaks for it, the map is empty\n", found->layer);
    else if (found->peak <= 0)
        printf("occlusion: no part is needed for it, the map is empty\n");
    else if (found->layer)
        printf("Grad-CAM at layer %s, %zux%zu cells: most of it comes from %.0f %% down, %.0f %% across\n",
               found->layer, found->rows, found->columns, 100 * found->peak_row, 100 * found->peak_column);
    else
        printf("occlusion, %zux%zu squares: covering %.0f %% down, %.0f %% across costs most, %.4f\n", found->rows,
               found->columns, 100 * found->peak_row, 100 * found->peak_column, found->peak);
    if (output) printf("map       %s\n", output);
}

graft_status cli_explain_run(cli *self, void *opaque) {
    explain_arguments *arguments = opaque;
    graft_model *model = NULL;
    graft_explanation *found = NULL;
    char *text = NULL;
    if (!arguments->output && !arguments->json)
        return cli_fail(self, GRAFT_E_USAGE, "-o FILE.png is needed: where the map goes (or --json)");
    graft_status status = check_output(self, arguments->output);
    if (status == GRAFT_OK) status = cli_context_open(self, &arguments->common);
    if (status == GRAFT_OK)
        status = graft_model_open(&model, self->context, self->operand[0], &arguments->backbone, arguments->classes);
    if (status == GRAFT_OK) status = graft_explain(&found, self->context, model, self->operand[1], &arguments->explain);
    if (status == GRAFT_OK && arguments->output) status = graft_explanation_write(found, model, arguments->output);
    if (status == GRAFT_OK && arguments->json) status = graft_explanation_json(found, &text);
    if (status == GRAFT_OK && arguments->json)
        cli_print_owned(text);
    else if (status == GRAFT_OK)
        tell(found, arguments->output);
    graft_explanation_free(found);
    graft_model_free(model);
    return status;
}
