/* Models: opening, of whatever kind the file is, and what every kind has. */
#include "transfer/model-internal.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "base/file.h"
#include "nn/op.h"

#include <string.h>

static graft_status copy_class(char **to, const char *name, size_t length) {
    *to = graft_text_copy_n(name, length);
    return *to ? GRAFT_OK : graft_fail_memory("class names");
}

typedef struct name_list {
    char **name;
    size_t count, capacity;
} name_list;

static graft_status add_name(name_list *list, const char *path, const char *line, size_t length) {
    if (length > 0 && line[length - 1] == '\r') length--;
    if (length == 0)
        return graft_fail(GRAFT_E_DATA, "%s: line %zu is empty, expected a class name", path, list->count + 1);
    if (list->count == GRAFT_CLASS_LIMIT)
        return graft_fail(GRAFT_E_DATA, "%s: more than %d classes", path, GRAFT_CLASS_LIMIT);
    if (!graft_reserve(&list->name, &list->capacity, list->count + 1, sizeof(char *)))
        return graft_fail_memory("class names");
    GRAFT_TRY(copy_class(&list->name[list->count], line, length));
    list->count++;
    return GRAFT_OK;
}

/* One class a line; a line end may be \r\n, and the last line may lack its own. */
static graft_status read_classes(const char *path, name_list *list) {
    char *text = NULL;
    size_t length = 0;
    graft_status status = GRAFT_OK;
    GRAFT_TRY(graft_file_read(path, (size_t)16 << 20, &text, &length));
    for (size_t at = 0; status == GRAFT_OK && at < length;) {
        size_t size = strcspn(text + at, "\n");
        status = add_name(list, path, text + at, size);
        at += size + 1;
    }
    graft_release(text);
    return status;
}

graft_status graft_model_set_classes(graft_model *model, const char *const *names, size_t count) {
    char **classes = graft_allocate_zero(count, sizeof(*classes));
    if (!classes) return graft_fail_memory("class names");
    for (size_t i = 0; model->classes && i < model->class_count; i++)
        graft_release(model->classes[i]);
    graft_release(model->classes);
    model->classes = classes;
    model->class_count = count;
    for (size_t i = 0; i < count; i++)
        GRAFT_TRY(copy_class(&classes[i], names[i], strlen(names[i])));
    return GRAFT_OK;
}

static graft_status name_classes(graft_model *model, const char *model_path, const char *path) {
    name_list list = {0};
    graft_status status = read_classes(path, &list);
    if (status == GRAFT_OK && list.count != model->class_count)
        status = graft_fail(GRAFT_E_DATA, "%s: %zu class names, %s has %zu classes", path, list.count, model_path,
                            model->class_count);
    if (status == GRAFT_OK) status = graft_model_set_classes(model, (const char *const *)list.name, list.count);
    for (size_t i = 0; i < list.count; i++)
        graft_release(list.name[i]);
    graft_release(list.name);
    return status;
}

static graft_status open_graft(graft_context *context, graft_container *file, const graft_backbone_options *options,
                               const char *classes, graft_model **out) {
    const char *path = graft_container_path(file);
    graft_backbone_options given = GRAFT_BACKBONE_OPTIONS_INIT;
    GRAFT_TRY(graft_options_copy(&given, sizeof(given), options, "GRAFT_BACKBONE_OPTIONS_INIT"));
    if (given.preprocess || given.fit || given.filter || given.image_size)
        return graft_fail(GRAFT_E_USAGE,
                          "%s: its preprocessing is stored in the file; --preprocess, --fit, --filter and "
                          "--image-size are for foreign models",
                          path);
    if (classes)
        return graft_fail(GRAFT_E_USAGE, "%s: its classes are stored in the file; --classes is for foreign models",
                          path);
    return graft_model_read(context, file, out);
}

graft_status graft_model_is_own(graft_context *context, const char *path, bool *own) {
    graft_container *file = NULL;
    GRAFT_TRY(graft_container_open(context, path, &file));
    *own = graft_model_is_graft(file);
    graft_container_free(file);
    return GRAFT_OK;
}

graft_status graft_model_open(graft_model **out, graft_context *context, const char *path,
                              const graft_backbone_options *options, const char *classes) {
    graft_container *file = NULL;
    graft_model *model = NULL;
    graft_status status;
    *out = NULL;
    GRAFT_TRY_TO(done, status, graft_container_open(context, path, &file));
    if (graft_model_is_graft(file)) {
        GRAFT_TRY_TO(done, status, open_graft(context, file, options, classes, &model));
    } else {
        GRAFT_TRY_TO(done, status, graft_model_open_foreign(context, file, options, &model));
        if (classes) GRAFT_TRY_TO(done, status, name_classes(model, path, classes));
    }
    *out = model;
    model = NULL;
done:
    graft_container_free(file);
    graft_model_free(model);
    return status;
}

void graft_model_free(graft_model *model) {
    if (!model) return;
    graft_graph_free(model->graph);
    if (model->head) model->head->release(model->state);
    graft_head_knn.release(model->baseline);
    for (size_t i = 0; model->classes && i < model->class_count; i++)
        graft_release(model->classes[i]);
    graft_release(model->classes);
    graft_release(model->name);
    graft_json_free(model->training);
    graft_single_clear(&model->single);
    graft_release(model);
}

size_t graft_model_cuts(const graft_model *model, bool baseline, graft_cut cuts[2]) {
    const graft_cut *inner = &model->baseline_cut;
    cuts[0] = model->cut;
    cuts[1] = *inner;
    bool same = inner->node == model->cut.node && inner->pool == model->cut.pool;
    return baseline && model->baseline && !same ? 2 : 1;
}

graft_status graft_model_inner_cut(const graft_graph *graph, graft_cut *out) {
    int node = graft_cut_last(graph);
    const graft_node *last = graft_graph_node(graph, node);
    if (strcmp(last->op->name, "flatten") == 0) node = last->inputs[0];
    return graft_cut_make(graph, node, GRAFT_POOL_AVG, out);
}

size_t graft_model_class_count(const graft_model *model) {
    return model->class_count;
}

const char *graft_model_class(const graft_model *model, size_t index) {
    return model->classes && index < model->class_count ? model->classes[index] : NULL;
}

const graft_preprocess *graft_model_preprocess(const graft_model *model) {
    return &model->spec;
}
