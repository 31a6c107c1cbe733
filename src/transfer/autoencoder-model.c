/* Autoencoders as files: networks as graft writes them (network-write.h), which every verb that takes a network reads,
 * with one more key in the metadata, and sealed. */
#include "transfer/autoencoder-internal.h"

#include "base/alloc.h"
#include "base/error.h"
#include "transfer/model-internal.h"
#include "transfer/model-seal.h"
#include "transfer/network-write.h"
#include "transfer/tensor-list.h"

#include <math.h>
#include <string.h>

enum { VERSION = 1 };

void graft_autoencoder_free(graft_autoencoder *model) {
    if (!model) return;
    graft_graph_free(model->graph);
    graft_release(model->arch);
    graft_release(model);
}

void graft_autoencoder_tell(const graft_autoencoder *model, graft_autoencoder_about *out) {
    *out = (graft_autoencoder_about){.arch = model->arch,
                                     .latent = model->latent,
                                     .width = model->spec.width,
                                     .height = model->spec.height,
                                     .channels = model->spec.channels,
                                     .quantile = model->quantile,
                                     .threshold = model->threshold,
                                     .pictures = model->pictures};
}

/* ---- writing ---- */

static graft_status describe(const graft_autoencoder *model, graft_json *metadata) {
    graft_json *json = graft_json_new_object();
    char *text = NULL;
    graft_json_set_int(json, "format_version", VERSION);
    graft_json_set_text(json, "arch", model->arch);
    graft_json_set_real(json, "quantile", model->quantile);
    graft_json_set_real(json, "threshold", model->threshold);
    graft_json_set_int(json, "pictures", (int64_t)model->pictures);
    graft_status status = graft_json_dump(json, 0, &text, NULL);
    graft_json_free(json);
    GRAFT_TRY(status);
    graft_json_set_text(metadata, GRAFT_STORED_AUTOENCODER, text);
    graft_json_set_text(metadata, "format", "graft-network");
    graft_release(text);
    return GRAFT_OK;
}

graft_status graft_autoencoder_save(const graft_autoencoder *model, const char *path) {
    graft_tensor_list list = {0};
    graft_json *metadata = NULL;
    graft_status status = graft_network_metadata(model->graph, &model->spec, NULL, 0, &metadata);
    if (status == GRAFT_OK) status = describe(model, metadata);
    if (status == GRAFT_OK) status = graft_tensor_list_add_graph(&list, "", model->graph);
    if (status == GRAFT_OK) status = graft_tensor_list_write(&list, metadata, path);
    graft_tensor_list_clear(&list);
    graft_json_free(metadata);
    return status;
}

/* ---- reading ---- */

/* The object under `key` of the metadata. */
static graft_status stored(const graft_container *file, const char *key, graft_json **out) {
    const char *text = graft_json_text(graft_json_get(graft_container_metadata(file), key), NULL);
    if (text) return graft_json_parse(text, strlen(text), key, out);
    return graft_fail(GRAFT_E_DATA, "no autoencoder, expected a file that `graft autoencoder train` wrote");
}

graft_status graft_autoencoder_read(const graft_json *json, graft_autoencoder *model) {
    const int64_t version = graft_json_int(graft_json_get(json, "format_version"), 0);
    if (version != VERSION)
        return graft_fail(GRAFT_E_DATA, "version %lld of its record, expected %d: update graft", (long long)version,
                          VERSION);
    model->arch = graft_text_copy(graft_json_text(graft_json_get(json, "arch"), ""));
    model->quantile = graft_json_real(graft_json_get(json, "quantile"), (double)NAN);
    model->threshold = graft_json_real(graft_json_get(json, "threshold"), (double)NAN);
    const int64_t pictures = graft_json_int(graft_json_get(json, "pictures"), 0);
    model->pictures = pictures > 0 ? (size_t)pictures : 0;
    if (!model->arch) return graft_fail_memory("an autoencoder");
    if (model->quantile >= 0 && model->quantile <= 1 && model->threshold >= 0 && isfinite(model->threshold))
        return GRAFT_OK;
    return graft_fail(GRAFT_E_DATA, "quantile %g and threshold %g, expected 0 to 1 and a number from 0 on",
                      model->quantile, model->threshold);
}

/* The network fits the pictures and gives back as many numbers. */
static graft_status check(graft_autoencoder *model) {
    const graft_graph *graph = model->graph;
    const graft_shape expected = GRAFT_SHAPE(model->spec.channels, model->spec.height, model->spec.width);
    const graft_shape *input = &graft_graph_node(graph, graft_graph_input(graph))->output;
    const graft_shape *output = &graft_graph_node(graph, graft_graph_output(graph))->output;
    const int latent = graft_graph_find(graph, GRAFT_LAYER_LATENT);
    char in[GRAFT_SHAPE_TEXT], out[GRAFT_SHAPE_TEXT], wanted[GRAFT_SHAPE_TEXT];
    if (!graft_shape_equal(input, &expected) || !graft_shape_equal(output, &expected))
        return graft_fail(GRAFT_E_DATA, "its network turns %s into %s, expected %s into the same",
                          graft_shape_text(input, in), graft_shape_text(output, out),
                          graft_shape_text(&expected, wanted));
    if (latent < 0) return graft_fail(GRAFT_E_DATA, "its network has no layer " GRAFT_LAYER_LATENT);
    model->latent = graft_shape_count(&graft_graph_node(graph, latent)->output);
    return GRAFT_OK;
}

static graft_status read_model(graft_container *file, graft_autoencoder *model) {
    graft_json *figures = NULL, *preprocess = NULL;
    graft_weights_origin origin;
    char *report = NULL;
    graft_status status;
    GRAFT_TRY_TO(done, status, stored(file, GRAFT_STORED_AUTOENCODER, &figures));
    GRAFT_TRY_TO(done, status, graft_seal_verify(graft_container_path(file)));
    GRAFT_TRY_TO(done, status, stored(file, GRAFT_STORED_PREPROCESS, &preprocess));
    GRAFT_TRY_TO(done, status, graft_autoencoder_read(figures, model));
    GRAFT_TRY_TO(done, status, graft_preprocess_from_json(preprocess, &model->spec));
    GRAFT_TRY_TO(done, status,
                 graft_network_import(model->context, file, NULL, false, &model->graph, &origin, &report));
    status = check(model);
done:
    graft_json_free(figures);
    graft_json_free(preprocess);
    graft_release(report);
    return status;
}

graft_status graft_autoencoder_open(graft_autoencoder **out, graft_context *context, const char *path) {
    graft_container *file;
    *out = NULL;
    GRAFT_TRY(graft_container_open(context, path, &file));
    graft_autoencoder *model = graft_allocate_zero(1, sizeof(*model));
    if (model) model->context = context;
    graft_status status = model ? read_model(file, model) : graft_fail_memory("an autoencoder");
    graft_container_free(file);
    if (status == GRAFT_OK) {
        *out = model;
        return status;
    }
    graft_autoencoder_free(model);
    return status == GRAFT_E_MEMORY || strncmp(graft_error_text(), path, strlen(path)) == 0
               ? status
               : graft_fail_in(GRAFT_E_DATA, "%s", path);
}

graft_status graft_autoencoder_cut(const graft_container *file, graft_graph **graph) {
    graft_graph *encoder;
    if (!graft_json_get(graft_container_metadata(file), GRAFT_STORED_AUTOENCODER)) return GRAFT_OK;
    const int latent = graft_graph_find(*graph, GRAFT_LAYER_LATENT);
    if (latent < 0)
        return graft_fail(GRAFT_E_DATA, "%s: its network has no layer " GRAFT_LAYER_LATENT, graft_container_path(file));
    GRAFT_TRY(graft_graph_prefix(*graph, &latent, 1, &encoder, NULL));
    graft_graph_free(*graph);
    *graph = encoder;
    return GRAFT_OK;
}
