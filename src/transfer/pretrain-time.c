/* How many epochs fit into a time. */
#include "transfer/pretrain-internal.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "base/file.h"
#include "json/json.h"

#include <math.h>
#include <string.h>

enum { TRIALS = 6, EPOCH_LIMIT = 10000 };

/* Beside forward and backward: loading, the optimizer, validation, checkpoints. */
static const double beside = 1.15;
/* An epoch's end, in seconds: files are written and synchronised, however small the network is. */
static const double epoch_end = 0.1;

/* Seconds of a micro-batch, the quickest of some: the first ones warm up, and other programs take their share. */
static graft_status time_step(graft_train_plan *plan, const uint64_t *samples, size_t batch, double *seconds) {
    memset(graft_train_plan_input(plan), 0, batch * graft_train_plan_input_size(plan) * sizeof(float));
    *seconds = INFINITY;
    for (int i = 0; i < TRIALS; i++) {
        double begun = graft_now();
        GRAFT_TRY(graft_train_plan_forward(plan, (int)batch, true, 0, samples));
        memset(graft_train_plan_output_gradient(plan), 0, batch * graft_train_plan_output_size(plan) * sizeof(float));
        GRAFT_TRY(graft_train_plan_backward(plan, (int)batch));
        *seconds = fmin(*seconds, graft_now() - begun);
    }
    return GRAFT_OK;
}

static graft_status measure(const graft_pretraining *self, double *seconds_a_picture) {
    graft_train_plan_options options = GRAFT_TRAIN_PLAN_OPTIONS_INIT;
    graft_tune_phase phase = {0};
    graft_train_plan *plan = NULL;
    uint64_t *samples = NULL; /* whose noise is drawn: any will do */
    graft_preprocess spec;
    graft_status status;
    options.batchnorm = GRAFT_BATCHNORM_TRAIN;
    GRAFT_TRY_TO(done, status, graft_pretrain_resized(self, self->sizes[0].side, &phase.suffix, &spec));
    phase.freeze.first = graft_graph_input(phase.suffix) + 1;
    GRAFT_TRY_TO(done, status, graft_tune_fit_memory(&self->tuning, &phase, &options));
    GRAFT_TRY_TO(done, status, graft_train_plan_new(self->context, phase.suffix, &options, &plan));
    samples = graft_allocate_zero(phase.micro, sizeof(*samples));
    if (!samples) GRAFT_TRY_TO(done, status, graft_fail_memory("the names of samples"));
    status = time_step(plan, samples, phase.micro, seconds_a_picture);
    *seconds_a_picture *= beside / (double)phase.micro;
done:
    graft_release(samples);
    graft_train_plan_free(plan);
    graft_graph_free(phase.suffix);
    return status;
}

/* Work grows with the area; every size gets the same number of epochs. */
static double mean_area(const graft_pretraining *self) {
    double first = self->sizes[0].side, sum = 0;
    for (int i = 0; i < self->size_count; i++)
        sum += self->sizes[i].side / first * (self->sizes[i].side / first);
    return sum / self->size_count;
}

static graft_status read_schedule(const char *path, uint32_t *epochs) {
    graft_json *json;
    char *text = NULL;
    size_t length;
    GRAFT_TRY(graft_file_read(path, 4096, &text, &length));
    graft_status status = graft_json_parse(text, length, path, &json);
    graft_release(text);
    GRAFT_TRY(status);
    int64_t read = graft_json_int(graft_json_get(json, "epochs"), 0);
    graft_json_free(json);
    if (read < 1 || read > EPOCH_LIMIT)
        return graft_fail(GRAFT_E_DATA, "%s: %lld epochs, expected 1 to %d", path, (long long)read, EPOCH_LIMIT);
    *epochs = (uint32_t)read;
    return GRAFT_OK;
}

static graft_status write_schedule(const char *path, uint32_t epochs) {
    char *text = graft_text_format("{\"epochs\": %u}\n", epochs);
    if (!text) return graft_fail_memory("a text");
    graft_status status = graft_file_write(path, text, strlen(text));
    graft_release(text);
    return status;
}

static graft_status find(const graft_pretraining *self, double seconds, uint32_t *epochs) {
    double picture, left = seconds - (graft_now() - self->run->begun);
    GRAFT_TRY(measure(self, &picture));
    double pictures = (double)self->tuning.train_count + (double)self->tuning.validation_count / 3; /* forward alone */
    double epoch = picture * mean_area(self) * pictures + epoch_end;
    double fit = floor(left / epoch);
    *epochs = fit < self->size_count ? (uint32_t)self->size_count : fit > EPOCH_LIMIT ? EPOCH_LIMIT : (uint32_t)fit;
    graft_log(self->context, GRAFT_LOG_INFO, "%.1f pictures a second at %d px: %u epochs in the time left", 1 / picture,
              self->sizes[0].side, *epochs);
    return GRAFT_OK;
}

graft_status graft_pretrain_fit_epochs(graft_pretraining *self, double seconds, uint32_t *epochs) {
    const char *folder = self->options.tune.folder;
    if (!folder) return find(self, seconds, epochs);
    char *path = graft_path_join(folder, "schedule.json");
    if (!path) return graft_fail_memory("a path");
    graft_status status = GRAFT_OK;
    if (self->options.tune.resume && graft_file_kind_of(path) == GRAFT_FILE_REGULAR) {
        status = read_schedule(path, epochs);
    } else {
        status = find(self, seconds, epochs);
        if (status == GRAFT_OK) status = write_schedule(path, *epochs);
    }
    graft_release(path);
    return status;
}
