/* Aligned columns for people. */
#ifndef GRAFT_SRC_REPORT_TEXT_TABLE_H
#define GRAFT_SRC_REPORT_TEXT_TABLE_H

#include "base/buffer.h"

typedef struct graft_text_table {
    int columns;
    const char *align; /* 'l' or 'r' for each column */
    char **cell;
    size_t count, capacity;
    graft_status failed;
} graft_text_table;

/* `align` has one letter a column, such as "lrr"; borrowed. */
void graft_text_table_init(graft_text_table *table, const char *align);
/* Appends the next cell, left to right, row after row. Control bytes become '?'. Failures stick. */
void graft_text_table_add(graft_text_table *table, const char *format, ...) GRAFT_PRINTF(2, 3);
/* Writes the rows, each with `indent` blanks before it, and empties the table. */
void graft_text_table_write(graft_text_table *table, int indent, graft_buffer *out);

#endif
