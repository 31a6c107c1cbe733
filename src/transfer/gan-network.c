/* Networks of the registry of architectures. */
#include "transfer/gan-internal.h"

#include "base/alloc.h"
#include "base/error.h"
#include "nn/op.h"

#include <stdio.h>
#include <string.h>

static const graft_gan_arch registry[] = {
#define GRAFT_GAN_ARCH(id, name, help, initialiser) \
    {name, help, initialiser, graft_gan_##id##_generator, graft_gan_##id##_discriminator},
#include "transfer/gan-archs.def"
#undef GRAFT_GAN_ARCH
};

const graft_gan_arch *graft_gan_arch_at(size_t index) {
    return index < sizeof registry / sizeof *registry ? &registry[index] : NULL;
}

graft_status graft_gan_arch_find(const char *name, const graft_gan_arch **out) {
    if (!name || !*name) {
        *out = &registry[0];
        return GRAFT_OK;
    }
    for (size_t i = 0; (*out = graft_gan_arch_at(i)) != NULL; i++)
        if (strcmp((*out)->name, name) == 0) return GRAFT_OK;
    return graft_fail(GRAFT_E_USAGE, "--arch: received \"%.40s\", expected one of graft list gan-archs, such as %s",
                      name, registry[0].name);
}

static graft_status begin(const graft_gan_arch *arch, const char *what, const graft_input_attributes *input,
                          graft_graph **out, int *at) {
    char name[80];
    snprintf(name, sizeof name, "%s_%s", arch->name, what);
    GRAFT_TRY(graft_graph_new(name, out));
    return graft_graph_add(*out, "input", "input", input, NULL, 0, at);
}

graft_status graft_gan_generator(const graft_gan_arch *arch, const graft_gan_spec *spec, graft_graph **out) {
    const graft_input_attributes input = {.shape = {spec->latent, 1, 1}, .rank = 3};
    int at;
    *out = NULL;
    graft_status status = begin(arch, "generator", &input, out, &at);
    if (status == GRAFT_OK) status = arch->generator(*out, spec, at, &at);
    if (status == GRAFT_OK) return GRAFT_OK;
    graft_graph_free(*out);
    *out = NULL;
    return status;
}

graft_status graft_gan_discriminator(const graft_gan_arch *arch, const graft_gan_spec *spec, graft_graph **out,
                                     int *features) {
    const graft_input_attributes input = {.shape = {spec->channels, spec->size, spec->size}, .rank = 3};
    int at;
    *out = NULL;
    graft_status status = begin(arch, "discriminator", &input, out, &at);
    if (status == GRAFT_OK) status = arch->discriminator(*out, spec, at, features, &at);
    if (status == GRAFT_OK) return GRAFT_OK;
    graft_graph_free(*out);
    *out = NULL;
    return status;
}

graft_status graft_gan_freeze(const graft_graph *discriminator, int64_t frozen, bool **out) {
    const int count = graft_graph_count(discriminator);
    int64_t layer = 0;
    bool *learns = graft_allocate_zero((size_t)count, sizeof *learns);
    if (!learns) return graft_fail_memory("a freeze plan");
    for (int i = 0; i < count; i++) {
        layer += graft_graph_node(discriminator, i)->op == graft_op_find("conv2d");
        learns[i] = layer > frozen;
    }
    if (frozen >= 0 && frozen < layer) {
        *out = learns;
        return GRAFT_OK;
    }
    graft_release(learns);
    return graft_fail(GRAFT_E_USAGE,
                      "--freeze-discriminator: received %lld, expected 0 to %lld: of its %lld layers one "
                      "must learn",
                      (long long)frozen, (long long)layer - 1, (long long)layer);
}

void graft_gan_preprocess(const graft_gan_spec *spec, graft_preprocess *out) {
    graft_preprocess_init(out, GRAFT_SCALING_TF);
    out->width = out->height = (int)spec->size;
    out->channels = (int)spec->channels;
}
