#include "zoo/autoencoder.h"

#include "base/error.h"
#include "base/strmap.h"

#include <string.h>

#define FAMILY(name) extern const char *const graft_family_##name[];
#include "zoo/families.def"
#undef FAMILY

static const graft_autoencoder_arch archs[] = {
#define GRAFT_AUTOENCODER(name_, help_, family_, variables_, loss_, noise_) \
    {.net = {.name = name_,                                                 \
             .help = help_,                                                 \
             .size = 32,                                                    \
             .minimum = 8,                                                  \
             .classes = 1,                                                  \
             .scaling = GRAFT_SCALING_01,                                   \
             .filter = GRAFT_FILTER_BILINEAR,                               \
             .initialiser = GRAFT_INIT_HE,                                  \
             .variables = variables_,                                       \
             .text = graft_family_##family_},                               \
     .loss = GRAFT_RECONSTRUCTION_##loss_,                                  \
     .noise = noise_},
#include "zoo/autoencoders.def"
#undef GRAFT_AUTOENCODER
};

enum { ARCH_COUNT = sizeof archs / sizeof *archs };

const graft_autoencoder_arch *graft_autoencoder_arch_at(size_t index) {
    return index < ARCH_COUNT ? &archs[index] : NULL;
}

static graft_status find(const char *name, const graft_autoencoder_arch **out) {
    const char *names[ARCH_COUNT];
    for (size_t i = 0; i < ARCH_COUNT; i++) {
        *out = &archs[i];
        names[i] = archs[i].net.name;
        if (strcmp(names[i], name) == 0) return GRAFT_OK;
    }
    const char *nearest = graft_text_nearest(name, names, ARCH_COUNT);
    return graft_fail(
        GRAFT_E_USAGE,
        "--arch: there is no autoencoder '%.80s'%s%s%s (graft list autoencoders shows them; a file's name "
        "ends in .net)",
        name, nearest ? ", did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
}

static const graft_node *layer(const graft_graph *graph, const char *name) {
    const int at = graft_graph_find(graph, name);
    return at < 0 ? NULL : graft_graph_node(graph, at);
}

/* What training and everything after it rely on. */
static graft_status check(const char *name, const graft_graph *graph) {
    const graft_node *latent = layer(graph, GRAFT_LAYER_LATENT), *decoded = layer(graph, GRAFT_LAYER_DECODED),
                     *log_variance = layer(graph, GRAFT_LAYER_LOG_VARIANCE);
    const graft_shape *input = &graft_graph_node(graph, graft_graph_input(graph))->output;
    char received[GRAFT_SHAPE_TEXT], expected[GRAFT_SHAPE_TEXT];
    if (!latent || !decoded)
        return graft_fail(GRAFT_E_DATA, "%s: no layer %s, expected an autoencoder with the layers %s and %s", name,
                          latent ? GRAFT_LAYER_DECODED : GRAFT_LAYER_LATENT, GRAFT_LAYER_LATENT, GRAFT_LAYER_DECODED);
    if (!graft_shape_equal(&decoded->output, input))
        return graft_fail(GRAFT_E_DATA, "%s: layer %s is %s, expected the input's %s", name, GRAFT_LAYER_DECODED,
                          graft_shape_text(&decoded->output, received), graft_shape_text(input, expected));
    if (latent->output.rank != 1 || (log_variance && !graft_shape_equal(&log_variance->output, &latent->output)))
        return graft_fail(GRAFT_E_DATA, "%s: layer %s is %s, expected a vector%s", name, GRAFT_LAYER_LATENT,
                          graft_shape_text(&latent->output, received),
                          log_variance ? ", as long as that of " GRAFT_LAYER_LOG_VARIANCE : "");
    return GRAFT_OK;
}

graft_status graft_autoencoder_build(const char *name, const graft_arch_options *options, uint64_t seed,
                                     const graft_autoencoder_arch **arch, graft_graph **out) {
    const size_t length = strlen(name);
    const bool is_file = length > 4 && strcmp(name + length - 4, ".net") == 0;
    graft_graph *graph = NULL;
    *arch = NULL;
    if (!is_file) GRAFT_TRY(find(name, arch));
    GRAFT_TRY(is_file ? graft_arch_build(name, options, &graph) : graft_arch_build_row(&(*arch)->net, options, &graph));
    graft_status status = check(name, graph);
    if (status == GRAFT_OK) status = graft_graph_initialise(graph, GRAFT_INIT_HE, seed);
    if (status == GRAFT_OK)
        *out = graph;
    else
        graft_graph_free(graph);
    return status;
}
