/* The spatial part of a view: one affine map, composed word by word. */
#ifndef GRAFT_SRC_DATA_AUGMENT_GEOMETRY_H
#define GRAFT_SRC_DATA_AUGMENT_GEOMETRY_H

#include "data/image.h"

/* What is seen outside the picture, with a pixel row abcd: */
typedef enum graft_fill {
    GRAFT_FILL_REFLECT, /* dcba abcd dcba, as Keras' "reflect" */
    GRAFT_FILL_EDGE,    /* aaaa abcd dddd, as Keras' "nearest" */
    GRAFT_FILL_CONSTANT
} graft_fill;
#define GRAFT_FILL_CHOICES "reflect|edge|constant"

typedef struct graft_border {
    graft_fill fill;
    unsigned char colour[3]; /* GRAFT_FILL_CONSTANT */
} graft_border;

/* A map of points: x' = m0 x + m1 y + m2, y' = m3 x + m4 y + m5. Pixel i covers i..i+1. */
typedef struct graft_affine {
    double m[6];
} graft_affine;

graft_affine graft_affine_identity(void);
/* First `inner`, then `outer`. */
graft_affine graft_affine_compose(const graft_affine *outer, const graft_affine *inner);
void graft_affine_apply(const graft_affine *affine, double x, double y, double *out_x, double *out_y);

typedef struct graft_geometry {
    graft_affine map;     /* from the view to the plain picture, in pixels of the network's size */
    double width, height; /* the network's */
    double pixel_aspect;  /* of such a pixel in the file: its width over its height there */
    graft_border border;
} graft_geometry;

graft_geometry graft_geometry_start(int width, int height, double pixel_aspect);

/* Each changes what the view shows, after all that came before. Turns, zooms and shears keep the centre. */
void graft_geometry_flip(graft_geometry *geometry, bool horizontal, bool vertical);
void graft_geometry_rotate(graft_geometry *geometry, double degrees);        /* counter-clockwise */
void graft_geometry_translate(graft_geometry *geometry, double x, double y); /* by shares of the sides; right, down */
void graft_geometry_zoom(graft_geometry *geometry, double x, double y);      /* things become so many times as large */
void graft_geometry_shear(graft_geometry *geometry, double x, double y);     /* tangents, as torchvision; x first */
/* Shows what was in a box given in shares of the sides. */
void graft_geometry_crop(graft_geometry *geometry, double left, double top, double width, double height);

#endif
