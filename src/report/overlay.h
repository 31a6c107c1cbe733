/* A map of where an answer comes from, laid over its picture. */
#ifndef GRAFT_SRC_REPORT_OVERLAY_H
#define GRAFT_SRC_REPORT_OVERLAY_H

#include <graft/model.h>

/* Paints `map` (rows x columns, 0..1) over width x height RGB pixels: interpolated between the cells' middles; the
 * stronger the lighter and the less transparent, from violet over orange to yellow (readable with any colour vision).
 */
void graft_overlay_paint(unsigned char *pixels, int width, int height, const float *map, size_t rows, size_t columns);

/* The picture of `bytes` framed as the network sees it, each side `factor` times the network's, and under the map
 * (NULL: plain), as RGB bytes. Release *pixels with graft_release. Errors: GRAFT_E_DATA. */
GRAFT_MUST_CHECK graft_status graft_overlay_make(const graft_preprocess *spec, double factor, const char *bytes,
                                                 size_t length, const float *map, size_t rows, size_t columns,
                                                 unsigned char **pixels, int *width, int *height);

#endif
