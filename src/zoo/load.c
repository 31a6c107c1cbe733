#include "zoo/load.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/context.h"
#include "base/error.h"
#include "nn/op.h"
#include "zoo/load-fit.h"

#include <stdio.h>
#include <string.h>

/* ---- values ---- */

/* A convolution over the whole map is a dense layer whose inputs stand as C,H,W. */
static graft_status read_as_dense(graft_container *container, size_t entry, graft_node *node, const char *param) {
    graft_tensor *tensor;
    GRAFT_TRY(graft_container_read(container, entry, &tensor));
    graft_status status = graft_tensor_reshape(tensor, &graft_node_param(node, param)->shape);
    if (status == GRAFT_OK) return graft_node_set_param(node, param, tensor);
    graft_tensor_free(tensor);
    return status;
}

static graft_status read_weight(const graft_names_file *file, const graft_fitting *fitting,
                                const graft_graph_weight *weight, size_t entry, graft_graph *graph) {
    graft_node *node = graft_graph_node(graph, weight->node);
    const graft_keras_layout layout = fitting->names.dialect->weight[weight->role].layout;
    const graft_shape stored = graft_names_stored(&fitting->names, weight);
    if (!graft_keras_fits(&graft_container_entry(file->container, entry)->shape, &stored))
        return read_as_dense(file->container, entry, node, weight->param);
    return graft_keras_read_param(file->container, entry, layout, node, weight->param);
}

typedef struct reading {
    graft_context *context;
    const graft_names_file *file;
    const graft_fitting *fitting;
    graft_buffer text;
    bool *used;
    size_t matched, skipped, missing;
} reading;

static graft_status read_layer(reading *r, size_t index, graft_graph *graph) {
    const graft_graph_layer *layer = &r->fitting->names.layers[index];
    for (size_t k = 0; k < layer->count; k++) {
        const graft_graph_weight *weight = &layer->weight[k];
        const int64_t entry = r->fitting->pairing.entry[index * GRAFT_LAYER_WEIGHTS + k];
        const graft_shape stored = graft_names_stored(&r->fitting->names, weight);
        char shape[GRAFT_SHAPE_TEXT];
        if (entry >= 0 && graft_names_fits(&r->fitting->names, weight,
                                           &graft_container_entry(r->file->container, (size_t)entry)->shape)) {
            GRAFT_TRY(read_weight(r->file, r->fitting, weight, (size_t)entry, graph));
            r->used[entry] = true;
            r->matched++;
        } else if (!graft_node_param(graft_graph_node(graph, weight->node), weight->param)->value) {
            r->missing++;
            graft_buffer_format(&r->text, "missing %s/%s: %s\n", layer->name, weight->param,
                                graft_shape_text(&stored, shape));
        }
    }
    return GRAFT_OK;
}

static void list_skipped(reading *r) {
    size_t counters = 0;
    for (size_t i = 0; i < r->file->weight_count; i++) {
        const graft_entry *entry = graft_container_entry(r->file->container, i);
        char text[GRAFT_SHAPE_TEXT];
        if (r->used[i]) continue;
        r->skipped++;
        if (graft_names_is_counter(entry))
            counters++;
        else
            graft_buffer_format(&r->text, "skipped %s: %s %s, no layer takes it\n", entry->name,
                                graft_dtype_name(entry->dtype), graft_shape_text(&entry->shape, text));
    }
    if (counters > 0)
        graft_buffer_format(&r->text, "skipped %zu num_batches_tracked, which only training reads\n", counters);
}

static graft_status read_all(reading *r, graft_graph *graph, graft_load_report *report) {
    for (size_t i = 0; i < r->fitting->names.layer_count; i++) {
        GRAFT_TRY(graft_cancelled(r->context));
        GRAFT_TRY(read_layer(r, i, graph));
    }
    list_skipped(r);
    GRAFT_TRY(graft_buffer_status(&r->text));
    if (!report) return GRAFT_OK;
    *report = (graft_load_report){.matched = r->matched, .skipped = r->skipped, .missing = r->missing};
    report->text = graft_text_copy(r->text.data ? r->text.data : "");
    return report->text ? GRAFT_OK : graft_fail_memory("a load report");
}

static graft_status read_fitting(graft_context *context, const graft_names_file *file, const graft_fitting *fitting,
                                 graft_graph *graph, graft_load_report *report) {
    reading r = {.context = context, .file = file, .fitting = fitting};
    r.used = graft_allocate_zero(file->weight_count, sizeof *r.used);
    if (!r.used) return graft_fail_memory("a list of weights");
    graft_buffer_init(&r.text, 0);
    graft_status status = read_all(&r, graph, report);
    graft_buffer_clear(&r.text);
    graft_release(r.used);
    return status;
}

/* ---- what is wrong ---- */

/* "ResNet50 (He et al. 2015)": without who made it. */
static int title_width(const graft_arch *row) {
    const char *bracket = strstr(row->help, " (");
    return (int)(bracket ? (size_t)(bracket - row->help) : strlen(row->help));
}

/* " (is this ResNet50's file? try --arch resnet50.keras)", or what can be said when the table has no such network. */
static graft_status hint(const graft_names_file *file, const char *arch, char **out) {
    graft_candidate_arch other;
    graft_status status = graft_fit_table(file, &other);
    if (status != GRAFT_OK && status != GRAFT_E_USAGE) return status;
    const graft_arch *row = status == GRAFT_OK && other.whole ? graft_arch_find(other.arch) : NULL;
    if (row && strcmp(row->name, arch) != 0)
        *out = graft_text_format("is this %.*s's file? try --arch %s", title_width(row), row->help, row->name);
    else
        *out = graft_text_copy("is this the file of another network?");
    return *out ? GRAFT_OK : graft_fail_memory("an error text");
}

static graft_status explain_shape(const graft_names_file *file, const graft_fitting *fitting, const char *advice) {
    const size_t place = fitting->pairing.first_wrong;
    const graft_graph_weight *weight =
        &fitting->names.layers[place / GRAFT_LAYER_WEIGHTS].weight[place % GRAFT_LAYER_WEIGHTS];
    const graft_entry *entry = graft_container_entry(file->container, (size_t)fitting->pairing.entry[place]);
    const graft_shape stored = graft_names_stored(&fitting->names, weight);
    char received[GRAFT_SHAPE_TEXT], expected[GRAFT_SHAPE_TEXT];
    return graft_fail(GRAFT_E_DATA, "%s: %s: shape %s, expected %s (%s)", graft_container_path(file->container),
                      entry->name, graft_shape_text(&entry->shape, received), graft_shape_text(&stored, expected),
                      advice);
}

static graft_status explain_missing(const graft_names_file *file, const graft_fitting *fitting, const char *arch,
                                    const char *advice) {
    const graft_pairing *p = &fitting->pairing;
    const graft_names_graph *names = &fitting->names;
    const graft_graph_layer *layer = &names->layers[p->first_missing / GRAFT_LAYER_WEIGHTS];
    const graft_graph_weight *weight = &layer->weight[p->first_missing % GRAFT_LAYER_WEIGHTS];
    const graft_shape stored = graft_names_stored(names, weight);
    const char *usual = names->dialect->weight[weight->role].names;
    char shape[GRAFT_SHAPE_TEXT], name[300];
    (void)snprintf(name, sizeof name, "%s%c%.*s", layer->name, names->dialect->separator, (int)strcspn(usual, "|"),
                   usual);
    const char *path = graft_container_path(file->container);
    if (p->paired > 0)
        return graft_fail(GRAFT_E_DATA, "%s: %zu of the %zu tensors that %s needs are missing, first %s: %s (%s)", path,
                          p->missing, p->wanted, arch, name, graft_shape_text(&stored, shape), advice);
    return graft_fail(GRAFT_E_DATA, "%s: none of its %zu tensors has a name of %s: first %s, expected such as %s (%s)",
                      path, file->weight_count, arch,
                      file->weight_count ? graft_container_entry(file->container, 0)->name : "nothing", name, advice);
}

static graft_status explain(const graft_names_file *file, const graft_fitting *fitting, const char *arch) {
    char *advice;
    GRAFT_TRY(hint(file, arch, &advice));
    graft_status status = fitting->pairing.wrong > 0 ? explain_shape(file, fitting, advice)
                                                     : explain_missing(file, fitting, arch, advice);
    graft_release(advice);
    return status;
}

/* Tensors to spare are fine behind the network and beside it; but another network that needs them is meant. */
static graft_status check_spare(const graft_names_file *file, const graft_candidate_arch *fit) {
    graft_candidate_arch other;
    if (fit->spare == 0) return GRAFT_OK;
    graft_status status = graft_fit_table(file, &other);
    if (status == GRAFT_E_USAGE) return GRAFT_OK;
    GRAFT_TRY(status);
    const graft_arch *row = other.whole ? graft_arch_find(other.arch) : NULL;
    if (!row || other.spare >= fit->spare) return GRAFT_OK;
    return graft_fail(GRAFT_E_DATA, "%s: %zu tensors have no place in %s (is this %.*s's file? try --arch %s)",
                      graft_container_path(file->container), fit->spare, fit->arch, title_width(row), row->help,
                      row->name);
}

/* ---- loading ---- */

static graft_status load(graft_context *context, const graft_names_file *file, const char *arch, graft_graph *graph,
                         graft_load_report *report) {
    const graft_arch_options without = {.no_top = true};
    const graft_arch *row = graft_arch_find(arch);
    graft_graph *features;
    graft_fitting fitting;
    const char *name = row ? row->name : arch;
    GRAFT_TRY(graft_arch_build(arch, &without, &features));
    graft_status status = graft_fit_graph(file, graph, features, name, &fitting);
    graft_graph_free(features);
    GRAFT_TRY(status);
    status = graft_pairing_whole(&fitting.pairing) ? read_fitting(context, file, &fitting, graph, report)
                                                   : explain(file, &fitting, name);
    graft_fitting_clear(&fitting);
    return status;
}

graft_status graft_weights_load(graft_context *context, graft_container *container, const char *arch,
                                graft_graph *graph, graft_load_report *report) {
    graft_names_file file;
    if (report) *report = (graft_load_report){0};
    GRAFT_TRY(graft_names_file_read(container, &file));
    graft_status status = load(context, &file, arch, graph, report);
    graft_names_file_clear(&file);
    return status;
}

static graft_status choose(const graft_names_file *file, const char *arch, graft_candidate_arch *out) {
    const char *path = graft_container_path(file->container);
    if (arch) {
        GRAFT_TRY(graft_fit_arch(file, arch, out));
        return out->whole ? check_spare(file, out) : GRAFT_OK;
    }
    GRAFT_TRY(graft_fit_table(file, out));
    if (out->whole) return GRAFT_OK;
    if (out->paired > 0)
        return graft_fail(
            GRAFT_E_DATA,
            "%s: weights alone, of no network of the table (nearest is %s: %zu of %zu tensors agree): give "
            "a whole model, or its network with --arch",
            path, out->arch, out->paired, out->wanted);
    return graft_fail(GRAFT_E_DATA,
                      "%s: weights alone, of no network of the table (%zu tensors, first %s): give a whole model, or "
                      "its network with --arch",
                      path, file->weight_count,
                      file->weight_count ? graft_container_entry(file->container, 0)->name : "nothing");
}

static graft_status open_file(graft_context *context, const graft_names_file *file,
                              const graft_weights_options *options, graft_graph **out, graft_weights_origin *origin,
                              graft_load_report *report) {
    graft_candidate_arch fit;
    GRAFT_TRY(choose(file, options->arch, &fit));
    const bool other_classes = fit.whole && !fit.head_whole && fit.classes > 0;
    graft_arch_options build = {.multiplier = fit.multiplier, .no_top = fit.whole && !fit.head_whole};
    if (other_classes && options->any_classes) {
        build.no_top = false;
        build.classes = fit.classes;
    }
    GRAFT_TRY(graft_arch_build(fit.arch, &build, out));
    graft_status status = load(context, file, fit.arch, *out, report);
    if (status == GRAFT_OK && !build.no_top) status = graft_graph_complete(*out);
    if (status != GRAFT_OK) {
        graft_graph_free(*out);
        *out = NULL;
        return status;
    }
    *origin = (graft_weights_origin){.arch = fit.arch,
                                     .row = graft_arch_find(fit.arch),
                                     .dialect = fit.dialect->name,
                                     .how = fit.how,
                                     .multiplier = fit.multiplier,
                                     .classes = fit.classes,
                                     .head_left_out = other_classes && build.no_top};
    return GRAFT_OK;
}

graft_status graft_weights_open(graft_context *context, graft_container *container,
                                const graft_weights_options *options, graft_graph **out, graft_weights_origin *origin,
                                graft_load_report *report) {
    graft_names_file file;
    *out = NULL;
    *report = (graft_load_report){0};
    GRAFT_TRY(graft_names_file_read(container, &file));
    graft_status status = open_file(context, &file, options, out, origin, report);
    graft_names_file_clear(&file);
    if (status != GRAFT_OK) graft_load_report_clear(report);
    return status;
}
