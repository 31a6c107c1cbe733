/* Where a resumed run goes on. */
#include "transfer/tune-internal.h"

#include "base/error.h"
#include "base/file.h"
#include "train/checkpoint.h"

/* A checkpoint of a phase that is not among those asked for is another run's: nothing would ever look at it, and what
 * it holds would be lost. */
graft_status graft_tuning_resume(graft_tuning *tuning, const char *checkpoints, int *begin) {
    *begin = -1;
    if (!checkpoints || !tuning->options->resume) return GRAFT_OK;
    if (tuning->options->folder) graft_file_sweep(tuning->options->folder, "", 0); /* what else a kill left */
    GRAFT_TRY(graft_checkpoint_peek(tuning->context, checkpoints, begin, &tuning->history));
    for (int i = 0; i < tuning->spec_count; i++)
        if (tuning->specs[i].number == *begin) return GRAFT_OK;
    if (*begin < 0) return GRAFT_OK;
    return graft_fail(GRAFT_E_DATA,
                      "%s: phase %d belongs to a run with other data, options or network; resume with those, or begin "
                      "anew",
                      checkpoints, *begin);
}
