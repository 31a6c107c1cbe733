/* Writing a model file. docs/model-format.md describes it. */
#include "transfer/model-internal.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "formats/safetensors.h"
#include "transfer/model-seal.h"
#include "transfer/precision.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static graft_status add_parameters(const graft_graph *graph, graft_tensor_list *list) {
    for (int i = 0; i < graft_graph_count(graph); i++) {
        const graft_node *node = graft_graph_node(graph, i);
        for (int j = 0; j < node->param_count; j++) {
            const graft_param *param = &node->params[j];
            char *name = graft_text_format("%s/%s", node->name, param->name);
            if (!name) return graft_fail_memory("a tensor's name");
            graft_status status =
                graft_tensor_list_add(list, "", name, param->value->dtype, param->value->shape, param->value->data);
            graft_release(name);
            GRAFT_TRY(status);
        }
    }
    return GRAFT_OK;
}

static graft_json *class_list(const graft_model *model) {
    graft_json *list = graft_json_new_array();
    for (size_t i = 0; i < model->class_count; i++)
        graft_json_add(list, graft_json_new_text(model->classes[i]));
    return list;
}

static graft_json *cut_object(const graft_model *model, const graft_cut *from) {
    graft_json *cut = graft_json_new_object();
    graft_json_set_text(cut, "layer", graft_graph_node(model->graph, from->node)->name);
    graft_json_set_text(cut, "pool", graft_pool_name(from->pool));
    graft_json_set_int(cut, "width", (int64_t)from->width);
    return cut;
}

/* Everything about the model that is no tensor and no graph. */
static graft_status describe(const graft_model *model, char **out) {
    graft_json *preprocess = NULL, *selftest = NULL, *precision = NULL;
    graft_json *json = graft_json_new_object();
    graft_status status;
    GRAFT_TRY_TO(done, status, graft_preprocess_to_json(&model->spec, &preprocess));
    GRAFT_TRY_TO(done, status, graft_selftest_record(model, &selftest));
    GRAFT_TRY_TO(done, status, graft_model_precision_to_json(model, &precision));
    graft_json_set_text(json, "network", model->name);
    graft_json_set(json, "cut", cut_object(model, &model->cut));
    graft_json_set_text(json, "head", model->head->name);
    graft_cut cuts[2];
    bool inner = graft_model_cuts(model, true, cuts) == 2;
    graft_json_set_bool(json, "baseline", model->baseline && !inner);
    if (inner) graft_json_set(json, "baseline_cut", cut_object(model, &cuts[1]));
    graft_json_set_int(json, "class_count", (int64_t)model->class_count);
    graft_json_set(json, "classes", model->classes ? class_list(model) : graft_json_new_null());
    graft_json_set(json, "preprocess", preprocess);
    graft_json_set(json, "training", model->training ? graft_json_keep(model->training) : graft_json_new_null());
    graft_json_set(json, "self_test", selftest);
    if (graft_graph_quantization(model->graph)) graft_json_set(json, "precision", graft_json_keep(precision));
    preprocess = selftest = NULL;
    status = graft_json_dump(json, 0, out, NULL);
done:
    graft_json_free(preprocess);
    graft_json_free(selftest);
    graft_json_free(precision);
    graft_json_free(json);
    return status;
}

static graft_status make_metadata(const graft_model *model, graft_json **out) {
    graft_json *graph = NULL;
    char *graph_text = NULL, *model_text = NULL;
    graft_status status;
    *out = NULL;
    GRAFT_TRY_TO(done, status, graft_graph_to_json(model->graph, &graph));
    GRAFT_TRY_TO(done, status, graft_json_dump(graph, 0, &graph_text, NULL));
    GRAFT_TRY_TO(done, status, describe(model, &model_text));
    graft_json *metadata = graft_json_new_object();
    char version[16];
    snprintf(version, sizeof(version), "%d", GRAFT_MODEL_FORMAT_VERSION);
    graft_json_set_text(metadata, "format", "graft-model");
    graft_json_set_text(metadata, "format_version", version);
    graft_json_set_text(metadata, GRAFT_SEAL_KEY, GRAFT_SEAL_BLANK);
    graft_json_set_text(metadata, "model", model_text);
    graft_json_set_text(metadata, "graph", graph_text);
    *out = metadata;
    if (!metadata) status = graft_fail_memory("the model's metadata");
done:
    graft_json_free(graph);
    graft_release(graph_text);
    graft_release(model_text);
    return status;
}

static graft_status replace(const char *from, const char *to) {
    if (rename(from, to) == 0) return GRAFT_OK;
    return graft_fail(GRAFT_E_DATA, "%s: cannot replace it: %s", to, strerror(errno));
}

graft_status graft_model_save(const graft_model *model, const char *path) {
    graft_json *metadata = NULL;
    graft_tensor_list list = {0};
    graft_status status;
    char *unsealed = graft_text_format("%s" GRAFT_FILE_TEMPORARY "%06ld", path, (long)getpid());
    if (!unsealed) return graft_fail_memory("a path");
    GRAFT_TRY_TO(done, status, add_parameters(model->graph, &list));
    GRAFT_TRY_TO(done, status, model->head->save(model->state, "@head/", &list));
    if (model->baseline) GRAFT_TRY_TO(done, status, graft_head_knn.save(model->baseline, "@baseline/", &list));
    GRAFT_TRY_TO(done, status, make_metadata(model, &metadata));
    GRAFT_TRY_TO(done, status, graft_safetensors_write(unsealed, list.item, list.count, metadata));
    status = graft_seal_write(unsealed);
    if (status == GRAFT_OK) status = replace(unsealed, path);
    if (status != GRAFT_OK) (void)unlink(unsealed);
done:
    graft_json_free(metadata);
    graft_tensor_list_clear(&list);
    graft_release(unsealed);
    return status;
}
