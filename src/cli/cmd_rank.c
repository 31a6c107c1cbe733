#include "cli.h"

#include <stdlib.h>
#include <string.h>

typedef struct rank_arguments {
    const char *bases[GRAFT_RANK_BASES_MAX + 1];
    const char *list; /* of --bases */
    const char *report;
    bool json;
    graft_rank_options rank;
    graft_data_options data;
    graft_backbone_options backbone;
    cli_common common;
} rank_arguments;

#define ROW(member) .offset = offsetof(rank_arguments, member)
static const graft_option own_table[] = {
    {.name = "base",
     .letter = 'b',
     .type = GRAFT_OPTION_TEXTS,
     ROW(bases),
     .count = GRAFT_RANK_BASES_MAX,
     .unit = "FILE|NAME",
     .help = "a pretrained network, again and again; FILE@SCALING (such as net.h5@01) is its own --preprocess; "
             "without it graft-s, which comes with graft: its layers are ranked"},
    {.name = "bases", .type = GRAFT_OPTION_TEXT, ROW(list), .unit = "B1,B2,...", .help = "the same, in one list"},
    CLI_ROW_REPORT(report, "also write a page with the ranking and its intervals (.html)"),
    CLI_ROW_JSON(json, CLI_JSON_RESULT),
    GRAFT_OPTION_END,
};
#undef ROW

bool cli_rank_options(cli_tables *tables) {
    rank_arguments *arguments = cli_tables_start(tables, sizeof *arguments);
    if (!arguments) return false;
    arguments->rank = (graft_rank_options)GRAFT_RANK_OPTIONS_INIT;
    arguments->data = (graft_data_options)GRAFT_DATA_OPTIONS_INIT;
    arguments->backbone = (graft_backbone_options)GRAFT_BACKBONE_OPTIONS_INIT;
    cli_tables_add(tables, "Networks and result", own_table, arguments);
    cli_tables_add(tables, "Ranking", graft_rank_option_table(), &arguments->rank);
    cli_tables_add(tables, "Data", graft_data_option_table(), &arguments->data);
    cli_tables_add(tables, "Preprocessing", graft_backbone_option_table(), &arguments->backbone);
    cli_tables_add(tables, "General", cli_common_table, &arguments->common);
    return true;
}

/* "net.h5@01": the network of the file with that scaling, unless a file or a model is called so. */
static graft_status open_base(cli *self, const rank_arguments *arguments, const char *text, graft_backbone **out) {
    const graft_option *row = graft_option_find(graft_backbone_option_table(), "preprocess");
    graft_backbone_options options = arguments->backbone;
    const char *at = strrchr(text, '@');
    if (!at || graft_option_set(row, &options, at + 1) != GRAFT_OK)
        return graft_backbone_open(out, self->context, text, &arguments->backbone);
    char *path = strdup(text);
    if (!path) return cli_fail(self, GRAFT_E_MEMORY, "out of memory");
    path[at - text] = '\0';
    graft_status status = graft_backbone_open(out, self->context, path, &options);
    free(path);
    return status;
}

static graft_status rank(cli *self, rank_arguments *arguments, graft_backbone **backbones, graft_dataset *data) {
    graft_rank_result *result = NULL;
    char *text = NULL;
    size_t count = 0;
    if (!arguments->bases[0]) {
        graft_status status = cli_base_open(self, &backbones[0], NULL, &arguments->backbone);
        if (status != GRAFT_OK) return status;
        arguments->bases[count++] = GRAFT_DEFAULT_BACKBONE;
    }
    for (; arguments->bases[count]; count++) {
        graft_status status = open_base(self, arguments, arguments->bases[count], &backbones[count]);
        if (status != GRAFT_OK) return status;
        if (*graft_backbone_load_report(backbones[count]))
            cli_warn(self, "%s: %s", arguments->bases[count], graft_backbone_load_report(backbones[count]));
    }
    graft_status status = graft_rank(&result, self->context, data, (const graft_backbone *const *)backbones,
                                     arguments->bases, count, &arguments->rank);
    if (status == GRAFT_OK) status = arguments->json ? graft_rank_json(result, &text) : graft_rank_text(result, &text);
    if (status == GRAFT_OK) cli_print_owned(text);
    if (status == GRAFT_OK && arguments->report)
        status = graft_rank_page_write(result, self->operand[0], arguments->report);
    graft_rank_free(result);
    return status;
}

/* The networks of --bases join those of --base; *text is what they point into, released by the caller. */
static graft_status add_list(cli *self, rank_arguments *arguments, char **text) {
    size_t count = 0;
    *text = arguments->list ? strdup(arguments->list) : NULL;
    if (!arguments->list) return GRAFT_OK;
    if (!*text) return cli_fail(self, GRAFT_E_MEMORY, "out of memory");
    while (arguments->bases[count])
        count++;
    char *rest = *text;
    for (char *name = strsep(&rest, ","); name; name = strsep(&rest, ",")) {
        if (!*name)
            return cli_fail(self, GRAFT_E_USAGE, "--bases: received \"%s\", expected B1,B2,...", arguments->list);
        if (count == GRAFT_RANK_BASES_MAX)
            return cli_fail(self, GRAFT_E_USAGE, "--bases: more than %d networks", (int)GRAFT_RANK_BASES_MAX);
        arguments->bases[count++] = name;
    }
    return GRAFT_OK;
}

graft_status cli_rank_run(cli *self, void *opaque) {
    rank_arguments *arguments = opaque;
    graft_backbone *backbones[GRAFT_RANK_BASES_MAX] = {NULL};
    graft_dataset *data = NULL;
    char *names = NULL;
    graft_status status = add_list(self, arguments, &names);
    if (status == GRAFT_OK) status = cli_context_open(self, &arguments->common);
    if (status == GRAFT_OK && arguments->report) status = cli_output_possible(self, arguments->report);
    if (status == GRAFT_OK) status = graft_dataset_open(&data, self->context, self->operand[0], &arguments->data);
    if (status == GRAFT_OK) status = rank(self, arguments, backbones, data);
    for (size_t i = 0; i < GRAFT_RANK_BASES_MAX; i++)
        graft_backbone_free(backbones[i]);
    graft_dataset_free(data);
    free(names);
    return status;
}
