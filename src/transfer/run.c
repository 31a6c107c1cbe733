/* Training runs: what callers see of them. */
#include "transfer/run-internal.h"

#include "base/alloc.h"
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

graft_status graft_run_decide(graft_run *run, const char *what, const char *choice, const char *reason, ...) {
    char text[512];
    va_list arguments;
    va_start(arguments, reason);
    vsnprintf(text, sizeof(text), reason, arguments);
    va_end(arguments);
    if (run->decision_count == GRAFT_DECISION_LIMIT)
        return graft_fail(GRAFT_E_INTERNAL, "more decisions than there is room for");
    char **kept = run->decision_texts[run->decision_count];
    kept[0] = graft_text_copy(choice);
    kept[1] = graft_text_copy(text);
    run->decisions[run->decision_count++] = (graft_decision){what, kept[0], kept[1]};
    return kept[0] && kept[1] ? GRAFT_OK : graft_fail_memory("the plan");
}

graft_status graft_run_add_epoch(graft_run *run, const graft_epoch *from, double seconds, graft_run_epoch *out) {
    *out = (graft_run_epoch){.phase = from->phase,
                             .epoch = from->epoch,
                             .steps = from->steps,
                             .rate = from->rate,
                             .loss = from->loss,
                             .accuracy = from->accuracy,
                             .val_loss = from->val_loss,
                             .val_accuracy = from->val_accuracy,
                             .seconds = seconds};
    if (!graft_reserve(&run->epochs, &run->epoch_capacity, run->epoch_count + 1, sizeof(*run->epochs)))
        return graft_fail_memory("the history");
    run->epochs[run->epoch_count++] = *out;
    return GRAFT_OK;
}

graft_status graft_run_resumable(const graft_run *run, const char *folder, graft_status status) {
    if (status != GRAFT_E_DATA || !folder || run->epoch_count == 0) return status;
    char text[512];
    snprintf(text, sizeof(text), "%s", graft_error_text());
    return graft_fail(status, "%s; when the data are as they were, --resume %s goes on", text, folder);
}

int graft_run_kept_phase(const graft_run *run) {
    const graft_run_phase *last = &run->phases[run->phase_count - 1];
    for (size_t i = 0; i < run->epoch_count; i++)
        if (run->epochs[i].epoch > 0 && run->epochs[i].epoch == last->best_epoch) return run->epochs[i].phase;
    return last->phase;
}

void graft_run_free(graft_run *run) {
    if (!run) return;
    for (size_t i = 0; i < run->decision_count; i++) {
        graft_release(run->decision_texts[i][0]);
        graft_release(run->decision_texts[i][1]);
    }
    for (int i = 0; i < 3; i++) {
        graft_predictions_free(run->predictions[i]);
        graft_evaluation_free(run->evaluations[i]);
    }
    for (size_t i = 0; i < run->phase_count; i++) {
        graft_release(run->phase_texts[i][0]);
        graft_release(run->phase_texts[i][1]);
    }
    graft_graph_free(run->pretrained);
    graft_autoencoder_free(run->autoencoder);
    for (int i = 0; i < 3; i++)
        graft_scores_free(run->scores[i]);
    graft_release(run->epochs);
    graft_release(run->model_name);
    graft_model_free(run->model);
    graft_release(run);
}

const graft_model *graft_run_model(const graft_run *run) {
    return run->model;
}

const graft_dataset *graft_run_dataset(const graft_run *run) {
    return run->data;
}

const graft_evaluation *graft_run_evaluation(const graft_run *run, graft_split split) {
    return run->evaluations[split];
}

const graft_predictions *graft_run_predictions(const graft_run *run, graft_split split) {
    return run->predictions[split];
}

int graft_run_validation_chose(const graft_run *run) {
    return run->validation_chose;
}

size_t graft_run_decision_count(const graft_run *run) {
    return run->decision_count;
}

const graft_decision *graft_run_decision(const graft_run *run, size_t index) {
    return index < run->decision_count ? &run->decisions[index] : NULL;
}

size_t graft_run_candidate_count(const graft_run *run) {
    return run->candidate_count;
}

const graft_candidate *graft_run_candidate(const graft_run *run, size_t index) {
    return index < run->candidate_count ? &run->candidates[index] : NULL;
}

const graft_run_timing *graft_run_timing_of(const graft_run *run) {
    return &run->timing;
}

size_t graft_run_epoch_count(const graft_run *run) {
    return run->epoch_count;
}

const graft_run_epoch *graft_run_epoch_at(const graft_run *run, size_t index) {
    return index < run->epoch_count ? &run->epochs[index] : NULL;
}

size_t graft_run_phase_count(const graft_run *run) {
    return run->phase_count;
}

const graft_run_phase *graft_run_phase_at(const graft_run *run, size_t index) {
    return index < run->phase_count ? &run->phases[index] : NULL;
}
