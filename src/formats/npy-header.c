#include "formats/npy-header.h"
#include "base/error.h"

#include <stdio.h>
#include <string.h>

#define PREFIX 10           /* magic, version, length, in version 1 */
#define ALIGNMENT 64        /* of the numbers */
#define FIRST_DIM_DIGITS 21 /* NumPy leaves room for the first size to grow */
#define HEADER_LIMIT ((size_t)1 << 16)

static const char magic[6] = "\x93NUMPY";

/* dtype, the letter and size of NumPy's descr */
static const struct {
    graft_dtype dtype;
    const char *descr;
} types[] = {
    {GRAFT_F32, "f4"}, {GRAFT_F16, "f2"}, {GRAFT_F64, "f8"}, {GRAFT_U8, "u1"},  {GRAFT_I8, "i1"},  {GRAFT_U16, "u2"},
    {GRAFT_I16, "i2"}, {GRAFT_U32, "u4"}, {GRAFT_I32, "i4"}, {GRAFT_U64, "u8"}, {GRAFT_I64, "i8"}, {GRAFT_BOOL, "b1"},
};

/* ---- writing ---- */

graft_status graft_npy_header_make(const char *path, graft_dtype dtype, const graft_shape *shape,
                                   unsigned char out[GRAFT_NPY_HEADER_MAX], size_t *length) {
    const char *descr = NULL;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (types[i].dtype == dtype) descr = types[i].descr;
    }
    if (!descr) {
        return graft_fail(GRAFT_E_USAGE, "%s: NumPy has no %s, expected another type (convert to F32)", path,
                          graft_dtype_name(dtype));
    }
    char *text = (char *)out + PREFIX;
    size_t room = GRAFT_NPY_HEADER_MAX - PREFIX, used = 0;
    int first = 0;
    used += (size_t)snprintf(text, room, "{'descr': '%c%s', 'fortran_order': False, 'shape': (",
                             descr[1] == '1' ? '|' : '<', descr);
    for (int i = 0; i < shape->rank; i++) {
        int digits = snprintf(text + used, room - used, "%lld", (long long)shape->dim[i]);
        used += (size_t)digits;
        if (i == 0) first = digits;
        if (i + 1 < shape->rank) used += (size_t)snprintf(text + used, room - used, ", ");
        if (shape->rank == 1) used += (size_t)snprintf(text + used, room - used, ",");
    }
    used += (size_t)snprintf(text + used, room - used, "), }");
    size_t spaces = shape->rank > 0 ? FIRST_DIM_DIGITS - (size_t)first : 0;
    spaces += ALIGNMENT - (PREFIX + used + spaces + 1) % ALIGNMENT;
    memset(text + used, ' ', spaces);
    used += spaces;
    text[used++] = '\n';
    memcpy(out, magic, sizeof magic);
    out[6] = 1;
    out[7] = 0;
    out[8] = (unsigned char)(used & 0xff);
    out[9] = (unsigned char)(used >> 8);
    *length = PREFIX + used;
    return GRAFT_OK;
}

/* ---- reading ---- */

typedef struct cursor {
    const char *at, *end;
} cursor;

static void skip_spaces(cursor *in) {
    while (in->at < in->end && (*in->at == ' ' || *in->at == '\n' || *in->at == '\t'))
        in->at++;
}

static bool take(cursor *in, char expected) {
    skip_spaces(in);
    if (in->at == in->end || *in->at != expected) return false;
    in->at++;
    return true;
}

static bool take_word(cursor *in, const char *word) {
    size_t length = strlen(word);
    skip_spaces(in);
    if ((size_t)(in->end - in->at) < length || memcmp(in->at, word, length) != 0) return false;
    in->at += length;
    return true;
}

/* A Python string without escapes, into `out`. */
static bool take_text(cursor *in, char *out, size_t room) {
    char quote = take(in, '\'') ? '\'' : take(in, '"') ? '"' : '\0';
    if (!quote) return false;
    size_t length = 0;
    for (; in->at < in->end && *in->at != quote; in->at++) {
        if (*in->at == '\\' || length + 1 >= room) return false;
        out[length++] = *in->at;
    }
    out[length] = '\0';
    return take(in, quote);
}

static bool take_size(cursor *in, int64_t *out) {
    skip_spaces(in);
    int digits = 0;
    for (*out = 0; in->at < in->end && *in->at >= '0' && *in->at <= '9'; in->at++) {
        if (++digits > 18) return false;
        *out = *out * 10 + (*in->at - '0');
    }
    return digits > 0;
}

static bool take_shape(cursor *in, graft_shape *out) {
    if (!take(in, '(')) return false;
    for (out->rank = 0; !take(in, ')');) {
        if (out->rank == GRAFT_MAX_RANK || !take_size(in, &out->dim[out->rank])) return false;
        out->rank++;
        if (!take(in, ',')) return take(in, ')');
    }
    return true;
}

static bool find_type(const char *descr, graft_npy_header *out) {
    if (!strchr("<>|=", descr[0]) || !descr[0]) return false;
    out->big_endian = descr[0] == '>' && descr[1] && descr[2] != '1';
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        out->dtype = types[i].dtype;
        if (strcmp(types[i].descr, descr + 1) == 0) return true;
    }
    return false;
}

static graft_status parse_text(const char *path, cursor in, graft_npy_header *out) {
    bool descr = false, order = false, shape = false;
    char key[16], type[16] = "";
    bool good = take(&in, '{');
    while (good && !take(&in, '}')) {
        good = take_text(&in, key, sizeof key) && take(&in, ':');
        if (!good) break;
        if (strcmp(key, "descr") == 0 && !descr) {
            if (!take_text(&in, type, sizeof type) || !find_type(type, out)) {
                return graft_fail(
                    GRAFT_E_DATA,
                    "%s: element type %s, expected plain numbers (Python objects and records are not read)", path,
                    type[0] ? type : "of a record");
            }
            descr = true;
        } else if (strcmp(key, "fortran_order") == 0 && !order) {
            out->fortran = take_word(&in, "True");
            good = order = out->fortran || take_word(&in, "False");
        } else {
            good = strcmp(key, "shape") == 0 && !shape && take_shape(&in, &out->shape);
            shape = true;
        }
        if (good && !take(&in, ',')) {
            good = take(&in, '}');
            break;
        }
    }
    skip_spaces(&in);
    if (good && descr && order && shape && in.at == in.end) return GRAFT_OK;
    return graft_fail(GRAFT_E_DATA, "%s: damaged header, expected descr, fortran_order and a shape of rank 0 to %d",
                      path, GRAFT_MAX_RANK);
}

graft_status graft_npy_header_parse(const char *path, const unsigned char *bytes, size_t length, graft_npy_header *out,
                                    size_t *data) {
    *out = (graft_npy_header){0};
    if (length < PREFIX + 2 || memcmp(bytes, magic, sizeof magic) != 0) {
        return graft_fail(GRAFT_E_DATA, "%s: not a NumPy array, expected a .npy file", path);
    }
    if (bytes[6] < 1 || bytes[6] > 3 || bytes[7] != 0) {
        return graft_fail(GRAFT_E_DATA, "%s: .npy version %d.%d, expected 1.0, 2.0 or 3.0", path, bytes[6], bytes[7]);
    }
    size_t prefix = bytes[6] == 1 ? PREFIX : PREFIX + 2, text = bytes[8] + ((size_t)bytes[9] << 8);
    if (bytes[6] > 1) text += ((size_t)bytes[10] << 16) + ((size_t)bytes[11] << 24);
    if (text > HEADER_LIMIT || text > length - prefix) {
        return graft_fail(GRAFT_E_DATA, "%s: a header of %zu bytes in a file of %zu (truncated?)", path, text, length);
    }
    const char *at = (const char *)bytes + prefix;
    GRAFT_TRY(parse_text(path, (cursor){at, at + text}, out));
    *data = prefix + text;
    return GRAFT_OK;
}
