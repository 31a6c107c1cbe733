/* Any bytes through the way from a file to pixels. The fit follows the length, so that a corpus reaches all. */
#include "data/image.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    unsigned char pixels[8 * 6 * 3];
    graft_preprocess spec;
    graft_decoder *decoder;
    graft_preprocess_init(&spec, GRAFT_SCALING_TF);
    spec.width = 8;
    spec.height = 6;
    spec.fit = (graft_fit)(size % 3);
    spec.filter = (graft_filter)(size % 4);
    if (graft_decoder_new(&decoder) != GRAFT_OK) return 0;
    graft_image image;
    graft_status status = graft_image_prepare(decoder, data, size, &spec, pixels, &image);
    if (status != GRAFT_OK && status != GRAFT_E_DATA && status != GRAFT_E_MEMORY) abort();
    graft_decoder_free(decoder);
    return 0;
}
