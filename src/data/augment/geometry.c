#include "data/augment/geometry.h"

#include <math.h>

graft_affine graft_affine_identity(void) {
    return (graft_affine){{1, 0, 0, 0, 1, 0}};
}

graft_affine graft_affine_compose(const graft_affine *outer, const graft_affine *inner) {
    const double *a = outer->m, *b = inner->m;
    return (graft_affine){{a[0] * b[0] + a[1] * b[3], a[0] * b[1] + a[1] * b[4], a[0] * b[2] + a[1] * b[5] + a[2],
                           a[3] * b[0] + a[4] * b[3], a[3] * b[1] + a[4] * b[4], a[3] * b[2] + a[4] * b[5] + a[5]}};
}

void graft_affine_apply(const graft_affine *affine, double x, double y, double *out_x, double *out_y) {
    const double *m = affine->m;
    *out_x = m[0] * x + m[1] * y + m[2];
    *out_y = m[3] * x + m[4] * y + m[5];
}

graft_geometry graft_geometry_start(int width, int height, double pixel_aspect) {
    return (graft_geometry){
        .map = graft_affine_identity(), .width = width, .height = height, .pixel_aspect = pixel_aspect};
}

/* `inverse` tells where a point of the new view was in the old one. */
static void append(graft_geometry *geometry, graft_affine inverse) {
    geometry->map = graft_affine_compose(&geometry->map, &inverse);
}

/* The linear map about the centre. */
static graft_affine about_centre(const graft_geometry *geometry, double xx, double xy, double yx, double yy) {
    double x = geometry->width / 2, y = geometry->height / 2;
    return (graft_affine){{xx, xy, x - (xx * x + xy * y), yx, yy, y - (yx * x + yy * y)}};
}

void graft_geometry_flip(graft_geometry *geometry, bool horizontal, bool vertical) {
    append(geometry, about_centre(geometry, horizontal ? -1 : 1, 0, 0, vertical ? -1 : 1));
}

void graft_geometry_rotate(graft_geometry *geometry, double degrees) {
    double angle = degrees * (3.14159265358979323846 / 180), c = cos(angle), s = sin(angle);
    append(geometry, about_centre(geometry, c, -s, s, c));
}

void graft_geometry_translate(graft_geometry *geometry, double x, double y) {
    append(geometry, (graft_affine){{1, 0, -x * geometry->width, 0, 1, -y * geometry->height}});
}

void graft_geometry_zoom(graft_geometry *geometry, double x, double y) {
    append(geometry, about_centre(geometry, 1 / x, 0, 0, 1 / y));
}

void graft_geometry_shear(graft_geometry *geometry, double x, double y) {
    append(geometry, about_centre(geometry, 1, x, 0, 1));
    append(geometry, about_centre(geometry, 1, 0, y, 1));
}

void graft_geometry_crop(graft_geometry *geometry, double left, double top, double width, double height) {
    append(geometry, (graft_affine){{width, 0, left * geometry->width, 0, height, top * geometry->height}});
}
