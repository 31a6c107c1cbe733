/* The first byte chooses the format (u, t, a, c); the rest is its text, read and prepared in several ways. */
#include "base/alloc.h"
#include "data/series.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void prepare(graft_series_set *set, uint8_t choice) {
    const graft_series_preparation how = {.missing = choice % 3,
                                          .raw = choice & 4,
                                          .length = choice & 8 ? 5 : 0,
                                          .window = choice & 16 ? 3 : 0,
                                          .stride = choice & 32 ? 1 : 0};
    graft_series_figures figures;
    if (graft_series_prepare(set, &how, &figures) != GRAFT_OK) return;
    for (size_t i = 0; i < set->count; i++) {
        if (set->series[i].length == 0 || set->series[i].label >= (int)set->class_count) abort();
        for (size_t k = 0; k < set->channels * set->series[i].length; k++)
            if (!isfinite(set->series[i].values[k])) abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char letters[] = "tacu";
    if (size == 0) return 0;
    const char *letter = memchr(letters, data[0], 4);
    const graft_series_format *format = graft_series_format_at(letter ? (size_t)(letter - letters) : data[0] % 4);
    char *text = graft_allocate(size, 1);
    graft_series_set *set;
    if (!text) return 0;
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    if (graft_series_set_new("x", &set) == GRAFT_OK) {
        if (format->read("x", text, strlen(text), set) == GRAFT_OK && graft_series_finish(set) == GRAFT_OK)
            prepare(set, data[size - 1]);
        graft_series_free(set);
    }
    graft_release(text);
    return 0;
}
