/* The verdict of a comparison in plain words, with its figures. */
#include "transfer/compare-internal.h"

#include "base/buffer.h"

#include <math.h>

static void say_factor(graft_buffer *out, const char *what, const graft_compare_figure *figure, double scale,
                       const char *unit) {
    if (!isfinite(figure->value)) return;
    const bool sure = figure->interval95[0] > 0 || figure->interval95[1] < 0;
    graft_buffer_format(out, "%s: %s (%+.1f%s, %.1f to %.1f). ", what,
                        !sure               ? "no difference that is sure"
                        : figure->value > 0 ? "higher"
                                            : "lower",
                        scale * figure->value, unit, scale * figure->interval95[0], scale * figure->interval95[1]);
}

graft_status graft_compare_say(const graft_compare_result *result, char **out) {
    static const char *const names[] = {"No transfer either way", "Positive transfer", "Negative transfer"};
    graft_buffer text;
    graft_buffer_init(&text, 0);
    if (result->pairs == 0) {
        graft_buffer_text(&text, "Nothing to compare: an arm with pretrained weights and one without are needed.");
        return graft_buffer_take(&text, out, NULL);
    }
    const graft_compare_arm *with = &result->arms[result->with], *without = &result->arms[result->without];
    graft_buffer_format(&text,
                        "%s: %s reaches %.2f %%, %s without pretrained weights %.2f %%: a difference of %+.2f points "
                        "(%.2f to %.2f), p %.2g",
                        names[result->verdict], with->name, 100 * with->accuracy, without->name,
                        100 * without->accuracy, 100 * result->difference.value, 100 * result->difference.interval95[0],
                        100 * result->difference.interval95[1], result->p_value);
    if (result->pairs > 1) graft_buffer_text(&text, " adjusted for the choice of arms");
    graft_buffer_text(&text, ". ");
    if (with->size_count > 1) {
        say_factor(&text, "Start, with the fewest samples", &result->by_size.start, 100, " points");
        say_factor(&text, "Slope", &result->by_size.slope, 100, " points a doubling of the samples");
        say_factor(&text, "Asymptote, with all samples", &result->by_size.asymptote, 100, " points");
    }
    if (text.length > 0 && text.data[text.length - 1] == ' ') text.data[--text.length] = '\0';
    return graft_buffer_take(&text, out, NULL);
}
