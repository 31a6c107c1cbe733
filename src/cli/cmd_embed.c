#include "cli.h"

#include <string.h>

typedef struct embed_arguments {
    const char *base, *output;
    graft_embed_options embed;
    graft_data_options data;
    graft_backbone_options backbone;
    cli_common common;
} embed_arguments;

#define ROW(member) .offset = offsetof(embed_arguments, member)
static const graft_option own_table[] = {
    CLI_ROW_BASE(base, "pretrained network, a name of graft models or a file, as for extract; without it graft-s, "
                       "which comes with graft"),
    CLI_ROW_OUTPUT(output, "FILE",
                   "what its name ends with: .html, a page whose points show their pictures; .tsv, a table; .json"),
    CLI_ROW_LABEL(data.label),
    GRAFT_OPTION_END,
};
#undef ROW

bool cli_embed_options(cli_tables *tables) {
    embed_arguments *arguments = cli_tables_start(tables, sizeof *arguments);
    if (!arguments) return false;
    arguments->embed = (graft_embed_options)GRAFT_EMBED_OPTIONS_INIT;
    arguments->data = (graft_data_options)GRAFT_DATA_OPTIONS_INIT;
    arguments->data.allow_one_class = true;
    arguments->backbone = (graft_backbone_options)GRAFT_BACKBONE_OPTIONS_INIT;
    cli_tables_add(tables, "Features", graft_embed_option_table(), &arguments->embed);
    cli_tables_add(tables, "Network and result", own_table, arguments);
    cli_tables_add(tables, "Preprocessing", graft_backbone_option_table(), &arguments->backbone);
    cli_tables_add(tables, "General", cli_common_table, &arguments->common);
    return true;
}

typedef enum format { HTML, TSV, JSON, FORMATS } format;

static graft_status format_of(cli *self, const char *output, format *out) {
    static const char *const ends[FORMATS] = {".html", ".tsv", ".json"};
    const char *dot = strrchr(output, '.');
    for (int i = 0; dot && i < FORMATS; i++) {
        if (strcmp(dot, ends[i]) != 0) continue;
        *out = (format)i;
        return cli_output_possible(self, output);
    }
    return cli_fail(self, GRAFT_E_USAGE, "--output %s: expected a name that ends in .html, .tsv or .json", output);
}

static graft_status write_map(cli *self, const graft_embedding *map, const char *output, format form) {
    char *text = NULL;
    if (form == HTML) return graft_embedding_page(self->context, map, output);
    graft_status status = form == TSV ? graft_embedding_tsv(map, &text) : graft_embedding_json(map, &text);
    if (status == GRAFT_OK) status = cli_write_text(self, output, text, "");
    graft_text_free(text);
    return status;
}

graft_status cli_embed_run(cli *self, void *opaque) {
    embed_arguments *arguments = opaque;
    graft_dataset *data = NULL;
    graft_backbone *backbone = NULL;
    graft_embedding *map = NULL;
    format form = HTML;
    if (!arguments->output) return cli_fail(self, GRAFT_E_USAGE, "-o FILE.html is needed: where the map goes");
    graft_status status = format_of(self, arguments->output, &form);
    if (status == GRAFT_OK) status = cli_context_open(self, &arguments->common);
    if (status == GRAFT_OK) status = graft_dataset_open(&data, self->context, self->operand[0], &arguments->data);
    if (status == GRAFT_OK) status = cli_base_open(self, &backbone, arguments->base, &arguments->backbone);
    if (status == GRAFT_OK) status = graft_embed(&map, self->context, data, backbone, &arguments->embed);
    if (status == GRAFT_OK) status = write_map(self, map, arguments->output, form);
    if (status == GRAFT_OK)
        printf("%s: %zu pictures by %s; the two components hold %.1f %% and %.1f %% of what differs\n",
               arguments->output, map->n, map->features, 100 * map->share[0], 100 * map->share[1]);
    graft_embedding_free(map);
    graft_backbone_free(backbone);
    graft_dataset_free(data);
    return status;
}
