/* ONNX (github.com/onnx/onnx, docs/Operators.md), operator sets 1 to 18: a file's nodes one after the other, each by
 * its row of onnx-ops.def; what depends on constants alone is computed here and now. */
#include "base/buffer.h"
#include "base/context.h"
#include "import/onnx.h"

#include <string.h>

static const struct {
    const char *op;
    graft_onnx_fn function;
    graft_onnx_fold_fn fold;
} rows[] = {
#define ONNX_OP(name, function, fold) {#name, function, fold},
#include "import/onnx-ops.def"
#undef ONNX_OP
};
enum { ROW_COUNT = sizeof rows / sizeof rows[0], MIN_OPSET = 1, MAX_OPSET = 18 };

graft_status graft_onnx_no(graft_onnx_call *call) {
    (void)call;
    return graft_fail(GRAFT_E_DATA, "it depends on the network's input, expected constants alone");
}

graft_status graft_onnx_no_fold(graft_onnx_call *call, graft_tensor **out) {
    (void)call, (void)out;
    return graft_fail(GRAFT_E_DATA, "all its inputs are constants, expected the network's input among them");
}

static graft_status unknown_op(void) {
    enum { LIST_LIMIT = 4096 };
    graft_buffer list;
    graft_buffer_init(&list, LIST_LIMIT);
    for (size_t i = 0; i < ROW_COUNT; i++)
        graft_buffer_format(&list, "%s%s", i ? ", " : "", rows[i].op);
    graft_status status = graft_buffer_status(&list);
    if (status == GRAFT_OK)
        status = graft_fail(GRAFT_E_DATA, "this operator cannot be imported, expected one of %s", list.data);
    graft_buffer_clear(&list);
    return status;
}

static bool all_constant(const graft_onnx_call *call) {
    for (int i = 0; i < call->input_count; i++)
        if (graft_onnx_has(call, i) && !graft_onnx_is_constant(call, i)) return false;
    return true;
}

static graft_status run_row(graft_onnx_call *call) {
    size_t row = 0;
    while (row < ROW_COUNT && strcmp(rows[row].op, call->op) != 0)
        row++;
    if (row == ROW_COUNT) return unknown_op();
    if (!all_constant(call)) {
        GRAFT_TRY(rows[row].function(call));
    } else {
        graft_tensor *value = NULL;
        GRAFT_TRY(rows[row].fold(call, &value));
        graft_onnx_result_constant(call, value);
    }
    return graft_onnx_unread(call);
}

/* ---- one node ---- */

static graft_status resolve(graft_onnx_call *call, const graft_json *names) {
    call->input_count = (int)graft_json_count(names);
    call->inputs = graft_allocate((size_t)call->input_count, sizeof *call->inputs);
    if (!call->inputs) return graft_fail_memory("a node's inputs");
    for (int i = 0; i < call->input_count; i++) {
        const char *name = graft_json_text(graft_json_at(names, (size_t)i), "");
        size_t at = 0;
        call->inputs[i] = -1;
        if (name[0] == '\0') continue;
        if (!graft_strmap_get(call->onnx->names, name, &at))
            return graft_fail(GRAFT_E_DATA, "its input %d, '%s', cannot be had", i, name);
        call->inputs[i] = (int)at;
    }
    return GRAFT_OK;
}

/* Outputs but the first are left undefined: whoever reads one is told so. */
static graft_status run_node(graft_onnx_call *call, const graft_json *node) {
    const graft_json *outputs = graft_json_get(node, "outputs");
    const char *first = graft_json_text(graft_json_at(outputs, 0), "");
    const char *domain = graft_json_text(graft_json_get(node, "domain"), NULL);
    if (domain) return graft_fail(GRAFT_E_DATA, "an operator of %s, expected one of ONNX's own", domain);
    if (first[0] == '\0') return graft_fail(GRAFT_E_DATA, "its first output has no name");
    call->label = call->label[0] ? call->label : first;
    call->output = (graft_onnx_value){.node = -1, .entry = -1, .scale = 1, .label = call->label};
    GRAFT_TRY(resolve(call, graft_json_get(node, "inputs")));
    graft_status status = run_row(call);
    if (status == GRAFT_OK) status = graft_onnx_define(call->onnx, first, &call->output);
    if (status != GRAFT_OK) graft_tensor_free(call->output.constant);
    return status;
}

static graft_status run_nodes(graft_onnx *onnx, graft_context *context) {
    const graft_json *nodes = graft_json_get(onnx->config, "nodes");
    for (size_t i = 0; i < graft_json_count(nodes); i++) {
        const graft_json *node = graft_json_at(nodes, i);
        graft_onnx_call call = {.onnx = onnx,
                                .op = graft_json_text(graft_json_get(node, "op"), ""),
                                .label = graft_json_text(graft_json_get(node, "name"), ""),
                                .attributes = graft_json_get(node, "attributes")};
        GRAFT_TRY(graft_cancelled(context));
        graft_status status = run_node(&call, node);
        graft_release(call.inputs);
        if (status == GRAFT_E_DATA) return graft_fail_in(status, "node '%.200s' (%.100s)", call.label, call.op);
        GRAFT_TRY(status);
    }
    return GRAFT_OK;
}

/* ---- the whole ---- */

/* The output's node, or its constant. */
static graft_status finish(graft_onnx *onnx, graft_context *context, graft_onnx_result *out) {
    const graft_json *outputs = graft_json_get(onnx->config, "outputs");
    const char *name = graft_json_text(graft_json_get(graft_json_at(outputs, 0), "name"), "");
    size_t at = 0;
    if (!graft_strmap_get(onnx->names, name, &at))
        return graft_fail(GRAFT_E_DATA, "output '%s' is no first output of a node", name);
    graft_onnx_call call = {.onnx = onnx, .op = "output", .label = name, .inputs = (int[]){(int)at}, .input_count = 1};
    if (onnx->values[at].kind == GRAFT_ONNX_CONSTANT) {
        const graft_tensor *value = NULL;
        GRAFT_TRY(graft_onnx_value_read(onnx, &onnx->values[at], &value));
        return graft_tensor_copy(value, &out->constant);
    }
    int node = -1;
    GRAFT_TRY(graft_onnx_flow(&call, 0, &node));
    out->output_channels_last = onnx->values[at].channels_last;
    out->input = onnx->input;
    /* What nothing depends on, the parts of patterns among it, stays behind. */
    GRAFT_TRY(graft_graph_prefix(onnx->graph, &node, 1, &out->graph, NULL));
    if (graft_graph_input(out->graph) < 0)
        return graft_fail(GRAFT_E_DATA, "output '%s' does not depend on the network's input", name);
    return graft_onnx_load(onnx, context, out->graph);
}

static graft_status write_report(const graft_onnx *onnx, graft_load_report *report) {
    graft_buffer text;
    *report = (graft_load_report){0};
    graft_buffer_init(&text, 0);
    for (size_t i = 0; i < graft_container_count(onnx->container); i++) {
        const graft_entry *entry = graft_container_entry(onnx->container, i);
        char shape[GRAFT_SHAPE_TEXT];
        if (onnx->used[i]) {
            report->matched++;
            continue;
        }
        report->skipped++;
        graft_buffer_format(&text, "skipped %s: %s %s, no node takes it\n", entry->name, graft_dtype_name(entry->dtype),
                            graft_shape_text(&entry->shape, shape));
    }
    graft_status status = graft_buffer_status(&text);
    if (status == GRAFT_OK) {
        report->text = graft_text_copy(text.data ? text.data : "");
        if (!report->text) status = graft_fail_memory("a load report");
    }
    graft_buffer_clear(&text);
    return status;
}

static graft_status prepare(graft_onnx *onnx, graft_container *container) {
    onnx->container = container;
    onnx->config = graft_container_config(container);
    onnx->batch = 1;
    onnx->opset = graft_json_int(graft_json_get(onnx->config, "opset"), 0);
    if (onnx->opset < MIN_OPSET || onnx->opset > MAX_OPSET)
        return graft_fail(GRAFT_E_DATA,
                          "version %lld of ONNX's operators, expected %d to %d (export with another opset_version)",
                          (long long)onnx->opset, MIN_OPSET, MAX_OPSET);
    size_t outputs = graft_json_count(graft_json_get(onnx->config, "outputs"));
    if (outputs != 1) return graft_fail(GRAFT_E_DATA, "%zu outputs, expected one", outputs);
    onnx->used = graft_allocate_zero(graft_container_count(container), sizeof *onnx->used);
    if (!onnx->used) return graft_fail_memory("a list of weights");
    GRAFT_TRY(graft_strmap_new(&onnx->names));
    const char *name = graft_json_text(graft_json_get(onnx->config, "name"), "");
    return graft_graph_new(name[0] ? name : "onnx", &onnx->graph);
}

static void clear(graft_onnx *onnx) {
    for (size_t i = 0; i < onnx->value_count; i++)
        graft_tensor_free(onnx->values[i].constant);
    graft_release(onnx->values);
    graft_release(onnx->bindings);
    graft_release(onnx->used);
    graft_strmap_free(onnx->names);
    graft_graph_free(onnx->graph);
}

graft_status graft_onnx_build(graft_context *context, graft_container *container, const graft_onnx_given *given,
                              size_t given_count, graft_onnx_result *out, graft_load_report *report) {
    graft_onnx onnx = {0};
    *out = (graft_onnx_result){0};
    if (report) *report = (graft_load_report){0};
    graft_status status = prepare(&onnx, container);
    if (status == GRAFT_OK) status = graft_onnx_define_constants(&onnx, given, given_count);
    if (status == GRAFT_OK) status = graft_onnx_define_input(&onnx);
    if (status == GRAFT_OK) {
        size_t at = 0;
        out->input_channels_last =
            onnx.input && graft_strmap_get(onnx.names, onnx.input, &at) && onnx.values[at].channels_last;
        status = run_nodes(&onnx, context);
    }
    if (status == GRAFT_OK) status = finish(&onnx, context, out);
    if (status == GRAFT_OK && report) status = write_report(&onnx, report);
    clear(&onnx);
    if (status == GRAFT_OK) return status;
    graft_graph_free(out->graph);
    graft_tensor_free(out->constant);
    *out = (graft_onnx_result){0};
    return status == GRAFT_E_DATA ? graft_fail_in(status, "%s", graft_container_path(container)) : status;
}

graft_status graft_import_onnx(graft_context *context, graft_container *container, graft_graph **out,
                               graft_load_report *report) {
    graft_onnx_result result;
    GRAFT_TRY(graft_onnx_build(context, container, NULL, 0, &result, report));
    if (!result.graph) {
        graft_tensor_free(result.constant);
        if (report) graft_load_report_clear(report);
        return graft_fail(GRAFT_E_DATA, "%s: its output does not depend on an input", graft_container_path(container));
    }
    *out = result.graph;
    return GRAFT_OK;
}
