/* A micro-batch that fits: the peak is known before anything is allocated. It depends on the options alone, never on
 * what the process happens to hold, so that equal runs stay equal. */
#include "transfer/tune-internal.h"

#include "base/context.h"
#include "base/error.h"

/* The program, the libraries' code and buffers, the data's list, a decoder a worker. */
static const uint64_t surroundings = (uint64_t)96 << 20;

static uint64_t graph_bytes(const graft_graph *graph) {
    graft_graph_totals totals;
    graft_graph_totals_of(graph, &totals);
    return (uint64_t)totals.parameters * sizeof(float);
}

/* What a fit holds beside the plan: the graphs, the optimizer's state, the best and the averaged weights. */
static uint64_t beside_the_plan(const graft_tuning *tuning, const graft_tune_phase *phase) {
    uint64_t origin = phase->origin ? graph_bytes(tuning->network.graph) + 2 * graph_bytes(phase->suffix) : 0;
    uint64_t arrays = (uint64_t)tuning->recipe.optimizer->slots + 1 + (tuning->options->ema > 0);
    uint64_t suffix = graph_bytes(phase->suffix);
    return surroundings + origin + graph_bytes(tuning->network.graph) * 2 + suffix * 2 + suffix * arrays;
}

/* A second plan runs the network as it began: at most as large as the first. */
static bool compares(const graft_tuning *tuning) {
    for (int i = 0; i < tuning->recipe.penalty_count; i++)
        if (tuning->recipe.penalties[i].row->reference) return true;
    return false;
}

static graft_status try_micro_batch(const graft_tuning *tuning, graft_tune_phase *phase, size_t micro,
                                    graft_train_plan_options *options, bool *fits) {
    uint64_t bytes = 0;
    phase->micro = micro;
    options->batch = (int)micro;
    GRAFT_TRY(graft_train_plan_measure(tuning->context, phase->suffix, options, &bytes));
    phase->bytes = beside_the_plan(tuning, phase) + bytes + (compares(tuning) ? bytes : 0);
    *fits = phase->bytes <= graft_context_memory_limit(tuning->context);
    return GRAFT_OK;
}

/* Smaller parts cost next to nothing as long as statistics do not depend on them; where BatchNorm follows its batches
 * they do, and light convolutions are computed again first. */
graft_status graft_tune_fit_memory(const graft_tuning *tuning, graft_tune_phase *phase,
                                   graft_train_plan_options *options) {
    const size_t batch = tuning->batch < tuning->train_count ? tuning->batch : tuning->train_count;
    const bool follows = options->batchnorm == GRAFT_BATCHNORM_TRAIN;
    bool fits = false;
    for (size_t parts = 1; parts <= batch; parts++) {
        const size_t micro = (batch + parts - 1) / parts;
        if (parts > 1 && micro == phase->micro) continue;
        options->recompute = GRAFT_RECOMPUTE_CHEAP;
        GRAFT_TRY(try_micro_batch(tuning, phase, micro, options, &fits));
        if (fits) return GRAFT_OK;
        if (micro > 1 && !follows) continue;
        options->recompute = GRAFT_RECOMPUTE_CONVOLUTIONS;
        GRAFT_TRY(try_micro_batch(tuning, phase, micro, options, &fits));
        if (fits) return GRAFT_OK;
    }
    return graft_fail(
        GRAFT_E_USAGE,
        "training from layer %s on needs %.0f MiB even for one picture at a time, --memory allows %.0f MiB: "
        "raise it, or let fewer layers learn",
        graft_graph_node(tuning->network.graph, phase->freeze.first)->name, (double)phase->bytes / 1048576,
        (double)graft_context_memory_limit(tuning->context) / 1048576);
}
