/* graft summary: every layer with its shape, parameters and multiply-adds, as a table or as JSON. */
#include "transfer/describe.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/error.h"
#include "nn/op.h"
#include "transfer/precision.h"

#include <stdio.h>
#include <string.h>

/* 3538984 -> "3,538,984" */
static const char *grouped(int64_t value, char out[32]) {
    char digits[24];
    int length = snprintf(digits, sizeof(digits), "%lld", (long long)value), at = 0;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0) out[at++] = ',';
        out[at++] = digits[i];
    }
    out[at] = '\0';
    return out;
}

static void add_row(graft_buffer *table, int width, const graft_graph *graph, int index) {
    const graft_node *node = graft_graph_node(graph, index);
    char shape[GRAFT_SHAPE_TEXT], parameters[32], work[32];
    graft_buffer_format(table, "%-*s  %-14s  %-14s  %12s  %14s", width, node->name, node->op->name,
                        graft_shape_text(&node->output, shape), grouped(graft_node_parameters(node), parameters),
                        grouped(graft_node_multiply_adds(graph, index), work));
    bool follows = node->input_count == 1 && node->inputs[0] == index - 1;
    for (int i = 0; i < node->input_count && !follows; i++)
        graft_buffer_format(table, "%s%s", i == 0 ? "  <- " : ", ", graft_graph_node(graph, node->inputs[i])->name);
    graft_buffer_text(table, "\n");
}

static void add_precision(graft_buffer *table, const graft_description *description) {
    graft_precision_result precision;
    graft_description_precision(description, &precision);
    if (precision.precision != GRAFT_PRECISION_INT8) return;
    char *text = graft_precision_text(&precision);
    if (text) graft_buffer_format(table, "precision      %s\n", text);
    graft_release(text);
}

static graft_status as_table(const graft_description *description, const graft_graph_totals *totals, char **out) {
    const graft_graph *graph = description->graph;
    graft_buffer table;
    char number[32], trainable[32];
    int width = 5;
    for (int i = 0; i < graft_graph_count(graph); i++) {
        int length = (int)strlen(graft_graph_node(graph, i)->name);
        if (length > width && length <= 60) width = length;
    }
    graft_buffer_init(&table, 0);
    graft_buffer_format(&table, "%s\n\n%-*s  %-14s  %-14s  %12s  %14s\n", description->name, width, "layer", "op",
                        "output", "parameters", "multiply-adds");
    for (int i = 0; i < graft_graph_count(graph); i++)
        add_row(&table, width, graph, i);
    graft_buffer_format(&table, "\nparameters     %s (%.1f MiB), %s trainable\n", grouped(totals->parameters, number),
                        (double)totals->parameters * 4 / 1048576, grouped(totals->trainable, trainable));
    graft_buffer_format(&table, "multiply-adds  %s a picture\n", grouped(totals->multiply_adds, number));
    graft_buffer_format(&table, "activations    %.1f MiB a picture\n", (double)totals->activations * 4 / 1048576);
    add_precision(&table, description);
    graft_status status = graft_buffer_take(&table, out, NULL);
    graft_buffer_clear(&table);
    return status;
}

static graft_status as_json(const graft_description *description, char **out) {
    graft_json *json;
    GRAFT_TRY(graft_description_json(description, &json));
    graft_status status = graft_json_dump(json, 0, out, NULL);
    graft_json_free(json);
    return status;
}

static const graft_option table[] = {
    {.name = "arch",
     .type = GRAFT_OPTION_TEXT,
     .offset = offsetof(graft_summary_options, arch),
     .unit = "NAME",
     .help = "network of a file that holds weights alone (found out when not given)"},
    {.name = "json",
     .type = GRAFT_OPTION_FLAG,
     .offset = offsetof(graft_summary_options, json),
     .help = "the result as one JSON object"},
    GRAFT_OPTION_END,
};

const graft_option *graft_summary_option_table(void) {
    return table;
}

graft_status graft_summary(graft_context *context, const char *path, const graft_summary_options *options, char **out) {
    const bool json = options && options->json;
    graft_description description;
    graft_graph_totals totals;
    *out = NULL;
    GRAFT_TRY(graft_description_open(context, path, options ? options->arch : NULL, &description));
    graft_graph_totals_of(description.graph, &totals);
    graft_status status = json ? as_json(&description, out) : as_table(&description, &totals, out);
    graft_description_clear(&description);
    return status;
}
