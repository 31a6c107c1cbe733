/* The layers that words add. */
#include "zoo/chain-words.h"

#include <stdio.h>
#include <string.h>

enum {
    TEXT = GRAFT_CHAIN_NAME + 16,
    MOST_SCALED = 1024, /* channels: values take memory, shapes do not */
};

const graft_shape *graft_chain_shape(const graft_chain *chain) {
    return &graft_graph_node(chain->graph, chain->node)->output;
}

/* Keras' numbering: conv2d, conv2d_1, ... ; the first that is free. Blocks' names do not come into it. */
static graft_status number(graft_chain *chain, const char *stem, char out[TEXT]) {
    size_t next = 0;
    char linear[TEXT + 8];
    (void)graft_strmap_get(chain->numbers, stem, &next);
    do {
        if (next == 0)
            snprintf(out, TEXT, "%s%s", chain->root, stem);
        else
            snprintf(out, TEXT, "%s%s_%zu", chain->root, stem, next);
        snprintf(linear, sizeof linear, "%s/linear", out);
        next++;
    } while (graft_graph_find(chain->graph, out) >= 0 || graft_graph_find(chain->graph, linear) >= 0);
    return graft_strmap_set(chain->numbers, stem, next);
}

graft_status graft_chain_begin(graft_chain *chain) {
    if (chain->node >= 0) return GRAFT_OK;
    const int64_t size = chain->height ? chain->height : 224;
    const graft_input_attributes a = {
        .shape = {chain->channels ? chain->channels : 3, size, chain->width ? chain->width : size}, .rank = 3};
    graft_status status = graft_graph_add(chain->graph, "input", "input", &a, NULL, 0, &chain->node);
    chain->entry = chain->node;
    return status;
}

graft_status graft_chain_add(graft_chain *chain, const char *place, const char *op, const char *name, const char *stem,
                             const void *attributes, const int *inputs, int count) {
    char text[TEXT];
    if (!name[0]) {
        GRAFT_TRY(number(chain, stem, text));
        name = text;
    }
    return graft_chain_fail_in(chain, place,
                               graft_graph_add(chain->graph, op, name, attributes, inputs, count, &chain->node));
}

/* One node behind where the chain stands. */
static graft_status follow(graft_chain *chain, const graft_chain_layer *layer, const char *op, const char *name,
                           const char *stem, const void *attributes) {
    GRAFT_TRY(graft_chain_begin(chain));
    return graft_chain_add(chain, layer->place, op, name, stem, attributes, (const int[]){chain->node}, 1);
}

/* A layer with weights and, when asked for, its activation behind it: NAME/linear, NAME. */
static graft_status activated(graft_chain *chain, const graft_chain_layer *layer, const char *op, const char *stem,
                              const void *attributes) {
    char name[TEXT], linear[TEXT + 8];
    if (layer->name[0])
        snprintf(name, sizeof name, "%s", layer->name);
    else
        GRAFT_TRY(number(chain, stem, name));
    if (!layer->set.softmax && !layer->set.activates) return follow(chain, layer, op, name, NULL, attributes);
    snprintf(linear, sizeof linear, "%s/linear", name);
    GRAFT_TRY(follow(chain, layer, op, linear, NULL, attributes));
    if (layer->set.softmax) return follow(chain, layer, "softmax", name, NULL, NULL);
    return follow(chain, layer, "activation", name, NULL, &layer->set.activation);
}

/* ---- convolutions ---- */

static graft_status window_of(const graft_chain *chain, const graft_chain_layer *layer, const graft_chain_list *size,
                              graft_conv2d_attributes *out) {
    const graft_chain_settings *set = &layer->set;
    *out = (graft_conv2d_attributes){.strides = {1, 1}, .groups = set->groups, .bias = set->bias};
    GRAFT_TRY(graft_chain_pair(chain, layer->place, "a kernel", size, out->kernel));
    if (layer->strides.count > 0)
        GRAFT_TRY(graft_chain_pair(chain, layer->place, "a stride", &layer->strides, out->strides));
    out->same = set->padding == GRAFT_CHAIN_SAME;
    for (int i = 0; i < 2; i++)
        out->dilations[i] = set->dilations[i];
    for (int side = 0; side < 4; side++) {
        if (set->padding == GRAFT_CHAIN_HALF)
            out->padding[side] = (out->kernel[side / 2] - 1) / 2 * out->dilations[side / 2];
        else if (set->padding == GRAFT_CHAIN_EXPLICIT)
            out->padding[side] = set->pad[side];
    }
    return GRAFT_OK;
}

static graft_status filters_of(const graft_chain *chain, const graft_chain_layer *layer, int64_t *out) {
    return graft_chain_whole(chain, layer->place, "the number of filters", layer->arguments[0].value[0], 1,
                             GRAFT_MAX_DIMENSION, out);
}

static graft_status add_conv(graft_chain *chain, const graft_chain_layer *layer) {
    graft_conv2d_attributes a;
    GRAFT_TRY(window_of(chain, layer, &layer->arguments[1], &a));
    GRAFT_TRY(filters_of(chain, layer, &a.filters));
    return activated(chain, layer, "conv2d", "conv2d", &a);
}

/* The transpose of the convolution that has these numbers. */
static graft_status add_convt(graft_chain *chain, const graft_chain_layer *layer) {
    graft_conv2d_attributes of;
    GRAFT_TRY(window_of(chain, layer, &layer->arguments[1], &of));
    GRAFT_TRY(filters_of(chain, layer, &of.filters));
    graft_conv2d_transpose_attributes a = {
        .filters = of.filters, .same = of.same, .groups = of.groups, .bias = of.bias};
    for (int axis = 0; axis < 2; axis++) {
        a.kernel[axis] = of.kernel[axis];
        a.strides[axis] = of.strides[axis];
        a.dilations[axis] = of.dilations[axis];
        a.output_padding[axis] = layer->set.outpad[axis];
    }
    for (int side = 0; side < 4; side++)
        a.padding[side] = of.padding[side];
    return activated(chain, layer, "conv2d_transpose", "conv2d_transpose", &a);
}

static graft_status add_dwconv(graft_chain *chain, const graft_chain_layer *layer) {
    graft_conv2d_attributes a;
    GRAFT_TRY(graft_chain_begin(chain));
    GRAFT_TRY(window_of(chain, layer, &layer->arguments[0], &a));
    a.filters = a.groups = graft_chain_shape(chain)->dim[0];
    return activated(chain, layer, "conv2d", "depthwise_conv2d", &a);
}

static graft_status add_sepconv(graft_chain *chain, const graft_chain_layer *layer) {
    graft_conv2d_attributes a,
        pointwise = {.kernel = {1, 1}, .strides = {1, 1}, .dilations = {1, 1}, .groups = 1, .bias = layer->set.bias};
    graft_chain_layer named = *layer;
    char text[TEXT], depthwise[TEXT + 12];
    GRAFT_TRY(graft_chain_begin(chain));
    GRAFT_TRY(window_of(chain, layer, &layer->arguments[1], &a));
    GRAFT_TRY(filters_of(chain, layer, &pointwise.filters));
    a.filters = a.groups = graft_chain_shape(chain)->dim[0];
    a.bias = false;
    if (!layer->name[0]) {
        GRAFT_TRY(number(chain, "separable_conv2d", text));
        snprintf(named.name, sizeof named.name, "%.*s", GRAFT_CHAIN_NAME - 1, text);
    }
    snprintf(depthwise, sizeof depthwise, "%s/depthwise", named.name);
    GRAFT_TRY(follow(chain, layer, "conv2d", depthwise, NULL, &a));
    return activated(chain, &named, "conv2d", NULL, &pointwise);
}

/* ---- pools ---- */

/* Sizes that round up are those of stride - 1 more cells below and to the right: a window that begins in them is
 * never reached. */
static graft_status add_pool(graft_chain *chain, const graft_chain_layer *layer, const char *op, const char *stem) {
    graft_conv2d_attributes window;
    graft_pool_attributes a = {.count_padding = layer->set.count};
    GRAFT_TRY(window_of(chain, layer, &layer->arguments[0], &window));
    for (int axis = 0; axis < 2; axis++) {
        a.size[axis] = window.kernel[axis];
        a.strides[axis] = layer->strides.count > 0 ? window.strides[axis] : window.kernel[axis];
    }
    a.same = window.same;
    for (int side = 0; side < 4; side++)
        a.padding[side] = window.padding[side] + (layer->set.ceil && side % 2 ? a.strides[side / 2] - 1 : 0);
    return follow(chain, layer, op, layer->name, stem, &a);
}

static graft_status add_maxpool(graft_chain *chain, const graft_chain_layer *layer) {
    return add_pool(chain, layer, "maxpool2d", "max_pooling2d");
}

static graft_status add_avgpool(graft_chain *chain, const graft_chain_layer *layer) {
    return add_pool(chain, layer, "avgpool2d", "average_pooling2d");
}

/* PyTorch's adaptive pooling where its parts are equal. */
static graft_status add_adapt(graft_chain *chain, const graft_chain_layer *layer) {
    graft_pool_attributes a = {0};
    int64_t wanted;
    char text[GRAFT_SHAPE_TEXT];
    GRAFT_TRY(graft_chain_begin(chain));
    GRAFT_TRY(graft_chain_whole(chain, layer->place, "the size", layer->arguments[0].value[0], 1, 4096, &wanted));
    const graft_shape *shape = graft_chain_shape(chain);
    for (int axis = 0; axis < 2; axis++) {
        if (shape->rank != 3 || shape->dim[1 + axis] % wanted != 0)
            return graft_chain_fail(
                chain, layer->place,
                "a map of %s, expected a height and width that are multiples of %lld (choose another "
                "input size, or leave the classifier out)",
                graft_shape_text(shape, text), (long long)wanted);
        a.size[axis] = a.strides[axis] = shape->dim[1 + axis] / wanted;
    }
    return follow(chain, layer, "avgpool2d", layer->name, "adaptive_avgpool2d", &a);
}

static graft_status add_gap(graft_chain *chain, const graft_chain_layer *layer) {
    const graft_global_pool_attributes a = {.keepdims = layer->set.keep};
    return follow(chain, layer, "global_avgpool", layer->name, "global_average_pooling2d", &a);
}

static graft_status add_gmp(graft_chain *chain, const graft_chain_layer *layer) {
    const graft_global_pool_attributes a = {.keepdims = layer->set.keep};
    return follow(chain, layer, "global_maxpool", layer->name, "global_max_pooling2d", &a);
}

/* ---- the rest ---- */

static graft_status add_dense(graft_chain *chain, const graft_chain_layer *layer) {
    graft_dense_attributes a = {.units = chain->classes, .bias = layer->set.bias};
    if (layer->argument_count > 0)
        GRAFT_TRY(graft_chain_whole(chain, layer->place, "the number of units", layer->arguments[0].value[0], 1,
                                    GRAFT_MAX_DIMENSION, &a.units));
    if (a.units < 1)
        return graft_chain_fail(chain, layer->place, "'dense' without a number and no classes, expected dense:UNITS");
    return activated(chain, layer, "dense", "dense", &a);
}

static graft_status add_bn(graft_chain *chain, const graft_chain_layer *layer) {
    const graft_batchnorm_attributes a = {
        .epsilon = layer->set.epsilon, .scale = layer->set.scale, .center = layer->set.center};
    return follow(chain, layer, "batchnorm", layer->name, "batch_normalization", &a);
}

static graft_status add_flatten(graft_chain *chain, const graft_chain_layer *layer) {
    const graft_flatten_attributes a = {.order = layer->set.order};
    return follow(chain, layer, "flatten", layer->name, "flatten", &a);
}

static graft_status add_reshape(graft_chain *chain, const graft_chain_layer *layer) {
    const graft_chain_list *shape = &layer->arguments[0];
    graft_reshape_attributes a = {.rank = shape->count};
    if (shape->count != 3)
        return graft_chain_fail(chain, layer->place, "%d numbers, expected reshape:CHANNELS,HEIGHT,WIDTH",
                                shape->count);
    for (int i = 0; i < 3; i++)
        GRAFT_TRY(graft_chain_whole(chain, layer->place, "a dimension", shape->value[i], 1, GRAFT_MAX_DIMENSION,
                                    &a.shape[i]));
    return follow(chain, layer, "reshape", layer->name, "reshape", &a);
}

static graft_status add_slice(graft_chain *chain, const graft_chain_layer *layer) {
    graft_slice_attributes a = {.axis = 0};
    GRAFT_TRY(graft_chain_whole(chain, layer->place, "the first", layer->arguments[0].value[0], 0, GRAFT_MAX_DIMENSION,
                                &a.begin));
    GRAFT_TRY(graft_chain_whole(chain, layer->place, "how many", layer->arguments[1].value[0], 1, GRAFT_MAX_DIMENSION,
                                &a.length));
    return follow(chain, layer, "slice", layer->name, "slice", &a);
}

static graft_status add_dropout(graft_chain *chain, const graft_chain_layer *layer) {
    const graft_dropout_attributes a = {.rate = layer->argument_count > 0 ? layer->arguments[0].value[0] : 0.5};
    return follow(chain, layer, "dropout", layer->name, "dropout", &a);
}

static graft_status add_pad(graft_chain *chain, const graft_chain_layer *layer) {
    graft_pad_attributes a;
    GRAFT_TRY(graft_chain_sides(chain, layer->place, &layer->arguments[0], a.padding));
    return follow(chain, layer, "zeropad2d", layer->name, "zero_padding2d", &a);
}

static graft_status add_softmax(graft_chain *chain, const graft_chain_layer *layer) {
    return follow(chain, layer, "softmax", layer->name, "softmax", NULL);
}

static graft_status set_channels(const graft_chain *chain, const graft_chain_layer *layer, const char *param,
                                 const graft_chain_list *list) {
    graft_node *node = graft_graph_node(chain->graph, chain->node);
    graft_tensor *value;
    if (node->output.dim[0] > MOST_SCALED)
        return graft_chain_fail(chain, layer->place, "%lld channels, expected at most %d to scale",
                                (long long)node->output.dim[0], MOST_SCALED);
    if (list->count > 1 && list->count != node->output.dim[0])
        return graft_chain_fail(chain, layer->place, "a list of %d, expected 1 or one a channel: %lld", list->count,
                                (long long)node->output.dim[0]);
    GRAFT_TRY(graft_tensor_new(GRAFT_F32, &graft_node_param(node, param)->shape, &value));
    for (int64_t i = 0; i < node->output.dim[0]; i++)
        graft_tensor_f32(value)[i] = (float)list->value[list->count > 1 ? i : 0];
    return graft_node_set_param(node, param, value);
}

static graft_status add_scale(graft_chain *chain, const graft_chain_layer *layer) {
    static const graft_chain_list none = {.count = 1};
    GRAFT_TRY(follow(chain, layer, "scale_shift", layer->name, "rescaling", NULL));
    GRAFT_TRY(set_channels(chain, layer, "scale", &layer->arguments[0]));
    return set_channels(chain, layer, "shift", layer->argument_count > 1 ? &layer->arguments[1] : &none);
}

/* The word is the function's name; its argument the slope. */
static graft_status add_activation(graft_chain *chain, const graft_chain_layer *layer) {
    graft_activation_attributes a;
    if (!graft_chain_activation_find(layer->word->name, &a))
        return graft_fail(GRAFT_E_INTERNAL, "no activation '%s'", layer->word->name);
    if (layer->argument_count > 0) a.alpha = layer->arguments[0].value[0];
    return follow(chain, layer, "activation", layer->name, "activation", &a);
}

enum {
    CONVOLUTION = GRAFT_CHAIN_PADDING | GRAFT_CHAIN_BIAS | GRAFT_CHAIN_DILATION | GRAFT_CHAIN_ACTIVATION,
    POOL = GRAFT_CHAIN_PADDING | GRAFT_CHAIN_POOL
};

static const graft_chain_word words[] = {
    {"conv", "nw", CONVOLUTION | GRAFT_CHAIN_GROUPS, "conv:FILTERS:KERNEL[/STRIDE][:OPTION...]", add_conv},
    {"convt", "nw", CONVOLUTION | GRAFT_CHAIN_GROUPS | GRAFT_CHAIN_OUTPAD, "convt:FILTERS:KERNEL[/STRIDE][:OPTION...]",
     add_convt},
    {"dwconv", "w", CONVOLUTION, "dwconv:KERNEL[/STRIDE][:OPTION...]", add_dwconv},
    {"sepconv", "nw", CONVOLUTION, "sepconv:FILTERS:KERNEL[/STRIDE][:OPTION...]", add_sepconv},
    {"dense", "N", GRAFT_CHAIN_BIAS | GRAFT_CHAIN_ACTIVATION, "dense[:UNITS][:OPTION...]", add_dense},
    {"bn", "", GRAFT_CHAIN_EPSILON | GRAFT_CHAIN_AFFINE, "bn[:epsilon=X][:noscale][:nocenter]", add_bn},
    {"maxpool", "w", POOL, "maxpool:SIZE[/STRIDE][:OPTION...]", add_maxpool},
    {"avgpool", "w", POOL | GRAFT_CHAIN_COUNT, "avgpool:SIZE[/STRIDE][:OPTION...]", add_avgpool},
    {"adapt", "n", 0, "adapt:SIZE", add_adapt},
    {"gap", "", GRAFT_CHAIN_KEEP, "gap[:keep]", add_gap},
    {"gmp", "", GRAFT_CHAIN_KEEP, "gmp[:keep]", add_gmp},
    {"flatten", "", GRAFT_CHAIN_ORDER, "flatten[:hwc|chw]", add_flatten},
    {"reshape", "l", 0, "reshape:CHANNELS,HEIGHT,WIDTH", add_reshape},
    {"slice", "nn", 0, "slice:FIRST:COUNT", add_slice},
    {"dropout", "N", 0, "dropout[:RATE]", add_dropout},
    {"pad", "l", 0, "pad:N or pad:TOP,BOTTOM,LEFT,RIGHT", add_pad},
    {"scale", "lL", 0, "scale:FACTOR[:SHIFT]", add_scale},
    {"softmax", "", 0, "softmax", add_softmax},
    {"leaky_relu", "N", 0, "leaky_relu[:SLOPE]", add_activation},
    {"elu", "N", 0, "elu[:SCALE]", add_activation},
    {"hard_sigmoid", "N", 0, "hard_sigmoid[:SLOPE]", add_activation},
#define PLAIN(name) \
    { #name, "", 0, #name, add_activation }
    PLAIN(linear),
    PLAIN(relu),
    PLAIN(relu6),
    PLAIN(selu),
    PLAIN(sigmoid),
    PLAIN(tanh),
    PLAIN(swish),
    PLAIN(hard_swish),
    PLAIN(gelu),
    PLAIN(softplus),
    PLAIN(softsign),
    PLAIN(exp),
#undef PLAIN
};

enum { WORD_COUNT = sizeof words / sizeof *words };

const graft_chain_word *graft_chain_word_at(size_t index) {
    return index < WORD_COUNT ? &words[index] : NULL;
}

const graft_chain_word *graft_chain_word_find(const char *name) {
    for (size_t i = 0; i < WORD_COUNT; i++)
        if (strcmp(words[i].name, name) == 0) return &words[i];
    return NULL;
}
