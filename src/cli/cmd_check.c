#include "cli.h"

typedef struct check_arguments {
    const char *base, *fix, *report, *apply, *output;
    graft_data_options data;
    graft_inspect_options inspect;
    graft_backbone_options backbone;
    cli_common common;
    bool json;
} check_arguments;

#define ROW(member) .offset = offsetof(check_arguments, member)
static const graft_option own_table[] = {
    CLI_ROW_BASE(base,
                 "pretrained network, as for train: also finds suspicious labels, pictures that are alike, bursts"),
    {.name = "fix",
     .type = GRAFT_OPTION_TEXT,
     ROW(fix),
     .unit = "FILE",
     .help = "write what was found as a fix list, a .csv whose actions can be edited"},
    {.name = "report",
     .type = GRAFT_OPTION_TEXT,
     ROW(report),
     .unit = "FILE.html",
     .help = "write what was found as a page with the pictures"},
    {.name = "apply",
     .type = GRAFT_OPTION_TEXT,
     ROW(apply),
     .unit = "FILE",
     .help = "apply a fix list: write the data as a manifest (-o), a .csv that graft reads with --label label"},
    CLI_ROW_OUTPUT(output, "FILE", "the manifest that --apply writes"),
    CLI_ROW_JSON(json, CLI_JSON_RESULT),
    GRAFT_OPTION_END,
};
#undef ROW

bool cli_check_options(cli_tables *tables) {
    check_arguments *arguments = cli_tables_start(tables, sizeof *arguments);
    if (!arguments) return false;
    arguments->data = (graft_data_options)GRAFT_DATA_OPTIONS_INIT;
    arguments->inspect = (graft_inspect_options)GRAFT_INSPECT_OPTIONS_INIT;
    arguments->backbone = (graft_backbone_options)GRAFT_BACKBONE_OPTIONS_INIT;
    cli_tables_add(tables, "Result", own_table, arguments);
    cli_tables_add(tables, "What is found", graft_inspect_option_table(), &arguments->inspect);
    cli_tables_add(tables, "Data", graft_data_option_table(), &arguments->data);
    cli_tables_add(tables, "Preprocessing", graft_backbone_option_table(), &arguments->backbone);
    cli_tables_add(tables, "General", cli_common_table, &arguments->common);
    return true;
}

static graft_status check_arguments_fit(cli *self, const check_arguments *arguments) {
    if (arguments->apply && !arguments->output)
        return cli_fail(self, GRAFT_E_USAGE,
                        "--apply FILE needs -o MANIFEST.csv: where the data without its faults goes");
    if (arguments->output && !arguments->apply)
        return cli_fail(self, GRAFT_E_USAGE, "--output goes with --apply: nothing else is written there (--fix FILE?)");
    if (arguments->apply && (arguments->fix || arguments->base || arguments->report || arguments->inspect.reviewed))
        return cli_fail(self, GRAFT_E_USAGE,
                        "--apply goes without --fix, --report, --base and --reviewed: it looks for nothing");
    graft_status status = arguments->fix ? cli_output_possible(self, arguments->fix) : GRAFT_OK;
    if (status == GRAFT_OK && arguments->report) status = cli_output_possible(self, arguments->report);
    return status == GRAFT_OK && arguments->output ? cli_output_possible(self, arguments->output) : status;
}

static graft_status apply(cli *self, const check_arguments *arguments, graft_dataset *data) {
    graft_fixes_result result = {.struct_size = sizeof result};
    graft_status status = graft_fixes_apply(self->context, data, arguments->apply, arguments->output, &result);
    if (status != GRAFT_OK) return status;
    if (!arguments->json) {
        printf("%s: %zu pictures; %zu dropped, %zu relabelled, %zu moved\n", arguments->output, result.kept,
               result.dropped, result.relabelled, result.moved);
        return GRAFT_OK;
    }
    printf("{\"manifest\":");
    cli_json_text(stdout, arguments->output);
    printf(",\"pictures\":%zu,\"dropped\":%zu,\"relabelled\":%zu,\"moved\":%zu}\n", result.kept, result.dropped,
           result.relabelled, result.moved);
    return GRAFT_OK;
}

static graft_status inspect(cli *self, const check_arguments *arguments, graft_dataset *data) {
    graft_backbone *backbone = NULL;
    graft_inspection *inspection = NULL;
    char *text = NULL;
    graft_status status = GRAFT_OK;
    if (arguments->base) status = graft_backbone_open(&backbone, self->context, arguments->base, &arguments->backbone);
    if (status == GRAFT_OK) status = graft_inspect(&inspection, self->context, data, backbone, &arguments->inspect);
    if (status == GRAFT_OK) status = graft_inspection_text(inspection, arguments->json, &text);
    if (status == GRAFT_OK) cli_print_owned(text);
    if (status == GRAFT_OK && arguments->fix) status = graft_inspection_write_fixes(inspection, arguments->fix);
    if (status == GRAFT_OK && arguments->report)
        status = graft_inspection_page(self->context, inspection, arguments->report);
    graft_inspection_free(inspection);
    graft_backbone_free(backbone);
    return status;
}

graft_status cli_check_run(cli *self, void *opaque) {
    check_arguments *arguments = opaque;
    graft_dataset *data = NULL;
    graft_status status = check_arguments_fit(self, arguments);
    if (status == GRAFT_OK) status = cli_context_open(self, &arguments->common);
    if (status == GRAFT_OK) status = graft_dataset_open(&data, self->context, self->operand[0], &arguments->data);
    if (status == GRAFT_OK) status = arguments->apply ? apply(self, arguments, data) : inspect(self, arguments, data);
    graft_dataset_free(data);
    return status;
}
