/* The classes and functions a pickle may name. None of them is Python's: each row says what graft makes of it. */
#include "base/error.h"
#include "formats/pickle.h"

#include <string.h>

typedef graft_status (*class_fn)(graft_pickle *pickle, const graft_pickle_value *arguments, uint32_t *out);

/* torch.device("cpu"), bytes: of no interest, but harmless. */
static graft_status make_other(graft_pickle *pickle, const graft_pickle_value *arguments, uint32_t *out) {
    (void)arguments;
    return graft_pickle_make(pickle, (graft_pickle_value){.kind = GRAFT_PICKLE_OTHER}, out);
}

/* Empty, or from one list: set(list), torch.Size(tuple). */
static graft_status make_list(graft_pickle *pickle, const graft_pickle_value *arguments, uint32_t *out) {
    if (arguments->count == 0) return graft_pickle_make(pickle, (graft_pickle_value){.kind = GRAFT_PICKLE_LIST}, out);
    *out = arguments->items[0];
    if (arguments->count == 1 && graft_pickle_at(pickle, *out)->kind == GRAFT_PICKLE_LIST) return GRAFT_OK;
    return graft_pickle_fail(pickle, "a list class called with other things than one list");
}

/* Empty, from a dictionary, or from a list of pairs, as Python 2 wrote it. */
static graft_status make_dict(graft_pickle *pickle, const graft_pickle_value *arguments, uint32_t *out) {
    uint32_t source = arguments->count > 0 ? arguments->items[0] : 0;
    size_t count = arguments->count;
    *out = source;
    if (count == 1 && graft_pickle_at(pickle, source)->kind == GRAFT_PICKLE_DICT) return GRAFT_OK;
    GRAFT_TRY(graft_pickle_make(pickle, (graft_pickle_value){.kind = GRAFT_PICKLE_DICT}, out));
    if (count == 0) return GRAFT_OK;
    bool good = count == 1 && graft_pickle_at(pickle, source)->kind == GRAFT_PICKLE_LIST;
    for (size_t i = 0; good && i < graft_pickle_at(pickle, source)->count; i++) {
        const graft_pickle_value *pair = graft_pickle_item(pickle, graft_pickle_at(pickle, source), i);
        good = pair->kind == GRAFT_PICKLE_LIST && pair->count == 2;
        for (size_t k = 0; good && k < 2; k++)
            GRAFT_TRY(graft_pickle_append(pickle, *out, pair->items[k]));
    }
    return good ? GRAFT_OK : graft_pickle_fail(pickle, "a dictionary class called with other things than pairs");
}

/* (storage, offset, sizes, strides, ...) */
static graft_status make_tensor(graft_pickle *pickle, const graft_pickle_value *arguments, uint32_t *out) {
    static const graft_pickle_kind kinds[] = {GRAFT_PICKLE_STORAGE, GRAFT_PICKLE_INT, GRAFT_PICKLE_LIST,
                                              GRAFT_PICKLE_LIST};
    uint32_t parts[4] = {0};
    bool good = arguments->count >= 4;
    for (size_t i = 0; good && i < 4; i++) {
        parts[i] = arguments->items[i];
        good = graft_pickle_at(pickle, parts[i])->kind == kinds[i];
    }
    if (!good) return graft_pickle_fail(pickle, "a tensor that is not of storage, offset, sizes and strides");
    GRAFT_TRY(graft_pickle_make(pickle, (graft_pickle_value){.kind = GRAFT_PICKLE_TENSOR}, out));
    for (size_t i = 0; i < 4; i++)
        GRAFT_TRY(graft_pickle_append(pickle, *out, parts[i]));
    return GRAFT_OK;
}

/* (tensor, requires_grad, hooks) */
static graft_status make_parameter(graft_pickle *pickle, const graft_pickle_value *arguments, uint32_t *out) {
    *out = arguments->count > 0 ? arguments->items[0] : 0;
    if (arguments->count > 0 && graft_pickle_at(pickle, *out)->kind == GRAFT_PICKLE_TENSOR) return GRAFT_OK;
    return graft_pickle_fail(pickle, "a parameter without tensor");
}

/* What may be called has a function, what storages consist of a dtype; torch.float32 and its like have neither. */
static const struct class_row {
    const char *module, *name;
    class_fn call;
    graft_dtype dtype;
    bool storage;
} rows[] = {
    {"collections", "OrderedDict", make_dict, GRAFT_F32, false},
    {"collections", "Counter", make_dict, GRAFT_F32, false},
    {"builtins", "set", make_list, GRAFT_F32, false},
    {"__builtin__", "set", make_list, GRAFT_F32, false},
    {"_codecs", "encode", make_other, GRAFT_F32, false},
    {"torch", "Size", make_list, GRAFT_F32, false},
    {"torch", "device", make_other, GRAFT_F32, false},
    {"torch._utils", "_rebuild_tensor", make_tensor, GRAFT_F32, false},
    {"torch._utils", "_rebuild_tensor_v2", make_tensor, GRAFT_F32, false},
    {"torch._utils", "_rebuild_parameter", make_parameter, GRAFT_F32, false},
    {"torch", "FloatStorage", NULL, GRAFT_F32, true},
    {"torch", "HalfStorage", NULL, GRAFT_F16, true},
    {"torch", "BFloat16Storage", NULL, GRAFT_BF16, true},
    {"torch", "DoubleStorage", NULL, GRAFT_F64, true},
    {"torch", "LongStorage", NULL, GRAFT_I64, true},
    {"torch", "IntStorage", NULL, GRAFT_I32, true},
    {"torch", "ShortStorage", NULL, GRAFT_I16, true},
    {"torch", "CharStorage", NULL, GRAFT_I8, true},
    {"torch", "ByteStorage", NULL, GRAFT_U8, true},
    {"torch", "BoolStorage", NULL, GRAFT_BOOL, true},
    {"torch", "float32", NULL, GRAFT_F32, false},
    {"torch", "float16", NULL, GRAFT_F32, false},
    {"torch", "bfloat16", NULL, GRAFT_F32, false},
    {"torch", "float64", NULL, GRAFT_F32, false},
    {"torch", "int64", NULL, GRAFT_F32, false},
    {"torch", "int32", NULL, GRAFT_F32, false},
    {"torch", "int16", NULL, GRAFT_F32, false},
    {"torch", "int8", NULL, GRAFT_F32, false},
    {"torch", "uint8", NULL, GRAFT_F32, false},
    {"torch", "bool", NULL, GRAFT_F32, false},
};

static bool same(const char *text, const char *other, size_t length) {
    return strlen(text) == length && memcmp(text, other, length) == 0;
}

graft_status graft_pickle_find_class(const graft_pickle *pickle, const char *module, size_t module_length,
                                     const char *name, size_t name_length, int64_t *row) {
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        *row = (int64_t)i;
        if (same(rows[i].module, module, module_length) && same(rows[i].name, name, name_length)) return GRAFT_OK;
    }
    return graft_fail(GRAFT_E_DATA,
                      "%s: its pickle asks for %.*s.%.*s, which is refused: expected tensors, numbers, texts and their "
                      "containers alone (save the weights only: torch.save(model.state_dict(), ...))",
                      pickle->what, module_length < 100 ? (int)module_length : 100, module,
                      name_length < 100 ? (int)name_length : 100, name);
}

graft_status graft_pickle_call(graft_pickle *pickle, uint32_t callable, uint32_t arguments, uint32_t *out) {
    const graft_pickle_value *class = graft_pickle_at(pickle, callable), *list = graft_pickle_at(pickle, arguments);
    if (class->kind != GRAFT_PICKLE_CLASS || list->kind != GRAFT_PICKLE_LIST) {
        return graft_pickle_fail(pickle, "a call of what is no class");
    }
    const struct class_row *row = &rows[class->number];
    if (row->call) {
        /* Making values moves them: the arguments' own list stays where it is. */
        graft_pickle_value copy = *list;
        return row->call(pickle, &copy, out);
    }
    return graft_fail(GRAFT_E_DATA, "%s: its pickle calls %s.%s, expected that to be named only", pickle->what,
                      row->module, row->name);
}

/* ("storage", class, key, device, elements) and, in older files, what part of another storage it is: None. */
graft_status graft_pickle_storage(graft_pickle *pickle, uint32_t description, uint32_t *out) {
    const graft_pickle_value *list = graft_pickle_at(pickle, description);
    bool good = list->kind == GRAFT_PICKLE_LIST && (list->count == 5 || list->count == 6) &&
                graft_pickle_is_text(graft_pickle_item(pickle, list, 0), "storage");
    if (good && list->count == 6 && graft_pickle_item(pickle, list, 5)->kind != GRAFT_PICKLE_OTHER) {
        return graft_pickle_fail(pickle, "a part of another storage (save it again with PyTorch 0.4 or later)");
    }
    if (good) {
        const graft_pickle_value *class = graft_pickle_item(pickle, list, 1), *key = graft_pickle_item(pickle, list, 2),
                                 *elements = graft_pickle_item(pickle, list, 4);
        if (class->kind == GRAFT_PICKLE_CLASS && rows[class->number].storage && key->kind == GRAFT_PICKLE_TEXT &&
            elements->kind == GRAFT_PICKLE_INT && elements->number >= 0) {
            return graft_pickle_make(pickle,
                                     (graft_pickle_value){.kind = GRAFT_PICKLE_STORAGE,
                                                          .dtype = rows[class->number].dtype,
                                                          .text = key->text,
                                                          .length = key->length,
                                                          .number = elements->number},
                                     out);
        }
    }
    return graft_pickle_fail(pickle, "a reference to what is no storage");
}

/* PyTorch gives its dictionaries the attribute _metadata. */
graft_status graft_pickle_build(const graft_pickle *pickle, uint32_t object, uint32_t state) {
    bool good = graft_pickle_at(pickle, object)->kind == GRAFT_PICKLE_DICT &&
                graft_pickle_at(pickle, state)->kind == GRAFT_PICKLE_DICT;
    return good ? GRAFT_OK : graft_pickle_fail(pickle, "attributes set on what is no dictionary");
}
