#include "base/alloc.h"
#include "base/context-internal.h"
#include "base/context.h"
#include "base/error.h"
#include "base/threads.h"

struct graft_phase {
    graft_context *context;
    const char *name;
    uint64_t total, done;
    double begun, reported;
    double waited; /* seconds, summed over workers */
    pthread_mutex_t lock;
};

static const double report_interval = 0.1; /* seconds */

graft_status graft_phase_begin(graft_context *context, const char *name, uint64_t total, graft_phase **out) {
    *out = NULL;
    GRAFT_TRY(graft_cancelled(context));
    graft_phase *phase = graft_allocate_zero(1, sizeof *phase);
    if (!phase) return graft_fail_memory("a progress report");
    phase->context = context;
    phase->name = name;
    phase->total = total;
    phase->begun = phase->reported = graft_now();
    pthread_mutex_init(&phase->lock, NULL);
    *out = phase;
    return GRAFT_OK;
}

static double share_of_waiting(const graft_phase *phase, double now) {
    double worked = (now - phase->begun) * graft_context_threads(phase->context);
    double share = worked > 0 ? phase->waited / worked : 0;
    return share > 1 ? 1 : share;
}

static void report(graft_phase *phase, double now, bool finished) {
    graft_context *context = phase->context;
    phase->reported = now;
    if (!context->progress) return;
    graft_progress progress = {.phase = phase->name,
                               .done = phase->done,
                               .total = phase->total,
                               .seconds = now - phase->begun,
                               .seconds_left = -1,
                               .waiting_share = share_of_waiting(phase, now),
                               .finished = finished};
    progress.rate = progress.seconds > 0 ? (double)phase->done / progress.seconds : 0;
    if (phase->total > 0 && progress.rate > 0) {
        uint64_t left = phase->total > phase->done ? phase->total - phase->done : 0;
        progress.seconds_left = (double)left / progress.rate;
    }
    pthread_mutex_lock(&context->callbacks);
    bool go_on = context->progress(context->user, &progress);
    pthread_mutex_unlock(&context->callbacks);
    if (!go_on) graft_context_cancel(context);
}

graft_status graft_phase_add(graft_phase *phase, uint64_t units, double waited) {
    pthread_mutex_lock(&phase->lock);
    phase->done += units;
    phase->waited += waited;
    double now = graft_now();
    if (now - phase->reported >= report_interval) report(phase, now, false);
    pthread_mutex_unlock(&phase->lock);
    return graft_cancelled(phase->context);
}

double graft_phase_waiting_share(const graft_phase *phase) {
    return share_of_waiting(phase, graft_now());
}

double graft_phase_seconds(const graft_phase *phase) {
    return graft_now() - phase->begun;
}

void graft_phase_end(graft_phase *phase) {
    if (!phase) return;
    report(phase, graft_now(), true);
    pthread_mutex_destroy(&phase->lock);
    graft_release(phase);
}
