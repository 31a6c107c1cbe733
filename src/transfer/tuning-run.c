/* All phases, one after the other. */
#include "transfer/tune-internal.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "base/file.h"
#include "train/tensorboard.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const double nothing_left = 1e-9; /* seconds: less than it takes to ask the clock twice */

static const char *const stops[] = {"finished", "early", "nan", "negative", "time"};

/* What callbacks need. */
typedef struct follower {
    graft_tuning *tuning;
    graft_run *run;
    graft_event_file *events; /* NULL: none wanted */
    size_t told;              /* epochs of the history that are in the run and the event file */
    graft_status failed;
} follower;

static double wall_time(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static graft_status write_events(graft_event_file *events, const graft_epoch *epoch) {
    const struct {
        const char *tag;
        double value;
    } scalars[] = {{"rate", epoch->rate},
                   {"train/loss", epoch->loss},
                   {"train/accuracy", epoch->accuracy},
                   {"validation/loss", epoch->val_loss},
                   {"validation/accuracy", epoch->val_accuracy}};
    double now = wall_time();
    for (size_t i = 0; i < sizeof(scalars) / sizeof(*scalars); i++)
        if (!isnan(scalars[i].value))
            GRAFT_TRY(graft_event_file_scalar(events, now, epoch->epoch, scalars[i].tag, (float)scalars[i].value));
    return GRAFT_OK;
}

static graft_status tell_epoch(follower *self, const graft_epoch *from, double seconds) {
    graft_run_epoch epoch;
    GRAFT_TRY(graft_run_add_epoch(self->run, from, seconds, &epoch));
    self->told++;
    graft_log(self->tuning->context, GRAFT_LOG_INFO,
              "epoch %u (phase %d): loss %.4f acc %.4f val_loss %.4f val_acc %.4f, rate %.3g, %.1f s", epoch.epoch,
              epoch.phase, epoch.loss, epoch.accuracy, epoch.val_loss, epoch.val_accuracy, epoch.rate, seconds);
    const graft_tune_options *o = self->tuning->options;
    if (o->on_epoch) o->on_epoch(o->user, &epoch);
    return self->events ? write_events(self->events, from) : GRAFT_OK;
}

static void on_epoch(void *user, const graft_epoch *epoch, double seconds) {
    follower *self = user;
    if (self->failed != GRAFT_OK) return;
    const graft_history *history = &self->tuning->history;
    /* A resumed run tells first what went before. */
    while (self->told + 1 < history->count && self->failed == GRAFT_OK)
        self->failed = tell_epoch(self, &history->epochs[self->told], 0);
    if (self->failed == GRAFT_OK) self->failed = tell_epoch(self, epoch, seconds);
}

static graft_status tell_rest(follower *self) {
    while (self->failed == GRAFT_OK && self->told < self->tuning->history.count)
        self->failed = tell_epoch(self, &self->tuning->history.epochs[self->told], 0);
    return self->failed;
}

static graft_run_phase describe(const graft_tuning *tuning, const graft_tune_phase *phase) {
    const graft_graph *network = tuning->network.graph;
    return (graft_run_phase){.phase = phase->spec->number,
                             .first = graft_graph_node(network, phase->freeze.first)->name,
                             .boundary = graft_graph_node(network, phase->freeze.boundary)->name,
                             .trainable = phase->before.trainable,
                             .frozen = phase->before.frozen,
                             .epochs = phase->spec->epochs,
                             .batch = tuning->batch,
                             .micro_batch = phase->micro,
                             .bytes = phase->bytes,
                             .cache_seconds = phase->filled.seconds};
}

static graft_status tell_phase(follower *self, graft_run_phase *phase) {
    graft_run *run = self->run;
    const graft_tune_options *o = self->tuning->options;
    if (!phase->stop)
        graft_log(
            self->tuning->context, GRAFT_LOG_INFO,
            "phase %d: %lld parameters learn from layer %s on, %lld are frozen; batch %zu in parts of %zu, %.0f MiB",
            phase->phase, (long long)phase->trainable, phase->first, (long long)phase->frozen, phase->batch,
            phase->micro_batch, (double)phase->bytes / 1048576);
    if (o->on_phase) o->on_phase(o->user, phase);
    if (!phase->stop) return GRAFT_OK;
    if (run->phase_count == GRAFT_RUN_PHASES) return graft_fail(GRAFT_E_INTERNAL, "more phases than there is room for");
    char **texts = run->phase_texts[run->phase_count];
    graft_run_phase *kept = &run->phases[run->phase_count++];
    *kept = *phase;
    kept->first = texts[0] = graft_text_copy(phase->first);
    kept->boundary = texts[1] = graft_text_copy(phase->boundary);
    if (!texts[0] || !texts[1]) return graft_fail_memory("the history");
    char choice[80];
    snprintf(choice, sizeof(choice), "%d: %lld learn", phase->phase, (long long)phase->trainable);
    return graft_run_decide(
        run, "phase", choice,
        "from layer %s on; %lld parameters frozen and unchanged; %s, best epoch %u, batch %zu in parts "
        "of %zu",
        phase->first, (long long)phase->frozen, phase->stop, phase->best_epoch, phase->batch, phase->micro_batch);
}

/* Frozen means frozen: bit for bit. */
static graft_status check_frozen(const graft_tuning *tuning, const graft_tune_phase *phase) {
    graft_freeze_count after;
    GRAFT_TRY(graft_freeze_check(tuning->network.graph, &phase->freeze,
                                 (graft_batchnorm_mode)tuning->options->batchnorm, &after));
    if (graft_hash_equal(after.held, phase->before.held)) return GRAFT_OK;
    return graft_fail(GRAFT_E_INTERNAL, "phase %d changed frozen layers", phase->spec->number);
}

/* Epoch 0 of the history: the network as it is before fine-tuning, with its head already trained. */
static graft_status add_start(graft_tuning *tuning, graft_tune_phase *phase) {
    graft_score score;
    GRAFT_TRY(graft_fit_score(tuning->context, phase->plan, &phase->validation.source, &tuning->recipe, NULL, &score));
    const graft_epoch start = {.phase = phase->spec->number,
                               .rate = (double)NAN,
                               .loss = (double)NAN,
                               .accuracy = (double)NAN,
                               .val_loss = score.loss,
                               .val_accuracy = score.accuracy};
    return graft_history_add(&tuning->history, &start);
}

/* What fine-tuning must not fall below: the start, or the best epoch of the head alone. A pure function of the history,
 * so that a resumed run's is the same. */
static graft_status set_baseline(graft_tuning *tuning, graft_tune_phase *phase) {
    const graft_history *history = &tuning->history;
    if (phase->spec->number == 0 || tuning->validation_count == 0) return GRAFT_OK;
    if (history->count == 0 && tuning->warm) GRAFT_TRY(add_start(tuning, phase));
    for (size_t i = 0; i < history->count; i++) {
        const graft_epoch *epoch = &history->epochs[i];
        if (epoch->epoch > 0 && epoch->phase > 0) break;
        if (!(epoch->val_accuracy <= tuning->baseline)) tuning->baseline = epoch->val_accuracy;
    }
    return GRAFT_OK;
}

static graft_status fit(follower *self, graft_tune_phase *phase, const char *folder, bool resume,
                        graft_run_phase *figures) {
    graft_tuning *tuning = self->tuning;
    graft_fit_options options;
    graft_fit_result result;
    graft_tune_phase_options(tuning, phase, &options);
    options.checkpoint_folder = folder;
    options.on_epoch = on_epoch;
    options.user = self;
    if (tuning->deadline > 0) {
        double measuring;
        GRAFT_TRY(graft_tune_measuring_time(tuning, self->run, phase->spec->from, &measuring));
        options.seconds = tuning->deadline - graft_now() - measuring;
        if (!(options.seconds > nothing_left)) options.seconds = nothing_left;
    }
    const graft_sample_source *validation = tuning->validation_count > 0 ? &phase->validation.source : NULL;
    GRAFT_TRY(graft_fit_run(tuning->context, phase->plan, phase->suffix, &phase->train.source, validation, &options,
                            resume, &tuning->history, &result));
    GRAFT_TRY(tell_rest(self));
    figures->stop = stops[result.stop];
    figures->best_epoch = result.best_epoch;
    figures->seconds = result.seconds;
    return GRAFT_OK;
}

static graft_status run_phase(follower *self, const graft_tune_spec *spec, const char *folder, bool resume) {
    graft_tuning *tuning = self->tuning;
    graft_tune_phase phase;
    graft_status status;
    graft_run_phase figures;
    GRAFT_TRY_TO(done, status, graft_tune_phase_open(tuning, spec, &phase));
    figures = describe(tuning, &phase);
    GRAFT_TRY_TO(done, status, tell_phase(self, &figures));
    GRAFT_TRY_TO(done, status, set_baseline(tuning, &phase));
    GRAFT_TRY_TO(done, status, fit(self, &phase, folder, resume, &figures));
    GRAFT_TRY_TO(done, status, graft_tune_network_take(&tuning->network, phase.suffix));
    GRAFT_TRY_TO(done, status, check_frozen(tuning, &phase));
    GRAFT_TRY_TO(done, status, tell_phase(self, &figures));
    graft_features_close(tuning->boundary);
    tuning->boundary = phase.features;
    tuning->boundary_node = phase.freeze.boundary;
    phase.features = NULL;
done:
    graft_tune_phase_close(&phase);
    return status;
}

/* Phases that were over when the newest checkpoint was written are left out: it holds what they trained. */
static graft_status run_phases(follower *self, const char *folder) {
    graft_tuning *tuning = self->tuning;
    int begin;
    GRAFT_TRY(graft_tuning_resume(tuning, folder, &begin));
    for (int i = 0; i < tuning->spec_count; i++) {
        const graft_tune_spec *spec = &tuning->specs[i];
        if (spec->number < begin) continue;
        GRAFT_TRY(run_phase(self, spec, folder, spec->number == begin));
        const char *stop = self->run->phases[self->run->phase_count - 1].stop;
        if (strcmp(stop, "nan") == 0 || strcmp(stop, "negative") == 0 || strcmp(stop, "time") == 0) break;
    }
    return GRAFT_OK;
}

graft_status graft_tuning_run(graft_tuning *tuning, graft_run *run) {
    follower self = {.tuning = tuning, .run = run};
    const char *folder = tuning->options->folder;
    char *checkpoints = NULL;
    graft_status status = GRAFT_OK;
    if (folder) {
        checkpoints = graft_path_join(folder, "checkpoints");
        if (!checkpoints) return graft_fail_memory("a path");
        GRAFT_TRY_TO(done, status, graft_event_file_open(folder, wall_time(), &self.events));
    }
    status = graft_run_resumable(run, folder, run_phases(&self, checkpoints));
done:
    if (self.events) {
        graft_status closed = graft_event_file_close(self.events);
        if (status == GRAFT_OK) status = closed;
    }
    graft_release(checkpoints);
    return status;
}
