/* From a foreign file to a network with weights, and how its pictures were prepared: by the file's own configuration,
 * or, where it holds weights alone, by the table of architectures. */
#include "transfer/model-internal.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/context.h"
#include "base/error.h"
#include "import/import.h"
#include "nn/op.h"
#include "zoo/pretrained.h"

#include <string.h>

graft_status graft_network_has_own(const char *path) {
    return graft_fail(GRAFT_E_USAGE,
                      "%s: the file describes its network itself: leave --arch out (it is for files of "
                      "weights alone, and for --base none)",
                      path);
}

static void tell(graft_context *context, const char *path, const graft_weights_origin *origin, bool asked) {
    if (!asked)
        graft_log(context, GRAFT_LOG_INFO, "%s: weights alone; their names and shapes are those of %s (%s, %s%s)", path,
                  origin->arch, origin->dialect, origin->how, origin->multiplier != 1 ? ", another width" : "");
    if (origin->head_left_out)
        graft_log(context, GRAFT_LOG_INFO, "%s: its classifier of %lld classes is left out", path,
                  (long long)origin->classes);
}

/* The tensor that a line of a load report says nothing takes: *length bytes of its name; NULL: the line says something
 * else, or it is a scalar or a counter, which only training reads. */
static const char *skipped_name(const char *line, size_t end, size_t *length) {
    static const char begin[] = "skipped ", scalar[] = " scalar, no ", last[] = "takes it";
    const char *colon = NULL;
    if (end < sizeof begin + sizeof last || strncmp(line, begin, sizeof begin - 1) != 0) return NULL;
    if (strncmp(line + end - (sizeof last - 1), last, sizeof last - 1) != 0) return NULL;
    for (size_t i = sizeof begin - 1; i + sizeof scalar <= end; i++) {
        if (strncmp(line + i, scalar, sizeof scalar - 1) == 0) return NULL;
        if (strncmp(line + i, ": ", 2) == 0) colon = line + i;
    }
    *length = colon ? (size_t)(colon - line) - (sizeof begin - 1) : 0;
    return colon ? line + sizeof begin - 1 : NULL;
}

/* A part of the network may be missing in what a model computes, so that nobody should have to ask for it. Those who
 * open backbones have the report. */
static graft_status warn_of_skipped(graft_context *context, const char *path, const char *report) {
    enum { NAMED = 3, NAME_LENGTH = 80 };
    graft_buffer names;
    size_t count = 0, length;
    graft_buffer_init(&names, 0);
    for (const char *line = report; line && *line;) {
        const size_t end = strcspn(line, "\n");
        const char *name = skipped_name(line, end, &length);
        if (name && count++ < NAMED)
            graft_buffer_format(&names, "%s%.*s", count > 1 ? ", " : "",
                                length < NAME_LENGTH ? (int)length : (int)NAME_LENGTH, name);
        line += line[end] ? end + 1 : end;
    }
    for (size_t i = 0; i < names.length; i++) /* names come from the file: no escapes for terminals */
        if ((unsigned char)names.data[i] < ' ' || names.data[i] == 127) names.data[i] = '?';
    graft_status status = graft_buffer_status(&names);
    if (status == GRAFT_OK && count > 0)
        graft_log(context, GRAFT_LOG_WARNING,
                  "%s: %zu of its tensors are not used, nothing in the network takes them: %s%s", path, count,
                  names.data, count > NAMED ? ", ..." : "");
    graft_buffer_clear(&names);
    return status;
}

graft_status graft_network_import(graft_context *context, graft_container *file, const char *arch, bool classifier,
                                  graft_graph **graph, graft_weights_origin *origin, char **report) {
    graft_load_report loaded = {0};
    const graft_weights_options options = {.arch = arch, .any_classes = classifier};
    const char *path = graft_container_path(file);
    const bool whole = graft_import_is_whole(file);
    *graph = NULL;
    *report = NULL;
    *origin = (graft_weights_origin){0};
    if (whole && arch) return graft_network_has_own(path);
    graft_status status = whole ? graft_import(context, file, graph, &loaded)
                                : graft_weights_open(context, file, &options, graph, origin, &loaded);
    if (status == GRAFT_OK) {
        *report = graft_text_copy(loaded.text);
        if (!*report) status = graft_fail_memory("a load report");
    }
    if (status == GRAFT_OK && !whole) tell(context, path, origin, arch != NULL);
    if (status == GRAFT_OK && loaded.skipped > 0)
        graft_log(context, GRAFT_LOG_INFO, "%s: %zu tensors matched, %zu skipped", path, loaded.matched,
                  loaded.skipped);
    if (status == GRAFT_OK && classifier) status = warn_of_skipped(context, path, loaded.text);
    graft_load_report_clear(&loaded);
    if (status == GRAFT_OK) return status;
    graft_graph_free(*graph);
    *graph = NULL;
    return status;
}

/* A network that begins with Rescaling or Normalization takes pixel values as they are. */
static bool rescales_itself(const graft_graph *graph) {
    int input = graft_graph_input(graph);
    for (int i = 0; i < graft_graph_count(graph); i++) {
        const graft_node *node = graft_graph_node(graph, i);
        if (node->input_count == 1 && node->inputs[0] == input) return strcmp(node->op->name, "scale_shift") == 0;
    }
    return false;
}

/* Of weights alone: what the table and the registry of published weights say. */
static graft_status of_weights(const char *path, const graft_weights_origin *origin, bool rescales,
                               graft_scaling *scaling, graft_filter *filter, char **reason) {
    bool named;
    char name[GRAFT_SCALING_TEXT];
    const graft_arch *row = origin->row;
    const graft_pretrained *published = row ? graft_pretrained_find(row->name, path, &named) : NULL;
    if (row) *filter = published ? published->filter : row->filter;
    if (*scaling != GRAFT_SCALING_UNKNOWN) return GRAFT_OK;
    if (rescales) {
        *scaling = GRAFT_SCALING_RAW;
        *reason = graft_text_copy("the network begins with its own rescaling");
    } else if (!row) {
        return graft_fail(GRAFT_E_USAGE,
                          "%s: neither the file nor %s says how pictures were prepared: pass --preprocess "
                          "tf|caffe|torch|01|raw (what it was trained with; tf is x / 127.5 - 1, 01 is x / 255)",
                          path, origin->arch);
    } else if (origin->classes > 0 && origin->classes != row->classes) {
        return graft_fail(GRAFT_E_USAGE,
                          "%s: weights of %s, but for %lld classes and not the published %d, so its pictures may have "
                          "been prepared otherwise: pass --preprocess tf|caffe|torch|01|raw (the published ones: %s)",
                          path, row->name, (long long)origin->classes, row->classes,
                          graft_scaling_text(row->scaling, name));
    } else {
        *scaling = published ? published->scaling : row->scaling;
        *reason = named && published ? graft_text_format("the file is called like %s", published->name)
                                     : graft_text_format("its tensors are those of %s", row->name);
    }
    return *reason ? GRAFT_OK : graft_fail_memory("a text");
}

graft_status graft_scaling_choose(const char *path, const graft_graph *graph, const graft_weights_origin *origin,
                                  int asked, graft_scaling *scaling, graft_filter *filter, char **reason) {
    bool imagenet_top = false;
    char name[GRAFT_SCALING_TEXT];
    const graft_known_network *network = origin->arch ? NULL : graft_zoo_recognise(graph, &imagenet_top);
    *reason = NULL;
    if (network) *filter = network->filter;
    if (origin->arch) {
        *scaling = (graft_scaling)asked;
        GRAFT_TRY(of_weights(path, origin, rescales_itself(graph), scaling, filter, reason));
        if (*reason) return GRAFT_OK;
    }
    if (asked != GRAFT_SCALING_UNKNOWN) {
        *scaling = (graft_scaling)asked;
        *reason = graft_text_copy("as asked for");
    } else if (rescales_itself(graph)) {
        *scaling = GRAFT_SCALING_RAW;
        *reason = graft_text_copy("the network begins with its own rescaling");
    } else if (network && imagenet_top) {
        *scaling = network->scaling;
        *reason = graft_text_format("its layers are those of %s with the published weights' classes", network->title);
    } else if (network) {
        return graft_fail(
            GRAFT_E_USAGE,
            "%s: its layers are those of %s, but its classifier is not the published one, so its pictures may have "
            "been prepared otherwise: pass --preprocess tf|caffe|torch|01|raw (the published network uses %s)",
            path, network->title, graft_scaling_text(network->scaling, name));
    } else {
        return graft_fail(
            GRAFT_E_USAGE,
            "%s: the file does not say how pictures were prepared and the network is not a known one: pass "
            "--preprocess tf|caffe|torch|01|raw (what it was trained with; tf is x / 127.5 - 1, 01 is x / 255)",
            path);
    }
    return *reason ? GRAFT_OK : graft_fail_memory("a text");
}
