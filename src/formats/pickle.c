/* The machine: its stack, its memo, its opcodes. */
#include "formats/pickle.h"
#include "base/alloc.h"
#include "base/error.h"

#include <string.h>

#define EMPTY UINT32_MAX /* a place in the memo; pickles of Python 2 begin with place 1 */

/* ---- bytes and the stack ---- */

/* The next `length` bytes, or NULL. */
static const unsigned char *take(graft_pickle *p, uint64_t length) {
    const unsigned char *bytes = p->at;
    if (length > (uint64_t)(p->end - p->at)) return NULL;
    p->at += length;
    return bytes;
}

static graft_status fail_end(const graft_pickle *p) {
    return graft_pickle_fail(p, "it ends too early (truncated?)");
}

/* An unsigned number of 1 to 8 bytes. */
static graft_status take_number(graft_pickle *p, int bytes, uint64_t *out) {
    const unsigned char *from = take(p, (uint64_t)bytes);
    if (!from) return fail_end(p);
    *out = 0;
    for (int i = 0; i < bytes; i++)
        *out |= (uint64_t)from[i] << (8 * i);
    return GRAFT_OK;
}

static graft_status push(graft_pickle *p, uint32_t number) {
    if (p->depth >= GRAFT_PICKLE_MAX_VALUES) return graft_pickle_fail(p, "more than 2097152 values on the stack");
    if (!graft_reserve(&p->stack, &p->stack_capacity, p->depth + 1, sizeof number)) {
        return graft_fail_memory("a pickle's stack");
    }
    p->stack[p->depth++] = number;
    return GRAFT_OK;
}

static graft_status push_new(graft_pickle *p, graft_pickle_value value) {
    uint32_t number = 0;
    GRAFT_TRY(graft_pickle_make(p, value, &number));
    return push(p, number);
}

/* How many values lie above the last mark. */
static size_t available(const graft_pickle *p) {
    return p->depth - (p->mark_count > 0 ? p->marks[p->mark_count - 1] : 0);
}

static graft_status need(const graft_pickle *p, size_t count) {
    return available(p) >= count ? GRAFT_OK : graft_pickle_fail(p, "values that are missing on the stack");
}

/* Takes the last mark away; the values above it begin at *from. */
static graft_status pop_mark(graft_pickle *p, size_t *from) {
    if (p->mark_count == 0) return graft_pickle_fail(p, "a mark that is missing on the stack");
    *from = p->marks[--p->mark_count];
    return GRAFT_OK;
}

/* Moves the stack's values from `from` on into a list or dictionary. */
static graft_status move_items(graft_pickle *p, size_t from, uint32_t list) {
    for (size_t i = from; i < p->depth; i++)
        GRAFT_TRY(graft_pickle_append(p, list, p->stack[i]));
    p->depth = from;
    return GRAFT_OK;
}

/* ---- opcodes; `argument` is the table's ---- */

static graft_status op_skip(graft_pickle *p, int argument) {
    return take(p, (uint64_t)argument) ? GRAFT_OK : fail_end(p);
}

static graft_status op_other(graft_pickle *p, int argument) {
    GRAFT_TRY(op_skip(p, argument));
    return push_new(p, (graft_pickle_value){.kind = GRAFT_PICKLE_OTHER});
}

static graft_status op_bool(graft_pickle *p, int argument) {
    return push_new(p, (graft_pickle_value){.kind = GRAFT_PICKLE_INT, .number = argument});
}

static graft_status op_int(graft_pickle *p, int argument) {
    uint64_t number = 0;
    GRAFT_TRY(take_number(p, argument, &number));
    int64_t value = argument == 4 ? (int32_t)(uint32_t)number : (int64_t)number;
    return push_new(p, (graft_pickle_value){.kind = GRAFT_PICKLE_INT, .number = value});
}

/* A number of any length; beyond 64 bits it can be nothing of a tensor's. */
static graft_status op_long(graft_pickle *p, int argument) {
    uint64_t length = 0, number = 0;
    GRAFT_TRY(take_number(p, argument, &length));
    if (length > 8) {
        if (!take(p, length)) return fail_end(p);
        return push_new(p, (graft_pickle_value){.kind = GRAFT_PICKLE_OTHER});
    }
    GRAFT_TRY(take_number(p, (int)length, &number));
    if (length > 0 && length < 8 && number >> (8 * length - 1)) number |= UINT64_MAX << (8 * length);
    return push_new(p, (graft_pickle_value){.kind = GRAFT_PICKLE_INT, .number = (int64_t)number});
}

static graft_status push_text(graft_pickle *p, int length_bytes, graft_pickle_kind kind) {
    uint64_t length = 0;
    GRAFT_TRY(take_number(p, length_bytes, &length));
    const unsigned char *text = take(p, length);
    if (!text) return fail_end(p);
    return push_new(p, (graft_pickle_value){.kind = kind, .text = (const char *)text, .length = (size_t)length});
}

static graft_status op_text(graft_pickle *p, int argument) {
    return push_text(p, argument, GRAFT_PICKLE_TEXT);
}

static graft_status op_bytes(graft_pickle *p, int argument) {
    return push_text(p, argument, GRAFT_PICKLE_OTHER);
}

static graft_status op_mark(graft_pickle *p, int argument) {
    (void)argument;
    if (p->mark_count >= GRAFT_PICKLE_MAX_VALUES) return graft_pickle_fail(p, "more than 2097152 marks");
    if (!graft_reserve(&p->marks, &p->mark_capacity, p->mark_count + 1, sizeof *p->marks)) {
        return graft_fail_memory("a pickle's stack");
    }
    p->marks[p->mark_count++] = p->depth;
    return GRAFT_OK;
}

static graft_status op_pop(graft_pickle *p, int argument) {
    (void)argument;
    if (available(p) == 0 && p->mark_count > 0) {
        p->mark_count--;
        return GRAFT_OK;
    }
    GRAFT_TRY(need(p, 1));
    p->depth--;
    return GRAFT_OK;
}

static graft_status op_pop_mark(graft_pickle *p, int argument) {
    (void)argument;
    return pop_mark(p, &p->depth);
}

static graft_status op_dup(graft_pickle *p, int argument) {
    (void)argument;
    GRAFT_TRY(need(p, 1));
    return push(p, p->stack[p->depth - 1]);
}

static graft_status op_empty(graft_pickle *p, int argument) {
    return push_new(p, (graft_pickle_value){.kind = (graft_pickle_kind)argument});
}

/* A tuple of the last `argument` values; negative: of those above the mark. */
static graft_status op_tuple(graft_pickle *p, int argument) {
    size_t from = 0;
    uint32_t list = 0;
    if (argument < 0) {
        GRAFT_TRY(pop_mark(p, &from));
    } else {
        GRAFT_TRY(need(p, (size_t)argument));
        from = p->depth - (size_t)argument;
    }
    GRAFT_TRY(graft_pickle_make(p, (graft_pickle_value){.kind = GRAFT_PICKLE_LIST}, &list));
    GRAFT_TRY(move_items(p, from, list));
    return push(p, list);
}

static graft_status add_items(graft_pickle *p, size_t from, graft_pickle_kind kind) {
    GRAFT_TRY(need(p, p->depth - from + 1));
    uint32_t target = p->stack[from - 1];
    if (p->values[target].kind != kind || (kind == GRAFT_PICKLE_DICT && (p->depth - from) % 2 != 0)) {
        return graft_pickle_fail(p, "items for what is no list or dictionary");
    }
    return move_items(p, from, target);
}

/* The last value into the list below, or the last two into the dictionary. */
static graft_status op_add(graft_pickle *p, int argument) {
    size_t count = argument == GRAFT_PICKLE_DICT ? 2 : 1;
    GRAFT_TRY(need(p, count + 1));
    return add_items(p, p->depth - count, (graft_pickle_kind)argument);
}

static graft_status op_add_all(graft_pickle *p, int argument) {
    size_t from = 0;
    GRAFT_TRY(pop_mark(p, &from));
    return add_items(p, from, (graft_pickle_kind)argument);
}

/* Into the memo; an argument of 0: at the next place. */
static graft_status op_put(graft_pickle *p, int argument) {
    uint64_t place = p->memo_count;
    GRAFT_TRY(need(p, 1));
    if (argument > 0) GRAFT_TRY(take_number(p, argument, &place));
    if (place >= GRAFT_PICKLE_MAX_VALUES) return graft_pickle_fail(p, "more than 2097152 places in the memo");
    if (!graft_reserve(&p->memo, &p->memo_capacity, place + 1, sizeof *p->memo)) {
        return graft_fail_memory("a pickle's memo");
    }
    while (p->memo_count <= place)
        p->memo[p->memo_count++] = EMPTY;
    p->memo[place] = p->stack[p->depth - 1];
    return GRAFT_OK;
}

static graft_status op_get(graft_pickle *p, int argument) {
    uint64_t place = 0;
    GRAFT_TRY(take_number(p, argument, &place));
    if (place >= p->memo_count || p->memo[place] == EMPTY) return graft_pickle_fail(p, "an empty place in the memo");
    return push(p, p->memo[place]);
}

/* A line without its end, or NULL. */
static const char *take_line(graft_pickle *p, size_t *length) {
    const unsigned char *end = memchr(p->at, '\n', (size_t)(p->end - p->at));
    if (!end) return NULL;
    const char *line = (const char *)p->at;
    *length = (size_t)(end - p->at);
    p->at = end + 1;
    return line;
}

/* Also INST, which would call what it names: it is refused unless a class of that name is known, and then too. */
static graft_status op_global(graft_pickle *p, int argument) {
    size_t module_length = 0, name_length = 0;
    const char *module = take_line(p, &module_length), *name = module ? take_line(p, &name_length) : NULL;
    int64_t row = 0;
    if (!name) return fail_end(p);
    GRAFT_TRY(graft_pickle_find_class(p, module, module_length, name, name_length, &row));
    if (argument) return graft_pickle_fail(p, "an opcode of protocol 0");
    return push_new(p, (graft_pickle_value){.kind = GRAFT_PICKLE_CLASS, .number = row});
}

static graft_status op_stack_global(graft_pickle *p, int argument) {
    (void)argument;
    GRAFT_TRY(need(p, 2));
    const graft_pickle_value *module = &p->values[p->stack[p->depth - 2]], *name = &p->values[p->stack[p->depth - 1]];
    int64_t row = 0;
    if (module->kind != GRAFT_PICKLE_TEXT || name->kind != GRAFT_PICKLE_TEXT) {
        return graft_pickle_fail(p, "a class whose name is no text");
    }
    GRAFT_TRY(graft_pickle_find_class(p, module->text, module->length, name->text, name->length, &row));
    p->depth -= 2;
    return push_new(p, (graft_pickle_value){.kind = GRAFT_PICKLE_CLASS, .number = row});
}

static graft_status op_call(graft_pickle *p, int argument) {
    (void)argument;
    uint32_t made = 0;
    GRAFT_TRY(need(p, 2));
    p->depth -= 2;
    GRAFT_TRY(graft_pickle_call(p, p->stack[p->depth], p->stack[p->depth + 1], &made));
    return push(p, made);
}

static graft_status op_storage(graft_pickle *p, int argument) {
    (void)argument;
    uint32_t made = 0;
    GRAFT_TRY(need(p, 1));
    GRAFT_TRY(graft_pickle_storage(p, p->stack[--p->depth], &made));
    return push(p, made);
}

static graft_status op_build(graft_pickle *p, int argument) {
    (void)argument;
    GRAFT_TRY(need(p, 2));
    p->depth--;
    return graft_pickle_build(p, p->stack[p->depth - 1], p->stack[p->depth]);
}

typedef struct opcode {
    graft_status (*run)(graft_pickle *p, int argument);
    int argument;
} opcode;

#define STOP '.'
static const opcode opcodes[256] = {
    [0x80] = {op_skip, 1},                    /* PROTO */
    [0x95] = {op_skip, 8},                    /* FRAME */
    ['N'] = {op_other, 0},                    /* NONE */
    ['G'] = {op_other, 8},                    /* BINFLOAT */
    [0x88] = {op_bool, 1},                    /* NEWTRUE */
    [0x89] = {op_bool, 0},                    /* NEWFALSE */
    ['K'] = {op_int, 1},                      /* BININT1 */
    ['M'] = {op_int, 2},                      /* BININT2 */
    ['J'] = {op_int, 4},                      /* BININT */
    [0x8a] = {op_long, 1},                    /* LONG1 */
    [0x8b] = {op_long, 4},                    /* LONG4 */
    ['U'] = {op_text, 1},                     /* SHORT_BINSTRING, of Python 2 */
    ['T'] = {op_text, 4},                     /* BINSTRING */
    [0x8c] = {op_text, 1},                    /* SHORT_BINUNICODE */
    ['X'] = {op_text, 4},                     /* BINUNICODE */
    [0x8d] = {op_text, 8},                    /* BINUNICODE8 */
    ['C'] = {op_bytes, 1},                    /* SHORT_BINBYTES */
    ['B'] = {op_bytes, 4},                    /* BINBYTES */
    [0x8e] = {op_bytes, 8},                   /* BINBYTES8 */
    ['('] = {op_mark, 0},                     /* MARK */
    ['0'] = {op_pop, 0},                      /* POP */
    ['1'] = {op_pop_mark, 0},                 /* POP_MARK */
    ['2'] = {op_dup, 0},                      /* DUP */
    [')'] = {op_empty, GRAFT_PICKLE_LIST},    /* EMPTY_TUPLE */
    [']'] = {op_empty, GRAFT_PICKLE_LIST},    /* EMPTY_LIST */
    [0x8f] = {op_empty, GRAFT_PICKLE_LIST},   /* EMPTY_SET */
    ['}'] = {op_empty, GRAFT_PICKLE_DICT},    /* EMPTY_DICT */
    [0x85] = {op_tuple, 1},                   /* TUPLE1 */
    [0x86] = {op_tuple, 2},                   /* TUPLE2 */
    [0x87] = {op_tuple, 3},                   /* TUPLE3 */
    ['t'] = {op_tuple, -1},                   /* TUPLE */
    [0x91] = {op_tuple, -1},                  /* FROZENSET */
    ['a'] = {op_add, GRAFT_PICKLE_LIST},      /* APPEND */
    ['s'] = {op_add, GRAFT_PICKLE_DICT},      /* SETITEM */
    ['e'] = {op_add_all, GRAFT_PICKLE_LIST},  /* APPENDS */
    [0x90] = {op_add_all, GRAFT_PICKLE_LIST}, /* ADDITEMS */
    ['u'] = {op_add_all, GRAFT_PICKLE_DICT},  /* SETITEMS */
    ['q'] = {op_put, 1},                      /* BINPUT */
    ['r'] = {op_put, 4},                      /* LONG_BINPUT */
    [0x94] = {op_put, 0},                     /* MEMOIZE */
    ['h'] = {op_get, 1},                      /* BINGET */
    ['j'] = {op_get, 4},                      /* LONG_BINGET */
    ['c'] = {op_global, 0},                   /* GLOBAL */
    ['i'] = {op_global, 1},                   /* INST */
    [0x93] = {op_stack_global, 0},            /* STACK_GLOBAL */
    ['R'] = {op_call, 0},                     /* REDUCE */
    [0x81] = {op_call, 0},                    /* NEWOBJ */
    ['Q'] = {op_storage, 0},                  /* BINPERSID */
    ['b'] = {op_build, 0},                    /* BUILD */
};

graft_status graft_pickle_read(graft_pickle *p, const char *what, const unsigned char *bytes, size_t length) {
    *p = (graft_pickle){.what = what, .start = bytes, .at = bytes, .end = bytes + length};
    for (;;) {
        if (p->at == p->end) return fail_end(p);
        unsigned char code = *p->at++;
        if (code == STOP) break;
        if (!opcodes[code].run) {
            return graft_fail(GRAFT_E_DATA, "%s: pickle, byte %zu: opcode 0x%02x, expected those of tensors alone",
                              p->what, (size_t)(p->at - p->start) - 1, code);
        }
        GRAFT_TRY(opcodes[code].run(p, opcodes[code].argument));
    }
    if (p->depth != 1 || p->mark_count > 0) return graft_pickle_fail(p, "a stack that does not end with one value");
    p->root = p->stack[0];
    return GRAFT_OK;
}
