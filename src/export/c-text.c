/* Numbers, names and lines of generated C. */
#include "export/c-text.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { CHUNK = 1 << 16, FEW = 16, PER_LINE = 16 };

graft_status graft_c_text_open(const char *path, graft_c_text *out) {
    *out = (graft_c_text){.failed = GRAFT_OK};
    graft_buffer_init(&out->buffer, 0);
    return graft_file_writer_open(path, &out->writer);
}

static void drain(graft_c_text *text, size_t least) {
    if (text->buffer.length < least) return;
    if (text->failed == GRAFT_OK) text->failed = graft_buffer_status(&text->buffer);
    if (text->failed == GRAFT_OK && text->buffer.length > 0)
        text->failed = graft_file_writer_write(text->writer, text->buffer.data, text->buffer.length);
    text->buffer.length = 0;
}

void graft_c_format(graft_c_text *text, const char *format, ...) {
    char line[2048];
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (length < 0 || length >= (int)sizeof line)
        text->failed = graft_fail(GRAFT_E_INTERNAL, "a line of C of %d characters", length);
    else
        graft_buffer_add(&text->buffer, line, (size_t)length);
    drain(text, CHUNK);
}

void graft_c_lines(graft_c_text *text, const char *const *lines) {
    for (; *lines != NULL; lines++)
        graft_buffer_text(&text->buffer, *lines);
    drain(text, CHUNK);
}

bool graft_c_array_is_bits(const graft_c_array *array) {
    return array->type == GRAFT_C_FLOAT && array->count > FEW;
}

/* Enough digits to give the same float back, and always a floating constant. */
static void real(graft_c_text *text, float value) {
    char digits[32];
    snprintf(digits, sizeof digits, "%.9g", (double)value);
    graft_c_format(text, "%s%sF", digits, strpbrk(digits, ".e") ? "" : ".0");
}

static void number(graft_c_text *text, const graft_c_array *array, size_t i) {
    switch (array->type) {
    case GRAFT_C_FLOAT:
        if (graft_c_array_is_bits(array)) {
            uint32_t bits;
            memcpy(&bits, (const float *)array->values + i, sizeof bits);
            graft_c_format(text, "0x%x", (unsigned)bits);
        } else {
            real(text, ((const float *)array->values)[i]);
        }
        break;
    case GRAFT_C_INT32:
        graft_c_format(text, "%ld", (long)((const int32_t *)array->values)[i]);
        break;
    case GRAFT_C_INT8:
        graft_c_format(text, "%d", ((const int8_t *)array->values)[i]);
        break;
    case GRAFT_C_UINT8:
        graft_c_format(text, "%d", ((const uint8_t *)array->values)[i]);
        break;
    }
}

void graft_c_array_text(graft_c_text *text, const graft_c_array *array, int step) {
    static const char *const types[] = {"float", "int8_t", "uint8_t", "int32_t"};
    const bool bits = graft_c_array_is_bits(array);
    if (bits)
        graft_c_format(text, "static const union {\n    uint32_t bits[%zu];\n    float values[%zu];\n} %s_%d = {{\n",
                       array->count, array->count, array->name, step);
    else
        graft_c_format(text, "static const %s %s_%d[%zu] = {\n", types[array->type], array->name, step, array->count);
    for (size_t i = 0; i < array->count; i++) {
        number(text, array, i);
        graft_c_format(text, i % PER_LINE == PER_LINE - 1 ? ",\n" : ",");
    }
    graft_c_format(text, "%s};\n", bits ? "}" : "");
}

void graft_c_plain(graft_c_text *text, const char *name) {
    for (size_t i = 0; name[i] != '\0' && i < 200; i++) {
        const char c = name[i];
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
                           c == '.' || c == '-' || c == ' ';
        graft_c_format(text, "%c", plain ? c : '_');
    }
}

void graft_c_literal(graft_c_text *text, const char *name) {
    graft_c_format(text, "\"");
    for (; *name != '\0'; name++) {
        const unsigned char c = (unsigned char)*name;
        if (c < 32 || c > 126 || c == '"' || c == '\\' || c == '?')
            graft_c_format(text, "\\%03o", c);
        else
            graft_c_format(text, "%c", c);
    }
    graft_c_format(text, "\"");
}

graft_status graft_c_text_close(graft_c_text *text, graft_status status) {
    if (text->writer == NULL) return status;
    if (status == GRAFT_OK) {
        drain(text, 0);
        status = text->failed;
    }
    graft_buffer_clear(&text->buffer);
    if (status == GRAFT_OK) return graft_file_writer_commit(&text->writer);
    graft_file_writer_abort(text->writer);
    return status;
}
