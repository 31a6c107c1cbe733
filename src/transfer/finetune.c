/* graft finetune: a trained model goes on. */
#include "transfer/tune-internal.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "data/dataset.h"
#include "nn/op.h"

#include <string.h>

/* A model whose last layers are its classifier already. */
static graft_status whole_network(const graft_model *model, graft_tune_network *out) {
    int output = graft_graph_output(model->graph), last = graft_cut_last(model->graph);
    GRAFT_TRY(graft_graph_prefix(model->graph, &output, 1, &out->graph, NULL));
    out->dense = -1;
    out->last_map = last == output ? 0 : last;
    out->head = out->last_map + 1;
    return GRAFT_OK;
}

/* A logistic regression on features becomes a dense layer with the same answers. */
static graft_status with_dense(const graft_model *model, graft_tune_network *out) {
    static const char *const chains[] = {"gap dense", "gmp dense", "flatten dense"};
    const char *chain = model->cut.area > 1 ? chains[model->cut.pool] : "dense";
    GRAFT_TRY(graft_tune_network_new(model->graph, model->cut.node, chain, model->class_count, 0, out));
    for (int i = out->head; i < graft_graph_count(out->graph); i++)
        if (strcmp(graft_graph_node(out->graph, i)->op->name, "dense") == 0) out->dense = i;
    return graft_tune_network_set_logistic(out, model->state);
}

static graft_status make_network(const graft_model *model, const char *path, graft_tune_network *out) {
    *out = (graft_tune_network){0};
    graft_status status;
    if (model->head == &graft_head_network)
        status = whole_network(model, out);
    else if (model->head == &graft_head_logistic)
        status = with_dense(model, out);
    else
        status =
            graft_fail(GRAFT_E_USAGE, "%s: its head (%s) cannot learn with the network: train one with --head logistic",
                       path, model->head->name);
    if (status != GRAFT_OK) graft_tune_network_clear(out);
    return status;
}

/* The model as it is, on every split: what fine-tuning must beat. */
static graft_status measure_model(graft_run *run) {
    const graft_model *model = run->model;
    graft_features *features = NULL;
    graft_features_result result;
    graft_cut cuts[2];
    double begun = graft_now();
    const size_t cut_count = graft_model_cuts(model, true, cuts);
    GRAFT_TRY(graft_features_open(run->context, model->graph, &model->spec, cuts, cut_count, NULL, &features));
    graft_status status = GRAFT_OK;
    for (int split = 0; split < 3 && status == GRAFT_OK; split++) {
        size_t *sample = NULL, count = 0;
        status = graft_dataset_indices(run->data, split, &sample, &count);
        if (status == GRAFT_OK && count > 0)
            status = graft_features_compute(features, run->data, sample, count, 1, &result);
        if (status == GRAFT_OK && count > 0 && result.computed > 0 && result.seconds > 0)
            run->timing.images_per_second = (double)result.computed / result.seconds;
        if (status == GRAFT_OK && count > 0)
            status = graft_predictions_make(model, features, 0, split != GRAFT_SPLIT_TRAIN ? (int)cut_count - 1 : -1,
                                            run->data, sample, count, &run->predictions[split]);
        if (status == GRAFT_OK && count > 0) status = graft_evaluate(&run->evaluations[split], run->predictions[split]);
        graft_release(sample);
    }
    graft_features_close(features);
    run->timing.evaluate = graft_now() - begun;
    return status;
}

static graft_status choose_layers(graft_run *run, const graft_tuning *tuning, int *from) {
    const graft_tune_options *o = tuning->options;
    const graft_graph *network = tuning->network.graph;
    if (o->freeze && *o->freeze && o->fine_tune && *o->fine_tune)
        return graft_fail(GRAFT_E_USAGE, "--freeze and --unfreeze say the same: give one of them");
    if (o->fine_tune && strcmp(o->fine_tune, "auto") == 0)
        return graft_fail(GRAFT_E_USAGE,
                          "--fine-tune auto is for `graft train`: say what learns, such as last:3 or all");
    if (o->freeze && *o->freeze) {
        GRAFT_TRY(graft_freeze_freeze(network, tuning->network.head, o->freeze, from));
        return graft_run_decide(run, "freeze", o->freeze, "as asked for");
    }
    const char *what = o->fine_tune && *o->fine_tune ? o->fine_tune : "all";
    GRAFT_TRY(graft_freeze_fine_tune(network, tuning->network.head, "unfreeze", what, from));
    return graft_run_decide(run, "fine-tune", what, what == o->fine_tune ? "as asked for" : "the default of finetune");
}

static graft_status go_on(graft_run *run, const char *path, graft_tuning *tuning) {
    graft_tune_network network;
    double seconds, mark = graft_now();
    int from;
    GRAFT_TRY(graft_duration_parse("time", run->options.tune.time, &seconds));
    GRAFT_TRY(graft_dataset_check(run->data));
    GRAFT_TRY(graft_dataset_use_classes(run->data, (const char *const *)run->model->classes, run->model->class_count,
                                        path, false));
    run->timing.check = graft_now() - mark;
    GRAFT_TRY(make_network(run->model, path, &network));
    GRAFT_TRY(graft_tuning_init(tuning, run->context, run->data, &run->model->spec, &run->options.tune,
                                run->options.seed, &network));
    tuning->warm = true;
    if (seconds > 0) tuning->deadline = run->begun + seconds;
    GRAFT_TRY(choose_layers(run, tuning, &from));
    GRAFT_TRY(measure_model(run)); /* only now: an option that is wrong is told before the work */
    GRAFT_TRY(graft_tuning_schedule(tuning, from));
    mark = graft_now();
    GRAFT_TRY(graft_tuning_run(tuning, run));
    run->timing.tune = graft_now() - mark;
    GRAFT_TRY(graft_tuning_keep_better(run, tuning, false));
    GRAFT_TRY(graft_run_measure_precision(run));
    run->timing.total = graft_now() - run->begun;
    graft_json_free(run->model->training);
    run->model->training = NULL;
    return graft_run_summarise(run, &run->model->training);
}

graft_status graft_finetune(graft_run **out, graft_context *context, graft_dataset *data, const char *path,
                            const graft_train_options *options) {
    graft_train_options given = GRAFT_TRAIN_OPTIONS_INIT;
    graft_tuning tuning = {0};
    *out = NULL;
    GRAFT_TRY(graft_options_copy(&given, sizeof(given), options, "GRAFT_TRAIN_OPTIONS_INIT"));
    graft_run *run = graft_allocate_zero(1, sizeof(*run));
    if (!run) return graft_fail_memory("a run");
    run->context = context;
    run->data = data;
    run->options = given;
    run->begun = graft_now();
    graft_status status = graft_model_open(&run->model, context, path, NULL, NULL);
    if (status == GRAFT_OK) graft_single_clear(&run->model->single); /* the network is about to change */
    if (status == GRAFT_OK && !run->model->classes)
        status = graft_fail(GRAFT_E_USAGE, "%s: it does not name its classes: train it as --base instead", path);
    if (status == GRAFT_OK) {
        run->base = run->model_name = graft_text_copy(run->model->name);
        run->head = run->model->head;
        status = run->base ? go_on(run, path, &tuning) : graft_fail_memory("a run");
    }
    graft_tuning_clear(&tuning);
    if (status != GRAFT_OK) {
        graft_run_free(run);
        return status;
    }
    *out = run;
    return GRAFT_OK;
}
