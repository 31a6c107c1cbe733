/* What a layer does, in a few words. */
#include "report/plot-internal.h"

#include "report/html.h"

#include <string.h>

static int64_t pair(const graft_json *attributes, const char *key, size_t index, int64_t fallback) {
    return graft_json_int(graft_json_at(graft_json_get(attributes, key), index), fallback);
}

static void add_pair(graft_buffer *out, const graft_json *attributes, const char *key, const char *before) {
    const int64_t a = pair(attributes, key, 0, 0), b = pair(attributes, key, 1, 0);
    if (a > 0) graft_buffer_format(out, " %s%lld\xC3\x97%lld", before, (long long)a, (long long)b);
}

/* A factor that is told when it is not 1, once when both sides agree. */
static void add_factor(graft_buffer *out, const graft_json *attributes, const char *key, const char *before) {
    const int64_t a = pair(attributes, key, 0, 1), b = pair(attributes, key, 1, 1);
    if (a == 1 && b == 1) return;
    if (a == b)
        graft_buffer_format(out, " %s%lld", before, (long long)a);
    else
        graft_buffer_format(out, " %s%lld,%lld", before, (long long)a, (long long)b);
}

static void add_convolution(graft_buffer *out, const char *op, const graft_json *attributes) {
    const int64_t groups = graft_json_int(graft_json_get(attributes, "groups"), 1);
    const bool depthwise = groups > 1 && groups == graft_json_int(graft_json_get(attributes, "filters"), 0);
    graft_buffer_format(out, "%s%s", depthwise ? "depthwise " : "", op);
    add_pair(out, attributes, "kernel", "");
    add_factor(out, attributes, "strides", "/");
    add_factor(out, attributes, "dilations", "dilated ");
    if (groups > 1 && !depthwise) graft_buffer_format(out, " in %lld groups", (long long)groups);
}

void graft_plot_operation(graft_buffer *out, const graft_json *layer) {
    const graft_json *attributes = graft_json_get(layer, "attributes");
    const char *op = graft_json_text(graft_json_get(layer, "op"), "");
    if (strncmp(op, "conv2d", 6) == 0) {
        add_convolution(out, op, attributes);
    } else if (strcmp(op, "activation") == 0) {
        graft_html_text(out, graft_json_text(graft_json_get(attributes, "kind"), op));
    } else if (strcmp(op, "dropout") == 0) {
        graft_buffer_format(out, "dropout %g", graft_json_real(graft_json_get(attributes, "rate"), 0));
    } else if (strcmp(op, "upsample2d") == 0) {
        graft_buffer_text(out, op);
        add_pair(out, attributes, "size", "by ");
    } else {
        graft_html_text(out, op);
        add_pair(out, attributes, "size", "");
        add_factor(out, attributes, "strides", "/");
    }
}
