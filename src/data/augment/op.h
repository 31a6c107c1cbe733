/* Augmentations: one operation is one file here and one row in data/augmentations.def. */
#ifndef GRAFT_SRC_DATA_AUGMENT_OP_H
#define GRAFT_SRC_DATA_AUGMENT_OP_H

#include <graft/option.h>

#include "base/rng.h"
#include "data/augment/geometry.h"
#include "data/augment/paint.h"

typedef struct graft_augmentation {
    const char *name, *help;
    size_t attribute_size;
    const graft_option *attributes; /* the first takes a word's bare value; NULL: p takes it */
    double p;                       /* default of the option p */
    /* Either may be NULL. Both get the word's own stream from its beginning, so that one that has both can draw the
     * same numbers twice. */
    void (*place)(const void *attributes, graft_rng *rng, graft_geometry *geometry);
    GRAFT_MUST_CHECK graft_status (*paint)(const void *attributes, graft_rng *rng, graft_picture *picture);
} graft_augmentation;

enum { GRAFT_AUGMENT_ATTRIBUTES = 64 }; /* bytes every operation's attributes fit */

const graft_augmentation *graft_augmentation_find(const char *name);
const graft_augmentation *graft_augmentation_at(size_t index); /* NULL past the end: the registry */

/* Which sides an operation is about. */
typedef enum graft_axis_choice { GRAFT_AXIS_BOTH, GRAFT_AXIS_X, GRAFT_AXIS_Y } graft_axis_choice;
#define GRAFT_AXIS_CHOICES "both|x|y"

/* Uniform in [low, high). */
double graft_draw(graft_rng *rng, double low, double high);
/* exp of a uniform logarithm: a factor is as likely as its inverse. 0 < low. */
double graft_draw_log(graft_rng *rng, double low, double high);

#endif
