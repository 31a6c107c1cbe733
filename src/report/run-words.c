#include "report/run-words.h"

#include <graft/data.h>

bool graft_run_is_optimistic(const graft_run *run) {
    return graft_run_evaluation(run, GRAFT_SPLIT_VALIDATION) && !graft_run_evaluation(run, GRAFT_SPLIT_TEST) &&
           graft_run_validation_chose(run) != 0;
}

void graft_run_add_optimism(graft_buffer *out, const graft_run *run) {
    static const char *const chosen[] = {"nothing", "the epoch", "the model", "the epoch and the model"};
    const bool given = graft_dataset_has_given_split(graft_run_dataset(run));
    graft_buffer_format(out, "chose %s, so that the figure is somewhat optimistic; %s measures it on others",
                        chosen[graft_run_validation_chose(run) & (GRAFT_CHOSE_EPOCH | GRAFT_CHOSE_MODEL)],
                        given ? "a test part of the data" : "--test 0.2");
}

void graft_run_add_neighbours(graft_buffer *out, const graft_run *run, const graft_evaluation *evaluation) {
    const graft_evaluation *training = graft_run_evaluation(run, GRAFT_SPLIT_TRAIN);
    if (training && evaluation->knn_rows > 0 && evaluation->knn_rows < training->n)
        graft_buffer_format(out, " among %zu of the training pictures", evaluation->knn_rows);
}
