/* Backbones on 8-bit integers: calibration on training pictures. */
#include "transfer/precision.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "base/threads.h"
#include "data/dataset.h"

#include <math.h>
#include <string.h>

#define LEAST_SQNR \
    20.0 /* dB of the features: the classes agree then nearly always, and a head learns to live with it */

typedef struct sampler {
    const graft_dataset *data;
    const graft_preprocess *spec;
    graft_picture_loader *loaders; /* one a worker */
    int threads;
    size_t *sample; /* those to calibrate on, then those to check on */
    size_t count, checks;
} sampler;

static graft_status load(void *argument, int worker, size_t index, float *out) {
    const sampler *self = argument;
    graft_picture_loader *loader = &self->loaders[worker];
    if (!loader->pixels) GRAFT_TRY(graft_picture_loader_init(loader, self->data, self->spec));
    return graft_picture_load(loader, self->sample[index], NULL, 0, out);
}

static void close_sampler(sampler *self) {
    for (int i = 0; i < self->threads && self->loaders; i++)
        graft_picture_loader_clear(&self->loaders[i]);
    graft_release(self->loaders);
    graft_release(self->sample);
}

/* Pictures from all over the training set, those to check on between those to calibrate on: two and one, in turn. */
static graft_status pick(sampler *self, const size_t *all, size_t count) {
    const size_t most = GRAFT_CALIBRATION_SAMPLES + GRAFT_CALIBRATION_CHECKS, picked = count < most ? count : most;
    self->sample = graft_allocate(picked, sizeof(*self->sample));
    if (!self->sample) return graft_fail_memory("pictures to calibrate on");
    self->checks = picked / 3;
    self->count = picked - self->checks;
    size_t own = 0, check = self->count;
    for (size_t i = 0; i < picked; i++)
        self->sample[i % 3 == 2 ? check++ : own++] = all[i * count / picked];
    return GRAFT_OK;
}

static graft_status open_sampler(sampler *self, graft_context *context) {
    size_t *all = NULL, count = 0;
    graft_status status = graft_dataset_indices(self->data, GRAFT_SPLIT_TRAIN, &all, &count);
    if (status == GRAFT_OK && count == 0) {
        graft_release(all);
        all = NULL;
        status = graft_dataset_indices(self->data, -1, &all, &count);
    }
    if (status == GRAFT_OK && count == 0)
        status = graft_fail(GRAFT_E_DATA, "%s: no sound pictures to calibrate on", graft_dataset_path(self->data));
    if (status == GRAFT_OK) status = pick(self, all, count);
    graft_release(all);
    self->threads = graft_context_threads(context);
    if (status == GRAFT_OK) {
        self->loaders = graft_allocate_zero((size_t)self->threads, sizeof(*self->loaders));
        if (!self->loaders) status = graft_fail_memory("pictures to calibrate on");
    }
    return status;
}

static graft_status calibrate(graft_backbone *backbone, const graft_dataset *data, graft_quantization **out) {
    const int last = graft_cut_last(backbone->graph);
    graft_context *context = backbone->context;
    sampler self = {.data = data, .spec = &backbone->spec};
    graft_status status = open_sampler(&self, context);
    if (status == GRAFT_OK) {
        const graft_quantize_samples samples = {
            .sample = load, .argument = &self, .count = self.count, .checks = self.checks, .least_sqnr = LEAST_SQNR};
        status = graft_quantize(context, backbone->graph, &last, 1, &samples, out);
    }
    close_sampler(&self);
    return status;
}

static graft_status quantize(graft_backbone *backbone, graft_dataset *data) {
    graft_quantization *quantization;
    graft_precision_result result;
    const double begun = graft_now();
    if (!graft_precision_available()) {
        graft_log(backbone->context, GRAFT_LOG_WARNING,
                  "%s: this CPU has no instructions for sums of 8-bit products (VNNI): it computes on floats",
                  backbone->name);
        return GRAFT_OK;
    }
    GRAFT_TRY(graft_dataset_check(data));
    GRAFT_TRY(calibrate(backbone, data, &quantization));
    graft_graph_set_quantization(backbone->graph, quantization);
    graft_precision_of(backbone->graph, &result);
    char *text = graft_precision_text(&result);
    if (!text) return graft_fail_memory("a text");
    graft_log(backbone->context, GRAFT_LOG_INFO, "calibration: %s; %.1f s", text, graft_now() - begun);
    graft_release(text);
    return GRAFT_OK;
}

graft_status graft_backbone_quantize(graft_backbone *backbone, graft_dataset *data,
                                     const graft_precision_options *options) {
    graft_precision_options given = GRAFT_PRECISION_OPTIONS_INIT;
    GRAFT_TRY(graft_options_copy(&given, sizeof(given), options, "GRAFT_PRECISION_OPTIONS_INIT"));
    if (given.precision != GRAFT_PRECISION_F32 && given.precision != GRAFT_PRECISION_INT8)
        return graft_fail(GRAFT_E_USAGE, "precision: received %d, expected 0 (f32) or 1 (int8)", given.precision);
    if (!(given.max_drop >= 0 && given.max_drop <= 1))
        return graft_fail(GRAFT_E_USAGE, "max_drop: received %g, expected 0 to 1", given.max_drop);
    if (given.precision == GRAFT_PRECISION_INT8 && backbone->untrained)
        return graft_fail(GRAFT_E_USAGE, "precision int8: an untrained network learns from its first layer on, and "
                                         "integers have no gradients: leave it at f32");
    backbone->precision = given;
    graft_graph_set_quantization(backbone->graph, NULL);
    return given.precision == GRAFT_PRECISION_INT8 ? quantize(backbone, data) : GRAFT_OK;
}

bool graft_precision_available(void) {
    return graft_quantization_works();
}

void graft_precision_of(const graft_graph *graph, graft_precision_result *out) {
    const graft_quantization *quantization = graft_graph_quantization(graph);
    *out =
        (graft_precision_result){.struct_size = sizeof(*out), .cosine = 1, .sqnr = INFINITY, .agreement = (double)NAN};
    if (!quantization) return;
    out->precision = GRAFT_PRECISION_INT8;
    out->int8_layers = quantization->int8;
    out->layers = quantization->weighted;
    out->pictures = quantization->samples;
    out->cosine = quantization->cosine;
    out->sqnr = quantization->sqnr;
}

void graft_backbone_precision(const graft_backbone *backbone, graft_precision_result *out) {
    graft_precision_of(backbone->graph, out);
}

/* ---- models ---- */

graft_status graft_model_set_precision(graft_model *model, int precision) {
    if (precision == GRAFT_PRECISION_INT8 && !graft_graph_quantization(model->graph))
        return graft_fail(GRAFT_E_USAGE,
                          "%s: it holds no calibration for int8: a model trained with --base-precision int8 does",
                          model->name);
    if (precision == GRAFT_PRECISION_F32) graft_graph_set_quantization(model->graph, NULL);
    return GRAFT_OK;
}

void graft_model_precision(const graft_model *model, graft_precision_result *out) {
    graft_precision_of(model->graph, out);
    if (out->precision != GRAFT_PRECISION_INT8) return;
    out->agreement = model->agreement;
    out->compared = model->compared;
}

/* ---- for people and files ---- */

char *graft_precision_text(const graft_precision_result *result) {
    char agreement[96] = "";
    if (!isnan(result->agreement))
        snprintf(agreement, sizeof(agreement), "; %.1f %% of %zu held-back pictures get the class that floats give",
                 100 * result->agreement, result->compared);
    if (result->precision != GRAFT_PRECISION_INT8) return graft_text_copy("f32");
    return graft_text_format("%d of %d layers on 8-bit integers, calibrated on %zu pictures, features %.1f dB from "
                             "those of floats (mean cosine %.4f)%s",
                             result->int8_layers, result->layers, result->pictures, result->sqnr, result->cosine,
                             agreement);
}

graft_json *graft_precision_json(const graft_precision_result *result) {
    if (result->precision != GRAFT_PRECISION_INT8) return graft_json_new_null();
    graft_json *json = graft_json_new_object();
    graft_json_set_text(json, "precision", "int8");
    graft_json_set_int(json, "int8_layers", result->int8_layers);
    graft_json_set_int(json, "layers", result->layers);
    graft_json_set_int(json, "pictures", (int64_t)result->pictures);
    graft_json_set_real(json, "cosine", result->cosine);
    graft_json_set_real(json, "sqnr", result->sqnr);
    graft_json_set_real(json, "agreement", result->agreement);
    graft_json_set_int(json, "compared", (int64_t)result->compared);
    return json;
}

graft_status graft_model_precision_to_json(const graft_model *model, graft_json **out) {
    const graft_quantization *quantization = graft_graph_quantization(model->graph);
    *out = NULL;
    if (!quantization) {
        *out = graft_json_new_null();
        return *out ? GRAFT_OK : graft_fail_memory("a calibration");
    }
    GRAFT_TRY(graft_quantization_to_json(quantization, out));
    graft_json_set_real(*out, "agreement", model->agreement);
    graft_json_set_int(*out, "compared", (int64_t)model->compared);
    return GRAFT_OK;
}

graft_status graft_model_precision_from_json(graft_model *model, const graft_json *json) {
    graft_quantization *quantization;
    if (graft_json_type_of(json) == GRAFT_JSON_NULL) return GRAFT_OK;
    GRAFT_TRY(graft_quantization_from_json(json, model->graph, &quantization));
    graft_graph_set_quantization(model->graph, quantization);
    model->agreement = graft_json_real(graft_json_get(json, "agreement"), (double)NAN);
    model->compared = (size_t)graft_json_int(graft_json_get(json, "compared"), 0);
    if (!graft_precision_available())
        graft_log(model->context, GRAFT_LOG_WARNING,
                  "%s: this CPU has no instructions for sums of 8-bit products (VNNI): it computes on floats",
                  model->name ? model->name : "model");
    return GRAFT_OK;
}
