/* The row `c` of exporters.def: C99 source without dependencies, in float32 or int8. */
#include "data/dataset.h"
#include "data/image.h"
#include "export/c-internal.h"

#include <math.h>

enum {
    PICTURES = 64, /* that set the scales of int8, spread evenly over the folder */
    CHECKS = 64,   /* that both precisions are compared on, between those, as far as there are more */
};

typedef struct folder {
    const graft_preprocess *spec;
    graft_dataset *data;
    graft_decoder *decoder;
    unsigned char *pixels;
    size_t *sample; /* the pictures that are used: those that set the scales, then those that are compared */
    size_t count, checks;
} folder;

static graft_status load(void *user, size_t index, float *input) {
    folder *self = user;
    const size_t which = self->sample[index];
    char *bytes;
    size_t length;
    GRAFT_TRY(graft_dataset_read(self->data, which, 0, &bytes, &length));
    graft_status status =
        graft_image_prepare(self->decoder, (const unsigned char *)bytes, length, self->spec, self->pixels, NULL);
    graft_release(bytes);
    if (status != GRAFT_OK) return graft_fail_in(status, "%s", graft_dataset_sample(self->data, which)->path);
    graft_image_normalize(self->spec, self->pixels, input);
    return GRAFT_OK;
}

/* Of `count` sound pictures: spread evenly, those to compare on taken from between the others. */
static graft_status pick(folder *self, const size_t *sound, size_t count) {
    const size_t used = count < PICTURES + CHECKS ? count : PICTURES + CHECKS;
    size_t next = 0, check;
    self->count = used < PICTURES ? used : PICTURES;
    self->checks = used - self->count;
    self->sample = graft_allocate(used, sizeof *self->sample);
    if (self->sample == NULL) return graft_fail_memory("pictures to calibrate by");
    check = self->count;
    for (size_t i = 0; i < used; i++) {
        const bool scales = next < self->count && i == next * used / self->count;
        self->sample[scales ? next++ : check++] = sound[i * count / used];
    }
    return GRAFT_OK;
}

static graft_status open_folder(graft_context *context, const char *path, folder *self) {
    graft_data_options options = GRAFT_DATA_OPTIONS_INIT;
    size_t *sound = NULL, count = 0;
    options.unlabelled = true;
    GRAFT_TRY(graft_dataset_open(&self->data, context, path, &options));
    GRAFT_TRY(graft_dataset_check(self->data));
    GRAFT_TRY(graft_decoder_new(&self->decoder));
    self->pixels = graft_allocate((size_t)self->spec->width * (size_t)self->spec->height, 3);
    if (self->pixels == NULL) return graft_fail_memory("a picture");
    graft_status status = graft_dataset_indices(self->data, -1, &sound, &count);
    if (status == GRAFT_OK && count == 0)
        status = graft_fail(GRAFT_E_DATA, "%s: no sound pictures, expected some to calibrate by", path);
    if (status == GRAFT_OK) status = pick(self, sound, count);
    graft_release(sound);
    return status;
}

static graft_status judge(const graft_export_source *source, const graft_c_samples *samples,
                          const graft_c_agreement *agreement) {
    const size_t changed = agreement->count - agreement->same;
    if (source->class_count == 0 && 1 - agreement->cosine > samples->max_drop)
        return graft_fail(
            GRAFT_E_GATE,
            "%s: the features of int8 have a mean cosine of %.4f with those of float, further from 1 than "
            "--max-drop %g allows: nothing was written; raise it, or take --precision f32",
            source->name, agreement->cosine, samples->max_drop);
    if (source->class_count > 0 && (double)changed > samples->max_drop * (double)agreement->count)
        return graft_fail(
            GRAFT_E_GATE,
            "%s: int8 agrees with float on %zu of %zu pictures, fewer than --max-drop %g allows: nothing "
            "was written; calibrate by pictures like those it will see, raise it, or take --precision f32",
            source->name, agreement->same, agreement->count, samples->max_drop);
    return GRAFT_OK;
}

graft_status graft_c_export(graft_context *context, const graft_export_source *source, const graft_c_samples *samples,
                            bool check, const char *path, graft_c_agreement *agreement) {
    graft_c_program program = {.graph = NULL}, quantized = {.graph = NULL};
    graft_c_agreement found = {0};
    graft_status status = graft_c_lower(source->graph, &program);
    if (status == GRAFT_OK && check) status = graft_c_check(context, &program, source);
    if (status == GRAFT_OK && samples != NULL) status = graft_c_quantize(context, &program, samples, &quantized);
    if (status == GRAFT_OK && samples != NULL) status = graft_c_compare(context, &program, &quantized, samples, &found);
    if (status == GRAFT_OK && samples != NULL) status = judge(source, samples, &found);
    if (status == GRAFT_OK) status = graft_c_write(samples ? &quantized : &program, source, path);
    if (agreement != NULL) *agreement = found;
    graft_c_program_free(&program);
    graft_c_program_free(&quantized);
    return status;
}

static graft_status write_int8(graft_context *context, const graft_export_source *source,
                               const graft_convert_options *options, const char *path, graft_convert_report *report) {
    folder self = {.spec = source->preprocess};
    graft_c_agreement agreement = {0};
    if (options->calibrate == NULL)
        return graft_fail(GRAFT_E_USAGE,
                          "%s: int8 needs pictures like those it will see, to choose its scales by: pass "
                          "--calibrate FOLDER",
                          path);
    if (source->preprocess == NULL)
        return graft_fail(GRAFT_E_USAGE, "%s: the preprocessing is not known, int8 needs it: pass --preprocess", path);
    graft_status status = open_folder(context, options->calibrate, &self);
    if (status == GRAFT_OK) {
        const graft_c_samples samples = {self.count, self.checks, load, &self, options->max_drop};
        status = graft_c_export(context, source, &samples, !options->no_check, path, &agreement);
    }
    if (report != NULL) {
        report->compared = agreement.count;
        report->same = agreement.same;
        report->own_pictures = self.checks == 0;
        report->agreement = source->class_count > 0 && agreement.count > 0
                                ? (double)agreement.same / (double)agreement.count
                                : (double)NAN;
        report->cosine = agreement.cosine;
        report->int8_difference = agreement.difference;
    }
    graft_release(self.pixels);
    graft_release(self.sample);
    graft_decoder_free(self.decoder);
    graft_dataset_free(self.data);
    return status;
}

static graft_status write_c(graft_context *context, const graft_export_source *source,
                            const graft_convert_options *options, const char *path, graft_convert_report *report) {
    if (options != NULL && options->precision == 1) return write_int8(context, source, options, path, report);
    return graft_c_export(context, source, NULL, options == NULL || !options->no_check, path, NULL);
}

const graft_exporter graft_exporter_c = {
    .name = "c",
    .help = "C99 source without dependencies, a pair NAME.c and NAME.h, in float32 or int8",
    .extension = ".c",
    .checks_itself = true,
    .write = write_c,
};
