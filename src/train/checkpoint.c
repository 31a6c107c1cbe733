#include "train/checkpoint.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"
#include "formats/container.h"
#include "formats/safetensors.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const file_names[2] = {"checkpoint-a.safetensors", "checkpoint-b.safetensors"};

/* Doubles as 16 hexadecimal digits: the same bits come back. */
static void set_bits(graft_json *json, const char *key, double value) {
    char text[17];
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    snprintf(text, sizeof text, "%016" PRIx64, bits);
    graft_json_set_text(json, key, text);
}

static double get_bits(const graft_json *json, const char *key) {
    uint64_t bits = 0;
    double value;
    const char *text = graft_json_text(graft_json_get(json, key), "0");
    if (sscanf(text, "%" SCNx64, &bits) != 1) bits = 0;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* ---- the tensors of a file, in one list for writing and for the checksum ---- */

typedef struct tensor_list {
    graft_named_tensor *item;
    size_t count, capacity;
    char **names; /* owned, as are the borrowing tensors below */
    graft_tensor **own;
    size_t own_count, own_capacity, name_count, name_capacity;
} tensor_list;

static void list_clear(tensor_list *list) {
    for (size_t i = 0; i < list->name_count; i++)
        graft_release(list->names[i]);
    for (size_t i = 0; i < list->own_count; i++)
        graft_tensor_free(list->own[i]);
    graft_release(list->names);
    graft_release(list->own);
    graft_release(list->item);
    *list = (tensor_list){0};
}

static graft_status list_add(tensor_list *list, char *name, const graft_tensor *tensor) {
    bool room = name && graft_reserve(&list->item, &list->capacity, list->count + 1, sizeof *list->item) &&
                graft_reserve(&list->names, &list->name_capacity, list->name_count + 1, sizeof *list->names);
    if (!room) {
        graft_release(name);
        return graft_fail_memory("a checkpoint");
    }
    list->names[list->name_count++] = name;
    list->item[list->count++] = (graft_named_tensor){.name = name, .tensor = tensor};
    return GRAFT_OK;
}

static graft_status list_add_array(tensor_list *list, const graft_checkpoint_array *array) {
    graft_shape shape = GRAFT_SHAPE((int64_t)array->count);
    graft_tensor *tensor;
    GRAFT_TRY(graft_tensor_borrow(GRAFT_F32, &shape, array->data, &tensor));
    if (!graft_reserve(&list->own, &list->own_capacity, list->own_count + 1, sizeof *list->own)) {
        graft_tensor_free(tensor);
        return graft_fail_memory("a checkpoint");
    }
    list->own[list->own_count++] = tensor;
    return list_add(list, graft_text_format("fit/%s", array->name), tensor);
}

static graft_status list_all(tensor_list *list, const graft_checkpoint *checkpoint) {
    for (int i = 0; i < graft_graph_count(checkpoint->graph); i++) {
        const graft_node *node = graft_graph_node(checkpoint->graph, i);
        for (int k = 0; k < node->param_count; k++)
            GRAFT_TRY(list_add(list, graft_text_format("graph/%s/%s", node->name, node->params[k].name),
                               node->params[k].value));
    }
    for (int i = 0; i < checkpoint->array_count; i++)
        GRAFT_TRY(list_add_array(list, &checkpoint->arrays[i]));
    return GRAFT_OK;
}

static int compare_items(const void *a, const void *b) {
    return strcmp(((const graft_named_tensor *)a)->name, ((const graft_named_tensor *)b)->name);
}

/* Over everything, by name: the order in the file does not matter. */
static graft_status checksum_of(tensor_list *list, const char *state, char out[GRAFT_HASH_TEXT]) {
    graft_hasher *hasher;
    GRAFT_TRY(graft_hasher_new(&hasher));
    graft_hasher_add_text(hasher, state);
    if (list->count > 0) qsort(list->item, list->count, sizeof *list->item, compare_items);
    for (size_t i = 0; i < list->count; i++) {
        graft_hasher_add_text(hasher, list->item[i].name);
        graft_hasher_add(hasher, list->item[i].tensor->data, list->item[i].tensor->bytes);
    }
    graft_hash_to_text(graft_hasher_value(hasher), out);
    graft_hasher_free(hasher);
    return GRAFT_OK;
}

/* ---- the scalar state ---- */

static graft_status state_text(const graft_checkpoint *checkpoint, char **out) {
    graft_json *json = graft_json_new_object();
    graft_json_set_int(json, "version", 2);
    graft_json_set(json, "identity", graft_identity_to_json(&checkpoint->identity));
    graft_json_set_int(json, "phase", checkpoint->phase);
    graft_json_set_int(json, "epoch", checkpoint->epoch);
    graft_json_set_int(json, "step", (int64_t)checkpoint->step);
    graft_json_set_int(json, "step_in_epoch", (int64_t)checkpoint->step_in_epoch);
    graft_json_set_int(json, "phase_first", (int64_t)checkpoint->phase_first);
    set_bits(json, "loss_sum", checkpoint->loss_sum);
    set_bits(json, "weight_sum", checkpoint->weight_sum);
    set_bits(json, "correct", checkpoint->correct);
    graft_json_set(json, "history", graft_history_to_json(checkpoint->history));
    graft_status status = graft_json_dump(json, 0, out, NULL);
    graft_json_free(json);
    return status;
}

static graft_status write_to(const char *path, tensor_list *list, const char *state) {
    char checksum[GRAFT_HASH_TEXT];
    GRAFT_TRY(checksum_of(list, state, checksum));
    graft_json *metadata = graft_json_new_object();
    graft_json_set_text(metadata, "graft.checkpoint", state);
    graft_json_set_text(metadata, "graft.checksum", checksum);
    graft_status status = graft_safetensors_write(path, list->item, list->count, metadata);
    graft_json_free(metadata);
    return status;
}

graft_status graft_checkpoint_write(const char *folder, graft_checkpoint *checkpoint) {
    tensor_list list = {0};
    char *state = NULL, *path = NULL;
    graft_status status;
    GRAFT_TRY_TO(done, status, graft_folder_make(folder));
    GRAFT_TRY_TO(done, status, list_all(&list, checkpoint));
    GRAFT_TRY_TO(done, status, state_text(checkpoint, &state));
    path = graft_path_join(folder, file_names[checkpoint->file & 1]);
    status = path ? write_to(path, &list, state) : graft_fail_memory("a checkpoint's name");
    if (status == GRAFT_OK) checkpoint->file ^= 1;
done:
    list_clear(&list);
    graft_release(state);
    graft_release(path);
    return status;
}

/* ---- reading ---- */

/* One of the two files, opened; container NULL when it is missing or damaged. */
typedef struct candidate {
    graft_container *container;
    graft_json *state;
    const char *state_text;
    int64_t phase, step, epoch;
} candidate;

static void candidate_close(candidate *file) {
    graft_json_free(file->state);
    graft_container_free(file->container);
    *file = (candidate){0};
}

/* A file that cannot be opened is as good as none: the other one is there for that. */
static void candidate_open(graft_context *context, const char *folder, const char *name, candidate *out) {
    *out = (candidate){0};
    char *path = graft_path_join(folder, name);
    if (!path || graft_file_kind_of(path) != GRAFT_FILE_REGULAR ||
        graft_container_open(context, path, &out->container) != GRAFT_OK) {
        graft_release(path);
        return;
    }
    graft_release(path);
    out->state_text = graft_json_text(graft_json_get(graft_container_metadata(out->container), "graft.checkpoint"), "");
    if (graft_json_parse(out->state_text, strlen(out->state_text), name, &out->state) != GRAFT_OK) {
        candidate_close(out);
        return;
    }
    out->phase = graft_json_int(graft_json_get(out->state, "phase"), -1);
    out->step = graft_json_int(graft_json_get(out->state, "step"), -1);
    out->epoch = graft_json_int(graft_json_get(out->state, "epoch"), -1);
}

/* Every tensor of the file, checked against the checksum. */
static graft_status load_tensors(candidate *file, tensor_list *list) {
    for (size_t i = 0; i < graft_container_count(file->container); i++) {
        if (!graft_reserve(&list->own, &list->own_capacity, list->own_count + 1, sizeof *list->own))
            return graft_fail_memory("a checkpoint");
        graft_tensor *tensor;
        GRAFT_TRY(graft_container_read_raw(file->container, i, &tensor));
        list->own[list->own_count++] = tensor;
        GRAFT_TRY(list_add(list, graft_text_copy(graft_container_entry(file->container, i)->name), tensor));
    }
    char checksum[GRAFT_HASH_TEXT];
    GRAFT_TRY(checksum_of(list, file->state_text, checksum));
    const graft_json *metadata = graft_container_metadata(file->container);
    if (strcmp(checksum, graft_json_text(graft_json_get(metadata, "graft.checksum"), "")) == 0) return GRAFT_OK;
    return graft_fail(GRAFT_E_DATA, "%s: damaged", graft_container_path(file->container));
}

static const graft_tensor *list_find(const tensor_list *list, const char *name) {
    graft_named_tensor wanted = {.name = name};
    if (list->count == 0) return NULL;
    const graft_named_tensor *found = bsearch(&wanted, list->item, list->count, sizeof *list->item, compare_items);
    return found ? found->tensor : NULL;
}

static graft_status fill_graph(const tensor_list *list, const char *path, graft_graph *graph) {
    for (int i = 0; i < graft_graph_count(graph); i++) {
        graft_node *node = graft_graph_node(graph, i);
        for (int k = 0; k < node->param_count; k++) {
            char *name = graft_text_format("graph/%s/%s", node->name, node->params[k].name);
            const graft_tensor *found = name ? list_find(list, name) : NULL;
            graft_release(name);
            if (!found) return graft_fail(GRAFT_E_DATA, "%s: %s/%s is missing", path, node->name, node->params[k].name);
            graft_tensor *copy;
            GRAFT_TRY(graft_tensor_copy(found, &copy));
            GRAFT_TRY(graft_node_set_param(node, node->params[k].name, copy));
        }
    }
    return GRAFT_OK;
}

static graft_status fill_arrays(const tensor_list *list, const char *path, const graft_checkpoint *checkpoint) {
    for (int i = 0; i < checkpoint->array_count; i++) {
        const graft_checkpoint_array *array = &checkpoint->arrays[i];
        char *name = graft_text_format("fit/%s", array->name);
        const graft_tensor *found = name ? list_find(list, name) : NULL;
        graft_release(name);
        if (!found || found->dtype != GRAFT_F32 || found->bytes != array->count * sizeof(float))
            return graft_fail(GRAFT_E_DATA, "%s: fit/%s is missing or has another size", path, array->name);
        memcpy(array->data, found->data, found->bytes);
    }
    return GRAFT_OK;
}

static graft_status fill_scalars(const graft_json *state, graft_checkpoint *checkpoint) {
    graft_history history;
    GRAFT_TRY(graft_history_from_json(graft_json_get(state, "history"), &history));
    graft_history_clear(checkpoint->history);
    *checkpoint->history = history;
    checkpoint->phase = (int)graft_json_int(graft_json_get(state, "phase"), 0);
    checkpoint->epoch = (uint32_t)graft_json_int(graft_json_get(state, "epoch"), 0);
    checkpoint->step = (uint64_t)graft_json_int(graft_json_get(state, "step"), 0);
    checkpoint->step_in_epoch = (uint64_t)graft_json_int(graft_json_get(state, "step_in_epoch"), 0);
    checkpoint->phase_first = (size_t)graft_json_int(graft_json_get(state, "phase_first"), 0);
    checkpoint->loss_sum = get_bits(state, "loss_sum");
    checkpoint->weight_sum = get_bits(state, "weight_sum");
    checkpoint->correct = get_bits(state, "correct");
    return checkpoint->phase_first <= history.count ? GRAFT_OK
                                                    : graft_fail(GRAFT_E_DATA, "a checkpoint's history is short");
}

static graft_status read_candidate(candidate *file, graft_checkpoint *checkpoint, bool *sound) {
    const char *path = graft_container_path(file->container);
    tensor_list list = {0};
    graft_status status = load_tensors(file, &list);
    *sound = status == GRAFT_OK;
    if (*sound) status = graft_identity_check(&checkpoint->identity, graft_json_get(file->state, "identity"), path);
    if (status == GRAFT_OK) status = fill_graph(&list, path, checkpoint->graph);
    if (status == GRAFT_OK) status = fill_arrays(&list, path, checkpoint);
    if (status == GRAFT_OK) status = fill_scalars(file->state, checkpoint);
    list_clear(&list);
    return status;
}

/* Of equal steps, that after the epoch's end: the other one stands before its validation. */
static bool is_newer(const candidate *a, const candidate *b) {
    if (a->phase != b->phase) return a->phase > b->phase;
    return a->step != b->step ? a->step > b->step : a->epoch > b->epoch;
}

/* Opens both; *first is the newer one. Who asks goes on with the run and is the only one who writes here: what a
 * process that was killed was writing is removed. */
static void open_both(graft_context *context, const char *folder, candidate files[2], int *first) {
    graft_file_sweep(folder, "checkpoint-", 0);
    for (int i = 0; i < 2; i++)
        candidate_open(context, folder, file_names[i], &files[i]);
    *first = files[1].container && (!files[0].container || is_newer(&files[1], &files[0]));
}

graft_status graft_checkpoint_peek(graft_context *context, const char *folder, int *phase, graft_history *history) {
    candidate files[2];
    int first;
    *phase = -1;
    *history = (graft_history){0};
    open_both(context, folder, files, &first);
    graft_status status = GRAFT_OK;
    for (int turn = 0; turn < 2 && *phase < 0 && status == GRAFT_OK; turn++) {
        candidate *file = &files[turn == 0 ? first : !first];
        if (!file->container) continue;
        tensor_list list = {0};
        status = load_tensors(file, &list);
        list_clear(&list);
        bool sound = status == GRAFT_OK;
        if (!sound && status != GRAFT_E_MEMORY) status = GRAFT_OK; /* damaged: the other one */
        if (sound) status = graft_history_from_json(graft_json_get(file->state, "history"), history);
        if (sound && status == GRAFT_OK) *phase = (int)file->phase;
    }
    candidate_close(&files[0]);
    candidate_close(&files[1]);
    return status;
}

graft_status graft_checkpoint_read(graft_context *context, const char *folder, graft_checkpoint *checkpoint,
                                   bool *found) {
    candidate files[2];
    int first;
    *found = false;
    open_both(context, folder, files, &first);
    graft_status status = GRAFT_OK;
    for (int turn = 0; turn < 2 && !*found && status == GRAFT_OK; turn++) {
        int i = turn == 0 ? first : !first;
        if (!files[i].container || files[i].phase != checkpoint->phase) continue;
        status = read_candidate(&files[i], checkpoint, found);
        if (!*found && status != GRAFT_E_MEMORY) status = GRAFT_OK; /* damaged: the other one */
        if (*found) checkpoint->file = !i;
    }
    candidate_close(&files[0]);
    candidate_close(&files[1]);
    if (status != GRAFT_OK) *found = false;
    return status;
}
