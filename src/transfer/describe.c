/* What a network consists of, as JSON. */
#include "transfer/describe.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "models/store.h"
#include "nn/op.h"
#include "transfer/model-internal.h"
#include "transfer/precision.h"
#include "zoo/arch.h"

#include <string.h>

/* A file's network, and the name it is known by. */
static graft_status read_network(graft_context *context, const char *path, const char *arch, graft_description *out) {
    graft_container *file = NULL;
    char *report = NULL;
    graft_weights_origin origin;
    graft_status status;
    GRAFT_TRY_TO(done, status, graft_container_open(context, path, &file));
    if (graft_model_is_graft(file)) {
        if (arch) GRAFT_TRY_TO(done, status, graft_network_has_own(path));
        GRAFT_TRY_TO(done, status, graft_model_read(context, file, &out->model));
        out->graph = out->model->graph;
        out->model->graph = NULL;
    } else {
        GRAFT_TRY_TO(done, status, graft_network_import(context, file, arch, true, &out->graph, &origin, &report));
    }
done:
    graft_release(report);
    graft_container_free(file);
    return status;
}

/* A file, or a name of the registry or of the folder of models, whose record knows the network of bare weights. */
static graft_status read_named(graft_context *context, const char *name, const char *arch, graft_description *out) {
    char *stored = NULL;
    bool known = false;
    if (graft_file_kind_of(name) != GRAFT_FILE_MISSING) return read_network(context, name, arch, out);
    graft_record *record = graft_allocate_zero(1, sizeof *record);
    graft_status status =
        record ? graft_store_resolve(context, name, record, &stored, &known) : graft_fail_memory("a model's record");
    if (status == GRAFT_OK && !arch && known && record->arch[0]) arch = record->arch;
    if (status == GRAFT_OK) status = read_network(context, stored ? stored : name, arch, out);
    graft_release(stored);
    graft_release(record);
    return status;
}

graft_status graft_description_open(graft_context *context, const char *path, const char *arch,
                                    graft_description *out) {
    const bool untrained = arch && strcmp(path, "none") == 0;
    graft_status status;
    *out = (graft_description){0};
    if (untrained)
        status = graft_arch_build(arch, NULL, &out->graph);
    else if (graft_arch_is(path))
        status = arch ? graft_network_has_own(path) : graft_arch_build(path, NULL, &out->graph);
    else
        status = read_named(context, path, arch, out);
    if (status == GRAFT_OK) {
        out->name = graft_text_copy(out->model ? out->model->name : graft_graph_name(out->graph));
        if (!out->name) status = graft_fail_memory("a network's name");
    }
    if (status != GRAFT_OK) graft_description_clear(out);
    return status;
}

void graft_description_clear(graft_description *description) {
    graft_graph_free(description->graph);
    graft_model_free(description->model);
    graft_release(description->name);
    *description = (graft_description){0};
}

void graft_description_precision(const graft_description *description, graft_precision_result *out) {
    graft_precision_of(description->graph, out);
    if (!description->model) return;
    out->agreement = description->model->agreement;
    out->compared = description->model->compared;
}

static graft_json *shape_list(const graft_shape *shape) {
    graft_json *list = graft_json_new_array();
    for (int i = 0; i < shape->rank; i++)
        graft_json_add(list, graft_json_new_int(shape->dim[i]));
    return list;
}

static graft_json *layer_object(const graft_graph *graph, int index, const graft_json *structure) {
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
    const graft_json *attributes = graft_json_get(structure, "attributes");
    graft_json_set(one, "attributes", attributes ? graft_json_keep(attributes) : graft_json_new_object());
    graft_json_set_int(one, "stage", node->stage);
    return one;
}

static void add_model(const graft_description *self, graft_json *object) {
    const graft_model *model = self->model;
    graft_precision_result precision;
    graft_json *cut = graft_json_new_object();
    graft_json_set_text(cut, "layer", graft_graph_node(self->graph, model->cut.node)->name);
    graft_json_set_text(cut, "pool", graft_pool_name(model->cut.pool));
    graft_json_set_int(cut, "width", (int64_t)model->cut.width);
    graft_json_set_int(object, "classes", (int64_t)model->class_count);
    graft_json_set(object, "cut", cut);
    graft_json_set_text(object, "head", model->head->name);
    const graft_json *learned = graft_json_get(model->training, "learned");
    graft_description_precision(self, &precision);
    graft_json_set(object, "precision", graft_precision_json(&precision));
    graft_json_set(object, "learned", learned ? graft_json_keep(learned) : graft_json_new_null());
}

graft_status graft_description_json(const graft_description *self, graft_json **out) {
    graft_graph_totals totals;
    graft_json *structure = NULL;
    *out = NULL;
    GRAFT_TRY(graft_graph_to_json(self->graph, &structure));
    graft_json *object = graft_json_new_object(), *layers = graft_json_new_array();
    for (int i = 0; i < graft_graph_count(self->graph); i++)
        graft_json_add(layers, layer_object(self->graph, i, graft_json_at(graft_json_get(structure, "nodes"), i)));
    graft_json_free(structure);
    graft_graph_totals_of(self->graph, &totals);
    graft_json_set_text(object, "name", self->name);
    graft_json_set_int(object, "parameters", totals.parameters);
    graft_json_set_int(object, "trainable", totals.trainable);
    graft_json_set_int(object, "multiply_adds", totals.multiply_adds);
    graft_json_set_int(object, "activations", totals.activations);
    graft_json_set(object, "input", shape_list(&graft_graph_node(self->graph, graft_graph_input(self->graph))->output));
    graft_json_set(object, "layers", layers);
    if (self->model) add_model(self, object);
    *out = object;
    return object ? GRAFT_OK : graft_fail_memory("a network's description");
}

graft_status graft_describe(graft_context *context, const char *path, const char *arch, graft_json **out) {
    graft_description description;
    *out = NULL;
    GRAFT_TRY(graft_description_open(context, path, arch, &description));
    graft_status status = graft_description_json(&description, out);
    graft_description_clear(&description);
    return status;
}
