/* The file's weights into the graph's parameters, with a report of what became of each. */
#include "base/buffer.h"
#include "base/context.h"
#include "import/keras.h"

#include <string.h>

typedef struct loader {
    graft_keras *keras;
    graft_container *container;
    graft_strmap *by_group;             /* "group/last part" and "group#index" -> entry; "group#" -> how many */
    const graft_keras_source **used_by; /* NULL: nobody yet */
    graft_buffer text;
    size_t matched, skipped, missing;
} loader;

static const char *last_part(const char *name) {
    const char *slash = strrchr(name, '/');
    return slash ? slash + 1 : name;
}

static graft_status remember(graft_strmap *map, char *key, size_t value) {
    graft_status status = key ? graft_strmap_set(map, key, value) : graft_fail_memory("names of weights");
    graft_release(key);
    return status;
}

static graft_status index_entries(loader *l) {
    size_t count = graft_container_count(l->container);
    for (size_t i = 0; i < count; i++) {
        const graft_entry *entry = graft_container_entry(l->container, i);
        GRAFT_TRY(remember(l->by_group, graft_text_format("%s/%s", entry->group, last_part(entry->name)), i));
        GRAFT_TRY(remember(l->by_group, graft_text_format("%s#%d", entry->group, entry->index), i));
        char *total = graft_text_format("%s#", entry->group);
        size_t seen = 0;
        if (total && !graft_strmap_get(l->by_group, total, &seen)) seen = 0;
        GRAFT_TRY(remember(l->by_group, total, seen + 1));
    }
    return GRAFT_OK;
}

/* An entry by its whole name, or by its group and last part; -1 when absent or another layer's. A layer that is called
 * twice finds its weights twice. */
static int64_t look_up(const loader *l, const graft_keras_source *source, char *key, bool by_group) {
    size_t place = 0;
    int64_t found = -1;
    if (key && by_group)
        found = graft_strmap_get(l->by_group, key, &place) ? (int64_t)place : -1;
    else if (key)
        found = graft_container_find(l->container, key);
    graft_release(key);
    if (found < 0 || !l->used_by[found]) return found;
    return strcmp(l->used_by[found]->path, source->path) == 0 ? found : -1;
}

static bool has_group(const loader *l, const char *group, size_t *count) {
    char *key = graft_text_format("%s#", group);
    bool found = key && graft_strmap_get(l->by_group, key, count);
    graft_release(key);
    return found;
}

/* HDF5 holds the layers of a nested model in the outer model's group, TF.js as if they stood alone. */
static int64_t find_by_name(const loader *l, const graft_keras_source *s, const char *weight, size_t length) {
    int width = (int)length;
    size_t count;
    int64_t found = look_up(l, s, graft_text_format("%s/%.*s", s->path, width, weight), false);
    if (s->outer[0] && has_group(l, s->outer, &count)) {
        if (found < 0) found = look_up(l, s, graft_text_format("%s/%s/%.*s", s->outer, s->layer, width, weight), false);
        if (found < 0) found = look_up(l, s, graft_text_format("%s/%.*s", s->outer, width, weight), false);
        return found;
    }
    if (found < 0) found = look_up(l, s, graft_text_format("%s/%.*s", s->layer, width, weight), false);
    if (found < 0) found = look_up(l, s, graft_text_format("%s/%.*s", s->layer, width, weight), true);
    return found;
}

/* Keras 3 calls weights by their places: "outer/layer/0". The whole path tells layers of equal names apart that stand
 * in different models. Normalization has its count as a last weight, which no parameter takes. */
static int64_t find_by_place(const loader *l, const graft_keras_binding *binding) {
    const graft_keras_source *s = &l->keras->sources[binding->source];
    const bool counts = strcmp(binding->param, "shift") == 0 || strcmp(binding->param, "scale") == 0;
    char *behind = graft_text_format("%s/%zu", s->path, s->weights + counts);
    const bool more = !behind || graft_container_find(l->container, behind) >= 0;
    graft_release(behind);
    if (more || look_up(l, s, graft_text_format("%s/%zu", s->path, s->weights - 1), false) < 0) return -1;
    return look_up(l, s, graft_text_format("%s/%d", s->path, binding->order), false);
}

static int64_t find_entry(const loader *l, const graft_keras_binding *binding) {
    const graft_keras_source *source = &l->keras->sources[binding->source];
    for (const char *name = binding->weight; name;) {
        const char *bar = strchr(name, '|');
        int64_t found = find_by_name(l, source, name, bar ? (size_t)(bar - name) : strlen(name));
        if (found >= 0) return found;
        name = bar ? bar + 1 : NULL;
    }
    int64_t placed = find_by_place(l, binding);
    if (placed >= 0) return placed;
    /* Other names, but as many weights as the layer has: Keras keeps their order. */
    size_t count;
    return has_group(l, source->layer, &count) && count == source->weights
               ? look_up(l, source, graft_text_format("%s#%d", source->layer, binding->order), true)
               : -1;
}

static graft_status load_one(loader *l, const graft_keras_binding *binding) {
    graft_node *node = graft_graph_node(l->keras->graph, binding->node);
    const graft_shape *wanted = &graft_node_param(node, binding->param)->shape;
    int64_t index = find_entry(l, binding);
    if (index < 0) {
        char text[GRAFT_SHAPE_TEXT];
        l->missing++;
        graft_buffer_format(&l->text, "missing %s/%.*s: %s for layer %s\n", l->keras->sources[binding->source].path,
                            (int)strcspn(binding->weight, "|"), binding->weight, graft_shape_text(wanted, text),
                            node->name);
        return GRAFT_OK;
    }
    GRAFT_TRY(graft_keras_read_param(l->container, (size_t)index, binding->layout, node, binding->param));
    l->used_by[index] = &l->keras->sources[binding->source];
    l->matched++;
    return GRAFT_OK;
}

static void list_skipped(loader *l) {
    for (size_t i = 0; i < graft_container_count(l->container); i++) {
        const graft_entry *entry = graft_container_entry(l->container, i);
        char text[GRAFT_SHAPE_TEXT];
        if (l->used_by[i]) continue;
        l->skipped++;
        graft_buffer_format(&l->text, "skipped %s: %s %s, no layer takes it\n", entry->name,
                            graft_dtype_name(entry->dtype), graft_shape_text(&entry->shape, text));
    }
}

static graft_status load_all(loader *l, graft_context *context) {
    GRAFT_TRY(index_entries(l));
    for (size_t i = 0; i < l->keras->binding_count; i++) {
        GRAFT_TRY(graft_cancelled(context));
        GRAFT_TRY(load_one(l, &l->keras->bindings[i]));
    }
    list_skipped(l);
    return graft_buffer_status(&l->text);
}

static graft_status write_report(loader *l, graft_load_report *report) {
    *report = (graft_load_report){.matched = l->matched, .skipped = l->skipped, .missing = l->missing};
    report->text = graft_text_copy(l->text.data ? l->text.data : "");
    return report->text ? GRAFT_OK : graft_fail_memory("a load report");
}

static graft_status load_and_report(loader *l, graft_context *context, graft_load_report *report) {
    GRAFT_TRY(graft_strmap_new(&l->by_group));
    GRAFT_TRY(load_all(l, context));
    if (report) GRAFT_TRY(write_report(l, report));
    return l->missing ? graft_graph_complete(l->keras->graph) : GRAFT_OK;
}

graft_status graft_keras_load(graft_keras *keras, graft_context *context, graft_container *container,
                              graft_load_report *report) {
    loader l = {.keras = keras, .container = container};
    l.used_by = graft_allocate_zero(graft_container_count(container), sizeof(const graft_keras_source *));
    if (!l.used_by) return graft_fail_memory("a list of weights");
    graft_buffer_init(&l.text, 0);
    graft_status status = load_and_report(&l, context, report);
    graft_buffer_clear(&l.text);
    graft_release(l.used_by);
    graft_strmap_free(l.by_group);
    return status;
}
