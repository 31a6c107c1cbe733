/* Features into NumPy files: one row a sound sample in the dataset's order, and a CSV that says which. */
#include "transfer/model-internal.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/context.h"
#include "base/error.h"
#include "base/file.h"
#include "data/dataset.h"
#include "formats/npy.h"

#include <string.h>

typedef struct extraction {
    graft_context *context;
    const graft_dataset *data;
    graft_features *features;
    graft_cut cut;
    size_t *sample, count;
} extraction;

static bool ends_with(const char *text, const char *end) {
    size_t length = strlen(text), tail = strlen(end);
    return length > tail && strcmp(text + length - tail, end) == 0;
}

/* RFC 4180: quoted where a quote, a comma or a line end is inside, quotes doubled. */
static void add_field(graft_buffer *line, const char *text) {
    if (!strpbrk(text, "\",\r\n")) {
        graft_buffer_text(line, text);
        return;
    }
    graft_buffer_text(line, "\"");
    for (const char *at = text; *at; at++)
        graft_buffer_add(line, *at == '"' ? "\"\"" : at, *at == '"' ? 2 : 1);
    graft_buffer_text(line, "\"");
}

static graft_status write_rows(const extraction *self, graft_file_writer *writer) {
    graft_buffer line;
    graft_status status = graft_file_writer_write(writer, "row,path,label\r\n", 16);
    for (size_t i = 0; status == GRAFT_OK && i < self->count; i++) {
        const graft_sample *sample = graft_dataset_sample(self->data, self->sample[i]);
        graft_buffer_init(&line, 1 << 20);
        graft_buffer_format(&line, "%zu,", i);
        add_field(&line, sample->name);
        graft_buffer_text(&line, ",");
        if (sample->label >= 0) add_field(&line, graft_dataset_class(self->data, (size_t)sample->label));
        graft_buffer_text(&line, "\r\n");
        status = graft_buffer_status(&line);
        if (status == GRAFT_OK) status = graft_file_writer_write(writer, line.data, line.length);
        graft_buffer_clear(&line);
    }
    return status;
}

static graft_status write_csv(const extraction *self, const char *output) {
    graft_file_writer *writer;
    char *path = graft_text_format("%.*s.csv", (int)(strlen(output) - 4), output);
    if (!path) return graft_fail_memory("a path");
    graft_status status = graft_file_writer_open(path, &writer);
    graft_release(path);
    GRAFT_TRY(status);
    status = write_rows(self, writer);
    if (status == GRAFT_OK) return graft_file_writer_commit(&writer);
    graft_file_writer_abort(writer);
    return status;
}

static graft_status write_npy(const extraction *self, const char *output) {
    graft_npy_writer *writer;
    graft_shape shape = GRAFT_SHAPE((int64_t)self->cut.width);
    float *row = graft_allocate(self->cut.width, sizeof(*row));
    if (!row) return graft_fail_memory("a row of features");
    graft_status status = graft_npy_writer_open(output, &shape, &writer);
    if (status == GRAFT_OK) {
        for (size_t i = 0; status == GRAFT_OK && i < self->count; i++) {
            status = graft_features_read(self->features, 0, self->data, self->sample + i, 1, row);
            if (status == GRAFT_OK) status = graft_npy_writer_row(writer, row);
            if (status == GRAFT_OK) status = graft_cancelled(self->context);
        }
        if (status == GRAFT_OK)
            status = graft_npy_writer_commit(&writer);
        else
            graft_npy_writer_abort(writer);
    }
    graft_release(row);
    return status;
}

/* A zip is written in one go: the matrix must fit into memory. */
static graft_status write_npz(const extraction *self, const char *output) {
    float *rows = NULL;
    graft_tensor *x = NULL, *label = NULL;
    graft_shape matrix = GRAFT_SHAPE((int64_t)self->count, (int64_t)self->cut.width);
    graft_shape column = GRAFT_SHAPE((int64_t)self->count);
    graft_status status;
    GRAFT_TRY_TO(done, status, graft_features_room(self->features, self->count, &rows));
    GRAFT_TRY_TO(done, status, graft_features_read(self->features, 0, self->data, self->sample, self->count, rows));
    GRAFT_TRY_TO(done, status, graft_tensor_borrow(GRAFT_F32, &matrix, rows, &x));
    GRAFT_TRY_TO(done, status, graft_tensor_new(GRAFT_I32, &column, &label));
    int32_t *to = label->data;
    for (size_t i = 0; i < self->count; i++)
        to[i] = graft_dataset_sample(self->data, self->sample[i])->label;
    const graft_named_tensor tensors[] = {{"features", x}, {"labels", label}};
    status = graft_npz_write(output, tensors, 2);
done:
    graft_tensor_free(x);
    graft_tensor_free(label);
    graft_release(rows);
    return status;
}

static graft_status run(extraction *self, const graft_backbone *backbone, const graft_extract_options *options) {
    const char *output = options->output;
    graft_features_result result;
    if (options->layer)
        GRAFT_TRY(graft_cut_named(backbone->graph, options->layer, options->pool, &self->cut));
    else
        GRAFT_TRY(graft_cut_make(backbone->graph, graft_cut_last(backbone->graph), options->pool, &self->cut));
    GRAFT_TRY(graft_dataset_indices(self->data, -1, &self->sample, &self->count));
    if (self->count == 0) return graft_fail(GRAFT_E_DATA, "%s: no sound pictures", graft_dataset_path(self->data));
    GRAFT_TRY(
        graft_features_open(self->context, backbone->graph, &backbone->spec, &self->cut, 1, NULL, &self->features));
    GRAFT_TRY(graft_features_compute(self->features, self->data, self->sample, self->count, 1, &result));
    GRAFT_TRY(ends_with(output, ".npz") ? write_npz(self, output) : write_npy(self, output));
    return write_csv(self, output);
}

static graft_status check_precision(const graft_backbone *backbone) {
    graft_precision_result result;
    const double most = backbone->precision.max_drop;
    graft_backbone_precision(backbone, &result);
    if (1.0 - result.cosine <= most) return GRAFT_OK;
    return graft_fail(GRAFT_E_GATE,
                      "int8: the features' mean cosine with those of floats is %.4f, further from 1 than --max-drop %g "
                      "allows: raise it, or use --base-precision f32",
                      result.cosine, most);
}

graft_status graft_extract(graft_context *context, const graft_backbone *backbone, graft_dataset *data,
                           const graft_extract_options *options, size_t *rows, size_t *width) {
    graft_extract_options given = GRAFT_EXTRACT_OPTIONS_INIT;
    extraction self = {.context = context, .data = data};
    GRAFT_TRY(graft_options_copy(&given, sizeof(given), options, "GRAFT_EXTRACT_OPTIONS_INIT"));
    if (!given.output || (!ends_with(given.output, ".npy") && !ends_with(given.output, ".npz")))
        return graft_fail(GRAFT_E_USAGE, "output: received %s, expected a file that ends in .npy or .npz",
                          given.output ? given.output : "nothing");
    GRAFT_TRY(graft_dataset_check(data));
    GRAFT_TRY(check_precision(backbone));
    graft_status status = run(&self, backbone, &given);
    if (status == GRAFT_OK && rows) *rows = self.count;
    if (status == GRAFT_OK && width) *width = self.cut.width;
    graft_features_close(self.features);
    graft_release(self.sample);
    return status;
}
