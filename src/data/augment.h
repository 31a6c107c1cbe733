/* Augmentation: numbered views of a picture. A view is a pure function of (seed, content hash, number), whatever thread
 * asks and in whatever order, so that views can be cached. View 0 is the plain picture.
 *
 * A chain is words joined by spaces, each `name[:value][:option=value...]`: "flip rotate:10 crop:scale=0.6,1
 * brightness:0.2". A first value without a name goes to the operation's first option. Every operation has the option
 * p, its probability in a view. What is spatial acts on the picture at the network's size, as Keras' preprocessing
 * layers do, but is not done there: all spatial words of a view become one affine map, in the chain's order, that is
 * sampled once from the decoded picture. Then come the other words in the chain's order, on the small picture.
 *
 * Augmentation belongs to training alone: whoever prepares validation or test pictures, or predicts, has
 * no graft_augment and calls graft_image_prepare. */
#ifndef GRAFT_SRC_DATA_AUGMENT_H
#define GRAFT_SRC_DATA_AUGMENT_H

#include "base/hash.h"
#include "data/image.h"

/* A parsed chain; immutable, any number of threads may use it. NULL is the empty chain. */
typedef struct graft_augment graft_augment;

/* NULL, "" and "none" give the empty chain: *out is NULL. Errors: GRAFT_E_USAGE naming the word, where it stands and
 * the nearest operation or option. */
GRAFT_MUST_CHECK graft_status graft_augment_parse(const char *spec, graft_augment **out);
void graft_augment_free(graft_augment *augment);

/* The chain with every option's value, as graft_augment_parse reads it; "none" when empty. Borrowed. */
const char *graft_augment_describe(const graft_augment *augment);

/* Equal for chains that make equal views from equal seeds; changes when an operation's definition does. A cache of
 * views has it and the seed in its key, except for view 0, which depends on neither. */
graft_hash graft_augment_hash(const graft_augment *augment);

typedef struct graft_view {
    const graft_augment *augment;
    uint64_t seed;
    graft_hash content; /* of the file's bytes */
    uint32_t number;    /* 0: the plain picture */
} graft_view;

/* graft_image_prepare for a view: same arguments, errors and result. With the same bytes as the plain picture when the
 * spatial words come out as no change, and with mirrored ones when they come out as a flip. A JPEG is decoded at a
 * reduced size when that is still twice as dense as the view. With --fit pad, what lies outside the picture has the
 * mean colour; else it is as the word `fill` says. */
GRAFT_MUST_CHECK graft_status graft_image_prepare_view(graft_decoder *decoder, const unsigned char *bytes,
                                                       size_t length, const graft_preprocess *spec,
                                                       const graft_view *view, unsigned char *pixels,
                                                       graft_image *size);

/* A view of a picture that is decoded already and has the sizes it had in its file; number 0: the plain picture. It may
 * differ from the file's view by the JPEG's reduction alone. */
GRAFT_MUST_CHECK graft_status graft_image_show(graft_decoder *decoder, const graft_image *image,
                                               const graft_preprocess *spec, const graft_view *view,
                                               unsigned char *pixels);

#endif
