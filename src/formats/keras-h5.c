/* What Keras 2 puts into HDF5: a group of weights (the root, or model_weights below a whole model) whose attribute
 * layer_names lists its subgroups, each with an attribute weight_names that lists its datasets in the layer's order. */
#include "formats/keras-h5.h"
#include "base/alloc.h"
#include "base/error.h"
#include "formats/container-internal.h"

#include <string.h>

static const unsigned char signature[8] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};

bool graft_keras_h5_probe(const unsigned char *head, size_t length) {
    return length >= sizeof signature && memcmp(head, signature, sizeof signature) == 0;
}

/* A list attribute; Keras splits those that do not fit into an object header into name0, name1, ... */
static graft_status read_list(graft_h5 *file, const char *group, const char *name, graft_h5_texts *out, bool *found) {
    GRAFT_TRY(graft_h5_read_texts(file, group, name, out, found));
    bool more = !*found;
    for (int part = 0; more; part++) {
        char *split = graft_text_format("%s%d", name, part);
        if (!split) return graft_fail_memory("an attribute's name");
        graft_status status = graft_h5_read_texts(file, group, split, out, &more);
        graft_release(split);
        GRAFT_TRY(status);
        *found = *found || more;
        if (out->count > GRAFT_H5_MAX_TEXTS) {
            return graft_fail(GRAFT_E_DATA, "%s: attribute %s has more than %d names", group, name, GRAFT_H5_MAX_TEXTS);
        }
    }
    return GRAFT_OK;
}

/* ---- names: see container.h ---- */

static void cut_output(char *name) {
    size_t length = strlen(name);
    if (length > 2 && strcmp(name + length - 2, ":0") == 0) name[length - 2] = '\0';
}

static bool is_below(const char *name, const char *group) {
    size_t length = strlen(group);
    return strncmp(name, group, length) == 0 && name[length] == '/';
}

static const char *last_part(const char *name) {
    const char *slash = strrchr(name, '/');
    return slash ? slash + 1 : name;
}

/* Would two weights of the group share a name if each kept only its last part? */
static graft_status last_parts_clash(const char *group, const graft_h5_texts *weights, bool *out) {
    graft_strmap *seen = NULL;
    *out = false;
    GRAFT_TRY(graft_strmap_new(&seen));
    graft_status status = GRAFT_OK;
    for (size_t i = 0; i < weights->count && status == GRAFT_OK && !*out; i++) {
        size_t other = 0;
        const char *name = weights->text[i];
        const char *part = is_below(name, group) ? name + strlen(group) + 1 : last_part(name);
        *out = graft_strmap_get(seen, part, &other);
        status = graft_strmap_set(seen, part, i);
    }
    graft_strmap_free(seen);
    return status;
}

/* ---- the file ---- */

graft_status graft_keras_h5_keep_path(keras_h5 *state, const char *group, const char *weight) {
    if (!graft_reserve(&state->path, &state->capacity, state->count + 1, sizeof *state->path)) {
        return graft_fail_memory("the list of tensors");
    }
    char *path = graft_text_format("%s/%s", group, weight);
    if (!path) return graft_fail_memory("a tensor's name");
    state->path[state->count++] = path;
    return GRAFT_OK;
}

/* A weight called `weight` in the layer's HDF5 group `group`. */
static graft_status add_weight(graft_container *container, const char *group, const char *weight, bool whole,
                               graft_entry *entry) {
    keras_h5 *state = container->state;
    GRAFT_TRY(graft_keras_h5_keep_path(state, group, weight));
    GRAFT_TRY(graft_h5_describe(state->file, state->path[state->count - 1], &entry->dtype, &entry->shape));
    char *name = is_below(weight, entry->group)
                     ? graft_text_copy(weight)
                     : graft_text_format("%s/%s", entry->group, whole ? weight : last_part(weight));
    if (!name) return graft_fail_memory("a tensor's name");
    cut_output(name);
    entry->name = name;
    graft_status status = graft_container_add(container, entry);
    graft_release(name);
    return status;
}

static graft_status add_weights(graft_container *container, const char *group, const char *layer,
                                const graft_h5_texts *weights) {
    bool whole = false;
    GRAFT_TRY(last_parts_clash(layer, weights, &whole));
    for (size_t i = 0; i < weights->count; i++) {
        graft_entry entry = {.group = layer, .index = (int)i};
        GRAFT_TRY(add_weight(container, group, weights->text[i], whole, &entry));
    }
    return GRAFT_OK;
}

static graft_status add_layer(graft_container *container, const char *root, const char *layer) {
    keras_h5 *state = container->state;
    graft_h5_texts weights = {0};
    bool found = false;
    char *group = graft_text_format("%s/%s", root, layer);
    if (!group) return graft_fail_memory("a layer's name");
    graft_status status = read_list(state->file, group, "weight_names", &weights, &found);
    if (status == GRAFT_OK && !found) {
        status =
            graft_fail(GRAFT_E_DATA, "%s: %s: no attribute weight_names, expected Keras' list of the layer's weights",
                       container->path, group);
    }
    if (status == GRAFT_OK) status = add_weights(container, group, layer, &weights);
    graft_h5_texts_free(&weights);
    graft_release(group);
    return status;
}

/* Weights of the model itself, which Keras 2.6 and later keep beside the layers. */
static graft_status add_own_weights(graft_container *container, const char *root) {
    static const char layer[] = "top_level_model_weights";
    char *group = graft_text_format("%s/%s", root, layer);
    if (!group) return graft_fail_memory("a layer's name");
    bool there = false;
    graft_status status = graft_h5_find_group(((keras_h5 *)container->state)->file, group, &there);
    graft_release(group);
    return status == GRAFT_OK && there ? add_layer(container, root, layer) : status;
}

/* The first of a group's texts under this name; NULL when there is none. Release *out. */
static graft_status read_one(graft_h5 *file, const char *group, const char *name, char **out) {
    graft_h5_texts texts = {0};
    bool found = false;
    *out = NULL;
    graft_status status = graft_h5_read_texts(file, group, name, &texts, &found);
    if (status == GRAFT_OK && texts.count > 0) {
        *out = texts.text[0];
        texts.text[0] = NULL;
    }
    graft_h5_texts_free(&texts);
    return status;
}

static graft_status read_config(graft_container *container) {
    char *text = NULL;
    GRAFT_TRY(read_one(((keras_h5 *)container->state)->file, "/", "model_config", &text));
    if (!text) return GRAFT_OK;
    char *what = graft_text_format("%s: model_config", container->path);
    graft_status status = what ? graft_json_parse(text, strlen(text), what, &container->config)
                               : graft_fail_memory("a model's configuration");
    graft_release(what);
    graft_release(text);
    return status;
}

static graft_status read_metadata(graft_container *container, const char *root) {
    static const char *const keys[] = {"keras_version", "backend"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        char *text = NULL;
        GRAFT_TRY(read_one(((keras_h5 *)container->state)->file, root[0] ? root : "/", keys[i], &text));
        if (text) graft_json_set_text(container->metadata, keys[i], text);
        graft_release(text);
    }
    static const char *const own[] = {GRAFT_STORED_PREPROCESS, GRAFT_STORED_CLASSES};
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        char *text = NULL;
        GRAFT_TRY(read_one(((keras_h5 *)container->state)->file, "/", own[i], &text));
        if (text) graft_json_set_text(container->metadata, own[i], text);
        graft_release(text);
    }
    return GRAFT_OK;
}

graft_status graft_keras_h5_open(graft_context *context, const char *path, graft_container *container) {
    (void)context;
    keras_h5 *state = graft_allocate_zero(1, sizeof *state);
    if (!state) return graft_fail_memory("a container");
    container->state = state;
    GRAFT_TRY(graft_h5_open(path, &state->file));
    bool whole = false, found = false;
    GRAFT_TRY(graft_h5_find_group(state->file, "/model_weights", &whole));
    const char *root = whole ? "/model_weights" : "";
    GRAFT_TRY(read_config(container));
    GRAFT_TRY(read_metadata(container, root));
    graft_h5_texts layers = {0};
    graft_status status = read_list(state->file, root[0] ? root : "/", "layer_names", &layers, &found);
    if (status == GRAFT_OK && !found) status = graft_keras3_add(container);
    for (size_t i = 0; i < layers.count && status == GRAFT_OK; i++)
        status = add_layer(container, root, layers.text[i]);
    if (status == GRAFT_OK) status = add_own_weights(container, root);
    graft_h5_texts_free(&layers);
    return status;
}

graft_status graft_keras_h5_read(graft_container *container, size_t index, graft_tensor **out) {
    const keras_h5 *state = container->state;
    GRAFT_TRY(graft_h5_read(state->file, state->path[index], out));
    if ((*out)->dtype == container->entries[index].dtype &&
        graft_shape_equal(&(*out)->shape, &container->entries[index].shape)) {
        return GRAFT_OK;
    }
    graft_tensor_free(*out);
    *out = NULL;
    return graft_fail(GRAFT_E_DATA, "%s: %s changed while it was open", container->path,
                      container->entries[index].name);
}

void graft_keras_h5_close(void *opaque) {
    keras_h5 *state = opaque;
    if (!state) return;
    graft_h5_close(state->file);
    for (size_t i = 0; i < state->count; i++)
        graft_release(state->path[i]);
    graft_release(state->path);
    graft_release(state);
}
