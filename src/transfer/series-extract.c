/* graft series extract and crossval. */
#include "base/alloc.h"
#include "base/buffer.h"
#include "base/context.h"
#include "base/error.h"
#include "base/file.h"
#include "formats/npy.h"
#include "transfer/series-internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Codes of all series of `path`. */
static graft_status codes_of(graft_context *context, const char *path, const char *base, graft_series_set **set,
                             float **codes, size_t *width, graft_series_result *out) {
    graft_series_model *model;
    graft_series_application work;
    GRAFT_TRY(graft_series_model_open(&model, context, base));
    graft_status status = graft_series_apply(context, model, path, GRAFT_SERIES_ENCODER, false, &work, out);
    if (status == GRAFT_OK) status = graft_series_samples_make(work.set, &work.spec, GRAFT_SERIES_ALL, &work.samples);
    if (status == GRAFT_OK) status = graft_series_run(context, work.graph, &work.samples, codes, width);
    out->features = status == GRAFT_OK ? *width : 0;
    *set = NULL;
    if (status == GRAFT_OK) {
        *set = work.set;
        work.set = NULL;
    }
    graft_series_application_clear(&work);
    graft_series_model_free(model);
    return status;
}

static void quoted(graft_buffer *text, const char *value) {
    graft_buffer_text(text, "\"");
    for (; *value; value++)
        graft_buffer_format(text, *value == '"' ? "\"\"" : "%c", *value);
    graft_buffer_text(text, "\"");
}

static graft_status write_csv(const graft_series_set *set, const char *path) {
    graft_buffer text;
    graft_buffer_init(&text, 0);
    graft_buffer_text(&text, "row,path,line,part,group,label\n");
    for (size_t i = 0; i < set->count; i++) {
        const graft_series *s = &set->series[i];
        graft_buffer_format(&text, "%zu,", i);
        quoted(&text, set->path);
        const char *part = s->test ? "test" : "train";
        /* Windows of one series are a group: no cross-validation may hold some out and learn from the others. */
        graft_buffer_format(&text, ",%zu,%s,%s:%zu,", s->line, part, part, s->line);
        if (s->label >= 0) quoted(&text, set->classes[s->label]);
        graft_buffer_text(&text, "\n");
    }
    graft_status status = graft_buffer_status(&text);
    if (status == GRAFT_OK) status = graft_file_write(path, text.data, text.length);
    graft_buffer_clear(&text);
    return status;
}

static graft_status write_files(const graft_series_set *set, float *codes, size_t width, const char *output) {
    const graft_shape shape = GRAFT_SHAPE((int64_t)set->count, (int64_t)width);
    graft_tensor *tensor;
    char *csv = graft_text_format("%.*s.csv", (int)(strlen(output) - strlen(".npy")), output);
    if (!csv) return graft_fail_memory("a path");
    graft_status status = graft_tensor_borrow(GRAFT_F32, &shape, codes, &tensor);
    if (status == GRAFT_OK) {
        status = graft_npy_write(output, tensor);
        graft_tensor_free(tensor);
    }
    if (status == GRAFT_OK) status = write_csv(set, csv);
    graft_release(csv);
    return status;
}

graft_status graft_series_extract(graft_context *context, const char *path, const char *base, const char *output,
                                  graft_series_result *out) {
    const double begun = graft_now();
    const size_t length = strlen(output);
    graft_series_set *set;
    float *codes;
    size_t width;
    *out = GRAFT_SERIES_NOTHING;
    if (length < 5 || strcmp(output + length - 4, ".npy") != 0)
        return graft_fail(GRAFT_E_USAGE, "output: received %s, expected a file that ends in .npy", output);
    GRAFT_TRY(codes_of(context, path, base, &set, &codes, &width, out));
    graft_status status = write_files(set, codes, width, output);
    graft_series_free(set);
    graft_release(codes);
    out->seconds = graft_now() - begun;
    return status;
}

/* Through files: what `graft crossval` reads is what `extract` writes. */
static graft_status through_folder(graft_context *context, const char *folder, const char *path, const char *base,
                                   const graft_crossval_options *options, graft_crossval_result **out) {
    graft_series_result figures;
    char *codes = graft_path_join(folder, "codes.npy"), *rows = graft_path_join(folder, "codes.csv");
    graft_status status =
        codes && rows ? graft_series_extract(context, path, base, codes, &figures) : graft_fail_memory("a path");
    if (status == GRAFT_OK && figures.classes < 2)
        status = graft_fail(GRAFT_E_DATA, "%s: %zu classes, expected labels of at least two", path, figures.classes);
    if (status == GRAFT_OK) status = graft_crossval(out, context, codes, NULL, options);
    if (codes) (void)unlink(codes);
    if (rows) (void)unlink(rows);
    graft_release(codes);
    graft_release(rows);
    return status;
}

graft_status graft_series_crossval(graft_context *context, const char *path, const char *base,
                                   const graft_crossval_options *options, graft_crossval_result **out) {
    char folder[] = P_tmpdir "/graft-series-XXXXXX";
    if (!mkdtemp(folder))
        return graft_fail(GRAFT_E_DATA, "%s: no folder for temporary files can be made there", P_tmpdir);
    graft_status status = through_folder(context, folder, path, base, options, out);
    (void)rmdir(folder);
    return status;
}
