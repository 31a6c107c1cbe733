#include "transfer/network-write.h"

#include "base/alloc.h"
#include "base/error.h"
#include "formats/container.h"
#include "transfer/model-internal.h"
#include "transfer/tensor-list.h"

#include <math.h>

static graft_status set_json(graft_json *metadata, const char *key, const graft_json *value) {
    char *text;
    GRAFT_TRY(graft_json_dump(value, 0, &text, NULL));
    graft_json_set_text(metadata, key, text);
    graft_release(text);
    return GRAFT_OK;
}

static graft_status set_graph(graft_json *metadata, const graft_graph *graph) {
    graft_json *json = NULL;
    GRAFT_TRY(graft_graph_to_json(graph, &json));
    graft_status status = set_json(metadata, GRAFT_STORED_GRAPH, json);
    graft_json_free(json);
    return status;
}

static graft_status set_preprocess(graft_json *metadata, const graft_preprocess *spec) {
    graft_json *json = NULL;
    GRAFT_TRY(graft_preprocess_to_json(spec, &json));
    graft_status status = set_json(metadata, GRAFT_STORED_PREPROCESS, json);
    graft_json_free(json);
    return status;
}

static graft_status set_classes(graft_json *metadata, const char *const *classes, size_t count) {
    graft_json *list = graft_json_new_array();
    for (size_t i = 0; i < count; i++)
        graft_json_add(list, graft_json_new_text(classes[i]));
    graft_status status = list ? set_json(metadata, GRAFT_STORED_CLASSES, list) : graft_fail_memory("class names");
    graft_json_free(list);
    return status;
}

graft_status graft_network_metadata(const graft_graph *graph, const graft_preprocess *spec, const char *const *classes,
                                    size_t class_count, graft_json **out) {
    graft_json *metadata = graft_json_new_object();
    graft_status status = metadata ? GRAFT_OK : graft_fail_memory("metadata");
    *out = NULL;
    if (status == GRAFT_OK && graph) status = set_graph(metadata, graph);
    if (status == GRAFT_OK && spec) status = set_preprocess(metadata, spec);
    if (status == GRAFT_OK && classes) status = set_classes(metadata, classes, class_count);
    if (status == GRAFT_OK)
        *out = metadata;
    else
        graft_json_free(metadata);
    return status;
}

static graft_status add_half(graft_tensor_list *list, const char *name, const graft_tensor *value) {
    const float *values = graft_tensor_f32(value);
    size_t count = value->bytes / sizeof(float);
    for (size_t i = 0; i < count; i++)
        if (!(fabsf(values[i]) < 65504.0F))
            return graft_fail(GRAFT_E_DATA, "%s: the value %g does not fit f16: store f32", name, (double)values[i]);
    graft_tensor *halves;
    GRAFT_TRY(graft_tensor_new(GRAFT_F16, &value->shape, &halves));
    graft_f32_to_f16(values, halves->data, count);
    return graft_tensor_list_take(list, "", name, halves);
}

/* Vectors are few numbers and the small ones among them matter: a variance of 1e-8 is 0 in binary16. */
static bool is_kernel(const graft_param *param) {
    return param->shape.rank > 1 && param->value->dtype == GRAFT_F32;
}

static graft_status add_parameters(const graft_graph *graph, bool half, graft_tensor_list *list) {
    for (int i = 0; i < graft_graph_count(graph); i++) {
        const graft_node *node = graft_graph_node(graph, i);
        for (int j = 0; j < node->param_count; j++) {
            const graft_param *param = &node->params[j];
            char *name = graft_text_format("%s/%s", node->name, param->name);
            if (!name) return graft_fail_memory("a tensor's name");
            graft_status status = half && is_kernel(param)
                                      ? add_half(list, name, param->value)
                                      : graft_tensor_list_add(list, "", name, param->value->dtype, param->value->shape,
                                                              param->value->data);
            graft_release(name);
            GRAFT_TRY(status);
        }
    }
    return GRAFT_OK;
}

graft_status graft_network_write(const char *path, const graft_graph *graph, graft_json *metadata, bool half) {
    graft_tensor_list list = {0};
    graft_json_set_text(metadata, "format", "graft-network");
    graft_status status = add_parameters(graph, half, &list);
    if (status == GRAFT_OK) status = graft_safetensors_write(path, list.item, list.count, metadata);
    graft_tensor_list_clear(&list);
    return status;
}
