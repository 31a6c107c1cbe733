/* What augmentation does to the colours of a picture at the network's size. Where Pillow has the operation, the bytes
 * are Pillow's. */
#ifndef GRAFT_SRC_DATA_AUGMENT_PAINT_H
#define GRAFT_SRC_DATA_AUGMENT_PAINT_H

#include <graft/base.h>

typedef struct graft_picture {
    unsigned char *rgb; /* height * width * 3 */
    int width, height;
} graft_picture;

/* The pixels of a picture. */
size_t graft_picture_count(const graft_picture *picture);

/* other + factor * (value - other), cut off below the point as Pillow does. */
static inline unsigned char graft_blend(int other, int value, float factor) {
    float blended = (float)other + factor * (float)(value - other);
    return (unsigned char)(blended <= 0 ? 0 : blended >= 255 ? 255 : blended);
}

/* The same for every sample of the picture. */
void graft_paint_blend(graft_picture *picture, int other, double factor);
/* Every sample through a table of 256, one for each channel. */
void graft_paint_tables(graft_picture *picture, unsigned char table[3][256]);
/* How often each value occurs, for each channel. */
void graft_histogram(const graft_picture *picture, uint32_t count[3][256]);

/* Factors as Pillow's ImageEnhance and torchvision's ColorJitter: 1 changes nothing, 0 removes it all. */
void graft_paint_brightness(graft_picture *picture, double factor);                         /* 0: black */
void graft_paint_contrast(graft_picture *picture, double factor);                           /* 0: the mean luma */
void graft_paint_saturation(graft_picture *picture, double factor);                         /* 0: grey */
GRAFT_MUST_CHECK graft_status graft_paint_sharpness(graft_picture *picture, double factor); /* 0: smoothed */

void graft_paint_hue(graft_picture *picture, double shift); /* in turns of the colour circle */
void graft_paint_grey(graft_picture *picture);
void graft_paint_posterize(graft_picture *picture, int bits);
void graft_paint_solarize(graft_picture *picture, double threshold); /* inverts what is not below */
void graft_paint_autocontrast(graft_picture *picture);               /* each channel from 0 to 255 */
void graft_paint_equalize(graft_picture *picture);                   /* each channel's histogram */
/* Gaussian, in pixels; beyond the border the picture is mirrored about its last pixels. */
GRAFT_MUST_CHECK graft_status graft_paint_blur(graft_picture *picture, double sigma);

#endif
