/* PyTorch's torch.save: an archive of data.pkl and one member a storage, or, before PyTorch 1.6, a stream of five
 * pickles (magic number, protocol, system, object, keys) and the storages behind them. */
#include "formats/pth.h"
#include "base/alloc.h"
#include "base/error.h"

#include <string.h>

#define PICKLE_LIMIT ((uint64_t)64 << 20)

static const unsigned char magic[] = {0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19};

static bool is_legacy(const unsigned char *head, size_t length) {
    const unsigned char *at = head;
    if (length < 2 || head[0] != 0x80 || head[1] > 5) return false;
    at += 2;
    if (length > 11 && *at == 0x95) at += 9; /* a frame */
    return length >= (size_t)(at - head) + sizeof magic && memcmp(at, magic, sizeof magic) == 0;
}

/* The other archives' own names stand first in them. */
bool graft_pytorch_probe(const unsigned char *head, size_t length) {
    size_t name = 0;
    return is_legacy(head, length) || graft_archive_first_name(head, length, &name);
}

static graft_status add_all(graft_container *container, const graft_pickle *pickle) {
    GRAFT_TRY(graft_pth_list_storages(container, pickle));
    return graft_pth_add_tensors(container, pickle);
}

/* ---- archives ---- */

static graft_status find_pickle(const pth *state, const char *path, size_t *member) {
    static const char name[] = "/data.pkl";
    for (size_t i = 0; i < graft_archive_count(state->archive); i++) {
        const char *slash = strchr(graft_archive_name(state->archive, i), '/');
        *member = i;
        if (slash && strcmp(slash, name) == 0) return GRAFT_OK;
    }
    return graft_fail(
        GRAFT_E_DATA,
        "%s: a zip archive without data.pkl, expected a file of torch.save, Keras (.keras) or NumPy (.npz)", path);
}

static graft_status find_member(const pth *state, const char *path, const char *folder, int width,
                                const graft_pickle_value *value) {
    size_t index = 0;
    if (!graft_pth_find_storage(state, value->text, value->length, &index) || state->storages[index].found) {
        return GRAFT_OK;
    }
    pth_storage *storage = &state->storages[index];
    char *name = graft_text_format("%.*s/data/%.*s", width, folder, (int)value->length, value->text);
    if (!name) return graft_fail_memory("a storage's name");
    graft_status status = GRAFT_OK;
    storage->found = graft_archive_find(state->archive, name, &storage->member);
    uint64_t bytes = storage->found ? graft_archive_size(state->archive, storage->member) : 0;
    if (!storage->found || bytes != storage->bytes) {
        status = graft_fail(GRAFT_E_DATA, "%s: %s: %s%llu bytes, its pickle says %llu (damaged)", path, name,
                            storage->found ? "" : "no such member, ", (unsigned long long)bytes,
                            (unsigned long long)storage->bytes);
    }
    graft_release(name);
    return status;
}

static graft_status find_members(const pth *state, const char *path, size_t member, const graft_pickle *pickle) {
    const char *folder = graft_archive_name(state->archive, member);
    int width = (int)(strlen(folder) - strlen("/data.pkl"));
    for (size_t i = 0; i < pickle->count; i++) {
        if (pickle->values[i].kind == GRAFT_PICKLE_STORAGE) {
            GRAFT_TRY(find_member(state, path, folder, width, &pickle->values[i]));
        }
    }
    return GRAFT_OK;
}

/* Newer files say which byte order they have. */
static graft_status check_order(const pth *state, const char *path, size_t member) {
    const char *folder = graft_archive_name(state->archive, member);
    char *name = graft_text_format("%.*s/byteorder", (int)(strlen(folder) - strlen("/data.pkl")), folder), *text = NULL;
    size_t index = 0, length = 0;
    if (!name) return graft_fail_memory("a member's name");
    bool there = graft_archive_find(state->archive, name, &index);
    graft_release(name);
    if (!there) return GRAFT_OK;
    GRAFT_TRY(graft_archive_take(state->archive, index, 64, &text, &length));
    bool little = strcmp(text, "little") == 0;
    graft_release(text);
    if (little) return GRAFT_OK;
    return graft_fail(GRAFT_E_DATA, "%s: written on a big-endian machine, expected little-endian", path);
}

static graft_status open_archive(pth *state, graft_container *container) {
    const char *path = container->path;
    char *bytes = NULL;
    size_t member = 0, length = 0;
    GRAFT_TRY(graft_archive_open(path, &state->archive));
    state->file_bytes = graft_archive_file_bytes(state->archive);
    GRAFT_TRY(find_pickle(state, path, &member));
    GRAFT_TRY(check_order(state, path, member));
    GRAFT_TRY(graft_archive_take(state->archive, member, PICKLE_LIMIT, &bytes, &length));
    graft_pickle pickle = {0};
    graft_status status = graft_pickle_read(&pickle, path, (const unsigned char *)bytes, length);
    if (status == GRAFT_OK) status = add_all(container, &pickle);
    if (status == GRAFT_OK) status = find_members(state, path, member, &pickle);
    graft_pickle_clear(&pickle);
    graft_release(bytes);
    return status;
}

/* ---- streams ---- */

typedef struct stream {
    const char *path;
    const unsigned char *at, *end;
} stream;

static graft_status next_pickle(stream *in, graft_pickle *out) {
    graft_pickle_clear(out);
    size_t length = (size_t)(in->end - in->at);
    GRAFT_TRY(graft_pickle_read(out, in->path, in->at, length < PICKLE_LIMIT ? length : PICKLE_LIMIT));
    in->at = out->at;
    return GRAFT_OK;
}

static graft_status read_preamble(stream *in, graft_pickle *pickle) {
    GRAFT_TRY(next_pickle(in, pickle)); /* the magic number, which the probe knows */
    GRAFT_TRY(next_pickle(in, pickle));
    const graft_pickle_value *value = graft_pickle_at(pickle, pickle->root);
    if (value->kind != GRAFT_PICKLE_INT || value->number != 1001) {
        return graft_fail(GRAFT_E_DATA, "%s: another protocol than PyTorch's 1001", in->path);
    }
    GRAFT_TRY(next_pickle(in, pickle));
    value = graft_pickle_get(pickle, graft_pickle_at(pickle, pickle->root), "little_endian");
    if (value && value->kind == GRAFT_PICKLE_INT && value->number == 1) return GRAFT_OK;
    return graft_fail(GRAFT_E_DATA, "%s: does not say little_endian, expected a file of a little-endian machine",
                      in->path);
}

/* A storage in the stream: the count of elements, the elements. */
static graft_status take_storage(stream *in, const pth *state, const graft_pickle_value *key) {
    size_t index = 0;
    uint64_t elements = 0, left = (uint64_t)(in->end - in->at);
    if (key->kind != GRAFT_PICKLE_TEXT || !graft_pth_find_storage(state, key->text, key->length, &index) ||
        state->storages[index].found) {
        return graft_fail(GRAFT_E_DATA, "%s: its list of storages is not that of its tensors (damaged)", in->path);
    }
    pth_storage *storage = &state->storages[index];
    if (left >= sizeof elements) memcpy(&elements, in->at, sizeof elements);
    if (left < sizeof elements || storage->bytes > left - sizeof elements) {
        return graft_fail(GRAFT_E_DATA, "%s: storage %.*s needs %llu bytes, %llu are left (truncated?)", in->path,
                          (int)key->length, key->text, (unsigned long long)storage->bytes, (unsigned long long)left);
    }
    if (elements != storage->bytes / graft_dtype_size(storage->dtype)) {
        return graft_fail(GRAFT_E_DATA, "%s: storage %.*s has %llu elements, its pickle says %llu (damaged)", in->path,
                          (int)key->length, key->text, (unsigned long long)elements,
                          (unsigned long long)(storage->bytes / graft_dtype_size(storage->dtype)));
    }
    storage->data = in->at + sizeof elements;
    storage->found = true;
    in->at += sizeof elements + storage->bytes;
    return GRAFT_OK;
}

static graft_status take_storages(stream *in, const pth *state, const graft_pickle *keys) {
    const graft_pickle_value *list = graft_pickle_at(keys, keys->root);
    for (size_t i = 0; list->kind == GRAFT_PICKLE_LIST && i < list->count; i++)
        GRAFT_TRY(take_storage(in, state, graft_pickle_item(keys, list, i)));
    for (size_t i = 0; i < state->storage_count; i++) {
        if (!state->storages[i].found) {
            return graft_fail(GRAFT_E_DATA, "%s: its list of storages is not that of its tensors (damaged)", in->path);
        }
    }
    return GRAFT_OK;
}

static graft_status open_stream(pth *state, graft_container *container) {
    state->file_bytes = state->mapping.length;
    stream in = {container->path, state->mapping.data, state->mapping.data + state->mapping.length};
    graft_pickle pickle = {0};
    graft_status status = read_preamble(&in, &pickle);
    if (status == GRAFT_OK) status = next_pickle(&in, &pickle);
    if (status == GRAFT_OK) status = add_all(container, &pickle);
    if (status == GRAFT_OK) status = next_pickle(&in, &pickle);
    if (status == GRAFT_OK) status = take_storages(&in, state, &pickle);
    graft_pickle_clear(&pickle);
    return status;
}

graft_status graft_pytorch_open(graft_context *context, const char *path, graft_container *container) {
    (void)context;
    pth *state = graft_allocate_zero(1, sizeof *state);
    if (!state) return graft_fail_memory("a container");
    container->state = state;
    GRAFT_TRY(graft_strmap_new(&state->keys));
    GRAFT_TRY(graft_file_map(path, &state->mapping));
    if (is_legacy(state->mapping.data, state->mapping.length)) return open_stream(state, container);
    graft_file_unmap(&state->mapping);
    return open_archive(state, container);
}

/* ---- reading ---- */

/* Do the view's elements follow each other, the last dimension fastest? */
static bool is_contiguous(const pth_tensor *view, const graft_shape *shape) {
    uint64_t step = 1;
    for (int i = shape->rank; i-- > 0;) {
        if (shape->dim[i] != 1 && view->stride[i] != step) return false;
        step *= (uint64_t)shape->dim[i];
    }
    return true;
}

/* Copies the elements of a view, the last dimension fastest. */
static void gather(const pth_tensor *view, const unsigned char *from, graft_tensor *tensor) {
    size_t size = graft_dtype_size(tensor->dtype);
    int64_t at[GRAFT_MAX_RANK] = {0};
    unsigned char *to = tensor->data;
    uint64_t place = view->offset;
    if (is_contiguous(view, &tensor->shape)) {
        memcpy(to, from + place * size, tensor->bytes);
        return;
    }
    for (size_t done = 0; done < tensor->bytes; done += size) {
        memcpy(to + done, from + place * size, size);
        for (int i = tensor->shape.rank; i-- > 0;) {
            place += view->stride[i];
            if (++at[i] < tensor->shape.dim[i]) break;
            place -= view->stride[i] * (uint64_t)tensor->shape.dim[i];
            at[i] = 0;
        }
    }
}

static graft_status load(pth *state, size_t index) {
    const pth_storage *storage = &state->storages[index];
    if (state->loaded && state->loaded_storage == index) return GRAFT_OK;
    graft_release(state->loaded);
    state->loaded = graft_allocate(storage->bytes, 1);
    if (!state->loaded) return graft_fail_memory("a tensor");
    graft_status status = graft_archive_read(state->archive, storage->member, state->loaded, storage->bytes);
    state->loaded_storage = index;
    if (status == GRAFT_OK) return status;
    graft_release(state->loaded);
    state->loaded = NULL;
    return status;
}

static graft_status fill(pth *state, const pth_tensor *view, graft_tensor *tensor) {
    const pth_storage *storage = &state->storages[view->storage];
    if (tensor->bytes == 0) return GRAFT_OK;
    bool whole = is_contiguous(view, &tensor->shape) && tensor->bytes == storage->bytes;
    if (state->archive && whole) {
        return graft_archive_read(state->archive, storage->member, tensor->data, tensor->bytes);
    }
    if (state->archive) GRAFT_TRY(load(state, view->storage));
    gather(view, state->archive ? state->loaded : storage->data, tensor);
    return GRAFT_OK;
}

graft_status graft_pytorch_read(graft_container *container, size_t index, graft_tensor **out) {
    pth *state = container->state;
    const graft_entry *entry = &container->entries[index];
    GRAFT_TRY(graft_tensor_new(entry->dtype, &entry->shape, out));
    graft_status status = fill(state, &state->tensors[index], *out);
    if (status == GRAFT_OK) return status;
    graft_tensor_free(*out);
    *out = NULL;
    return status;
}

void graft_pytorch_close(void *opaque) {
    pth *state = opaque;
    if (!state) return;
    graft_archive_close(state->archive);
    graft_file_unmap(&state->mapping);
    graft_strmap_free(state->keys);
    graft_release(state->storages);
    graft_release(state->tensors);
    graft_release(state->loaded);
    graft_release(state);
}
