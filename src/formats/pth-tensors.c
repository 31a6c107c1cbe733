/* From a pickle to entries: which tensors there are, how they are called, and that they lie in their storages. */
#include "base/alloc.h"
#include "base/error.h"
#include "formats/pth.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { MAX_KEY = 255, MAX_NAME = 1023, MAX_DEPTH = 32, MAX_VISITS = 1 << 20 };

/* ---- storages ---- */

bool graft_pth_find_storage(const pth *state, const char *key, size_t length, size_t *storage) {
    char text[MAX_KEY + 1];
    if (length > MAX_KEY || memchr(key, '\0', length)) return false;
    memcpy(text, key, length);
    text[length] = '\0';
    return graft_strmap_get(state->keys, text, storage);
}

static graft_status add_storage(graft_container *container, const graft_pickle_value *value) {
    pth *state = container->state;
    size_t found = 0, size = graft_dtype_size(value->dtype);
    char key[MAX_KEY + 1];
    if (value->length > MAX_KEY || memchr(value->text, '\0', value->length)) {
        return graft_fail(GRAFT_E_DATA, "%s: a storage's key of %zu bytes, expected a short text", container->path,
                          value->length);
    }
    memcpy(key, value->text, value->length);
    key[value->length] = '\0';
    if ((uint64_t)value->number > UINT64_MAX / size) {
        return graft_fail(GRAFT_E_DATA, "%s: storage %s of %" PRId64 " elements: impossible", container->path, key,
                          value->number);
    }
    pth_storage storage = {.dtype = value->dtype, .bytes = (uint64_t)value->number * size};
    if (graft_strmap_get(state->keys, key, &found)) {
        const pth_storage *other = &state->storages[found];
        if (other->dtype == storage.dtype && other->bytes == storage.bytes) return GRAFT_OK;
        return graft_fail(GRAFT_E_DATA, "%s: storage %s has two types or sizes, expected one", container->path, key);
    }
    if (!graft_reserve(&state->storages, &state->storage_capacity, state->storage_count + 1, sizeof storage)) {
        return graft_fail_memory("the list of storages");
    }
    state->storages[state->storage_count] = storage;
    return graft_strmap_set(state->keys, key, state->storage_count++);
}

graft_status graft_pth_list_storages(graft_container *container, const graft_pickle *pickle) {
    for (size_t i = 0; i < pickle->count; i++) {
        if (pickle->values[i].kind == GRAFT_PICKLE_STORAGE) GRAFT_TRY(add_storage(container, &pickle->values[i]));
    }
    return GRAFT_OK;
}

/* ---- tensors ---- */

typedef struct walk {
    graft_container *container;
    const graft_pickle *pickle;
    char name[MAX_NAME + 1];
    int visits;
} walk;

static graft_status read_sizes(const walk *w, const graft_pickle_value *list, graft_shape *shape, uint64_t *strides) {
    if (list->count > GRAFT_MAX_RANK) {
        return graft_fail(GRAFT_E_DATA, "%zu dimensions, expected at most %d", list->count, GRAFT_MAX_RANK);
    }
    for (size_t i = 0; i < list->count; i++) {
        const graft_pickle_value *item = graft_pickle_item(w->pickle, list, i);
        if (item->kind != GRAFT_PICKLE_INT || item->number < 0) {
            return graft_fail(GRAFT_E_DATA, "a size or stride that is no whole number >= 0");
        }
        if (strides) strides[i] = (uint64_t)item->number;
        if (shape) shape->dim[i] = item->number;
    }
    if (shape) shape->rank = (int)list->count;
    return GRAFT_OK;
}

/* That the tensor's last element lies in the storage. */
static graft_status check_place(const pth_tensor *tensor, const graft_shape *shape, const pth_storage *storage) {
    uint64_t last = tensor->offset, elements = storage->bytes / graft_dtype_size(storage->dtype);
    bool good = true;
    if (graft_shape_count(shape) == 0) return GRAFT_OK;
    for (int i = 0; i < shape->rank && good; i++) {
        uint64_t steps = (uint64_t)shape->dim[i] - 1;
        good = steps == 0 || tensor->stride[i] <= (elements - (last < elements ? last : elements)) / steps;
        if (good) last += steps * tensor->stride[i];
    }
    if (good && last < elements) return GRAFT_OK;
    return graft_fail(GRAFT_E_DATA, "reaches beyond its storage of %llu elements (damaged)",
                      (unsigned long long)elements);
}

static graft_status describe(const walk *w, const graft_pickle_value *value, pth_tensor *tensor, graft_entry *entry) {
    pth *state = w->container->state;
    const graft_pickle_value *storage = graft_pickle_item(w->pickle, value, 0),
                             *offset = graft_pickle_item(w->pickle, value, 1),
                             *strides = graft_pickle_item(w->pickle, value, 3);
    GRAFT_TRY(read_sizes(w, graft_pickle_item(w->pickle, value, 2), &entry->shape, NULL));
    GRAFT_TRY(read_sizes(w, strides, NULL, tensor->stride));
    if (strides->count != (size_t)entry->shape.rank || offset->number < 0 ||
        !graft_pth_find_storage(state, storage->text, storage->length, &tensor->storage)) {
        return graft_fail(GRAFT_E_DATA, "sizes, strides and offset that do not belong together (damaged)");
    }
    tensor->offset = (uint64_t)offset->number;
    entry->dtype = storage->dtype;
    uint64_t bytes = 0;
    GRAFT_TRY(graft_container_size(entry->dtype, &entry->shape, &bytes));
    GRAFT_TRY(check_place(tensor, &entry->shape, &state->storages[tensor->storage]));
    state->tensor_bytes += bytes; /* at most 2^16 times 2^32 */
    if (!graft_archive_is_bomb(state->file_bytes, state->tensor_bytes)) return GRAFT_OK;
    return graft_fail(GRAFT_E_DATA, "tensors that share storages have over %d times the file's %llu bytes (a bomb?)",
                      GRAFT_ARCHIVE_MAX_RATIO, (unsigned long long)state->file_bytes);
}

static graft_status add_tensor(walk *w, const graft_pickle_value *value) {
    pth *state = w->container->state;
    size_t count = w->container->count;
    pth_tensor tensor = {0};
    graft_entry entry = {.name = w->name, .group = "", .index = (int)count};
    graft_status status = describe(w, value, &tensor, &entry);
    if (status != GRAFT_OK) return graft_fail_in(status, "%s: %s", w->container->path, w->name);
    if (!graft_reserve(&state->tensors, &state->tensor_capacity, count + 1, sizeof tensor)) {
        return graft_fail_memory("the list of tensors");
    }
    state->tensors[count] = tensor;
    return graft_container_add(w->container, &entry);
}

/* Appends "/key" or "/number" to the name; *length is the name's. */
static graft_status enter(walk *w, size_t *length, const graft_pickle_value *key, size_t number, size_t cut) {
    const char *slash = *length > 0 ? "/" : "";
    int width = key && key->kind == GRAFT_PICKLE_TEXT && key->length <= MAX_NAME ? (int)(key->length - cut) : 0;
    int added = key && key->kind == GRAFT_PICKLE_TEXT
                    ? snprintf(w->name + *length, MAX_NAME + 1 - *length, "%s%.*s", slash, width, key->text + cut)
                    : snprintf(w->name + *length, MAX_NAME + 1 - *length, "%s%lld", slash,
                               key ? (long long)key->number : (long long)number);
    if (key && key->kind == GRAFT_PICKLE_TEXT &&
        (key->length > MAX_NAME || memchr(key->text, '\0', key->length) || key->length == cut)) {
        return graft_fail(GRAFT_E_DATA, "%s: %.*s: a name of %zu bytes below it, expected 1 to %d without NUL",
                          w->container->path, (int)*length, w->name, key->length, MAX_NAME);
    }
    if (added < 0 || (size_t)added > MAX_NAME - *length) {
        return graft_fail(GRAFT_E_DATA, "%s: %.100s...: a name of more than %d bytes", w->container->path, w->name,
                          MAX_NAME);
    }
    *length += (size_t)added;
    return GRAFT_OK;
}

static bool may_hold_tensors(const graft_pickle_value *value) {
    return value->kind == GRAFT_PICKLE_TENSOR || value->kind == GRAFT_PICKLE_LIST || value->kind == GRAFT_PICKLE_DICT;
}

static graft_status add_value(walk *w, const graft_pickle_value *value, size_t length, int depth, size_t cut) {
    if (value->kind == GRAFT_PICKLE_TENSOR) return add_tensor(w, value);
    if (depth > MAX_DEPTH) {
        return graft_fail(GRAFT_E_DATA, "%s: %.100s: nested more than %d deep", w->container->path, w->name, MAX_DEPTH);
    }
    bool dict = value->kind == GRAFT_PICKLE_DICT;
    for (size_t i = 0; i + (dict ? 1 : 0) < value->count; i += dict ? 2 : 1) {
        const graft_pickle_value *item = graft_pickle_item(w->pickle, value, dict ? i + 1 : i),
                                 *key = dict ? graft_pickle_item(w->pickle, value, i) : NULL;
        size_t longer = length;
        if (++w->visits > MAX_VISITS) {
            return graft_fail(GRAFT_E_DATA, "%s: more than %d values", w->container->path, MAX_VISITS);
        }
        if (!may_hold_tensors(item) || (key && key->kind != GRAFT_PICKLE_TEXT && key->kind != GRAFT_PICKLE_INT)) {
            continue;
        }
        GRAFT_TRY(enter(w, &longer, key, i, key && key->kind == GRAFT_PICKLE_TEXT ? cut : 0));
        GRAFT_TRY(add_value(w, item, longer, depth + 1, 0));
        w->name[length] = '\0';
    }
    return GRAFT_OK;
}

/* The length of "module.", which DataParallel puts before every name, or 0. */
static size_t common_prefix(const graft_pickle *pickle, const graft_pickle_value *dict) {
    static const char prefix[] = "module.";
    size_t length = strlen(prefix), tensors = 0;
    for (size_t i = 0; dict->kind == GRAFT_PICKLE_DICT && i + 1 < dict->count; i += 2) {
        const graft_pickle_value *key = graft_pickle_item(pickle, dict, i);
        if (!may_hold_tensors(graft_pickle_item(pickle, dict, i + 1)) || key->kind != GRAFT_PICKLE_TEXT) continue;
        if (key->length <= length || memcmp(key->text, prefix, length) != 0) return 0;
        tensors++;
    }
    return tensors > 0 ? length : 0;
}

/* Checkpoints keep the network's tensors beside those of the optimiser. */
static const graft_pickle_value *unwrap(const graft_pickle *pickle) {
    static const char *const keys[] = {"state_dict", "model_state_dict", "model"};
    const graft_pickle_value *root = graft_pickle_at(pickle, pickle->root);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const graft_pickle_value *inner = graft_pickle_get(pickle, root, keys[i]);
        if (inner && inner->kind == GRAFT_PICKLE_DICT) return inner;
    }
    return root;
}

graft_status graft_pth_add_tensors(graft_container *container, const graft_pickle *pickle) {
    walk w = {.container = container, .pickle = pickle};
    const graft_pickle_value *root = unwrap(pickle);
    if (root->kind == GRAFT_PICKLE_TENSOR) memcpy(w.name, "tensor", sizeof "tensor");
    GRAFT_TRY(add_value(&w, root, 0, 0, common_prefix(pickle, root)));
    if (container->count > 0) return GRAFT_OK;
    return graft_fail(GRAFT_E_DATA, "%s: its pickle holds no tensors, expected a state_dict saved by torch.save",
                      container->path);
}
