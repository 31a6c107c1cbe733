/* One worker's way from a sample of the data to a network's input: read, verify, decode, prepare, normalize. */
#ifndef GRAFT_SRC_TRANSFER_PICTURE_H
#define GRAFT_SRC_TRANSFER_PICTURE_H

#include "data/augment.h"
#include "transfer/picture-store.h"
#include <graft/data.h>
#include <graft/preprocess.h>

/* The numbered views of training pictures: 0 is the plain picture, 1..count-1 are what `augment` makes of it. */
typedef struct graft_views {
    const graft_augment *augment;
    uint64_t seed;
    uint32_t count; /* >= 1 */
} graft_views;

typedef struct graft_picture_loader {
    const graft_dataset *data;
    const graft_preprocess *spec;
    graft_decoder *decoder;
    unsigned char *pixels;
    char *file; /* the bytes of the last one; the memory serves the next */
    size_t file_capacity;
    const graft_picture_store *store; /* where decoded pictures come from; NULL: from the files */
    unsigned char *room;              /* a reduced picture that is not in the store */
    size_t room_capacity;
    graft_resize_scratch scratch;
} graft_picture_loader;

/* Both are borrowed. What this allocates is released by clear, also after a failure. */
GRAFT_MUST_CHECK graft_status graft_picture_loader_init(graft_picture_loader *loader, const graft_dataset *data,
                                                        const graft_preprocess *spec);
/* Pictures are from now on those of a store, or what that would hold: reduced once, whatever the view shows of them. */
void graft_picture_loader_use(graft_picture_loader *loader, const graft_picture_store *store);
void graft_picture_loader_clear(graft_picture_loader *loader);

/* View `view` of a sample as C,H,W floats; `views` may be NULL for view 0. Errors: GRAFT_E_DATA (the file changed since
 * its check). */
GRAFT_MUST_CHECK graft_status graft_picture_load(graft_picture_loader *loader, size_t sample, const graft_views *views,
                                                 uint32_t view, float *input);

/* The hash of a sample's bytes. */
graft_hash graft_sample_content(const graft_dataset *data, size_t sample);
/* Adds all of the specification that decides what a network sees. */
void graft_preprocess_hash(const graft_preprocess *spec, graft_hasher *hasher);

#endif
