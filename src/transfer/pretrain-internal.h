/* The insides of pretraining, distilling and autoencoders: one network, all of it learns, from its first values on,
 * perhaps at sizes that grow. */
#ifndef GRAFT_SRC_TRANSFER_PRETRAIN_INTERNAL_H
#define GRAFT_SRC_TRANSFER_PRETRAIN_INTERNAL_H

#include "train/distill.h"
#include "transfer/autoencoder-internal.h"
#include "transfer/distill-source.h"
#include "transfer/tune-internal.h"
#include <graft/pretrain.h>

/* Epochs at one size of pictures. */
typedef struct graft_pretrain_size {
    int side;
    uint32_t epochs; /* 0: an even share */
} graft_pretrain_size;

enum { GRAFT_PRETRAIN_SIZES = GRAFT_RUN_PHASES };

typedef struct graft_pretraining {
    graft_context *context;
    graft_run *run;
    graft_pretrain_options options; /* with defaults in place of zeros */
    graft_tuning tuning;            /* parsed; its network is the student with a head; its options are the above's */
    bool begun;                     /* tuning is there */
    int feature_node;               /* the backbone's last node in that network */
    graft_preprocess spec;          /* of the backbone */
    graft_augment *augment;
    graft_views views; /* of the training pictures */
    graft_pretrain_size sizes[GRAFT_PRETRAIN_SIZES];
    int size_count;
    graft_picture_store *pictures; /* decoded */
    char *checkpoints, *snapshot;  /* paths; NULL: no folder */
    /* distilling */
    const graft_backbone *master; /* NULL: labels alone */
    graft_distill_options distill;
    graft_teacher teacher;
    graft_distill_parts parts;
    /* autoencoders */
    graft_coding *coding; /* NULL: none */
} graft_pretraining;

/* graft_autoencoder_train, with options that were checked. */
GRAFT_MUST_CHECK graft_status graft_pretrain_coding(graft_run **out, graft_context *context, graft_dataset *data,
                                                    graft_coding *coding);
/* The model and its threshold, when the network is trained. */
GRAFT_MUST_CHECK graft_status graft_pretrain_finish_coding(graft_pretraining *self);

/* pretrain-student.c: the side of the network's own pictures, where no other is asked for (else that, or 0: sizes say).
 */
GRAFT_MUST_CHECK graft_status graft_pretrain_side(const graft_pretraining *self, int *side);
/* The network that learns, with a head of `outputs` values; sets feature_node and the pictures' preparation. */
GRAFT_MUST_CHECK graft_status graft_pretrain_student(graft_pretraining *self, size_t outputs, graft_tune_network *out);

/* Puts defaults in the place of zeros. Errors: GRAFT_E_USAGE. */
GRAFT_MUST_CHECK graft_status graft_pretrain_defaults(graft_pretrain_options *options, bool distills);
/* "64:96:128" or "64x10:128x5"; NULL: `last` alone. The last size must be `last` when that is not 0. */
GRAFT_MUST_CHECK graft_status graft_pretrain_parse_sizes(const char *text, int last,
                                                         graft_pretrain_size sizes[GRAFT_PRETRAIN_SIZES], int *count);
/* Shares `epochs` out among the sizes that have none. Errors: GRAFT_E_USAGE: fewer epochs than sizes, or another sum.
 */
GRAFT_MUST_CHECK graft_status graft_pretrain_share_epochs(graft_pretrain_size *sizes, int count, uint32_t epochs);

/* The epochs that fit into --time, found by trial steps at the first size, and kept in FOLDER/schedule.json, from where
 * a resumed run takes them. */
GRAFT_MUST_CHECK graft_status graft_pretrain_fit_epochs(graft_pretraining *self, double seconds, uint32_t *epochs);

/* The network at another size of pictures, and its preprocessing. */
GRAFT_MUST_CHECK graft_status graft_pretrain_resized(const graft_pretraining *self, int side, graft_graph **graph,
                                                     graft_preprocess *spec);
/* Writes the backbone within `graph`, at the backbone's own size. */
GRAFT_MUST_CHECK graft_status graft_pretrain_write(const graft_pretraining *self, const graft_graph *graph,
                                                   const char *path);
/* All sizes, one after the other. */
GRAFT_MUST_CHECK graft_status graft_pretrain_run(graft_pretraining *self);

#endif
