/* From series as they are recorded to series as networks take them. */
#include "data/series.h"

#include "base/alloc.h"
#include "base/error.h"

#include <math.h>
#include <string.h>

/* The place of the first number from `at` on, or of the length. */
static size_t next_number(const float *values, size_t length, size_t at) {
    while (at < length && isnan(values[at]))
        at++;
    return at;
}

/* Gaps between numbers linearly, ends by the nearest number. Returns how many were missing; all of them: false. */
static bool fill_gaps(float *values, size_t length, bool zero, size_t *missing) {
    size_t at = next_number(values, length, 0), before = 0;
    bool first = true;
    if (at == length) return false;
    for (; at < length; before = at, at = next_number(values, length, at + 1), first = false)
        for (size_t i = first ? 0 : before + 1; i < at; i++) {
            const float share = first ? 1.0F : (float)(i - before) / (float)(at - before);
            values[i] = zero ? 0.0F : first ? values[at] : values[before] + share * (values[at] - values[before]);
            ++*missing;
        }
    for (size_t i = before + 1; i < length; i++, ++*missing)
        values[i] = zero ? 0.0F : values[before];
    return true;
}

static graft_status fill(const graft_series_set *set, graft_series_missing how, size_t *missing) {
    for (size_t i = 0; i < set->count; i++)
        for (size_t c = 0; c < set->channels; c++) {
            const graft_series *s = &set->series[i];
            const size_t before = *missing;
            if (!fill_gaps(s->values + c * s->length, s->length, how == GRAFT_MISSING_ZERO, missing))
                return graft_fail(GRAFT_E_DATA,
                                  "%s: series %zu (line %zu), channel %zu: all %zu numbers are missing, "
                                  "expected at least one",
                                  set->path, i + 1, s->line, c + 1, s->length);
            if (how == GRAFT_MISSING_REFUSE && *missing > before)
                return graft_fail(GRAFT_E_DATA,
                                  "%s: series %zu (line %zu), channel %zu: %zu numbers are missing; "
                                  "--missing interpolate fills them in",
                                  set->path, i + 1, s->line, c + 1, *missing - before);
        }
    return GRAFT_OK;
}

/* ---- windows ---- */

static graft_status add_window(graft_series_set *to, const graft_series *from, size_t channels, size_t begin,
                               size_t length) {
    float *values = graft_allocate(channels * length, sizeof *values);
    if (!values || !graft_reserve(&to->series, &to->capacity, to->count + 1, sizeof *to->series)) {
        graft_release(values);
        return graft_fail_memory("windows");
    }
    for (size_t c = 0; c < channels; c++)
        memcpy(values + c * length, from->values + c * from->length + begin, length * sizeof *values);
    to->series[to->count] = *from;
    to->series[to->count].values = values;
    to->series[to->count++].length = length;
    return GRAFT_OK;
}

static graft_status cut_one(graft_series_set *to, const graft_series *from, size_t channels, size_t window,
                            size_t stride) {
    if (from->length <= window) return add_window(to, from, channels, 0, from->length);
    for (size_t begin = 0;; begin += stride) {
        const bool last = begin + window >= from->length;
        if (to->count >= GRAFT_SERIES_COUNT_MOST)
            return graft_fail(GRAFT_E_DATA, "more than %d windows, expected a larger stride",
                              (int)GRAFT_SERIES_COUNT_MOST);
        GRAFT_TRY(add_window(to, from, channels, last ? from->length - window : begin, window));
        if (last) return GRAFT_OK;
    }
}

graft_status graft_series_cut(graft_series_set *set, const graft_series_preparation *how) {
    const size_t window = how->window, stride = how->stride > 0 ? how->stride : window;
    graft_series_set cut_set = {0};
    graft_status status = GRAFT_OK;
    if (window == 0) return GRAFT_OK;
    for (size_t i = 0; i < set->count && status == GRAFT_OK; i++)
        status = cut_one(&cut_set, &set->series[i], set->channels, window, stride);
    graft_series_set *old = status == GRAFT_OK ? set : &cut_set;
    for (size_t i = 0; i < old->count; i++)
        graft_release(old->series[i].values);
    graft_release(old->series);
    if (status != GRAFT_OK) return status;
    set->series = cut_set.series;
    set->count = cut_set.count;
    set->capacity = cut_set.capacity;
    return GRAFT_OK;
}

/* ---- resampling, normalisation ---- */

/* Linear, first and last numbers staying where they are. */
static void resample(const float *from, size_t length, float *to, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const double place = count > 1 ? (double)i * (double)(length - 1) / (double)(count - 1) : 0;
        const size_t at = (size_t)place;
        const double share = place - (double)at;
        to[i] = at + 1 < length ? (float)((1 - share) * (double)from[at] + share * (double)from[at + 1]) : from[at];
    }
}

static graft_status resample_series(graft_series *s, size_t channels, size_t length) {
    if (s->length == length) return GRAFT_OK;
    float *values = graft_allocate(channels * length, sizeof *values);
    if (!values) return graft_fail_memory("resampled series");
    for (size_t c = 0; c < channels; c++)
        resample(s->values + c * s->length, s->length, values + c * length, length);
    graft_release(s->values);
    s->values = values;
    s->length = length;
    return GRAFT_OK;
}

static bool normalise(float *values, size_t length) {
    double mean = 0, squares = 0, largest = 0;
    for (size_t i = 0; i < length; i++)
        mean += (double)values[i] / (double)length;
    for (size_t i = 0; i < length; i++) {
        squares += ((double)values[i] - mean) * ((double)values[i] - mean) / (double)length;
        largest = fmax(largest, fabs((double)values[i]));
    }
    /* Below float's resolution of the numbers there is no shape to enlarge. */
    const bool varies = sqrt(squares) > 1e-6 * largest;
    for (size_t i = 0; i < length; i++)
        values[i] = varies ? (float)(((double)values[i] - mean) / sqrt(squares)) : 0.0F;
    return varies;
}

graft_status graft_series_prepare(graft_series_set *set, const graft_series_preparation *how,
                                  graft_series_figures *out) {
    *out = (graft_series_figures){0};
    if (how->length > GRAFT_SERIES_LENGTH_MOST)
        return graft_fail(GRAFT_E_USAGE, "a length of %zu steps, expected at most %d", how->length,
                          (int)GRAFT_SERIES_LENGTH_MOST);
    GRAFT_TRY(fill(set, how->missing, &out->missing));
    GRAFT_TRY(graft_series_cut(set, how));
    for (size_t i = 0; i < set->count; i++) {
        graft_series *s = &set->series[i];
        if (how->length > 0) GRAFT_TRY(resample_series(s, set->channels, how->length));
        for (size_t c = 0; c < set->channels && !how->raw; c++)
            out->constant += !normalise(s->values + c * s->length, s->length);
    }
    return GRAFT_OK;
}
