/* The row `c` of exporters.def: C99 source without dependencies, in float32 or int8. */
#include "base/context.h"
#include "base/file.h"
#include "data/image.h"
#include "export/c-internal.h"
#include <graft/data.h>

enum { PICTURES = 64 }; /* that set the scales of int8, spread evenly over the folder */

typedef struct folder {
    const graft_preprocess *spec;
    graft_dataset *data;
    graft_decoder *decoder;
    unsigned char *pixels;
    size_t used; /* every used-th picture */
} folder;

static graft_status load(void *user, size_t index, float *input) {
    folder *self = user;
    const graft_sample *sample = graft_dataset_sample(self->data, index * graft_dataset_count(self->data) / self->used);
    char *bytes;
    size_t length;
    GRAFT_TRY(graft_file_read(sample->path, 0, &bytes, &length));
    graft_status status =
        graft_image_prepare(self->decoder, (const unsigned char *)bytes, length, self->spec, self->pixels, NULL);
    graft_release(bytes);
    if (status != GRAFT_OK) return graft_fail_in(status, "%s", sample->path);
    graft_image_normalize(self->spec, self->pixels, input);
    return GRAFT_OK;
}

static graft_status open_folder(graft_context *context, const char *path, folder *self) {
    graft_data_options options = GRAFT_DATA_OPTIONS_INIT;
    options.unlabelled = true;
    GRAFT_TRY(graft_dataset_open(&self->data, context, path, &options));
    GRAFT_TRY(graft_decoder_new(&self->decoder));
    self->pixels = graft_allocate((size_t)self->spec->width * (size_t)self->spec->height, 3);
    if (self->pixels == NULL) return graft_fail_memory("a picture");
    const size_t count = graft_dataset_count(self->data);
    self->used = count < PICTURES ? count : PICTURES;
    return self->used > 0 ? GRAFT_OK : graft_fail(GRAFT_E_DATA, "%s: no pictures, expected some to calibrate by", path);
}

graft_status graft_c_export(graft_context *context, const graft_export_source *source, const graft_c_samples *samples,
                            bool check, const char *path) {
    graft_c_program program = {.graph = NULL}, quantized = {.graph = NULL};
    graft_c_agreement agreement;
    graft_status status = graft_c_lower(source->graph, &program);
    if (status == GRAFT_OK && check) status = graft_c_check(context, &program, source);
    if (status == GRAFT_OK && samples != NULL) status = graft_c_quantize(context, &program, samples, &quantized);
    if (status == GRAFT_OK && samples != NULL)
        status = graft_c_compare(context, &program, &quantized, samples, &agreement);
    if (status == GRAFT_OK) status = graft_c_write(samples ? &quantized : &program, source, path);
    if (status == GRAFT_OK && samples != NULL)
        graft_log(
            context, GRAFT_LOG_INFO,
            "int8: the same answer as float32 for %zu of the %zu pictures it was calibrated by, outputs differ by "
            "%.3g at most",
            agreement.same, agreement.count, agreement.difference);
    graft_c_program_free(&program);
    graft_c_program_free(&quantized);
    return status;
}

static graft_status write_int8(graft_context *context, const graft_export_source *source, const char *calibrate,
                               bool check, const char *path) {
    folder self = {.spec = source->preprocess};
    if (calibrate == NULL)
        return graft_fail(GRAFT_E_USAGE,
                          "%s: int8 needs pictures like those it will see, to choose its scales by: pass "
                          "--calibrate FOLDER",
                          path);
    if (source->preprocess == NULL)
        return graft_fail(GRAFT_E_USAGE, "%s: the preprocessing is not known, int8 needs it: pass --preprocess", path);
    graft_status status = open_folder(context, calibrate, &self);
    if (status == GRAFT_OK) {
        const graft_c_samples samples = {self.used, load, &self};
        status = graft_c_export(context, source, &samples, check, path);
    }
    graft_release(self.pixels);
    graft_decoder_free(self.decoder);
    graft_dataset_free(self.data);
    return status;
}

static graft_status write_c(graft_context *context, const graft_export_source *source,
                            const graft_convert_options *options, const char *path) {
    const bool check = options == NULL || !options->no_check;
    if (options != NULL && options->precision == 1) return write_int8(context, source, options->calibrate, check, path);
    return graft_c_export(context, source, NULL, check, path);
}

const graft_exporter graft_exporter_c = {
    .name = "c",
    .help = "C99 source without dependencies, a pair NAME.c and NAME.h, in float32 or int8",
    .extension = ".c",
    .checks_itself = true,
    .write = write_c,
};
