/* The order of layers in Keras 3's HDF5 files. There a layer is not called by its name but by its class, "dense_2"
 * being the third Dense of the model; members of HDF5 groups have no order of their own. */
#include "base/alloc.h"
#include "base/error.h"
#include "formats/keras-h5.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Does a new word begin at `at`? keras.src.utils.naming.to_snake_case: before a capital with small letters behind it,
 * and between a small letter and a capital. */
static bool begins_word(const char *name, size_t at) {
    if (at == 0 || !isupper((unsigned char)name[at])) return false;
    return islower((unsigned char)name[at + 1]) || islower((unsigned char)name[at - 1]);
}

char *graft_keras3_snake_case(const char *class_name) {
    char *out = graft_allocate(2 * strlen(class_name) + 1, 1);
    size_t length = 0;
    if (!out) return NULL;
    for (size_t i = 0; class_name[i]; i++) {
        unsigned char letter = (unsigned char)class_name[i];
        if (!isalnum(letter) && letter != '_') continue;
        if (begins_word(class_name, i)) out[length++] = '_';
        out[length++] = (char)tolower(letter);
    }
    out[length] = '\0';
    return out;
}

/* "dense_10": the length of "dense", and 10; without a number -1. */
static size_t split_number(const char *name, long *number) {
    size_t length = strlen(name), end = length;
    while (end > 0 && isdigit((unsigned char)name[end - 1]) && length - end < 9)
        end--;
    *number = end < length ? strtol(name + end, NULL, 10) : -1;
    if (end == length || end == 0 || name[end - 1] != '_') return end;
    return end - 1;
}

static int compare_members(const void *a, const void *b) {
    const char *left = ((const keras3_member *)a)->name, *right = ((const keras3_member *)b)->name;
    long left_number = 0, right_number = 0;
    size_t left_length = split_number(left, &left_number), right_length = split_number(right, &right_number);
    size_t common = left_length < right_length ? left_length : right_length;
    int order = memcmp(left, right, common);
    if (order != 0) return order;
    if (left_length != right_length) return left_length < right_length ? -1 : 1;
    if (left_number != right_number) return left_number < right_number ? -1 : 1;
    return strcmp(left, right);
}

/* The name of the next layer of this class; `seen` counts them. */
static graft_status next_name(graft_strmap *seen, const char *class_name, char **out) {
    char *snake = graft_keras3_snake_case(class_name);
    size_t number = 0;
    if (!snake) return graft_fail_memory("a layer's name");
    bool again = graft_strmap_get(seen, snake, &number);
    *out = again ? graft_text_format("%s_%zu", snake, number) : graft_text_copy(snake);
    graft_status status = graft_strmap_set(seen, snake, again ? number + 1 : 1);
    graft_release(snake);
    if (!*out) return graft_fail_memory("a layer's name");
    if (status == GRAFT_OK) return status;
    graft_release(*out);
    return status;
}

/* Puts the members that the configuration's layers name first. */
static graft_status take_layers(const graft_json *layers, graft_strmap *seen, const graft_strmap *places,
                                keras3_member *members, keras3_member *out, size_t *count) {
    for (size_t i = 0; i < graft_json_count(layers); i++) {
        const graft_json *layer = graft_json_at(layers, i);
        const char *class_name = graft_json_text(graft_json_get(layer, "class_name"), "");
        char *name = NULL;
        size_t place = 0;
        GRAFT_TRY(next_name(seen, class_name, &name));
        if (graft_strmap_get(places, name, &place) && members[place].name) {
            out[(*count)++] = (keras3_member){members[place].name, layer};
            members[place].name = NULL;
        }
        graft_release(name);
    }
    return GRAFT_OK;
}

static graft_status sort(const graft_h5_texts *names, const graft_json *layers, graft_strmap *seen,
                         graft_strmap *places, keras3_member *members, keras3_member *out) {
    size_t count = 0;
    for (size_t i = 0; i < names->count; i++) {
        members[i] = (keras3_member){names->text[i], NULL};
    }
    if (names->count > 0) qsort(members, names->count, sizeof *members, compare_members);
    for (size_t i = 0; i < names->count; i++)
        GRAFT_TRY(graft_strmap_set(places, members[i].name, i));
    GRAFT_TRY(take_layers(layers, seen, places, members, out, &count));
    for (size_t i = 0; i < names->count; i++) {
        if (members[i].name) out[count++] = members[i];
    }
    return GRAFT_OK;
}

graft_status graft_keras3_sort(const graft_h5_texts *names, const graft_json *config, keras3_member *out) {
    const graft_json *inner = graft_json_get(config, "config");
    const graft_json *layers = graft_json_type_of(inner) == GRAFT_JSON_ARRAY ? inner : graft_json_get(inner, "layers");
    graft_strmap *seen = NULL, *places = NULL;
    keras3_member *members = graft_allocate(names->count, sizeof *members);
    graft_status status = members ? graft_strmap_new(&seen) : graft_fail_memory("a list of layers");
    if (status == GRAFT_OK) status = graft_strmap_new(&places);
    if (status == GRAFT_OK) status = sort(names, layers, seen, places, members, out);
    graft_strmap_free(seen);
    graft_strmap_free(places);
    graft_release(members);
    return status;
}
