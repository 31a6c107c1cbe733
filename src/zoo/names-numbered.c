/* Layers that Keras named itself. */
#include "zoo/names-pair.h"

#include <stdlib.h>
#include <string.h>

enum { LONGEST_NUMBER = 9 };

/* Keras 1 called some of them otherwise. */
static const struct {
    const char *now, *before;
} stems[] = {{"conv2d", "convolution2d"},
             {"batch_normalization", "batchnormalization"},
             {"depthwise_conv2d", "depthwiseconv2d"},
             {"separable_conv2d", "separableconvolution2d"},
             {"dense", "dense"}};

enum { STEMS = sizeof stems / sizeof *stems };

int graft_numbered_stems(void) {
    return STEMS;
}

static bool has_stem(const char *name, const char *stem, long *number) {
    const size_t length = strlen(stem);
    if (strncmp(name, stem, length) != 0) return false;
    *number = 0;
    if (name[length] == '\0') return true;
    const char *digits = name + length + 1;
    const size_t width = strspn(digits, "0123456789");
    if (name[length] != '_' || width == 0 || width > LONGEST_NUMBER || digits[width] != '\0') return false;
    *number = strtol(digits, NULL, 10);
    return true;
}

int graft_numbered_stem(const char *name, long *number) {
    long own;
    for (int i = 0; i < STEMS; i++) {
        if (has_stem(name, stems[i].now, &own) || has_stem(name, stems[i].before, &own)) {
            if (number) *number = own;
            return i;
        }
    }
    return -1;
}

void graft_numbered_add(graft_numbered *list, size_t *count, int stem, const char *name, size_t layer) {
    long number;
    if (graft_numbered_stem(name, &number) == stem) list[(*count)++] = (graft_numbered){number, layer};
}

static int compare(const void *a, const void *b) {
    const graft_numbered *x = a, *y = b;
    return x->number < y->number ? -1 : x->number > y->number;
}

void graft_numbered_sort(graft_numbered *list, size_t count) {
    if (count > 0) qsort(list, count, sizeof *list, compare);
}
