/* A state_dict of PyTorch as safetensors. The architectures' *.torch tables have PyTorch's module names already; other
 * layers are called as they are, '.' for '/'. */
#include "export/export-common.h"

#include "base/alloc.h"
#include "base/error.h"
#include "nn/op.h"

#include <string.h>

/* PyTorch's name for a parameter of an op that has one there. */
static const char *torch_name(const char *param) {
    static const char *const names[][2] = {{"kernel", "weight"}, {"gamma", "weight"},      {"beta", "bias"},
                                           {"bias", "bias"},     {"mean", "running_mean"}, {"variance", "running_var"},
                                           {"scale", "weight"},  {"shift", "bias"}};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (strcmp(names[i][0], param) == 0) return names[i][1];
    return param;
}

/* "conv/linear" is the layer "conv" whose activation PyTorch keeps apart. */
static char *module_name(const char *layer) {
    static const char inner[] = "/linear";
    const size_t length = strlen(layer), tail = sizeof inner - 1;
    const bool cut = length > tail && strcmp(layer + length - tail, inner) == 0;
    char *name = graft_text_copy_n(layer, cut ? length - tail : length);
    for (char *c = name; c && *c; c++)
        if (*c == '/') *c = '.';
    return name;
}

/* The map whose elements, counted with channels last, a layer takes; NULL: none, or nothing to change. Layers in
 * between leave the order alone. */
static const graft_shape *flattened_map(const graft_graph *graph, const graft_node *taker) {
    static const char *const keeps[] = {"dropout", "activation", "batchnorm", "scale_shift", "layernorm", "softmax"};
    int at = taker->inputs[0];
    for (;;) {
        const graft_node *node = graft_graph_node(graph, at);
        bool passes = false;
        for (size_t i = 0; i < sizeof(keeps) / sizeof(*keeps); i++)
            passes = passes || strcmp(node->op->name, keeps[i]) == 0;
        if (strcmp(node->op->name, "flatten") == 0) {
            const graft_flatten_attributes *a = node->attributes;
            const graft_shape *map = &graft_graph_node(graph, node->inputs[0])->output;
            bool alike = map->rank != 3 || map->dim[0] == 1 || (map->dim[1] == 1 && map->dim[2] == 1);
            return a->order == 1 && !alike ? map : NULL;
        }
        if (!passes) return NULL;
        at = node->inputs[0];
    }
}

/* Rows of H,W,C to rows of C,H,W: PyTorch flattens with channels first. */
static graft_status reorder_columns(const graft_param *param, const graft_shape *map, graft_tensor **out) {
    static const int axes[] = {0, 3, 1, 2};
    const int64_t rows = param->shape.rank == 2 ? param->shape.dim[0] : 1;
    const graft_shape open = GRAFT_SHAPE(rows, map->dim[1], map->dim[2], map->dim[0]);
    graft_tensor *view = NULL;
    GRAFT_TRY(graft_tensor_borrow(GRAFT_F32, &open, param->value->data, &view));
    graft_status status = graft_tensor_permute(view, axes, out);
    graft_tensor_free(view);
    return status == GRAFT_OK ? graft_tensor_reshape(*out, &param->shape) : status;
}

/* O,I,H,W -> I,O,H,W, as PyTorch keeps the kernel of a transposed convolution (groups: I, O/groups). */
static graft_status transposed_kernel(const graft_node *node, const graft_param *kernel, graft_tensor **out) {
    static const int axes[] = {0, 2, 1, 3, 4};
    const int64_t groups = ((const graft_conv2d_transpose_attributes *)node->attributes)->groups;
    const int64_t *d = kernel->shape.dim;
    const graft_shape open = GRAFT_SHAPE(groups, d[0] / groups, d[1], d[2], d[3]);
    const graft_shape stored = GRAFT_SHAPE(groups * d[1], d[0] / groups, d[2], d[3]);
    graft_tensor *view = NULL;
    GRAFT_TRY(graft_tensor_borrow(GRAFT_F32, &open, kernel->value->data, &view));
    graft_status status = graft_tensor_permute(view, axes, out);
    graft_tensor_free(view);
    return status == GRAFT_OK ? graft_tensor_reshape(*out, &stored) : status;
}

/* *out NULL: the value as it is. */
static graft_status convert(const graft_graph *graph, const graft_node *node, const graft_param *param,
                            graft_tensor **out) {
    const bool kernel = strcmp(param->name, "kernel") == 0, dense = strcmp(node->op->name, "dense") == 0;
    *out = NULL;
    if (kernel && strcmp(node->op->name, "conv2d_transpose") == 0) return transposed_kernel(node, param, out);
    /* A dense layer's columns, and what others keep for each number of a vector. */
    const graft_shape *map = node->output.rank == 1 && kernel == dense ? flattened_map(graph, node) : NULL;
    return map ? reorder_columns(param, map, out) : GRAFT_OK;
}

static graft_status add_parameter(const graft_graph *graph, const graft_node *node, const graft_param *param,
                                  const char *module, graft_tensor_list *list) {
    graft_tensor *turned = NULL;
    graft_status status = convert(graph, node, param, &turned);
    char *name = graft_text_format("%s.%s", module, torch_name(param->name));
    if (status == GRAFT_OK && !name) status = graft_fail_memory("a tensor's name");
    if (status != GRAFT_OK)
        graft_tensor_free(turned);
    else if (turned)
        status = graft_tensor_list_take(list, "", name, turned);
    else
        status = graft_tensor_list_add(list, "", name, GRAFT_F32, param->shape, param->value->data);
    graft_release(name);
    return status;
}

static graft_status add_node(const graft_graph *graph, const graft_node *node, graft_tensor_list *list) {
    if (node->param_count == 0) return GRAFT_OK;
    char *module = module_name(node->name);
    if (!module) return graft_fail_memory("a module's name");
    graft_status status = GRAFT_OK;
    for (int i = 0; i < node->param_count && status == GRAFT_OK; i++)
        status = add_parameter(graph, node, &node->params[i], module, list);
    if (status == GRAFT_OK && strcmp(node->op->name, "batchnorm") == 0) {
        const graft_shape scalar = {0};
        graft_tensor *batches = NULL;
        char *name = graft_text_format("%s.num_batches_tracked", module);
        status = name ? graft_tensor_new(GRAFT_I64, &scalar, &batches) : graft_fail_memory("a tensor's name");
        if (status == GRAFT_OK) status = graft_tensor_list_take(list, "", name, batches);
        graft_release(name);
    }
    graft_release(module);
    return status;
}

static graft_status write_file(graft_context *context, const graft_export_source *source,
                               const graft_convert_options *options, const char *path, graft_convert_report *report) {
    graft_tensor_list list = {0};
    graft_json *metadata = NULL;
    (void)context;
    (void)options;
    (void)report;
    graft_status status = graft_export_metadata(source, false, &metadata);
    if (status == GRAFT_OK) graft_json_set_text(metadata, "format", "pt");
    for (int i = 0; i < graft_graph_count(source->graph) && status == GRAFT_OK; i++)
        status = add_node(source->graph, graft_graph_node(source->graph, i), &list);
    if (status == GRAFT_OK) status = graft_safetensors_write(path, list.item, list.count, metadata);
    graft_tensor_list_clear(&list);
    graft_json_free(metadata);
    return status;
}

const graft_exporter graft_exporter_torch = {
    .name = "torch",
    .help = "PyTorch's state_dict as safetensors, the weights alone; --to torch",
    .extension = "",
    .write = write_file,
};
