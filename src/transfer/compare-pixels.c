/* A small network from scratch on raw pixels that are in memory: what the data give without any transfer. */
#include "transfer/compare-internal.h"

#include "base/alloc.h"
#include "base/error.h"
#include "nn/op.h"
#include "train/fit.h"
#include "zoo/chain.h"
#include "zoo/initialise.h"

#include <math.h>
#include <string.h>

enum { BATCH = 32 };

typedef struct pixels {
    graft_sample_source source;
    const graft_study *study;
    const size_t *row;
} pixels;

static graft_status load(void *argument, int worker, uint32_t epoch, size_t index, float *input, float *target) {
    const pixels *self = argument;
    const graft_crossval_rows *raw = &self->study->raw;
    const size_t row = self->row[index];
    (void)worker;
    (void)epoch;
    memcpy(input, raw->x + row * raw->width, raw->width * sizeof(*input));
    memset(target, 0, raw->classes * sizeof(*target));
    target[raw->label[row]] = 1;
    return GRAFT_OK;
}

/* After LeNet; pictures of a few pixels are not made smaller. */
static graft_status make_network(const graft_study *study, graft_graph **out) {
    const bool pools = study->picture.dim[1] >= 8 && study->picture.dim[2] >= 8;
    const char *text = pools ? "conv:16:3:same:relu maxpool:2 conv:32:3:same:relu maxpool:2 flatten dense:64:relu dense"
                             : "conv:16:3:same:relu flatten dense:64:relu dense";
    const graft_chain_options options = {.classes = (int64_t)study->raw.classes, .what = "the small network"};
    graft_input_attributes input = {.rank = 3};
    int at;
    for (int i = 0; i < 3; i++)
        input.shape[i] = study->picture.dim[i];
    GRAFT_TRY(graft_graph_new("small", out));
    GRAFT_TRY(graft_graph_add(*out, "input", "input", &input, NULL, 0, &at));
    GRAFT_TRY(graft_chain_append(*out, text, at, &options, &at));
    return graft_graph_initialise(*out, GRAFT_INIT_GLOROT, study->options.seed);
}

/* `curve`: after every epoch; else the last one alone is scored. */
static graft_status fit(const graft_study *study, graft_graph *graph, pixels *train, pixels *held, bool curve,
                        double *accuracy, graft_compare_count *counted) {
    graft_train_plan_options plan_options = GRAFT_TRAIN_PLAN_OPTIONS_INIT;
    graft_fit_options options = GRAFT_FIT_OPTIONS_INIT;
    graft_train_plan *plan = NULL;
    graft_history history = {0};
    graft_recipe recipe;
    graft_fit_result result;
    graft_score score;
    graft_status status;
    GRAFT_TRY(graft_recipe_parse(&recipe, NULL, NULL, NULL));
    plan_options.batch = (int)(train->source.count < BATCH ? train->source.count : BATCH);
    plan_options.seed = study->options.seed;
    GRAFT_TRY(graft_train_plan_new(study->context, graph, &plan_options, &plan));
    options.recipe = &recipe;
    options.phase = 1;
    options.epochs = (uint32_t)study->epochs;
    options.batch = BATCH;
    options.seed = study->options.seed;
    options.monitor = GRAFT_MONITOR_LOSS;
    options.seconds = study->options.seconds;
    GRAFT_TRY_TO(done, status, graft_fit_score(study->context, plan, &held->source, &recipe, counted->outputs, &score));
    accuracy[0] = score.accuracy;
    graft_compare_count_add(counted, false);
    if (curve) {
        options.outputs = counted->outputs;
        options.user = counted;
        options.on_epoch = graft_compare_count_epoch;
    }
    GRAFT_TRY_TO(done, status,
                 graft_fit_run(study->context, plan, graph, &train->source, curve ? &held->source : NULL, &options,
                               false, &history, &result));
    for (size_t i = 0; curve && i < study->epochs; i++)
        accuracy[1 + i] = i < history.count ? history.epochs[i].val_accuracy : accuracy[i];
    if (curve) goto done;
    GRAFT_TRY_TO(done, status, graft_fit_score(study->context, plan, &held->source, &recipe, counted->outputs, &score));
    for (size_t i = 0; i < study->epochs; i++)
        accuracy[1 + i] = score.accuracy;
done:
    if (status == GRAFT_OK) graft_compare_count_add(counted, true);
    graft_history_clear(&history);
    graft_train_plan_free(plan);
    return status;
}

graft_status graft_compare_fit_pixels(const graft_study *study, size_t size, size_t fold, double *accuracy,
                                      unsigned char *hits) {
    size_t *train_row, *held_row, train_count, held_count;
    graft_graph *graph = NULL;
    GRAFT_TRY(graft_study_parts(study, size, fold, &train_row, &train_count, &held_row, &held_count));
    pixels train = {.source = {.count = train_count, .load = load}, .study = study, .row = train_row};
    pixels held = {.source = {.count = held_count, .load = load}, .study = study, .row = held_row};
    train.source.self = &train;
    held.source.self = &held;
    graft_compare_count counted = {0};
    int *label = graft_allocate(held_count, sizeof(*label));
    graft_status status = label ? make_network(study, &graph) : graft_fail_memory("labels");
    for (size_t i = 0; i < held_count && status == GRAFT_OK; i++)
        label[i] = study->raw.label[held_row[i]];
    if (status == GRAFT_OK) status = graft_compare_count_open(study, label, held_count, hits, &counted);
    if (status == GRAFT_OK) status = fit(study, graph, &train, &held, size + 1 == study->sizes, accuracy, &counted);
    graft_graph_free(graph);
    graft_release(counted.outputs);
    graft_release(label);
    graft_release(train_row);
    graft_release(held_row);
    return status;
}
