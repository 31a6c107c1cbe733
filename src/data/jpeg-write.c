#include "base/alloc.h"
#include "base/error.h"
#include "data/image.h"

#include <string.h>
#include <turbojpeg.h>

graft_status graft_jpeg_write(const unsigned char *rgb, int width, int height, int quality, unsigned char **out,
                              size_t *length) {
    *out = NULL;
    *length = 0;
    if (width < 1 || height < 1 || width > 65500 || height > 65500 || quality < 1 || quality > 100)
        return graft_fail(GRAFT_E_USAGE,
                          "a JPEG of %dx%d pixels at quality %d, expected sides of 1 to 65500 and 1 to 100", width,
                          height, quality);
    tjhandle writer = tjInitCompress();
    if (!writer) return graft_fail_memory("a JPEG writer");
    unsigned char *bytes = NULL;
    unsigned long size = 0;
    graft_status status = GRAFT_OK;
    if (tjCompress2(writer, rgb, width, 0, height, TJPF_RGB, &bytes, &size, TJSAMP_420, quality, TJFLAG_ACCURATEDCT) !=
        0)
        status = graft_fail(GRAFT_E_INTERNAL, "writing a JPEG: %s", tjGetErrorStr2(writer));
    else if (!(*out = graft_allocate(size, 1)))
        status = graft_fail_memory("a JPEG");
    if (*out) {
        memcpy(*out, bytes, size);
        *length = size;
    }
    tjFree(bytes);
    tjDestroy(writer);
    return status;
}
