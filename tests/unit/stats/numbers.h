/* Numbers separated by white space, as the scripts under tests/golden write them. */
#ifndef GRAFT_TESTS_NUMBERS_H
#define GRAFT_TESTS_NUMBERS_H

#include <stdio.h>

static inline double next_number(FILE *file) {
    double value = 0;
    if (fscanf(file, "%lf", &value) != 1) fail_msg("the golden file is too short");
    return value;
}

static inline void next_floats(FILE *file, float *out, size_t count) {
    for (size_t i = 0; i < count; i++)
        out[i] = (float)next_number(file);
}

static inline void next_labels(FILE *file, int *out, size_t count) {
    for (size_t i = 0; i < count; i++)
        out[i] = (int)next_number(file);
}

static inline FILE *open_numbers(const char *relative) {
    FILE *file = fopen(test_source(relative), "r");
    if (file == NULL) fail_msg("%s is missing", relative);
    return file;
}

#endif
