#include "base/buffer.h"

#include "base/alloc.h"
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const size_t default_limit = (size_t)1 << 30;

void graft_buffer_init(graft_buffer *buffer, size_t limit) {
    *buffer = (graft_buffer){.limit = limit ? limit : default_limit};
}

void graft_buffer_clear(graft_buffer *buffer) {
    graft_release(buffer->data);
    graft_buffer_init(buffer, buffer->limit);
}

/* Room for `more` bytes and the NUL; false once the buffer has failed. */
static bool make_room(graft_buffer *buffer, size_t more) {
    if (buffer->failed != GRAFT_OK) return false;
    size_t limit = buffer->limit ? buffer->limit : default_limit;
    if (more > limit || buffer->length > limit - more) {
        buffer->failed = GRAFT_E_DATA;
        return false;
    }
    if (!graft_reserve(&buffer->data, &buffer->capacity, buffer->length + more + 1, 1)) {
        buffer->failed = GRAFT_E_MEMORY;
        return false;
    }
    return true;
}

void graft_buffer_add(graft_buffer *buffer, const void *bytes, size_t length) {
    if (!make_room(buffer, length)) return;
    if (length > 0) memcpy(buffer->data + buffer->length, bytes, length);
    buffer->length += length;
    buffer->data[buffer->length] = '\0';
}

void graft_buffer_text(graft_buffer *buffer, const char *text) {
    graft_buffer_add(buffer, text, strlen(text));
}

void graft_buffer_format(graft_buffer *buffer, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0 || !make_room(buffer, (size_t)length)) return;
    va_start(arguments, format);
    vsnprintf(buffer->data + buffer->length, (size_t)length + 1, format, arguments);
    va_end(arguments);
    buffer->length += (size_t)length;
}

void graft_buffer_base64(graft_buffer *buffer, const void *bytes, size_t length) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *in = bytes;
    if (length > (size_t)1 << 40 || !make_room(buffer, (length + 2) / 3 * 4)) return;
    char *out = buffer->data + buffer->length;
    for (size_t i = 0; i < length; i += 3) {
        size_t left = length - i;
        uint32_t group = (uint32_t)in[i] << 16 | (left > 1 ? (uint32_t)in[i + 1] << 8 : 0) | (left > 2 ? in[i + 2] : 0);
        *out++ = digits[group >> 18];
        *out++ = digits[group >> 12 & 63];
        *out++ = left > 1 ? digits[group >> 6 & 63] : '=';
        *out++ = left > 2 ? digits[group & 63] : '=';
    }
    buffer->length = (size_t)(out - buffer->data);
    *out = '\0';
}

graft_status graft_buffer_status(const graft_buffer *buffer) {
    if (buffer->failed == GRAFT_E_MEMORY) return graft_fail_memory("a text buffer");
    if (buffer->failed != GRAFT_OK)
        return graft_fail(GRAFT_E_DATA, "text of more than %zu bytes, the limit here", buffer->limit);
    return GRAFT_OK;
}

graft_status graft_buffer_take(graft_buffer *buffer, char **out, size_t *length) {
    graft_buffer_add(buffer, "", 0); /* an empty buffer gives "" */
    graft_status status = graft_buffer_status(buffer);
    if (status != GRAFT_OK) {
        graft_buffer_clear(buffer);
        return status;
    }
    *out = buffer->data;
    if (length) *length = buffer->length;
    graft_buffer_init(buffer, buffer->limit);
    return GRAFT_OK;
}
