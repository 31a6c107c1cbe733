#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { ERROR_SIZE = 2048 };

static _Thread_local char error_text[ERROR_SIZE];

/* One line, whatever a hostile file name holds. */
static void keep_to_one_line(char *text) {
    for (unsigned char *c = (unsigned char *)text; *c; c++)
        if (*c < 0x20 || *c == 0x7f) *c = '?';
}

void graft_error_set(const char *format, ...) {
    char text[ERROR_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments); /* apart: an argument may be the old error text */
    va_end(arguments);
    keep_to_one_line(text);
    memcpy(error_text, text, sizeof text);
}

void graft_error_prepend(const char *format, ...) {
    char text[ERROR_SIZE];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (length >= 0 && (size_t)length + 3 < sizeof text)
        snprintf(text + length, sizeof text - (size_t)length, ": %.*s", ERROR_SIZE - 1 - length - 2, error_text);
    keep_to_one_line(text);
    memcpy(error_text, text, sizeof text);
}

void graft_error_clear(void) {
    error_text[0] = '\0';
}

void graft_error_set_text(const char *text) {
    snprintf(error_text, sizeof error_text, "%s", text);
}

const char *graft_error_text(void) {
    return error_text;
}

int graft_status_exit_code(graft_status status) {
    switch (status) {
    case GRAFT_OK:
        return 0;
    case GRAFT_E_USAGE:
        return 2;
    case GRAFT_E_DATA:
        return 3;
    case GRAFT_E_GATE:
        return 4;
    case GRAFT_E_CANCELLED:
        return 130;
    case GRAFT_E_INTERNAL:
    case GRAFT_E_MEMORY:
        break;
    }
    return 5;
}
