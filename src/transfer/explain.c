/* Where in a picture an answer comes from: options, the picture, Grad-CAM, the result. */
#include "transfer/explain-internal.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/strmap.h"
#include "stats/metrics.h"
#include "transfer/classifier.h"
#include "json/json.h"

#include <string.h>

#define ROW(member) .offset = offsetof(graft_explain_options, member)
static const graft_option rows[] = {
    {.name = "method",
     .type = GRAFT_OPTION_ENUM,
     ROW(method),
     .fallback = "auto",
     .choices = GRAFT_EXPLAIN_METHOD_CHOICES,
     .help = "gradcam: gradients at a layer's maps; occlusion: what covering parts costs, for any head; auto: gradcam "
             "where there is a gradient, else occlusion"},
    {.name = "layer",
     .type = GRAFT_OPTION_TEXT,
     ROW(layer),
     .unit = "LAYER",
     .help = "gradcam: whose maps; the last ones unless given"},
    {.name = "class",
     .type = GRAFT_OPTION_TEXT,
     ROW(class_name),
     .unit = "CLASS",
     .help = "what to explain; the most probable class unless given"},
    {.name = "window",
     .type = GRAFT_OPTION_INT,
     ROW(window),
     .fallback = "0",
     .min = 0,
     .max = 4096,
     .unit = "px",
     .help = "occlusion: side of the square that covers; 0 is a sixth of the input's shorter side"},
    GRAFT_OPTION_END,
};
#undef ROW

const graft_option *graft_explain_option_table(void) {
    return rows;
}

void graft_explanation_free(graft_explanation *explanation) {
    graft_explanation_owner *self = (graft_explanation_owner *)explanation; /* its first member */
    if (!self) return;
    graft_release(self->path);
    graft_release(self->label);
    graft_release(self->layer);
    graft_release(self->reason);
    graft_release(self->map);
    graft_release(self);
}

graft_status graft_model_class_find(const graft_model *model, const char *name, int *out) {
    for (size_t i = 0; i < model->class_count; i++) {
        const char *own = graft_model_class(model, i);
        if (!own || strcmp(own, name) != 0) continue;
        *out = (int)i;
        return GRAFT_OK;
    }
    const char *nearest =
        model->classes ? graft_text_nearest(name, (const char *const *)model->classes, model->class_count) : NULL;
    return nearest
               ? graft_fail(GRAFT_E_USAGE, "class %s: the model has none of that name; did you mean %s?", name, nearest)
               : graft_fail(GRAFT_E_USAGE, "class %s: the model has none of that name, of its %zu", name,
                            model->class_count);
}

static graft_status load_picture(graft_context *context, const graft_model *model, const char *path, float *input) {
    graft_dataset *data = NULL;
    graft_picture_loader loader = {0};
    GRAFT_TRY(graft_dataset_open_files(&data, context, &path, 1));
    graft_status status = graft_dataset_check(data);
    if (status == GRAFT_OK && graft_dataset_count(data) != 1)
        status = graft_fail(GRAFT_E_USAGE, "%s: expected one picture, found %zu", path, graft_dataset_count(data));
    if (status == GRAFT_OK && graft_dataset_sample(data, 0)->fault)
        status = graft_fail(GRAFT_E_DATA, "%s: %s", path, graft_dataset_sample(data, 0)->fault);
    if (status == GRAFT_OK) status = graft_picture_loader_init(&loader, data, &model->spec);
    if (status == GRAFT_OK) status = graft_picture_load(&loader, 0, NULL, 0, input);
    graft_picture_loader_clear(&loader);
    graft_dataset_free(data);
    return status;
}

/* Scales the map to 1 at its peak. */
static void scale(graft_explanation_owner *self) {
    graft_explanation *out = &self->explanation;
    size_t best = 0, cells = out->rows * out->columns;
    for (size_t i = 1; i < cells; i++)
        if (self->map[i] > self->map[best]) best = i;
    const float peak = self->map[best];
    for (size_t i = 0; i < cells && peak > 0; i++)
        self->map[i] /= peak;
    out->map = self->map;
    out->peak = (double)peak;
    const size_t row = best / out->columns, column = best % out->columns;
    out->peak_row = ((double)row + 0.5) / (double)out->rows;
    out->peak_column = ((double)column + 0.5) / (double)out->columns;
}

static graft_status find_layer(const graft_graph *graph, const char *name, int *out) {
    graft_cut cut;
    *out = -1;
    if (!name) return GRAFT_OK;
    GRAFT_TRY(graft_cut_named(graph, name, GRAFT_POOL_AVG, &cut));
    *out = cut.node;
    return GRAFT_OK;
}

static graft_status take_gradcam(const graft_model *model, graft_gradcam *gradcam, const float *input, size_t values,
                                 int class_index, graft_explanation_owner *out) {
    const float *probabilities;
    memcpy(graft_gradcam_input(gradcam), input, values * sizeof(*input));
    GRAFT_TRY(graft_gradcam_forward(gradcam, &probabilities));
    if (class_index < 0) class_index = graft_argmax(probabilities, (int)graft_gradcam_classes(gradcam));
    out->explanation.probability = probabilities[class_index];
    out->explanation.rows = graft_gradcam_rows(gradcam);
    out->explanation.columns = graft_gradcam_columns(gradcam);
    const char *name = graft_model_class(model, (size_t)class_index);
    out->label = name ? graft_text_copy(name) : graft_text_format("%d", class_index);
    out->layer = graft_text_copy(graft_gradcam_layer_name(gradcam));
    out->map = graft_allocate(out->explanation.rows * out->explanation.columns, sizeof(*out->map));
    if (!out->label || !out->layer || !out->map) return graft_fail_memory("an explanation");
    return graft_gradcam_map(gradcam, (size_t)class_index, out->map);
}

static bool has_gradient(const graft_model *model) {
    return model->head == &graft_head_network || model->head == &graft_head_logistic;
}

/* Takes auto's choice; out->reason: why it is not Grad-CAM. */
static graft_status choose(const graft_model *model, graft_explain_options *options, graft_explanation_owner *out) {
    graft_graph *graph = NULL;
    int layer = -1;
    if (options->method != GRAFT_EXPLAIN_AUTO) return GRAFT_OK;
    options->method = options->window > 0 && !options->layer ? GRAFT_EXPLAIN_OCCLUSION : GRAFT_EXPLAIN_GRADCAM;
    if (options->window > 0 || options->layer) return GRAFT_OK;
    if (has_gradient(model)) {
        GRAFT_TRY(graft_model_graph(model, &graph));
        graft_status status = graft_gradcam_layer(graph, &layer);
        graft_graph_free(graph);
        if (status != GRAFT_OK || layer >= 0) return status;
        out->reason = graft_text_copy("none of its layers is a map");
    } else {
        out->reason = graft_text_format("its head is %s, through which no gradient goes", model->head->name);
    }
    options->method = GRAFT_EXPLAIN_OCCLUSION;
    return out->reason ? GRAFT_OK : graft_fail_memory("an explanation");
}

static graft_status gradcam_of(graft_context *context, const graft_model *model, const float *input, size_t values,
                               const graft_explain_options *options, int class_index, graft_explanation_owner *out) {
    graft_graph *graph = NULL;
    graft_gradcam *gradcam = NULL;
    int layer;
    if (!has_gradient(model))
        return graft_fail(GRAFT_E_USAGE,
                          "its head is %s, through which no gradient goes: --method occlusion explains it",
                          model->head->name);
    graft_status status = graft_model_graph(model, &graph);
    if (status == GRAFT_OK) status = find_layer(graph, options->layer, &layer);
    if (status == GRAFT_OK) status = graft_gradcam_new(context, graph, layer, &gradcam);
    if (status == GRAFT_OK) status = take_gradcam(model, gradcam, input, values, class_index, out);
    graft_gradcam_free(gradcam);
    graft_graph_free(graph);
    return status;
}

static graft_status explain(graft_context *context, const graft_model *model, const char *picture,
                            graft_explain_options *options, graft_explanation_owner *out) {
    int class_index = -1;
    const size_t values = (size_t)model->spec.channels * (size_t)model->spec.height * (size_t)model->spec.width;
    if (options->class_name) GRAFT_TRY(graft_model_class_find(model, options->class_name, &class_index));
    GRAFT_TRY(choose(model, options, out));
    float *input = graft_allocate(values, sizeof(*input));
    out->path = graft_text_copy(picture);
    graft_status status =
        input && out->path ? load_picture(context, model, picture, input) : graft_fail_memory("an explanation");
    if (status == GRAFT_OK && options->method == GRAFT_EXPLAIN_GRADCAM)
        status = gradcam_of(context, model, input, values, options, class_index, out);
    else if (status == GRAFT_OK)
        status = graft_explain_occlusion(model, input, options->window, class_index, out);
    graft_release(input);
    return status;
}

graft_status graft_explain(graft_explanation **out, graft_context *context, const graft_model *model,
                           const char *picture, const graft_explain_options *options) {
    graft_explain_options given = GRAFT_EXPLAIN_OPTIONS_INIT;
    *out = NULL;
    GRAFT_TRY(graft_options_copy(&given, sizeof(given), options, "GRAFT_EXPLAIN_OPTIONS_INIT"));
    if (given.method < GRAFT_EXPLAIN_AUTO || given.method > GRAFT_EXPLAIN_OCCLUSION)
        return graft_fail(GRAFT_E_USAGE, "method: received %d, expected one of " GRAFT_EXPLAIN_METHOD_CHOICES,
                          given.method);
    if (given.layer && (given.method == GRAFT_EXPLAIN_OCCLUSION || given.window > 0))
        return graft_fail(GRAFT_E_USAGE, "layer: occlusion covers the picture and looks at no layer");
    if (given.window > 0 && given.method == GRAFT_EXPLAIN_GRADCAM)
        return graft_fail(GRAFT_E_USAGE, "window: Grad-CAM covers nothing: it goes with occlusion");
    graft_explanation_owner *self = graft_allocate_zero(1, sizeof(*self));
    if (!self) return graft_fail_memory("an explanation");
    graft_status status = explain(context, model, picture, &given, self);
    if (status != GRAFT_OK) {
        graft_explanation_free(&self->explanation);
        return status;
    }
    self->explanation.path = self->path;
    self->explanation.label = self->label;
    self->explanation.layer = self->layer;
    self->explanation.reason = self->reason;
    self->explanation.method = (graft_explain_method)given.method;
    scale(self);
    *out = &self->explanation;
    return GRAFT_OK;
}

graft_status graft_explanation_json(const graft_explanation *explanation, char **json) {
    graft_json *object = graft_json_new_object(), *at = graft_json_new_array(), *map = graft_json_new_array();
    graft_json_set_text(object, "path", explanation->path);
    graft_json_set_text(object, "label", explanation->label);
    graft_json_set_real(object, "probability", (double)explanation->probability);
    graft_json_set_text(object, "method", explanation->method == GRAFT_EXPLAIN_GRADCAM ? "gradcam" : "occlusion");
    graft_json_set_text(object, "reason", explanation->reason);
    graft_json_set_text(object, "layer", explanation->layer);
    graft_json_set_real(object, "peak", explanation->peak);
    graft_json_add(at, graft_json_new_real(explanation->peak_row));
    graft_json_add(at, graft_json_new_real(explanation->peak_column));
    graft_json_set(object, "at", at);
    for (size_t y = 0; y < explanation->rows; y++) {
        graft_json *row = graft_json_new_array();
        for (size_t x = 0; x < explanation->columns; x++)
            graft_json_add(row, graft_json_new_real((double)explanation->map[y * explanation->columns + x]));
        graft_json_add(map, row);
    }
    graft_json_set(object, "map", map);
    graft_status status = graft_json_dump(object, 0, json, NULL);
    graft_json_free(object);
    return status;
}
