/* Text in HTML. File and class names are hostile: whatever comes from outside goes through graft_html_text. */
#ifndef GRAFT_SRC_REPORT_HTML_H
#define GRAFT_SRC_REPORT_HTML_H

#include "base/buffer.h"

/* Escapes the five characters that mean something in text and in quoted attributes; control bytes and bytes that are
 * no UTF-8 become U+FFFD. NULL writes nothing. */
void graft_html_text(graft_buffer *out, const char *text);
/* "87.7 %"; a dash for NaN. */
void graft_html_percent(graft_buffer *out, double share);
/* A number with `digits` decimals; a dash for NaN. */
void graft_html_number(graft_buffer *out, double value, int digits);
/* "1.2 s", "3 min 20 s". */
void graft_html_seconds(graft_buffer *out, double seconds);

#endif
