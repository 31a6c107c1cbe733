#include "cli.h"

#include <string.h>
#include <strings.h>

typedef struct crossval_arguments {
    const char *base, *report;
    bool json;
    graft_crossval_options crossval;
    graft_backbone_options backbone;
    cli_common common;
} crossval_arguments;

#define ROW(member) .offset = offsetof(crossval_arguments, member)
static const graft_option own_table[] = {
    CLI_ROW_BASE(base, "pretrained network whose features are used, as for extract; without it graft-s, which comes "
                       "with graft, or the numbers of a table; none: pictures' raw pixels"),
    CLI_ROW_REPORT(report, "also write a page with the figures of each fold (.html)"),
    CLI_ROW_JSON(json, CLI_JSON_RESULT),
    GRAFT_OPTION_END,
};
#undef ROW

bool cli_crossval_options(cli_tables *tables) {
    crossval_arguments *arguments = cli_tables_start(tables, sizeof *arguments);
    if (!arguments) return false;
    arguments->crossval = (graft_crossval_options)GRAFT_CROSSVAL_OPTIONS_INIT;
    arguments->backbone = (graft_backbone_options)GRAFT_BACKBONE_OPTIONS_INIT;
    cli_tables_add(tables, "Cross-validation", graft_crossval_option_table(), &arguments->crossval);
    cli_tables_add(tables, "Network and result", own_table, arguments);
    cli_tables_add(tables, "Preprocessing", graft_backbone_option_table(), &arguments->backbone);
    cli_tables_add(tables, "General", cli_common_table, &arguments->common);
    return true;
}

/* Numbers in rows: features, or pixels that are taken as they are. */
static bool is_table(const char *path) {
    static const char *const ends[] = {".npy", ".npz", ".csv"};
    const size_t length = strlen(path);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (length > 4 && strcasecmp(path + length - 4, ends[i]) == 0) return true;
    return false;
}

graft_status cli_crossval_run(cli *self, void *opaque) {
    crossval_arguments *arguments = opaque;
    graft_backbone *backbone = NULL;
    graft_crossval_result *result = NULL;
    char *text = NULL;
    graft_status status = cli_context_open(self, &arguments->common);
    arguments->crossval.image_size = arguments->backbone.image_size;
    if (status == GRAFT_OK && arguments->report) status = cli_output_possible(self, arguments->report);
    if (status == GRAFT_OK && (arguments->base || !is_table(self->operand[0])))
        status = cli_base_open_or_none(self, &backbone, arguments->base, &arguments->backbone);
    if (status == GRAFT_OK)
        status = graft_crossval(&result, self->context, self->operand[0], backbone, &arguments->crossval);
    if (status == GRAFT_OK)
        status = arguments->json ? graft_crossval_json(result, &text) : graft_crossval_text(result, &text);
    if (status == GRAFT_OK) cli_print_owned(text);
    if (status == GRAFT_OK && arguments->report)
        status = graft_crossval_page_write(result, self->operand[0], arguments->report);
    graft_crossval_free(result);
    graft_backbone_free(backbone);
    return status;
}
