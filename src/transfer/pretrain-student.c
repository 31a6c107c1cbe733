/* The network that learns: of the table of architectures, of a text of one's own, or built like that of a file. */
#include "transfer/gan-internal.h"
#include "transfer/pretrain-internal.h"

#include "base/error.h"
#include "base/file.h"
#include "zoo/arch.h"
#include "zoo/chain.h"

#include <string.h>

/* ---- which one ---- */

static bool is_file(const char *name) {
    return !graft_arch_find(name) && !graft_arch_is(name) && graft_file_kind_of(name) == GRAFT_FILE_REGULAR;
}

/* Names of tables whose networks come out of a training of their own. */
static graft_status refuse_others(const char *name) {
    const char *verb = NULL;
    if (graft_arch_find(name) || graft_arch_is(name)) return GRAFT_OK;
    for (size_t i = 0; graft_autoencoder_arch_at(i); i++)
        if (strcmp(graft_autoencoder_arch_at(i)->net.name, name) == 0) verb = "autoencoder";
    for (size_t i = 0; graft_gan_arch_at(i); i++)
        if (strcmp(graft_gan_arch_at(i)->name, name) == 0) verb = "gan";
    if (!verb) return GRAFT_OK;
    return graft_fail(GRAFT_E_USAGE,
                      "--arch %s: is a network of graft %s: give the %s that one of its runs left, whose structure is "
                      "taken",
                      name, verb, *verb == 'g' ? "discriminator.safetensors" : "backbone.safetensors");
}

/* What the file's network is built like, at `side` pixels (0: its own). */
static graft_status open_file(const graft_pretraining *self, int side, graft_backbone **out) {
    const graft_pretrain_options *o = &self->options;
    graft_backbone_options options = GRAFT_BACKBONE_OPTIONS_INIT;
    options.image_size = side;
    options.fit = o->fit;
    options.filter = o->filter;
    graft_status status = graft_backbone_open(out, self->context, o->arch, &options);
    if (status != GRAFT_E_USAGE) return status;
    options.preprocess = GRAFT_SCALING_01; /* where the file is silent: for values drawn anew any will do */
    return graft_backbone_open(out, self->context, o->arch, &options);
}

graft_status graft_pretrain_side(const graft_pretraining *self, int *side) {
    const graft_arch_options no_top = {.no_top = true};
    const char *arch = self->options.arch;
    graft_graph *whole;
    *side = (int)self->options.image_size;
    if (*side > 0 || self->options.progressive) return GRAFT_OK;
    if (is_file(arch)) {
        graft_backbone *like;
        GRAFT_TRY(open_file(self, 0, &like));
        *side = graft_backbone_preprocess(like)->height;
        graft_backbone_free(like);
        return GRAFT_OK;
    }
    GRAFT_TRY(refuse_others(arch));
    GRAFT_TRY(graft_arch_build(arch, &no_top, &whole));
    *side = (int)graft_graph_node(whole, graft_graph_input(whole))->output.dim[1];
    graft_graph_free(whole);
    return GRAFT_OK;
}

/* ---- making it ---- */

static graft_status describe_pictures(graft_pretraining *self, const graft_arch *arch, const graft_graph *graph) {
    const graft_shape *input = &graft_graph_node(graph, graft_graph_input(graph))->output;
    if (input->rank != 3) return graft_fail(GRAFT_E_USAGE, "--arch %s: it takes no pictures", self->options.arch);
    graft_preprocess_init(&self->spec, arch ? arch->scaling : GRAFT_SCALING_01);
    self->spec.channels = (int)input->dim[0];
    self->spec.height = (int)input->dim[1];
    self->spec.width = (int)input->dim[2];
    self->spec.fit = (graft_fit)self->options.fit;
    self->spec.filter = arch ? arch->filter : GRAFT_FILTER_BILINEAR;
    if (self->options.filter > 0) self->spec.filter = (graft_filter)(self->options.filter - 1);
    return GRAFT_OK;
}

/* The network up to `last`, then one linear layer of `outputs` values. Whatever has no value is drawn. */
static graft_status add_head(graft_pretraining *self, const graft_graph *whole, int last, graft_initialiser initialiser,
                             size_t outputs, graft_tune_network *out) {
    const graft_chain_options chain = {.classes = (int64_t)outputs, .prefix = "head_", .what = "head"};
    int end;
    GRAFT_TRY(graft_graph_prefix(whole, &last, 1, &out->graph, &self->feature_node));
    const bool map = graft_graph_node(out->graph, self->feature_node)->output.rank == 3;
    out->last_map = self->feature_node;
    out->head = self->feature_node + 1;
    out->dense = -1;
    GRAFT_TRY(graft_chain_append(out->graph, map ? "gap dense" : "dense", self->feature_node, &chain, &end));
    GRAFT_TRY(graft_graph_initialise(out->graph, initialiser, self->options.seed));
    return graft_graph_complete(out->graph);
}

/* Every value of the backbone comes from the file; the head's are new. */
static graft_status begin_from(const graft_pretraining *self, graft_tune_network *student) {
    graft_backbone *from;
    if (!self->options.from) return GRAFT_OK;
    GRAFT_TRY(graft_backbone_open(&from, self->context, self->options.from, NULL));
    graft_status status = GRAFT_OK;
    for (int i = 0; i <= self->feature_node && status == GRAFT_OK; i++) {
        const graft_node *node = graft_graph_node(student->graph, i);
        const int at = node->param_count > 0 ? graft_graph_find(from->graph, node->name) : 0;
        if (at < 0)
            status = graft_fail(GRAFT_E_USAGE, "--from %s: it has no layer %s: is it of another architecture than %s?",
                                self->options.from, node->name, self->options.arch);
    }
    if (status == GRAFT_OK) status = graft_tune_network_take(student, from->graph);
    graft_backbone_free(from);
    return status;
}

static graft_status of_table(graft_pretraining *self, int side, size_t outputs, graft_tune_network *out) {
    const char *name = self->options.arch;
    const graft_arch *arch = graft_arch_find(name);
    const graft_arch_options shape = {.no_top = true, .height = side};
    graft_graph *whole;
    GRAFT_TRY(refuse_others(name));
    GRAFT_TRY(graft_arch_build(name, &shape, &whole));
    graft_status status = describe_pictures(self, arch, whole);
    if (status == GRAFT_OK)
        status = add_head(self, whole, graft_cut_last_map(whole), arch ? arch->initialiser : GRAFT_INIT_GLOROT, outputs,
                          out);
    graft_graph_free(whole);
    return status;
}

/* Up to the features that --base would see: the last map of a discriminator, the code of an encoder. */
static graft_status like_file(graft_pretraining *self, int side, size_t outputs, graft_tune_network *out) {
    graft_backbone *like;
    GRAFT_TRY(open_file(self, side, &like));
    self->spec = *graft_backbone_preprocess(like);
    graft_status status = graft_graph_redraw(like->graph, GRAFT_INIT_HE, self->options.seed);
    if (status == GRAFT_OK)
        status = add_head(self, like->graph, graft_cut_last(like->graph), GRAFT_INIT_HE, outputs, out);
    graft_backbone_free(like);
    return status;
}

graft_status graft_pretrain_student(graft_pretraining *self, size_t outputs, graft_tune_network *out) {
    const int side = self->sizes[self->size_count - 1].side;
    *out = (graft_tune_network){0};
    graft_status status =
        is_file(self->options.arch) ? like_file(self, side, outputs, out) : of_table(self, side, outputs, out);
    if (status == GRAFT_OK) status = begin_from(self, out);
    if (status != GRAFT_OK) graft_tune_network_clear(out);
    return status;
}
