/* Backbones: a network file and the preprocessing it was trained with. */
#include "transfer/autoencoder-internal.h"
#include "transfer/model-internal.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "base/file.h"
#include "models/store.h"
#include "nn/op.h"
#include "zoo/arch.h"

#include <string.h>

graft_status graft_options_copy(void *to, size_t size, const void *options, const char *init) {
    size_t given;
    if (!options) return GRAFT_OK;
    memcpy(&given, options, sizeof(given));
    if (given < sizeof(given))
        return graft_fail(GRAFT_E_USAGE, "options: struct_size is %zu; start from %s", given, init);
    memcpy(to, options, given < size ? given : size);
    return GRAFT_OK;
}

/* Fully connected layers fit one input size; without them the convolutions before take any. */
static graft_status resize(graft_context *context, const char *path, graft_graph **graph, int size, bool headless) {
    const int own = (int)graft_graph_node(*graph, graft_graph_input(*graph))->output.dim[2];
    graft_status status = graft_graph_resize_input(*graph, size, size);
    const int cuts[] = {graft_cut_last(*graph), graft_cut_last_map(*graph)};
    for (size_t i = 0; i < 2 && headless && status == GRAFT_E_DATA && cuts[i] != graft_graph_output(*graph); i++) {
        graft_graph *prefix;
        GRAFT_TRY(graft_graph_prefix(*graph, &cuts[i], 1, &prefix, NULL));
        status = graft_graph_resize_input(prefix, size, size);
        if (status == GRAFT_OK) {
            graft_log(context, GRAFT_LOG_INFO, "%s: without the layers after %s, which do not fit %d px", path,
                      graft_graph_node(*graph, cuts[i])->name, size);
            graft_graph_free(*graph);
            *graph = prefix;
        } else {
            graft_graph_free(prefix);
        }
    }
    if (status != GRAFT_OK) return graft_fail_in(status, "%s", path);
    if (size * 2 < own || size > own * 2)
        graft_log(context, GRAFT_LOG_WARNING,
                  "%s: %d px is far from the %d px it was pretrained at: expect worse features", path, size, own);
    return GRAFT_OK;
}

graft_status graft_network_preprocess(graft_context *context, const char *path, graft_graph **graph,
                                      const graft_weights_origin *origin, const graft_backbone_options *options,
                                      bool headless, graft_preprocess *spec, char **reason) {
    graft_scaling scaling = GRAFT_SCALING_UNKNOWN;
    graft_filter filter = GRAFT_FILTER_BILINEAR;
    const graft_shape *input = &graft_graph_node(*graph, graft_graph_input(*graph))->output;
    char text[GRAFT_SHAPE_TEXT];
    if (input->rank != 3 || (input->dim[0] != 3 && input->dim[0] != 1))
        return graft_fail(GRAFT_E_DATA, "%s: the network takes %s, expected pictures of 3 or 1 channels", path,
                          graft_shape_text(input, text));
    if (options->preprocess < 0 || options->preprocess > GRAFT_SCALING_RAW || options->fit < 0 ||
        options->fit > GRAFT_FIT_PAD || options->filter < 0 || options->filter > GRAFT_FILTER_LANCZOS + 1 ||
        options->image_size < 0 || options->image_size > 4096)
        return graft_fail(GRAFT_E_USAGE,
                          "backbone options: a value out of range (preprocess %d, fit %d, filter %d, size %lld)",
                          options->preprocess, options->fit, options->filter, (long long)options->image_size);
    GRAFT_TRY(graft_scaling_choose(path, *graph, origin, options->preprocess, &scaling, &filter, reason));
    int own = (int)input->dim[2], size = (int)options->image_size;
    if (size > 0 && (size != own || input->dim[1] != input->dim[2]))
        GRAFT_TRY(resize(context, path, graph, size, headless));
    input = &graft_graph_node(*graph, graft_graph_input(*graph))->output;
    graft_preprocess_init(spec, scaling);
    spec->channels = (int)input->dim[0];
    spec->height = (int)input->dim[1];
    spec->width = (int)input->dim[2];
    spec->fit = (graft_fit)options->fit;
    spec->filter = options->filter > 0 ? (graft_filter)(options->filter - 1) : filter;
    return GRAFT_OK;
}

/* A .graft as a backbone brings its own preprocessing; only its size may be changed. */
static graft_status open_graft(graft_backbone *backbone, const char *path, graft_container *file,
                               const graft_backbone_options *options) {
    graft_model *model = NULL;
    char name[GRAFT_SCALING_TEXT];
    GRAFT_TRY(graft_model_read(backbone->context, file, &model));
    graft_status status = GRAFT_OK;
    backbone->graph = model->graph;
    model->graph = NULL;
    graft_graph_set_quantization(backbone->graph, NULL);
    backbone->spec = model->spec;
    backbone->name = graft_text_copy(model->name);
    backbone->report = graft_text_copy("");
    backbone->scaling_reason = graft_text_copy("stored in the model");
    if (!options->image_size) { /* at another size its features are others */
        backbone->source = model->baseline;
        backbone->source_cut = model->baseline_cut;
        model->baseline = NULL;
    }
    graft_model_free(model);
    if (!backbone->name || !backbone->report || !backbone->scaling_reason) return graft_fail_memory("a backbone");
    if (options->arch) return graft_network_has_own(path);
    if (options->preprocess != GRAFT_SCALING_UNKNOWN && (graft_scaling)options->preprocess != backbone->spec.scaling)
        return graft_fail(GRAFT_E_USAGE, "%s: its preprocessing is stored in the file (%s): leave --preprocess out",
                          path, graft_scaling_text(backbone->spec.scaling, name));
    if ((options->fit && options->fit != (int)backbone->spec.fit) ||
        (options->filter && options->filter != (int)backbone->spec.filter + 1))
        return graft_fail(GRAFT_E_USAGE, "%s: its fit and filter are stored in the file: leave --fit and --filter out",
                          path);
    int size = (int)options->image_size;
    if (size > 0) {
        status = resize(backbone->context, path, &backbone->graph, size, true);
        backbone->spec.width = backbone->spec.height = size;
    }
    return status;
}

static graft_status open_foreign(graft_backbone *backbone, const char *path, graft_container *file,
                                 const graft_backbone_options *options) {
    bool top, stored;
    graft_backbone_options asked = *options;
    graft_weights_origin origin;
    GRAFT_TRY(graft_network_import(backbone->context, file, options->arch, false, &backbone->graph, &origin,
                                   &backbone->report));
    GRAFT_TRY(graft_autoencoder_cut(file, &backbone->graph));
    GRAFT_TRY(graft_stored_preprocess(file, backbone->graph, &asked, &stored));
    GRAFT_TRY(graft_network_preprocess(backbone->context, path, &backbone->graph, &origin, &asked, true,
                                       &backbone->spec, &backbone->scaling_reason));
    if (stored) {
        graft_release(backbone->scaling_reason);
        backbone->scaling_reason = graft_text_copy("stored in the file");
        if (!backbone->scaling_reason) return graft_fail_memory("a backbone");
    }
    const graft_known_network *known = origin.arch ? NULL : graft_zoo_recognise(backbone->graph, &top);
    backbone->name = graft_text_copy(known ? known->name : graft_graph_name(backbone->graph));
    return backbone->name ? GRAFT_OK : graft_fail_memory("a backbone");
}

/* As published; where the published classifier fits one input size alone, without it: training brings its own. */
static graft_status build_untrained(graft_backbone *backbone, const graft_backbone_options *options) {
    graft_arch_options shape = {.height = options->image_size};
    graft_status status = graft_arch_build(options->arch, &shape, &backbone->graph);
    if (status != GRAFT_E_USAGE || options->image_size == 0) return status;
    shape.no_top = true;
    GRAFT_TRY(graft_arch_build(options->arch, &shape, &backbone->graph));
    graft_log(backbone->context, GRAFT_LOG_INFO, "%s: without its published classifier, which does not fit %d px",
              options->arch, (int)options->image_size);
    return GRAFT_OK;
}

/* The network of a table with weights that know nothing yet. */
static graft_status open_untrained(graft_backbone *backbone, const graft_backbone_options *options) {
    const graft_arch *arch = options->arch ? graft_arch_find(options->arch) : NULL;
    if (!options->arch)
        return graft_fail(GRAFT_E_USAGE, "--base none: no --arch: name the network to train from scratch");
    GRAFT_TRY(build_untrained(backbone, options));
    GRAFT_TRY(graft_graph_initialise(backbone->graph, arch ? arch->initialiser : GRAFT_INIT_GLOROT, options->seed));
    graft_scaling scaling = arch ? arch->scaling : GRAFT_SCALING_01;
    if (options->preprocess != GRAFT_SCALING_UNKNOWN) scaling = (graft_scaling)options->preprocess;
    graft_preprocess_init(&backbone->spec, scaling);
    const graft_shape *input = &graft_graph_node(backbone->graph, graft_graph_input(backbone->graph))->output;
    backbone->spec.channels = (int)input->dim[0];
    backbone->spec.height = (int)input->dim[1];
    backbone->spec.width = (int)input->dim[2];
    backbone->spec.fit = (graft_fit)options->fit;
    backbone->spec.filter = arch ? arch->filter : GRAFT_FILTER_BILINEAR;
    if (options->filter > 0) backbone->spec.filter = (graft_filter)(options->filter - 1);
    backbone->untrained = true;
    backbone->name = graft_text_copy(options->arch);
    backbone->report = graft_text_copy("");
    backbone->scaling_reason = graft_text_copy("the network's own; it is trained from scratch");
    return backbone->name && backbone->report && backbone->scaling_reason ? GRAFT_OK : graft_fail_memory("a backbone");
}

/* A name of the registry or of the folder of models: its file, and what its record says where the caller is silent.
 * `name` NULL: the network that comes with graft, whatever lies in the folder that we are in. */
static graft_status find_stored(graft_context *context, const char *name, graft_backbone_options *options,
                                graft_record *record, char **path) {
    bool known = false;
    if (!name && options->arch)
        return graft_fail(GRAFT_E_USAGE,
                          "--arch %s says whose weights a file holds: give the file with --base FILE, or "
                          "--base none to train the network from scratch",
                          options->arch);
    if (!name) return graft_store_resolve(context, GRAFT_DEFAULT_BACKBONE, record, path, &known);
    if (graft_file_kind_of(name) != GRAFT_FILE_MISSING) return GRAFT_OK;
    GRAFT_TRY(graft_store_resolve(context, name, record, path, &known));
    if (!known) return GRAFT_OK;
    if (!options->arch && record->arch[0]) options->arch = record->arch;
    /* Of the record's own network alone. */
    if (options->arch && options->arch != record->arch) return GRAFT_OK;
    if (!options->preprocess) options->preprocess = (int)record->scaling;
    if (!options->filter) options->filter = record->filter;
    return GRAFT_OK;
}

static graft_status give_reason(graft_backbone *backbone, const graft_record *record) {
    graft_release(backbone->scaling_reason);
    backbone->scaling_reason = graft_text_format("as the record of %s says", record->name);
    return backbone->scaling_reason ? GRAFT_OK : graft_fail_memory("a backbone");
}

graft_status graft_backbone_open(graft_backbone **out, graft_context *context, const char *path,
                                 const graft_backbone_options *options) {
    graft_backbone_options given = GRAFT_BACKBONE_OPTIONS_INIT;
    graft_container *file = NULL;
    graft_record *record = NULL;
    char *stored = NULL;
    graft_status status;
    *out = NULL;
    GRAFT_TRY(graft_options_copy(&given, sizeof(given), options, "GRAFT_BACKBONE_OPTIONS_INIT"));
    graft_backbone *backbone = graft_allocate_zero(1, sizeof(*backbone));
    if (!backbone) return graft_fail_memory("a backbone");
    backbone->context = context;
    backbone->precision = (graft_precision_options)GRAFT_PRECISION_OPTIONS_INIT;
    record = graft_allocate_zero(1, sizeof(*record));
    if (!record) {
        status = graft_fail_memory("a backbone");
        goto done;
    }
    if (path && strcmp(path, "none") == 0) {
        status = open_untrained(backbone, &given);
        goto done;
    }
    GRAFT_TRY_TO(done, status, find_stored(context, path, &given, record, &stored));
    if (stored) path = stored;
    GRAFT_TRY_TO(done, status, graft_container_open(context, path, &file));
    status = graft_model_is_graft(file) ? open_graft(backbone, path, file, &given)
                                        : open_foreign(backbone, path, file, &given);
    if (status == GRAFT_OK && stored && !(options && options->preprocess) && record->scaling != GRAFT_SCALING_UNKNOWN &&
        given.preprocess == (int)record->scaling)
        status = give_reason(backbone, record);
done:
    graft_container_free(file);
    graft_release(record);
    graft_release(stored);
    if (status != GRAFT_OK) {
        graft_backbone_free(backbone);
        return status;
    }
    *out = backbone;
    return GRAFT_OK;
}

void graft_backbone_free(graft_backbone *backbone) {
    if (!backbone) return;
    graft_graph_free(backbone->graph);
    graft_release(backbone->name);
    graft_release(backbone->report);
    graft_release(backbone->scaling_reason);
    graft_head_knn.release(backbone->source);
    graft_release(backbone);
}

const char *graft_backbone_name(const graft_backbone *backbone) {
    return backbone->name;
}

const graft_preprocess *graft_backbone_preprocess(const graft_backbone *backbone) {
    return &backbone->spec;
}

const char *graft_backbone_load_report(const graft_backbone *backbone) {
    return backbone->report;
}
