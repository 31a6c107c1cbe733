/* Networks for series, from the same operations as those for pictures. */
#include "transfer/series-internal.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/strmap.h"
#include "nn/op.h"
#include "zoo/chain.h"

#include <stdio.h>
#include <string.h>

enum { LAYERS = 8 };

static graft_status add(graft_graph *graph, const char *op, const char *stem, int64_t number, const void *attributes,
                        const int *inputs, int count, int *out) {
    char name[48];
    if (number > 0)
        snprintf(name, sizeof name, "%s%d", stem, (int)number);
    else
        snprintf(name, sizeof name, "%s", stem);
    return graft_graph_add(graph, op, name, attributes, inputs, count, out);
}

/* ---- timenet ---- */

/* The mask, and the series without it. */
static graft_status divide(graft_graph *graph, const graft_series_spec *spec, int input, int *series, int *mask) {
    const graft_slice_attributes values = {.length = spec->channels}, last = {.begin = spec->channels, .length = 1};
    *series = graft_graph_find(graph, "series");
    *mask = graft_graph_find(graph, "mask");
    if (*mask >= 0) return GRAFT_OK;
    *series = input;
    if (!spec->masked) return GRAFT_OK;
    GRAFT_TRY(add(graph, "slice", "series", 0, &values, &input, 1, series));
    return add(graph, "slice", "mask", 0, &last, &input, 1, mask);
}

static graft_status recurrent(graft_graph *graph, const graft_series_spec *spec, const char *stem, int64_t number,
                              int from, int mask, int initial, int *out) {
    const graft_recurrent_attributes a = {.units = spec->units,
                                          .sequence = true,
                                          .backwards = initial >= 0,
                                          .masked = mask >= 0,
                                          .initial = initial >= 0};
    int inputs[3] = {from}, count = 1;
    if (mask >= 0) inputs[count++] = mask;
    if (initial >= 0) inputs[count++] = initial;
    return add(graph, "gru", stem, number, &a, inputs, count, out);
}

static graft_status dropped(graft_graph *graph, const graft_series_spec *spec, const char *stem, int64_t number,
                            int *at) {
    const graft_dropout_attributes dropout = {.rate = spec->dropout};
    return spec->dropout > 0 ? add(graph, "dropout", stem, number, &dropout, at, 1, at) : GRAFT_OK;
}

/* The state after the last step; where a series is shorter, its state has been passed on to there. */
static graft_status last_state(graft_graph *graph, const graft_series_spec *spec, int64_t number, int layer, int *out) {
    const graft_slice_attributes last = {.axis = 2, .begin = spec->steps - 1, .length = 1};
    const graft_flatten_attributes flat = {.order = 0};
    GRAFT_TRY(add(graph, "slice", "last", number, &last, &layer, 1, out));
    return add(graph, "flatten", "state", number, &flat, out, 1, out);
}

/* The code: the last states of all layers. */
static graft_status timenet_encoder(graft_graph *graph, const graft_series_spec *spec, int input, int *code) {
    const graft_concat_attributes join = {.axis = 0};
    int at, mask, states[LAYERS];
    GRAFT_TRY(divide(graph, spec, input, &at, &mask));
    for (int64_t i = 1; i <= spec->layers; i++) {
        int layer;
        if (i > 1) GRAFT_TRY(dropped(graph, spec, "encoder_dropout", i, &at));
        GRAFT_TRY(recurrent(graph, spec, "encoder", i, at, mask, -1, &layer));
        GRAFT_TRY(last_state(graph, spec, i, layer, &states[i - 1]));
        at = layer;
    }
    if (spec->layers == 1) {
        *code = states[0];
        return GRAFT_OK;
    }
    return add(graph, "concat", "code", 0, &join, states, (int)spec->layers, code);
}

/* What the decoder reads: with a teacher the step after the one it decodes, else the last layer's code at every step.
 */
static graft_status decoder_input(graft_graph *graph, const graft_series_spec *spec, int series, int *out) {
    const graft_slice_attributes later = {.axis = 2, .begin = 1, .length = spec->steps - 1};
    const graft_pad_attributes shift = {.padding = {0, 0, 0, 1}};
    const graft_upsample_attributes repeat = {.size = {1, spec->steps}};
    char name[32];
    if (spec->teacher && spec->steps > 1) {
        GRAFT_TRY(add(graph, "slice", "later", 0, &later, &series, 1, out));
        return add(graph, "zeropad2d", "shifted", 0, &shift, out, 1, out);
    }
    snprintf(name, sizeof name, "last%d", (int)spec->layers);
    const int last = graft_graph_find(graph, name);
    return add(graph, "upsample2d", "repeated", 0, &repeat, &last, 1, out);
}

/* It runs backwards, so that what it decodes first is what the encoder saw last (the reversed target of Sutskever et
 * al. 2014), and its result stands in the series' own order. */
static graft_status timenet_decoder(graft_graph *graph, const graft_series_spec *spec, int input, int code, int *out) {
    const graft_conv2d_attributes convolution = {
        .filters = spec->channels, .kernel = {1, 1}, .strides = {1, 1}, .dilations = {1, 1}, .groups = 1, .bias = true};
    const graft_concat_attributes join = {.axis = 0};
    int at, mask, series, masks[GRAFT_SERIES_CHANNELS_MOST];
    (void)code;
    GRAFT_TRY(divide(graph, spec, input, &series, &mask));
    GRAFT_TRY(decoder_input(graph, spec, series, &at));
    for (int64_t i = 1; i <= spec->layers; i++) {
        char name[32];
        snprintf(name, sizeof name, "state%d", (int)i);
        if (i > 1) GRAFT_TRY(dropped(graph, spec, "decoder_dropout", i, &at));
        GRAFT_TRY(recurrent(graph, spec, "decoder", i, at, mask, graft_graph_find(graph, name), &at));
    }
    GRAFT_TRY(add(graph, "conv2d", "decoded", 0, &convolution, &at, 1, out));
    if (!spec->masked) return GRAFT_OK;
    for (int64_t c = 0; c < spec->channels; c++)
        masks[c] = mask;
    if (spec->channels > 1) GRAFT_TRY(add(graph, "concat", "masks", 0, &join, masks, (int)spec->channels, &mask));
    return add(graph, "multiply", "reconstruction", 0, NULL, (const int[]){*out, mask}, 2, out);
}

/* ---- convolutional networks ---- */

static graft_status fcn_encoder(graft_graph *graph, const graft_series_spec *spec, int input, int *code) {
    const graft_chain_options options = {.what = "fcn"};
    (void)spec;
    return graft_chain_append(
        graph, "default:same:epsilon=1e-3 conv:128:1,8 bn relu conv:256:1,5 bn relu conv:128:1,3 bn relu gap", input,
        &options, code);
}

/* Six modules with a shortcut around each three. */
static graft_status inception_encoder(graft_graph *graph, const graft_series_spec *spec, int input, int *code) {
    static const char text[] = "default:same:nobias:epsilon=1e-3\n"
                               "define narrow ( if c>1 ( conv:32:1,1 ) )\n"
                               "define module ( concat( narrow concat( conv:32:1,40 | conv:32:1,20 | conv:32:1,10 )"
                               " | maxpool:1,3/1:same conv:32:1,1 ) bn relu )\n"
                               "define block ( add( module module module | conv:128:1,1 bn ) relu )\n"
                               "block block gap";
    const graft_chain_options options = {.what = "inception-time"};
    (void)spec;
    return graft_chain_append(graph, text, input, &options, code);
}

/* ---- the registry ---- */

#define timenet_MASKS true
#define fcn_MASKS false
#define inception_time_MASKS false
#define timenet_ENCODER timenet_encoder
#define fcn_ENCODER fcn_encoder
#define inception_time_ENCODER inception_encoder
#define timenet_DECODER timenet_decoder
#define fcn_DECODER NULL
#define inception_time_DECODER NULL
#define GRAFT_SERIES_ARCH(id, name, help, epochs, batch, rate, clip) \
    {name, help, epochs, batch, rate, clip, id##_MASKS, id##_ENCODER, id##_DECODER},
static const graft_series_arch archs[] = {
#include "transfer/series-archs.def"
};
#undef GRAFT_SERIES_ARCH

enum { ARCHS = sizeof archs / sizeof *archs };

const graft_series_arch *graft_series_arch_at(size_t index) {
    return index < ARCHS ? &archs[index] : NULL;
}

graft_status graft_series_arch_find(const char *name, const char *fallback, const graft_series_arch **out) {
    const char *names[ARCHS];
    for (size_t i = 0; i < ARCHS; i++) {
        names[i] = archs[i].name;
        *out = &archs[i];
        if (strcmp(names[i], name ? name : fallback) == 0) return GRAFT_OK;
    }
    const char *nearest = graft_text_nearest(name, names, ARCHS);
    return graft_fail(GRAFT_E_USAGE, "--arch: received \"%.40s\"%s%s%s, expected timenet, fcn or inception-time", name,
                      nearest ? ", did you mean \"" : "", nearest ? nearest : "", nearest ? "\"?" : "");
}

static graft_status build(graft_graph *graph, const graft_series_arch *arch, const graft_series_spec *spec,
                          graft_series_role role) {
    const graft_input_attributes a = {.shape = {spec->channels + spec->masked, 1, spec->steps}, .rank = 3};
    const graft_chain_options options = {.classes = spec->classes, .prefix = "head/", .what = "head"};
    int input, code, out;
    GRAFT_TRY(graft_graph_add(graph, "input", "input", &a, NULL, 0, &input));
    GRAFT_TRY(arch->encoder(graph, spec, input, &code));
    out = code;
    if (role == GRAFT_SERIES_AUTOENCODER) GRAFT_TRY(arch->decoder(graph, spec, input, code, &out));
    if (role == GRAFT_SERIES_CLASSIFIER) GRAFT_TRY(graft_chain_append(graph, "dense:softmax", code, &options, &out));
    return graft_graph_set_output(graph, out);
}

graft_status graft_series_network(const graft_series_arch *arch, const graft_series_spec *spec, graft_series_role role,
                                  graft_graph **out) {
    graft_graph *graph;
    if (role == GRAFT_SERIES_AUTOENCODER && arch->decoder == NULL)
        return graft_fail(GRAFT_E_USAGE, "%s has no decoder to pretrain it with, expected --arch timenet", arch->name);
    GRAFT_TRY(graft_graph_new(arch->name, &graph));
    graft_status status = build(graph, arch, spec, role);
    if (status == GRAFT_OK)
        *out = graph;
    else
        graft_graph_free(graph);
    return status;
}

graft_status graft_series_copy_values(const graft_graph *from, graft_graph *to, size_t *copied, size_t *missing) {
    *copied = *missing = 0;
    for (int i = 0; i < graft_graph_count(to); i++) {
        graft_node *node = graft_graph_node(to, i);
        const int place = graft_graph_find(from, node->name);
        for (int k = 0; k < node->param_count; k++) {
            const graft_param *source =
                place < 0 ? NULL : graft_node_param(graft_graph_node(from, place), node->params[k].name);
            graft_tensor *value;
            if (!source || !source->value || !graft_shape_equal(&source->shape, &node->params[k].shape)) {
                ++*missing;
                continue;
            }
            GRAFT_TRY(graft_tensor_new(GRAFT_F32, &source->shape, &value));
            memcpy(graft_tensor_f32(value), graft_tensor_f32(source->value),
                   (size_t)graft_shape_count(&source->shape) * sizeof(float));
            GRAFT_TRY(graft_node_set_param(node, node->params[k].name, value));
            ++*copied;
        }
    }
    return GRAFT_OK;
}
