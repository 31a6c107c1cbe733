/* Checkpoints: everything a phase needs to go on as if nothing had happened. Two files take turns, so that a crash
 * while writing leaves the other; each is a safetensors file whose metadata holds a checksum of all of it. What the
 * crash left of a file half written goes when checkpoints are read again. */
#ifndef GRAFT_SRC_TRAIN_CHECKPOINT_H
#define GRAFT_SRC_TRAIN_CHECKPOINT_H

#include "nn/graph.h"
#include "train/history.h"
#include "train/identity.h"

enum { GRAFT_CHECKPOINT_ARRAYS = 12 };

/* A flat array of the fit by name: "slot0", "ema", "best", ... */
typedef struct graft_checkpoint_array {
    const char *name;
    float *data; /* written from and read into */
    size_t count;
} graft_checkpoint_array;

typedef struct graft_checkpoint {
    int file;                /* 0 or 1: which of the two is written next; flipped by each write, set by a read */
    graft_identity identity; /* a checkpoint of another run is refused */
    int phase;
    uint32_t epoch; /* being worked on, from 1 over all phases */
    uint64_t step;  /* optimizer steps done in the phase */
    uint64_t step_in_epoch;
    double loss_sum, weight_sum, correct; /* of the epoch so far */
    size_t phase_first;                   /* index in the history where the phase begins */
    graft_history *history;
    graft_graph *graph; /* all its values are written and read */
    graft_checkpoint_array arrays[GRAFT_CHECKPOINT_ARRAYS];
    int array_count;
} graft_checkpoint;

/* Writes the file whose turn it is. */
GRAFT_MUST_CHECK graft_status graft_checkpoint_write(const char *folder, graft_checkpoint *checkpoint);

/* Finds the newest sound file; *found false when there is none, or when it belongs to another phase than
 * checkpoint->phase, and nothing is changed. `identity`, phase, graph, history and arrays of `checkpoint` must be set;
 * everything else, the graph's values and the arrays' contents are filled.
 * Errors: GRAFT_E_DATA (a sound checkpoint of another run: says what differs). */
GRAFT_MUST_CHECK graft_status graft_checkpoint_read(graft_context *context, const char *folder,
                                                    graft_checkpoint *checkpoint, bool *found);

/* What the newest sound file says of how far a run has come, so that earlier phases need not be repeated: its phase
 * (-1: there is no file) and its history, which the caller clears. */
GRAFT_MUST_CHECK graft_status graft_checkpoint_peek(graft_context *context, const char *folder, int *phase,
                                                    graft_history *history);

#endif
