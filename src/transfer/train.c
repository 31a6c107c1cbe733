/* The main job: check -> features at every candidate cut, in one pass -> choice -> head -> evaluation. */
#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "data/dataset.h"
#include "transfer/run-internal.h"
#include "transfer/tune-internal.h"

#include <stdio.h>
#include <string.h>

typedef struct training {
    graft_run *run;
    graft_cut cuts[GRAFT_CUT_LIMIT];
    size_t cut_count;
    graft_features *features;
    size_t *sample, count; /* of the training split */
    int *label;
    int64_t *group;
    graft_rows rows; /* without width and source */
    graft_choice choice;
} training;

static void training_clear(training *self) {
    graft_features_close(self->features);
    graft_release(self->sample);
    graft_release(self->label);
    graft_release(self->group);
}

static graft_status find_head(graft_run *run) {
    const char *name = run->options.head ? run->options.head : "logistic";
    run->head = graft_head_find(name);
    if (run->head && run->head->fit) return GRAFT_OK;
    /* Layers; the frozen features' own classifier is their baseline. */
    run->head = &graft_head_logistic;
    run->head_chain = name;
    return GRAFT_OK;
}

static graft_status check_options(const graft_train_options *options) {
    if (options->folds != 0 && (options->folds < 2 || options->folds > 20))
        return graft_fail(GRAFT_E_USAGE, "folds: received %lld, expected 2 to 20", (long long)options->folds);
    if (!(options->c >= 0 && options->c <= 1e6))
        return graft_fail(GRAFT_E_USAGE, "c: received %g, expected 0 to 1e6", options->c);
    return GRAFT_OK;
}

static graft_status find_cuts(training *self) {
    const graft_train_options *options = &self->run->options;
    const graft_graph *graph = self->run->backbone->graph;
    if (options->layer && strcmp(options->layer, "auto") != 0) {
        self->cut_count = 1;
        return graft_cut_named(graph, options->layer, options->pool, &self->cuts[0]);
    }
    if (self->run->backbone->untrained) { /* no layer knows more than another */
        self->cut_count = 1;
        return graft_cut_make(graph, graft_cut_last(graph), options->pool, &self->cuts[0]);
    }
    return graft_cut_candidates(graph, options->pool, self->cuts, &self->cut_count);
}

static graft_status collect_rows(training *self) {
    const graft_dataset *data = self->run->data;
    GRAFT_TRY(graft_dataset_indices(data, GRAFT_SPLIT_TRAIN, &self->sample, &self->count));
    if (self->count == 0) return graft_fail(GRAFT_E_DATA, "%s: no sound training pictures", graft_dataset_path(data));
    self->label = graft_allocate(self->count, sizeof(*self->label));
    self->group = graft_allocate(self->count, sizeof(*self->group));
    if (!self->label || !self->group) return graft_fail_memory("the labels");
    for (size_t i = 0; i < self->count; i++) {
        self->label[i] = graft_dataset_sample(data, self->sample[i])->label;
        self->group[i] = (int64_t)graft_dataset_group(data, self->sample[i]);
    }
    self->rows = (graft_rows){.label = self->label,
                              .group = self->group,
                              .count = self->count,
                              .classes = (int)graft_dataset_class_count(data)};
    return GRAFT_OK;
}

static graft_status compute_features(training *self) {
    graft_run *run = self->run;
    size_t *all = NULL, count = 0;
    graft_features_result result;
    double begun = graft_now();
    graft_status status;
    GRAFT_TRY_TO(done, status, graft_dataset_indices(run->data, -1, &all, &count));
    GRAFT_TRY_TO(done, status,
                 graft_features_open(run->context, run->backbone->graph, &run->backbone->spec, self->cuts,
                                     self->cut_count, NULL, &self->features));
    GRAFT_TRY_TO(done, status, graft_features_compute(self->features, run->data, all, count, 1, &result));
    run->timing.features = graft_now() - begun;
    run->timing.features_computed = result.computed;
    run->timing.features_cached = result.cached;
    run->timing.waiting_share = result.waiting_share;
    if (result.computed > 0 && result.seconds > 0)
        run->timing.images_per_second = (double)result.computed / result.seconds;
done:
    graft_release(all);
    return status;
}

static graft_status name_classes(graft_model *model, const graft_dataset *data) {
    size_t count = graft_dataset_class_count(data);
    const char **names = graft_allocate(count, sizeof(*names));
    if (!names) return graft_fail_memory("class names");
    for (size_t i = 0; i < count; i++)
        names[i] = graft_dataset_class(data, i);
    graft_status status = graft_model_set_classes(model, names, count);
    graft_release(names);
    return status;
}

/* The model stores the network up to the chosen cut and no more. */
static graft_status begin_model(training *self) {
    graft_run *run = self->run;
    const graft_cut *chosen = &self->cuts[self->choice.cut];
    graft_model *model = graft_allocate_zero(1, sizeof(*model));
    int node;
    if (!model) return graft_fail_memory("the model");
    run->model = model;
    model->context = run->context;
    model->spec = run->backbone->spec;
    model->head = run->head;
    model->name = graft_text_copy(run->backbone->name);
    if (!model->name) return graft_fail_memory("the model");
    GRAFT_TRY(name_classes(model, run->data));
    GRAFT_TRY(graft_graph_prefix(run->backbone->graph, &chosen->node, 1, &model->graph, &node));
    GRAFT_TRY(graft_cut_make(model->graph, node, chosen->pool, &model->cut));
    model->baseline_cut = model->cut;
    return GRAFT_OK;
}

static graft_status fit_head(training *self) {
    graft_run *run = self->run;
    graft_model *model = run->model;
    graft_rows rows = self->rows;
    graft_feature_rows source = {self->features, self->choice.cut, run->data, self->sample};
    rows.width = model->cut.width;
    rows.read = graft_feature_rows_read;
    rows.source = &source;
    GRAFT_TRY(run->head->fit(run->context, &rows, &(graft_head_options){.c = self->choice.c}, &model->state));
    return graft_head_knn.fit(run->context, &rows, &(graft_head_options){.most_rows = GRAFT_BASELINE_ROWS},
                              &model->baseline);
}

static graft_status make_head(training *self) {
    graft_run *run = self->run;
    GRAFT_TRY(
        graft_run_choose(run, self->features, self->cuts, self->cut_count, self->sample, &self->rows, &self->choice));
    GRAFT_TRY(begin_model(self));
    GRAFT_TRY(fit_head(self));
    return graft_phase_add(run->phase, 1, 0);
}

/* Training pictures are their own nearest neighbours: the baseline says nothing about them. */
static graft_status evaluate(training *self) {
    graft_run *run = self->run;
    for (int split = 0; split < 3; split++) {
        size_t *sample = NULL, count = 0;
        graft_status status = graft_dataset_indices(run->data, split, &sample, &count);
        if (status == GRAFT_OK && count > 0)
            status = graft_predictions_make(run->model, self->features, self->choice.cut,
                                            split != GRAFT_SPLIT_TRAIN ? (int)self->choice.cut : -1, run->data, sample,
                                            count, &run->predictions[split]);
        if (status == GRAFT_OK && count > 0) status = graft_evaluate(&run->evaluations[split], run->predictions[split]);
        graft_release(sample);
        GRAFT_TRY(status);
    }
    return GRAFT_OK;
}

static graft_status decide_givens(graft_run *run) {
    const graft_preprocess *spec = &run->backbone->spec;
    char text[GRAFT_SCALING_TEXT], size[32];
    GRAFT_TRY(graft_run_decide(run, "preprocess", graft_scaling_text(spec->scaling, text), "%s",
                               run->backbone->scaling_reason));
    snprintf(size, sizeof(size), "%dx%d", spec->width, spec->height);
    GRAFT_TRY(graft_run_decide(run, "size", size, "the network's input"));
    if (graft_dataset_has_given_split(run->data))
        GRAFT_TRY(graft_run_decide(run, "split", "given", "the data names its own training and validation folders"));
    else
        GRAFT_TRY(graft_run_decide(run, "split", "by content",
                                   "a stable hash of each picture, stratified, duplicates kept together"));
    if (run->head_chain) return graft_run_decide(run, "head", run->head_chain, "layers, as asked for");
    return graft_run_decide(run, "head", run->head->name, "%s%s", run->head->help,
                            run->head == &graft_head_logistic ? "; the default" : "; as asked for");
}

static graft_status carry_out(training *self, graft_dataset *data) {
    graft_run *run = self->run;
    double mark = run->begun = graft_now();
    GRAFT_TRY(check_options(&run->options));
    GRAFT_TRY(find_head(run));
    GRAFT_TRY(graft_run_tune_check(run));
    GRAFT_TRY(find_cuts(self));
    GRAFT_TRY(graft_dataset_check(data));
    GRAFT_TRY(decide_givens(run));
    GRAFT_TRY(collect_rows(self));
    run->timing.check = graft_now() - mark;
    GRAFT_TRY(compute_features(self));
    mark = graft_now();
    GRAFT_TRY(graft_phase_begin(run->context, "head", self->cut_count + 1, &run->phase));
    graft_status status = make_head(self);
    graft_phase_end(run->phase);
    run->phase = NULL;
    GRAFT_TRY(status);
    run->timing.head = graft_now() - mark;
    mark = graft_now();
    GRAFT_TRY(evaluate(self));
    run->timing.evaluate = graft_now() - mark;
    return graft_run_measure_precision(run);
}

graft_status graft_train_frozen(graft_run **out, graft_context *context, graft_dataset *data,
                                const graft_backbone *backbone, const graft_train_options *options,
                                graft_choice *choice) {
    graft_train_options given = GRAFT_TRAIN_OPTIONS_INIT;
    *out = NULL;
    GRAFT_TRY(graft_options_copy(&given, sizeof(given), options, "GRAFT_TRAIN_OPTIONS_INIT"));
    graft_run *run = graft_allocate_zero(1, sizeof(*run));
    if (!run) return graft_fail_memory("a run");
    training self = {.run = run};
    run->context = context;
    run->data = data;
    run->backbone = backbone;
    run->base = backbone->name;
    run->options = given;
    if (backbone->untrained && !given.tune.fine_tune && !given.tune.freeze) {
        run->options.tune.fine_tune = "all";
        /* Statistics that were never taken say nothing. */
        if (given.tune.batchnorm == GRAFT_BATCHNORM_FROZEN) run->options.tune.batchnorm = GRAFT_BATCHNORM_TRAIN;
    }
    graft_status status = carry_out(&self, data);
    training_clear(&self);
    if (status != GRAFT_OK) {
        graft_run_free(run);
        return status;
    }
    *choice = self.choice;
    *out = run;
    return GRAFT_OK;
}

graft_status graft_train(graft_run **out, graft_context *context, graft_dataset *data, const graft_backbone *backbone,
                         const graft_train_options *options) {
    graft_choice choice;
    graft_run *run;
    *out = NULL;
    GRAFT_TRY(graft_train_frozen(&run, context, data, backbone, options, &choice));
    graft_status status = graft_run_tune(run, choice.last_c);
    if (status == GRAFT_OK && run->tuned) status = graft_run_measure_precision(run);
    run->timing.total = graft_now() - run->begun;
    if (status == GRAFT_OK) status = graft_run_summarise(run, &run->model->training);
    if (status != GRAFT_OK) {
        graft_run_free(run);
        return status;
    }
    *out = run;
    return GRAFT_OK;
}
