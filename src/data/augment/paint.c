#include "data/augment/paint.h"

#include <string.h>

size_t graft_picture_count(const graft_picture *picture) {
    return (size_t)picture->width * (size_t)picture->height;
}

void graft_paint_blend(graft_picture *picture, int other, double factor) {
    unsigned char table[256];
    for (int value = 0; value < 256; value++)
        table[value] = graft_blend(other, value, (float)factor);
    size_t count = 3 * graft_picture_count(picture);
    for (size_t i = 0; i < count; i++)
        picture->rgb[i] = table[picture->rgb[i]];
}

void graft_paint_tables(graft_picture *picture, unsigned char table[3][256]) {
    unsigned char *at = picture->rgb, *end = at + 3 * graft_picture_count(picture);
    for (; at < end; at += 3)
        for (int c = 0; c < 3; c++)
            at[c] = table[c][at[c]];
}

void graft_histogram(const graft_picture *picture, uint32_t count[3][256]) {
    memset(count, 0, 3 * sizeof *count);
    const unsigned char *at = picture->rgb, *end = at + 3 * graft_picture_count(picture);
    for (; at < end; at += 3)
        for (int c = 0; c < 3; c++)
            count[c][at[c]]++;
}
