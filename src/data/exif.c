#include "data/decode-internal.h"

#include <libexif/exif-data.h>
#include <string.h>

enum { EXIF_LIMIT = 65527 }; /* what a JPEG segment holds after "Exif\0\0"; nothing larger is worth reading */

int graft_exif_orientation(const unsigned char *tiff, size_t length) {
    static const unsigned char mark[6] = {'E', 'x', 'i', 'f', 0, 0};
    unsigned char block[sizeof mark + EXIF_LIMIT];
    if (length < 8) return 1;
    if (length > EXIF_LIMIT) length = EXIF_LIMIT;
    memcpy(block, mark, sizeof mark);
    memcpy(block + sizeof mark, tiff, length);
    ExifData *data = exif_data_new_from_data(block, (unsigned)(length + sizeof mark));
    if (!data) return 1;
    int orientation = 1;
    const ExifEntry *entry = exif_content_get_entry(data->ifd[EXIF_IFD_0], EXIF_TAG_ORIENTATION);
    if (entry && entry->format == EXIF_FORMAT_SHORT && entry->components == 1 && entry->size >= 2)
        orientation = exif_get_short(entry->data, exif_data_get_byte_order(data));
    exif_data_unref(data);
    return orientation >= 1 && orientation <= 8 ? orientation : 1;
}
