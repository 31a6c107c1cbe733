/* An autoencoder as training sees it, and as it is used. */
#include "transfer/autoencoder-internal.h"

#include "base/error.h"
#include "nn/op.h"

#include <stdio.h>

/* Of a Gaussian code the loss sees means and log-variances, too: they follow the picture in one vector. */
static graft_status append_moments(graft_graph *graph, int decoded, int latent, int log_variance, int *out) {
    const graft_flatten_attributes flat = {.order = 0};
    const graft_concat_attributes join = {.axis = 0};
    int picture;
    GRAFT_TRY(graft_graph_add(graph, "flatten", "loss/picture", &flat, &decoded, 1, &picture));
    return graft_graph_add(graph, "concat", "loss/parts", &join, (const int[]){picture, latent, log_variance}, 3, out);
}

static void decide_loss(graft_coding *coding) {
    const graft_autoencoder_options *o = &coding->options;
    const graft_autoencoder_arch *arch = coding->arch;
    coding->noise = o->noise >= 0 ? o->noise : arch ? arch->noise : 0;
    coding->loss = o->loss > 0 ? (graft_reconstruction)(o->loss - 1) : arch ? arch->loss : GRAFT_RECONSTRUCTION_MSE;
    snprintf(coding->words, sizeof(coding->words), "reconstruction:of=%s:latent=%zu:beta=%.17g",
             coding->loss == GRAFT_RECONSTRUCTION_BINARY ? "binary" : "mse", coding->latent, o->beta);
}

graft_status graft_coding_network(graft_coding *coding, graft_tune_network *out, int *code, graft_preprocess *spec) {
    const graft_pretrain_options *o = &coding->options.pretrain;
    const graft_arch_options shape = {.height = o->image_size,
                                      .width = o->image_size,
                                      .channels = coding->channels,
                                      .latent = coding->options.latent};
    *out = (graft_tune_network){.dense = -1};
    GRAFT_TRY(graft_autoencoder_build(o->arch, &shape, o->seed, &coding->arch, &out->graph));
    const int decoded = graft_graph_find(out->graph, GRAFT_LAYER_DECODED);
    const int log_variance = graft_graph_find(out->graph, GRAFT_LAYER_LOG_VARIANCE);
    const graft_shape *picture = &graft_graph_node(out->graph, decoded)->output;
    int last = decoded;
    *code = graft_graph_find(out->graph, GRAFT_LAYER_LATENT);
    coding->values = (size_t)graft_shape_count(picture);
    coding->latent = log_variance < 0 ? 0 : (size_t)graft_graph_node(out->graph, log_variance)->output.dim[0];
    decide_loss(coding);
    graft_preprocess_init(spec, GRAFT_SCALING_01);
    spec->channels = (int)picture->dim[0];
    spec->height = (int)picture->dim[1];
    spec->width = (int)picture->dim[2];
    spec->fit = (graft_fit)o->fit;
    graft_status status = GRAFT_OK;
    if (log_variance >= 0) status = append_moments(out->graph, decoded, *code, log_variance, &last);
    if (status == GRAFT_OK) status = graft_graph_set_output(out->graph, last);
    if (status == GRAFT_OK) status = graft_graph_complete(out->graph);
    out->last_map = *code;
    out->head = *code + 1;
    if (status != GRAFT_OK) graft_tune_network_clear(out);
    return status;
}

graft_status graft_coding_decoder(const graft_coding *coding, const graft_graph *network, graft_graph **out) {
    const graft_activation_attributes sigmoid = {.kind = GRAFT_ACT_SIGMOID};
    const int decoded = graft_graph_find(network, GRAFT_LAYER_DECODED);
    int last;
    GRAFT_TRY(graft_graph_prefix(network, &decoded, 1, out, &last));
    if (coding->loss != GRAFT_RECONSTRUCTION_BINARY) return GRAFT_OK;
    /* What sigmoid cross-entropy trained are logits. */
    graft_status status = graft_graph_add(*out, "activation", "reconstruction", &sigmoid, &last, 1, &last);
    if (status == GRAFT_OK) status = graft_graph_set_output(*out, last);
    if (status != GRAFT_OK) {
        graft_graph_free(*out);
        *out = NULL;
    }
    return status;
}
