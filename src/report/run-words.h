/* Words about a run that its text and its page share: plain text, not escaped. */
#ifndef GRAFT_SRC_REPORT_RUN_WORDS_H
#define GRAFT_SRC_REPORT_RUN_WORDS_H

#include <graft/train.h>

#include "base/buffer.h"

/* Whether the run's figure is one of pictures that training asked for advice: there is no test part, and those of
 * validation chose something. */
bool graft_run_is_optimistic(const graft_run *run);
/* Then: "chose the epoch and the model, so that ..." and what would measure it, as a clause without its full stop. */
void graft_run_add_optimism(graft_buffer *out, const graft_run *run);

/* " among 1024 of the training pictures", where the k-NN baseline looks at fewer than there are. */
void graft_run_add_neighbours(graft_buffer *out, const graft_run *run, const graft_evaluation *evaluation);

#endif
