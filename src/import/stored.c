/* Networks as graft writes them into containers that hold only tensors: the metadata's "graft_graph" is the structure
 * (nn/graph.h), and node "Conv1"'s parameters are tensors called "Conv1/kernel". */
#include "base/alloc.h"
#include "base/buffer.h"
#include "base/context.h"
#include "base/error.h"
#include "import/import.h"
#include "nn/op.h"

#include <string.h>

bool graft_import_is_stored(const graft_container *container) {
    return graft_json_type_of(graft_json_get(graft_container_metadata(container), GRAFT_STORED_GRAPH)) ==
           GRAFT_JSON_TEXT;
}

static graft_status read_graph(const graft_container *container, graft_graph **out) {
    const char *text = graft_json_text(graft_json_get(graft_container_metadata(container), GRAFT_STORED_GRAPH), "");
    graft_json *json = NULL;
    GRAFT_TRY(graft_json_parse(text, strlen(text), GRAFT_STORED_GRAPH, &json));
    graft_status status = graft_graph_from_json(json, out);
    graft_json_free(json);
    return status;
}

static graft_status read_parameter(graft_container *container, graft_node *node, const graft_param *param) {
    char *name = graft_text_format("%s/%s", node->name, param->name);
    if (!name) return graft_fail_memory("a tensor's name");
    int64_t index = graft_container_find(container, name);
    graft_status status = GRAFT_OK;
    graft_tensor *value = NULL;
    if (index < 0) {
        char text[GRAFT_SHAPE_TEXT];
        status = graft_fail(GRAFT_E_DATA, "%s is missing, expected %s", name, graft_shape_text(&param->shape, text));
    }
    graft_release(name);
    if (status == GRAFT_OK) status = graft_container_read(container, (size_t)index, &value);
    return status == GRAFT_OK ? graft_node_set_param(node, param->name, value) : status;
}

static graft_status read_parameters(graft_context *context, graft_container *container, graft_graph *graph,
                                    graft_load_report *report) {
    for (int i = 0; i < graft_graph_count(graph); i++) {
        graft_node *node = graft_graph_node(graph, i);
        GRAFT_TRY(graft_cancelled(context));
        for (int j = 0; j < node->param_count; j++, report->matched++)
            GRAFT_TRY(read_parameter(container, node, &node->params[j]));
    }
    return GRAFT_OK;
}

/* A tensor that no layer takes: its name is not LAYER/parameter of a layer that there is. */
static bool is_wanted(const graft_graph *graph, const char *name) {
    const char *slash = strrchr(name, '/');
    char *layer = slash ? graft_text_copy_n(name, (size_t)(slash - name)) : NULL;
    int index = layer ? graft_graph_find(graph, layer) : -1;
    graft_release(layer);
    return index >= 0 && graft_node_param(graft_graph_node(graph, index), slash + 1);
}

static graft_status list_skipped(const graft_container *container, const graft_graph *graph,
                                 graft_load_report *report) {
    graft_buffer text;
    graft_buffer_init(&text, 0);
    for (size_t i = 0; i < graft_container_count(container); i++) {
        const char *name = graft_container_entry(container, i)->name;
        if (is_wanted(graph, name)) continue;
        report->skipped++;
        graft_buffer_format(&text, "skipped %s: no layer takes it\n", name);
    }
    graft_status status = graft_buffer_status(&text);
    report->text = status == GRAFT_OK ? graft_text_copy(text.data ? text.data : "") : NULL;
    graft_buffer_clear(&text);
    return status != GRAFT_OK || report->text ? status : graft_fail_memory("a load report");
}

graft_status graft_import_stored(graft_context *context, graft_container *container, graft_graph **out,
                                 graft_load_report *report) {
    graft_graph *graph = NULL;
    graft_load_report made = {0};
    *out = NULL;
    graft_status status = read_graph(container, &graph);
    if (status == GRAFT_OK) status = read_parameters(context, container, graph, &made);
    if (status == GRAFT_OK) status = list_skipped(container, graph, &made);
    if (status == GRAFT_OK) {
        *out = graph;
        graph = NULL;
    }
    graft_graph_free(graph);
    if (report)
        *report = made;
    else
        graft_load_report_clear(&made);
    return status == GRAFT_E_DATA ? graft_fail_in(status, "%s", graft_container_path(container)) : status;
}
