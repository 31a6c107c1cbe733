#include "base/inflate.h"

#include "base/error.h"

#define ZLIB_CONST
#include <zlib.h>

enum { GZIP_WINDOW = 15 + 16, ZLIB_WINDOW = 15, SCRATCH = 16384 };

/* zlib counts in unsigned int. */
static uInt portion(size_t length) {
    return length < (1U << 30) ? (uInt)length : 1U << 30;
}

graft_status graft_inflate(graft_deflated form, const void *bytes, size_t length, void *out, size_t room, size_t *got,
                           bool *whole) {
    unsigned char scratch[SCRATCH];
    z_stream stream = {0};
    size_t fed = 0, made = 0;
    int outcome = inflateInit2(&stream, form == GRAFT_DEFLATED_GZIP ? GZIP_WINDOW : ZLIB_WINDOW);
    if (outcome != Z_OK) return graft_fail_memory("unpacking");
    while (outcome == Z_OK && made <= room) {
        const bool keeps = out && made < room;
        const uInt in = portion(length - fed);
        const uInt place = keeps ? portion(room - made) : (uInt)(room + 1 - made < SCRATCH ? room + 1 - made : SCRATCH);
        stream.next_in = (const unsigned char *)bytes + fed;
        stream.avail_in = in;
        stream.next_out = keeps ? (unsigned char *)out + made : scratch;
        stream.avail_out = place;
        outcome = inflate(&stream, Z_NO_FLUSH);
        fed += in - stream.avail_in;
        made += place - stream.avail_out;
    }
    inflateEnd(&stream);
    *got = made;
    *whole = outcome == Z_STREAM_END && made <= room;
    return outcome == Z_MEM_ERROR ? graft_fail_memory("unpacking") : GRAFT_OK;
}
