/* What Keras 3 writes: .keras, an archive of metadata.json, config.json and model.weights.h5, and .weights.h5 alone.
 * In HDF5 a layer is a group with a subgroup "vars" of datasets "0", "1", ... in the layer's own order; what a model
 * or layer consists of lies in further groups, a model's layers in "layers". */
#include "base/alloc.h"
#include "base/error.h"
#include "formats/archive.h"
#include "formats/keras-h5.h"

#include <string.h>

#define JSON_LIMIT ((uint64_t)64 << 20)
#define WEIGHTS_LIMIT ((uint64_t)16 << 30)

enum { MAX_DEPTH = 16, MAX_GROUPS = 1 << 17 };

/* ---- HDF5 ---- */

typedef struct walk {
    graft_container *container;
    graft_h5 *file;
    int groups; /* visited so far: links may lead to one again and again */
} walk;

/* A group that is a layer, a model, or part of one. */
typedef struct place {
    const char *path; /* in HDF5 */
    const char *name; /* "outer/inner": the layers' own names */
    const graft_json *layer;
    int depth;
} place;

static bool is_layer_list(const char *name) {
    return strcmp(name, "layers") == 0 || strcmp(name, "_layer_checkpoint_dependencies") == 0; /* Keras 3, 2.12 on */
}

/* What is no part of the network: the optimiser, metrics, the states of random generators. */
static bool is_skipped(const char *name, int depth) {
    static const char *const names[] = {"optimizer", "metrics", "compile_metrics", "_metrics", "_compile_metrics"};
    for (size_t i = 0; depth == 0 && i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(name, names[i]) == 0) return true;
    }
    return strcmp(name, "seed_generator") == 0;
}

static const char *last_part(const char *name) {
    const char *slash = strrchr(name, '/');
    return slash ? slash + 1 : name;
}

static graft_status add_weight(const walk *w, const place *at, const char *vars, const char *dataset, int index) {
    keras_h5 *state = w->container->state;
    graft_entry entry = {.group = last_part(at->name), .index = index};
    GRAFT_TRY(graft_keras_h5_keep_path(state, vars, dataset));
    GRAFT_TRY(graft_h5_describe(w->file, state->path[state->count - 1], &entry.dtype, &entry.shape));
    char *name = graft_text_format("%s%s%s", at->name, at->name[0] ? "/" : "", dataset);
    if (!name) return graft_fail_memory("a tensor's name");
    entry.name = name;
    graft_status status = graft_container_add(w->container, &entry);
    graft_release(name);
    return status;
}

static graft_status add_weights(const walk *w, const place *at, const char *vars) {
    graft_h5_texts names = {0};
    keras3_member *sorted = NULL;
    graft_status status = graft_h5_list(w->file, vars, &names);
    if (status == GRAFT_OK) {
        sorted = graft_allocate(names.count, sizeof *sorted);
        status = sorted ? graft_keras3_sort(&names, NULL, sorted) : graft_fail_memory("a list of weights");
    }
    for (size_t i = 0; status == GRAFT_OK && i < names.count; i++)
        status = add_weight(w, at, vars, sorted[i].name, (int)i);
    graft_release(sorted);
    graft_h5_texts_free(&names);
    return status;
}

static graft_status add_group(walk *w, const place *at, bool list);

/* The layer's own name, which newer files give beside its weights and the configuration repeats; else `name`. */
static graft_status find_name(const walk *w, const char *path, const keras3_member *member, char **out) {
    const char *configured =
        graft_json_text(graft_json_get(graft_json_get(member->layer, "config"), "name"), member->name);
    graft_h5_texts texts = {0};
    bool found = false;
    char *vars = graft_text_format("%s/vars", path);
    graft_status status = vars ? graft_h5_find_group(w->file, vars, &found) : graft_fail_memory("a layer's name");
    if (status == GRAFT_OK && found) status = graft_h5_read_texts(w->file, vars, "name", &texts, &found);
    if (status == GRAFT_OK) {
        bool given = texts.count > 0 && texts.text[0][0] && !strchr(texts.text[0], '/');
        *out = graft_text_copy(given ? texts.text[0] : configured);
        if (!*out) status = graft_fail_memory("a layer's name");
    }
    graft_h5_texts_free(&texts);
    graft_release(vars);
    return status;
}

/* A member of the group `at`; `list`: of a model's list of layers. */
static graft_status add_member(walk *w, const place *at, const keras3_member *member, bool list) {
    char *path = graft_text_format("%s/%s", at->path, member->name), *own = NULL, *name = NULL;
    graft_status status = path ? GRAFT_OK : graft_fail_memory("a layer's name");
    if (status == GRAFT_OK && !list && strcmp(member->name, "vars") == 0) {
        status = add_weights(w, at, path);
    } else if (status == GRAFT_OK && !list && is_layer_list(member->name)) {
        status = add_group(w, &(place){path, at->name, at->layer, at->depth + 1}, true);
    } else if (status == GRAFT_OK && (list || !is_skipped(member->name, at->depth))) {
        status = list ? find_name(w, path, member, &own) : GRAFT_OK;
        if (status == GRAFT_OK) {
            name = graft_text_format("%s%s%s", at->name, at->name[0] ? "/" : "", own ? own : member->name);
            status = name ? add_group(w, &(place){path, name, member->layer, at->depth + 1}, false)
                          : graft_fail_memory("a layer's name");
        }
    }
    graft_release(path);
    graft_release(own);
    graft_release(name);
    return status;
}

static graft_status add_group(walk *w, const place *at, bool list) {
    if (at->depth > MAX_DEPTH || ++w->groups > MAX_GROUPS) {
        return graft_fail(GRAFT_E_DATA, "%s: %s: more than %d groups or %d in each other (damaged)", w->container->path,
                          at->path, MAX_GROUPS, MAX_DEPTH);
    }
    graft_h5_texts names = {0};
    keras3_member *members = NULL;
    graft_status status = graft_h5_list(w->file, at->path[0] ? at->path : "/", &names);
    if (status == GRAFT_OK) {
        members = graft_allocate(names.count, sizeof *members);
        status = members ? graft_keras3_sort(&names, list ? at->layer : NULL, members)
                         : graft_fail_memory("a list of layers");
    }
    for (size_t i = 0; status == GRAFT_OK && i < names.count; i++)
        status = add_member(w, at, &members[i], list);
    graft_release(members);
    graft_h5_texts_free(&names);
    return status;
}

static graft_status check_layout(const graft_container *container, graft_h5 *file) {
    static const char *const groups[] = {"/layers", "/vars", "/_layer_checkpoint_dependencies"};
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
        bool found = false;
        GRAFT_TRY(graft_h5_find_group(file, groups[i], &found));
        if (found) return GRAFT_OK;
    }
    return graft_fail(GRAFT_E_DATA,
                      "%s: no attribute layer_names and no group layers, expected a model or weights saved by Keras",
                      container->path);
}

graft_status graft_keras3_add(graft_container *container) {
    walk w = {.container = container, .file = ((keras_h5 *)container->state)->file};
    GRAFT_TRY(check_layout(container, w.file));
    return add_group(&w, &(place){"", "", container->config, 0}, false);
}

/* ---- .keras ---- */

bool graft_keras_probe(const unsigned char *head, size_t length) {
    static const char *const names[] = {"metadata.json", "config.json", "model.weights.h5"};
    size_t name_length = 0;
    const char *name = graft_archive_first_name(head, length, &name_length);
    for (size_t i = 0; name && i < sizeof names / sizeof names[0]; i++) {
        if (name_length == strlen(names[i]) && memcmp(name, names[i], name_length) == 0) return true;
    }
    return false;
}

static graft_status take(graft_archive *archive, const char *path, const char *name, uint64_t limit, char **out,
                         size_t *length) {
    size_t index = 0;
    if (graft_archive_find(archive, name, &index)) return graft_archive_take(archive, index, limit, out, length);
    return graft_fail(GRAFT_E_DATA, "%s: no member %s, expected a model saved by Keras 3 as .keras", path, name);
}

static graft_status take_json(graft_archive *archive, const char *path, const char *name, graft_json **out) {
    char *text = NULL;
    size_t length = 0;
    GRAFT_TRY(take(archive, path, name, JSON_LIMIT, &text, &length));
    char *what = graft_text_format("%s: %s", path, name);
    graft_status status = what ? graft_json_parse(text, length, what, out) : graft_fail_memory("a configuration");
    graft_release(what);
    graft_release(text);
    return status;
}

static graft_status take_members(graft_archive *archive, graft_container *container) {
    const char *path = container->path;
    keras_h5 *state = container->state;
    graft_json *metadata = NULL;
    char *image = NULL;
    size_t length = 0;
    GRAFT_TRY(take_json(archive, path, "config.json", &container->config));
    GRAFT_TRY(take_json(archive, path, "metadata.json", &metadata));
    const char *version = graft_json_text(graft_json_get(metadata, "keras_version"), NULL);
    if (version) graft_json_set_text(container->metadata, "keras_version", version);
    graft_json_free(metadata);
    GRAFT_TRY(take(archive, path, "model.weights.h5", WEIGHTS_LIMIT, &image, &length));
    char *name = graft_text_format("%s: model.weights.h5", path);
    if (!name) {
        graft_release(image);
        return graft_fail_memory("a model's weights");
    }
    graft_status status = graft_h5_open_image(name, image, length, &state->file);
    graft_release(name);
    return status;
}

graft_status graft_keras_open(graft_context *context, const char *path, graft_container *container) {
    (void)context;
    keras_h5 *state = graft_allocate_zero(1, sizeof *state);
    if (!state) return graft_fail_memory("a container");
    container->state = state;
    graft_archive *archive = NULL;
    GRAFT_TRY(graft_archive_open(path, &archive));
    graft_status status = take_members(archive, container);
    graft_archive_close(archive);
    return status == GRAFT_OK ? graft_keras3_add(container) : status;
}

graft_status graft_keras_read(graft_container *container, size_t index, graft_tensor **out) {
    return graft_keras_h5_read(container, index, out);
}

void graft_keras_close(void *state) {
    graft_keras_h5_close(state);
}
