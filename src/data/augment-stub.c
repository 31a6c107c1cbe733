#include "data/augment.h"
graft_status graft_augment_parse(const char *spec, graft_augment **out) { (void)spec; *out = NULL; return GRAFT_OK; }
void graft_augment_free(graft_augment *augment) { (void)augment; }
const char *graft_augment_describe(const graft_augment *augment) { (void)augment; return "none"; }
graft_hash graft_augment_hash(const graft_augment *augment) { (void)augment; return (graft_hash){0,0}; }
graft_status graft_image_prepare_view(graft_decoder *decoder, const unsigned char *bytes, size_t length, const graft_preprocess *spec, const graft_view *view, unsigned char *pixels, graft_image *size) {
    graft_status s = graft_image_prepare(decoder, bytes, length, spec, pixels, size);
    if (s == GRAFT_OK && view->number == 1) for (int y = 0; y < spec->height; y++) for (int x = 0; x < spec->width / 2; x++) for (int c = 0; c < 3; c++) {
        unsigned char *a = pixels + (y * spec->width + x) * 3 + c, *b = pixels + (y * spec->width + spec->width - 1 - x) * 3 + c, t = *a; *a = *b; *b = t; }
    return s;
}
