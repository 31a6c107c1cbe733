/* MNIST's files, and those of sets made like it. */
#include "data/dataset-internal.h"

#include "base/alloc.h"
#include "base/error.h"
#include "data/idx.h"

#include <string.h>

enum { NAME_MOST = 512, LABELS = 256 };

/* The number of the classes' names that were given, or of all labels. */
typedef struct label_names {
    char *text;
    const char **line;
    size_t count;
} label_names;

/* The bytes before "images-idx3-ubyte" in a file's name, with the '-'; -1: not such a name. */
static int stem_of(const char *name) {
    static const char *const kinds[] = {"images-idx3-ubyte", "images.idx3-ubyte"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const char *found = strstr(name, kinds[i]);
        const char *rest = found ? found + strlen(kinds[i]) : NULL;
        if (found && (*rest == '\0' || strcmp(rest, ".gz") == 0) && strlen(name) < NAME_MOST)
            return (int)(found - name);
    }
    return -1;
}

/* FOLDER/STEM + one of the four ways to write `kind`; false: there is no such file. NULL in *path: no memory. */
static bool find_file(const char *folder, const char *stem, int stem_length, const char *kind, char **path) {
    static const char *const ends[][2] = {{"-", ""}, {"-", ".gz"}, {".", ""}, {".", ".gz"}};
    const bool labels = strcmp(kind, "labels") == 0;
    for (size_t i = 0; i < 4; i++) {
        *path = graft_text_format("%s%.*s%s%sidx%d-ubyte%s", folder, stem_length, stem, kind, ends[i][0],
                                  labels ? 1 : 3, ends[i][1]);
        if (!*path || graft_file_kind_of(*path) == GRAFT_FILE_REGULAR) return *path != NULL;
        graft_release(*path);
    }
    *path = NULL;
    return false;
}

static char *folder_of(const graft_dataset *dataset) {
    const char *path = dataset->path;
    if (graft_file_kind_of(path) == GRAFT_FILE_FOLDER)
        return graft_text_format("%s%s", path, path[strlen(path) - 1] == '/' ? "" : "/");
    return graft_text_copy_n(path, (size_t)(graft_path_name(path) - path));
}

static bool accepts(const graft_dataset *dataset, const graft_survey *survey) {
    if (graft_file_kind_of(dataset->path) == GRAFT_FILE_REGULAR) return stem_of(graft_path_name(dataset->path)) >= 0;
    if (survey->files < (dataset->options.unlabelled ? 1 : 2)) return false;
    char *folder = folder_of(dataset), *path = NULL;
    const bool found =
        folder && (find_file(folder, "train-", 6, "images", &path) || find_file(folder, "t10k-", 5, "images", &path));
    graft_release(path);
    graft_release(folder);
    return found;
}

static graft_status name_class(graft_dataset *dataset, const char *path, const label_names *names, int label,
                               int largest, int *out) {
    if (names->line && (size_t)label >= names->count)
        return graft_fail(GRAFT_E_DATA, "%s: label %d, expected 0 to %zu: the classes' file names %zu", path, label,
                          names->count - 1, names->count);
    if (names->line) return graft_classes_add(dataset, names->line[label], out);
    char *text = graft_text_format("%0*d", largest > 99 ? 3 : largest > 9 ? 2 : 1, label);
    if (!text) return graft_fail_memory(path);
    graft_status status = graft_classes_add(dataset, text, out);
    graft_release(text);
    return status;
}

/* From numbers in the file to the dataset's classes. */
static graft_status make_labels(graft_dataset *dataset, const char *path, const label_names *names,
                                const graft_idx *labels, int **out) {
    int known[LABELS], largest = 0;
    for (size_t i = 0; i < labels->count; i++)
        largest = labels->values[i] > largest ? labels->values[i] : largest;
    for (int i = 0; i < LABELS; i++)
        known[i] = -1;
    *out = graft_allocate(labels->count, sizeof **out);
    if (!*out) return graft_fail_memory(path);
    for (size_t i = 0; i < labels->count; i++) {
        int *label = &known[labels->values[i]];
        if (*label < 0) GRAFT_TRY(name_class(dataset, path, names, labels->values[i], largest, label));
        (*out)[i] = *label;
    }
    return GRAFT_OK;
}

static graft_status add_part(graft_dataset *dataset, const char *folder, const char *prefix, graft_idx *pictures,
                             const int *label, int given) {
    graft_bitmaps *bitmaps = graft_allocate(1, sizeof *bitmaps);
    if (!bitmaps) return graft_fail_memory(dataset->path);
    *bitmaps = (graft_bitmaps){pictures->values, pictures->width, pictures->height, pictures->count, "IDX"};
    pictures->values = NULL;
    return graft_dataset_add_bitmaps(dataset, bitmaps, folder, prefix, label, given);
}

static graft_status describe(graft_dataset *dataset, const char *path, const graft_idx *pictures) {
    char *text = graft_text_format("%s%s%s: %zu grey pictures of %dx%d", dataset->layout ? dataset->layout : "",
                                   dataset->layout ? "; " : "", graft_path_name(path), pictures->count, pictures->width,
                                   pictures->height);
    if (!text) return graft_fail_memory(path);
    graft_release(dataset->layout);
    dataset->layout = text;
    return GRAFT_OK;
}

static graft_status read_labels(graft_dataset *dataset, const char *images, const char *labels, size_t pictures,
                                const label_names *names, int **out) {
    graft_idx numbers = {0};
    GRAFT_TRY(graft_idx_read(labels, 1, &numbers));
    graft_status status = GRAFT_OK;
    if (pictures != numbers.count)
        status = graft_fail(GRAFT_E_DATA, "%s: %zu pictures, but %s has %zu labels, expected as many", images, pictures,
                            graft_path_name(labels), numbers.count);
    if (status == GRAFT_OK) status = make_labels(dataset, labels, names, &numbers, out);
    graft_release(numbers.values);
    return status;
}

/* `labels` NULL: there are none. Where they do not count they need not be sound, either. */
static graft_status collect_pair(graft_dataset *dataset, const char *folder, const char *images, const char *labels,
                                 const label_names *names, const char *prefix, int given) {
    graft_idx pictures = {0};
    int *label = NULL;
    graft_status status;
    GRAFT_TRY_TO(done, status, graft_idx_read(images, 3, &pictures));
    if (labels) status = read_labels(dataset, images, labels, pictures.count, names, &label);
    if (status == GRAFT_E_DATA && dataset->options.unlabelled) {
        graft_error_clear();
        graft_release(label);
        label = NULL;
        status = GRAFT_OK;
    }
    if (status != GRAFT_OK) goto done;
    GRAFT_TRY_TO(done, status, describe(dataset, images, &pictures));
    status = add_part(dataset, folder, prefix, &pictures, label, given);
done:
    graft_release(pictures.values);
    graft_release(label);
    return status;
}

/* One pair of files: `images` may be NULL, to be found. *found: it was there. */
static graft_status collect_stem(graft_dataset *dataset, const char *folder, const char *stem, const char *images,
                                 const label_names *names, int given, bool *found) {
    const int length = (int)strlen(stem);
    char *own = NULL, *labels = NULL;
    graft_status status = GRAFT_OK;
    *found = images || find_file(folder, stem, length, "images", &own);
    if (*found && !find_file(folder, stem, length, "labels", &labels) && !dataset->options.unlabelled)
        status = graft_fail(GRAFT_E_DATA, "%s: no %slabels-idx1-ubyte (or .gz) beside it: expected both files",
                            images ? images : own, stem);
    if (*found && status == GRAFT_OK) {
        char *prefix = given == GRAFT_SPLIT_TEST ? graft_text_copy("test")
                       : length > 1              ? graft_text_copy_n(stem, (size_t)length - 1)
                                                 : graft_text_copy("images");
        status = prefix ? collect_pair(dataset, folder, images ? images : own, labels, names, prefix, given)
                        : graft_fail_memory(folder);
        graft_release(prefix);
    }
    graft_release(own);
    graft_release(labels);
    return status;
}

static graft_status collect_folder(graft_dataset *dataset, const char *folder, const label_names *names) {
    bool train, test;
    GRAFT_TRY(collect_stem(dataset, folder, "train-", NULL, names, GRAFT_SPLIT_OPEN, &train));
    if (!train && !dataset->options.allow_one_class && !dataset->options.unlabelled)
        return graft_fail(GRAFT_E_DATA, "%s: no train-images-idx3-ubyte beside t10k-images-idx3-ubyte, expected both",
                          dataset->path);
    GRAFT_TRY(collect_stem(dataset, folder, "t10k-", NULL, names, GRAFT_SPLIT_TEST, &test));
    if (!test) GRAFT_TRY(collect_stem(dataset, folder, "test-", NULL, names, GRAFT_SPLIT_TEST, &test));
    dataset->has_part[GRAFT_SPLIT_TEST] = test;
    return GRAFT_OK;
}

static graft_status collect(graft_dataset *dataset, const graft_survey *survey) {
    (void)survey;
    label_names names = {0};
    bool found;
    char stem[NAME_MOST] = "", *folder = folder_of(dataset);
    const char *name = graft_path_name(dataset->path);
    graft_status status = folder ? GRAFT_OK : graft_fail_memory(dataset->path);
    dataset->numbered = !dataset->options.classes;
    if (status == GRAFT_OK && dataset->options.classes)
        status = graft_classes_read(dataset->options.classes, &names.text, &names.line, &names.count);
    if (status == GRAFT_OK && graft_file_kind_of(dataset->path) == GRAFT_FILE_REGULAR) {
        memcpy(stem, name, (size_t)stem_of(name));
        status = collect_stem(dataset, folder, stem, dataset->path, &names, GRAFT_SPLIT_OPEN, &found);
    } else if (status == GRAFT_OK) {
        status = collect_folder(dataset, folder, &names);
    }
    graft_release(names.line);
    graft_release(names.text);
    graft_release(folder);
    return status;
}

const graft_source graft_source_idx = {accepts, collect};
