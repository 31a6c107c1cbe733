/* Fine-tuning within a training run: from the frozen features' result to the better of both. */
#include "transfer/tune-internal.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "data/dataset.h"
#include "nn/op.h"

#include <stdio.h>
#include <string.h>

/* The pooled values that the head's dense layer sees, before dropout. */
static int pooled_node(const graft_tune_network *network) {
    int node = graft_graph_node(network->graph, network->dense)->inputs[0];
    while (strcmp(graft_graph_node(network->graph, node)->op->name, "dropout") == 0)
        node = graft_graph_node(network->graph, node)->inputs[0];
    return node;
}

graft_status graft_tuning_warm_head(graft_tuning *tuning, double c) {
    graft_features *features = NULL;
    graft_features_result result;
    graft_logistic *logistic = NULL;
    graft_cut cut;
    graft_status status;
    if (tuning->network.dense < 0) return GRAFT_OK;
    GRAFT_TRY(graft_cut_make(tuning->network.graph, pooled_node(&tuning->network), GRAFT_POOL_NONE, &cut));
    GRAFT_TRY_TO(done, status,
                 graft_features_open(tuning->context, tuning->network.graph, tuning->spec, &cut, 1, NULL, &features));
    GRAFT_TRY_TO(done, status,
                 graft_features_compute(features, tuning->data, tuning->train, tuning->train_count, 1, &result));
    graft_feature_rows source = {features, 0, tuning->data, tuning->train};
    const graft_rows rows = {.read = graft_feature_rows_read,
                             .source = &source,
                             .label = tuning->train_label,
                             .count = tuning->train_count,
                             .width = cut.width,
                             .classes = (int)graft_dataset_class_count(tuning->data)};
    GRAFT_TRY_TO(done, status, graft_logistic_fit(tuning->context, &rows, c, &logistic));
    status = graft_tune_network_set_logistic(&tuning->network, logistic);
    tuning->warm = status == GRAFT_OK;
done:
    graft_logistic_free(logistic);
    graft_features_close(features);
    return status;
}

static graft_status place_head(const graft_run *run, int *node) {
    const char *layer = run->options.layer;
    const graft_graph *backbone = run->backbone->graph;
    *node = graft_tune_network_place(backbone, run->head_chain);
    if (!layer || strcmp(layer, "auto") == 0) return GRAFT_OK;
    graft_cut cut;
    GRAFT_TRY(graft_cut_named(backbone, layer, run->options.pool, &cut));
    *node = cut.node;
    return GRAFT_OK;
}

graft_status graft_run_tuning_open(graft_run *run, graft_tuning *tuning) {
    graft_tune_network network;
    int node;
    double seconds;
    GRAFT_TRY(graft_duration_parse("time", run->options.tune.time, &seconds));
    GRAFT_TRY(place_head(run, &node));
    GRAFT_TRY(graft_tune_network_new(run->backbone->graph, node, run->head_chain, graft_dataset_class_count(run->data),
                                     run->options.seed, &network));
    GRAFT_TRY(graft_tuning_init(tuning, run->context, run->data, &run->backbone->spec, &run->options.tune,
                                run->options.seed, &network));
    tuning->untrained = run->backbone->untrained;
    if (seconds > 0) tuning->deadline = run->begun + seconds;
    return GRAFT_OK;
}

static graft_status tune(graft_run *run, graft_tuning *tuning, double c) {
    bool wanted;
    int from;
    double begun = graft_now();
    GRAFT_TRY(graft_run_tuning_open(run, tuning));
    GRAFT_TRY(graft_tune_advise(run, tuning, &wanted, &from));
    if (!wanted) return GRAFT_OK;
    GRAFT_TRY(graft_tuning_warm_head(tuning, c));
    GRAFT_TRY(graft_tuning_schedule(tuning, from));
    GRAFT_TRY(graft_tuning_run(tuning, run));
    GRAFT_TRY(graft_tuning_keep_better(run, tuning, from >= tuning->network.head && tuning->spec_count == 1));
    run->timing.tune = graft_now() - begun;
    return GRAFT_OK;
}

static graft_status check(const graft_run *run, graft_tuning *trial) {
    double seconds;
    bool given;
    int node, from;
    GRAFT_TRY(place_head(run, &node));
    graft_status status = graft_tune_network_new(run->backbone->graph, node, run->head_chain,
                                                 graft_dataset_class_count(run->data), 0, &trial->network);
    if (status == GRAFT_E_USAGE && run->head_chain && !strpbrk(run->head_chain, " :"))
        return graft_fail(
            status,
            "--head: received \"%s\", expected logistic, knn, majority, or layers such as \"gap dropout:0.2 "
            "dense\"",
            run->head_chain);
    GRAFT_TRY(status);
    GRAFT_TRY(graft_tuning_parse(trial));
    GRAFT_TRY(graft_tune_asked(trial, &given, &from));
    GRAFT_TRY(graft_tuning_schedule(trial, from));
    return graft_duration_parse("time", run->options.tune.time, &seconds);
}

graft_status graft_run_tune_check(const graft_run *run) {
    graft_tuning trial = {.context = run->context, .data = run->data, .options = &run->options.tune};
    graft_status status = check(run, &trial);
    graft_tuning_clear(&trial);
    return status;
}

graft_status graft_run_tune(graft_run *run, double c) {
    graft_tuning tuning = {0};
    graft_status status = tune(run, &tuning, c);
    graft_tuning_clear(&tuning);
    return status;
}
