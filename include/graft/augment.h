/* graft/augment.h: what training sees of a picture. A chain of augmentations is words joined by spaces, each
 * `name[:value][:option=value...]`, such as "flip rotate:10 crop:scale=0.6,1 brightness:0.2"; docs/augmentation.md and
 * `graft list augmentations` name them. Training sees numbered views, each a pure function of seed, content and
 * number; view 0 is the plain picture. Nothing but training does: evaluation and prediction see view 0 alone. */
#ifndef GRAFT_AUGMENT_H
#define GRAFT_AUGMENT_H

#include <graft/base.h>
#include <graft/option.h>
#include <graft/preprocess.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct graft_augment_options {
    size_t struct_size;
    const char *output;  /* the sheet, a PNG */
    const char *augment; /* the chain; NULL: flip rotate:10 zoom:0.1 brightness:0.2 contrast:0.2 */
    int64_t views;       /* 1..400; 0: 16. The first is view 0 */
    int64_t seed;
    int64_t size; /* pixels of a view's sides, 1..1024; 0: 224 */
    int fit;      /* graft_fit */
} graft_augment_options;
#define GRAFT_AUGMENT_OPTIONS_INIT \
    { .struct_size = sizeof(graft_augment_options) }
/* The rows that describe the members above: parsing, defaults, help and documentation come from them. */
GRAFT_API const graft_option *graft_augment_option_table(void);

/* Writes a contact sheet: views 0, 1, ... of the picture at `image`, row by row. Errors: GRAFT_E_USAGE: an option out
 * of range, a chain that cannot be read (the text names the word and the nearest one). GRAFT_E_DATA: no picture, or the
 * sheet cannot be written. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_augment_sheet(graft_context *context, const char *image,
                                                            const graft_augment_options *options);

#ifdef __cplusplus
}
#endif
#endif
