/* A chain of augmentations, and a view of a small picture by it. */
#include "data/augment.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char ppm[] = "P6 4 3 255 abcdefghijklmnopqrstuvwxyz0123456789";
    enum { WIDTH = 7, HEIGHT = 5 };
    unsigned char pixels[WIDTH * HEIGHT * 3];
    char *spec = malloc(size + 1);
    graft_augment *augment = NULL, *again = NULL;
    graft_decoder *decoder = NULL;
    if (!spec) return 0;
    memcpy(spec, data, size);
    spec[size] = '\0';
    graft_status status = graft_augment_parse(spec, &augment);
    if (status == GRAFT_OK) {
        /* what a chain says of itself is the same chain */
        if (graft_augment_parse(graft_augment_describe(augment), &again) != GRAFT_OK) abort();
        if (!graft_hash_equal(graft_augment_hash(augment), graft_augment_hash(again))) abort();
        status = graft_decoder_new(&decoder);
    }
    graft_preprocess preprocess;
    graft_preprocess_init(&preprocess, GRAFT_SCALING_TF);
    preprocess.width = WIDTH;
    preprocess.height = HEIGHT;
    preprocess.fit = (graft_fit)(size % 3);
    graft_view view = {.augment = augment, .seed = size};
    for (view.number = 1; view.number < 4 && status == GRAFT_OK; view.number++)
        status = graft_image_prepare_view(decoder, (const unsigned char *)ppm, sizeof ppm - 1, &preprocess, &view,
                                          pixels, NULL);
    graft_decoder_free(decoder);
    graft_augment_free(again);
    graft_augment_free(augment);
    free(spec);
    return 0;
}
