/* The classes of a dataset: their order, and whether there are enough of them and of their pictures. */
#include "data/dataset-internal.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/context.h"
#include "base/error.h"
#include "base/strmap.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { class_limit = 100000, listed_limit = 8, class_file_limit = 16 << 20 };

static bool has_control_byte(const char *text) {
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f) return true;
    return false;
}

graft_status graft_classes_add(graft_dataset *dataset, const char *name, int *label) {
    size_t found;
    if (graft_strmap_get(dataset->class_index, name, &found)) {
        *label = (int)found;
        return GRAFT_OK;
    }
    if (has_control_byte(name))
        return graft_fail(GRAFT_E_DATA, "%s: class folder \"%s\": a control character in its name; rename it",
                          dataset->path, name);
    if (dataset->class_count >= class_limit)
        return graft_fail(GRAFT_E_DATA, "%s: more than %d class folders; is this the right folder?", dataset->path,
                          class_limit);
    if (!graft_reserve(&dataset->class_name, &dataset->class_capacity, dataset->class_count + 1, sizeof(char *)))
        return graft_fail_memory("the classes");
    char *copy = graft_text_copy(name);
    if (!copy) return graft_fail_memory("the classes");
    *label = (int)dataset->class_count;
    dataset->class_name[dataset->class_count++] = copy;
    return graft_strmap_set(dataset->class_index, name, (size_t)*label);
}

/* Samples of each class; those that are sound and may train, or all. Release with graft_release; NULL: no memory. */
static size_t *count_samples(const graft_dataset *dataset, bool training) {
    size_t *count = graft_allocate_zero(dataset->class_count, sizeof *count);
    for (size_t i = 0; count && i < dataset->count; i++) {
        const graft_record *record = &dataset->record[i];
        if (record->sample.label < 0) continue;
        if (training && (record->sample.fault || !graft_place_trains(&record->place))) continue;
        count[record->sample.label]++;
    }
    return count;
}

/* Names as one text for people: "a, b, c and 4 more". */
static void list_names(graft_buffer *buffer, const char *before, const char *const *name, size_t count) {
    for (size_t i = 0; i < count && i < listed_limit; i++)
        graft_buffer_format(buffer, "%s%s", i == 0 ? before : ", ", name[i]);
    if (count > listed_limit) graft_buffer_format(buffer, " and %zu more", count - listed_limit);
}

/* Makes `name` the classes. Labels go by name; classes without samples may be gone. */
static graft_status adopt(graft_dataset *dataset, const char *const *name, size_t count) {
    graft_strmap *index = NULL;
    char **copies = graft_allocate_zero(count, sizeof *copies);
    int *label = graft_allocate(dataset->class_count, sizeof *label);
    graft_status status = copies && label ? graft_strmap_new(&index) : graft_fail_memory("the classes");
    for (size_t i = 0; i < count && status == GRAFT_OK; i++) {
        copies[i] = graft_text_copy(name[i]);
        status = copies[i] ? graft_strmap_set(index, name[i], i) : graft_fail_memory("the classes");
    }
    if (status == GRAFT_OK) {
        for (size_t i = 0; i < dataset->class_count; i++) {
            size_t found;
            label[i] = graft_strmap_get(index, dataset->class_name[i], &found) ? (int)found : -1;
        }
        for (size_t i = 0; i < dataset->count; i++)
            if (dataset->record[i].sample.label >= 0)
                dataset->record[i].sample.label = label[dataset->record[i].sample.label];
        char **old = dataset->class_name;
        size_t old_count = dataset->class_count;
        dataset->class_name = copies;
        dataset->class_count = dataset->class_capacity = count;
        copies = old;
        count = old_count;
    }
    for (size_t i = 0; copies && i < count; i++)
        graft_release(copies[i]);
    graft_release(copies);
    graft_release(label);
    graft_strmap_free(index);
    return status;
}

static graft_status classes_differ(const graft_dataset *dataset, const char *owner, const char *const *missing,
                                   size_t missing_count, const char *const *extra, size_t extra_count) {
    graft_buffer text;
    graft_buffer_init(&text, 0);
    list_names(&text, "; only in the data: ", extra, extra_count);
    list_names(&text, "; not in the data: ", missing, missing_count);
    graft_status status = graft_buffer_status(&text);
    if (status == GRAFT_OK)
        status = graft_fail(GRAFT_E_DATA, "%s: the classes differ from those of %s%s", dataset->path, owner, text.data);
    graft_buffer_clear(&text);
    return status;
}

/* Numbers that `classes` does not know as names are places in it. */
static graft_status name_numbers(graft_dataset *dataset, const char *const *classes, size_t count, const char *owner) {
    for (size_t i = 0; i < dataset->class_count; i++) {
        if (strtoul(dataset->class_name[i], NULL, 10) >= count) return GRAFT_OK;
        for (size_t k = 0; k < count; k++)
            if (strcmp(dataset->class_name[i], classes[k]) == 0) return GRAFT_OK;
    }
    for (size_t i = 0; i < dataset->class_count; i++) {
        char *name = graft_text_copy(classes[strtoul(dataset->class_name[i], NULL, 10)]);
        if (!name) return graft_fail_memory("the classes");
        graft_release(dataset->class_name[i]);
        dataset->class_name[i] = name;
    }
    dataset->numbered = false;
    graft_log(dataset->context, GRAFT_LOG_WARNING,
              "%s: its labels are numbers: taken as places among the classes of %s", dataset->path, owner);
    return GRAFT_OK;
}

graft_status graft_dataset_use_classes(graft_dataset *dataset, const char *const *classes, size_t count,
                                       const char *owner, bool partial) {
    size_t extra_count = 0, missing_count = 0, found;
    graft_strmap *listed = NULL, *present = NULL;
    if (dataset->numbered) GRAFT_TRY(name_numbers(dataset, classes, count, owner));
    const char **extra = graft_allocate(dataset->class_count, sizeof *extra);
    const char **missing = graft_allocate(count, sizeof *missing);
    graft_status status = extra && missing ? graft_strmap_new(&listed) : graft_fail_memory("the classes");
    GRAFT_TRY_TO(done, status, status);
    GRAFT_TRY_TO(done, status, graft_strmap_new(&present));
    for (size_t i = 0; i < dataset->class_count; i++)
        GRAFT_TRY_TO(done, status, graft_strmap_set(present, dataset->class_name[i], i));
    for (size_t i = 0; i < count; i++) {
        if (graft_strmap_get(listed, classes[i], &found)) {
            status =
                graft_fail(GRAFT_E_DATA, "%s: class \"%s\" is listed twice, expected each once", owner, classes[i]);
            goto done;
        }
        GRAFT_TRY_TO(done, status, graft_strmap_set(listed, classes[i], i));
        if (!graft_strmap_get(present, classes[i], &found)) missing[missing_count++] = classes[i];
    }
    for (size_t i = 0; i < dataset->class_count; i++)
        if (!graft_strmap_get(listed, dataset->class_name[i], &found)) extra[extra_count++] = dataset->class_name[i];
    if (extra_count > 0 || (missing_count > 0 && !partial))
        status = classes_differ(dataset, owner, missing, partial ? 0 : missing_count, extra, extra_count);
    else
        status = adopt(dataset, classes, count);
    if (status == GRAFT_OK && dataset->checked) status = graft_dataset_tally(dataset);
done:
    graft_strmap_free(listed);
    graft_strmap_free(present);
    graft_release(extra);
    graft_release(missing);
    return status;
}

/* Lines are cut out of `text` in place. */
static graft_status split_lines(char *text, const char *path, const char ***out, size_t *count) {
    size_t capacity = 0;
    char *rest = text;
    if (strncmp(rest, "\xef\xbb\xbf", 3) == 0) rest += 3;
    while (rest) {
        char *line = strsep(&rest, "\n");
        size_t length = strlen(line);
        if (length > 0 && line[length - 1] == '\r') line[length - 1] = '\0';
        if (line[0] == '\0') continue;
        if (*count >= class_limit) return graft_fail(GRAFT_E_DATA, "%s: more than %d classes", path, class_limit);
        if (!graft_reserve(out, &capacity, *count + 1, sizeof **out)) return graft_fail_memory(path);
        (*out)[(*count)++] = line;
    }
    return *count > 0 ? GRAFT_OK : graft_fail(GRAFT_E_DATA, "%s: no classes, expected one a line", path);
}

graft_status graft_classes_read(const char *path, char **text, const char ***out, size_t *count) {
    size_t length;
    *out = NULL;
    *count = 0;
    GRAFT_TRY(graft_file_read(path, class_file_limit, text, &length));
    graft_status status = strlen(*text) == length
                              ? split_lines(*text, path, out, count)
                              : graft_fail(GRAFT_E_DATA, "%s: a NUL byte, expected text with one class a line", path);
    if (status == GRAFT_OK) return status;
    graft_release(*out);
    graft_release(*text);
    *out = NULL;
    *text = NULL;
    return status;
}

static graft_status use_class_file(graft_dataset *dataset, const char *path) {
    char *text;
    const char **line;
    size_t count;
    GRAFT_TRY(graft_classes_read(path, &text, &line, &count));
    graft_status status = graft_dataset_use_classes(dataset, line, count, path, dataset->options.allow_one_class);
    graft_release(line);
    graft_release(text);
    return status;
}

static int compare_bytes(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int compare_letters(const void *a, const void *b) {
    return strcasecmp(*(const char *const *)a, *(const char *const *)b);
}

static graft_status refuse_clash(const graft_dataset *dataset, const char **name, size_t count) {
    qsort(name, count, sizeof *name, compare_letters);
    for (size_t i = 1; i < count; i++)
        if (strcasecmp(name[i - 1], name[i]) == 0)
            return graft_fail(GRAFT_E_DATA,
                              "%s: classes %s and %s differ by case alone, expected one folder; merge or rename them",
                              dataset->path, name[i - 1], name[i]);
    return GRAFT_OK;
}

/* Moves the classes that have samples to the front of `name` and logs the rest. */
static graft_status drop_empty(const graft_dataset *dataset, const char **name, size_t *count) {
    size_t *samples = count_samples(dataset, false), kept = 0, empty_count = 0;
    const char **empty = graft_allocate(*count, sizeof *empty);
    graft_status status = samples && empty ? GRAFT_OK : graft_fail_memory("the classes");
    for (size_t i = 0; status == GRAFT_OK && i < *count; i++)
        if (samples[i] > 0)
            name[kept++] = dataset->class_name[i];
        else
            empty[empty_count++] = dataset->class_name[i];
    if (status == GRAFT_OK && empty_count > 0) {
        graft_buffer text;
        graft_buffer_init(&text, 0);
        list_names(&text, "", empty, empty_count);
        status = graft_buffer_status(&text);
        if (status == GRAFT_OK)
            graft_log(dataset->context, GRAFT_LOG_WARNING, "%s: %zu empty class folders are left out: %s",
                      dataset->path, empty_count, text.data);
        graft_buffer_clear(&text);
    }
    *count = kept;
    graft_release(empty);
    graft_release(samples);
    return status;
}

graft_status graft_classes_finish(graft_dataset *dataset, const char *file) {
    size_t count = dataset->class_count;
    const char **name = graft_allocate(count, sizeof *name);
    if (!name) return graft_fail_memory("the classes");
    for (size_t i = 0; i < count; i++)
        name[i] = dataset->class_name[i];
    graft_status status = refuse_clash(dataset, name, count);
    if (status == GRAFT_OK && file) status = use_class_file(dataset, file);
    if (status == GRAFT_OK && !file) status = drop_empty(dataset, name, &count);
    if (status == GRAFT_OK && !file) {
        if (count > 0) qsort(name, count, sizeof *name, compare_bytes);
        status = adopt(dataset, name, count);
    }
    graft_release(name);
    return status;
}

static graft_status one_class_only(const graft_dataset *dataset) {
    const char *name = dataset->class_name[0];
    graft_survey survey = {0};
    char *folder = graft_path_join(dataset->path, name);
    if (!folder) return graft_fail_memory("the classes");
    graft_status status =
        graft_file_kind_of(folder) == GRAFT_FILE_FOLDER ? graft_survey_folder(folder, &survey) : GRAFT_OK;
    if (status == GRAFT_OK)
        status = graft_fail(GRAFT_E_DATA, "%s: one class only (%s), expected at least two: " GRAFT_LAYOUTS "%s%s",
                            dataset->path, name, survey.folders.count > 0 ? "; did you mean the folder " : "",
                            survey.folders.count > 0 ? folder : "");
    graft_survey_free(&survey);
    graft_release(folder);
    return status;
}

/* The first sample of a class in quarantine, as an example. */
static const graft_record *first_faulty(const graft_dataset *dataset, size_t label) {
    for (size_t i = 0; i < dataset->count; i++)
        if (dataset->record[i].sample.label == (int)label && dataset->record[i].sample.fault)
            return &dataset->record[i];
    return NULL;
}

static graft_status too_few(const graft_dataset *dataset, size_t label, size_t sound) {
    const char *name = dataset->class_name[label];
    const char *part = dataset->has_part[GRAFT_SPLIT_TRAIN] ? " in train/" : "";
    const graft_record *faulty = first_faulty(dataset, label);
    if (faulty)
        return graft_fail(GRAFT_E_DATA, "%s: class %s has %zu sound picture%s%s, expected at least 2; %s: %s",
                          dataset->path, name, sound, sound == 1 ? "" : "s", part, faulty->sample.name,
                          faulty->sample.fault);
    return graft_fail(GRAFT_E_DATA,
                      "%s: class %s has %zu picture%s%s, expected at least 2; add pictures or remove the class",
                      dataset->path, name, sound, sound == 1 ? "" : "s", part);
}

graft_status graft_classes_verdict(const graft_dataset *dataset) {
    size_t sound = 0;
    for (size_t i = 0; i < dataset->count; i++)
        if (!dataset->record[i].sample.fault) sound++;
    if (dataset->options.unlabelled) return GRAFT_OK;
    if (sound == 0)
        return graft_fail(GRAFT_E_DATA, "%s: no sound picture among %zu, expected " GRAFT_LAYOUTS, dataset->path,
                          dataset->count);
    if (dataset->options.allow_one_class) return GRAFT_OK;
    if (dataset->class_count < 2) return one_class_only(dataset);
    size_t *count = count_samples(dataset, true);
    if (!count) return graft_fail_memory("the classes");
    graft_status status = GRAFT_OK;
    for (size_t i = 0; i < dataset->class_count && status == GRAFT_OK; i++)
        if (count[i] < 2) status = too_few(dataset, i, count[i]);
    graft_release(count);
    return status;
}
