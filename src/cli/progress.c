/* The bar on stderr, one line rewritten; warnings; phases as events. The library makes these calls from any thread, one
 * at a time, while the main thread waits in it. */
#include "cli.h"

#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int terminal_width(void) {
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    return 80;
}

void cli_bar_clear(cli *self) {
    if (!self->bar_shown) return;
    fputs("\r\033[K", stderr);
    fflush(stderr);
    self->bar_shown = false;
}

static void duration(double seconds, char *out, size_t size) {
    if (seconds < 0)
        snprintf(out, size, "-:--");
    else if (seconds < 3600)
        snprintf(out, size, "%d:%02d", (int)seconds / 60, (int)seconds % 60);
    else
        snprintf(out, size, "%d:%02d:%02d", (int)(seconds / 3600), (int)(seconds / 60) % 60, (int)seconds % 60);
}

static bool counts_bytes(const char *phase) {
    return strcmp(phase, "pull") == 0 || strcmp(phase, "verify") == 0;
}

/* The solver counts steps, downloads bytes; every other phase counts pictures. */
static const char *units(const char *phase) {
    if (counts_bytes(phase)) return "MB";
    return strcmp(phase, "head") == 0 || strcmp(phase, "lr-find") == 0 ? "steps" : "images";
}

static void draw(cli *self, const graft_progress *progress) {
    int width = terminal_width();
    char left[32], tail[160], bar[64];
    duration(progress->seconds_left, left, sizeof left);
    double share = progress->total > 0 ? (double)progress->done / (double)progress->total : 0;
    if (share > 1) share = 1;
    /* Fields of a fixed width, so that the bar stands still. */
    const uint64_t unit = counts_bytes(progress->phase) ? 1000000 : 1;
    const unsigned long long done = progress->done / unit, total = progress->total / unit;
    const double rate = progress->rate / (double)unit;
    int digits = snprintf(NULL, 0, "%llu", total);
    int used = snprintf(tail, sizeof tail, "%3.0f %%  %*llu/%llu  %5.0f %s/s  %5s left", 100 * share, digits, done,
                        total, rate, units(progress->phase), left);
    if (unit == 1)
        snprintf(tail + used, sizeof tail - (size_t)used, "  waiting %2.0f %%", 100 * progress->waiting_share);
    if (progress->total == 0) snprintf(tail, sizeof tail, "%llu  %.0f %s/s", done, rate, units(progress->phase));
    int room = width - 1 - 12 - (int)strlen(tail) - 3;
    int cells = room > 40 ? 40 : room;
    if (progress->total == 0 || cells < 5) cells = 0;
    int full = (int)(share * cells);
    for (int i = 0; i < cells; i++)
        bar[i] = i < full ? '#' : '.';
    bar[cells] = '\0';
    char line[320];
    snprintf(line, sizeof line, "%-10s %s%s%s%s", progress->phase, cells ? "[" : "", bar, cells ? "] " : "", tail);
    fprintf(stderr, "\r%.*s\033[K", width - 1, line);
    fflush(stderr);
    self->bar_shown = true;
}

static void phase_event(cli *self, const graft_progress *progress) {
    char object[320];
    snprintf(object, sizeof object,
             "{\"event\":\"%s\",\"done\":%llu,\"total\":%llu,\"seconds\":%.3f,\"rate\":%.1f,\"waiting_share\":%.4f}",
             progress->phase, (unsigned long long)progress->done, (unsigned long long)progress->total,
             progress->seconds, progress->rate, progress->waiting_share);
    cli_event(self, object);
}

bool cli_on_progress(void *user, const graft_progress *progress) {
    cli *self = user;
    if (progress->finished) {
        cli_bar_clear(self);
        phase_event(self, progress);
    } else if (self->terminal) {
        draw(self, progress);
    }
    return true;
}

void cli_on_log(void *user, graft_log_level level, const char *text) {
    cli *self = user;
    static const char *const names[] = {"debug", "info", "warning"};
    if (level > GRAFT_LOG_DEBUG) cli_log_line(self, names[level], text);
    if (level < GRAFT_LOG_WARNING && !self->verbose) return;
    cli_bar_clear(self);
    fprintf(stderr, "graft: %s%s\n", level == GRAFT_LOG_WARNING ? "warning: " : "", text);
}

void cli_warn(cli *self, const char *format, ...) {
    char text[CLI_ERROR_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    for (char *c = text; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 127) *c = '?';
    cli_on_log(self, GRAFT_LOG_WARNING, text);
}
