#include "report/html.h"

#include <math.h>
#include <string.h>

/* Length of the well-formed UTF-8 sequence at `c`, 0 when there is none (Unicode 15, table 3-7). */
static size_t sequence_length(const unsigned char *c) {
    if (c[0] < 0x80) return 1;
    unsigned char low = 0x80, high = 0xBF;
    size_t length;
    if (c[0] >= 0xC2 && c[0] <= 0xDF)
        length = 2;
    else if (c[0] >= 0xE0 && c[0] <= 0xEF)
        length = 3;
    else if (c[0] >= 0xF0 && c[0] <= 0xF4)
        length = 4;
    else
        return 0;
    if (c[0] == 0xE0) low = 0xA0;
    if (c[0] == 0xED) high = 0x9F;
    if (c[0] == 0xF0) low = 0x90;
    if (c[0] == 0xF4) high = 0x8F;
    if (c[1] < low || c[1] > high) return 0;
    for (size_t i = 2; i < length; i++)
        if ((c[i] & 0xC0) != 0x80) return 0;
    return length;
}

void graft_html_text(graft_buffer *out, const char *text) {
    static const char replacement[] = "\xEF\xBF\xBD";
    for (const unsigned char *c = (const unsigned char *)text; c && *c;) {
        size_t length = sequence_length(c);
        if (length == 0 || *c < ' ' || *c == 127)
            graft_buffer_text(out, replacement);
        else if (*c == '<')
            graft_buffer_text(out, "&lt;");
        else if (*c == '>')
            graft_buffer_text(out, "&gt;");
        else if (*c == '&')
            graft_buffer_text(out, "&amp;");
        else if (*c == '"')
            graft_buffer_text(out, "&quot;");
        else if (*c == '\'')
            graft_buffer_text(out, "&#39;");
        else
            graft_buffer_add(out, c, length);
        c += length ? length : 1;
    }
}

void graft_html_percent(graft_buffer *out, double share) {
    if (isfinite(share))
        graft_buffer_format(out, "%.1f&#8239;%%", 100 * share);
    else
        graft_buffer_text(out, "&ndash;");
}

void graft_html_number(graft_buffer *out, double value, int digits) {
    if (isfinite(value))
        graft_buffer_format(out, "%.*f", digits, value);
    else
        graft_buffer_text(out, "&ndash;");
}

void graft_html_seconds(graft_buffer *out, double seconds) {
    if (!isfinite(seconds) || seconds < 0)
        graft_buffer_text(out, "&ndash;");
    else if (seconds < 60)
        graft_buffer_format(out, "%.1f&#8239;s", seconds);
    else
        graft_buffer_format(out, "%d&#8239;min %02d&#8239;s", (int)(seconds / 60), (int)seconds % 60);
}
