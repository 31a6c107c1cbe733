/* Labelled series of numbers, of one or several channels and of different lengths, from text files. A missing number is
 * NaN until the series are prepared. */
#ifndef GRAFT_SRC_DATA_SERIES_H
#define GRAFT_SRC_DATA_SERIES_H

#include <graft/base.h>

enum {
    GRAFT_SERIES_CHANNELS_MOST = 1024,
    GRAFT_SERIES_LENGTH_MOST = 1 << 20,
    GRAFT_SERIES_COUNT_MOST = 1 << 22,
    GRAFT_SERIES_CLASSES_MOST = 4096
};

typedef struct graft_series {
    float *values; /* channel after channel, `length` each */
    size_t length;
    int label;   /* of the set's classes; -1: none */
    bool test;   /* of the data's own test part */
    size_t line; /* of its file */
} graft_series;

typedef struct graft_series_set {
    char *path;    /* as opened, for errors */
    char *file[2]; /* that the series, and those of the test part, were read from; NULL: none */
    size_t channels;
    graft_series *series;
    size_t count, capacity;
    char **classes; /* in byte order */
    size_t class_count, class_capacity;
    struct graft_strmap *places; /* of classes while reading */
    bool reading_test;           /* what is added belongs to the test part */
} graft_series_set;

/* Opens a file (UCR text or TSV, .ts, .arff, long .csv), or a folder with NAME_TRAIN and NAME_TEST of one of these (a
 * lone file otherwise), whose split is kept. Labels that are whole numbers are written so: "1.0000e+00" is "1"; "?" is
 * none.
 * Errors: GRAFT_E_DATA with file and line: no such file, nothing in it, numbers that are none, channels that differ, a
 * part of the series labelled; GRAFT_E_MEMORY. */
GRAFT_MUST_CHECK graft_status graft_series_open(const char *path, graft_series_set **out);
/* The same from two files, the second one being the test part. */
GRAFT_MUST_CHECK graft_status graft_series_open_parts(const char *train, const char *test, graft_series_set **out);
GRAFT_MUST_CHECK graft_status graft_series_copy(const graft_series_set *from, graft_series_set **out);
void graft_series_free(graft_series_set *set);
/* The file that a series of the set was read from. */
static inline const char *graft_series_file(const graft_series_set *set, const graft_series *series) {
    return set->file[series->test] ? set->file[series->test] : set->path;
}
size_t graft_series_longest(const graft_series_set *set);
size_t graft_series_shortest(const graft_series_set *set);
size_t graft_series_tests(const graft_series_set *set); /* how many are of the test part */

typedef enum graft_series_missing {
    GRAFT_MISSING_INTERPOLATE,
    GRAFT_MISSING_ZERO,
    GRAFT_MISSING_REFUSE
} graft_series_missing;
#define GRAFT_SERIES_MISSING_CHOICES "interpolate|zero|refuse"

typedef struct graft_series_preparation {
    graft_series_missing missing;
    bool raw;              /* leave the numbers as they are: no z-normalisation */
    size_t length;         /* resample to so many steps, linearly; 0: leave the length */
    size_t window, stride; /* cut into windows of so many steps, one each `stride`; 0: whole series; stride 0: window */
} graft_series_preparation;

typedef struct graft_series_figures {
    size_t missing, constant; /* numbers filled in; series and channels that do not vary: zeros when normalised */
} graft_series_figures;

/* Fills gaps (between neighbours linearly, at the ends with the nearest number), cuts windows (the last one ends with
 * the series; one of a shorter series is the series), resamples, subtracts each channel's mean and divides by its
 * standard deviation. Errors: GRAFT_E_DATA: a series without a single number; missing ones where refused. */
GRAFT_MUST_CHECK graft_status graft_series_prepare(graft_series_set *set, const graft_series_preparation *how,
                                                   graft_series_figures *out);

/* The windows alone: numbers stay as they are, missing ones too. */
GRAFT_MUST_CHECK graft_status graft_series_cut(graft_series_set *set, const graft_series_preparation *how);

/* ---- for the formats ---- */

typedef struct graft_series_format {
    const char *name, *help;
    const char *extensions; /* ".ts|.TS"; "" is a file without one */
    /* Adds the series of `text` (NUL-terminated, may be cut up in place); `name` begins errors. */
    graft_status (*read)(const char *name, char *text, size_t length, graft_series_set *set);
} graft_series_format;
const graft_series_format *graft_series_format_at(size_t index); /* NULL past the end: the registry */

GRAFT_MUST_CHECK graft_status graft_series_set_new(const char *path, graft_series_set **out);
/* Copies channels x length values. `label` NULL or "?": none. */
GRAFT_MUST_CHECK graft_status graft_series_add(graft_series_set *set, const char *name, size_t line,
                                               const float *values, size_t channels, size_t length, const char *label);
/* Sorts the classes and checks that the set is whole; once, after reading. */
GRAFT_MUST_CHECK graft_status graft_series_finish(graft_series_set *set);

/* Numbers of a series while it is read. */
typedef struct graft_series_row {
    float *values;
    size_t count, capacity;
} graft_series_row;
/* "", "?", "NaN" and "NA" are missing. Errors: GRAFT_E_DATA: no number, one beyond +-1e30, too many. */
GRAFT_MUST_CHECK graft_status graft_series_row_add(graft_series_row *row, const char *name, size_t line,
                                                   const char *text);
/* The length without missing numbers at the end: how UCR's archive pads. */
size_t graft_series_row_trimmed(const graft_series_row *row);
/* The next line of *text, NUL-terminated in place, without its end; NULL at the end. Counts lines. */
char *graft_series_line(char **text, size_t *line);

#endif
