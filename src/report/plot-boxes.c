/* Which layers are drawn in one box: a convolution with the normalisation and the activation behind it. */
#include "report/plot-internal.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/strmap.h"

#include <string.h>

static bool is_one_of(const char *word, const char *const *list) {
    for (; *list; list++)
        if (strcmp(word, *list) == 0) return true;
    return false;
}

/* Ops that only finish what another began. */
static bool follows(const char *op) {
    static const char *const followers[] = {"batchnorm", "scale_shift", "layernorm", "activation",
                                            "softmax",   "dropout",     "lrn",       NULL};
    return is_one_of(op, followers);
}

static int64_t area_of(const graft_json *shape) {
    if (graft_json_count(shape) != 3) return 1;
    return graft_json_int(graft_json_at(shape, 1), 1) * graft_json_int(graft_json_at(shape, 2), 1);
}

static graft_status read_layer(graft_plot *plot, int index, const graft_json *json, graft_strmap *names) {
    graft_plot_layer *layer = &plot->layers[index];
    const graft_json *inputs = graft_json_get(json, "inputs");
    layer->json = json;
    layer->name = graft_json_text(graft_json_get(json, "name"), "");
    layer->op = graft_json_text(graft_json_get(json, "op"), "");
    layer->stage = (int)graft_json_int(graft_json_get(json, "stage"), 0);
    layer->area = area_of(graft_json_get(json, "output"));
    layer->next = -1;
    for (size_t i = 0; i < graft_json_count(inputs); i++) {
        size_t from;
        const char *name = graft_json_text(graft_json_at(inputs, i), "");
        if (!graft_strmap_get(names, name, &from))
            return graft_fail(GRAFT_E_INTERNAL, "layer %.200s reads %.200s, which does not stand before it",
                              layer->name, name);
        layer->inputs[layer->input_count++] = (int)from;
        plot->layers[from].readers++;
    }
    return graft_strmap_set(names, layer->name, (size_t)index);
}

static graft_status read_layers(graft_plot *plot, const graft_json *list, graft_strmap *names) {
    const size_t count = graft_json_count(list);
    size_t inputs = 0;
    for (size_t i = 0; i < count; i++)
        inputs += graft_json_count(graft_json_get(graft_json_at(list, i), "inputs"));
    plot->layers = graft_allocate_zero(count, sizeof(*plot->layers));
    plot->inputs = graft_allocate(inputs, sizeof(*plot->inputs));
    plot->boxes = graft_allocate_zero(count, sizeof(*plot->boxes));
    if (!plot->layers || !plot->inputs || !plot->boxes) return graft_fail_memory("a drawing");
    plot->layer_count = (int)count;
    int *room = plot->inputs;
    for (int i = 0; i < plot->layer_count; i++) {
        plot->layers[i].inputs = room;
        GRAFT_TRY(read_layer(plot, i, graft_json_at(list, (size_t)i), names));
        room += plot->layers[i].input_count;
    }
    return GRAFT_OK;
}

/* What training changed, and up to where everything is computed once. */
static void read_training(graft_plot *plot, const graft_strmap *names) {
    const graft_json *learned = graft_json_get(plot->json, "learned");
    size_t place;
    plot->boundary = -1;
    plot->trained = graft_json_get(plot->json, "head") != NULL;
    if (!plot->trained) return;
    const char *boundary = graft_json_text(graft_json_get(learned, "boundary"), NULL);
    if (!boundary) boundary = graft_json_text(graft_json_get(graft_json_get(plot->json, "cut"), "layer"), "");
    if (graft_strmap_get(names, boundary, &place)) plot->boundary = (int)place;
    if (!graft_strmap_get(names, graft_json_text(graft_json_get(learned, "from"), ""), &place)) return;
    for (int i = (int)place; i < plot->layer_count; i++)
        plot->layers[i].learned = true;
}

/* A weight for each channel is computed beside the path that it goes into: it is drawn there, not with the vectors. */
static void settle_stages(graft_plot *plot) {
    for (int i = plot->layer_count - 1; i >= 0; i--) {
        const graft_plot_layer *reader = &plot->layers[i];
        for (int k = 0; k < reader->input_count; k++) {
            graft_plot_layer *layer = &plot->layers[reader->inputs[k]];
            if (layer->area > 1 || (reader->area <= 1 && reader->stage >= layer->stage)) continue;
            layer->stage = reader->stage;
        }
    }
}

static bool joins(const graft_plot *plot, int index) {
    const graft_plot_layer *layer = &plot->layers[index];
    if (layer->input_count != 1) return false;
    const int from = layer->inputs[0];
    const graft_plot_layer *before = &plot->layers[from];
    if (before->readers != 1 || from == plot->boundary || before->learned != layer->learned) return false;
    if (strcmp(before->op, "zeropad2d") == 0) return plot->boxes[before->box].first == from;
    return follows(layer->op) && strcmp(before->op, "input") != 0;
}

static void fill_boxes(graft_plot *plot, bool full) {
    for (int i = 0; i < plot->layer_count; i++) {
        graft_plot_layer *layer = &plot->layers[i];
        graft_plot_box *box;
        if (!full && joins(plot, i)) {
            const int from = layer->inputs[0];
            layer->box = plot->layers[from].box;
            plot->layers[from].next = i;
            box = &plot->boxes[layer->box];
            if (strcmp(plot->layers[box->main].op, "zeropad2d") == 0) box->main = i;
        } else {
            layer->box = plot->box_count++;
            box = &plot->boxes[layer->box];
            box->first = box->main = i;
        }
        box->last = i;
        box->parameters += graft_json_int(graft_json_get(layer->json, "parameters"), 0);
    }
}

graft_status graft_plot_make(graft_plot *plot, const graft_json *description, bool full) {
    graft_strmap *names;
    *plot = (graft_plot){.json = description};
    GRAFT_TRY(graft_strmap_new(&names));
    graft_status status = read_layers(plot, graft_json_get(description, "layers"), names);
    if (status == GRAFT_OK) {
        read_training(plot, names);
        settle_stages(plot);
        fill_boxes(plot, full);
    }
    graft_strmap_free(names);
    return status;
}

void graft_plot_clear(graft_plot *plot) {
    graft_release(plot->layers);
    graft_release(plot->inputs);
    graft_release(plot->boxes);
    *plot = (graft_plot){0};
}
