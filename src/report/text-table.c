#include "report/text-table.h"

#include "base/alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void graft_text_table_init(graft_text_table *table, const char *align) {
    *table = (graft_text_table){.columns = (int)strlen(align), .align = align};
}

void graft_text_table_add(graft_text_table *table, const char *format, ...) {
    if (table->failed) return;
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = length < 0 ? NULL : graft_allocate((size_t)length + 1, 1);
    if (!text || !graft_reserve(&table->cell, &table->capacity, table->count + 1, sizeof *table->cell)) {
        graft_release(text);
        table->failed = GRAFT_E_MEMORY;
        return;
    }
    va_start(arguments, format);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    for (char *c = text; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 127) *c = '?';
    table->cell[table->count++] = text;
}

/* Characters, counting UTF-8 sequences as one. */
static int text_width(const char *text) {
    int width = 0;
    for (; *text; text++)
        width += ((unsigned char)*text & 0xC0) != 0x80;
    return width;
}

static void write_row(const graft_text_table *table, size_t first, const int *width, int indent, graft_buffer *out) {
    graft_buffer_format(out, "%*s", indent, "");
    for (int i = 0; i < table->columns && first + (size_t)i < table->count; i++) {
        const char *text = table->cell[first + (size_t)i];
        int blanks = width[i] - text_width(text);
        bool last = i + 1 == table->columns;
        if (last && !*text) break;
        if (i > 0) graft_buffer_text(out, "  ");
        if (table->align[i] == 'r') graft_buffer_format(out, "%*s", blanks, "");
        graft_buffer_text(out, text);
        if (table->align[i] == 'l' && !last) graft_buffer_format(out, "%*s", blanks, "");
    }
    graft_buffer_text(out, "\n");
}

void graft_text_table_write(graft_text_table *table, int indent, graft_buffer *out) {
    int width[64] = {0};
    if (table->columns > 64) table->failed = GRAFT_E_INTERNAL;
    for (size_t i = 0; i < table->count && !table->failed; i++) {
        int own = text_width(table->cell[i]), *widest = &width[i % (size_t)table->columns];
        if (own > *widest) *widest = own;
    }
    for (size_t i = 0; i < table->count && !table->failed; i += (size_t)table->columns)
        write_row(table, i, width, indent, out);
    if (table->failed && !out->failed) out->failed = table->failed;
    for (size_t i = 0; i < table->count; i++)
        graft_release(table->cell[i]);
    graft_release(table->cell);
    graft_text_table_init(table, table->align);
}
