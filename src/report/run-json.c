/* The event "done" of a training run. */
#include <graft/precision.h>
#include <graft/report.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "json/json.h"

static graft_json *evaluation_summary(const graft_evaluation *evaluation) {
    if (!evaluation) return graft_json_new_null();
    graft_json *object = graft_json_new_object(), *interval = graft_json_new_array();
    graft_json_set_int(object, "n", (int64_t)evaluation->n);
    graft_json_set_real(object, "accuracy", evaluation->accuracy);
    graft_json_add(interval, graft_json_new_real(evaluation->interval95[0]));
    graft_json_add(interval, graft_json_new_real(evaluation->interval95[1]));
    graft_json_set(object, "interval95", interval);
    graft_json_set_real(object, "top5", evaluation->top5);
    graft_json_set_real(object, "loss", evaluation->loss);
    graft_json_set_real(object, "ece", evaluation->ece);
    graft_json_set_real(object, "majority_baseline", evaluation->majority_baseline);
    graft_json_set_real(object, "knn_baseline", evaluation->knn_baseline);
    graft_json_set_int(object, "knn_rows", (int64_t)evaluation->knn_rows);
    return object;
}

static graft_json *precision_json(const graft_run *run) {
    graft_precision_result precision = {.struct_size = sizeof precision};
    graft_model_precision(graft_run_model(run), &precision);
    if (precision.precision != GRAFT_PRECISION_INT8) return graft_json_new_text("f32");
    graft_json *object = graft_json_new_object();
    graft_json_set_int(object, "int8_layers", precision.int8_layers);
    graft_json_set_int(object, "layers", precision.layers);
    graft_json_set_real(object, "cosine", precision.cosine);
    graft_json_set_real(object, "sqnr", precision.sqnr);
    graft_json_set_real(object, "agreement", precision.agreement);
    graft_json_set_int(object, "compared", (int64_t)precision.compared);
    return object;
}

static graft_json *seconds_json(const graft_run_timing *time) {
    graft_json *object = graft_json_new_object();
    graft_json_set_real(object, "check", time->check);
    graft_json_set_real(object, "features", time->features);
    graft_json_set_real(object, "head", time->head);
    graft_json_set_real(object, "tune", time->tune);
    graft_json_set_real(object, "evaluate", time->evaluate);
    graft_json_set_real(object, "total", time->total);
    return object;
}

static graft_json *features_json(const graft_run_timing *time) {
    graft_json *object = graft_json_new_object();
    graft_json_set_int(object, "computed", (int64_t)time->features_computed);
    graft_json_set_int(object, "cached", (int64_t)time->features_cached);
    graft_json_set_real(object, "images_per_second", time->images_per_second);
    graft_json_set_real(object, "waiting_share", time->waiting_share);
    return object;
}

graft_status graft_run_json(const graft_run *run, const char *folder, const char *copy, char **json) {
    graft_status status = GRAFT_OK;
    const graft_run_timing *time = graft_run_timing_of(run);
    graft_json *object = NULL;
    char *model = graft_path_join(folder, "model.graft"), *report = graft_path_join(folder, "report.html");
    if (!model || !report) GRAFT_TRY_TO(done, status, graft_fail_memory("paths of a run"));
    object = graft_json_new_object();
    graft_json_set_text(object, "event", "done");
    graft_json_set_text(object, "model", model);
    graft_json_set_text(object, "report", report);
    if (copy) graft_json_set_text(object, "copy", copy);
    graft_json_set(object, "validation", evaluation_summary(graft_run_evaluation(run, GRAFT_SPLIT_VALIDATION)));
    graft_json_set(object, "test", evaluation_summary(graft_run_evaluation(run, GRAFT_SPLIT_TEST)));
    graft_json_set(object, "precision", precision_json(run));
    graft_json_set(object, "seconds", seconds_json(time));
    graft_json_set(object, "features", features_json(time));
    status = graft_json_dump(object, 0, json, NULL);
done:
    graft_json_free(object);
    graft_release(model);
    graft_release(report);
    return status;
}

graft_status graft_pretraining_json(const graft_run *run, const char *folder, const char *copy, char **json) {
    const graft_run_timing *time = graft_run_timing_of(run);
    const size_t count = graft_run_epoch_count(run);
    const graft_run_epoch *last = count > 0 ? graft_run_epoch_at(run, count - 1) : NULL;
    char *backbone = graft_path_join(folder, "backbone.safetensors");
    if (!backbone) return graft_fail_memory("paths of a run");
    graft_json *object = graft_json_new_object(), *seconds = graft_json_new_object();
    graft_json_set_text(object, "event", "done");
    graft_json_set_text(object, "backbone", backbone);
    if (copy) graft_json_set_text(object, "copy", copy);
    graft_json_set_int(object, "epochs", (int64_t)count);
    if (last) {
        graft_json_set_real(object, "loss", last->loss);
        graft_json_set_real(object, "val_loss", last->val_loss);
        graft_json_set_real(object, "val_acc", last->val_accuracy);
    }
    graft_json_set_real(seconds, "features", time->features);
    graft_json_set_real(seconds, "total", time->total);
    graft_json_set(object, "seconds", seconds);
    graft_status status = graft_json_dump(object, 0, json, NULL);
    graft_json_free(object);
    graft_release(backbone);
    return status;
}

static void set_path(graft_json *object, const char *key, const char *folder, const char *name) {
    char *path = graft_path_join(folder, name);
    graft_json_set_text(object, key, path);
    graft_release(path);
}

graft_status graft_autoencoder_json(const graft_run *run, const char *folder, const char *copy, char **json) {
    const size_t count = graft_run_epoch_count(run);
    const graft_autoencoder *model = graft_run_autoencoder(run);
    if (!model) return graft_fail(GRAFT_E_USAGE, "the run has no autoencoder");
    graft_autoencoder_about about;
    graft_autoencoder_tell(model, &about);
    graft_json *object = graft_json_new_object();
    graft_json_set_text(object, "event", "done");
    set_path(object, "model", folder, "autoencoder.graft");
    set_path(object, "backbone", folder, "backbone.safetensors");
    set_path(object, "report", folder, "report.html");
    if (copy) graft_json_set_text(object, "copy", copy);
    graft_json_set_int(object, "epochs", (int64_t)count);
    if (count > 0) {
        graft_json_set_real(object, "loss", graft_run_epoch_at(run, count - 1)->loss);
        graft_json_set_real(object, "val_loss", graft_run_epoch_at(run, count - 1)->val_loss);
    }
    graft_json_set_real(object, "threshold", about.threshold);
    graft_json_set_real(object, "quantile", about.quantile);
    graft_json_set_real(object, "seconds", graft_run_timing_of(run)->total);
    graft_status status = graft_json_dump(object, 0, json, NULL);
    graft_json_free(object);
    return status;
}
