/* Training as it goes: a line a phase and an epoch, or an event. */
#include "cli.h"

#include <math.h>

static void add_number(char *out, size_t size, size_t *used, const char *key, double value) {
    int length = isfinite(value) ? snprintf(out + *used, size - *used, ",\"%s\":%.9g", key, value)
                                 : snprintf(out + *used, size - *used, ",\"%s\":null", key);
    if (length > 0 && (size_t)length < size - *used) *used += (size_t)length;
}

static void phase_event(cli *self, const graft_run_phase *phase) {
    char object[1024];
    snprintf(object, sizeof object,
             "{\"event\":\"%s\",\"phase\":%d,\"trainable\":%lld,\"frozen\":%lld,\"epochs\":%u,\"batch\":%zu,"
             "\"micro_batch\":%zu,\"bytes\":%llu,\"cache_seconds\":%.3f,\"seconds\":%.3f%s%s%s}",
             phase->stop ? "phase_end" : "phase", phase->phase, (long long)phase->trainable, (long long)phase->frozen,
             phase->epochs, phase->batch, phase->micro_batch, (unsigned long long)phase->bytes, phase->cache_seconds,
             phase->seconds, phase->stop ? ",\"stop\":\"" : "", phase->stop ? phase->stop : "",
             phase->stop ? "\"" : "");
    cli_event(self, object);
}

static void on_phase(void *user, const graft_run_phase *phase) {
    cli *self = user;
    cli_bar_clear(self);
    phase_event(self, phase);
    if (self->events || phase->stop) return;
    printf("phase %d   %lld parameters learn, from layer %s on; %lld are frozen\n", phase->phase,
           (long long)phase->trainable, phase->first, (long long)phase->frozen);
    if (phase->micro_batch < phase->batch)
        printf("          batches of %zu in parts of %zu, to stay below --memory\n", phase->batch, phase->micro_batch);
    printf("          epoch       rate      loss       acc  val_loss   val_acc   seconds\n");
    fflush(stdout);
}

/* What is not known is a dash. */
static const char *figure(double value, char out[24]) {
    if (isnan(value)) return "-";
    snprintf(out, 24, "%.4f", value);
    return out;
}

static void on_epoch(void *user, const graft_run_epoch *epoch) {
    cli *self = user;
    char object[512];
    int length =
        snprintf(object, sizeof object, "{\"event\":\"epoch\",\"epoch\":%u,\"phase\":%d", epoch->epoch, epoch->phase);
    size_t used = length > 0 ? (size_t)length : 0;
    add_number(object, sizeof object, &used, "rate", epoch->rate);
    add_number(object, sizeof object, &used, "loss", epoch->loss);
    add_number(object, sizeof object, &used, "acc", epoch->accuracy);
    add_number(object, sizeof object, &used, "val_loss", epoch->val_loss);
    add_number(object, sizeof object, &used, "val_acc", epoch->val_accuracy);
    add_number(object, sizeof object, &used, "seconds", epoch->seconds);
    snprintf(object + used, sizeof object - used, "}");
    cli_bar_clear(self);
    cli_event(self, object);
    if (self->events) return;
    char text[4][24];
    printf("          %5u %10.3g %9s %9s %9s %9s %9.1f\n", epoch->epoch, epoch->rate, figure(epoch->loss, text[0]),
           figure(epoch->accuracy, text[1]), figure(epoch->val_loss, text[2]), figure(epoch->val_accuracy, text[3]),
           epoch->seconds);
    fflush(stdout);
}

void cli_follow_training(cli *self, graft_tune_options *options, const char *folder, bool resume) {
    options->folder = folder;
    options->resume = resume;
    options->user = self;
    options->on_phase = on_phase;
    options->on_epoch = on_epoch;
}
