/* A pickle machine that runs nothing. It knows the opcodes of protocols 2 to 5 that numbers, texts, containers and
 * PyTorch's tensors are made of, and the few classes of pickle-classes.c; a pickle that names any other class or
 * function is refused by that name. Steps, memory and the memo are bounded by the pickle's length and by caps. */
#ifndef GRAFT_SRC_FORMATS_PICKLE_H
#define GRAFT_SRC_FORMATS_PICKLE_H

#include "tensor/tensor.h"

typedef enum graft_pickle_kind {
    GRAFT_PICKLE_OTHER,   /* None, a number with a fraction, bytes, a device: nothing that tensors are made of */
    GRAFT_PICKLE_INT,     /* number; booleans too */
    GRAFT_PICKLE_TEXT,    /* text, length */
    GRAFT_PICKLE_LIST,    /* items: of lists, tuples, sets, torch.Size */
    GRAFT_PICKLE_DICT,    /* items: key, value, key, value, ... */
    GRAFT_PICKLE_CLASS,   /* number: the row in pickle-classes.c */
    GRAFT_PICKLE_STORAGE, /* text, length: its key; dtype; number: elements */
    GRAFT_PICKLE_TENSOR,  /* items: storage, offset, sizes, strides (INT, LIST, LIST) */
} graft_pickle_kind;

typedef struct graft_pickle_value {
    graft_pickle_kind kind;
    graft_dtype dtype;
    int64_t number;
    const char *text; /* into the pickle, not NUL-terminated */
    size_t length;
    uint32_t *items; /* values by number: shared ones, and even a list in itself, are no trouble */
    size_t count, capacity;
} graft_pickle_value;

typedef struct graft_pickle {
    const char *what; /* names it in errors */
    const unsigned char *start, *at, *end;
    graft_pickle_value *values;
    size_t count, capacity, items;
    uint32_t *stack, *memo;
    size_t depth, stack_capacity, memo_count, memo_capacity;
    size_t *marks;
    size_t mark_count, mark_capacity;
    uint32_t root;
} graft_pickle;

/* Reads one pickle up to its STOP; pickle->at is then the byte behind it. `what` and `bytes` are borrowed. To be
 * cleared also after a failure. Errors: GRAFT_E_DATA. */
GRAFT_MUST_CHECK graft_status graft_pickle_read(graft_pickle *pickle, const char *what, const unsigned char *bytes,
                                                size_t length);
void graft_pickle_clear(graft_pickle *pickle);

/* The value of this number, and its items. */
const graft_pickle_value *graft_pickle_at(const graft_pickle *pickle, uint32_t number);
const graft_pickle_value *graft_pickle_item(const graft_pickle *pickle, const graft_pickle_value *value, size_t index);
bool graft_pickle_is_text(const graft_pickle_value *value, const char *text);
/* A dictionary's value under a text, or NULL. */
const graft_pickle_value *graft_pickle_get(const graft_pickle *pickle, const graft_pickle_value *dict, const char *key);

/* ---- for pickle*.c ---- */

#define GRAFT_PICKLE_MAX_VALUES ((size_t)2 << 20)

GRAFT_MUST_CHECK graft_status graft_pickle_fail(const graft_pickle *pickle, const char *found);
/* Makes a value; *out is its number. */
GRAFT_MUST_CHECK graft_status graft_pickle_make(graft_pickle *pickle, graft_pickle_value value, uint32_t *out);
GRAFT_MUST_CHECK graft_status graft_pickle_append(graft_pickle *pickle, uint32_t list, uint32_t item);
/* What GLOBAL names. */
GRAFT_MUST_CHECK graft_status graft_pickle_find_class(const graft_pickle *pickle, const char *module,
                                                      size_t module_length, const char *name, size_t name_length,
                                                      int64_t *row);
/* What REDUCE and NEWOBJ make of a class and arguments, BINPERSID of a storage's description, BUILD of a state. */
GRAFT_MUST_CHECK graft_status graft_pickle_call(graft_pickle *pickle, uint32_t callable, uint32_t arguments,
                                                uint32_t *out);
GRAFT_MUST_CHECK graft_status graft_pickle_storage(graft_pickle *pickle, uint32_t description, uint32_t *out);
GRAFT_MUST_CHECK graft_status graft_pickle_build(const graft_pickle *pickle, uint32_t object, uint32_t state);

#endif
