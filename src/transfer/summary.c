/* graft summary: every layer with its shape, parameters and multiply-adds, as a table or as JSON. */
#include "transfer/model-internal.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/error.h"
#include "nn/op.h"
#include "zoo/arch.h"

#include <stdio.h>
#include <string.h>

static graft_json *shape_list(const graft_shape *shape) {
    graft_json *list = graft_json_new_array();
    for (int i = 0; i < shape->rank; i++)
        graft_json_add(list, graft_json_new_int(shape->dim[i]));
    return list;
}

static graft_json *layer_object(const graft_graph *graph, int index) {
    const graft_node *node = graft_graph_node(graph, index);
    graft_json *one = graft_json_new_object(), *inputs = graft_json_new_array();
    for (int i = 0; i < node->input_count; i++)
        graft_json_add(inputs, graft_json_new_text(graft_graph_node(graph, node->inputs[i])->name));
    graft_json_set_text(one, "name", node->name);
    graft_json_set_text(one, "op", node->op->name);
    graft_json_set(one, "output", shape_list(&node->output));
    graft_json_set_int(one, "parameters", graft_node_parameters(node));
    graft_json_set_int(one, "multiply_adds", graft_node_multiply_adds(graph, index));
    graft_json_set(one, "inputs", inputs);
    return one;
}

static graft_status as_json(const char *name, const graft_graph *graph, const graft_graph_totals *totals, char **out) {
    graft_json *object = graft_json_new_object(), *layers = graft_json_new_array();
    for (int i = 0; i < graft_graph_count(graph); i++)
        graft_json_add(layers, layer_object(graph, i));
    graft_json_set_text(object, "name", name);
    graft_json_set_int(object, "parameters", totals->parameters);
    graft_json_set_int(object, "trainable", totals->trainable);
    graft_json_set_int(object, "multiply_adds", totals->multiply_adds);
    graft_json_set_int(object, "activations", totals->activations);
    graft_json_set(object, "input", shape_list(&graft_graph_node(graph, graft_graph_input(graph))->output));
    graft_json_set(object, "layers", layers);
    graft_status status = graft_json_dump(object, 0, out, NULL);
    graft_json_free(object);
    return status;
}

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

static graft_status as_table(const char *name, const graft_graph *graph, const graft_graph_totals *totals, char **out) {
    graft_buffer table;
    char number[32], trainable[32];
    int width = 5;
    for (int i = 0; i < graft_graph_count(graph); i++) {
        int length = (int)strlen(graft_graph_node(graph, i)->name);
        if (length > width && length <= 60) width = length;
    }
    graft_buffer_init(&table, 0);
    graft_buffer_format(&table, "%s\n\n%-*s  %-14s  %-14s  %12s  %14s\n", name, width, "layer", "op", "output",
                        "parameters", "multiply-adds");
    for (int i = 0; i < graft_graph_count(graph); i++)
        add_row(&table, width, graph, i);
    graft_buffer_format(&table, "\nparameters     %s (%.1f MiB), %s trainable\n", grouped(totals->parameters, number),
                        (double)totals->parameters * 4 / 1048576, grouped(totals->trainable, trainable));
    graft_buffer_format(&table, "multiply-adds  %s a picture\n", grouped(totals->multiply_adds, number));
    graft_buffer_format(&table, "activations    %.1f MiB a picture\n", (double)totals->activations * 4 / 1048576);
    graft_status status = graft_buffer_take(&table, out, NULL);
    graft_buffer_clear(&table);
    return status;
}

/* A file's network, and the name it is known by. */
static graft_status read_network(graft_context *context, const char *path, graft_graph **graph, char **name) {
    graft_container *file = NULL;
    graft_model *model = NULL;
    graft_weights_origin origin;
    char *report = NULL;
    graft_status status;
    GRAFT_TRY_TO(done, status, graft_container_open(context, path, &file));
    if (graft_model_is_graft(file)) {
        GRAFT_TRY_TO(done, status, graft_model_read(context, file, &model));
        *graph = model->graph;
        model->graph = NULL;
    } else {
        GRAFT_TRY_TO(done, status, graft_network_import(context, file, NULL, true, graph, &origin, &report));
    }
    *name = graft_text_copy(model ? model->name : graft_graph_name(*graph));
    if (!*name) status = graft_fail_memory("a network's name");
done:
    graft_model_free(model);
    graft_release(report);
    graft_container_free(file);
    return status;
}

graft_status graft_summary(graft_context *context, const char *path, bool json, char **out) {
    graft_graph *graph = NULL;
    char *name = NULL;
    graft_graph_totals totals;
    graft_status status;
    *out = NULL;
    if (graft_arch_is(path))
        GRAFT_TRY_TO(done, status, graft_arch_build(path, NULL, &graph));
    else
        GRAFT_TRY_TO(done, status, read_network(context, path, &graph, &name));
    graft_graph_totals_of(graph, &totals);
    const char *title = name ? name : graft_graph_name(graph);
    status = json ? as_json(title, graph, &totals, out) : as_table(title, graph, &totals, out);
done:
    graft_graph_free(graph);
    graft_release(name);
    return status;
}
