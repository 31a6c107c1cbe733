#include "data/dataset-internal.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/error.h"
#include "json/json.h"

#include <stdio.h>

static const char *const split_names[3] = {"train", "validation", "test"};

static graft_json *counts(const graft_check_result *result) {
    graft_json *json = graft_json_new_object();
    const struct {
        const char *name;
        size_t value;
    } rows[] = {{"files", result->files},
                {"sound", result->sound},
                {"quarantined", result->quarantined},
                {"mistyped", result->mistyped},
                {"rotated", result->rotated},
                {"grey", result->grey},
                {"exact_duplicates", result->exact_duplicates},
                {"near_duplicates", result->near_duplicates},
                {"conflicting", result->conflicting},
                {"leaking", result->leaking},
                {"ignored", result->ignored},
                {"train", result->per_split[GRAFT_SPLIT_TRAIN]},
                {"validation", result->per_split[GRAFT_SPLIT_VALIDATION]},
                {"test", result->per_split[GRAFT_SPLIT_TEST]}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        graft_json_set_int(json, rows[i].name, (int64_t)rows[i].value);
    graft_json_set_real(json, "imbalance", result->imbalance);
    return json;
}

static graft_json *classes(const graft_dataset *dataset) {
    graft_json *array = graft_json_new_array();
    for (size_t i = 0; i < dataset->class_count; i++) {
        graft_json *row = graft_json_new_object();
        graft_json_set_text(row, "class", dataset->class_name[i]);
        for (int split = 0; split < 3; split++)
            graft_json_set_int(row, split_names[split],
                               (int64_t)graft_dataset_class_size(dataset, i, (graft_split)split));
        graft_json_add(array, row);
    }
    return array;
}

static graft_json *sample_row(const graft_dataset *dataset, const graft_record *record) {
    const graft_sample *sample = &record->sample;
    char text[GRAFT_HASH_TEXT];
    graft_json *row = graft_json_new_object();
    graft_json_set_text(row, "path", sample->name);
    graft_json_set_text(row, "label", sample->label < 0 ? NULL : dataset->class_name[sample->label]);
    graft_json_set_text(row, "split", sample->fault || sample->label < 0 ? NULL : split_names[sample->split]);
    graft_json_set_text(row, "fault", sample->fault);
    graft_json_set_text(row, "type", sample->type);
    graft_hash_to_text(graft_record_content(record), text);
    graft_json_set_text(row, "content", text);
    if (sample->fault) return row;
    snprintf(text, sizeof text, "%016llx", (unsigned long long)sample->perceptual);
    graft_json_set_text(row, "perceptual", text);
    graft_json_set_int(row, "width", sample->width);
    graft_json_set_int(row, "height", sample->height);
    graft_json_set_int(row, "orientation", sample->orientation);
    graft_json_set_text(row, "duplicate_of",
                        sample->duplicate_of < 0 ? NULL : dataset->record[sample->duplicate_of].sample.name);
    return row;
}

/* Everything but the files. */
static graft_json *head(const graft_dataset *dataset) {
    graft_json *manifest = graft_json_new_object();
    graft_json_set_text(manifest, "format", "graft manifest 1");
    graft_json_set_text(manifest, "data", dataset->path);
    graft_json_set_bool(manifest, "given_split", graft_dataset_has_given_split(dataset));
    graft_json_set_int(manifest, "seed", (int64_t)dataset->options.seed);
    graft_json_set_real(manifest, "validation", dataset->options.validation);
    graft_json_set_real(manifest, "test", dataset->options.test);
    graft_json_set(manifest, "counts", counts(&dataset->result));
    graft_json_set(manifest, "classes", classes(dataset));
    return manifest;
}

/* Takes `json` over; adds its text without the last `less` characters. */
static graft_status add_json(graft_buffer *text, graft_json *json, int indent, size_t less) {
    char *dumped = NULL;
    size_t length = 0;
    graft_status status = graft_json_dump(json, indent, &dumped, &length);
    graft_json_free(json);
    if (status == GRAFT_OK) graft_buffer_add(text, dumped, length - less);
    graft_release(dumped);
    return status;
}

/* One row after the other: all of them as a tree would be the largest thing in a job's memory. */
static graft_status write_rows(const graft_dataset *dataset, graft_buffer *text) {
    static const char end[] = "\n}";
    GRAFT_TRY(add_json(text, head(dataset), 1, sizeof end - 1));
    graft_buffer_text(text, ",\n \"files\": [");
    for (size_t i = 0; i < dataset->count; i++) {
        graft_buffer_text(text, i > 0 ? ",\n  " : "\n  ");
        GRAFT_TRY(add_json(text, sample_row(dataset, &dataset->record[i]), 0, 0));
    }
    graft_buffer_text(text, "\n ]");
    graft_buffer_text(text, end);
    return GRAFT_OK;
}

graft_status graft_dataset_manifest(const graft_dataset *dataset, char **json) {
    *json = NULL;
    if (!dataset->checked)
        return graft_fail(GRAFT_E_USAGE, "%s: no manifest before graft_dataset_check", dataset->path);
    graft_buffer text;
    graft_buffer_init(&text, 0);
    graft_status status = write_rows(dataset, &text);
    if (status == GRAFT_OK) return graft_buffer_take(&text, json, NULL);
    graft_buffer_clear(&text);
    return status;
}
