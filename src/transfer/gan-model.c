/* Generative models as files: safetensors, sealed like other models. Graphs are not stored: they are built anew from
 * the specification. */
#include "transfer/gan-internal.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "transfer/model-built.h"
#include "transfer/network-write.h"

static const graft_built_kind gan_file = {"graft-gan", 1,
                                          "no generative model, expected one that `graft gan train` wrote"};

void graft_gan_model_clear(graft_gan_model *model) {
    graft_graph_free(model->generator);
    graft_graph_free(model->discriminator);
    graft_graph_free(model->average);
    *model = (graft_gan_model){0};
}

/* ---- writing ---- */

static graft_json *describe(const graft_gan_model *model) {
    graft_json *json = graft_json_new_object();
    graft_json_set_text(json, "arch", model->arch->name);
    graft_json_set_int(json, "image_size", model->spec.size);
    graft_json_set_int(json, "channels", model->spec.channels);
    graft_json_set_int(json, "latent", model->spec.latent);
    graft_json_set_int(json, "width", model->spec.width);
    graft_json_set_bool(json, "spectral_norm", model->spec.spectral);
    graft_json_set_bool(json, "average", model->average != NULL);
    return json;
}

static graft_status gather(const graft_gan_model *model, graft_tensor_list *list) {
    GRAFT_TRY(graft_tensor_list_add_graph(list, "generator/", model->generator));
    GRAFT_TRY(graft_tensor_list_add_graph(list, "discriminator/", model->discriminator));
    return model->average ? graft_tensor_list_add_graph(list, "average/", model->average) : GRAFT_OK;
}

graft_status graft_gan_model_save(const graft_gan_model *model, const char *path) {
    graft_json *specification = describe(model);
    graft_tensor_list list = {0};
    graft_status status = gather(model, &list);
    if (status == GRAFT_OK) status = graft_built_write(&gan_file, specification, &list, path);
    graft_tensor_list_clear(&list);
    graft_json_free(specification);
    return status;
}

graft_status graft_gan_backbone_save(const graft_gan_model *model, const char *path) {
    graft_preprocess prepare;
    graft_graph *graph = NULL;
    graft_json *metadata = NULL;
    graft_gan_preprocess(&model->spec, &prepare);
    graft_status status = graft_graph_prefix(model->discriminator, &model->features, 1, &graph, NULL);
    if (status == GRAFT_OK) status = graft_network_metadata(graph, &prepare, NULL, 0, &metadata);
    if (status == GRAFT_OK) status = graft_network_write(path, graph, metadata, false);
    graft_json_free(metadata);
    graft_graph_free(graph);
    return status;
}

/* ---- reading ---- */

graft_status graft_gan_spec_read(const graft_json *json, graft_gan_model *model) {
    graft_gan_spec *spec = &model->spec;
    GRAFT_TRY(graft_gan_arch_find(graft_json_text(graft_json_get(json, "arch"), "?"), &model->arch));
    GRAFT_TRY(graft_built_whole(json, "image_size", GRAFT_GAN_SIZE_LEAST, GRAFT_GAN_SIZE_MOST, &spec->size));
    GRAFT_TRY(graft_built_whole(json, "channels", 1, 3, &spec->channels));
    GRAFT_TRY(graft_built_whole(json, "latent", 1, GRAFT_GAN_LATENT_MOST, &spec->latent));
    GRAFT_TRY(graft_built_whole(json, "width", 1, GRAFT_GAN_WIDTH_MOST, &spec->width));
    spec->spectral = graft_json_bool(graft_json_get(json, "spectral_norm"), false);
    if ((spec->size & (spec->size - 1)) == 0 && spec->channels != 2) return GRAFT_OK;
    return graft_fail(GRAFT_E_DATA, "pictures of %lld px and %lld channels, expected a power of two and 1 or 3",
                      (long long)spec->size, (long long)spec->channels);
}

static graft_status read_model(graft_container *file, const graft_json *json, graft_gan_model *model) {
    GRAFT_TRY(graft_gan_spec_read(json, model));
    GRAFT_TRY(graft_gan_generator(model->arch, &model->spec, &model->generator));
    GRAFT_TRY(graft_gan_discriminator(model->arch, &model->spec, &model->discriminator, &model->features));
    GRAFT_TRY(graft_tensor_expect_graph(file, "generator/", model->generator));
    GRAFT_TRY(graft_tensor_expect_graph(file, "discriminator/", model->discriminator));
    if (!graft_json_bool(graft_json_get(json, "average"), false)) return GRAFT_OK;
    GRAFT_TRY(graft_gan_generator(model->arch, &model->spec, &model->average));
    return graft_tensor_expect_graph(file, "average/", model->average);
}

static graft_status open_file(graft_container *file, const char *path, graft_gan_model *model) {
    graft_json *specification = NULL;
    GRAFT_TRY(graft_built_read(&gan_file, file, path, &specification));
    graft_status status = read_model(file, specification, model);
    graft_json_free(specification);
    return status;
}

static graft_status open_path(graft_context *context, const char *path, graft_gan_model *out) {
    graft_container *file;
    GRAFT_TRY(graft_container_open(context, path, &file));
    graft_status status = open_file(file, path, out);
    graft_container_free(file);
    if (status == GRAFT_OK || status == GRAFT_E_MEMORY) return status;
    return graft_fail_in(GRAFT_E_DATA, "%s", path);
}

graft_status graft_gan_model_open(graft_context *context, const char *path, graft_gan_model *out) {
    char *inside = NULL;
    *out = (graft_gan_model){0};
    if (graft_file_kind_of(path) == GRAFT_FILE_FOLDER) {
        inside = graft_path_join(path, "model.graft");
        if (!inside) return graft_fail_memory("a path");
    }
    graft_status status = open_path(context, inside ? inside : path, out);
    graft_release(inside);
    if (status != GRAFT_OK) graft_gan_model_clear(out);
    return status;
}
