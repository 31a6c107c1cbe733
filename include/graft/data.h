/* graft/data.h: labelled data: where samples come from, which are sound, how they are split. */
#ifndef GRAFT_DATA_H
#define GRAFT_DATA_H

#include <graft/base.h>
#include <graft/option.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum graft_split {
    GRAFT_SPLIT_TRAIN,
    GRAFT_SPLIT_VALIDATION,
    GRAFT_SPLIT_TEST,
} graft_split;

typedef struct graft_data_options {
    size_t struct_size;
    double validation;    /* share of a folder without splits that validates, 0.01..0.9; 0: 0.2 */
    double test;          /* share that tests, 0..0.9; 0: none */
    uint64_t seed;        /* of the split; 0 is a seed like any other */
    const char *classes;  /* file with one class a line that fixes the order, and names the labels 0, 1, ... of an IDX
                             file; NULL: byte order of folder names */
    bool unlabelled;      /* DATA is pictures without classes, or whose classes do not count (predict, autoencoder): a
                             file, a folder of any depth, IDX images alone, a CSV with or without `label` */
    bool allow_one_class; /* evaluate: a part of the classes is enough, and so is validation/ without train/ */
    const char *label;    /* column of a CSV file that holds the class */
} graft_data_options;
#define GRAFT_DATA_OPTIONS_INIT \
    { .struct_size = sizeof(graft_data_options) }
/* The rows that describe the members above: parsing, defaults, help and documentation come from them. */
GRAFT_API const graft_option *graft_data_option_table(void);

/* A set of samples, in a fixed order: by path, bytewise. Immutable once opened and checked. */
typedef struct graft_dataset graft_dataset;

/* Finds the samples: a folder with one folder a class, or one with train/ and validation/ (or val/) and
 * perhaps test/ holding those (in any case; training, valid and testing will do); train/ without validation/ is split
 * like a folder of classes. The label is the name of the class folder; pictures may lie deeper below it.
 * A sample is a file named like a picture (.jpg, .png, ...), whatever its bytes are, or a file of any other name
 * whose first bytes are a picture's. Everything else is ignored and counted: names that begin with a dot, folders
 * that systems leave behind (__MACOSX, @eaDir), files beside the class folders. Links are followed; a link that
 * loops is refused. Class folders without a picture are logged and left out.
 *
 * Unlabelled data keep to train/, validation/ and test/, too, where a folder has them.
 *
 * Or files that hold many small pictures, which grow to the network's size like any other:
 * IDX (https://yann.lecun.com/exdb/mnist), plain or .gz: a folder with train-images-idx3-ubyte and
 * train-labels-idx1-ubyte, from which validation is drawn, and perhaps t10k-* or test-*, which tests; or the path of
 * one images file whose labels lie beside it. Samples are train/00000, test/00000, ...; classes are named by the
 * lines of `classes`, else by their numbers.
 * CSV (RFC 4180) with a header: `label` names the class's column. The others are the pixels of square grey pictures,
 * 0 to 255, row by row; or one of them holds the paths of picture files, relative to the CSV, perhaps beside one called
 * "split" that says train, validation or test, and the rest is ignored.
 *
 * `options` may be NULL. The context must outlive the dataset.
 * Errors: GRAFT_E_DATA: missing, empty, one class only, classes that differ by case alone, a class with fewer
 * than two pictures, unreadable. GRAFT_E_USAGE: an option out of range. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_dataset_open(graft_dataset **out, graft_context *context,
                                                           const char *path, const graft_data_options *options);
/* Unlabelled samples from several files and folders, in the order given (a folder's by path, bytewise). A file that
 * is named here is a sample whatever it is called. A sample's name is its path as it was given. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_dataset_open_files(graft_dataset **out, graft_context *context,
                                                                 const char *const *paths, size_t count);
GRAFT_API void graft_dataset_free(graft_dataset *dataset);

GRAFT_API const char *graft_dataset_path(const graft_dataset *dataset);
GRAFT_API size_t graft_dataset_class_count(const graft_dataset *dataset);
GRAFT_API const char *graft_dataset_class(const graft_dataset *dataset, size_t index);
GRAFT_API size_t graft_dataset_count(const graft_dataset *dataset); /* with those in quarantine */
/* What of a file was read as what, such as columns' roles, for people; NULL for folders. */
GRAFT_API const char *graft_dataset_layout(const graft_dataset *dataset);
/* True when DATA itself names train and validation (the split is the user's, and respected). */
GRAFT_API bool graft_dataset_has_given_split(const graft_dataset *dataset);

typedef struct graft_sample {
    const char *path;  /* as it can be opened; made up of folder and name for a sample within a file */
    const char *name;  /* below the dataset's folder: the sample's id in every output */
    int label;         /* index of its class; -1 when unlabelled */
    graft_split split; /* after graft_dataset_check; means nothing for samples in quarantine */
    const char *fault; /* why it is in quarantine and so in no split; NULL: sound */
    const char *type;  /* the true type by magic bytes, such as "JPEG", "text"; "IDX" or "CSV" for a sample within such
                          a file; "unknown", also before the check */
    int width, height; /* pixels after orientation; 0 before the check */
    int orientation;   /* EXIF 1..8 */
    uint64_t content[2];  /* hash of the file's bytes, or of the picture within a file: high, low */
    uint64_t perceptual;  /* difference hash */
    int64_t duplicate_of; /* index of the first sample of its group of (near-)duplicates; -1: none */
    float sharpness;      /* variance of the Laplacian of its grey values at 512 pixels or less; 0 before the check */
    float brightness;     /* mean grey value, 0..255; 0 before the check */
} graft_sample;
GRAFT_API const graft_sample *graft_dataset_sample(const graft_dataset *dataset, size_t index);

/* Decodes every file fully (remembered by content hash in the context's cache folder), puts faulty ones into
 * quarantine, finds duplicates, and splits. A given split is kept and checked for overlap. Safe to call twice.
 *
 * Duplicates: equal bytes; or difference hashes that differ in at most 6 of 64 bits and 8x8 colour thumbnails whose
 * mean difference is at most 4 of 255 and 15 % of the pictures' own contrast (so that flat pictures are never
 * taken for one another). A group is whatever is linked by such pairs.
 *
 * Split: a picture draws a number from its content and the seed, and the shares are thresholds on it, so that every
 * class gets its share in expectation and adding files never moves old ones. A group of duplicates goes where its
 * member with the shortest file name (then the first in byte order) was drawn: copies and later pictures tend to
 * have longer or later names, so that the original decides. When the draw leaves a class without a training or a
 * validation picture, the group whose draw came nearest to the missing part goes there.
 *
 * Errors: GRAFT_E_DATA when fewer than two sound classes or a class with fewer than two sound pictures is left (the
 * samples and figures can be read all the same); GRAFT_E_CANCELLED (what was found so far is remembered). */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_dataset_check(graft_dataset *dataset);

typedef struct graft_check_result {
    size_t struct_size;
    size_t files, sound, quarantined, decoded; /* decoded: not remembered from an earlier check */
    size_t mistyped;                           /* the extension says another picture type than the bytes */
    size_t rotated;                            /* EXIF orientation other than 1 */
    size_t grey;                               /* pictures without colour */
    size_t exact_duplicates, near_duplicates;  /* samples that repeat an earlier one */
    size_t conflicting;                        /* duplicates that carry another label than the first */
    size_t leaking; /* samples of validation or test that repeat one of train (given splits only) */
    size_t ignored; /* entries that are no samples (dot-files, stray files) */
    size_t per_split[3];
    double imbalance; /* largest class / smallest class among sound training samples; 0: none */
    double seconds;
    double waiting_share; /* 0..1: share of the workers' time spent reading */
} graft_check_result;
#define GRAFT_CHECK_RESULT_INIT \
    { .struct_size = sizeof(graft_check_result) }
/* Fills *out up to its struct_size (0: all of it). */
GRAFT_API void graft_dataset_check_result(const graft_dataset *dataset, graft_check_result *out);
/* Sound samples of a class in a split. */
GRAFT_API size_t graft_dataset_class_size(const graft_dataset *dataset, size_t class_index, graft_split split);

/* The manifest as JSON: files, hashes, labels, splits, faults. Release with graft_text_free. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_dataset_manifest(const graft_dataset *dataset, char **json);

#ifdef __cplusplus
}
#endif
#endif
