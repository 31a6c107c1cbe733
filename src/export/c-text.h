/* Text of generated C, streamed into a file. */
#ifndef GRAFT_SRC_EXPORT_C_TEXT_H
#define GRAFT_SRC_EXPORT_C_TEXT_H

#include "base/buffer.h"
#include "base/file.h"
#include "export/c-internal.h"

typedef struct graft_c_text {
    graft_file_writer *writer;
    graft_buffer buffer;
    graft_status failed; /* sticky: told by graft_c_text_close */
} graft_c_text;

GRAFT_MUST_CHECK graft_status graft_c_text_open(const char *path, graft_c_text *out);
void graft_c_format(graft_c_text *text, const char *format, ...) GRAFT_PRINTF(2, 3);
void graft_c_lines(graft_c_text *text, const char *const *lines);
/* static const TYPE NAME_STEP[] = {...}; floats beyond a few as their bits: exact, and compilers take them fastest. */
void graft_c_array_text(graft_c_text *text, const graft_c_array *array, int step);
/* Whether the array is written as bits, to be read as NAME_STEP.values. */
bool graft_c_array_is_bits(const graft_c_array *array);
/* `name` as what may stand in a comment. */
void graft_c_plain(graft_c_text *text, const char *name);
/* `name` as a string literal. */
void graft_c_literal(graft_c_text *text, const char *name);
/* Commits, or removes what was written when anything failed. */
GRAFT_MUST_CHECK graft_status graft_c_text_close(graft_c_text *text, graft_status status);

#endif
